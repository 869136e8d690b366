"""Stages of the methods; refinement has a file of its own."""

import numpy as np
import pytest
from doubles import Noisy, Stepping, WholeWords, random_words, words_up_to

from nerode.automata.dfa import DFA
from nerode.automata.growth import growth
from nerode.automata.operations import equivalent
from nerode.automata.wfa import WFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa, random_wfa
from nerode.extraction import loop
from nerode.extraction.budget import metered
from nerode.extraction.held_out import HeldOut
from nerode.extraction.ledger import Ledger
from nerode.extraction.loop import extract
from nerode.extraction.losses import loss_of
from nerode.extraction.meter import Meter
from nerode.extraction.method import Task, constant_wfa
from nerode.extraction.queries import method as queries
from nerode.extraction.queries.rounds import NO_COUNTEREXAMPLE, STALLED
from nerode.extraction.source import FARTHEST, WordSource
from nerode.extraction.spectral import method as spectral
from nerode.extraction.spectral.settings import SpectralSettings
from nerode.extraction.verdict import EQUIVALENT
from nerode.links import CLASSIFIER, Binary, Multiclass
from nerode.words import Alphabet


def fading():
    """Margins that fade to a constant: the last letter, and a little of those before."""
    transitions = np.zeros((2, 2, 2))
    transitions[:, 0, 0] = 1.0
    transitions[:, 1, 1] = 0.5
    transitions[0, 0, 1] = 1.0
    transitions[1, 0, 1] = -1.0
    return WFA(Alphabet.of_size(2), [1.0, 0.0], transitions, [[0.1], [1.0]], Binary())


def growing(size):
    """The same with a third state that nothing shows of at first, and that grows by a fiftieth with each letter."""
    a = fading()
    transitions = np.zeros((2, 3, 3))
    transitions[:, :2, :2] = a.transitions
    transitions[:, 2, 2] = 1.02
    return WFA(a.alphabet, [*a.initial, size], transitions, [*a.final, [1.0]], a.link)


def stabilised(automaton, teacher):
    rng = np.random.default_rng(0)
    asked = metered(teacher, Meter())
    source = WordSource(rng, asked, [], longest=40)
    held_out = HeldOut(asked, source.keep(1000, 0.5))
    ledger = Ledger(constant_wfa(None, held_out, teacher), held_out, Meter(), 0.0)
    ledger.add(automaton)
    task = Task(asked, rng, source, ledger, Meter(), None, SpectralSettings(), None)
    for found in spectral._stabilised(task, asked):
        ledger.add(found)
    return ledger.best


def test_an_automaton_that_explodes_on_long_words_is_kept_from_it():
    automaton = growing(1e-3)  # e^(0.02 · 400) ≈ 2,800
    teacher = Stepping(fading())
    best = stabilised(automaton, teacher)
    assert best is not automaton
    assert growth(best).stable
    words = [tuple(word) for word in np.random.default_rng(1).integers(2, size=(100, 400)).tolist()]
    assert (automaton.predict(words) != teacher.link.labels(teacher.scores(words))).mean() > 0.3
    assert (best.predict(words) == teacher.link.labels(teacher.scores(words))).mean() > 0.95


@pytest.mark.parametrize(
    ("automaton", "teacher"),
    [
        (fading(), Stepping(fading())),  # exact, and stable
        (growing(1e-9), Stepping(fading())),  # 400 letters do not show it
        (growing(1e-3), WholeWords(fading())),  # long words would cost too much
    ],
)
def test_others_are_left_alone(automaton, teacher):
    assert stabilised(automaton, teacher) is automaton


def test_far_words_are_ten_times_as_long(rng):
    assert {len(word) for word in WordSource(rng, tomita(1), [], longest=40).far(20)} == {400}
    assert {len(word) for word in WordSource(rng, tomita(1), [(0,) * 3]).far(20)} == {30}
    assert {len(word) for word in WordSource(rng, tomita(1), [(0,) * 300]).far(20)} == {FARTHEST}
    assert {len(word) for word in WordSource(rng, tomita(1), [()]).far(20)} == {10}


@pytest.mark.parametrize("states", [2, 5, 8])
@pytest.mark.sampled(2)
def test_a_random_weighted_automaton_is_had_back_with_its_rank(states):
    target = random_wfa(np.random.default_rng(states), states, 3)
    result = extract(target, "spectral", seconds=None)
    assert result.automaton.states == states
    words = words_up_to(3, 6)
    np.testing.assert_allclose(result.automaton.scores(words), target.scores(words), atol=1e-8)
    assert result.curve.sizes[-1].states >= states


@pytest.mark.thorough
def test_hundreds_of_random_weighted_automata_are_had_back():
    for seed in range(300):
        rng = np.random.default_rng(seed)
        states, letters, width = (int(number) for number in rng.integers(1, [13, 5, 4]))
        target = random_wfa(rng, states, letters, width)
        automaton = extract(target, "spectral", seconds=None, seed=seed).automaton
        words = random_words(rng, letters, 300, 20)
        expected = target.scores(words)
        np.testing.assert_allclose(automaton.scores(words), expected, atol=1e-6 * np.abs(expected).max(), err_msg=str(seed))
        assert automaton.states <= states


# query learning, where it does not end soon


def signs(seed, states=6):
    """A classifier by the sign of a random weighted automaton: no regular language."""
    a = random_wfa(np.random.default_rng(seed), states, 2)
    return WFA(a.alphabet, a.initial, a.transitions, a.final, Binary())


