"""What an extraction hands back."""

from __future__ import annotations

from dataclasses import dataclass, field

from nerode.automata.base import Automaton
from nerode.automata.diagram import counted
from nerode.extraction.curve import Curve
from nerode.extraction.ledger import Round, SearchRecord, queried
from nerode.extraction.sizes import Sized
from nerode.extraction.verdict import Verdict
from nerode.protocols import Teacher
from nerode.words import Word


@dataclass(frozen=True, repr=False)
class Extraction:
    """What an extraction hands back.

    Parameters
    ----------
    automaton : the hypothesis that the ledger prefers by its held-out error and its size; after refinement the last that lowered
        the held-out loss
    method, seed : as asked for
    rounds : every hypothesis, in order; the first is a constant
    queries : words whose scores the teacher was asked before the verdict
    seconds : time spent before the verdict
    effort : work done before the verdict, in the units of `Meter`
    stop_reason : "no counterexample", "equivalent", "stalled" or "no gain" (lstar), "settled" (cfg), "too deep" (for the network)
        or "unpaid" (by errors; vpa), "converged", "largest block" or "room kept" (of a limit, for refinement; spectral),
        "no room" (in a limit, for more; pdfa), "largest sample" or "same automaton" (of two samples; passive methods), "no test"
        (that parts a leaf) or "largest tree" (trepan), "refused" (by the teacher), or one of BUDGET_REASONS
    fresh : words for a verdict, like the others but drawn apart from them; a fifth of the given ones where words were given, and
        for classifiers each of them once
    curve : what each number of states costs, before refinement; None where the method does not compare sizes
    chosen : the round of the automaton
    task : of the teacher, which says what errors of rounds are (HeldOut.errors)
    verdict : how often the automaton can be wrong at most; None where the teacher is no classifier, where it refused a fresh
        word, and where somebody would not wait
    verdict_random : the same on uniform random words with the lengths of the given ones; None also where no words were given
    front : the hypotheses that no other matches with at most as many states and at most as much held-out error, smallest first
    searches : what each search for counterexamples has done (lstar)
    contradictions : how often two answers of the teacher could not both be right (lstar)
    failure : what the teacher raised, in learning or in the verdict; None where it did not
    left_out : what was not done, and why, in sentences
    told : what was found out beside the automaton, in sentences (vpa: which letters call and return)
    sizes : automata of other sizes where some were wanted, by ascending numbers of states, the automaton among them; each other
        one errs less than all that are smaller, and a size that gains nothing over a smaller one is left out
    sizes_stopped : why not all of these were made, "time", "effort" or "interrupted"; None where all were
    teacher : what was asked
    counterexamples : words that refuted hypotheses, the shortest of each search (lstar); the automaton may be one of these
    interrupted : whether somebody did not wait for the end of learning, of other sizes or of the verdict
    """

    automaton: Automaton
    method: str
    seed: int
    rounds: tuple[Round, ...]
    queries: int
    seconds: float
    effort: float
    stop_reason: str
    fresh: tuple[Word, ...]
    curve: Curve | None
    chosen: Round
    task: str
    verdict: Verdict | None
    verdict_random: Verdict | None
    front: tuple[tuple[Round, Automaton], ...]
    searches: tuple[SearchRecord, ...]
    contradictions: int
    teacher: Teacher = field(compare=False)
    failure: Exception | None = None
    left_out: tuple[str, ...] = ()
    sizes: tuple[Sized, ...] = ()
    sizes_stopped: str | None = None
    counterexamples: tuple[Word, ...] = ()
    told: tuple[str, ...] = ()
    interrupted: bool = False

    def __str__(self) -> str:
        return (
            f"{self.method}: {self.automaton!r} after {counted(len(self.rounds) - 1, 'round')}; "
            f"stopped: {self.stop_reason}; {queried(self.queries)}, {self.seconds:.1f} s"
        )

    __repr__ = __str__  # the fresh words would fill the screen
