"""The table of methods: what `extract` can learn, and in which module each method is defined.

Nothing heavy is imported here, so that `nerode extract --help` can list the methods at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from nerode.errors import InputError

if TYPE_CHECKING:
    from nerode.extraction.method import Method


@dataclass(frozen=True)
class Listing:
    """A line of the table.

    Parameters
    ----------
    summary : what the method gives, and for which teachers, in a few words
    module : the module that defines it, as `METHOD`
    """

    summary: str
    module: str


METHODS = {
    "lstar": Listing("a minimal DFA, for classifiers", "nerode.extraction.queries.method"),
    "spectral": Listing("a weighted automaton, for everything", "nerode.extraction.spectral.method"),
    "pdfa": Listing("a probabilistic deterministic automaton, for language models", "nerode.extraction.probabilistic.method"),
    "cfg": Listing("a context-free grammar, for classifiers of two classes", "nerode.extraction.patterns.method"),
}


def method_named(name: str) -> Method:
    """The method of this name.

    Raises
    ------
    InputError : there is none
    """
    if name not in METHODS:
        raise InputError(f"unknown method {name!r}; choose one of {', '.join(METHODS)}")
    method: Method = import_module(METHODS[name].module).METHOD
    return method
