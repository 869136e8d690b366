"""Several teachers as one: their answers are combined, so that whatever learns of a teacher learns of all of them.

Probabilities are combined, of language models those of what follows each prefix; values are combined as such. Hansen, Salamon:
Neural network ensembles, 1990; with weights by confidence after Kwon, Na, Lee, Kim: Adaptive knowledge distillation based on
entropy, ICASSP 2020.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np
from scipy.special import log_softmax, logsumexp

from nerode.checking import checked
from nerode.domains import Domain, domain_of
from nerode.errors import InputError
from nerode.links import Binary, Link, NextSymbol, Value
from nerode.protocols import Described, States, SteppingTeacher, Teacher, certain, is_closed, longest_of, parameter_bytes_of
from nerode.words import FloatArray, IntArray, RealArray, Words

LEAST = -700.0  # of a logarithm of a probability: exp of less is 0


def ensemble(teachers: Iterable[Teacher], combine: str = "mean") -> Teacher:
    """Return several teachers as one; it keeps states where all of them do.

    Parameters
    ----------
    teachers : at least two, over one alphabet, for one task with the same classes; labels without scores count as certain
    combine : "mean" of probabilities or values; or "confidence": the mean in which each distribution has the weight
        exp(−entropy), which is 1 for a certain answer and 1/k for an answer that leaves k possibilities open alike

    Raises
    ------
    InputError : fewer than two teachers, teachers that do not fit together, an unknown way to combine them, or confidence for
        values, which have none
    """
    if not isinstance(teachers, Iterable):
        raise InputError(f"several teachers are given as a list, and not as {teachers!r}")
    members = [checked(teacher) for teacher in teachers]
    _check(members, combine)
    stepping = [member for member in members if isinstance(member, SteppingTeacher)]
    if len(stepping) == len(members):
        return SteppingEnsemble(stepping, combine)
    return Ensemble(members, combine)


class Ensemble(Described):
    """Teachers that answer together; made by `ensemble`.

    Parameters
    ----------
    members, combine : as for `ensemble`, which checks them
    """

    def __init__(self, members: Sequence[Teacher], combine: str) -> None:
        self.members, self.combine = tuple(members), combine
        first = self.members[0]
        link = first.link
        self.alphabet = first.alphabet
        self.link: Link = NextSymbol(link.letters, ends=link.ends) if isinstance(link, NextSymbol) else link
        self.width = link.letters + 1 if isinstance(link, NextSymbol) else first.width
        self.longest = min((longest for longest in map(longest_of, members) if longest is not None), default=None)
        domains = [domain for domain in map(domain_of, members) if domain is not None]
        self.domain: Domain | None = next((domain for domain in domains if domain.columns), domains[0] if domains else None)
        sizes = [size for size in map(parameter_bytes_of, members) if size is not None]
        self.parameter_bytes = sum(sizes) if sizes else None
        self.told = " ".join(dict.fromkeys(said for member in members if (said := getattr(member, "told", ""))))

    def scores(self, words: Words) -> FloatArray:
        """Return the scores (n, width) of n words."""
        return self._together([member.scores(words) for member in self.members])

    def _together(self, scores: Sequence[RealArray]) -> FloatArray:
        """The combined scores (n, width), from those of each member."""
        pairs = zip(self.members, scores, strict=True)
        return combined(
            self.link, [_answers(member, certain(member, each)) for member, each in pairs], COMBINATIONS[self.combine]
        )


class SteppingEnsemble(Ensemble):
    """One of teachers that read from left to right: its state is a state of each."""

    def __init__(self, members: Sequence[SteppingTeacher], combine: str) -> None:
        super().__init__(members, combine)
        self._stepping = tuple(members)
        ends = np.cumsum([0, *(len(member.start()) for member in members)]).tolist()
        self._parts = [slice(begin, end) for begin, end in pairwise(ends)]

    def start(self) -> States:
        """Return the state after ε, as a batch of one."""
        return tuple(part for member in self._stepping for part in member.start())

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """Return states (n, …) with new[i] = step(states[parents[i]], symbols[i])."""
        pairs = zip(self._stepping, self._parts, strict=True)
        return tuple(each for member, part in pairs for each in member.advance(states[part], parents, symbols))

    def read(self, states: States) -> RealArray:
        """Return the scores (n, width) of the words that lead to the states."""
        pairs = zip(self._stepping, self._parts, strict=True)
        return self._together([member.read(states[part]) for member, part in pairs])


def combined(link: Link, answers: Sequence[FloatArray], weigh: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Return scores (n, width) of what several teachers say of n words.

    Parameters
    ----------
    answers : of each teacher: values (n, width), or the logarithms (n, classes) of probabilities
    weigh : gives the logarithms (teachers, n) of weights, not yet of sum 1, of logarithms (teachers, n, classes)
    """
    each = np.stack(answers)
    if isinstance(link, Value):
        return each.mean(axis=0)  # type: ignore[no-any-return]
    weights = log_softmax(weigh(each), axis=0)[:, :, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        logs: FloatArray = np.maximum(logsumexp(each + weights, axis=0), LEAST)
    return logs[:, 1:] - logs[:, :1] if isinstance(link, Binary) else logs


def _alike(logs: FloatArray) -> FloatArray:
    return np.zeros(logs.shape[:2])


def _confidence(logs: FloatArray) -> FloatArray:
    """Minus the entropy in nats of each distribution."""
    likely = np.exp(logs)
    found: FloatArray = np.where(likely > 0, likely * np.maximum(logs, LEAST), 0.0).sum(axis=2)
    return found


COMBINATIONS: dict[str, Callable[[FloatArray], FloatArray]] = {"mean": _alike, "confidence": _confidence}
"""How much each of several answers counts, by name."""


def _answers(member: Teacher, scores: RealArray) -> FloatArray:
    """What a teacher says: the logarithms (n, classes) of its probabilities, which sum to 1, or its values."""
    link = member.link
    if isinstance(link, Value):
        return np.asarray(scores, np.float64)
    if isinstance(link, NextSymbol):
        logs: FloatArray = log_softmax(link.log_probabilities(scores), axis=1)  # without symbols that can never follow
        return logs
    wide = np.asarray(scores, np.float64)
    wide = np.concatenate([np.zeros_like(wide), wide], axis=1) if isinstance(link, Binary) else wide
    return log_softmax(wide, axis=1)


def _check(members: Sequence[Teacher], combine: str) -> None:
    if len(members) < 2:
        raise InputError(f"several teachers are combined, and this is {len(members)}; give two or more")
    if combine not in COMBINATIONS:
        raise InputError(f"{combine!r} is no way to combine teachers; choose among {', '.join(COMBINATIONS)}")
    first = members[0]
    for member in members:
        if is_closed(member):
            raise InputError("a file of labels answers about its own words alone, and cannot be combined with other teachers")
        if member.alphabet != first.alphabet:
            raise InputError(
                f"teachers that are combined read the same symbols, and these have {first.alphabet.symbols} and "
                f"{member.alphabet.symbols}"
            )
        if _meaning(member) != _meaning(first):
            raise InputError(
                f"teachers that are combined answer the same question, and these mean {first.link} of width {first.width} and "
                f"{member.link} of width {member.width}"
            )
    if combine != "mean" and isinstance(first.link, Value):
        raise InputError("values say nothing of how sure a teacher is; combine these teachers by their mean")
    domains = [domain for domain in map(domain_of, members) if domain is not None]
    if len({each.length for each in domains}) > 1 or len({each.columns for each in domains if each.columns}) > 1:
        raise InputError(
            "these teachers read words of different lengths, or rows with other columns or cuts, so that a letter means "
            "something else to each; train them on the same words"
        )


def _meaning(member: Teacher) -> tuple[object, ...]:
    """What answers mean, as far as they can be combined."""
    link = member.link
    return ("next", link.letters, link.ends) if isinstance(link, NextSymbol) else (link, member.width)
