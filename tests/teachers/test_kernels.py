"""Kernels against the same sums in plain Python, number by number, to the last bit; and against formulas in float64."""

import numba
import numpy as np
import pytest
from numba.core import caching
from scipy.special import ndtr
from tolerances import allowed, unit

from nerode.teachers import kernels, rowwise
from nerode.teachers.formulas import FORMULAS, fingerprint, functions
from nerode.teachers.kernels import SIGNATURES, compiled

PRECISIONS = [np.float32, np.float64]
SHIFTS = [4, 8, 16, 36]  # bytes
TRUTHS = {
    "exponential": np.exp,
    "half_tanh": lambda x: np.tanh(2 * x) / 2,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "normal": ndtr,
}
WITHIN = {  # absolute errors that the formulas promise
    "exponential": (1.5e-7, 3e-16),
    "half_tanh": (1e-7, 2e-16),
    "tanh": (2e-7, 3e-16),
    "sigmoid": (1.5e-7, 3e-16),
    "normal": (1.5e-7, 4e-16),
}


def shifted(array, shift):
    """A copy that lies so many bytes behind a multiple of 64."""
    room = np.empty(array.nbytes + 64 + shift, np.uint8)
    begin = -room.ctypes.data % 64 + shift
    copy = room[begin : begin + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def arguments(kernel, precision, rows, seed=3):
    """What a kernel reads, and what it writes to."""
    rng = np.random.default_rng(seed)

    def drawn(*shape):
        return rng.normal(size=shape).astype(precision)

    size = 7
    match kernel.__name__:
        case "rnn" | "relu":
            return [drawn(rows, size), drawn(rows, size)], [drawn(rows, size)]
        case "gru":
            return [drawn(rows, 3 * size), drawn(rows, 3 * size), drawn(size), drawn(rows, size)], [drawn(rows, size)]
        case "lstm":
            return [drawn(rows, 4 * size), drawn(1, 4 * size), drawn(rows, size)], [drawn(rows, size), drawn(rows, size)]
        case "affine":
            return [drawn(rows, 11), drawn(11, 21), drawn(21)], [drawn(rows, 21), drawn(21)]
        case "norm":
            return [drawn(rows, 19), drawn(19), drawn(19), 1e-5], [drawn(rows, 19)]
        case "gelu" | "hyperbolic" | "logistic":
            return [drawn(19 * rows)], [drawn(19 * rows)]
        case "attend":
            sees = np.array([1, 5, 17])
            return [drawn(rows, 3, 10), drawn(rows, 10, 18), drawn(rows, 18, 10), sees, 2], [drawn(rows, 3, 10), drawn(18)]
        case "sinusoids":
            return [], [drawn(40, 6)]


def written(kernel, read, write):
    """What a kernel writes for rows, in memory of its own."""
    out = [part.copy() for part in write]
    kernel(*read, *out)
    return out if len(out) == 2 and out[1].ndim == 2 else out[:1]  # room for other things is no result


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("kernel", SIGNATURES)
@pytest.mark.sampled(8)
def test_a_kernel_adds_up_as_it_is_written_down(kernel, precision):
    """In plain Python each operation is rounded by itself, in order: nothing is fused, nothing is reordered."""
    read, write = arguments(kernel, precision, 3)
    fast = compiled(kernel, precision(0).itemsize)
    for found, expected in zip(written(fast, read, write), written(fast.py_func, read, write), strict=True):
        np.testing.assert_array_equal(found, expected)
        assert np.isfinite(found).all()


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", TRUTHS)
@pytest.mark.sampled(4)
def test_a_function_is_the_one_it_is_named_after(name, precision):
    size = precision(0).itemsize
    function = functions(size)[name]
    values = np.concatenate([np.linspace(-25, 25, 20_001), np.geomspace(1e-30, 1, 500), -np.geomspace(1e-30, 1, 500)])
    values = (np.minimum(values, 0) if name == "exponential" else values).astype(precision)
    found = np.array([function(value) for value in values], precision)
    np.testing.assert_allclose(found, TRUTHS[name](values.astype(np.float64)), rtol=0, atol=WITHIN[name][size == 8])
    some = values[::200]
    np.testing.assert_array_equal(np.array([function.py_func(value) for value in some], precision), found[::200])
    with np.errstate(all="ignore"):
        assert np.isnan(function(precision(np.nan)))
        assert function(precision(-np.inf)) == pytest.approx(TRUTHS[name](-np.inf), rel=0, abs=1e-37)
        if name != "exponential":
            assert function(precision(np.inf)) == TRUTHS[name](np.inf)
    assert set(TRUTHS) == set(FORMULAS[size])


def test_gates_can_be_quite_closed_and_quite_open_in_float32():
    tanh, sigmoid = (functions(4)[name] for name in ("tanh", "sigmoid"))
    for far in np.array([9.1, 20, 1e38, np.inf], np.float32):
        assert (tanh(far), tanh(-far), sigmoid(2 * far), sigmoid(-2 * far)) == (1, -1, 1, 0)
    small = np.geomspace(1e-30, 1e-3, 300).astype(np.float32)
    np.testing.assert_allclose([tanh(x) for x in small], np.tanh(small.astype(np.float64)), rtol=4e-7)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("kernel", [kernel for kernel in SIGNATURES if kernel is not kernels.sinusoids])
def test_a_row_does_not_depend_on_its_batch_or_its_place(kernel, precision):
    """All rows, the same rows one at a time, and all rows at other addresses."""
    rows = 37
    read, write = arguments(kernel, precision, rows)
    fast = compiled(kernel, precision(0).itemsize)
    expected = written(fast, read, write)
    each = len(read[0]) // rows

    def only(part, row):
        return part[row * each : (row + 1) * each] if isinstance(part, np.ndarray) and len(part) == rows * each else part

    for row in (0, 1, 17, 36):
        alone = written(fast, [only(part, row) for part in read], [only(part, row) for part in write])
        for found, together in zip(alone, expected, strict=True):
            np.testing.assert_array_equal(found, only(together, row))
    for shift in SHIFTS:
        if shift % precision(0).itemsize == 0:
            moved = [shifted(part, shift) if isinstance(part, np.ndarray) and part.dtype == precision else part for part in read]
            out = [shifted(part, shift) for part in write]
            fast(*moved, *out)
            for found, together in zip(out, expected, strict=False):
                np.testing.assert_array_equal(found, together)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 5), (7, 8, 1), (4, 130, 67)])