@pytest.fixture
def begun(monkeypatch):
    """How many rounds there were when DFAs that are only close came, the constant included; one entry each time."""
    made = []

    def counted(task, weighted):
        made.append(len(task.ledger.rounds))
        yield from quantised(task, weighted)

    quantised = queries._quantised
    monkeypatch.setattr(queries, "_quantised", counted)
    monkeypatch.setattr(queries, "QUANTISED_ON", 5000)
    monkeypatch.setattr(queries, "SEARCH", 2000)
    monkeypatch.setitem(loop.WEIGHED, CLASSIFIER, 2000)
    return made


@pytest.mark.parametrize("seed", [3, 7])
def test_where_query_learning_may_not_go_on_close_automata_are_weighed(begun, seed):
    """They double up to the limit, and the best of them errs less than the best that queries led to."""
    result = extract(signs(seed), "lstar", states=40, seconds=None)
    assert result.stop_reason == "states"
    assert len(begun) == 1
    learned, close = result.rounds[: begun[0]], result.rounds[begun[0] :]
    assert len(close) >= 6
    assert all(done.states <= 40 for done in result.rounds)
    assert all(done.states <= 2**i for i, done in enumerate(close))
    assert result.chosen in close
    assert result.chosen.error < 0.9 * min(done.error for done in learned)


@pytest.mark.parametrize("wrap", [lambda dfa: dfa, Stepping, WholeWords])
@pytest.mark.sampled(2)
def test_what_query_learning_finds_is_not_approximated(begun, wrap):
    """Under a limit that it hardly touches, too."""
    target = random_dfa(np.random.default_rng(3), 15, 3)
    result = extract(wrap(target), "lstar", seconds=None, queries=1_000_000)
    assert equivalent(result.automaton, target)
    assert result.stop_reason in (EQUIVALENT, NO_COUNTEREXAMPLE)
    assert begun == []


@pytest.mark.parametrize(("patience", "many", "seconds"), [(0.0, 10**9, 600.0), (0.2, 30, None)])
def test_query_learning_goes_on_after_close_automata(begun, monkeypatch, patience, many, seconds):
    """They come when a part of the time is spent or states are many; what was not learned by then is learned afterwards."""
    monkeypatch.setattr(queries, "PATIENCE", patience)
    monkeypatch.setattr(queries, "MANY", many)
    monkeypatch.setattr(queries, "QUANTISED", 8)
    result = extract(signs(0), "lstar", seconds=seconds, queries=8000)
    assert result.stop_reason == "queries"
    assert len(begun) == 1
    first = begun[0]
    learned, close, after = result.rounds[:first], result.rounds[first : first + 4], result.rounds[first + 4 :]
    assert learned[-1].states > many or len(learned) == 2  # the constant and the first hypothesis
    assert all(done.states <= many for done in learned[:-1])
    assert all(done.states <= 2**i for i, done in enumerate(close))
    assert after[0].states > learned[-1].states
    assert after[-1].states > 30


def test_a_limit_on_queries_is_left_to_query_learning(begun):
    """While states are few: a weighted automaton would cost a good part of it."""
    result = extract(signs(0), "lstar", seconds=None, queries=8000)
    assert result.stop_reason == "queries"
    assert begun == []


def test_sizes_that_gain_nothing_end_close_automata(monkeypatch):
    """The first may gain nothing, with few states; after a gain four more are tried."""
    right = random_dfa(np.random.default_rng(1), 12, 2)
    other, made = DFA(right.alphabet, [[0, 0]], [0]), []

    def given(*_):
        for automaton in [other] * 3 + [right] + [other] * 100:
            made.append(automaton)
            yield automaton

    monkeypatch.setattr(queries, "quantised", given)
    result = extract(WholeWords(right), "lstar", states=5, seconds=None)
    assert result.stop_reason == "states"
    assert made == [other] * 3 + [right] + [other] * queries.GAINLESS


def test_a_teacher_that_contradicts_itself_is_approximated(begun):
    target = random_dfa(np.random.default_rng(0), 8, 2)
    result = extract(Noisy(target, 0.05, 0), "lstar", seconds=None, queries=50_000)
    assert result.stop_reason == STALLED
    assert len(begun) == 1
    assert len(result.rounds) > begun[0]


class TwoScores(WholeWords):
    """A classifier of two classes with a score for each, as functions and networks often have."""

    width = 2
    link = Multiclass()

    def scores(self, words):
        margins = super().scores(words)
        return np.concatenate([0.5 - margins, 0.5 + margins], axis=1)


@pytest.mark.parametrize("method", ["lstar", "spectral"])
def test_two_classes_may_have_two_scores(frugal, method):
    """A DFA of two classes has one score, and compiled losses must never see one beside two."""
    target = random_dfa(np.random.default_rng(5), 6, 2)
    result = extract(TwoScores(target), method)
    words = words_up_to(2, 8)
    np.testing.assert_array_equal(result.automaton.predict(words), target.predict(words))


def test_a_loss_refuses_scores_of_another_width():
    with pytest.raises(ValueError, match=r"scores of shape \(3, 1\) beside targets of shape \(3, 2\)"):
        loss_of(Multiclass(), np.zeros((3, 2)))(np.zeros((3, 1)), np.zeros((3, 2)))
