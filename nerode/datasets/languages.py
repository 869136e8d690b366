"""Known languages, for training networks and evaluating extracted automata; `language` finds them by name."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

from nerode.automata.dfa import DFA
from nerode.automata.operations import reachable
from nerode.automata.pdfa import PDFA
from nerode.datasets.nested import lg
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.links import Binary, Link
from nerode.protocols import States, SteppingTeacher
from nerode.stepping import scores_by_stepping
from nerode.words import Alphabet, FloatArray, IntArray, Words

BRACKETS = ("()", "[]", "{}", "<>")
MOST_LEVELS = 20  # as many stacks of open brackets as words of 20 bits, so a DFA then has a million states

# for each language: the next states after 0 and after 1, and the accepting states
_TOMITA: dict[int, tuple[list[tuple[int, int]], set[int]]] = {
    1: ([(1, 0), (1, 1)], {0}),
    2: ([(1, 2), (1, 1), (0, 1)], {0}),
    3: ([(0, 1), (2, 0), (3, 4), (2, 1), (4, 4)], {0, 1, 3}),
    4: ([(1, 0), (2, 0), (3, 0), (3, 3)], {0, 1, 2}),
    5: ([(1, 2), (0, 3), (3, 0), (2, 1)], {0}),
    6: ([(1, 2), (2, 0), (0, 1)], {0}),
    7: ([(0, 1), (2, 1), (2, 3), (4, 3), (4, 4)], {0, 1, 2, 3}),
}


def tomita(number: int) -> DFA:
    """Return the minimal DFA of one of the seven languages of Tomita (1982) over 0 and 1.

    1: 1* · 2: (10)* · 3: no odd run of 0s right after an odd run of 1s · 4: no 000 · 5: an even number of 0s and of 1s ·
    6: as many 0s as 1s, modulo 3 · 7: 0*1*0*1*. Sizes: 2, 3, 5, 4, 4, 3, 5.

    Raises
    ------
    InputError : a number outside 1 … 7
    """
    if number not in _TOMITA:
        raise InputError(f"there are the Tomita languages 1 to 7, and no number {number}")
    transitions, accepting = _TOMITA[number]
    labels = [int(state in accepting) for state in range(len(transitions))]
    return reachable(DFA(Alphabet.of_size(2), np.array(transitions), np.array(labels)))


def unbounded_history(number: int) -> PDFA:
    """Return one of the three language models of Weiss, Goldberg and Yahav (2019), which no n-gram is: UHL 1, 2 and 3.

    1: a ring of nine states, in three of which b is likely, and a in the others · 2: a ring of five, each with a likely letter of
    its own · 3: b is likely where the numbers of a's and of b's are odd, and else a. Their paper is "Learning deterministic
    weighted automata with queries and counterexamples", NeurIPS 2019.

    Raises
    ------
    InputError : a number outside 1 … 3
    """
    if number == 1:
        rows = [[0.15, 0.75, 0.1] if state in (1, 4, 8) else [0.75, 0.15, 0.1] for state in range(9)]
        return PDFA(Alphabet(("a", "b")), (np.arange(9)[:, None] + 1) % 9 * np.ones(2, int), np.array(rows))
    if number == 2:
        letters = 0.5 / 5.5 + 0.5 * np.eye(5)
        probabilities = np.hstack([letters, 1 - letters.sum(axis=1, keepdims=True)])
        return PDFA(Alphabet(tuple("abcde")), (np.arange(5)[:, None] + 1) % 5 * np.ones(5, int), probabilities)
    if number == 3:
        both, other = [0.425, 0.525, 0.05], [0.525, 0.425, 0.05]
        transitions = np.array([[1, 2], [0, 3], [3, 0], [2, 1]])
        return PDFA(Alphabet(("a", "b")), transitions, np.array([other, other, other, both]))
    raise InputError(f"there are the languages uhl-1 to uhl-3, and no number {number}")


def counting(modulus: int, residue: int = 0, letters: int = 2) -> DFA:
    """Return the minimal DFA of the words whose number of the first letter, 0, is `residue` modulo `modulus`.

    Raises
    ------
    InputError : a modulus below 2, a residue outside 0 … modulus − 1, or no letters
    """
    if modulus < 2 or not 0 <= residue < modulus or letters < 1:
        raise InputError(f"cannot count to {residue} modulo {modulus} over {letters} letters; try residue 0 and modulus 2")
    states = np.arange(modulus)
    transitions = np.tile(states[:, None], (1, letters))
    transitions[:, 0] = (states + 1) % modulus
    return DFA(Alphabet.of_size(letters), transitions, states == residue)


def copying(longest: int, letters: int = 2) -> DFA:
    """Return the minimal DFA of the words u#u, where u has at most `longest` letters; "#" is the last symbol.

    Without the bound the language is not even context-free.

    Raises
    ------
    InputError : no letters, or so many words u that the DFA would have a million states
    """
    if letters < 1 or longest < 1 or (longest + 1) * max(1, math.log2(letters)) > MOST_LEVELS - 1:
        raise InputError(
            f"words of up to {longest} letters out of {letters} cannot be copied by a small automaton; lower one of them"
        )
    texts = [word for length in range(longest + 1) for word in product(range(letters), repeat=length)]
    reads, left = ({word: number + offset for number, word in enumerate(texts)} for offset in (0, len(texts)))
    lost = 2 * len(texts)
    transitions = np.full((lost + 1, letters + 1), lost)
    for word in texts:
        transitions[reads[word], letters] = left[word]
        if word:
            transitions[reads[word[:-1]], word[-1]] = reads[word]
            transitions[left[word], word[0]] = left[word[1:]]
    alphabet = Alphabet((*(str(letter) for letter in range(letters)), "#"))
    return DFA(alphabet, transitions, np.arange(lost + 1) == left[()])


@dataclass(frozen=True)
class Dyck:
    """Balanced words of brackets, with filler letters at any place; satisfies `SteppingTeacher`.

    Without a bound on the depth the language is not regular. Symbols are "(", ")", "[", "]", … and then the fillers
    "a", "b", …; letter 2i opens and letter 2i + 1 closes a bracket of kind i.

    Parameters
    ----------
    kinds : the number of kinds of brackets, 1 to 4
    depth : the largest number of open brackets; None for no bound
    fillers : the number of filler letters, 0 to 26

    Raises
    ------
    InputError : numbers outside these ranges
    """

    kinds: int
    depth: int | None = None
    fillers: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.kinds <= len(BRACKETS):
            raise InputError(f"there are 1 to {len(BRACKETS)} kinds of brackets, and not {self.kinds}")
        if self.depth is not None and self.depth < 1:
            raise InputError(f"the depth of brackets must be at least 1, not {self.depth}; leave it out for no bound")
        if not 0 <= self.fillers <= len(ascii_lowercase):
            raise InputError(f"there can be 0 to {len(ascii_lowercase)} filler letters, and not {self.fillers}")

    @property
    def alphabet(self) -> Alphabet:
        return Alphabet((*"".join(BRACKETS[: self.kinds]), *ascii_lowercase[: self.fillers]))

    @property
    def width(self) -> int:
        return 1

    @property
    def link(self) -> Link:
        return Binary()

    def scores(self, words: Words) -> FloatArray:
        """Return margins (n, 1): +1 for members, −1 for all other words."""
        return scores_by_stepping(self, words)

    def contains(self, words: Words) -> NDArray[np.bool_]:
        """Return the membership (n,) of n words."""
        return self.scores(words)[:, 0] > 0

    def start(self) -> States:
        """Return the depth, −1 once the word can no longer be balanced, and the open brackets as digits of a Python integer."""
        return np.zeros(1, np.int64), np.zeros(1, object)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        depths, stacks = states[0][parents], states[1][parents]
        kinds, bracket = symbols // 2, symbols < 2 * self.kinds
        opens, closes = bracket & (symbols % 2 == 0), bracket & (symbols % 2 == 1)
        broken = (depths < 0) | (closes & ((depths == 0) | (stacks % self.kinds != kinds)))
        if self.depth is not None:
            broken |= opens & (depths == self.depth)
        stacks = np.where(opens, stacks * self.kinds + kinds, np.where(closes, stacks // self.kinds, stacks))
        return np.where(broken, -1, depths + opens - closes), np.where(broken, 0, stacks)

    def read(self, states: States) -> FloatArray:
        """Return margins ±1 (n, 1)."""
        return np.where(states[0] == 0, 1.0, -1.0)[:, None]

    def dfa(self) -> DFA:
        """Return the minimal DFA: one state for each stack of open brackets, and one for prefixes that cannot be balanced.

        Raises
        ------
        InputError : no bound on the depth, or more than a million states
        """
        if self.depth is None:
            raise InputError("brackets of unbounded depth are no regular language; give a depth, as in dyck-2-depth-4")
        if self.depth * math.log2(self.kinds) > MOST_LEVELS:
            raise InputError(
                f"{self.kinds} kinds of brackets to depth {self.depth} need over a million states; lower one of them"
            )
        # stacks in shortlex order are numbered as in a heap: pushing kind i leads from s to s · kinds + 1 + i
        lost = sum(self.kinds**level for level in range(self.depth + 1))
        stacks = np.arange(lost)
        transitions = np.tile(np.arange(lost + 1)[:, None], (1, len(self.alphabet)))  # fillers change nothing
        transitions[:, : 2 * self.kinds] = lost
        for kind in range(self.kinds):
            transitions[:lost, 2 * kind] = np.minimum(stacks * self.kinds + 1 + kind, lost)
        below, tops = np.divmod(stacks[1:] - 1, self.kinds)
        transitions[stacks[1:], 2 * tops + 1] = below
        return reachable(DFA(self.alphabet, transitions, np.arange(lost + 1) == 0))


def _dyck(kinds: int, depth: int | None = None, fillers: int = 0) -> SteppingTeacher:
    language = Dyck(kinds, depth, fillers)
    return language if depth is None else language.dfa()


# pattern: description, and a function of the numbers in the pattern; square brackets enclose optional parts
_TABLE: dict[str, tuple[str, Callable[..., SteppingTeacher]]] = {
    "tomita-NUMBER": ("the seven classical languages over 0 and 1 (Tomita 1982)", lambda rng, **n: tomita(**n)),
    "uhl-NUMBER": (
        "three language models that need all of the past (Weiss, Goldberg and Yahav 2019)",
        lambda rng, **n: unbounded_history(**n),
    ),
    "dyck-KINDS[-depth-DEPTH][-fillers-FILLERS]": (
        "balanced brackets, up to a depth or (not regular) to any, among filler letters",
        lambda rng, **n: _dyck(**n),
    ),
    "lgNUMBER": (
        "the fifteen context-free languages of Yellin and Weiss (2021), such as XⁿYⁿ (lg1 to lg6)",
        lambda rng, **n: lg(**n),
    ),
    "counting-MODULUS[-residue-RESIDUE][-letters-LETTERS]": (
        "words whose number of the first letter has a given residue, else 0",
        lambda rng, **n: counting(**n),
    ),
    "copy-LONGEST[-letters-LETTERS]": (
        "words u#u of two equal parts, up to a length of u",
        lambda rng, **n: copying(**n),
    ),
    "random-dfa-STATES-letters-LETTERS[-classes-CLASSES]": ("a random minimal DFA, of 2 classes unless told", random_dfa),
    "random-pdfa-STATES-letters-LETTERS": ("a random language model: a PDFA as in PAutomaC", random_pdfa),
    "random-wfa-STATES-letters-LETTERS[-width-WIDTH]": ("a random weighted automaton, of 1 score unless told", random_wfa),
}

LANGUAGES: dict[str, str] = {pattern: description for pattern, (description, _) in _TABLE.items()}
"""The languages that `language` knows: name patterns with one-line descriptions."""


def language(name: str, rng: np.random.Generator) -> SteppingTeacher:
    """Return the language of a name such as "tomita-3", "dyck-2-depth-4-fillers-5" or "random-dfa-10-letters-3".

    Each language is an automaton, except for brackets of unbounded depth, which are a `Dyck` or a `Nested`.

    Raises
    ------
    InputError : a name that no pattern fits, or numbers out of range
    """
    for pattern, (_, build) in _TABLE.items():
        match = _expression(pattern).fullmatch(name)
        if match:
            return build(rng, **{key: int(value) for key, value in match.groupdict().items() if value is not None})
    raise InputError(f"unknown language {name!r}; there are {', '.join(LANGUAGES)}")


def _expression(pattern: str) -> re.Pattern[str]:
    """Return a regular expression: capitals stand for numbers of up to five digits, square brackets for optional parts."""
    optional = pattern.replace("[", "(?:").replace("]", ")?")
    return re.compile(re.sub(r"[A-Z]+", lambda match: rf"(?P<{match[0].lower()}>[0-9]{{1,5}})", optional))
