"""What an extraction says while it goes on, so that nobody thinks that it hangs.

No thread waits for a second to pass: the meter looks at the clock before every batch and every step, and calls what is here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nerode.extraction.ledger import queried
from nerode.extraction.meter import Meter

EVERY = 1.0  # seconds between two sentences about the same work


@dataclass
class Progress:
    """Says what is being done, at most once a second: how many queries, how many of them a second, and how much time is left.

    Parameters
    ----------
    say : is told each sentence
    doing : what is being done, in words
    at, queries : the seconds and the queries of the meter when something was said last
    """

    say: Callable[[str], None]
    doing: str
    at: float = 0.0
    queries: int = 0

    def __call__(self, meter: Meter) -> None:
        """Say how far the work is, unless something was said in the second before."""
        now = meter.seconds
        passed = now - self.at
        if passed < EVERY:
            return
        rate = (meter.queries - self.queries) / passed
        self.at, self.queries = now, meter.queries
        self.say(f"{self.doing}: {queried(meter.queries)}, {rate:,.0f} a second; {now:.0f} s{_left(meter)}")


def _left(meter: Meter) -> str:
    """Return what is left of the limits, in words; empty where there are none."""
    left = []
    if meter.seconds_limit is not None:
        left.append(f"{max(0.0, meter.seconds_limit - meter.seconds):.0f} s")
    if meter.effort_limit is not None:
        left.append(f"{max(0.0, 1 - meter.effort / meter.effort_limit):.0%} of the effort")
    if meter.queries_limit is not None:
        left.append(queried(meter.queries_limit - meter.queries))
    return f", {' and '.join(left)} left" if left else ""
