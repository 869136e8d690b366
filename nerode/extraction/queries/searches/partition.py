"""A partition of a state space into cells, refined where two states are in one cell and should not be.

The first refinement is coarse and touches everything: the space is cut at one value in each of a few dimensions, after Weiss,
Goldberg, Yahav: Extracting automata from recurrent neural networks using queries and counterexamples (ICML 2018). Later ones
are local: in a box of that grid, cells are what lies next to prototypes of theirs. A vector that is taken out of a cell is a
prototype of a new one, and the vector nearest to it that stays is one of the old, so that the border runs between the two.
Weiss, Goldberg and Yahav fit a support vector machine to all that stay. Here others may come to lie on the wrong side; they are
met there when the space is explored again. To keep them all took forty prototypes a split in networks that count brackets.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from nerode.words import FloatArray, IntArray

CUTS = 10  # dimensions that the first refinement cuts, at most: up to 1024 boxes, of which few have anything in them


@dataclass
class _Box:
    """A box of the grid: one cell, or several with prototypes (k, d) and the cell of each."""

    cells: list[int]
    prototypes: FloatArray | None = None


@dataclass
class Partition:
    """Cells 0 … `cells` − 1 of vectors; there are more of them as more of the space is met, and as it is refined.

    Parameters
    ----------
    refined : whether the grid has been cut
    """

    refined: bool = field(default=False, init=False)
    _dimensions: IntArray = field(default_factory=lambda: np.empty(0, np.int64), init=False)
    _cuts: FloatArray = field(default_factory=lambda: np.empty(0), init=False)
    _boxes: dict[int, _Box] = field(default_factory=dict, init=False)  # by the bits that say the sides of the cuts
    _box_of: list[_Box] = field(default_factory=list, init=False)  # of each cell

    @property
    def cells(self) -> int:
        """How many cells there are so far."""
        return len(self._box_of)

    def locate(self, vectors: FloatArray) -> IntArray:
        """The cell (n,) of each vector (n, d); boxes that nothing was in before are new cells."""
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
        """Take a vector (d,) out of a cell, of which another one (d,), the nearest that is known, is to stay.

        The first time all cells become new ones, and the two are in different ones. Later the vector has a new cell.

        Returns
        -------
        False where the two are equal, or too close to each other for the precision of distances.
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
            # a prototype that equals one of the two stood for another vector, in an earlier round
            others = (box.prototypes != near).any(axis=1) & (box.prototypes != vector).any(axis=1)
            kept = box.prototypes[others]
            box.prototypes = np.concatenate([kept, [near, vector]])
            box.cells = [*(box.cells[place] for place in np.flatnonzero(others).tolist()), cell, new]
        placed: list[int] = self.locate(np.stack([near, vector])).tolist()
        return placed == [cell, new]

    def _cut(self, near: FloatArray, vector: FloatArray) -> None:
        """Half-way between two vectors (d,), where they differ most."""
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
    """The squared distance (n, k) of each vector (n, d) to each of others (k, d), up to rounding, and never negative."""
    distances: FloatArray = np.einsum("nd,nd->n", vectors, vectors)[:, None] - 2 * vectors @ others.T
    distances += np.einsum("kd,kd->k", others, others)
    return np.maximum(distances, 0, out=distances)
