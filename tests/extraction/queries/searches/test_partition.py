import numpy as np
import pytest
from thorough import up_to

from nerode.extraction.queries.searches.partition import CUTS, Partition, squares


def slow_nearest(vector, prototypes, cells):
    """The cell of the nearest prototype, the first of equals, one distance at a time."""
    distances = [sum((a - b) ** 2 for a, b in zip(vector.tolist(), each.tolist(), strict=True)) for each in prototypes]
    return cells[min(range(len(cells)), key=distances.__getitem__)]


def refined(rng, dimensions, cut_at=None):
    """A partition whose grid is cut between the origin and a vector."""
    partition = Partition()
    origin = np.zeros(dimensions)
    far = rng.normal(size=dimensions) if cut_at is None else np.array(cut_at, float)
    assert partition.split(int(partition.locate(origin[None])[0]), far, origin)
    return partition


def test_everything_is_one_cell_at_first(rng):
    partition = Partition()
    assert partition.locate(rng.normal(size=(50, 4))).tolist() == [0] * 50
    assert partition.cells == 1
    assert not partition.refined


@pytest.mark.parametrize("dimensions", [1, 3, CUTS, 25])
def test_the_first_refinement_cuts_half_way_where_vectors_differ_most(rng, dimensions):
    """Against a grid that is written down one comparison at a time."""
    partition = Partition()
    near, vector = rng.normal(size=(2, dimensions))
    partition.locate(near[None])
    assert partition.split(0, vector, near)
    assert partition.refined
    most = sorted(range(dimensions), key=lambda i: -abs(near[i] - vector[i]))[:10]
    vectors = rng.normal(size=(300, dimensions))
    sides = [tuple(each[i] > (near[i] + vector[i]) / 2 for i in most) for each in vectors.tolist()]
    cells = partition.locate(vectors).tolist()
    assert len(set(sides)) == len(set(cells)) == len(set(zip(sides, cells, strict=True))) == partition.cells
    assert partition.cells > 1
    assert partition.locate(vectors).tolist() == cells
    assert partition.locate(vector[None])[0] != partition.locate(near[None])[0]


def test_dimensions_in_which_nothing_differs_are_not_cut():
    partition = refined(None, 3, cut_at=[0, 2, 0])
    cells = partition.locate(np.array([[5.0, 0.9, -5], [-5, 0.9, 5], [0, 1.1, 0]])).tolist()
    assert cells == [0, 0, 1]


@pytest.mark.parametrize("seed", up_to(6, 500))
def test_later_refinements_run_between_two_vectors(seed):
    """A hundred of them; cells are those of the nearest prototypes, and other boxes stay as they are."""
    rng = np.random.default_rng(seed)
    partition = refined(rng, 3)
    vectors = rng.normal(size=(150, 3)) * [1, 1, 0.01]
    boxes = len(set(partition.locate(vectors).tolist()))
    for _ in range(100):
        before = partition.locate(vectors)
        vector = vectors[rng.integers(150)]
        cell = int(partition.locate(vector[None])[0])
        beside = [place for place in np.flatnonzero(before == cell).tolist() if (vectors[place] != vector).any()]
        if not beside:
            continue
        near = vectors[min(beside, key=lambda place: ((vectors[place] - vector) ** 2).sum())]
        new, box = partition.cells, partition._box_of[cell]
        assert partition.split(cell, vector, near)
        assert partition.cells == new + 1
        after = partition.locate(vectors)
        assert partition.locate(vector[None]).tolist() == [new]
        assert partition.locate(near[None]).tolist() == [cell]
        for place in np.flatnonzero(before != after).tolist():
            assert after[place] in (cell, new)
            assert partition._box_of[before[place]] is box
    assert partition.cells > boxes + 20
    several = 0
    for vector, cell in zip(vectors, partition.locate(vectors).tolist(), strict=True):
        box = partition._box_of[cell]
        if box.prototypes is not None:
            several += 1
            assert cell == slow_nearest(vector, box.prototypes, box.cells)
    assert several > 50


@pytest.mark.parametrize("first", [True, False])
def test_equal_vectors_cannot_be_parted(rng, first):
    partition = Partition() if first else refined(rng, 3)
    vectors = rng.normal(size=(4, 3))
    cells = partition.locate(vectors)
    assert not partition.split(int(cells[2]), vectors[2], vectors[2].copy())
    assert partition.locate(vectors).tolist() == cells.tolist()


@pytest.mark.parametrize("difference", [1e-3, 1e-6])
def test_close_vectors_can_be_parted(rng, difference):
    """Those of single precision differ by some 1e-7 of their size."""
    partition = refined(rng, 40)
    near = rng.normal(size=40)
    vector = near.copy()
    vector[7] += difference
    cell = int(partition.locate(near[None])[0])
    assert partition.split(cell, vector, near)
    assert partition.locate(vector[None])[0] != cell
    assert partition.locate(near[None])[0] == cell


def test_vectors_that_are_too_close_are_not_said_to_be_parted(rng):
    """Distances are rounded by more than these differ."""
    partition = refined(rng, 40)
    near = np.full(40, 1e4)
    vector = near.copy()
    vector[7] = np.nextafter(vector[7], np.inf)
    assert not partition.split(int(partition.locate(near[None])[0]), vector, near)


def test_a_vector_that_was_parted_in_an_earlier_round_can_be_parted_again(rng):
    """Its prototype stood for a cell that others are in now."""
    partition = refined(rng, 2, cut_at=[100, 100])
    origin, vector, near = np.array([[0.0, 0], [4, 0], [4, 1]])
    assert partition.locate(origin[None]).tolist() == [0]
    assert partition.split(0, vector, origin)
    cell = int(partition.locate(near[None])[0])
    assert cell == partition.locate(vector[None])[0] != partition.locate(origin[None])[0]
    assert partition.split(cell, vector, near)
    assert partition.locate(np.stack([near, origin])).tolist() == [cell, 0]
    assert partition.locate(vector[None])[0] not in (cell, 0)


def test_squares_are_squared_distances(rng):
    vectors, others = rng.normal(size=(30, 7)), rng.normal(size=(20, 7))
    slow = [[sum((a - b) ** 2 for a, b in zip(x, y, strict=True)) for y in others.tolist()] for x in vectors.tolist()]
    np.testing.assert_allclose(squares(vectors, others), slow, rtol=1e-12)
    assert (squares(vectors * 1e8, vectors * 1e8) >= 0).all()
