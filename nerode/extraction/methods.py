"""The table of methods: what `extract` can learn, and in which module each method is defined.

Nothing heavy is imported here, so that `nerode extract --help` can list the methods at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from nerode.errors import InputError

if TYPE_CHECKING:
    from nerode.extraction.method import Method


@dataclass(frozen=True)
class Listing:
    """A line of the table.

    Parameters
    ----------
    summary : what the method gives, and for which teachers, in a few words
    module : the module that defines it
    name : what it is called there
    """

    summary: str
    module: str
    name: str = "METHOD"


METHODS = {
    "lstar": Listing("a minimal DFA, for classifiers", "nerode.extraction.queries.method"),
    "spectral": Listing("a weighted automaton, for everything", "nerode.extraction.spectral.method"),
    "pdfa": Listing("a probabilistic deterministic automaton, for language models", "nerode.extraction.probabilistic.method"),
    "vpa": Listing("a visibly pushdown automaton, for classifiers that follow brackets", "nerode.extraction.pushdown.method"),
    "cfg": Listing("a context-free grammar, for classifiers of two classes", "nerode.extraction.patterns.method"),
    "rpni": Listing("a DFA of random words by state merging, for classifiers (a baseline)", "nerode.extraction.passive.rpni"),
    "edsm": Listing("the same, the merges of most evidence first (a baseline)", "nerode.extraction.passive.edsm"),
    "alergia": Listing("a PDFA of drawn words, for language models (a baseline)", "nerode.extraction.passive.alergia"),
    "ngram": Listing("an n-gram of drawn words as a PDFA, for language models (a baseline)", "nerode.extraction.passive.ngram"),
}


def method_named(name: str, methods: Mapping[str, Listing] = METHODS) -> Method:
    """The method of this name in a table.

    Raises
    ------
    InputError : there is none
    """
    if name not in methods:
        raise InputError(f"unknown method {name!r}; choose one of {', '.join(methods)}")
    method: Method = listed(methods[name])
    return method


def listed(line: Listing) -> Any:
    """What a line of a table stands for."""
    return getattr(import_module(line.module), line.name)
