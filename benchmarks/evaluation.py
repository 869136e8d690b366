"""Evaluation of a weighted automaton: a list of short words as tuples, scored together and by a loop in Python, in one run.

    python benchmarks/evaluation.py [--words 1000000] [--seed 0]

20 states, 4 letters, words of 0 to 10 letters; the time includes reading the tuples. The loop scores a part of the words.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import numpy as np

from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_wfa
from nerode.sampling import uniform_words
from nerode.words import FloatArray, Words

STATES, LETTERS, LONGEST = 20, 4, 10
LOOPED = 20_000  # words that the loop is given
REPEATS = 3  # the least time counts


def main() -> None:
    """Print words a second of both ways, and their ratio."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--words", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    seconds, ours, looped = measured(chosen.words, chosen.seed)
    print(f"{chosen.words:,} words of up to {LONGEST} letters, {STATES} states, {LETTERS} letters: {seconds:.2f} s")
    print(f"together {ours:,.0f} words a second, one by one {looped:,.0f}: {ours / looped:.1f} times")


def measured(count: int, seed: int) -> tuple[float, float, float]:
    """Seconds for all words together, words a second of that, and words a second of the loop."""
    rng = np.random.default_rng(seed)
    a = random_wfa(rng, STATES, LETTERS)
    words = uniform_words(rng, LETTERS, rng.integers(LONGEST + 1, size=count))
    some = words[:LOOPED]
    seconds, loop_seconds = [], []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        scores = a.scores(words)
        then = time.perf_counter()
        expected = one_by_one(a, some)
        seconds.append(then - begun)
        loop_seconds.append(time.perf_counter() - then)
        np.testing.assert_allclose(scores[: len(some)], expected, rtol=1e-9, atol=1e-9)
    return min(seconds), count / min(seconds), len(some) / min(loop_seconds)


def one_by_one(a: WFA, words: Words) -> FloatArray:
    """Scores (n, width) by a product of a vector and a matrix for each letter of each word."""
    letters = list(a.transitions)
    scores = np.empty((len(words), a.width))
    for row, word in enumerate(words):
        state = a.initial
        for letter in word:
            state = state @ letters[letter]
        scores[row] = state @ a.final
    return scores


if __name__ == "__main__":
    main()
