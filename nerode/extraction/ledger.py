"""The hypotheses of an extraction: each weighed on held-out words, and the one to hand back known at all times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, log, log2

from scipy.special import entr

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.diagram import counted
from nerode.automata.letters import letter_classes
from nerode.automata.vpa import VPA
from nerode.automata.wfa import WFA
from nerode.extraction.curve import Curve
from nerode.extraction.held_out import HeldOut
from nerode.extraction.knee import knee
from nerode.extraction.meter import Meter
from nerode.links import SCORES
from nerode.protocols import Teacher
from nerode.words import Word, Words

SMALL = 50  # states: hypotheses up to this size are all kept
NUMBER = 16  # bits that a number of a student takes
FRUITLESS = 10  # times the size of a good hypothesis, at which more states are given up


@dataclass(frozen=True)
class Round:
    """One hypothesis: its size, its mean error on the held-out words, and what had been spent when it was made.

    Of a DFA, `kinds` says how many letters there are if those that act alike count once; of a VPA, how many transitions a
    location has; else it counts the letters. Of students other than automata, `states` counts what `unit` says, and `parameters`
    the numbers that say what they do.
    """

    states: int
    kinds: int
    error: float
    queries: int
    seconds: float
    unit: str = "state"
    parameters: int | None = None

    def __str__(self) -> str:
        return (
            f"{counted(self.states, self.unit)}, held-out error {self.error:.3g}, {queried(self.queries)}, {self.seconds:.1f} s"
        )


@dataclass
class SearchRecord:
    """What a search has done in all rounds.

    Parameters
    ----------
    search : its name
    looks : in how many rounds it looked: not where another found a counterexample, or a limit was reached, before its first word
    words : how many it asked about
    found : counterexamples
    seconds : that it took
    """

    search: str
    looks: int = 0
    words: int = 0
    found: int = 0
    seconds: float = 0.0


def queried(count: int) -> str:
    """ "1 query", "2,000 queries"."""
    return f"{count:,} {'query' if count == 1 else 'queries'}"


class Ledger:
    """Hypotheses and their weights.

    Of thousands of large ones not all can be kept: one that another matches with no more states and no more error is dropped,
    unless it is small, the last one, or may yet be handed back.

    Parameters
    ----------
    constant : the hypothesis that needs no learning; everything is measured against it
    frugality : how much more error than the best a smaller hypothesis may have; a quarter of the constant's error at most.
        Errors of values have the unit of the values: theirs are taken as parts of the constant's error
    at_knee : whether the size at the knee of the errors is taken where it is smaller; it may have a quarter of the constant's
        error more than the best

    Attributes
    ----------
    rounds : what is known of every hypothesis, in order, those that were dropped included
    curve : of the last block, where sizes are compared
    searches : what each search for counterexamples has done
    counterexamples : words that refuted hypotheses
    contradictions : how often two answers of the teacher could not both be right
    told : what was found out beside the hypotheses, in sentences
    left_out : what was not done, and why, in sentences
    weighted : a weighted automaton of the teacher that was learned beside the hypotheses; None where there is none
    decidable : whether the learner stops by itself where it is right, however many states that takes
    decided : whether the last hypothesis and the teacher are known to be equivalent
    """

    def __init__(self, constant: Automaton, held_out: HeldOut, meter: Meter, frugality: float, at_knee: bool = False) -> None:
        self._meter = meter
        self._frugality, self._at_knee = frugality, at_knee
        self._letters = len(constant.alphabet)
        self._kept: dict[int, Automaton] = {}  # by the number of their round
        self.held_out = held_out
        self.curve: Curve | None = None
        self.searches: tuple[SearchRecord, ...] = ()
        self.counterexamples: tuple[Word, ...] = ()
        self.contradictions = 0
        self.told: list[str] = []
        self.left_out: list[str] = []
        self.weighted: WFA | None = None
        self.decided = False
        self.rounds: list[Round] = []
        self.decidable = False
        self._best = 0
        self._noted: int | None = None
        self.add(constant)

    @property
    def best(self) -> Automaton:
        """The hypothesis to hand back."""
        return self._kept[self._best]

    @property
    def best_round(self) -> Round:
        """What is known of it."""
        return self.rounds[self._best]

    def add(self, hypothesis: Automaton) -> None:
        """Weigh a hypothesis."""
        error = float(self.held_out.errors(hypothesis).mean())
        self._kept[len(self.rounds)] = hypothesis
        kinds = self._kinds(hypothesis)
        self.rounds.append(
            Round(
                hypothesis.size,
                kinds,
                error,
                self._meter.queries,
                self._meter.seconds,
                hypothesis.unit,
                getattr(hypothesis, "parameters", None),
            )
        )
        self._prefer()
        wanted = {*self._front(), self._best, self._learned, self._last, len(self.rounds) - 1}
        self._kept = {i: each for i, each in self._kept.items() if i in wanted or self.rounds[i].states <= SMALL}

    def _kinds(self, hypothesis: Automaton) -> int:
        """The transitions of a state that have to be described."""
        if isinstance(hypothesis, VPA):
            return max(1, hypothesis.moves // hypothesis.states)
        return len(letter_classes(hypothesis.transitions)) if isinstance(hypothesis, DFA) else self._letters

    def _prefer(self) -> None:
        """Of the hypotheses whose error is close to the lowest, the best takes the fewest bits, its exceptions included.

        Of equal ones it is the last. States that explain next to nothing are not kept; where the knee counts, neither are those
        that explain much less than others did.
        """
        close = self.lowest + self._allowance
        near = [i for i in self._kept if self.rounds[i].error <= close]
        self._best = min(near, key=lambda i: (self._bits(self.rounds[i]), self.rounds[i].states, -i))
        if self._at_knee:
            front = self._front()
            sizes, errors = ([getattr(self.rounds[i], name) for i in front] for name in ("states", "error"))
            cornered = front[knee(sizes, errors)]
            if self.rounds[cornered].error <= self.lowest + self.rounds[0].error / 4:
                self._best = min(self._best, cornered, key=lambda i: self.rounds[i].states)

    def _front(self) -> list[int]:
        """The rounds that no other matches with at most as many states and at most as much error, smallest first."""
        front: list[int] = []
        for i in sorted(self._kept, key=lambda i: (self.rounds[i].states, self.rounds[i].error, -i)):
            if not front or self.rounds[i].error < self.rounds[front[-1]].error:
                front.append(i)
        return front

    @property
    def front(self) -> tuple[tuple[Round, Automaton], ...]:
        """The hypotheses that no other matches with at most as many states and at most as much error, smallest first."""
        return tuple((self.rounds[i], self._kept[i]) for i in self._front())

    @property
    def _allowance(self) -> float:
        return min(self._frugality * self._unit, self.rounds[0].error / 4)

    @property
    def _unit(self) -> float:
        """The error that counts as 1."""
        constant = self.rounds[0].error
        return constant if self.held_out.task == SCORES and 0 < constant < inf else 1.0

    def _bits(self, done: Round) -> float:
        """The length of a two-part message: the automaton's transitions, and which held-out words are exceptions to it.

        Letters that act alike are described once: to which kind each belongs, and where each kind leads.

        Rissanen: Modeling by shortest data description, Automatica 14 (1978).
        """
        n, words = done.states, len(self.held_out.words)
        share = min(done.error / self._unit, 0.5)
        if done.parameters is None:
            described = n * done.kinds * log2(n) + self._letters * log2(done.kinds)
        else:
            described = NUMBER * done.parameters
        return described + words * float(entr([share, 1 - share]).sum()) / log(2)

    def weigh_on(self, teacher: Teacher, words: Words, like: bool) -> None:
        """Add words to the held-out ones and weigh on them too what is kept: all hypotheses, while they are small.

        Parameters
        ----------
        like : whether they are like those that matter
        """
        if not words:
            return
        before = len(self.held_out.words)
        self.held_out.add(teacher, words, like)
        for i, hypothesis in self._kept.items():
            wrong = self.rounds[i].error * before + float(self.held_out.errors(hypothesis, since=before).sum())
            self.rounds[i] = replace(self.rounds[i], error=wrong / len(self.held_out.words))
        self._prefer()

    @property
    def learned(self) -> Automaton | None:
        """The hypothesis of the lowest error but for the constant, the last of equal ones; None where there is none yet."""
        return self._kept[self._learned] if self._learned else None

    @property
    def _learned(self) -> int:
        """The round of that one; 0 where there is none."""
        return min((i for i in self._kept if i), key=lambda i: (self.rounds[i].error, -i), default=0)

    @property
    def lowest(self) -> float:
        """The lowest error of all hypotheses; one that is dropped errs no less than one that is kept."""
        return min(self.rounds[i].error for i in self._kept)

    @property
    def _last(self) -> int:
        """The round of the learner's last hypothesis."""
        return len(self.rounds) - 1 if self._noted is None else self._noted

    def note_last(self) -> None:
        """The last hypothesis is the learner's, and those that come till this is said again are not."""
        self._noted = len(self.rounds) - 1

    def prefer_last(self) -> None:
        """Hand back the learner's last hypothesis, for what errors on the held-out words do not show."""
        self._best = self._last

    def replace_best(self, same: Automaton) -> None:
        """Hand back another form of the best hypothesis, which is as good."""
        error = float(self.held_out.errors(same).mean())
        self._kept[self._best], self.rounds[self._best] = same, replace(self.best_round, error=error)

    def trust_last(self) -> bool:
        """Prefer the last hypothesis, which withstood the search that refuted all others.

        Returns
        -------
        False where another errs less on the held-out words, and is kept.
        """
        trusted = self.rounds[self._last].error <= self.rounds[self._best].error
        if trusted:
            self.prefer_last()
        return trusted

    def fruitless(self) -> bool:
        """Whether hypotheses have outgrown a good one many times without being worth it.

        On words unlike those that it was trained on a network need not be regular; there counterexamples never end.
        """
        best = self.rounds[self._best]
        if self.decidable:
            return False
        return best.error <= 2 * self._allowance and self.rounds[self._last].states > FRUITLESS * max(best.states, FRUITLESS)
