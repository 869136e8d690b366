"""Context-free grammars, as functions from words to ±1.

A word is scored by the algorithm of Cocke, Younger and Kasami on a binarised form of the grammar (`parsing.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.diagram import Diagram, DrawingSettings, counted
from nerode.automata.documents import Fields
from nerode.automata.parsing import LONGEST, BinaryForm, Rule, binarised, memberships
from nerode.errors import InputError
from nerode.links import Binary, Link
from nerode.protocols import States
from nerode.words import EPSILON, Alphabet, FloatArray, IntArray, Word

if TYPE_CHECKING:
    import networkx as nx

MOST_NONTERMINALS, MOST_SYMBOLS, MOST_RIGHT = 2000, 20_000, 1000  # of a grammar, of all right sides together, and of one
MOST_LINES, MOST_WIDTH = 40, 240  # of a grammar that is printed
NO_PICTURE = "a grammar has no picture and no graph of states; `nerode convert` writes it as .ebnf or .gbnf"


@dataclass(frozen=True, eq=False, repr=False)
class CFG(Automaton):
    """A context-free grammar; the words that it derives have the score +1, the others −1.

    Parameters
    ----------
    alphabet : the terminals
    nonterminals : their names, distinct and without white space
    rules : pairs of a nonterminal and its right side; there a letter is its index, and nonterminal i is −1 − i
    initial : the nonterminal that words are derived from
    told : what was assumed or found to read it from a file, in a sentence; empty if nothing was

    Attributes
    ----------
    longest : letters of the longest words that are scored, since the time grows with their cube

    Raises
    ------
    InputError : names that are empty or equal, rules that refer to what is not there, or more than MOST_NONTERMINALS,
        MOST_SYMBOLS or MOST_RIGHT
    """

    alphabet: Alphabet
    nonterminals: tuple[str, ...]
    rules: tuple[Rule, ...]
    initial: int = 0
    told: str = ""
    kind: ClassVar[str] = "cfg"
    unit: ClassVar[str] = "nonterminal"
    longest: ClassVar[int] = LONGEST
    _binary: BinaryForm = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "nonterminals", tuple(self.nonterminals))
        object.__setattr__(self, "rules", tuple(dict.fromkeys((left, tuple(right)) for left, right in self.rules)))
        n, letters = len(self.nonterminals), len(self.alphabet)
        if not 0 < n <= MOST_NONTERMINALS or sum(1 + len(right) for _, right in self.rules) > MOST_SYMBOLS:
            raise InputError(
                f"a grammar has 1 to {MOST_NONTERMINALS:,} nonterminals and at most {MOST_SYMBOLS:,} symbols in its rules"
            )
        if max((len(right) for _, right in self.rules), default=0) > MOST_RIGHT:
            raise InputError(f"a right side of the grammar has more than {MOST_RIGHT:,} symbols; part it by more nonterminals")
        if len(set(self.nonterminals)) < n or any(name.split() != [name] for name in self.nonterminals):
            raise InputError("the nonterminals of a grammar must have names that differ and have no white space")
        if not 0 <= self.initial < n:
            raise InputError(f"a grammar of {n} nonterminals cannot begin with number {self.initial}")
        for left, right in self.rules:
            if not 0 <= left < n or not all(-n <= symbol < letters for symbol in right):
                raise InputError("a rule of the grammar refers to a nonterminal or a letter that it does not have")
        object.__setattr__(self, "_binary", binarised(self.rules, n, self.initial))

    @property
    def states(self) -> int:
        """The number of nonterminals."""
        return len(self.nonterminals)

    @property
    def width(self) -> int:
        return 1

    @property
    def link(self) -> Link:
        return Binary()

    def scores(self, words: Iterable[Any]) -> FloatArray:
        """Return +1 for derived words and −1 for others (n, 1).

        Raises
        ------
        InputError : a word of more than LONGEST letters
        """
        derived = memberships(self._binary, *self.alphabet.flat(words))
        margins: FloatArray = np.where(derived, 1.0, -1.0)[:, None]
        return margins

    def start(self) -> States:
        """Return the state after ε. A state is the word that was read."""
        return (_objects([()]),)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        read = zip(states[0][parents].tolist(), symbols.tolist(), strict=True)
        return (_objects([(*word, symbol) for word, symbol in read]),)

    def read(self, states: States) -> FloatArray:
        """Return +1 for derived words and −1 for others (n, 1)."""
        return self.scores(states[0].tolist())

    def exact(self) -> Self:
        """Return the grammar itself: its answers never depend on the other words of a batch."""
        return self

    def to_json(self) -> dict[str, Any]:
        return {
            "alphabet": list(self.alphabet),
            "nonterminals": list(self.nonterminals),
            "initial": int(self.initial),
            "rules": [[left, list(right)] for left, right in self.rules],
        }

    @classmethod
    def from_json(cls, fields: Fields) -> Self:
        names, rules = fields["nonterminals"], fields["rules"]
        if type(names) is not list or not set(map(type, names)) <= {str}:
            raise InputError("the field 'nonterminals' must be a list of strings")
        if type(rules) is not list or not all(map(_is_rule, rules)):
            raise InputError("the field 'rules' must be a list of pairs of a number and a list of numbers")
        return cls(
            fields.alphabet(), tuple(names), tuple((left, tuple(right)) for left, right in rules), fields.integer("initial")
        )

    def to_networkx(self) -> nx.MultiDiGraph[Any]:
        raise InputError(NO_PICTURE)

    @classmethod
    def from_networkx(cls, graph: nx.MultiDiGraph[Any]) -> Self:
        raise InputError(NO_PICTURE)

    def diagram(self, settings: DrawingSettings = DrawingSettings()) -> Diagram:  # noqa: B008  (frozen)
        raise InputError(NO_PICTURE)

    def facts(self) -> list[str]:
        return [counted(len(self.rules), "rule")]

    def table(self) -> list[Sequence[str]]:
        """Return a row of titles, then one row of text per nonterminal: its name, and its right sides."""
        rows: list[Sequence[str]] = [("nonterminal", "", "right sides")]
        order = sorted(self.rules, key=lambda rule: (rule[0] != self.initial, rule[0]))
        for left, rules in groupby(order, key=lambda rule: rule[0]):
            rows.append((self.nonterminals[left], "→", " | ".join(self.side(right) for _, right in rules)))
        return rows

    def side(self, right: Word) -> str:
        """Return a right side as text; terminals are JSON strings, neighbours in one string if each is one character."""
        parts: list[str] = []
        for terminal, symbols in groupby(right, key=lambda symbol: symbol >= 0):
            group = list(symbols)
            if not terminal:
                parts += [self.nonterminals[-1 - symbol] for symbol in group]
            elif self.alphabet.single_characters:
                parts.append(_quoted("".join(self.alphabet.symbols[symbol] for symbol in group)))
            else:
                parts += [_quoted(self.alphabet.symbols[symbol]) for symbol in group]
        return " ".join(parts) or EPSILON

    def lines(self) -> list[str]:
        """Return the grammar as text, a nonterminal a line, cut where it is long."""
        lines = [" ".join(row) for row in self.table()[1:]]
        cut = [line if len(line) <= MOST_WIDTH else f"{line[: MOST_WIDTH - 1]}…" for line in lines[:MOST_LINES]]
        return cut + ["…"] * (len(lines) > MOST_LINES)

    def __repr__(self) -> str:
        facts = [counted(self.states, "nonterminal"), *self.facts(), counted(len(self.alphabet), "symbol")]
        return f"<{type(self).__name__}: {', '.join(facts)}>"

    def __str__(self) -> str:
        return "\n".join([repr(self), *self.lines()])


def _objects(words: list[Word]) -> Any:
    """Return words as an array of objects (n,)."""
    array = np.empty(len(words), object)
    array[:] = words
    return array


def _is_rule(value: Any) -> bool:
    if type(value) is not list or len(value) != 2 or type(value[0]) is not int or type(value[1]) is not list:
        return False
    return set(map(type, value[1])) <= {int}


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
