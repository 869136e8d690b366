"""What exact mode costs: the same tables and the same words, asked with and without it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from engine.cases import CASES, LETTERS
from nerode.extraction.hankel.tables import tabulate
from nerode.protocols import Teacher
from nerode.rounding import exact
from nerode.sampling import uniform_words

SIZE = 300  # prefixes, and suffixes
NAMES = ("gru-64-lm-300", "srn-64", "lstm-64", "gru-50x2", "bi-gru-64", "transformer-64", "distilbert")
WORDS, LONGEST = 4000, 30
RUNS = 5


def measured(only: str | None, size: int | None) -> Iterator[dict[str, Any]]:
    """A row a case: seconds of processor time, the best of some runs in turn, and their ratios."""
    rng = np.random.default_rng(1)
    words = uniform_words(rng, LETTERS, rng.integers(LONGEST + 1, size=WORDS))
    for case in (case for case in CASES if case.name in NAMES and only in (None, case.name)):
        plain = case.teacher(case.network())
        same, cells = exact(plain), case.table(size or SIZE)
        table = in_turn(lambda teacher, cells=cells: tabulate(teacher, cells.rows, cells.suffixes), plain, same)
        whole = in_turn(lambda teacher: teacher.scores(words), plain, same)
        yield {
            "name": case.name,
            "prefixes": len(cells.prefixes),
            "suffixes": len(cells.suffixes),
            "table_s": table[0],
            "exact_table_s": table[1],
            "table_ratio": table[1] / table[0],
            "words": WORDS,
            "words_s": whole[0],
            "exact_words_s": whole[1],
            "words_ratio": whole[1] / whole[0],
        }


def in_turn(work: Callable[[Teacher], Any], *teachers: Teacher) -> list[float]:
    """The best processor time of the same work for each teacher, by turns, so that the machine's moods hit all alike."""
    best = [float("inf")] * len(teachers)
    for _ in range(RUNS):
        for i, teacher in enumerate(teachers):
            begin = time.process_time()
            work(teacher)
            best[i] = min(best[i], time.process_time() - begin)
    return best
