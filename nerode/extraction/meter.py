"""Limits of an extraction: queries asked, seconds passed and work done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from nerode.errors import BudgetExhausted

LETTER = 1e-6  # seconds that a teacher is taken to need for a letter: an SRN takes less, a transformer more
CALL = 1e-4  # and for being asked at all, however few letters it reads


@dataclass
class Meter:
    """Queries asked, seconds passed and work done, with their limits.

    A query is one word whose scores were asked. The limit on queries is kept exactly: a batch that would pass it is not
    asked. The limits on time and on work are looked at before each batch and before each step along words.

    Work is counted at fixed rates: the letters that the teacher reads, how often it is asked, and the multiplications of
    refinement. A function is asked once for a list of words, since how it divides them may depend on the clock. A unit took
    0.6 to 7 seconds on one core; the larger a network, the longer. Work depends on what is done and not on how fast the
    machine does it, so a limit on work replays.

    A slow teacher is given its `pace`, the seconds that a word takes. The limit on time then tells how many words are left,
    and they are asked in small parts: the answers to a part that is cut short are lost.

    `watch` is called with the meter whenever the limits are looked at.
    """

    seconds_limit: float | None = None
    queries_limit: int | None = None
    effort_limit: float | None = None
    pace: float | None = None
    queries: int = 0
    effort: float = 0.0
    started: float = field(default_factory=lambda: time.monotonic())
    watch: Callable[[Meter], None] | None = None

    @property
    def seconds(self) -> float:
        """Seconds since the meter was made."""
        return time.monotonic() - self.started

    @property
    def time_spent(self) -> float:
        """The part that is spent of the limit on time or on work, of the nearer where there are both; 0 where there is none."""
        parts = ((self.seconds, self.seconds_limit), (self.effort, self.effort_limit))
        return max(spent / limit if limit else 0.0 for spent, limit in parts)

    @property
    def time_limit(self) -> float | None:
        """The lower of the limits on seconds and on work, which are of about the same size; None where there is none."""
        return min((limit for limit in (self.seconds_limit, self.effort_limit) if limit is not None), default=None)

    @property
    def part_spent(self) -> float:
        """The part that is spent of the nearest limit, 0 where there is none."""
        return max(self.time_spent, self.queries / self.queries_limit if self.queries_limit else 0.0)

    @property
    def queries_left(self) -> int | None:
        """How many queries may still be asked, as far as that is known; None where nothing limits them."""
        left = (self.allowed, self.in_time)
        return min((each for each in left if each is not None), default=None)

    @property
    def allowed(self) -> int | None:
        """How many queries the limit on queries leaves; None where there is none."""
        return None if self.queries_limit is None else self.queries_limit - self.queries

    @property
    def in_time(self) -> int | None:
        """How many words a slow teacher answers in the time that is left; None where there is no such limit or it is fast."""
        if self.pace is None or self.seconds_limit is None:
            return None
        return max(0, int((self.seconds_limit - self.seconds) / self.pace))

    def check(self) -> None:
        """Raises BudgetExhausted where the time is up or the work is done."""
        self.check_time()
        if self.effort_limit is not None and self.effort >= self.effort_limit:
            raise BudgetExhausted("effort")

    def check_time(self) -> None:
        """Raises BudgetExhausted where the time is up: for what counts as no work."""
        self.look()
        if self.seconds_limit is not None and self.seconds >= self.seconds_limit:
            raise BudgetExhausted("time")

    def look(self) -> None:
        """Let whoever watches see how far the work is."""
        if self.watch is not None:
            self.watch(self)

    def count_letters(self, letters: int) -> None:
        """Count letters that the teacher is about to read in one call as work."""
        self.effort += CALL + LETTER * letters

    def stage(self, end: float) -> Stage:
        """A stage that begins now and may go on until a part `end` of the limit on time is spent."""
        return Stage(self, self.time_spent, end)

    def charge(self, queries: int) -> None:
        """Count queries that are about to be asked.

        Raises
        ------
        BudgetExhausted : the time is up, or these queries would pass the limit
        """
        self.check()
        if self.queries_limit is not None and self.queries + queries > self.queries_limit:
            raise BudgetExhausted("queries")
        self.queries += queries


@dataclass(frozen=True)
class Stage:
    """A stage of an extraction with a share of the limit on time or on work.

    Parameters
    ----------
    begin, end : the parts of the limit that are spent when it begins and when it is to end
    """

    meter: Meter
    begin: float = 0.0
    end: float = 1.0

    def __call__(self, work: float) -> float:
        """Count work that was done, in units of a second; how much of the stage is over, 0 … 1, or 0 where there is no limit."""
        self.meter.effort += work
        self.meter.look()
        if self.meter.time_limit is None:
            return 0.0
        if self.begin >= self.end:
            return 1.0
        return min(1.0, (self.meter.time_spent - self.begin) / (self.end - self.begin))
