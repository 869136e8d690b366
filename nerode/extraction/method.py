"""What a method of extraction is, and what it is given to work with."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any, ClassVar, Protocol

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.extraction.held_out import HeldOut, as_wide
from nerode.extraction.ledger import Ledger
from nerode.extraction.meter import Meter
from nerode.extraction.source import WordSource
from nerode.links import CLASSIFIER, Multiclass
from nerode.protocols import Teacher
from nerode.words import FloatArray, Words


class Settings(Protocol):
    """What a user can choose of a method: a frozen dataclass whose fields are the options."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def check(self, teacher: Teacher) -> None:
        """Refuse choices that are unknown, that contradict each other, or that do not fit the teacher.

        Raises
        ------
        InputError : such a choice
        """
        ...


@dataclass(frozen=True)
class NoSettings:
    """Of a method that leaves nothing to choose."""

    def check(self, teacher: Teacher) -> None:
        """Nothing can be wrong."""


@dataclass(frozen=True)
class Task:
    """One extraction, as a method sees it.

    Parameters
    ----------
    teacher : metered
    rng, source, ledger, meter : of this extraction
    states : how many states are wanted, or allowed; None where the method chooses
    settings : of the method
    automaton : the teacher itself, where it is a DFA
    model : the network that the teacher asks, a `TrainedModel`, where it is one that nerode reads
    """

    teacher: Teacher
    rng: np.random.Generator
    source: WordSource
    ledger: Ledger
    meter: Meter
    states: int | None
    settings: Any
    automaton: DFA | None
    model: Any = None


def held_out_scores(settings: Any, teacher: Teacher, words: Words, weights: FloatArray) -> HeldOut:
    """Words to weigh hypotheses on, by the teacher's own scores."""
    return HeldOut(teacher, words, weights)


def constant_dfa(settings: Any, held_out: HeldOut, teacher: Teacher) -> Automaton:
    """The DFA of one state that gives every word the most frequent label."""
    alphabet = teacher.alphabet
    classes = teacher.width if isinstance(teacher.link, Multiclass) else 2
    label = int(np.bincount(held_out.truth.astype(np.int64), held_out.weights, classes).argmax())
    return DFA(alphabet, np.zeros((1, len(alphabet)), np.int64), np.array([label]), classes=classes)


def constant_wfa(settings: Any, held_out: HeldOut, teacher: Teacher) -> Automaton:
    """The weighted automaton of one state: the most frequent label for classifiers, the mean of the scores for the others."""
    if teacher.link.task == CLASSIFIER:
        final = as_wide(constant_dfa(settings, held_out, teacher).scores([()]), teacher.width)
    else:
        final = held_out.mean_scores[None]  # (1, width)
    letters = len(teacher.alphabet)
    return WFA(teacher.alphabet, np.ones(1), np.ones((letters, 1, 1)), final, teacher.link)


def constant_pdfa(settings: Any, held_out: HeldOut, teacher: Teacher) -> Automaton:
    """The probabilistic automaton of one state: letters and ends as often as in the held-out words."""
    letters = len(teacher.alphabet)
    return PDFA(teacher.alphabet, np.zeros((1, letters), np.int64), letter_shares(held_out.words, letters)[None])


def letter_shares(words: Words, letters: int) -> FloatArray:
    """The share (letters + 1,) of each letter, and of ends last, in words; each counted once more than it was seen."""
    seen = np.bincount(np.fromiter(chain.from_iterable(words), np.int64), minlength=letters)
    counts = np.append(seen, len(words)) + 1.0
    shares: FloatArray = counts / counts.sum()
    return shares


@dataclass(frozen=True)
class Method:
    """A way to learn.

    Parameters
    ----------
    tasks : the tasks of teachers that it fits
    rounds : its hypotheses, one after the other, automata or students of one other kind; the generator's value is the reason why
        it stopped
    longest : letters of the words that are drawn where none are given and the teacher draws none itself
    frugality : how much more error than the best a smaller hypothesis may have; of values, in parts of the constant's error
    constant : the hypothesis that needs no learning, from the settings, the held-out words and the teacher
    settings : the class of its settings
    held_out : what hypotheses are weighed on, from the settings, the metered teacher, words, and the weights of these (n,)
    directory : whether what it learns is saved as a checkpoint directory, and not as a file
    at_knee : whether fewer states are taken where more gain much less than those did, unless a number is asked for
    near : whether it learns words near the given ones beside these, and no other random ones
    smaller : automata of at most so many states each (ascending), which are fewer than the best hypothesis has, for a choice
        among them. They are made of what was learned, and the teacher is not asked
    """

    tasks: tuple[str, ...]
    rounds: Callable[[Task], Generator[Any, None, str]]
    longest: int
    frugality: float
    constant: Callable[[Any, Any, Teacher], Any]
    smaller: Callable[[Task, tuple[int, ...]], Iterator[Any]]
    settings: Callable[..., Settings] = NoSettings
    held_out: Callable[[Any, Teacher, Words, FloatArray], HeldOut] = held_out_scores
    directory: bool = False
    near: bool = False
    at_knee: bool = False


def settings_of(name: str, method: Method, given: dict[str, Any]) -> Settings:
    """The settings of the method of this name, from those that are given by name.

    Raises
    ------
    InputError : a name that is no setting of the method
    """
    known = [field.name for field in fields(method.settings)]  # type: ignore[arg-type]
    for other in given:
        if other not in known:
            choices = f"its settings are {', '.join(known)}" if known else "it has no settings"
            raise InputError(f"the method {name} has no setting {other!r}; {choices}")
    return method.settings(**given)
