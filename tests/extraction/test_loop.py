import numpy as np
import pytest
from doubles import Noisy, Stepping, WholeWords, random_words, words_up_to
from methods_of import CLASSIFYING, KINDS, MODELLING, same_arrays, suited

from nerode.automata.operations import equivalent, minimise
from nerode.automata.wfa import WFA
from nerode.datasets.languages import Dyck, tomita
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.extraction.held_out import HeldOut
from nerode.extraction.loop import extract
from nerode.extraction.method import constant_dfa, constant_wfa
from nerode.extraction.methods import METHODS, method_named
from nerode.extraction.queries import method as queries
from nerode.extraction.reasons import REFUSED
from nerode.stepping import TwoWay

DEPTH_10 = Dyck(1, 10).dfa()


# what is learned


@pytest.mark.parametrize("number", range(1, 8))
@pytest.mark.parametrize(("wrap", "reason"), [(lambda dfa: dfa, "equivalent"), (WholeWords, "no counterexample")])
@pytest.mark.sampled(5)
def test_tomita_s_languages_are_learned_exactly(frugal, monkeypatch, number, wrap, reason):
    """Where the teacher is not known to be an automaton, nothing is known to be equivalent."""
    monkeypatch.setattr(queries, "SEARCH", 2000)
    result = extract(wrap(tomita(number)), "lstar", seconds=None)
    assert result.stop_reason == reason
    assert result.verdict.equivalent == (reason == "equivalent")
    assert same_arrays(result.automaton, tomita(number))
    assert equivalent(result.automaton, tomita(number))


@pytest.mark.parametrize(("states", "letters", "classes"), [(10, 2, 2), (15, 3, 3), (25, 4, 2)])
def test_random_automata_are_learned_exactly(frugal, monkeypatch, states, letters, classes):
    monkeypatch.setattr(queries, "SEARCH", 5000)
    target = random_dfa(np.random.default_rng(states), states, letters, classes)
    result = extract(target, "lstar", seconds=None)
    assert same_arrays(result.automaton, minimise(target))
    assert result.automaton.classes == classes


@pytest.mark.parametrize("number", [2, 5, 7])
@pytest.mark.parametrize("wrap", [WholeWords, lambda dfa: TwoWay(dfa, dfa)], ids=["whole words", "two-way"])
@pytest.mark.sampled(3)
def test_every_kind_of_teacher_can_be_asked(frugal, number, wrap):
    """Reading forwards and backwards: +2 where both agree that the word belongs, 0 or less elsewhere."""
    teacher = wrap(tomita(number))
    result = extract(teacher, "lstar", seconds=None)
    words = words_up_to(2, 9)
    assert (result.automaton.predict(words) == teacher.link.labels(teacher.scores(words))).all()


@pytest.mark.parametrize("number", range(1, 8))
@pytest.mark.sampled(4)
def test_margins_are_learned_without_error(number):
    result = extract(tomita(number), "spectral", seconds=None)
    assert result.stop_reason == "converged"
    assert isinstance(result.automaton, WFA)
    words = words_up_to(2, 10)
    assert (result.automaton.predict(words) == tomita(number).predict(words)).all()
    assert result.rounds[-1].error == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda rng: random_wfa(rng, 5, 2, width=2),
        lambda rng: random_pdfa(rng, 5, 3),
        lambda rng: TwoWay(random_wfa(rng, 2, 2), random_wfa(rng, 3, 2)),
        lambda rng: random_dfa(rng, 5, 2, classes=3),
    ],
    ids=["scores", "language model", "two-way", "classes"],
)
@pytest.mark.sampled(2)
def test_linear_teachers_are_recovered(rng, make):
    teacher = make(rng)
    result = extract(teacher, "spectral", seconds=None)
    words = random_words(rng, len(teacher.alphabet), 200, 20)
    expected = teacher.scores(words)
    np.testing.assert_allclose(result.automaton.scores(words), expected, rtol=0, atol=1e-6 * np.abs(expected).max())
    assert result.automaton.states <= 5
    assert result.automaton.link == teacher.link


