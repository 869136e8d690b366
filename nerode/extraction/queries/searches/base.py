"""The interface of searches for counterexamples, and the order in which several searches run.

A counterexample is a word that the hypothesis and the teacher classify differently. A search that finds none does not prove
that there is none, except for a deciding search.
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

BATCH = 1000  # words in a batch of queries


class Search(Protocol):
    """A search for counterexamples."""

    @property
    def name(self) -> str:
        """The name that users give, such as "white-box"."""
        ...

    def look(self, hypothesis: DFA, labels: Labels, budget: int) -> Iterator[list[Word]]:
        """Query the teacher in batches, with at most `budget` words in all; yield the counterexamples of each batch, often none.

        The counterexamples of a batch are distinct and in shortlex order.

        Parameters
        ----------
        hypothesis : a minimal DFA, with states in the shortlex order of their access words
        labels : labels of the teacher; each query is counted there
        """
        ...


@runtime_checkable
class DecidingSearch(Search, Protocol):
    """A search that finds a counterexample whenever one exists."""

    decides: ClassVar[Literal[True]]


class WordSearch(ABC):
    """Base class of searches that generate words; `look` queries these and yields the counterexamples among them."""

    @abstractmethod
    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """Yield at most `budget` words, in batches of at most BATCH."""

    def look(self, hypothesis: DFA, labels: Labels, budget: int) -> Iterator[list[Word]]:
        """See `Search`. Words that the teacher does not read are left out."""
        for words in self.batches(hypothesis, budget):
            for part in labels.at_once([word for word in words if labels.reads(word)]):
                yield labels.disagreements(hypothesis, part)


class InTurn:
    """Searches that take turns, one batch each, until a batch has a counterexample.

    Parameters
    ----------
    searches : the searches, in the order of their turns

    Attributes
    ----------
    records : the record of each search so far, in the same order
    refusal : the error with which the teacher refused a word in the last call of `find`, None if it refused no word
    decides : whether one of the searches is a deciding search
    """

    def __init__(self, searches: Sequence[Search]) -> None:
        self._searches = searches
        self.records = [SearchRecord(search.name) for search in searches]
        self.refusal: InputError | None = None
        self.decides = any(isinstance(search, DecidingSearch) for search in searches)

    def find(self, hypothesis: DFA, labels: Labels, budget: int) -> list[Word]:
        """Return the counterexamples of the first batch that has any, in shortlex order; each search may query `budget` words.

        The teacher may refuse a word, for example one that is longer than it can read. The search with this word then stops
        until the next call.
        """
        self.refusal = None
        pairs = zip(self._searches, self.records, strict=True)
        running = [(search.look(hypothesis, labels, budget), record) for search, record in pairs]
        waiting = {record.search for record in self.records}  # for their first turn: an earlier one may find enough
        while running:
            for looking in list(running):
                batches, record = looking
                begun, asked, ended = time.monotonic(), labels.asked, False
                try:
                    found, ended = next(batches, None), True
                except InputError as error:
                    self.refusal, found, ended = error, None, True
                finally:
                    record.seconds += time.monotonic() - begun
                    record.words += labels.asked - asked
                    if record.search in waiting and (ended or labels.asked > asked):
                        record.looks += 1
                        waiting.discard(record.search)
                if found is None:
                    running.remove(looking)
                elif found:
                    record.found += len(found)
                    return found
        return []


class Stages:
    """Stages of searches: the searches of a stage run when all earlier stages have found nothing."""

    def __init__(self, stages: Sequence[InTurn]) -> None:
        self._stages = stages

    @property
    def decide(self) -> bool:
        """Whether there is no counterexample when `find` finds none."""
        return any(stage.decides for stage in self._stages)

    @property
    def records(self) -> tuple[SearchRecord, ...]:
        """The record of each search so far."""
        return tuple(record for stage in self._stages for record in stage.records)

    def find(self, hypothesis: DFA, labels: Labels, budget: int) -> list[Word]:
        """Return the counterexamples of the first stage that finds any; see `InTurn.find`.

        Raises
        ------
        InputError : no stage found any, and a search stopped early because the teacher refused a word
        """
        for stage in self._stages:
            if found := stage.find(hypothesis, labels, budget):
                return found
        for stage in self._stages:
            if stage.refusal:
                raise stage.refusal
        return []
