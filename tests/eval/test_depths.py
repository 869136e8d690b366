"""To which depth a network follows an automaton with a stack."""

import numpy as np
import pytest
from doubles import WholeWords
from stack_truth import brackets

from nerode.automata.cfg import CFG
from nerode.automata.vpa import VPA
from nerode.datasets.languages import Dyck
from nerode.errors import InputError
from nerode.eval import depths as module
from nerode.eval.depths import Depths, Row, depths
from nerode.eval.differences import difference
from nerode.eval.simplicity import simplicity
from nerode.eval.tracing import trace
from nerode.links import Binary
from nerode.words import Alphabet


@pytest.fixture(autouse=True)
def brief(monkeypatch):
    """Fewer depths, lengths and words, where what matters is not how many."""
    for name, few in {"DEEPEST": 8, "LONGEST": 39, "MANY": 400}.items():
        monkeypatch.setattr(module, name, few)


class Forgetful(Dyck):
    """Brackets that are taken for balanced where their kinds do not match, as soon as more than `follows` are open."""

    follows = 2

    def scores(self, words):
        symbols = [[-1 if letter % 2 else 1 for letter in word if letter < 2 * self.kinds] for word in words]
        deep = np.array([max(np.cumsum(steps), default=0) > self.follows for steps in symbols])
        even = np.array([min(np.cumsum(steps), default=0) >= 0 and sum(steps) == 0 for steps in symbols])
        truth = self.contains(words) if type(self) is Dyck else Dyck(self.kinds, fillers=self.fillers).contains(words)
        return np.where(np.where(deep, even, truth), 1.0, -1.0)[:, None]


def test_a_bound_on_the_depth_is_found(rng):
    for depth in (1, 3, 5):
        found = depths(brackets(2), Dyck(2, depth, 1), rng)
        assert found.depth == depth
        assert found.length == module.LONGEST
        assert [row.followed for row in found.by_depth] == [True] * (depth + 1) + [False] * module.PATIENCE
        failed = found.by_depth[depth + 1]
        assert (failed.accepted_agreed, failed.rejected_agreed) == (0, failed.rejected)
        assert f"to depth {depth}, and on words of each of these depths to 39 letters or more" in found.sentence()


def test_words_close_to_accepted_ones_show_what_these_do_not(rng):
    teacher = WholeWords(Forgetful(2, fillers=1))
    found = depths(brackets(2), teacher, rng)
    assert found.depth == 2
    failed = found.by_depth[3]
    assert failed.accepted_agreed == failed.accepted > 100
    assert failed.rejected_agreed < 0.95 * failed.rejected
    assert "not followed" in str(found)


def test_a_network_that_follows_as_far_as_was_looked(rng, monkeypatch):
    monkeypatch.setattr(module, "DEEPEST", 4)
    found = depths(brackets(1), Dyck(1, fillers=1), rng)
    assert "to depth 4 or more" in found.sentence()
    assert found.to_json()["depth"] == 4
    assert {row["followed"] for row in found.to_json()["by_depth"]} == {True}


def test_a_row_that_fails_ends_what_is_followed_though_later_ones_do_not():
    rows = [Row(low, low + 9, 100, 100 if low != 20 else 50, 100, 100) for low in range(0, 60, 10)]
    found = Depths(tuple(rows), tuple(rows))
    assert [row.followed for row in rows] == [True, True, False, True, True, True]
    assert found.sentence().startswith(
        "The network follows the automaton to depth 19, and on words of each of these depths to 19 letters: up to there"
    )


def test_words_of_a_length_are_of_all_depths_that_are_followed(rng, monkeypatch):
    asked, rows = [], module._rows
    monkeypatch.setattr(module, "_rows", lambda *given: asked.append(given) or rows(*given))
    grammar = CFG(Alphabet(("(", ")")), ("S",), ((0, ()), (0, (0, -1, 1, -1))))
    assert depths(grammar, grammar, rng).depth == module.DEEPEST
    draw = asked[1][3]
    groups = draw(1)
    assert set(groups) == set(range(module.DEEPEST + 1))
    words = [word for group in groups.values() for word in group]
    assert len(words) == len(set(words)) >= module.COUNT
    heights = [max(np.cumsum([1 - 2 * letter for letter in word])) for word in words]
    assert {min(map(len, words)), max(map(len, words))} <= set(range(10, 20))
    assert max(heights) >= 7


