"""The method cfg: context-free grammars, from the patterns that recur in the DFAs of query learning.

Query learning of a network that follows a context-free language gives a sequence of DFAs for growing depth. Each of them is cut
to the words of at most some length, for several lengths: its early part is right even where its later part learned mistakes of
the network. The patterns of the part are folded into a grammar. All grammars are weighed on held-out words, and on words that
they derive and the same damaged, which are added, since random words are hardly ever in such a language.

Yellin and Weiss: Synthesizing context-free grammars from recurrent neural networks, TACAS 2021. docs/decisions/pattern-rules.md
says what is done in another way.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.cfg import CFG
from nerode.automata.derivations import Derivations
from nerode.automata.dfa import DFA
from nerode.errors import InputError
from nerode.extraction.held_out import HeldOut
from nerode.extraction.method import Method, Task
from nerode.extraction.patterns.folding import folded
from nerode.extraction.patterns.spans import Accepts, Part, confirmed, lengths_of, part_of, spans, supported
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.rounds import NO_COUNTEREXAMPLE, QueryLearner, query_rounds
from nerode.extraction.queries.searches.base import BATCH, WordSearch
from nerode.extraction.queries.settings import LEARNERS, QuerySettings
from nerode.extraction.queries.strategy import Resources, strategy
from nerode.extraction.reasons import SETTLED
from nerode.links import CLASSIFIER
from nerode.protocols import Teacher
from nerode.sampling import mutate
from nerode.words import BoolArray, Word, Words, shortlex

SEARCH = 5000  # queries of each search in each round, at most
LENGTHS = 8  # lengths to which each DFA is cut, at most
MOST_STATES = 400  # of the part of a DFA that is folded
SUPPORT = 0.01  # share of the accepted words that use a transition
BEGUN = 3  # accepted words that learning begins with, beside those that have other letters
GIVEN = 5000  # given words that the teacher is asked about for this
ENOUGH, LONG_ENOUGH = 8, 40  # DFAs in turn that give no better grammar, where the best one is good and where it is not
GOOD = 0.2  # of the error of the constant
PATIENCE = 0.85  # of the limit on time: the rest is for words of growing depth
REMEMBERED = 2000  # words near the last grammars
DERIVED, DEEPEST, LONGEST = 40, 7, 60  # words of each depth that are asked about, the greatest depth, and their letters
EVERY = 20  # one of so many of these is weighed on: they are alike, and each mistake of the network would count many times
CLOSE = 0.02  # more error than the lowest: words near worse grammars are not weighed on


@dataclass(frozen=True)
class PatternSettings(QuerySettings):
    """The settings of query learning, whose DFAs are folded."""

    def check(self, teacher: Teacher) -> None:
        """Check the settings.

        Raises
        ------
        InputError : as for query learning; or a teacher of more than two classes
        """
        super().check(teacher)
        if teacher.width > 2:
            raise InputError(
                f"a grammar tells the words of one class from the others, and the teacher has {teacher.width} classes; "
                "--method lstar learns them"
            )


class FromGrammars(WordSearch):
    """Asks about words near those of the last grammars: where a grammar is wrong, its DFA often is."""

    name = "grammars"

    def __init__(self) -> None:
        self._words: list[Word] = []

    def add(self, words: Words) -> None:
        """Ask about these words too, and no longer about the oldest ones."""
        self._words = [*words, *self._words][:REMEMBERED]

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        words = list(dict.fromkeys(self._words))[:budget]
        for begin in range(0, len(words), BATCH):
            yield words[begin : begin + BATCH]


def _patterns(task: Task) -> Generator[Automaton, None, str]:
    """Yield a grammar whenever a DFA of query learning gives one that is new; return why learning ended."""
    settings, ledger = task.settings, task.ledger
    labels = Labels(task.teacher, settings.band, lambda: task.meter.queries_left)
    derived = FromGrammars()
    search = strategy(
        settings.searches, Resources(labels.teacher, task.automaton, task.rng, task.source, lambda: None), (derived,)
    )
    learner = LEARNERS[settings.learner](labels, None, settings)
    given = _given(task, labels)
    _begin(learner, labels, _beginnings(given))
    rounds = query_rounds(learner, search, labels, SEARCH)
    accepts = _remembered(labels)
    seen: set[str] = set()
    best, idle = ledger.best.to_json(), 0
    ledger.decidable = True  # grammars do not grow with their DFAs, so that growth says nothing
    try:
        while True:
            try:
                dfa = next(rounds)
            except StopIteration as end:
                return SETTLED if end.value == NO_COUNTEREXAMPLE else str(end.value)
            for grammar in _grammars(dfa, accepts, given, task.states):
                if str(grammar.to_json()) not in seen:
                    seen.add(str(grammar.to_json()))
                    yield grammar
                    near = _near(grammar, task.rng, labels)
                    derived.add(near)
                    if ledger.rounds[-1].error < ledger.lowest + CLOSE:
                        ledger.weigh_on(labels.teacher, near[::EVERY], like=False)
                if task.meter.time_spent > PATIENCE:
                    return "time"
            changed = ledger.best.to_json() != best
            best, idle = ledger.best.to_json(), 0 if changed else idle + 1
            if idle >= (ENOUGH if ledger.lowest < GOOD * ledger.rounds[0].error else LONG_ENOUGH):
                return SETTLED
    finally:
        ledger.searches, ledger.contradictions = search.records, labels.contradictions
        ledger.counterexamples = tuple(labels.counterexamples)


def _given(task: Task, labels: Labels) -> list[Word]:
    """Return the words that the teacher accepts, of the given ones and of those weighed on, shortest first; not of the verdict's.

    In a sparse language a search for the first accepted word would hardly end, and a sample may have few different ones.
    """
    held_out = task.ledger.held_out
    others = [word for word, truth in zip(held_out.words, held_out.truth, strict=True) if truth == 1]
    read = [word for word in dict.fromkeys(task.source.given) if labels.reads(word)][:GIVEN]
    accepted = [word for word, label in zip(read, labels.of(read).tolist(), strict=True) if label == 1] if read else []
    return sorted({*accepted, *others}, key=shortlex)


def _beginnings(accepted: list[Word]) -> list[Word]:
    """Return the shortest of these words, and of each other letter the shortest word that has it: none is to be met late."""
    words, met = accepted[:BEGUN], set(chain.from_iterable(accepted[:BEGUN]))
    for word in accepted[BEGUN:]:
        if not met.issuperset(word):
            words.append(word)
            met.update(word)
    return words


def _begin(learner: QueryLearner, labels: Labels, words: Words) -> None:
    """Let a learner learn from words before it searches for counterexamples."""
    while found := labels.disagreements(learner.propose(), words):
        if not learner.refine(found[:1]):
            words = [word for word in words if word != found[0]]


def _remembered(labels: Labels) -> Accepts:
    """Return which words the teacher accepts; each is asked once, since the DFAs have most patterns in common."""
    known: dict[Word, bool] = {}

    def accepts(words: Words) -> BoolArray:
        new = [word for word in dict.fromkeys(words) if word not in known]
        if new:
            known.update(zip(new, (labels.of(new) == 1).tolist(), strict=True))
        return np.array([known[word] for word in words], np.bool_)

    return accepts


def _grammars(dfa: DFA, accepts: Accepts, given: Words, states: int | None) -> Iterator[CFG]:
    """Yield the grammars of a DFA that is cut to words of growing length; first of what the given accepted words use of it."""
    for part in _parts(dfa, given):
        if len(part.edges) <= MOST_STATES:
            found = spans(confirmed(part, accepts))
            grammar = None if found is None else folded(found, dfa.alphabet, accepts)
            if grammar is not None and (states is None or grammar.states <= states):
                yield grammar


def _parts(dfa: DFA, given: Words) -> Iterator[Part]:
    """Yield the parts of a DFA that are folded."""
    for longest in sorted(set(map(len, given)))[:LENGTHS]:
        yield supported(part_of(dfa, longest), given, SUPPORT)
    for longest in lengths_of(dfa)[:LENGTHS]:
        yield part_of(dfa, longest)


def _near(grammar: CFG, rng: np.random.Generator, labels: Labels) -> list[Word]:
    """Return words that a grammar derives, of all small depths, and the same damaged."""
    derivations = Derivations(grammar)
    words = [word for depth in range(DEEPEST + 1) for word in derivations.draw(rng, DERIVED, depth, LONGEST)]
    left = labels.left()
    near = [*words, *mutate(rng, words, len(grammar.alphabet))]
    return [word for word in near if labels.reads(word)][: None if left is None else left // 8]


def _constant(settings: Any, held_out: HeldOut, teacher: Teacher) -> CFG:
    """Return the grammar of no word, or of all words, whichever errs less."""
    letters = range(len(teacher.alphabet))
    rules = (
        [(0, ()), *((0, (letter, -1)) for letter in letters)]
        if np.average(held_out.truth, weights=held_out.weights) > 0.5
        else []
    )
    return CFG(teacher.alphabet, ("S",), tuple(rules))


def _smaller(task: Task, sizes: tuple[int, ...]) -> Iterator[CFG]:
    """Yield nothing: the grammars that learning passed are of all sizes."""
    yield from ()


METHOD = Method(
    (CLASSIFIER,), _patterns, longest=20, frugality=0.01, constant=_constant, smaller=_smaller, settings=PatternSettings
)
