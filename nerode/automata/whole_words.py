"""Whole words through automata, word by word, as machine code.

A step of a batch takes tens of microseconds in numpy, whatever the size of an automaton. For small ones that is most of the time.
"""

from __future__ import annotations

import numpy as np

from nerode.compiled import compiled
from nerode.words import FloatArray, IntArray

MOST = 1e7  # multiplications; more are faster by matrix products of the words that read the same letter
WEIGHTS = "Array(f8, {}, 'C', readonly=True)"  # of so many dimensions
NUMBERS = "Array(i8, {}, 'C', readonly=True)"


@compiled(f"void(i8, {NUMBERS.format(2)}, {NUMBERS.format(1)}, {NUMBERS.format(1)}, i8[::1])")
def run(initial: int, transitions: IntArray, symbols: IntArray, lengths: IntArray, states: IntArray) -> None:
    """Write the state (n,) of a deterministic automaton after each word of concatenated symbols (total,) and lengths (n,)."""
    begin = 0
    for word in range(len(lengths)):
        state = initial
        for symbol in symbols[begin : begin + lengths[word]]:
            state = transitions[state, symbol]
        states[word] = state
        begin += lengths[word]


@compiled(
    f"void({WEIGHTS.format(1)}, {WEIGHTS.format(3)}, {WEIGHTS.format(2)}, {NUMBERS.format(1)}, {NUMBERS.format(1)}, f8[:,::1])"
)
def weigh(
    initial: FloatArray, transitions: FloatArray, final: FloatArray, symbols: IntArray, lengths: IntArray, scores: FloatArray
) -> None:
    """Write the scores (n, width) of words of concatenated symbols (total,) and lengths (n,) by a weighted automaton."""
    r = len(initial)
    state, after = np.empty(r), np.empty(r)
    begin = 0
    for word in range(len(lengths)):
        state[:] = initial
        for symbol in symbols[begin : begin + lengths[word]]:
            matrix = transitions[symbol]
            after[:] = 0.0
            for i in range(r):
                weight = state[i]  # by names of their own, what the inner loop reads is known not to change
                for j in range(r):
                    after[j] += weight * matrix[i, j]
            state, after = after, state
        scores[word] = 0.0
        for i in range(r):
            for k in range(final.shape[1]):
                scores[word, k] += state[i] * final[i, k]
        begin += lengths[word]
