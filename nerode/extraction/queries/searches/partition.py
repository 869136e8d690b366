"""A partition of the state space of a network into cells, which can be refined.

The first refinement cuts the whole space into a grid of boxes, at one value in each of a few dimensions, after Weiss, Goldberg,
Yahav: Extracting automata from recurrent neural networks using queries and counterexamples (ICML 2018). Later refinements are
local: each cell in a box has prototypes, and a vector belongs to the cell of the nearest prototype. To split a cell, the vector
that leaves it becomes a prototype of a new cell. The nearest vector that stays becomes a prototype of the old cell, so that the
border runs between the two. Weiss, Goldberg and Yahav separate the vector from all vectors that stay, with a support vector
machine. Here, some vectors may come to lie on the wrong side; the next exploration meets them there. Keeping all of them on
the right side took forty prototypes for each split, in networks that count brackets.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from nerode.words import FloatArray, IntArray

CUTS = 10  # dimensions that the first refinement cuts, at most; of the up to 1024 boxes, few contain a vector


@dataclass
class _Box:
    """A box of the grid: one cell without prototypes, or prototypes (k, d) and the cell of each."""

    cells: list[int]
    prototypes: FloatArray | None = None


@dataclass
class Partition:
    """A partition into cells 0 … `cells` − 1; a new cell arises with the first vector in a box, and with a split.

    Attributes
    ----------
    refined : whether the space has been cut into a grid
    """

    refined: bool = field(default=False, init=False)
    _dimensions: IntArray = field(default_factory=lambda: np.empty(0, np.int64), init=False)
    _cuts: FloatArray = field(default_factory=lambda: np.empty(0), init=False)
    _boxes: dict[int, _Box] = field(default_factory=dict, init=False)  # key: one bit for the side of each cut
    _box_of: list[_Box] = field(default_factory=list, init=False)  # of each cell

    @property
    def cells(self) -> int:
        """The number of cells so far."""
        return len(self._box_of)

    def locate(self, vectors: FloatArray) -> IntArray:
        """Return the cell (n,) of each vector (n, d); each box that was empty becomes a new cell."""
        bits = (vectors[:, self._dimensions] > self._cuts) @ (1 << np.arange(len(self._dimensions)))
        cells = np.empty(len(vectors), np.int64)
        for code in sorted(set(bits.tolist())):
            box = self._boxes.get(code)
            if box is None:
                box = self._boxes[code] = _Box([])
                box.cells.append(self._new_cell(box))
            rows = bits == code
            if box.prototypes is None:
                cells[rows] = box.cells[0]
            else:
                cells[rows] = np.array(box.cells)[squares(vectors[rows], box.prototypes).argmin(axis=1)]
        return cells

    def split(self, cell: int, vector: FloatArray, near: FloatArray) -> bool:
        """Separate a vector (d,) from `near` (d,), the nearest known vector of its cell, which stays in the cell.

        The first split cuts the grid and replaces all cells. A later split gives the vector a new cell.

        Returns
        -------
        Whether the two vectors are now in different cells; False if they are equal, or too close for the precision of
        distances.
        """
        if np.array_equal(vector, near):
            return False
        if not self.refined:
            self._cut(near, vector)
            return True
        box = self._box_of[cell]
        new = self._new_cell(box)
        if box.prototypes is None:
            box.prototypes, box.cells = np.stack([near, vector]), [cell, new]
        else:
            # an earlier prototype that equals one of the two would have the wrong cell
            others = (box.prototypes != near).any(axis=1) & (box.prototypes != vector).any(axis=1)
            kept = box.prototypes[others]
            box.prototypes = np.concatenate([kept, [near, vector]])
            box.cells = [*(box.cells[place] for place in np.flatnonzero(others).tolist()), cell, new]
        placed: list[int] = self.locate(np.stack([near, vector])).tolist()
        return placed == [cell, new]

    def _cut(self, near: FloatArray, vector: FloatArray) -> None:
        """Cut the space half-way between two vectors (d,), in the dimensions where they differ most."""
        differences = np.abs(near - vector)
        dimensions = np.argsort(-differences, kind="stable")[:CUTS]
        self._dimensions = dimensions[differences[dimensions] > 0]
        self._cuts = (near + vector)[self._dimensions] / 2
        self._boxes.clear()
        self._box_of.clear()
        self.refined = True

    def _new_cell(self, box: _Box) -> int:
        self._box_of.append(box)
        return len(self._box_of) - 1


def squares(vectors: FloatArray, others: FloatArray) -> FloatArray:
    """Return the squared distances (n, k) of vectors (n, d) to others (k, d), up to rounding and never negative."""
    distances: FloatArray = np.einsum("nd,nd->n", vectors, vectors)[:, None] - 2 * vectors @ others.T
    distances += np.einsum("kd,kd->k", others, others)
    return np.maximum(distances, 0, out=distances)
