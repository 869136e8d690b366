"""A partition of a state space into cells, refined where two states are in one cell and should not be.

The first refinement is coarse and touches everything: the space is cut at one value in each of a few dimensions, after Weiss,
Goldberg, Yahav: Extracting automata from recurrent neural networks using queries and counterexamples (ICML 2018). Later ones
are local: in a box of that grid, cells are what lies next to prototypes of theirs. Prototypes are added until all vectors that
are known stay where they were, as in the condensed nearest neighbour rule (Hart 1968). Weiss, Goldberg and Yahav fit a support
vector machine there, which can fail; this fails where numbers are too close to tell vectors apart.
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

    def beside(self, cells: IntArray, cell: int) -> IntArray:
        """Which of the cells (n,) lie in the box of one of them, as indices."""
        box = self._box_of[cell]
        return np.flatnonzero([self._box_of[other] is box for other in cells.tolist()])

    def split(self, cell: int, vector: FloatArray, kept: FloatArray, cells: IntArray) -> bool:
        """Take a vector (d,) out of a cell.

        The first time all cells become new ones. Later the vector has a cell of its own, and no kept vector of the box moves.

        Parameters
        ----------
        kept, cells : (n, d) and (n,), the vectors in the box of the cell that are to stay, one at least in the cell itself

        Returns
        -------
        False where the vector equals one of those, or is too close to it.
        """
        distances = ((kept - vector) ** 2).sum(axis=1)
        if not distances.all():
            return False
        if not self.refined:
            self._cut(kept.mean(axis=0), vector)
            return True
        box = self._box_of[cell]
        if box.prototypes is None:
            own = kept[cells == cell]
            box.prototypes = own[squares(own, own.mean(axis=0)[None]).argmin()][None]
        new = self._new_cell(box)
        _claim(box, new, vector, kept, cells, distances)
        return int(self.locate(vector[None])[0]) == new

    def _cut(self, mean: FloatArray, vector: FloatArray) -> None:
        """Half-way between the mean (d,) of what is known and another vector (d,), where they differ most."""
        differences = np.abs(mean - vector)
        dimensions = np.argsort(-differences, kind="stable")[:CUTS]
        self._dimensions = dimensions[differences[dimensions] > 0]
        self._cuts = (mean + vector)[self._dimensions] / 2
        self._boxes.clear()
        self._box_of.clear()
        self.refined = True

    def _new_cell(self, box: _Box) -> int:
        self._box_of.append(box)
        return len(self._box_of) - 1


def _claim(box: _Box, new: int, vector: FloatArray, kept: FloatArray, cells: IntArray, distances: FloatArray) -> None:
    """A new cell of a box around a vector (d,), as far as kept vectors (n, d) at squared distances (n,) from it let it reach."""
    assert box.prototypes is not None
    # a prototype that equals the vector stood for another one, in an earlier round
    others = np.flatnonzero((box.prototypes != vector).any(axis=1))
    names = [*(box.cells[place] for place in others.tolist()), new]
    prototypes = [*box.prototypes[others], vector]
    before = squares(kept, np.array(prototypes))
    nearest, closest = np.array(names)[before.argmin(axis=1)], before.min(axis=1)
    while True:
        moved = np.flatnonzero((nearest != cells) & (closest > 0))
        if not len(moved):
            break
        added = moved[distances[moved].argmin()]  # the one next to the vector: it stands for those behind it
        prototypes.append(kept[added])
        names.append(int(cells[added]))
        to_added = ((kept - kept[added]) ** 2).sum(axis=1)
        nearer = to_added < closest
        nearest[nearer], closest[nearer] = cells[added], to_added[nearer]
    box.prototypes, box.cells = np.array(prototypes), names


def squares(vectors: FloatArray, others: FloatArray) -> FloatArray:
    """The squared distance (n, k) of each vector (n, d) to each of others (k, d), up to rounding, and never negative."""
    distances: FloatArray = np.einsum("nd,nd->n", vectors, vectors)[:, None] - 2 * vectors @ others.T
    distances += np.einsum("kd,kd->k", others, others)
    return np.maximum(distances, 0, out=distances)
