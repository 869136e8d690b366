"""What every learner of queries must do, whatever the teacher: a new one is a line in LEARNERS."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from doubles import Stepping, WholeWords, as_weights, random_words, words_up_to
from learning import LEARNERS, learn, minimal_dfas
from thorough import paired, some_of, up_to

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.equivalence import disagreements
from nerode.automata.operations import equivalent, minimise
from nerode.automata.wfa import WFA
from nerode.datasets.languages import Dyck, tomita
from nerode.datasets.random_automata import random_dfa
from nerode.errors import BudgetExhausted
from nerode.extraction.hankel import walks
from nerode.extraction.queries import observation_table, ttt
from nerode.extraction.queries.counterexamples import evidence, growth_limit, states_along
from nerode.extraction.queries.labels import Labels
from nerode.links import Binary
from nerode.stepping import TwoWay
from nerode.words import Alphabet, pack

DEMO = Path(__file__).resolve().parents[3] / "examples" / "tomita-5"


@pytest.fixture(params=LEARNERS)
def make(request):
    return LEARNERS[request.param]


def same_arrays(a, b):
    return a.initial == b.initial and np.array_equal(a.transitions, b.transitions) and np.array_equal(a.labels, b.labels)


def one_class(letters):
    return DFA(Alphabet.of_size(letters), np.zeros((1, letters), int), [1], classes=3)


TARGETS = {f"tomita {number}": tomita(number) for number in range(1, 8)}
TARGETS |= {f"one class, {letters} letters": one_class(letters) for letters in (1, 2)}
TARGETS |= {
    f"{states} states, {letters} letters, {classes} classes, seed {seed}": random_dfa(
        np.random.default_rng([states, letters, classes, seed]), states, letters, classes
    )
    for states, letters, classes in [(1, 1, 2), (9, 1, 2), (12, 1, 3), (7, 2, 3), (20, 2, 2), (25, 6, 4), (30, 3, 2), (30, 2, 4)]
    for seed in range(1 + (letters > 1 and classes > 2))
}
TARGETS["brackets"] = Dyck(2, 3, 1).dfa()


def without_states(target):
    return WholeWords(target)


def weighted(target):
    return as_weights(target)


def two_way(target):
    """Reading from right to left adds nothing but a little noise that changes no class."""
    letters, width = len(target.alphabet), target.width
    link = Binary() if width == 1 else target.link
    tiny = WFA(target.alphabet, [0.1], np.full((letters, 1, 1), 0.5), np.arange(1, width + 1)[None] / 10, link)
    return TwoWay(target, tiny)


TEACHERS = {"steps": Stepping, "whole words": without_states, "weighted": weighted, "both ways": two_way}


@pytest.fixture(params=[1, 1000], ids=["one counterexample a round", "many"])
def most(request):
    return request.param


@pytest.mark.parametrize(("name", "teacher", "most"), paired(TARGETS, TEACHERS, [1, 1000], share=4))
@pytest.mark.sampled(42)
def test_the_minimal_automaton_is_found(make, name, teacher, most):
    """Exactly; its states are the access words, all different, and no word that taught is in vain."""
    target = TARGETS[name]
    labels_of = TEACHERS[teacher](target)
    learner, hypotheses = learn(make, target, labels_of, most)
    found = hypotheses[-1]
    assert equivalent(found, target)
    assert same_arrays(minimise(found), minimise(target))
    assert found.states == minimise(target).states == len(learner.access)
    assert (found.classes, found.alphabet) == (target.classes, target.alphabet)
    assert len(hypotheses) <= target.states + len(target.alphabet)
    assert learner._labels.contradictions == 0


def test_all_languages_of_up_to_three_states():
    """There are 2, 24 and 1,028 over two letters (Domaratzki, Kisman and Shallit, 2002); of the last some are learned."""
    targets = [[dfa for dfa in minimal_dfas(3, 2) if dfa.states == states] for states in (1, 2, 3)]
    assert [len(some) for some in targets] == [2, 24, 1028]
    for make, target in product(LEARNERS.values(), [*targets[0], *targets[1], *some_of(targets[2], 60)]):
        _, hypotheses = learn(make, target)
        assert same_arrays(minimise(hypotheses[-1]), target)
        assert hypotheses[-1].states == target.states


@pytest.mark.thorough
def test_thousands_of_random_automata(make):
    for seed in range(2000):
        rng = np.random.default_rng(seed)
        states, letters, classes = (int(number) for number in rng.integers([1, 1, 2], [40, 6, 5]))
        target = random_dfa(rng, states, letters, min(states, classes) if states > 1 else 2)
        learner, hypotheses = learn(make, target, most=int(rng.choice([1, 1000])))
        assert same_arrays(minimise(hypotheses[-1]), minimise(target)), seed
        assert learner._labels.contradictions == 0


def test_a_network(make):
    """A GRU that learned Tomita 5 well enough: all words up to 7 letters are its counterexamples."""
    labels = Labels(nerode.load_teacher(DEMO))
    learner = make(labels)
    words = words_up_to(2, 7)
    for _ in range(10):
        wrong = labels.disagreements(learner.propose(), words)
        if not wrong:
            break
        assert learner.refine(wrong[:1]) > 0
    assert equivalent(learner.propose(), tomita(5))
    assert learner.propose().states == 4


@pytest.mark.parametrize("seed", up_to(4, 500))
@pytest.mark.sampled(8)
def test_hypotheses_agree_with_the_access_words(make, seed, most):
    """Each access word leads to its own state, with its own label, in every round."""
    target = random_dfa(np.random.default_rng(seed), 20, 2, 2 + seed % 2)
    learner = make(Labels(target))
    while True:
        hypothesis = learner.propose()
        symbols, lengths = pack(learner.access)
        reached = states_along(hypothesis, symbols, hypothesis.initial)[np.arange(len(lengths)), lengths]
        np.testing.assert_array_equal(minimise(hypothesis).predict(learner.access), target.predict(learner.access))
        np.testing.assert_array_equal(hypothesis.labels, target.predict(learner.access))
        assert len(set(learner.access)) == hypothesis.states
        assert reached.tolist() == list(range(hypothesis.states))
        wrong = disagreements(hypothesis, target, most)
        if not wrong:
            break
        while wrong:  # what is right in between may be wrong once more
            assert learner.refine(wrong) > 0
            differ = learner.propose().predict(wrong) != target.predict(wrong)
            wrong = [word for word, differs in zip(wrong, differ.tolist(), strict=True) if differs]


@pytest.mark.parametrize("teacher", [Stepping, WholeWords])
def test_refining_ends_when_a_hypothesis_has_outgrown_itself(make, teacher, monkeypatch):
    """Counterexamples that teach many states are looked at while it is less than twice as large, and once more at most."""
    sizes = []

    def watched(hypothesis, continuations, answers):
        sizes.append(hypothesis.states)
        return evidence(hypothesis, continuations, answers)

    monkeypatch.setattr(observation_table, "evidence", watched)
    monkeypatch.setattr(ttt, "evidence", watched)
    target = random_dfa(np.random.default_rng(0), 200, 2)
    words = random_words(np.random.default_rng(0), 2, 300, 40)
    learner = make(Labels(teacher(target)))
    while (begun := learner.propose().states) < 100:
        sizes.clear()
        assert learner.refine(words) > 0
        assert learner.propose().states >= growth_limit(begun) > max(sizes[:-1])


def test_what_is_no_counterexample_teaches_nothing(make):
    target = tomita(4)
    learner = make(Labels(target))
    hypothesis = learner.propose()
    right = [word for word in words_up_to(2, 4) if hypothesis.predict([word])[0] == target.predict([word])[0]]
    assert len(right) > 5
    assert learner.refine(right) == 0
    assert learner._labels.contradictions == len(right)
    assert learner.refine([]) == 0
    assert learner.propose() is hypothesis


@pytest.mark.parametrize("order", [1, -1])
def test_one_real_counterexample_among_others_is_enough(make, order):
    """The others may have been answered differently when they were found."""
    target = tomita(4)
    learner = make(Labels(target))
    while real := disagreements(learner.propose(), target, 1):
        assert learner.refine([*real, (), (1,)][::order]) > 0
    assert equivalent(learner.propose(), target)


def test_refining_before_a_hypothesis_proposes_one(make):
    assert make(Labels(tomita(4))).refine([(0, 0, 0)]) > 0


def test_a_long_counterexample(make):
    """2,000 letters, of which the last few matter."""
    target = tomita(4)
    teacher, word = WholeWords(target), (1, 0) * 1000 + (0, 0, 1)
    learner = make(Labels(teacher))
    assert learner.refine([word]) > 0
    assert equivalent(learner.propose(), target)
    assert max(map(len, learner.access)) <= 3
    assert teacher.asked.count(word) == 1


@pytest.mark.parametrize("states", [1, 2, 7, 15, 16, 20])
@pytest.mark.sampled(12)
def test_no_hypothesis_has_more_states_than_allowed(make, states, most):
    target = random_dfa(np.random.default_rng(2), 16, 2)
    sizes = []

    def limited(labels):
        learner = make(labels, states)
        sizes.append(learner)
        return learner

    if states < 16:
        with pytest.raises(BudgetExhausted) as caught:
            learn(limited, target, most=most)
        assert caught.value.reason == "states"
        assert len(sizes[0].access) <= states
    else:
        _, hypotheses = learn(limited, target, most=most)
        assert hypotheses[-1].states == 16


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("brackets", 1),
        ("30 states, 2 letters, 4 classes, seed 0", 1000),
        ("25 states, 6 letters, 4 classes, seed 1", 1000),
        ("12 states, 1 letters, 3 classes, seed 0", 1),
    ],
)
@pytest.mark.sampled(4)
def test_runs_replay_at_any_size_of_tile(make, name, most, monkeypatch):
    """All hypotheses of a run, to the arrays."""
    target = TARGETS[name]
    learner, hypotheses = learn(make, target, most=most)
    for tile in (1, 7):
        monkeypatch.setattr(walks, "TILE", tile)
        again, others = learn(make, target, most=most)
        assert len(others) == len(hypotheses)
        assert all(same_arrays(a, b) for a, b in zip(hypotheses, others, strict=True))
        assert again.access == learner.access


@pytest.mark.parametrize("name", ["tomita 5", "7 states, 2 letters, 3 classes, seed 0", "9 states, 1 letters, 2 classes, seed 0"])
def test_teachers_are_asked_words_of_their_alphabet_only(make, name):
    target = TARGETS[name]
    teacher = WholeWords(target)
    learn(make, target, teacher)
    assert all(0 <= letter < len(target.alphabet) for word in teacher.asked for letter in word)
    assert all(type(letter) is int for word in teacher.asked for letter in word)