def test_words_are_as_short_as_the_network_reads(rng):
    teacher = WholeWords(Dyck(1, fillers=1))
    teacher.longest = 12
    found = depths(brackets(1), teacher, rng)
    assert found.depth == 6  # no deeper bracket has 12 letters
    assert found.length == 12


def test_automata_without_accepted_words_or_without_stack(rng):
    nothing = VPA(Alphabet(("a",)), [], [], [[0]], np.zeros((1, 0, 1, 0)), [0])
    assert "accepts no word" in depths(nothing, nothing, rng).sentence()
    everything = VPA(Alphabet(("a",)), [], [], [[0]], np.zeros((1, 0, 1, 0)), [1])
    assert depths(everything, everything, rng).depth == 0
    assert "not even on words of the least depth" in depths(everything, nothing, rng).sentence()
    with pytest.raises(InputError, match="alphabet"):
        depths(brackets(1), nothing, rng)


def test_automata_with_a_stack_are_compared_exactly(rng):
    pops = np.ones((2, 2, 2, 2))
    pops[0, :, 0, :] = 0  # any bracket closes any
    loose = VPA(brackets(2).alphabet, [0, 2], [1, 3], [[0], [1]], pops, [1, 0])
    assert difference(brackets(2), brackets(2), rng).equal is True
    found = difference(brackets(2), loose, rng)
    assert (found.equal, found.words) == (False, ("(]",))
    other = VPA(loose.alphabet, [0], [1], np.zeros((1, 3)), np.zeros((1, 1, 1, 1)), [1])
    assert difference(brackets(2), other, rng).words[0] == "["  # tried, not decided
    same = VPA(loose.alphabet, [], [], np.zeros((1, 5)), np.zeros((1, 0, 1, 0)), [0])
    assert difference(same, VPA(loose.alphabet, [0], [1], np.zeros((1, 3)), np.zeros((1, 1, 1, 1)), [0]), rng).equal is None


def test_traces_show_the_stack():
    (run,) = trace(brackets(2), ["([)"])
    assert run.stacks == ("–", "0(", "0( 0[", "0(")
    assert run.states == (0, 0, 0, 1)
    assert run.to_json()["stacks"] == list(run.stacks)
    (run,) = trace(brackets(1), [")"])
    assert run.stacks == ("–", "rejected")
    assert str(run).splitlines()[1].split() == ["letter", "state", "stack", "automaton"]


def test_the_size_of_an_automaton_with_a_stack():
    size = simplicity(brackets(2))
    assert (size.states, size.transitions, size.parameters, size.depth, size.letter_classes) == (2, 22, 20, 2, 5)
    pops = np.zeros((1, 2, 1, 2))
    alike = VPA(brackets(2).alphabet, [0, 2], [1, 3], [[0]], pops, [1])
    assert simplicity(alike).letter_classes == 3
    assert isinstance(alike.link, Binary)


class LosesCount(Dyck):
    """Long words of a pair of brackets or none are never taken for balanced."""

    def scores(self, words):
        lost = np.array([len(word) >= 20 and sum(letter < 2 * self.kinds for letter in word) <= 2 for word in words])
        return np.where(lost, -1.0, super().scores(words)[:, 0])[:, None]


def test_each_depth_of_long_words_is_asked_apart(rng):
    """Most words of 20 letters and more have brackets, and would hide those of depth 0."""
    found = depths(brackets(2), WholeWords(LosesCount(2, fillers=1)), rng)
    assert found.depth == module.DEEPEST
    assert found.length == 19
    failed = next(row for row in found.by_length if not row.followed)
    assert (failed.low, failed.depth) == (20, 0)
    assert "20–29, depth 0" in str(found)


class Careless(Dyck):
    """Answers one of fifty words of more than eight letters wrongly."""

    def scores(self, words):
        wrong = np.array([len(word) > 8 and hash(word) % 50 == 0 for word in words])
        return np.where(wrong, -1.0, 1.0)[:, None] * super().scores(words)


def test_chance_on_one_of_many_depths_does_not_end_what_is_followed(rng):
    found = depths(brackets(2), WholeWords(Careless(2, fillers=1)), rng)
    assert (found.depth, found.length) == (module.DEEPEST, module.LONGEST)
    assert {row.depth for row in found.by_length} == {None}


def test_few_words_of_a_length_are_told():
    row = Row(30, 39, 5, 5, 40, 40, 2)
    found = Depths((Row(2, 2, 200, 200, 200, 200, 2),), (row,))
    assert found.sentence().endswith("Of 30 to 39 letters only 5 accepted words could be asked.")
