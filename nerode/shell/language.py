"""What `nerode extract` says of the language of a language model beside its verdict: whether all of it is possible."""

from __future__ import annotations

from typing import Any

import numpy as np

from nerode.automata.dfa import DFA
from nerode.errors import BudgetExhausted, InputError
from nerode.eval.drawn import WordKinds
from nerode.eval.intervals import clopper_pearson
from nerode.extraction.budget import TeacherFailed, metered
from nerode.extraction.extracted import Extraction
from nerode.extraction.loop import LATE
from nerode.extraction.meter import Meter
from nerode.extraction.progress import Progress
from nerode.protocols import Teacher, own_words_of
from nerode.shell.console import Status

ASKED = 500  # words that the automaton accepts


def believed(
    result: Extraction, seconds: float | None, teacher: Teacher, status: Status
) -> tuple[dict[str, Any] | None, list[str]]:
    """How many words of the automaton's language the network accepts too, and that in a sentence.

    Words that the model draws show little of what the automaton accepts and the model does not: long words, most often. None for
    what is no DFA of possible words, or where no time is left.
    """
    dfa = result.automaton
    if not isinstance(dfa, DFA) or not own_words_of(teacher) or result.failure is not None:
        return None, []
    left = None if seconds is None else max(0.0, seconds - result.seconds) + LATE
    asked = metered(teacher, Meter(left, watch=Progress(status.show, "asking about words that the automaton accepts")))
    try:
        words = WordKinds(np.random.default_rng([result.seed, 4]), dfa, asked, []).automaton(ASKED).words
        agreed = int((asked.link.labels(asked.scores(words)) == 1).sum()) if words else 0
    except (BudgetExhausted, InputError, KeyboardInterrupt, TeacherFailed):
        return None, []
    if not words:
        return None, []
    low, high = clopper_pearson(agreed, len(words))
    longest = max(map(len, words))
    share, low_share, high_share = (f"{100 * (part or 0.0):.3g} %" for part in (agreed / len(words), low, high))
    said = (
        f"Of {len(words)} random words of at most {longest} letters that the automaton accepts, the network accepts {share} "
        f"(95 % interval {low_share} to {high_share})."
    )
    return {"words": len(words), "agreed": agreed, "low": low, "high": high}, [said]
