"""What is learned of a teacher: its scores, its labels, or, of a language model, the probabilities of words.

Each is a function from words to scores of its own, which a wrapper makes of the teacher; it is asked as cheaply as the teacher
is. The classical weighted automaton of a distribution gives P(w). What is tabulated for it is P(w·Σ*), that words begin with w,
which needs no ends of words in the block; `string_from_prefix` turns the one into the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.automata.distribution import Distribution
from nerode.automata.sums import string_from_prefix
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.extraction.hankel.basis import Basis, Grow, fixed, frequent
from nerode.extraction.hankel.tables import Filler, filler
from nerode.extraction.hankel.values import tabulate_prefix_values
from nerode.extraction.held_out import HeldOut
from nerode.extraction.method import letter_shares
from nerode.extraction.spectral.blocks import BlockSettings
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, Binary, Link, Multiclass, NextSymbol, Value
from nerode.protocols import States, SteppingTeacher, Teacher, Wrapper
from nerode.words import FloatArray, IntArray, RealArray, Words


def labelled(teacher: Teacher) -> Teacher:
    """The decisions of a classifier: +1 or −1, and for more than two classes +1 in the column of the class, −1 in the others.

    It steps where the teacher does.

    Raises
    ------
    InputError : a teacher that decides for no class
    """
    if not isinstance(teacher.link, Binary | Multiclass):
        raise InputError(f"only classifiers have labels; the task of this teacher is {teacher.link.task!r}")
    return _SteppingLabels(teacher) if isinstance(teacher, SteppingTeacher) else _Labels(teacher)


class _Labels(Wrapper):
    def scores(self, words: Words) -> FloatArray:
        return self._decided(self._asked.scores(words))

    def filler(self, keep: bool) -> Filler:
        return _FromScores(filler(self._asked, keep), self._decided)

    def _decided(self, scores: RealArray) -> FloatArray:
        flat = scores.reshape(-1, self.width)
        labels = self.link.labels(flat)
        classes = [1] if self.width == 1 else range(self.width)
        signs = np.where(labels[:, None] == np.asarray(classes), 1.0, -1.0)
        signs[np.isnan(flat).any(axis=1)] = np.nan  # no number decides for a class
        return signs.reshape(scores.shape)


class _SteppingLabels(_Labels):
    def __init__(self, teacher: SteppingTeacher) -> None:
        super().__init__(teacher)
        self._stepping = teacher

    def start(self) -> States:
        return self._stepping.start()

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        return self._stepping.advance(states, parents, symbols)

    def read(self, states: States) -> FloatArray:
        return self._decided(self._stepping.read(states))


@dataclass(frozen=True)
class _FromScores:
    """Fills tables with what is made of the scores in another's."""

    scores: Filler
    made: Callable[[RealArray], FloatArray]

    def fill(self, prefixes: Words, suffixes: Words) -> FloatArray:
        return self.made(self.scores.fill(prefixes, suffixes))


class BeginningProbabilities(Wrapper):
    """Of a language model: the probability P(w·Σ*) that a word begins with w, one score a word.

    Raises
    ------
    InputError : a teacher that is not a language model, or one whose words never end
    """

    def __init__(self, teacher: Teacher) -> None:
        if teacher.link.task != LANGUAGE_MODEL:
            raise InputError(
                f"only a language model gives words a probability; the task of this teacher is {teacher.link.task!r}"
            )
        if isinstance(teacher.link, NextSymbol) and not teacher.link.ends:
            raise InputError(
                "no word of this teacher ever ends, so that none has a probability; learn its scores (--target scores)"
            )
        super().__init__(teacher)

    @property
    def width(self) -> int:
        return 1

    @property
    def link(self) -> Link:
        return Value()

    def scores(self, words: Words) -> FloatArray:
        return np.exp(tabulate_prefix_values(self._asked, words, [()]))

    def filler(self, keep: bool) -> Filler:
        return self

    def fill(self, prefixes: Words, suffixes: Words) -> FloatArray:
        """P(p·s·Σ*) (S, P, 1); what is below 1e-308 is 0, which next to ε, whose value is 1, is no loss."""
        return np.exp(tabulate_prefix_values(self._asked, prefixes, suffixes)).T[:, :, None]


