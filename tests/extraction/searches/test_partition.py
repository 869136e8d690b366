import numpy as np
import pytest

from nerode.extraction.searches.partition import CUTS, Partition, squares


def slow_nearest(vector, prototypes, cells):
    """The cell of the nearest prototype, the first of equals, one distance at a time."""
    distances = [sum((a - b) ** 2 for a, b in zip(vector.tolist(), each.tolist(), strict=True)) for each in prototypes]
    return cells[min(range(len(cells)), key=distances.__getitem__)]


def refined(rng, dimensions, cut_at=None):
    """A partition whose grid is cut between the origin and a vector."""
    partition = Partition()
    origin = np.zeros((1, dimensions))
    far = rng.normal(size=dimensions) if cut_at is None else np.array(cut_at, float)
    assert partition.split(int(partition.locate(origin)[0]), far, origin, np.zeros(1, np.int64))
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
    kept, vector = rng.normal(size=(6, dimensions)), rng.normal(size=dimensions)
    assert partition.split(0, vector, kept, partition.locate(kept))
    assert partition.refined
    mean = [sum(column) / 6 for column in kept.T.tolist()]
    most = sorted(range(dimensions), key=lambda i: -abs(mean[i] - vector[i]))[:10]
    vectors = rng.normal(size=(300, dimensions))
    sides = [tuple(each[i] > (mean[i] + vector[i]) / 2 for i in most) for each in vectors.tolist()]
    cells = partition.locate(vectors).tolist()
    assert len(set(sides)) == len(set(cells)) == len(set(zip(sides, cells, strict=True))) == partition.cells
    assert partition.cells > 1
    assert partition.locate(vectors).tolist() == cells
    assert partition.locate(vector[None])[0] != partition.locate(np.array([mean]))[0]


def test_dimensions_in_which_nothing_differs_are_not_cut():
    partition = refined(None, 3, cut_at=[0, 2, 0])
    cells = partition.locate(np.array([[5.0, 0.9, -5], [-5, 0.9, 5], [0, 1.1, 0]])).tolist()
    assert cells == [0, 0, 1]


@pytest.mark.parametrize("seed", range(6))
def test_later_refinements_move_one_vector_and_no_other(seed):
    """A hundred times over; afterwards cells are those of the nearest prototypes, box by box."""
    rng = np.random.default_rng(seed)
    partition = refined(rng, 3)
    kept = rng.normal(size=(150, 3)) * [1, 1, 0.01]
    cells = partition.locate(kept)
    boxes = partition.cells
    for _ in range(100):
        vector = rng.normal(size=3) * [1, 1, 0.01]
        cell = int(partition.locate(vector[None])[0])
        if cell not in cells:
            continue
        beside = partition.beside(cells, cell)
        before = partition.cells
        assert partition.split(cell, vector, kept[beside], cells[beside])
        assert partition.cells == before + 1
        assert partition.locate(vector[None]).tolist() == [before]
        assert partition.locate(kept).tolist() == cells.tolist()
        kept, cells = np.concatenate([kept, vector[None]]), np.append(cells, before)
    assert partition.cells > boxes + 20
    fresh = rng.normal(size=(200, 3)) * [1, 1, 0.01]
    found = partition.locate(fresh).tolist()
    several = 0
    for vector, cell in zip(fresh, found, strict=True):
        box = partition._box_of[cell]
        if box.prototypes is not None:
            several += 1
            assert cell == slow_nearest(vector, box.prototypes, box.cells)
    assert several > 50


def test_what_lies_beside_a_cell_is_what_lies_in_its_box(rng):
    partition = refined(rng, 2, cut_at=[2, 0])
    kept = np.array([[0.0, 0], [0, 1], [3, 0], [0, 2]])
    cells = partition.locate(kept)
    assert cells.tolist() == [0, 0, 1, 0]
    assert partition.split(0, np.array([0.0, 2]), kept[[0, 1]], cells[[0, 1]])
    cells = partition.locate(kept)
    assert cells.tolist() == [0, 0, 1, 2]
    assert partition.beside(cells, 0).tolist() == partition.beside(cells, 2).tolist() == [0, 1, 3]
    assert partition.beside(cells, 1).tolist() == [2]


@pytest.mark.parametrize("first", [True, False])
def test_equal_vectors_cannot_be_parted(rng, first):
    partition = Partition() if first else refined(rng, 3)
    kept = rng.normal(size=(4, 3))
    cells = partition.locate(kept)
    assert not partition.split(int(cells[2]), kept[2], kept[cells == cells[2]], cells[cells == cells[2]])
    assert partition.locate(kept).tolist() == cells.tolist()


@pytest.mark.parametrize("difference", [1e-3, 1e-6])
def test_close_vectors_can_be_parted(rng, difference):
    """Those of single precision differ by some 1e-7 of their size."""
    partition = refined(rng, 40)
    kept = rng.normal(size=(1, 40))
    vector = kept[0].copy()
    vector[7] += difference
    cells = partition.locate(kept)
    assert partition.split(int(cells[0]), vector, kept, cells)
    assert partition.locate(vector[None])[0] != cells[0]
    assert partition.locate(kept).tolist() == cells.tolist()


def test_vectors_that_are_too_close_are_not_said_to_be_parted(rng):
    """Distances are rounded by more than these differ."""
    partition = refined(rng, 40)
    kept = np.full((1, 40), 1e4)
    vector = kept[0].copy()
    vector[7] = np.nextafter(vector[7], np.inf)
    cells = partition.locate(kept)
    parted = partition.split(int(cells[0]), vector, kept, cells)
    assert parted == (partition.locate(vector[None])[0] != cells[0])


def test_a_vector_that_was_parted_in_an_earlier_round_can_be_parted_again(rng):
    """It is not kept any more, but the cell that it was given has others in it now."""
    partition = refined(rng, 2, cut_at=[100, 100])
    kept = np.array([[0.0, 0], [1, 0]])
    vector = np.array([4.0, 0])
    assert partition.split(0, vector, kept, partition.locate(kept))
    near = np.array([[4.0, 1], [0, 0]])
    cells = partition.locate(near)
    assert cells.tolist() == [partition.locate(vector[None])[0], 0]
    assert partition.split(int(cells[0]), vector, near, cells)
    assert partition.locate(near).tolist() == cells.tolist()
    assert partition.locate(vector[None])[0] not in cells


def test_squares_are_squared_distances(rng):
    vectors, others = rng.normal(size=(30, 7)), rng.normal(size=(20, 7))
    slow = [[sum((a - b) ** 2 for a, b in zip(x, y, strict=True)) for y in others.tolist()] for x in vectors.tolist()]
    np.testing.assert_allclose(squares(vectors, others), slow, rtol=1e-12)
    assert (squares(vectors * 1e8, vectors * 1e8) >= 0).all()
