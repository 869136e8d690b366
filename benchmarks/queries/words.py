"""Words of known languages: those that networks of brackets learn from, and those that extracted automata are judged on.

Uniform words say little of a sparse language: a constant answer is right on most of them. Structured words are accepted
words of the known language (never of a hypothesis) after a few random edits. A balanced word over 26 fillers is hardly ever
deep: its shape is drawn over "(", ")" and one filler, all shapes of a length equally likely, and edited; the fillers then get
their letters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nerode.automata.dfa import DFA
from nerode.datasets.languages import Dyck
from nerode.datasets.samplers import balanced_words
from nerode.sampling import mutate, uniform_words
from nerode.words import IntArray, Word, Words

DEPTH, FILLERS = 6, 26
BRACKETS = f"dyck-1-depth-{DEPTH}-fillers-{FILLERS}"
TOO_DEEP = 3  # levels below the deepest, which shapes of some lessons reach
UNIFORM, STRUCTURED, LONGEST = 10_000, 3000, 50


@dataclass(frozen=True)
class Judged:
    """Words that automata are judged on: uniform letters and lengths 0 … LONGEST, and edited accepted ones."""

    uniform: Words
    structured: Words


def judged(name: str, language: DFA, seed: int = 0) -> Judged:
    """The words to judge automata of a known language on, apart from all that a learner draws."""
    rng = np.random.default_rng([seed, 2])
    lengths = rng.integers(LONGEST + 1, size=UNIFORM)
    return Judged(uniform_words(rng, len(language.alphabet), lengths), structured(rng, name, language, STRUCTURED, LONGEST))


def structured(rng: np.random.Generator, name: str, language: DFA, count: int, longest: int) -> list[Word]:
    """Accepted words of up to `longest` letters after one to three random edits."""
    if name == BRACKETS:
        shapes = Dyck(1, DEPTH, 1).dfa()
        return [filled(rng, word) for word in mutate(rng, accepted(rng, shapes, count, longest), 3)]
    return mutate(rng, accepted(rng, language, count, longest), len(language.alphabet))


def accepted(rng: np.random.Generator, language: DFA, count: int, longest: int) -> list[Word]:
    """Accepted words, lengths as uniform as the language allows."""
    words: list[Word] = []
    while len(words) < count:
        drawn, labels = balanced_words(rng, language, rng.integers(longest + 1, size=2 * count))
        words += [word for word, label in zip(drawn, labels.tolist(), strict=True) if label]
    return words[:count]


def bracket_lessons(rng: np.random.Generator, count: int, longest: int) -> list[Word]:
    """Words of brackets by their shapes: balanced ones, some deeper than allowed, and half of all edited."""
    allowed, deeper = Dyck(1, DEPTH, 1).dfa(), Dyck(1, DEPTH + TOO_DEEP, 1).dfa()
    shapes = accepted(rng, allowed, count - count // 4, longest) + accepted(rng, deeper, count // 4, longest)
    shapes = [*shapes[::2], *mutate(rng, shapes[1::2], 3)]
    return [filled(rng, shape) for shape in shapes]


def filled(rng: np.random.Generator, shape: Word) -> Word:
    """A shape with its fillers, 2, replaced by uniform ones."""
    letters: IntArray = rng.integers(FILLERS, size=len(shape))
    return tuple(symbol if symbol < 2 else 2 + letter for symbol, letter in zip(shape, letters.tolist(), strict=True))
