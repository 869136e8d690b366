"""The verdict on an automaton of a classifier: how often it can be wrong at most, from words that learning never saw.

"Probably approximately correct" in the sense of Valiant: A theory of the learnable, Communications of the ACM 27 (1984).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Context

import numpy as np
from scipy.special import betaincinv

from nerode.automata.base import Automaton
from nerode.automata.diagram import counted
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.budget import TeacherFailed, metered
from nerode.extraction.held_out import decisions
from nerode.extraction.meter import Meter
from nerode.links import CLASSIFIER
from nerode.protocols import Teacher
from nerode.words import Words

DELTA = 0.05
EQUIVALENT = "equivalent"  # the reason to stop where a search has decided that there is no counterexample
FIRST, PIECE = 25, 200  # words asked at a time, fewer at first, so that nobody who interrupts or has a limit waits long


@dataclass(frozen=True)
class Verdict:
    """With confidence 1 − delta the automaton errs on at most a part epsilon of a distribution of words.

    The bound holds where the words are drawn from the distribution independently of the automaton: they were drawn before
    anything was learned, and learning never saw them but for short random words that it happened to draw as well. Of given
    words the different ones are taken for a random sample of all that are like them. They are drawn without replacement,
    which makes the bound wider than need be; it is about words that learning did not see.

    Parameters
    ----------
    words : how many it rests on
    errors : on how many of them the two decide for different classes
    distribution : of the words, as people say it
    delta : how probable it is at most that the bound does not hold
    equivalent : decided exactly, so that nothing is left to chance
    """

    words: int
    errors: int
    distribution: str
    delta: float = DELTA
    equivalent: bool = False

    @property
    def epsilon(self) -> float:
        """The bound on the share of wrong labels; 0 where equivalence was decided."""
        return 0.0 if self.equivalent else highest_share(self.errors, self.words, self.delta)

    def __str__(self) -> str:
        if self.equivalent:
            return "Equivalent: decided exactly."
        bound = f"With {100 * (1 - self.delta):.12g} % confidence at most {_percent(self.epsilon)} % of {self.distribution}"
        return f"{bound} get another label ({counted(self.errors, 'error')} on {counted(self.words, 'fresh word')})."


def judge(automaton: Automaton, teacher: Teacher, words: Words, distribution: str, delta: float) -> Verdict | None:
    """Asks a classifier about words that were drawn independently of the automaton, and counts its errors.

    A word on which either decides for no class, since a score is no number, is an error.

    Parameters
    ----------
    words : in random order. Where a limit on time of the teacher is reached, the verdict rests on the first of them; there is
        none where not even these were asked
    """
    errors = asked = 0
    while asked < len(words):
        piece = words[asked : asked + min(PIECE, max(FIRST, asked))]
        try:
            with np.errstate(all="ignore"):  # an automaton whose numbers overflow errs
                errors += int(np.count_nonzero(decisions(automaton, piece) != decisions(teacher, piece)))
        except BudgetExhausted:
            break
        asked += len(piece)
    return Verdict(asked, errors, distribution, delta) if asked or not words else None


def highest_share(successes: float, trials: float, delta: float) -> float:
    """The exact upper bound of a probability at confidence 1 − delta, after Clopper and Pearson (Biometrika 26, 1934).

    It is the probability at which so few successes or fewer would have probability delta; 1 where there are no trials.
    """
    return float(betaincinv(successes + 1, trials - successes, 1 - delta)) if successes < trials else 1.0


def _percent(share: float) -> str:
    """100 times a share with two digits, rounded up, since it is a bound."""
    return f"{float(Context(prec=2, rounding=ROUND_CEILING).create_decimal(100 * share)):g}"


@dataclass
class Judging:
    """Verdicts on what was learned, and what became of them.

    Parameters
    ----------
    seconds : that each verdict may take; None for no limit
    failure : what the teacher raised; it is not asked again then
    left_out : what was not done, and why, in sentences
    interrupted : whether somebody did not wait for a verdict; then none is made
    watch : sees the meter of each verdict, see `Meter`
    """

    teacher: Teacher
    delta: float
    seconds: float | None
    failure: Exception | None
    left_out: list[str] = field(default_factory=list)
    interrupted: bool = False
    watch: Callable[[Meter], None] | None = None

    def verdict(self, automaton: Automaton, words: Words, like: str, reason: str) -> Verdict | None:
        """Return the verdict from these words; None where there are none, the teacher does not answer, or nobody waits."""
        if not words or self.teacher.link.task != CLASSIFIER:
            return None
        if reason == EQUIVALENT:
            return Verdict(0, 0, like, self.delta, equivalent=True)
        if self.failure is not None or self.interrupted:
            return None
        try:
            verdict = judge(automaton, metered(self.teacher, Meter(self.seconds, watch=self.watch)), words, like, self.delta)
        except KeyboardInterrupt:  # what was learned must not be lost
            self.interrupted = True
            self.left_out.append(f"There is no verdict on {like}, since it was interrupted.")
            return None
        except InputError:
            return None
        except TeacherFailed as end:
            self.failure = end.failure
            return None
        self.left_out += _missing(verdict, len(words))
        return verdict


def _missing(verdict: Verdict | None, fresh: int) -> list[str]:
    """What a verdict lacks of so many fresh words, since it could not be waited for."""
    if verdict is None:
        return ["There is no verdict, since there was no time left to ask about fresh words."]
    if verdict.words < fresh:
        return [f"The verdict rests on {verdict.words:,} of {fresh:,} fresh words, since there was no time for more."]
    return []
