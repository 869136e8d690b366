"""How long the regular expressions of DFAs are, beside those of automata-lib.

    python benchmarks/regular_expressions.py [--seeds N] [--most N] [--json]

Languages are Tomita's seven, binary numbers divisible by 3 to 15, ten text patterns, and N random DFAs of up to eight states over
two and three letters. Each expression is read again, and the language must be the same.

nerode   characters of `nerode.to_regex`, and its seconds
library  characters of `GNFA.from_dfa(…).to_regex()` of automata-lib on the minimal DFA without its sink, and its seconds; left
         out for DFAs of more than --most states

A median is printed for the random ones. The benchmark fails if that of nerode is longer.
"""

from __future__ import annotations

import argparse
import json
import time
from statistics import median
from string import ascii_letters
from typing import NamedTuple

import numpy as np
from automata.fa.dfa import DFA as LibraryDFA
from automata.fa.gnfa import GNFA

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.operations import equivalent, minimise
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa
from nerode.grammars.elimination import useful_states
from nerode.words import Alphabet

PATTERNS = {
    "date": (r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "0123456789-"),
    "time": (r"([01]\d|2[0-3]):[0-5]\d", "0123456789:"),
    "integer": (r"0|-?[1-9]\d*", "0123456789-"),
    "decimal": (r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", "0123456789+-.eE"),
    "identifier": (r"[a-z_][a-z0-9_]*", "abcdefghijklmnopqrstuvwxyz0123456789_"),
    "octet": (r"25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d", "0123456789"),
    "colour": (r"#([0-9a-f]{3}|[0-9a-f]{6})", "0123456789abcdef#"),
    "post code": (r"\d{5}(-\d{4})?", "0123456789-"),
    "quoted": (r'"([^"\\]|\\.)*"', 'ab"\\'),
    "roman": (r"M{0,3}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})", "MDCLXVI"),
}

LETTERS = ascii_letters


class Row(NamedTuple):
    """One language."""

    name: str
    states: int
    nerode: int
    seconds: float
    library: int | None
    library_seconds: float | None
    expression: str


def divisible(modulus: int) -> DFA:
    """Binary numbers that a modulus divides."""
    states = np.arange(modulus)
    transitions = np.stack([2 * states % modulus, (2 * states + 1) % modulus], axis=1)
    return minimise(DFA(Alphabet.of_size(2), transitions, states == 0))


def by_library(dfa: DFA) -> str:
    """The expression of automata-lib."""
    useful = set(useful_states(dfa))
    names = dict(zip(dfa.alphabet, LETTERS, strict=False))  # it takes no symbols such as "+"
    rows = {
        state: {names[a]: j for a, j in zip(dfa.alphabet, dfa.transitions[state].tolist(), strict=True) if j in useful}
        for state in useful
    }
    final = {state for state in useful if dfa.labels[state] == 1}
    library = LibraryDFA(
        states=useful, input_symbols=set(names.values()), transitions=rows, initial_state=dfa.initial, final_states=final,
        allow_partial=True,
    )  # fmt: skip
    return str(GNFA.from_dfa(library).to_regex())


def row(name: str, dfa: DFA, most: int) -> Row:
    """Both expressions of a DFA."""
    begun = time.perf_counter()
    text = nerode.to_regex(dfa)
    seconds = time.perf_counter() - begun
    assert equivalent(nerode.from_regex(text, dfa.alphabet), dfa)
    if dfa.states > most:
        return Row(name, dfa.states, len(text), seconds, None, None, text)
    begun = time.perf_counter()
    other = by_library(dfa)
    return Row(name, dfa.states, len(text), seconds, len(other), time.perf_counter() - begun, text)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seeds", type=int, default=50)
    options.add_argument("--most", type=int, default=20)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    named = [(f"Tomita {number}", tomita(number)) for number in range(1, 8)]
    named += [(f"divisible by {modulus}", divisible(modulus)) for modulus in range(3, 16)]
    named += [(name, nerode.from_regex(pattern, letters)) for name, (pattern, letters) in PATTERNS.items()]
    rows = [row(name, dfa, given.most) for name, dfa in named]
    drawn = []
    for seed in range(given.seeds):
        rng = np.random.default_rng(seed)
        drawn.append(row(f"random {seed}", random_dfa(rng, int(rng.integers(2, 9)), int(rng.integers(2, 4))), given.most))
    ours, theirs = (median([each[column] for each in drawn]) for column in (2, 4))
    if given.json:
        print(json.dumps({"rows": [each._asdict() for each in rows + drawn], "nerode": ours, "library": theirs}))
    else:
        print("language          states  nerode  seconds  library  seconds  expression")
        for each in rows:
            library = f"{'–' if each.library is None else each.library:>7}  {each.library_seconds or 0:>7.2f}"
            print(f"{each.name:<16}  {each.states:>6}  {each.nerode:>6}  {each.seconds:>7.2f}  {library}  {each.expression[:70]}")
        print(f"median of {given.seeds} random DFAs: {ours:g} characters, automata-lib {theirs:g}")
    assert ours <= theirs


if __name__ == "__main__":
    main()
