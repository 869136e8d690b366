"""Blocks larger than memory: a weighted automaton of the GRU language model, learned from products with the block."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from engine.cases import CASES, LETTERS, table
from nerode.extraction.hankel.factorisation import factorise
from nerode.extraction.hankel.streaming import factorise_streaming
from nerode.extraction.hankel.tables import HankelTable
from nerode.sampling import uniform_words
from nerode.stepping import prefix_scores

RANK = 50
RIDGE = 1e-7
FITS = 20_000_000  # numbers of a block with its shifted ones that is learned in memory as well
FRESH = 500
Row = dict[str, Any]


def measured(size: int, peak_mib: Any) -> Row:
    """One row: seconds, peak memory, and how far the automaton is from the one learned in memory, where that fits."""
    case = CASES[0]
    teacher = case.teacher(case.network())
    words = table(size, shifted=False)
    begun = time.perf_counter()
    factorisation = factorise_streaming(teacher, words.prefixes, words.suffixes, RANK, np.random.default_rng(0))
    automaton = factorisation.automaton(factorisation.rank, RIDGE, teacher.alphabet, teacher.link)
    seconds = time.perf_counter() - begun
    row: Row = {"name": f"{case.name}-streamed", "prefixes": size, "suffixes": size, "shifted": LETTERS, "rank": automaton.states}
    row |= {"seconds": seconds, "peak_mib": peak_mib()}
    rng = np.random.default_rng(1)
    fresh = uniform_words(rng, LETTERS, rng.integers(0, 14, size=FRESH))
    truth, ours = (prefix_scores(function, fresh)[0] for function in (teacher, automaton))
    row |= {"error": np.abs(ours - truth).mean(), "in_memory_s": None, "error_in_memory": None, "between": None}
    if size * size * (LETTERS + 1) * teacher.width <= FITS:
        begun = time.perf_counter()
        slow = factorise(HankelTable(teacher, suffixes=words.suffixes).block(words.prefixes), RANK)
        row["in_memory_s"] = time.perf_counter() - begun
        theirs = prefix_scores(slow.automaton(RANK, RIDGE, teacher.alphabet, teacher.link), fresh)[0]
        row |= {"error_in_memory": np.abs(theirs - truth).mean(), "between": np.abs(theirs - ours).mean()}
    return row
