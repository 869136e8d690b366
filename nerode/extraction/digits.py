"""As few digits as possible: what was learned, rounded as far as that changes next to nothing.

Learning leaves seventeen digits, most of which are noise. They make files long, and automata look less simple than they are.
Rounding goes as far as the held-out words allow: the answers that change may be a small part of those that are wrong anyhow.
Weighted automata are also compared on far longer words, where small changes add up.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from itertools import chain
from typing import Any

import numpy as np

from nerode.automata.decimals import effects, rounded, rounded_distributions
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.held_out import HeldOut
from nerode.extraction.ledger import Ledger
from nerode.extraction.sizes import Sized, weighed
from nerode.extraction.source import FARTHEST
from nerode.links import CLASSIFIER
from nerode.protocols import States
from nerode.stepping import step_through
from nerode.students.student import Student
from nerode.words import FloatArray, IntArray, Words

STEPS = 10.0 ** (-np.arange(3, 28) / 3)  # of rounding that are tried, from a tenth of the scale of the scores down to 1e-9
PART = 0.02  # of the error on held-out words, that rounding may change answers by
MORE = 0.003  # of the loss on held-out words, and of the mean square of what scores are off by, that may be added
MEASURED_ON = 2000  # words, by which the effects of weights are measured
LONGER = 10  # times as long: the words on which changes may be so many times as large
FAR = 200  # of these words, at most
WORK = 1e9  # multiplications of a weighted automaton for each kind of words and each step that is tried
OVERHEAD = 1000  # of them, that a letter costs beside its matrix

Rounding = Callable[[float], Any]
"""What was learned, rounded by a step."""


@singledispatch
def rounding(learned: Any, words: Words, rng: np.random.Generator) -> Rounding | None:
    """Return how what was learned is rounded; None where it has no numbers, or none that can be."""
    return None


@rounding.register
def _of_wfa(learned: WFA, words: Words, rng: np.random.Generator) -> Rounding | None:
    known = effects(learned, words, rng)
    return None if known is None else lambda step: rounded(learned, known, step)


@rounding.register
def _of_pdfa(learned: PDFA, words: Words, rng: np.random.Generator) -> Rounding:
    visits: FloatArray = np.zeros(learned.states)

    def visit(length: int, rows: IntArray, lengths: IntArray, states: States) -> None:
        np.add.at(visits, states[0], 1.0)

    step_through(learned, words, visit)
    return lambda step: rounded_distributions(learned, visits, step)


@rounding.register
def _of_student(learned: Student, words: Words, rng: np.random.Generator) -> Rounding:
    return lambda step: learned.rounded(words, step)


def shorten(ledger: Ledger, sized: tuple[Sized, ...], seed: int, longer: bool, check: Callable[[], None]) -> tuple[Sized, ...]:
    """Round the numbers of what is handed back, and of the automata of other sizes; see `fewest_digits`.

    Where it is interrupted, nothing has changed.

    Returns
    -------
    The other sizes and what is handed back, by ascending states; rounded too, each of the others errs less than all smaller ones.
    """
    held_out, best = ledger.held_out, ledger.best
    found = {
        id(each): fewest_digits(each, held_out, np.random.default_rng(seed), longer, check)
        for each in (best, *(other.automaton for other in sized))
    }
    kept: list[Sized] = []
    for each in sized:
        same = found[id(each.automaton)]
        new = each if same is each.automaton else weighed(same, held_out)
        if each.automaton is best or all(new.error < other.error for other in kept):
            kept.append(new)
    if rounding.dispatch(type(best)) is not rounding.dispatch(object):  # what has numbers
        try:
            check()
        except BudgetExhausted:
            ledger.left_out.append("Numbers may have more digits than matter, since there was no time left to round them.")
    if found[id(best)] is not best:
        ledger.replace_best(found[id(best)])
    return tuple(kept)


def fewest_digits(
    learned: Any, held_out: HeldOut, rng: np.random.Generator, longer: bool, check: Callable[[], None] = lambda: None
) -> Any:
    """Return what was learned with the coarsest numbers that are as good; itself where there are none.

    On the held-out words answers change by a fiftieth of the error at most, the loss grows by .3 % of itself at most, and the
    mean square of what scores change by is at most .3 % of that of what they are off by. So what is exact stays as it is. Words
    on which the error is infinite say nothing, such as those that a language model calls impossible. The step is found by
    bisection, as if all finer ones than a good one were good.

    Parameters
    ----------
    held_out : words with the teacher's answers
    rng : for the signs by which scores are mixed, and for words
    longer : whether words that are ten times as long are read, and mean something
    check : called before all words are read; where it raises BudgetExhausted, the coarsest that were found till then are returned
    """
    best = learned
    try:
        check()
        known = held_out.part(_affordable(learned, held_out.words, rng))
        round_by = rounding(learned, known.words[:MEASURED_ON], rng)
        if round_by is None:
            return learned
        as_good = _comparison(
            learned, known, _joined(learned, known.words, rng) if longer and isinstance(learned, WFA) else [], check
        )
        coarser, finer = -1, len(STEPS)
        while finer - coarser > 1:
            middle = (coarser + finer) // 2
            found = round_by(float(STEPS[middle]))
            if as_good(found):
                best, finer = found, middle
            else:
                coarser = middle
    except BudgetExhausted:
        pass
    except InputError:  # scores that are no numbers
        return learned
    return best


def _comparison(learned: Any, held_out: HeldOut, longer: Words, check: Callable[[], None]) -> Callable[[Any], bool]:
    """Return the question whether something is as good as what was learned, by held-out words and by longer ones."""
    beside = HeldOut(learned, held_out.words, held_out.weights)
    check()
    far = HeldOut(learned, longer) if longer else None
    check()
    errors, losses = held_out.weigh(learned)
    check()
    judged = learned.link.task == CLASSIFIER  # whose answers say little of its scores
    squares = held_out.squares(learned) if judged else np.zeros(len(errors))
    known = np.isfinite(errors) & np.isfinite(losses) & np.isfinite(squares)
    if not known.any():
        return lambda found: False

    def within(found: FloatArray, part: float, of: FloatArray) -> bool:
        check()
        return bool(found[known].mean() <= part * of[known].mean())

    def as_good(found: Any) -> bool:
        return (
            within(beside.errors(found), PART, errors)
            and within(held_out.weigh(found)[1], 1 + MORE, losses)
            and (not judged or within(beside.squares(found), MORE, squares))
            and (far is None or bool(far.errors(found).mean() <= LONGER * PART * errors[known].mean()))
        )

    return as_good


def _affordable(learned: Any, words: Words, rng: np.random.Generator) -> IntArray:
    """The words that are read, drawn at random where not all are: a WFA multiplies with a matrix for each letter."""
    rows = np.arange(len(words))
    if not isinstance(learned, WFA):
        return rows
    drawn = rng.permutation(rows)
    letters = np.array([len(word) + 1 for word in words], np.float64)[drawn]
    work = np.cumsum(letters) * (learned.states**2 + OVERHEAD)
    return np.sort(drawn[: max(1, int(np.searchsorted(work, WORK, side="right")))])


def _joined(learned: WFA, words: Words, rng: np.random.Generator) -> Words:
    """Far longer words, each made of ten of these."""
    chosen = rng.integers(len(words), size=(FAR, LONGER)).tolist()
    joined = [tuple(chain.from_iterable(words[i] for i in row))[:FARTHEST] for row in chosen]
    return [joined[i] for i in _affordable(learned, joined, rng).tolist()]
