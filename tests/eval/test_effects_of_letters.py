"""What letters do to a function, against its answers counted one by one."""

from dataclasses import replace

import numpy as np
import pytest

from nerode.automata.wfa import WFA
from nerode.eval.letters import FEWEST, Questions, agreed, effects, questions
from nerode.eval.maps import metric_of
from nerode.eval.moves import change
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.sampling import uniform_words
from nerode.words import Alphabet

ABC = Alphabet(("a", "b", "c"))
WIDTHS = {Binary(): 1, Value(): 1, Multiclass(): 3, NextSymbol(3): 4, NextSymbol(3, ends=False): 4}


def some_words(count=40):
    rng = np.random.default_rng(0)
    return uniform_words(rng, 3, rng.integers(0, 9, count))


def random_automaton(link, width, seed=5):
    rng = np.random.default_rng(seed)
    return WFA(ABC, rng.normal(size=4), rng.normal(size=(3, 4, 4)) / 2, rng.normal(size=(4, width)), link)


@pytest.mark.parametrize("link", WIDTHS, ids=str)
def test_effects_are_counted_one_by_one(link):
    function, words = random_automaton(link, WIDTHS[link]), some_words()
    asked = Questions(3, words, words, [(), (0,), (2, 1)])
    found = effects(function, asked)
    shown = (lambda scores: np.where(np.arange(4) < 3, scores, -np.inf)) if link == NextSymbol(3, ends=False) else (lambda s: s)
    before = function.scores(words)
    metric = metric_of(link, before)

    def apart(letter):
        rows = [function.scores([(*word, *letter, *end) for word in words]) @ metric for end in asked.ends]
        return np.sqrt(np.mean([((each - each.mean(axis=0)) ** 2).sum(axis=1) for each in rows]))

    for symbol, effect in enumerate(found.letters):
        after = function.scores([(*word, symbol) for word in words])
        assert effect.left == pytest.approx(apart((symbol,)) / apart(()))
        if WIDTHS[link] == 1:
            assert effect.rises == pytest.approx(change(before[:, 0], after[:, 0])[1])
            up, down = np.mean((before <= 0) & (after > 0)), np.mean((before > 0) & (after <= 0))
            assert effect.flips == (None if link == Value() else pytest.approx((up, down)))
            assert effect.label is None
        else:
            assert (effect.rises, effect.flips) == (None, None)
            counts = np.bincount(shown(after).argmax(axis=1))
            assert (effect.label, effect.share) == (counts.argmax(), pytest.approx(counts.max() / len(words)))


def test_two_classes_are_one_margin():
    single = random_automaton(Binary(), 1)
    final = np.stack([np.zeros(4), single.final[:, 0]], axis=1)
    double = WFA(ABC, single.initial, single.transitions, final, Multiclass())
    asked = Questions(3, some_words(), some_words(), [()])
    ours, theirs = effects(single, asked), effects(double, asked)
    np.testing.assert_allclose(ours.margins, theirs.margins)
    for one, other in zip(ours.letters, theirs.letters, strict=True):
        assert (one.rises, one.flips, one.label) == (other.rises, other.flips, other.label)
        assert one.left == pytest.approx(other.left)
    correlation, same, remembered = agreed(tuple(ABC), ("class 0", "class 1"), ours, theirs)
    assert correlation == "The correlation of the automaton's answers with the network's is 1.00."
    assert same == "All letters raise as many words in the network as in the automaton, to 10%, or push the same way."
    assert remembered == "All letters leave as much of the differences between words in the network as in the automaton, to 20%."


def test_letters_that_forget_in_one_alone_are_named():
    automaton = random_automaton(Binary(), 1)
    asked = Questions(3, some_words(), some_words(), [(), (1,)])
    ours = effects(automaton, asked)
    theirs = replace(ours, letters=tuple(replace(each, left=each.left + 0.3 * (k == 1)) for k, each in enumerate(ours.letters)))
    said = agreed(tuple(ABC), ("class 0", "class 1"), ours, theirs)[2]
    left = ours.letters[1].left
    assert said.startswith("2 of 3 letters leave")
    assert said.endswith(f"not so b (automaton {left:.0%}, network {left + 0.3:.0%}).")


def test_letters_that_do_something_else_are_named():
    one, other = random_automaton(NextSymbol(3), 4), random_automaton(NextSymbol(3), 4, seed=6)
    asked = Questions(3, some_words(), [], [()])
    ours, theirs = effects(one, asked), effects(other, asked)
    (said,) = agreed(tuple(ABC), ("a", "b", "c", "end"), ours, theirs)
    differ = [symbol for symbol, a, b in zip(ABC, ours.letters, theirs.letters, strict=True) if a.label != b.label]
    assert differ
    assert said.startswith(f"{3 - len(differ)} of 3 letters")
    assert all(f"{symbol} (the network: " in said for symbol in differ)


class Holes:
    """A language model with impossible symbols, and answers that are no numbers after some words."""

    alphabet, link, width = ABC, NextSymbol(3), 4

    def scores(self, words):
        rows = np.array([[0.1 * len(word), 0.2, -np.inf, 0.0] for word in words])
        rows[[len(word) == 3 for word in words]] = np.nan
        return rows


def test_what_is_impossible_or_unknown_is_no_share():
    found = effects(Holes(), Questions(3, [(0,) * k for k in range(12)], [(0,) * k for k in range(4, 16)], [()]))
    for effect in found.letters:
        assert 0 <= effect.left < 2
        assert (effect.label, effect.share) == (0, pytest.approx(9 / 10))  # of the 12, two are asked about what has no answer


def test_no_more_is_asked_than_is_allowed():
    class Counting(Holes):
        asked = 0

        def scores(self, words):
            self.asked += len(words)
            return super().scores(words)

    words = [(0,) * (k % 30) for k in range(2000)]
    for most in (0, 60, 100, 500, 5000):
        counting = Counting()
        asked = questions(counting, words, most, np.random.default_rng(0))
        if most < 2 * 4 * FEWEST:
            assert asked is None
        else:
            effects(counting, asked)
            assert counting.asked <= most
            assert len(asked.words) >= FEWEST
    assert effects(counting, questions(counting, words, 100, np.random.default_rng(0))).letters[0].left is None
