"""The method pdfa: a probabilistic deterministic automaton of a language model, from cells of growing pools of prefixes.

A pool is a Hankel block whose rows say what is likely to follow a prefix (`pool.py`). Its prefixes are split into cells, and
merged into fewer (`fitting.py`). Each automaton is weighed on held-out words. Counterexamples add prefixes and suffixes to the
next pool (`counterexamples.py`), as in weighted L* (Weiss, Goldberg and Yahav: Learning deterministic weighted automata with
queries and counterexamples, NeurIPS 2019), which compares rows by a tolerance instead.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.operations import access_words
from nerode.automata.pdfa import PDFA
from nerode.automata.quantise import first_prefixes
from nerode.extraction.hankel.basis import frequent, shares
from nerode.extraction.ledger import SMALL
from nerode.extraction.method import Method, Task, constant_pdfa
from nerode.extraction.probabilistic.counterexamples import Found, counterexamples
from nerode.extraction.probabilistic.fitting import Fitted, exactly_merged, fitted, merged, split
from nerode.extraction.probabilistic.pool import Pool, closed, pool_of
from nerode.extraction.probabilistic.settings import PdfaSettings
from nerode.extraction.source import LONGEST_OF_MODEL
from nerode.links import LANGUAGE_MODEL
from nerode.sampling import extend, sample_words
from nerode.words import FloatArray, Word, Words

WORDS = 6000  # drawn to cut prefixes and suffixes from
BLOCKS = ((1000, 10), (5000, 20), (20_000, 40), (60_000, 60))  # prefixes, which may be equal, and suffixes of the pools
OTHERS = 2  # times the words of a pool that are asked in all: also random and refuting ones
COLUMNS = 1500  # of a pool's table at most: suffixes times letters
EXPLORED = 1e-3  # the weight of a word that goes on with random letters
FARTHER = 3  # random letters of such a word at most
EARLY = 0.3  # of a limit, after which no larger pool is begun: it costs some ten times as much
GAIN = 0.005  # nats a symbol: less is not worth a larger pool
MOST = 512  # states
TRANSITIONS = 50_000  # of an automaton
PREFIXES = 4  # for each state at least, but where states are few
SPARE = 4  # times the states that are allowed: automata of more are merged
GAINLESS = 4  # sizes without a gain, after which no larger automaton is tried
FINER = 1.25  # factor from one of the sizes of merged automata to the next
FRUGALITY = 0.01  # nats a symbol that fewer states may cost
EXACT = 1e-7  # largest difference of probabilities that is only rounding error
SEARCHED = 500  # words of each kind in which counterexamples are looked for
REPEATED = 2  # pools of one size that gain too little, while counterexamples bring new suffixes
SHOWN = 30  # of the last suffixes of counterexamples
REFUTED = 20  # automata that fit their pool and are refuted, after which that is no sign of exactness
SIZED_ON = 20_000  # prefixes of which automata of other sizes are made


@dataclass
class _Course:
    """How large the next pool is, and whether there is one.

    Parameters
    ----------
    block : the place in BLOCKS of the next pool
    lowest : the error before the pool became larger
    repeated : pools of this size that gained too little
    """

    block: int = 0
    lowest: float = np.inf
    repeated: int = 0

    def after(self, error: float, alike: bool, news: bool, spent: float) -> str | None:
        """Return why learning stops after a pool; None where another one follows.

        Parameters
        ----------
        error : of the best automaton on the held-out words, in nats a symbol
        alike : whether all prefixes of a cell were alike; then more of them may still show that transitions are wrong
        news : whether counterexamples brought suffixes that the pool did not have
        spent : the part that is spent of the nearest limit
        """
        if not alike:
            if error < GAIN:
                return "converged"
            if self.lowest - error < GAIN:
                self.repeated += 1
                return None if news and self.repeated <= REPEATED else "converged"
        self.lowest, self.block, self.repeated = error, self.block + 1, 0
        if self.block == len(BLOCKS):
            return "largest block"
        return "no room" if spent > EARLY else None


def _pdfa(task: Task) -> Generator[Automaton, None, str]:
    words, letters = task.source.learn(WORDS), len(task.teacher.alphabet)
    widest = max(1, COLUMNS // (letters + 1))
    suffixes = frequent(words, task.source.room)[1][:widest]
    checked: list[Word] = []  # access words of the last automaton, each with each letter
    shown, refuted, course = Found(), 0, _Course()
    task.ledger.decidable = True  # pools and automata end, and the largest are merged into smaller ones afterwards
    reason = None
    while reason is None:
        prefixes, columns = _afforded(task, course.block)
        if not prefixes:
            return "queries"
        drawn, weights = _words(task, first_prefixes(words, prefixes), [*checked[:prefixes], *shown.prefixes])
        columns_of = closed([*suffixes[:columns], *shown.suffixes[-min(SHOWN, widest) :]])
        pool = pool_of(task.teacher, drawn, weights, columns_of, task.rng)
        best, error, alike = yield from _of_pool(task, pool)
        access = access_words(DFA(best.pdfa.alphabet, best.pdfa.transitions, np.zeros(best.pdfa.states, np.int64)))
        found = _refute(task, best.pdfa, access, words[-SEARCHED:])
        shown = Found((*shown.prefixes, *found.prefixes), (*shown.suffixes, *found.suffixes))
        before, checked = checked, [(*word, letter) for word in access for letter in range(letters)]
        if best.exact(pool, EXACT) and refuted < REFUTED:
            if not found.prefixes and set(before) >= set(checked):
                task.ledger.prefer_last()
                return "converged"
            refuted += 1
        else:
            reason = course.after(error, alike, not set(found.suffixes) <= set(columns_of), task.meter.part_spent)
    return reason


def _afforded(task: Task, block: int) -> tuple[int, int]:
    """Return the prefixes and suffixes of a pool; a limit on queries makes the first smaller, and others have none."""
    prefixes, columns = BLOCKS[block]
    left = task.meter.queries_left
    if left is None or OTHERS * prefixes * columns <= left:
        return prefixes, columns
    return (0 if block else max(1, left // (OTHERS * columns))), columns


def _words(task: Task, drawn: Words, others: Words) -> tuple[list[Word], FloatArray]:
    """Words of a pool, and their weights: drawn ones, and beside them beginnings of these with random letters, and others."""
    room = None if task.source.room is None else shares(task.source.room)[0]
    places = task.rng.integers(0, [len(word) + 1 for word in drawn]).tolist()
    beginnings = [word[:place] for word, place in zip(drawn, places, strict=True)]
    explored = extend(task.rng, beginnings, len(task.teacher.alphabet), FARTHER)
    words = [word[:room] for word in (*drawn, *explored, *others)]
    return words, np.repeat([1.0, EXPLORED], [len(drawn), len(words) - len(drawn)])


def _of_pool(task: Task, pool: Pool) -> Generator[PDFA, None, tuple[Fitted, float, bool]]:
    """Yield automata of 1, 2, 4, 8, … states while more of them gain, then those that merging the largest makes.

    Returns
    -------
    The one that errs least on the held-out words, or an exact one; what it errs; and whether all prefixes of a cell were alike in
    the end, as those of an automaton are, so that only transitions can be wrong.
    """
    alphabet, check, allowed = task.teacher.alphabet, task.meter.check, task.states or MOST
    tried: list[tuple[float, Fitted]] = []

    def weighed(each: Fitted) -> Iterator[PDFA]:
        if each.pdfa.states <= allowed:
            tried.append((float(task.ledger.held_out.errors(each.pdfa).mean()), each))
            yield each.pdfa

    errors: list[float] = []
    alike = False
    most = min(MOST, SPARE * allowed, max(SMALL, min(len(pool.weights) // PREFIXES, TRANSITIONS // len(alphabet))))
    for count, top in split(pool, alphabet, most, task.rng, check):
        full = count == most
        errors.append(float(task.ledger.held_out.errors(top.pdfa).mean()))
        yield from weighed(top)
        gainless = len(errors) > GAINLESS and min(errors[-GAINLESS:]) >= min(errors[:-GAINLESS])
        if gainless or top.exact(pool, EXACT):
            break
    else:
        alike = not full
    if top.exact(pool, EXACT):
        least = exactly_merged(pool, top)
        yield from weighed(least)
        if least.pdfa.states <= allowed:
            return least, tried[-1][0], True
    for each in merged(pool, alphabet, top, _sizes(top.pdfa.states), check):
        yield from weighed(each)
    error, best = min(tried, key=lambda pair: pair[0])
    return best, error, alike


def _sizes(states: int) -> Iterator[int]:
    """Yield numbers of states, fewer and fewer, down to 2."""
    while (states := min(states - 1, int(states / FINER))) > 1:
        yield states


def _refute(task: Task, pdfa: PDFA, access: Words, drawn: Words) -> Found:
    """Search words that the model drew, words that the automaton draws, and words that go on at random from its states."""
    rng, letters, room = task.rng, len(task.teacher.alphabet), task.source.room
    longest = LONGEST_OF_MODEL if room is None else max(0, room - max(map(len, access)))  # access words replace beginnings
    begun = [access[state] for state in rng.integers(len(access), size=SEARCHED).tolist()]
    words = (*drawn, *sample_words(rng, pdfa, SEARCHED, longest), *extend(rng, begun, letters, FARTHER))
    found = counterexamples(task.teacher, pdfa, access, [word[:longest] for word in words], EXACT)
    return Found(found.prefixes, tuple(s for s in found.suffixes if room is None or len(s) <= shares(room)[1]))


def _smaller(task: Task, sizes: tuple[int, ...]) -> Iterator[PDFA]:
    """Yield automata of so many states, merged from those of the best, which draws the words and answers for the model."""
    best = task.ledger.best
    assert isinstance(best, PDFA)
    words = first_prefixes(task.source.drawn_from(best).learn(WORDS), SIZED_ON)
    suffixes = frequent(words, task.source.room)[1][: BLOCKS[1][1]]
    pool = pool_of(best, words, np.ones(len(words)), closed(suffixes), task.rng)
    start = fitted(pool, best.alphabet, pool.rows.walk.run(best.transitions), best.states, task.meter.check)
    for each in merged(pool, best.alphabet, start, iter(sorted(sizes, reverse=True)), task.meter.check):
        yield each.pdfa


METHOD = Method(
    (LANGUAGE_MODEL,), _pdfa, longest=40, frugality=FRUGALITY, constant=constant_pdfa, smaller=_smaller, settings=PdfaSettings,
    at_knee=True,
)  # fmt: skip
