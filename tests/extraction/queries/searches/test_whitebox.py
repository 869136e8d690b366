import numpy as np
import pytest
import torch
from doubles import Stepping, WholeWords, as_weights, words_up_to
from targets import AB, constant, found_by, learned, looks, network, spread, target

from nerode.automata.dfa import DFA
from nerode.automata.operations import minimise, separating_word
from nerode.automata.wfa import WFA
from nerode.datasets.languages import Dyck, tomita
from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.extraction.budget import metered
from nerode.extraction.meter import Meter
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.searches.reached import Reached
from nerode.extraction.queries.searches.whitebox import WhiteBox, suits
from nerode.links import Binary
from nerode.rounding import exact
from nerode.stepping import TwoWay
from nerode.teachers.asking import teacher_of
from nerode.teachers.encoding import Encoding
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.words import shortlex

SUITABLE = {
    "weighted automaton": lambda: as_weights(tomita(3)),
    "gru": network,
    "gru that resets first": lambda: network("gru-reset-first"),
    "lstm of two layers": lambda: network("lstm", 2),
    "one that is metered": lambda: metered(network(), Meter(queries_limit=0)),
    "exact": lambda: exact(network()),
}
OTHERS = {
    "dfa": lambda: tomita(3),
    "pdfa": lambda: random_pdfa(np.random.default_rng(0), 4, 2),
    "brackets": lambda: Dyck(1),
    "whole words": lambda: WholeWords(as_weights(tomita(3))),
    "two-way": lambda: TwoWay(as_weights(tomita(5)), as_weights(tomita(5))),
    "bidirectional gru": lambda: network(bidirectional=True),
    "transformer": lambda: teacher_of(
        CausalTransformer(TransformerSpec(3, 8, 2, 1, 16, 1)), AB, Binary(), Encoding(begin=(0,), offset=1), 1
    ),
}


@pytest.mark.parametrize("name", SUITABLE)
def test_teachers_that_suit(name):
    assert suits(SUITABLE[name]())


@pytest.mark.parametrize("name", OTHERS)
def test_teachers_that_do_not(name):
    assert not suits(OTHERS[name]())


TRUTHS = {f"tomita {number}": tomita(number) for number in range(1, 8)}
TRUTHS |= {"brackets": Dyck(1, 5, 3).dfa(), "two kinds of brackets": Dyck(2, 2, 2).dfa()}
TRUTHS |= {f"{n} states, {k} letters": target(7, n, k) for n, k in [(6, 2), (25, 2), (12, 4), (5, 1)]}
TRUTHS["three classes"] = target(5, 9, 2, 3)


@pytest.mark.parametrize("make", [as_weights, spread], ids=["states apart", "states spread"])
@pytest.mark.parametrize("name", TRUTHS)
@pytest.mark.sampled(10)
def test_it_finds_what_is_wrong_until_nothing_is(name, make):
    truth = minimise(TRUTHS[name])
    search = WhiteBox()
    hypotheses, labels = learned(make(truth), truth, search)
    assert separating_word(hypotheses[-1], truth) is None
    assert search.exhausted
    assert labels.contradictions == 0


CASES = {
    "a weighted automaton": lambda: spread(target(1, 9, 2)),
    "a random weighted automaton": lambda: random_wfa(np.random.default_rng(3), 5, 2),
    "a gru": network,
    "an lstm of two layers": lambda: network("lstm", 2, seed=4),
    "an rnn": lambda: network("rnn", seed=2, size=4.0),
}


def classifier(teacher):
    """A random weighted automaton gives values; their signs are classes."""
    if isinstance(teacher, WFA):
        return WFA(teacher.alphabet, teacher.initial, teacher.transitions, teacher.final, Binary())
    return teacher


@pytest.mark.parametrize("states", [1, 2, 5])
@pytest.mark.parametrize("name", CASES)
def test_all_that_it_shows_are_counterexamples(name, states):
    """Asked one by one, of whatever teacher; each batch is distinct and in shortlex order."""
    teacher = classifier(CASES[name]())
    teacher = teacher if isinstance(teacher, WFA) else exact(teacher)  # whose answers do not depend on the batch
    hypothesis = target(11, states) if states > 1 else constant(target(1, 3))
    batches = looks(WhiteBox(), hypothesis, Labels(teacher), 2000)
    shown = [word for words in batches for word in words]
    assert 1 <= len(shown) == len(set(shown))
    for words in batches:
        assert words == sorted(words, key=shortlex)
        for word in words:
            assert teacher.link.labels(teacher.scores([word]))[0] != hypothesis.predict([word])[0]


@pytest.mark.parametrize("budget", [0, 1, 2, 3, 7, 20, 100, 1000])
@pytest.mark.parametrize("name", CASES)
@pytest.mark.sampled(14)
def test_no_more_is_asked_than_the_budget(name, budget):
    """Every word whose label is read counts, once in all rounds."""
    teacher = Stepping(classifier(CASES[name]()))
    labels, search = Labels(teacher), WhiteBox()
    asked = 0
    for seed in range(3):
        looks(search, target(seed, 4), labels, budget)
        assert labels.asked - asked <= budget
        assert labels.asked == teacher.answers
        asked = labels.asked
    assert budget == 0 or asked > 0
    if budget <= 20:
        assert not search.exhausted


