"""Randomised factorisation of blocks that do not fit into memory; it needs only products with the block.

Halko, Martinsson, Tropp: Finding structure with randomness: probabilistic algorithms for constructing approximate matrix
decompositions, SIAM Review 53 (2011), algorithms 4.4 and 5.1. Each pass queries the block again, a few rows at a time, and
does not keep it. The shifted blocks are most of the work; only their product with the singular vectors is computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nerode.extraction.hankel.factorisation import Factorisation, Weights, check_finite, numerical_rank
from nerode.extraction.hankel.tables import filler
from nerode.protocols import Teacher
from nerode.words import FloatArray, Word, Words

BYTES = 2**28  # size of a tile of scores in memory
OVERSAMPLING = 2.0  # random directions for each singular vector that is kept; oversampling lowers the error of the leading ones
COLUMNS = 64  # suffixes multiplied at a time, so that their copy in float64 stays in cache


def factorise_streaming(
    teacher: Teacher,
    prefixes: Sequence[Word],
    suffixes: Sequence[Word],
    largest_rank: int,
    rng: np.random.Generator,
    weights: Weights | None = None,
) -> Factorisation:
    """Decompose the block of these words without holding it in memory.

    The first two passes read the block and find its leading right singular vectors. The third pass reads the block and its
    shifted blocks. Besides one tile, memory holds (|S| · width + |P| · |Σ|) · OVERSAMPLING · `largest_rank` numbers.

    Parameters
    ----------
    prefixes, suffixes : distinct words, with ε among both
    largest_rank : number of singular vectors to keep, at most
    rng : draws the test matrix; the result depends on it where trailing singular values are close to each other
    weights : weights of rows and columns, as in `factorise`

    Raises
    ------
    InputError : a score is not finite
    """
    width, columns = teacher.width, len(suffixes) * teacher.width
    weights = weights or Weights(np.ones(len(prefixes)), np.ones(len(suffixes)))
    by_row, by_column = weights.rows[:, None], np.repeat(weights.columns, width)[:, None]
    drawn = min(int(OVERSAMPLING * largest_rank) + 1, len(prefixes), columns)
    basis, _ = np.linalg.qr(by_row * _times(teacher, prefixes, suffixes, by_column * rng.normal(size=(columns, drawn))))
    across = by_column * _transposed_times(teacher, prefixes, suffixes, by_row * basis)
    v = np.linalg.svd(across, full_matrices=False)[0][:, :largest_rank]

    letters = range(len(teacher.alphabet))
    extended = [[(*prefix, letter) for prefix in prefixes] for letter in letters]
    rows = {word: row for row, word in enumerate(dict.fromkeys([*prefixes, *(word for words in extended for word in words)]))}
    products = _times(teacher, list(rows), suffixes, by_column * v)  # (rows, rank)
    states = by_row * products[[rows[word] for word in prefixes]]
    u, d, turn = np.linalg.svd(states, full_matrices=False)
    rank = numerical_rank(d, (len(prefixes), columns), largest_rank)
    u, turn = u[:, :rank], turn[:rank].T
    start, end = prefixes.index(()), suffixes.index(())
    return Factorisation(
        d,
        states[start] @ turn / weights.rows[start],
        (v @ turn).reshape(-1, width, rank)[end].T / weights.columns[end],
        np.stack([(by_row * u).T @ (products[[rows[word] for word in words]] @ turn) for words in extended]),
    )


def _times(teacher: Teacher, rows: Words, suffixes: Words, right: FloatArray) -> FloatArray:
    """Return the product (rows, k) of the block and a matrix (|S| · width, k)."""
    product = np.zeros((len(rows), right.shape[1]))
    for places, first, part in _tiles(teacher, rows, suffixes):
        product[places] += part @ right[first : first + part.shape[1]]
    check_finite(product)
    return product


def _transposed_times(teacher: Teacher, rows: Words, suffixes: Words, left: FloatArray) -> FloatArray:
    """Return the product (|S| · width, k) of the transposed block and a matrix (rows, k)."""
    product = np.zeros((len(suffixes) * teacher.width, left.shape[1]))
    for places, first, part in _tiles(teacher, rows, suffixes):
        product[first : first + part.shape[1]] += part.T @ left[places]
    return product


def _tiles(teacher: Teacher, rows: Words, suffixes: Words) -> Iterator[tuple[slice, int, FloatArray]]:
    """Yield the block (rows, |S| · width) in parts: the rows of a part, its first column, and its entries in float64."""
    asked = filler(teacher)
    width = teacher.width
    size = max(1, BYTES // (np.dtype(np.float32).itemsize * len(suffixes) * width))
    for begin in range(0, len(rows), size):
        tile = asked.fill(rows[begin : begin + size], suffixes)  # (S, rows, width)
        for column in range(0, len(suffixes), COLUMNS):
            part = tile[column : column + COLUMNS].swapaxes(0, 1).astype(np.float64)
            yield slice(begin, begin + len(part)), column * width, part.reshape(len(part), -1)
        del tile  # so that memory never holds two tiles
