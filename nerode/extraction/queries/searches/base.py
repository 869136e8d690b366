"""What searches have in common: each looks for words that a hypothesis and its teacher classify differently.

A search that finds nothing has shown nothing but that: it never means that there is none.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal, Protocol, runtime_checkable

from nerode.automata.dfa import DFA
from nerode.errors import InputError
from nerode.extraction.ledger import SearchRecord
from nerode.extraction.queries.labels import Labels
from nerode.words import Word, Words

BATCH = 1000  # words asked side by side


class Search(Protocol):
    """One way to look for counterexamples."""

    @property
    def name(self) -> str:
        """What users call it, such as "white-box"."""
        ...

    def look(self, hypothesis: DFA, labels: Labels, budget: int) -> Iterator[list[Word]]:
        """Ask about words, a batch at a time and `budget` in all at most; each batch yields its counterexamples, often none.

        They are distinct and in shortlex order.

        Parameters
        ----------
        hypothesis : minimal, states in the shortlex order of their access words
        labels : asks the teacher, and counts what is asked
        """
        ...


@runtime_checkable
class DecidingSearch(Search, Protocol):
    """A search that finds a counterexample wherever there is one."""

    decides: ClassVar[Literal[True]]


class WordSearch(ABC):
    """Base of searches that are lists of words: they say which, and those that are classified differently are found."""

    @abstractmethod
    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """At most `budget` words, in batches of at most BATCH."""

    def look(self, hypothesis: DFA, labels: Labels, budget: int) -> Iterator[list[Word]]:
        """See `Search`."""
        for words in self.batches(hypothesis, budget):
            for part in labels.at_once(words):
                yield labels.disagreements(hypothesis, part)


class InTurn:
    """Lets several searches look, a batch of each in turn; stops at the first batch that shows something.

    Parameters
    ----------
    searches : in the order in which they begin
    records : what each has done so far, in the same order
    refusal : what the teacher said to a word that it refused the last time
    decides : whether one of them finds a counterexample wherever there is one
    """

    def __init__(self, searches: Sequence[Search]) -> None:
        self._searches = searches
        self.records = [SearchRecord(search.name) for search in searches]
        self.refusal: InputError | None = None
        self.decides = any(isinstance(search, DecidingSearch) for search in searches)

    def find(self, hypothesis: DFA, labels: Labels, budget: int) -> list[Word]:
        """The counterexamples in the first batch that holds any, in shortlex order; each search may ask `budget` words.

        A search that the teacher refuses a word, such as one that is longer than it can read, looks no further this time.
        """
        self.refusal = None
        pairs = zip(self._searches, self.records, strict=True)
        running = [(search.look(hypothesis, labels, budget), effort) for search, effort in pairs]
        for _, effort in running:
            effort.looks += 1
        while running:
            for looking in list(running):
                batches, effort = looking
                begun, asked = time.monotonic(), labels.asked
                try:
                    found = next(batches, None)
                except InputError as error:
                    self.refusal, found = error, None
                finally:
                    effort.seconds += time.monotonic() - begun
                    effort.words += labels.asked - asked
                if found is None:
                    running.remove(looking)
                elif found:
                    effort.found += len(found)
                    return found
        return []


class Stages:
    """Searches in order: those of a stage look when those of the stages before have found nothing."""

    def __init__(self, stages: Sequence[InTurn]) -> None:
        self._stages = stages

    @property
    def decide(self) -> bool:
        """Whether it is decided that there is no counterexample where none is found."""
        return any(stage.decides for stage in self._stages)

    @property
    def records(self) -> tuple[SearchRecord, ...]:
        """What each search has done so far."""
        return tuple(effort for stage in self._stages for effort in stage.records)

    def find(self, hypothesis: DFA, labels: Labels, budget: int) -> list[Word]:
        """As `InTurn.find`.

        Raises
        ------
        InputError : nothing was found, and the teacher refused words of a search, so that it could not look everywhere
        """
        for stage in self._stages:
            if found := stage.find(hypothesis, labels, budget):
                return found
        for stage in self._stages:
            if stage.refusal:
                raise stage.refusal
        return []
