"""Growing samples of words that nobody chose: labelled ones of a classifier, and those that a language model draws.

Each sample holds the one before, so that no word is asked twice. A hypothesis of each goes to the ledger; the last is the largest
that the limit on queries, the number of words or their letters allow.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.diagram import counted
from nerode.extraction.held_out import decisions
from nerode.extraction.method import Task
from nerode.extraction.reasons import LARGEST_SAMPLE, SAME
from nerode.words import BoolArray, IntArray, Word

DRAWN_WORDS = (1000, 3000, 10_000, 30_000, 100_000)  # of the samples that a language model draws
LABELLED_WORDS = (300, *DRAWN_WORDS)  # the evidence of each of them takes long to weigh
LETTERS = 500_000  # of the words of a sample together, where they become a tree: a node takes about a kilobyte

OTHER_SIZES = "Other sizes are those that learning passed, since a passive method makes no others."


@dataclass(frozen=True)
class Labelled:
    """Different words with their labels (n,)."""

    words: list[Word]
    labels: IntArray


@dataclass(frozen=True)
class Drawn:
    """Words that a language model drew, and whether each has ended (n,); others are beginnings of words."""

    words: list[Word]
    ended: BoolArray


def of_labelled(task: Task, learn: Callable[[Labelled], DFA]) -> Generator[Automaton, None, str]:
    """Yield the minimal DFA that is learned from each sample of labelled words; return why there is no larger sample.

    A word whose score is no number has no label and is left out. DFAs of more states than are wanted are not yielded.
    """
    waiting, asked = _together(task.source.different(LABELLED_WORDS[-1]), LETTERS), 0
    words: list[Word] = []
    labels = np.zeros(0, np.int64)
    before: DFA | None = None
    for size in LABELLED_WORDS:
        left = task.meter.queries_left
        more = list(islice(waiting, size - asked if left is None else min(size - asked, left)))
        asked += len(more)
        if more:
            answers = decisions(task.teacher, more)
            known = ~np.isnan(answers)
            words = [*words, *(word for word, told in zip(more, known.tolist(), strict=True) if told)]
            labels = np.concatenate([labels, answers[known].astype(np.int64)])
        if more and words:
            found = learn(Labelled(words, labels))
            yield from _allowed(task, [found])
            if before is not None and _same(before, found):
                return _reason(task, SAME)
            before = found
        if asked < size:
            return "queries" if task.meter.queries_left == 0 else _reason(task, LARGEST_SAMPLE)
    return _reason(task, LARGEST_SAMPLE)


def of_drawn(
    task: Task, learn: Callable[[Drawn], Iterable[Automaton]], letters: int | None = None
) -> Generator[Automaton, None, str]:
    """Yield what is learned from each sample of words that the language model draws; return why there is no larger sample.

    Parameters
    ----------
    letters : of a sample at most, ends of words included; None for any number
    """
    words: list[Word] = []
    ended = np.zeros(0, bool)
    for size in DRAWN_WORDS:
        before = len(words)
        while count := _affordable(task, size - len(words)):
            more, over = task.source.drawn(count)
            words += more
            ended = np.concatenate([ended, over])
        complete = len(words) == size
        held = np.cumsum([len(word) + 1 for word in words])
        kept = len(words) if letters is None else int(np.searchsorted(held, letters, side="right"))
        if kept > before:
            yield from _allowed(task, learn(Drawn(words[:kept], ended[:kept])))
        if not complete:
            return "queries"
        if kept < size:
            break
    return _reason(task, LARGEST_SAMPLE)


def leave_sizes(task: Task, sizes: tuple[int, ...]) -> Iterator[Automaton]:
    """Yield nothing: there are no automata of other sizes but those that were learned."""
    task.ledger.left_out.append(OTHER_SIZES)
    return iter(())


def tell_once(task: Task, said: str) -> None:
    """Have a sentence among those of what was left out, however often it is said."""
    if said not in task.ledger.left_out:
        task.ledger.left_out.append(said)


def _affordable(task: Task, wanted: int) -> int:
    """How many of the wanted words can be drawn in any case; each letter of a word is a query."""
    left = task.meter.queries_left
    return wanted if left is None else min(wanted, left // task.source.cut)


def _together(words: Iterator[Word], letters: int) -> Iterator[Word]:
    """The words before those that would have more letters together."""
    for word in words:
        letters -= len(word)
        if letters < 0:
            return
        yield word


def _allowed(task: Task, automata: Iterable[Automaton]) -> Iterator[Automaton]:
    """The automata that have no more states than are wanted; the others are told of, once."""
    for automaton in automata:
        if task.states is None or automaton.states <= task.states:
            yield automaton
        else:
            tell_once(
                task,
                f"Left out: what was learned with more than {counted(task.states, 'state')}; this method makes none smaller.",
            )


def _reason(task: Task, reason: str) -> str:
    """Why it ended: the limit on states, where all that was learned has more."""
    return reason if task.states is None or len(task.ledger.rounds) > 1 else "states"


def _same(one: DFA, other: DFA) -> bool:
    """Whether two minimal DFAs are the same; their states are in the order of their access words."""
    return np.array_equal(one.transitions, other.transitions) and np.array_equal(one.labels, other.labels)
