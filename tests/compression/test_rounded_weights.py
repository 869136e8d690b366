"""Weights of few values: what they are, and that a file holds them to the last bit."""

from itertools import combinations

import numpy as np
import pytest
import torch

from nerode.compression.rounding import clustered, rounded
from nerode.errors import InputError
from nerode.teachers.storage import CODES, LARGEST, SCALES, VALUES, packed, short_scales, unpacked


def round_trip(matrix, kind):
    state = {"w": torch.from_numpy(matrix), "b": torch.ones(3)}
    stored = packed(state, {"w": kind})
    back = unpacked(stored, {"w": kind}, {name: tensor.shape for name, tensor in state.items()})
    assert set(back) == set(state)
    return stored, back["w"].numpy()


@pytest.mark.parametrize("kind", ["int8", "int4"])
@pytest.mark.parametrize("columns", [1, 6, 7])
def test_whole_numbers_come_back_to_the_last_bit(kind, columns, rng):
    matrix = (rng.normal(size=(40, columns)) * 10.0 ** rng.integers(-4, 4, size=(40, 1))).astype(np.float32)
    matrix[3] = 0
    found = rounded(matrix, LARGEST[kind])
    stored, back = round_trip(found, kind)
    assert (back == found).all()
    assert (rounded(found, LARGEST[kind])[3] == 0).all()
    scales = stored["w" + SCALES].numpy()[:, None]
    assert (np.abs(found - matrix) <= scales / 2 * 1.0001).all() or kind == "int4"
    assert stored["w" + CODES].numpy().nbytes == 40 * (columns if kind == "int8" else (columns + 1) // 2)


def test_scales_have_few_bits(rng):
    scales = short_scales(rng.random(1000))
    for code in (7, 127):
        products = np.float32(code) * scales
        assert (products.astype(np.float64) == code * scales.astype(np.float64)).all()


def test_few_bits_are_used_well(rng):
    """The scale of least error among many, against rounding by the largest weight."""
    matrix = rng.standard_t(3, size=(20, 50)).astype(np.float32)
    plain = np.abs(matrix).max(axis=1, keepdims=True) / 7
    by_largest = np.rint(matrix / plain) * plain
    assert ((rounded(matrix, 7) - matrix) ** 2).sum() < 0.9 * ((by_largest - matrix) ** 2).sum()


def test_shared_values_are_those_of_k_means(rng):
    matrix = np.sort(rng.normal(size=12).astype(np.float32)).reshape(3, 4)
    flat = matrix.ravel().astype(np.float64)
    least = min(sum(((part - part.mean()) ** 2).sum() for part in np.split(flat, cuts)) for cuts in combinations(range(1, 12), 2))
    found = clustered(matrix, 3)
    assert len(np.unique(found)) == 3
    assert least - 1e-6 <= ((found - matrix) ** 2).sum() <= 1.5 * least
    for value in np.unique(found):  # a fixed point: each value is the mean of its weights, and each weight has the nearest value
        assert value == pytest.approx(matrix[found == value].mean(), rel=1e-5)
    assert (np.abs(matrix - found) <= np.abs(matrix[..., None] - np.unique(found)).min(axis=2) + 1e-6).all()


@pytest.mark.parametrize(("count", "halved"), [(4, True), (16, True), (40, False), (256, False)])
def test_shared_values_come_back_to_the_last_bit(count, halved, rng):
    matrix = rng.normal(size=(30, 31)).astype(np.float32)
    matrix[rng.random((30, 31)) < 0.5] = 0
    found = clustered(matrix, count)
    assert ((found == 0) == (matrix == 0)).all()
    assert len(np.unique(found)) <= count
    stored, back = round_trip(found, "shared")
    assert (back == found).all()
    assert stored["w" + CODES].shape[1] == (16 if halved else 31)


def test_few_values_stay_as_they_are():
    matrix = np.array([[1.0, 2.0], [0.0, 1.0]], np.float32)
    assert (clustered(matrix, 4) == matrix).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda stored: stored.pop("w" + VALUES), "there are no packed weights"),
        (lambda stored: stored.update({"w" + CODES: torch.zeros(2, 2, dtype=torch.uint8)}), "do not fit the network"),
        (lambda stored: stored.update({"w" + CODES: torch.full((3, 2), 255, dtype=torch.uint8)}), "beyond their table"),
        (lambda stored: stored.update({"w" + CODES: torch.zeros(3, 2)}), "not codes and numbers"),
        (lambda stored: stored.update({"w" + VALUES: torch.tensor(1.0)}), "not codes and numbers"),
        (lambda stored: stored.update({"w" + VALUES: torch.tensor([1.0, 2.0, torch.nan])}), "not all finite"),
    ],
)
def test_damaged_files_are_refused(change, message):
    matrix = np.array([[1.0, 2.0, 3.0]] * 3, np.float32)
    stored = packed({"w": torch.from_numpy(matrix)}, {"w": "shared"})
    change(stored)
    with pytest.raises(InputError, match=message):
        unpacked(stored, {"w": "shared"}, {"w": torch.Size((3, 3))})


@pytest.mark.parametrize("kind", ["int8", "int4"])
def test_codes_that_no_scale_of_their_row_gives_are_refused(kind):
    stored = packed({"w": torch.tensor([[1.0, 2.0], [0.0, 0.0]])}, {"w": kind})
    shapes = {"w": torch.Size((2, 2))}
    assert (unpacked(dict(stored), {"w": kind}, shapes)["w"][1] == 0).all()
    codes = stored["w" + CODES]
    stored["w" + CODES] = torch.full_like(codes, 8 + 8 * 16 if kind == "int4" else 0)
    assert (unpacked(dict(stored), {"w": kind}, shapes)["w"] == 0).all()
    stored["w" + CODES] = torch.full_like(codes, 0 if kind == "int4" else -128)
    with pytest.raises(InputError, match="largest code is not"):
        unpacked(stored, {"w": kind}, shapes)