class HeldOutProbabilities(HeldOut):
    """Errors of automata of word probabilities, asked what follows each prefix as language models are.

    An automaton that has no finite sums is infinitely wrong.
    """

    def __init__(self, teacher: Teacher, words: Words, weights: FloatArray | None = None) -> None:
        super().__init__(teacher, words, weights)
        self.alphabet = teacher.alphabet

    def weigh(self, hypothesis: Teacher, since: int = 0, before: int | None = None) -> tuple[FloatArray, FloatArray]:
        if isinstance(hypothesis, WFA):
            try:
                with np.errstate(all="ignore"):
                    hypothesis = Distribution(hypothesis)
            except (InputError, np.linalg.LinAlgError):
                infinite = np.full(len(self.words[since:before]), np.inf)
                return infinite, infinite
        return super().weigh(hypothesis, since, before)


def letters_alone(held_out: HeldOutProbabilities) -> WFA:
    """The automaton of one state: letters and ends as often as in the words, each counted once more than it was seen."""
    letters = len(held_out.alphabet)
    shares = letter_shares(held_out.words, letters)
    return WFA(held_out.alphabet, np.ones(1), shares[:letters, None, None], shares[letters:, None])


@dataclass(frozen=True)
class Target:
    """What is learned of a teacher.

    Parameters
    ----------
    tasks : of the teachers that it fits
    function : makes of a teacher the function that is tabulated
    held_out : weighs automata by the answers of the teacher itself, from it, words, and their weights where they have any
    basis : prefixes and suffixes from words, what automata lose on them, whether suffixes bring their prefixes, and the letters
        of the longest words that are asked
    settings : of the spectral rounds
    finish : makes of an automaton of that function the one to hand back
    constant : what needs no learning, from the held-out words; None for that of the method
    refined : whether what is handed back is the function that is tabulated, so that it can be refined on it
    """

    tasks: tuple[str, ...]
    function: Callable[[Teacher], Teacher]
    held_out: Callable[..., Any]
    basis: Callable[[np.random.Generator, Words, Callable[[WFA], FloatArray] | None, bool, int | None], Grow]
    settings: BlockSettings
    finish: Callable[[WFA], WFA]
    constant: Callable[[Any], WFA] | None
    refined: bool


def _held_out_labels(teacher: Teacher, words: Words, weights: FloatArray | None = None) -> HeldOut:
    """Automata of labels lose what their scores differ from labels by, however large the margins are."""
    return HeldOut(labelled(teacher), words, weights)


def _cut(
    rng: np.random.Generator, words: Words, losses: Callable[[WFA], FloatArray] | None, closed: bool, room: int | None
) -> Grow:
    return Basis(rng, words, losses, closed, room).grow


TARGETS = {
    "scores": Target(
        (CLASSIFIER, LANGUAGE_MODEL, SCORES), lambda teacher: teacher, HeldOut, _cut, BlockSettings(), lambda a: a, None, True
    ),
    "labels": Target(
        (CLASSIFIER,),
        labelled,
        _held_out_labels,
        _cut,
        BlockSettings(),
        lambda a: a,
        None,
        True,
    ),
    "probabilities": Target(
        (LANGUAGE_MODEL,),
        BeginningProbabilities,
        HeldOutProbabilities,
        lambda rng, words, losses, closed, room: fixed(*frequent(words, room)),
        BlockSettings(
            blocks=((50, 30), (200, 100), (1000, 400)), ridges=(1e-10, 1e-7, 1e-5, 1e-4, 1e-3), weighted_by_frequency=True
        ),
        string_from_prefix,
        letters_alone,
        False,
    ),
}
