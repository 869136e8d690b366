"""The method vpa: a visibly pushdown automaton of a network that accepts or rejects.

First the letters that call and return are found (`letters.py`), unless they are named. Then rounds follow, as in query
learning: propose an automaton (`tree.py`), search for words that refute it (`searches.py`), split locations. The height of the
words grows from 1 while the automaton holds. A network follows brackets to some depth, so that beyond it almost all high words
refute a small automaton. Learning then stops: to describe where the network fails takes far more locations and explains nothing.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.nested_words import near_misses
from nerode.automata.stack_operations import minimise
from nerode.automata.vpa import VPA
from nerode.errors import BudgetExhausted
from nerode.extraction.held_out import HeldOut
from nerode.extraction.ledger import SMALL, Ledger
from nerode.extraction.method import Method, Task
from nerode.extraction.pushdown.letters import MOST, accepted_words, balanced_kinds, kinds_from, patterns, told
from nerode.extraction.pushdown.searches import NestedSearch
from nerode.extraction.pushdown.settings import VpaSettings
from nerode.extraction.pushdown.tree import Accepts, NestedLearner
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.rounds import NO_COUNTEREXAMPLE, NOTED
from nerode.extraction.reasons import TOO_DEEP, UNPAID
from nerode.links import CLASSIFIER
from nerode.protocols import Teacher
from nerode.words import FloatArray, IntArray, Words

LOCATIONS = 60  # where their number is not limited
HIGHEST = 8  # of the words that refute
SURE = 3  # height to which words are followed: so often brackets are repeated where they are found
LOST = 0.05  # of the higher words that an automaton accepts; where more are rejected, the network does not follow
PORTION = 20  # counterexamples of a round
GAINLESS, LARGER = 5, 4  # rounds and times the locations without a better automaton, after which learning stops
FRUGALITY = 0.1  # of error: that of two parts of a message, the automaton and its exceptions, decides among all that do well
HELD_OUT = 1000  # random words to weigh on; almost all are rejected, so more would show nothing
WEIGHED = 1000  # words that a larger hypothesis accepts, or that are close to these, which join them
LOOKED_AT = 2000  # words of the source in which counterexamples and accepted words are looked for


def _vpa(task: Task) -> Generator[Automaton, None, str]:
    """Yield minimal hypotheses, of growing words; return why that ended."""
    labels = Labels(task.teacher, left=lambda: task.meter.queries_left)
    alphabet = task.teacher.alphabet
    words = task.source.learn(LOOKED_AT if task.meter.queries_left is None else min(LOOKED_AT, task.meter.queries_left // 8))

    room = task.source.room

    def accepts(asked: Words) -> Any:
        """Words that the teacher does not read count as rejected."""
        answers = np.zeros(len(asked), np.bool_)
        read = [i for i, word in enumerate(asked) if room is None or len(word) <= room]
        answers[read] = labels.of([asked[i] for i in read]) == 1
        return answers

    kinds = task.settings.kinds(alphabet)
    if kinds is None:
        kinds = _found(task, accepts, words)
    search = NestedSearch(labels, kinds, words, task.rng, HIGHEST, task.source.room)
    try:
        learner = NestedLearner(accepts, alphabet, kinds, task.states or LOCATIONS)
        return (yield from _rounds(task, labels, learner, search))
    except BudgetExhausted as end:
        if end.reason == "states" and task.states is None:
            return UNPAID  # nobody asked for so many
        raise
    finally:
        task.ledger.searches, task.ledger.contradictions = tuple(search.records.values()), labels.contradictions
        task.ledger.counterexamples = tuple(labels.counterexamples)


def _found(task: Task, accepts: Accepts, words: Words) -> IntArray:
    """Return the kinds of letters that pumped words show, and tell from which."""
    left, letters = task.meter.queries_left, len(task.teacher.alphabet)
    most = MOST if left is None else min(MOST, left // 8)
    accepted = accepted_words(accepts, words, letters, task.rng, most)
    found = patterns(accepts, accepted, most // 2)
    kinds, shown = kinds_from(found, accepted, letters)
    balanced = None if shown or not accepted else balanced_kinds(accepted, letters)
    if not accepted:
        task.ledger.told.append(
            "No accepted word was found, so that calls and returns are not known; give some with --words FILE."
        )
        return kinds
    if balanced is None:
        task.ledger.told.append(told(task.teacher.alphabet, found, shown))
        return kinds
    task.ledger.told.append(f"Calls and returns were chosen so that all {len(accepted):,} accepted words found are well-matched.")
    return balanced


def _rounds(task: Task, labels: Labels, learner: NestedLearner, search: NestedSearch) -> Generator[VPA, None, str]:
    """Yield each hypothesis; the words that may refute it grow higher while none of them does."""
    height, largest = 1, 0
    hypothesis = minimise(learner.propose())
    yield hypothesis
    while height <= HIGHEST:
        if largest < hypothesis.states <= SMALL and task.ledger.best is hypothesis:
            # words of one that is not worth its locations would be those on which the network errs
            largest = hypothesis.states
            accepted, _ = search.drawn(hypothesis, max(height, SURE), WEIGHED // 2)
            near = near_misses(task.rng, hypothesis, accepted, task.source.room)
            task.ledger.weigh_on(task.teacher, [*accepted, *near], like=False)
        found = search.find(hypothesis, learner, height)
        if found.words and height > SURE and found.share > LOST:
            return TOO_DEEP
        if found.words and _gainless(task.ledger):
            return UNPAID
        labels.counterexamples += found.words[:NOTED]
        if found.words and learner.refine(found.words[:PORTION]):
            hypothesis = minimise(learner.propose())
            yield hypothesis
        else:
            labels.contradictions += bool(found.words)
            height += 1
    return NO_COUNTEREXAMPLE


def _gainless(ledger: Ledger) -> bool:
    """Whether the last hypotheses have outgrown the best one and gained nothing."""
    late = len(ledger.rounds) - 1 - ledger.rounds.index(ledger.best_round)
    return late >= GAINLESS and ledger.rounds[-1].states > LARGER * max(LARGER, ledger.best_round.states)


def _held_out(settings: Any, teacher: Teacher, words: Words, weights: FloatArray) -> HeldOut:
    """The first random words; others join them that are drawn from hypotheses."""
    return HeldOut(teacher, words[:HELD_OUT], weights[:HELD_OUT])


def _constant(settings: Any, held_out: HeldOut, teacher: Teacher) -> VPA:
    """The automaton without a stack that gives every word the most frequent label."""
    letters = len(teacher.alphabet)
    accepting = np.array([np.average(held_out.truth == 1, weights=held_out.weights) > 0.5])
    none = np.zeros(0, np.int64)
    return VPA(teacher.alphabet, none, none, np.zeros((1, letters), np.int64), np.zeros((1, 0, 1, 0), np.int64), accepting)


def _smaller(task: Task, sizes: tuple[int, ...]) -> Iterator[VPA]:
    """Yield none: locations are not merged."""
    task.ledger.left_out.append("Other sizes are those that learning passed, since locations of a VPA are not merged.")
    return iter(())


METHOD = Method(
    (CLASSIFIER,), _vpa, longest=20, frugality=FRUGALITY, constant=_constant, smaller=_smaller, settings=VpaSettings,
    held_out=_held_out,
)  # fmt: skip
