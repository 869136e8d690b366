"""Which searches look for counterexamples, and in what order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.extraction.queries.searches.base import InTurn, Search, Stages
from nerode.extraction.queries.searches.conformance import RandomWMethod, TransitionCoverage, WMethod
from nerode.extraction.queries.searches.difference import Difference
from nerode.extraction.queries.searches.drawn import FromHypothesis
from nerode.extraction.queries.searches.exact import Exact
from nerode.extraction.queries.searches.whitebox import WhiteBox, suits
from nerode.extraction.queries.searches.words import GivenWords, NearAccessWords, RandomWords
from nerode.extraction.source import WordSource
from nerode.protocols import Teacher

DEFAULT = (("given",), ("white-box",), ("hypothesis", "access-words", "random-w-method", "random"), ("difference",))
"""Stages: a search looks when those of the stages before it have found nothing, those of one stage in turn."""


@dataclass(frozen=True)
class Resources:
    """What searches are made from.

    Parameters
    ----------
    teacher : is asked
    automaton : the teacher itself, where it is a DFA
    weighted : learns a weighted automaton of the teacher
    """

    teacher: Teacher
    automaton: DFA | None
    rng: np.random.Generator
    source: WordSource
    weighted: Callable[[], WFA | None]

    @property
    def longest(self) -> int:
        """Letters of the words that matter."""
        return int(self.source.lengths.max())


SEARCHES: dict[str, Callable[[Resources], Search | None]] = {
    "exact": lambda on: None if on.automaton is None else Exact(on.automaton),
    "given": lambda on: GivenWords(on.source.learn(on.source.shown)) if on.source.shown else None,
    "white-box": lambda on: WhiteBox() if suits(on.teacher) else None,
    "transitions": lambda on: TransitionCoverage(on.rng),
    "w-method": lambda on: WMethod(),
    "random-w-method": lambda on: RandomWMethod(on.rng),
    "access-words": lambda on: NearAccessWords(on.rng, on.longest),
    "hypothesis": lambda on: FromHypothesis(on.rng, on.source.lengths),
    "random": lambda on: RandomWords(on.source.invent),
    "difference": lambda on: Difference(on.weighted, on.rng, on.longest),
}
"""What each search needs; None where it cannot be had for this teacher."""


def strategy(names: tuple[str, ...] | None, on: Resources, first: tuple[Search, ...] = ()) -> Stages:
    """The searches of these names, which are in SEARCHES, in turn; or those that suit the teacher.

    Parameters
    ----------
    first : other searches, which look before all of these

    Raises
    ------
    InputError : a search that this teacher does not allow
    """
    if names is None:
        stages = (("exact",),) if on.automaton is not None else DEFAULT
        made = [[search for name in stage if (search := SEARCHES[name](on)) is not None] for stage in stages]
        return Stages([InTurn(searches) for searches in [[*first], *made] if searches])
    searches = []
    for name in names:
        search = SEARCHES[name](on)
        if search is None:
            raise InputError(f"the search {name!r} is not possible here: {NEEDED[name]}")
        searches.append(search)
    return Stages([InTurn(each) for each in [[*first], searches] if each])


NEEDED = {
    "exact": "it is for teachers that are DFAs",
    "given": "no words were given",
    "white-box": "it is for networks that keep states of one size, as recurrent ones that read from left to right do",
}