def test_a_round_goes_on_where_the_one_before_ended():
    teacher = Stepping(spread(target(1, 30, 3)))
    labels, search = Labels(teacher), WhiteBox()
    counts = []
    for _ in range(40):
        before, steps = labels.asked, teacher.steps
        looks(search, target(1, 30, 3), labels, 50)
        counts.append((labels.asked - before, teacher.steps - steps))
        if search.exhausted:
            break
    assert search.exhausted
    assert len(counts) > 3
    assert {asked for asked, _ in counts[:-1]} <= set(range(30, 51))
    looks(search, target(1, 30, 3), labels, 50)
    assert (labels.asked, teacher.steps) == (sum(asked for asked, _ in counts), sum(steps for _, steps in counts))


def test_rounds_replay():
    def rounds():
        teacher = Stepping(network("lstm", 2, seed=4))
        labels, search = Labels(teacher), WhiteBox()
        batches = [looks(search, target(seed, 5), labels, 700) for seed in range(4)]
        return batches, labels.asked, teacher.steps

    assert rounds() == rounds()


def test_another_teacher_is_explored_from_the_start():
    search, other = WhiteBox(), target(8, 5)
    first = [looks(search, other, Labels(spread(target(seed, 6)))) for seed in (1, 2, 1)]
    assert first[0] == first[2] == looks(WhiteBox(), other, Labels(spread(target(1, 6))))
    assert first[0] != first[1]


def test_beside_one_state_a_short_word_of_every_other_class_is_found():
    truth = target(5, 9, 2, 3)
    labels = truth.predict(words_up_to(2, 7)).tolist()
    for label in range(3):
        hypothesis = constant(truth, label)
        found = next(WhiteBox().look(hypothesis, Labels(as_weights(truth)), 500))
        least = {other: words_up_to(2, 7)[labels.index(other)] for other in {*labels} - {label}}
        assert 1 <= len(found) <= 2
        assert min(found, key=shortlex) == min(least.values(), key=shortlex)
        assert set(found) <= set(least.values())


def chain(word):
    """Accepts one word over a and b."""
    end = len(word) + 1
    transitions = np.full((end + 1, 2), end)
    transitions[np.arange(len(word)), word] = np.arange(1, end)
    return DFA(AB, transitions, np.arange(end + 1) == len(word))


def test_what_is_unsure_is_no_evidence():
    truth, other = target(1, 9), target(2, 4)
    teacher = as_weights(truth)
    assert found_by(WhiteBox(), other, Labels(teacher))
    nothing = Labels(teacher, band=1.0)  # margins are 1 everywhere
    assert found_by(WhiteBox(), other, nothing) == []
    assert nothing.contradictions == 0
    assert found_by(WhiteBox(), constant(truth), nothing) == []


class Forgetful(Stepping):
    """Its states can be seen in part: after some words they look alike, and what follows differs."""

    def start(self):
        return np.ones((1, 1)), *self.inner.start()

    def advance(self, states, parents, symbols):
        return np.ones((len(symbols), 1)), *super().advance(states[1:], parents, symbols)

    def read(self, states):
        return super().read(states[1:])


def test_equal_states_of_which_different_things_follow_are_contradictions(monkeypatch):
    """No refinement could part them, and the search ends."""
    truth = tomita(5)
    labels, search = Labels(Forgetful(as_weights(truth))), WhiteBox()
    plain = Reached.vectors
    monkeypatch.setattr(Reached, "vectors", lambda self, nodes: plain(self, nodes)[:, :1])
    assert found_by(search, truth, labels) == []
    assert labels.contradictions > 0


def test_a_trie_of_states_reads_nothing_twice(rng):
    """Against whole words, each read from its beginning."""
    teacher = Stepping(network("lstm", 2, seed=4))
    labels = Labels(teacher)
    reached = Reached(teacher, labels)
    nodes, words = np.zeros(60, np.int64), [()] * 60
    passed = {()}
    for _ in range(7):
        letters = rng.integers(2, size=60)
        nodes = reached.step(nodes, letters)
        words = [(*word, letter) for word, letter in zip(words, letters.tolist(), strict=True)]
        passed |= set(words)
        expected = labels.read(teacher.inner.scores(words))
        np.testing.assert_array_equal(reached.classes(nodes), expected)
        assert [reached.word(node) for node in nodes.tolist()] == words
        assert teacher.steps == len(passed) - 1
        assert labels.asked == teacher.read_states == len(passed) - 1
    states = teacher.inner.start()
    for letter in words[5]:
        states = teacher.inner.advance(states, np.zeros(1, np.int64), np.array([letter]))
    np.testing.assert_allclose(reached.vectors(nodes[5:6])[0], torch.cat([part[0] for part in states]).numpy(), atol=1e-12)


def test_what_can_be_afforded_is_counted_in_unread_words():
    labels = Labels(as_weights(tomita(3)))
    reached = Reached(labels.teacher, labels)
    root, letters = np.zeros(2, np.int64), np.arange(2)
    assert [reached.affordable(root, letters, most) for most in range(4)] == [0, 1, 2, 2]
    nodes = reached.step(root, letters)
    assert reached.unread(nodes) == 2
    assert reached.affordable(root, letters, 0) == 0  # known, and not read
    reached.classes(nodes[:1])
    assert [reached.affordable(root, letters, most) for most in range(2)] == [1, 2]
    assert reached.unread(np.append(nodes, nodes)) == 1
