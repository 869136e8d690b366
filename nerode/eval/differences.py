"""Two automata beside each other: whether they are equal, the shortest words on which they differ, and how far apart they are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from nerode.automata.cfg import CFG
from nerode.automata.derivations import Derivations
from nerode.automata.dfa import DFA
from nerode.automata.diagram import counted
from nerode.automata.equivalence import disagreements
from nerode.automata.linear import rank, subtract
from nerode.automata.mealy import as_dfa
from nerode.automata.norms import distance
from nerode.automata.pdfa import IMPOSSIBLE, PDFA
from nerode.automata.stack_operations import same_kinds, separating_word
from nerode.automata.vpa import VPA
from nerode.automata.wfa import WFA
from nerode.domains import domain_of
from nerode.errors import InputError
from nerode.eval.comparable import comparable
from nerode.eval.drawn import WordKinds
from nerode.eval.intervals import Interval, clopper_pearson
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, Binary
from nerode.plain import finite
from nerode.protocols import Teacher, longest_of
from nerode.sampling import uniform_words
from nerode.words import BoolArray, IntArray, Word, Words, shortlex

SHOWN = 5  # words on which two automata differ
SEARCHED = 20_000  # shortest words that are tried where no algorithm decides
LONGEST = 30  # letters of random words
ACCEPTED, DEPTHS = 600, 12  # words that an automaton accepts, and depths to which those of a grammar nest
MEANS = {CLASSIFIER: "labels of words", LANGUAGE_MODEL: "likeliest next symbols after words", SCORES: "values of words"}
DISTRIBUTIONS = "distributions of the next symbol after words"
CLOSE = 1e-9  # difference of values, relative to the larger one, that counts as none
STEP, OFFSET = 1e-9, 0.3717  # cells of probabilities that are equal; no cell ends at a number of few digits, binary or decimal


@dataclass(frozen=True)
class Difference:
    """How two automata differ.

    Parameters
    ----------
    means : what is compared, in words
    equal : whether they are equal; None where no difference was found, and none of the algorithms here decides
    words : words on which they differ, as text, at most SHOWN of one length
    share, interval : the share of random words of 0 to LONGEST letters on which they differ, with its 95 % interval
    sample : the number of random words
    distance : the root of the sum of the squared differences of all scores; None where it has no finite value
    shortest : whether the words are the shortest ones, and not some that were met
    """

    means: str
    equal: bool | None
    words: tuple[str, ...]
    share: float
    interval: Interval
    sample: int
    distance: float | None
    shortest: bool

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        low, high = self.interval
        return finite(  # type: ignore[no-any-return]
            {
                "means": self.means, "equal": self.equal, "words": list(self.words), "share": self.share, "low": low,
                "high": high, "sample": self.sample, "distance": self.distance, "shortest": self.shortest,
            }
        )  # fmt: skip

    def __str__(self) -> str:
        said = {True: "equal", False: "not equal", None: "no difference found, which is no proof that there is none"}[self.equal]
        lines = [f"{said} ({self.means})"]
        if self.words:
            lines.append(f"{'shortest ' * self.shortest}words on which they differ: {', '.join(self.words)}")
        low, high = self.interval
        between = "" if low is None else f", 95 % interval {low:.2%} to {high:.2%}"
        lines.append(f"they differ on {self.share:.2%} of {counted(self.sample, 'random word')}{between}")
        if self.distance is not None:
            lines.append(f"L2 distance over all words: {self.distance:.4g}")
        return "\n".join(lines)


def difference(a: Any, b: Any, rng: np.random.Generator, sample: int = 1000) -> Difference:
    """Return how two automata of one task differ, or two students that are none.

    DFAs, and the distributions of PDFAs up to 1e-9, are compared by the algorithm of Hopcroft and Karp (1971) or, where both
    have a stack that the same letters move, by their pairs of locations. Weighted automata of values by the rank of their
    difference, which is exact up to rounding. Otherwise the shortest words are tried, random ones and, of two classes, words
    that one of the two accepts, since random words are hardly ever in a sparse language. Of words of one length, such as rows of
    tables, only random ones are tried.

    Raises
    ------
    InputError : another alphabet, task or number of classes or values
    """
    a, b = as_dfa(a), as_dfa(b)
    first, second = comparable(a, b, ("the first", "the second"))
    means = MEANS[second.link.task]
    if isinstance(a, PDFA) and isinstance(b, PDFA):
        means, (a, b) = DISTRIBUTIONS, _by_distribution(a, b)
        first, second = a, b
    values = second.link.task == SCORES

    def differs(words: Words) -> BoolArray:
        one, other = first.scores(words), second.scores(words)
        if not values:
            return np.asarray(first.link.labels(one) != second.link.labels(other))
        return np.asarray((np.abs(one - other) > CLOSE * np.maximum(np.abs(one), np.abs(other))).any(axis=1))

    domain = domain_of(a) or domain_of(b)
    most = min([LONGEST, *(longest for longest in map(longest_of, (a, b)) if longest is not None)])
    random = domain.draw(rng, sample) if domain else uniform_words(rng, len(a.alphabet), rng.integers(0, most + 1, sample))
    apart = differs(random)
    words = [] if domain else _shortest(a, b, differs, most)
    shortest = bool(words)
    decided = (isinstance(a, DFA) and isinstance(b, DFA)) or _nested(a, b)
    if not words:
        sparse = not decided and second.link == Binary() and not domain
        accepted = [*_accepted(rng, a, second, most), *_accepted(rng, b, first, most)] if sparse else []
        found = [random[i] for i in np.flatnonzero(apart).tolist()]
        found += [accepted[i] for i in np.flatnonzero(differs(accepted)).tolist()] if accepted else []
        words = sorted(found, key=shortlex)[:1]
    equal = False if words else True if decided else None
    far = None
    if values and isinstance(a, WFA) and isinstance(b, WFA):
        equal = equal is None and rank(subtract(a, b)) == 0
        with suppress(InputError):  # the sum of the squares may be infinite
            far = distance(a, b)
    count = int(apart.sum())
    shown = tuple(map(a.alphabet.text, words))
    return Difference(means, equal, shown, count / sample, clopper_pearson(count, sample), sample, far, shortest)


def _by_distribution(a: PDFA, b: PDFA) -> tuple[DFA, DFA]:
    """Return DFAs whose labels say which distribution follows a word, up to STEP; impossible words have a label of their own."""
    rows = np.concatenate([a.probabilities, b.probabilities])
    cells = np.floor(np.where(rows > IMPOSSIBLE, rows, 0.0) / STEP + OFFSET)
    kinds, labels = np.unique(cells, axis=0, return_inverse=True)

    def labelled(pdfa: PDFA, of: IntArray) -> DFA:
        possible, sink = pdfa.probabilities[:, :-1] > IMPOSSIBLE, pdfa.states
        moves = np.where(possible, pdfa.transitions, sink)
        moves = np.concatenate([moves, np.full((1, moves.shape[1]), sink)])
        return DFA(pdfa.alphabet, moves, np.append(of, len(kinds)), pdfa.initial, max(2, len(kinds) + 1))

    of_all = labels.ravel()
    return labelled(a, of_all[: a.states]), labelled(b, of_all[a.states :])


def _accepted(rng: np.random.Generator, automaton: Any, other: Teacher, most: int) -> Words:
    """Words of at most so many letters that an automaton accepts, as far as it draws some."""
    if isinstance(automaton, CFG):
        derivations = Derivations(automaton)
        return [word for depth in range(DEPTHS) for word in derivations.draw(rng, ACCEPTED // DEPTHS, depth, most)]
    return [word for word in WordKinds(rng, automaton, other, []).automaton(ACCEPTED).words if len(word) <= most]


def _nested(a: Any, b: Any) -> bool:
    """Return whether both have a stack that the same letters move, so that their equivalence is decided."""
    return isinstance(a, VPA) and isinstance(b, VPA) and same_kinds(a, b)


def _shortest(a: Any, b: Any, differs: Callable[[Words], BoolArray], most: int) -> list[Word]:
    """Return the shortest words on which two functions differ, of those of at most so many letters that are tried."""
    if isinstance(a, DFA) and isinstance(b, DFA):
        return disagreements(a, b, SHOWN)
    if isinstance(a, VPA) and isinstance(b, VPA) and _nested(a, b):
        least = separating_word(a, b)
        return [] if least is None else [least]
    letters, length, tried = len(a.alphabet), 0, 0
    while (tried := tried + letters**length) <= SEARCHED and length <= most:
        words = list(product(range(letters), repeat=length))
        found = [word for word, other in zip(words, differs(words), strict=True) if other]
        if found:
            return found[:SHOWN]
        length += 1
    return []