def test_an_affine_layer(rng, shape, precision):
    n, k, m = shape
    x, weight, bias = (rng.normal(size=size).astype(precision) for size in ((n, k), (k, m), (m,)))
    exact = x.astype(np.longdouble) @ weight.astype(np.longdouble) + bias
    sums = np.abs(x).astype(np.float64) @ np.abs(weight) + np.abs(bias)
    found = rowwise.affine(x, weight, bias)
    assert found.dtype == precision
    assert (np.abs(found - exact) <= (k + 1) * unit(precision) * sums).all()
    np.testing.assert_array_equal(rowwise.affine(x[None, :, ::-1], weight[::-1].copy(), bias).shape, (1, n, m))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_attention_is_softmax_of_products(rng, precision):
    n, q, heads, size, positions = 3, 4, 2, 5, 9
    queries, values = rng.normal(size=(n, q, heads * size)), rng.normal(size=(n, positions, heads * size))
    keys, sees = rng.normal(size=(n, heads * size, positions)), np.array([1, 9, 4, 2])
    found = rowwise.attention(*(part.astype(precision) for part in (queries, keys, values)), sees, heads)
    for i, j, head in np.ndindex(n, q, heads):
        part, seen = slice(head * size, (head + 1) * size), slice(sees[j])
        weights = np.exp(queries[i, j, part] @ keys[i, part, seen] / np.sqrt(size))
        expected = weights @ values[i, seen, part] / weights.sum()
        within = 4 * allowed(precision, positions + size) * np.abs(values).max()
        np.testing.assert_allclose(found[i, j, part], expected, rtol=0, atol=within)


def check_compiled_anew():
    """A kernel that this process has not compiled answers; warnings would be errors."""
    hidden = np.empty((2, 1), np.float32)
    compiled.__wrapped__(kernels.rnn, 4)(np.ones((2, 1), np.float32), np.ones((1, 1), np.float32), hidden)
    np.testing.assert_allclose(hidden, np.tanh(2.0), rtol=1e-6)


def test_machine_code_is_made_anew_where_none_can_be_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    check_compiled_anew()
    assert not any(file.is_file() for file in tmp_path.rglob("*"))


def test_machine_code_is_made_anew_where_what_was_kept_is_damaged(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    check_compiled_anew()
    kept = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {file.suffix for file in kept} == {".nbi", ".nbc"}
    for file in kept:
        file.write_bytes(b"")
        check_compiled_anew()


def test_machine_code_that_is_made_another_way_is_kept_apart(monkeypatch):
    """Numba names its files after functions, and looks at no setting, at no type and at no other function."""
    ways = [(4, False), (8, False), (4, True)]
    names = {compiled(kernels.rnn, *way).py_func.__qualname__ for way in ways}
    assert len(names) == 3
    before = fingerprint(4)
    monkeypatch.setitem(FORMULAS[4], "tanh", FORMULAS[8]["tanh"])
    assert fingerprint.__wrapped__(4) != before