def test_words_that_matter_steer_what_is_learned():
    """Uniform words never open more than a few brackets at once; the given ones do."""
    given = ["(" * depth + ")" * end for depth in range(1, 13) for end in range(depth + 2)]
    result = extract(DEPTH_10, "lstar", words=given, seconds=None)
    assert (result.automaton.predict(given) == DEPTH_10.predict(given)).all()
    assert result.automaton.states >= 10


def test_words_may_be_text_symbols_or_indices(frugal):
    words = random_words(np.random.default_rng(1), 2, 200, 9)
    target = tomita(5)
    results = [
        extract(target, "spectral", words=given, seconds=None)
        for given in (words, [target.alphabet.text(word) for word in words], [[str(a) for a in word] for word in words])
    ]
    assert all(same_arrays(results[0].automaton, other.automaton) for other in results)
    assert results[0].fresh == results[1].fresh
    with pytest.raises(InputError, match="unknown symbol '7'"):
        extract(target, words=["017"])


@pytest.mark.parametrize("method", METHODS)
def test_an_empty_list_of_words_is_refused(method):
    with pytest.raises(InputError, match="empty"):
        extract(suited(method, tomita(4)), method, words=[])


def test_a_word_that_the_teacher_refuses_does_not_lose_what_was_learned(frugal):
    class Short(WholeWords):
        def scores(self, words):
            if max(map(len, words)) > 21:
                raise InputError("at most 21 letters")
            return super().scores(words)

    result = extract(Short(tomita(5)), "lstar", seconds=None)
    assert result.stop_reason == REFUSED
    assert result.automaton.states > 1


@pytest.mark.parametrize("method", METHODS)
def test_a_single_given_word_is_enough(frugal, method):
    result = extract(suited(method, tomita(4)), method, words=[(0, 0, 0, 1)], seconds=None)
    assert isinstance(result.automaton, KINDS[method])


# what is handed back


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.sampled(4)
def test_the_result_tells_what_happened(frugal, method):
    teacher = Stepping(suited(method, tomita(5)))
    told = []
    result = extract(teacher, method, seconds=None, seed=3, progress=told.append)
    assert (result.method, result.seed) == (method, 3)
    assert result.queries == teacher.answers - (result.verdict.words if result.verdict else 0)
    assert result.rounds[0].states == 1
    told = [said for said in told if said.startswith("round")]  # the others come with the seconds
    assert len(told) == len(result.rounds) - 1
    assert told[-1] == f"round {len(told)}: {result.rounds[-1]}"
    assert [done.queries for done in result.rounds] == sorted(done.queries for done in result.rounds)
    assert result.queries >= result.rounds[-1].queries
    assert 0 < result.seconds < 60
    assert result.automaton.states in [done.states for done in result.rounds]
    assert f"stopped: {result.stop_reason}" in str(result)
    assert repr(result.automaton) in str(result)


@pytest.mark.parametrize("method", CLASSIFYING)
@pytest.mark.sampled(3)
def test_fresh_words_are_not_those_of_learning(frugal, method):
    """Long words, so that chance does not repeat them."""
    words = [tuple(word) for word in np.random.default_rng(1).integers(2, size=(400, 30)).tolist()]
    teacher = WholeWords(tomita(5))
    result = extract(teacher, method, words=words, seconds=None)
    assert len(set(result.fresh)) == 50
    assert set(result.fresh) <= set(words)
    assert not set(result.fresh) & set(teacher.asked[: result.queries])
    asked = teacher.asked[result.queries :]  # for the verdicts alone
    assert list(result.fresh) == asked[:50]
    assert len(asked) == 100
    assert len(extract(teacher, method, seconds=None).fresh) == 50


@pytest.mark.parametrize("method", [name for name in MODELLING if name != "spectral"])
@pytest.mark.sampled(2)
def test_fresh_words_are_not_those_of_learning_a_model(frugal, method):
    words = [tuple(word) for word in np.random.default_rng(1).integers(2, size=(400, 30)).tolist()]
    teacher = WholeWords(random_pdfa(np.random.default_rng(2), 3, 2))
    result = extract(teacher, method, words=words, seconds=None)
    assert len(set(result.fresh)) == 50
    assert set(result.fresh) <= set(words)
    assert not set(result.fresh) & set(teacher.asked)
    assert len(extract(teacher, method, seconds=None).fresh) == 50


@pytest.mark.parametrize("method", CLASSIFYING)
@pytest.mark.sampled(3)
def test_the_best_is_handed_back_and_not_the_last(frugal, method):
    """A noisy language: later hypotheses learn the noise."""
    for seed in range(3):
        result = extract(Noisy(tomita(4), 0.02, seed), method, seconds=None, queries=8000, seed=seed)
        chosen = [done.error for done in result.rounds if done.states == result.automaton.states]
        assert min(chosen) <= min(done.error for done in result.rounds) + method_named(method).frugality


@pytest.mark.parametrize("method", [name for name in MODELLING if name != "spectral"])
@pytest.mark.sampled(2)
def test_of_a_model_the_best_is_handed_back(frugal, method):
    for seed in range(3):
        result = extract(random_pdfa(np.random.default_rng(seed), 12, 3), method, seconds=None, queries=20_000, seed=seed)
        assert len(result.rounds) > 2
        assert result.chosen.error <= min(done.error for done in result.rounds) + method_named(method).frugality


def test_the_constant_is_the_best_of_its_kind():
    words = words_up_to(2, 4)
    often = constant_dfa(None, HeldOut(tomita(4), words), tomita(4))
    assert (often.states, often.labels.tolist()) == (1, [1])
    three = random_dfa(np.random.default_rng(1), 6, 2, 3)
    most = np.bincount(three.predict(words)).argmax()
    assert constant_dfa(None, HeldOut(three, words), three).predict([(), (0, 1)]).tolist() == [most] * 2
    margins = constant_wfa(None, HeldOut(tomita(4), words), tomita(4))
    assert margins.predict([(), (0, 0, 0)]).tolist() == [1, 1]
    for teacher in (random_wfa(np.random.default_rng(1), 3, 2), random_pdfa(np.random.default_rng(1), 3, 2)):
        mean = constant_wfa(None, HeldOut(teacher, words), teacher)
        np.testing.assert_allclose(mean.scores([(), (0, 1, 1)]), [teacher.scores(words).mean(axis=0)] * 2)
        assert mean.link == teacher.link


# replaying


@pytest.mark.parametrize(
    ("method", "make"),
    [
        ("lstar", lambda: random_dfa(np.random.default_rng(3), 12, 2)),
        ("spectral", lambda: random_dfa(np.random.default_rng(3), 12, 2)),
        ("spectral", lambda: random_pdfa(np.random.default_rng(3), 6, 2)),
        ("spectral", lambda: random_wfa(np.random.default_rng(3), 6, 2)),
        ("pdfa", lambda: random_pdfa(np.random.default_rng(3), 6, 2)),
        ("rpni", lambda: random_dfa(np.random.default_rng(3), 12, 2)),
        ("edsm", lambda: random_dfa(np.random.default_rng(3), 12, 2)),
        ("alergia", lambda: random_pdfa(np.random.default_rng(3), 6, 2)),
        ("ngram", lambda: random_pdfa(np.random.default_rng(3), 6, 2)),
    ],
)
@pytest.mark.sampled(4)
def test_the_same_seed_gives_the_same_automaton(frugal, method, make):
    one, other = (extract(make(), method, seed=5, seconds=None) for _ in range(2))
    assert same_arrays(one.automaton, other.automaton)
    assert one.fresh == other.fresh
    assert one.queries == other.queries
    assert [(done.states, done.error, done.queries) for done in one.rounds] == [
        (done.states, done.error, done.queries) for done in other.rounds
    ]
    first, second = (extract(make(), method, seed=seed, seconds=None, queries=1000).fresh for seed in (5, 6))
    assert first != second
