"""Kernels: loops over the rows of a batch, which numba compiles for the present machine.

A kernel computes each row independently and sums its terms in a fixed order. Contraction fuses a product and a sum into one
operation. Without it, every operation is one of + − × ÷ √, rounded as IEEE 754 prescribes. The bits of a row then depend on
the row alone. They do not depend on the processor, the width of its vectors, the other rows, or the address in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import FunctionType

import numpy as np
from numba import float32, float64, njit

from nerode.teachers.formulas import exponential, fingerprint, functions, normal, settings, sigmoid, tanh
from nerode.words import IntArray, RealArray

Kernel = Callable[..., None]


def rnn(product: RealArray, inputs: RealArray, hidden: RealArray) -> None:
    """Write the new states. All arrays are (n, hidden); the inputs may have one row for all states."""
    for i in range(len(product)):
        gates, given, after = product[i], inputs[i if len(inputs) > 1 else 0], hidden[i]
        for j in range(len(gates)):
            after[j] = tanh(gates[j] + given[j])


def relu(product: RealArray, inputs: RealArray, hidden: RealArray) -> None:
    """Write the new states, as `rnn` does, of cells with rectified units."""
    for i in range(len(product)):
        gates, given, after = product[i], inputs[i if len(inputs) > 1 else 0], hidden[i]
        for j in range(len(gates)):
            total = gates[j] + given[j]
            after[j] = 0.0 if total < 0 else total


def gru(product: RealArray, inputs: RealArray, reset_bias: RealArray, state: RealArray, hidden: RealArray) -> None:
    """Write the new states (n, hidden). The gates (n, 3·hidden) are reset, update, candidate."""
    size = len(reset_bias)
    for i in range(len(product)):
        gates, given, before, after = product[i], inputs[i if len(inputs) > 1 else 0], state[i], hidden[i]
        reset, update, candidate = gates[:size], gates[size : 2 * size], gates[2 * size :]
        to_reset, to_update, to_candidate = given[:size], given[size : 2 * size], given[2 * size :]
        for j in range(size):
            new = tanh(to_candidate[j] + sigmoid(reset[j] + to_reset[j]) * (candidate[j] + reset_bias[j]))
            after[j] = new + sigmoid(update[j] + to_update[j]) * (before[j] - new)


def lstm(product: RealArray, inputs: RealArray, state: RealArray, hidden: RealArray, memory: RealArray) -> None:
    """Write the new h and c (n, hidden) from the old c. The gates (n, 4·hidden) are input, forget, output, candidate."""
    size = state.shape[1]
    for i in range(len(product)):
        gates, given, before = product[i], inputs[i if len(inputs) > 1 else 0], state[i]
        enter, keep, leave, candidate = gates[:size], gates[size : 2 * size], gates[2 * size : 3 * size], gates[3 * size :]
        to_enter, to_keep, to_leave = given[:size], given[size : 2 * size], given[2 * size : 3 * size]
        to_candidate, after, kept = given[3 * size :], hidden[i], memory[i]
        for j in range(size):
            new = tanh(candidate[j] + to_candidate[j]) * sigmoid(enter[j] + to_enter[j])
            kept[j] = before[j] * sigmoid(keep[j] + to_keep[j]) + new
            after[j] = tanh(kept[j]) * sigmoid(leave[j] + to_leave[j])


def affine(x: RealArray, weight: RealArray, bias: RealArray, out: RealArray, spare: RealArray) -> None:
    """Write out (n, m) = x (n, k) · weight (k, m) + bias (m,). Each sum starts with the bias and adds the terms in order.

    The loop takes two rows and four terms at a time. Each loaded weight is then used twice, and the partial sums stay in
    registers. If n is odd, the last row has no partner, and `spare` (m,) takes the second result.
    """
    rows, terms = x.shape
    fours = terms - terms % 4
    for i in range(0, rows, 2):
        second = i + 1 if i + 1 < rows else i
        a, b = x[i], x[second]
        one, other = out[i], out[second] if second > i else spare
        for j in range(len(bias)):
            one[j] = bias[j]
            other[j] = bias[j]
        for k in range(0, fours, 4):
            a0, a1, a2, a3 = a[k], a[k + 1], a[k + 2], a[k + 3]
            b0, b1, b2, b3 = b[k], b[k + 1], b[k + 2], b[k + 3]
            w0, w1, w2, w3 = weight[k], weight[k + 1], weight[k + 2], weight[k + 3]
            for j in range(len(bias)):
                first = (((one[j] + a0 * w0[j]) + a1 * w1[j]) + a2 * w2[j]) + a3 * w3[j]
                other[j] = (((other[j] + b0 * w0[j]) + b1 * w1[j]) + b2 * w2[j]) + b3 * w3[j]
                one[j] = first
        for k in range(fours, terms):
            w0 = weight[k]
            for j in range(len(bias)):
                one[j] += a[k] * w0[j]
                other[j] += b[k] * w0[j]


def norm(x: RealArray, weight: RealArray, bias: RealArray, epsilon: float, out: RealArray) -> None:
    """Write the layer norm of rows (n, m). Mean and variance are summed in float64."""
    for i in range(len(x)):
        row, after = x[i], out[i]
        mean = variance = float64(0)
        for value in row:
            mean += value
        mean /= len(row)
        for value in row:
            variance += (value - mean) * (value - mean)
        scale = 1.0 / np.sqrt(variance / len(row) + epsilon)
        for j in range(len(row)):
            after[j] = (row[j] - mean) * scale * weight[j] + bias[j]


def gelu(x: RealArray, out: RealArray) -> None:
    """Write x · Φ(x) for numbers (n,), where Φ is the standard normal distribution function."""
    for i in range(len(x)):
        out[i] = x[i] * normal(x[i])


def hyperbolic(x: RealArray, out: RealArray) -> None:
    """Write tanh(x) for numbers (n,)."""
    for i in range(len(x)):
        out[i] = tanh(x[i])


def logistic(x: RealArray, out: RealArray) -> None:
    """Write 1 / (1 + exp(−x)) for numbers (n,)."""
    for i in range(len(x)):
        out[i] = sigmoid(x[i])


def attend(
    queries: RealArray, keys: RealArray, values: RealArray, sees: IntArray, heads: int, out: RealArray, room: RealArray
) -> None:
    """Write the attention output (n, q, dim) of queries (n, q, dim), head by head. Sums run over the positions in order.

    Parameters
    ----------
    keys, values : (n, dim, positions or more) and (n, positions or more, dim)
    sees : (q,), the number of positions that each query attends to, counted from the first
    room : (positions or more,), memory for the weights of one query
    """
    n, count, dim = queries.shape
    size = dim // heads
    for i in range(n):
        for q in range(count):
            weights = room[: sees[q]]
            for first in range(0, dim, size):
                for p in range(len(weights)):
                    weights[p] = 0
                for d in range(first, first + size):
                    part, key = queries[i, q, d], keys[i, d]
                    for p in range(len(weights)):
                        weights[p] += part * key[p]
                largest = weights[0]
                for weight in weights:
                    largest = weight if weight > largest else largest
                for p in range(len(weights)):
                    weights[p] = exponential(weights[p] - largest)
                total = float64(0)
                for weight in weights:
                    total += weight
                mixed = out[i, q, first : first + size]
                for d in range(size):
                    mixed[d] = 0
                for p in range(len(weights)):
                    weight, value = weights[p], values[i, p, first : first + size]
                    for d in range(size):
                        mixed[d] += weight * value[d]
                for d in range(size):
                    mixed[d] /= total


def sinusoids(table: RealArray) -> None:
    """Write the positional encoding (length, dim) of Vaswani et al. (2017): sine and cosine in turn, wavelengths 2π to 20000π.

    Rates and angles are rounded to float32, as in torch. Sine and cosine are partial sums of their Taylor series in float64.
    """
    length, dim = table.shape
    for j in range(0, dim, 2):
        rate = float32(exponential(float64(float32(-j / dim)) * 9.210340371976184))  # ln 10,000
        for place in range(length):
            angle = float64(float32(place) * rate)
            turns = np.floor(angle * 0.6366197723675814 + 0.5)  # quarter turns
            r = (angle - turns * 1.5707963267341256) - turns * 6.077100506506192e-11
            sine, cosine = 0.0, 0.0
            for k in range(9, 0, -1):
                sine = (1.0 - sine) * r * r / (2 * k * (2 * k + 1))
                cosine = (1.0 - cosine) * r * r / (2 * k * (2 * k - 1))
            sine, cosine = r - r * sine, 1.0 - cosine
            if turns % 2:
                sine, cosine = cosine, -sine
            if turns % 4 >= 2:
                sine, cosine = -sine, -cosine
            table[place, j] = sine
            table[place, j + 1] = cosine


SIGNATURES: dict[Kernel, str] = {
    rnn: "void(R[:,::1], R[:,::1], R[:,::1])",
    relu: "void(R[:,::1], R[:,::1], R[:,::1])",
    gru: "void(R[:,::1], R[:,::1], R[::1], R[:,::1], R[:,::1])",
    lstm: "void(R[:,::1], R[:,::1], R[:,::1], R[:,::1], R[:,::1])",
    affine: "void(R[:,::1], R[:,::1], R[::1], R[:,::1], R[::1])",
    norm: "void(R[:,::1], R[::1], R[::1], f8, R[:,::1])",
    gelu: "void(R[::1], R[::1])",
    hyperbolic: "void(R[::1], R[::1])",
    logistic: "void(R[::1], R[::1])",
    attend: "void(R[:,:,::1], R[:,:,::1], R[:,:,::1], i8[::1], i8, R[:,:,::1], R[::1])",
    sinusoids: "void(R[:,::1])",
}


@cache
def compiled(kernel: Kernel, size: int, contract: bool = False) -> Kernel:
    """Return a kernel compiled for numbers of `size` bytes, 4 or 8. With `contract` a product may be fused with a sum.

    No other operation is reordered, and NaN stays NaN. numba keeps the machine code on disk, in the folder of this file or of
    the user, so that each machine compiles a kernel once. If the disk cannot be used, each process compiles it once.
    """
    function = FunctionType(kernel.__code__, {**kernel.__globals__, **functions(size, contract)})
    # numba finds cached code by the name of the function and the date of its module, so the name has to hold everything else
    function.__qualname__ = f"{kernel.__name__}_{size}_{fingerprint(size)}" + "_contracted" * contract
    signature = SIGNATURES[kernel].replace("R", f"f{size}")
    try:
        made: Kernel = njit(signature, cache=True, **settings(contract))(function)
    except Exception:  # no writable folder, a full disk, a damaged file; an error of the function itself is raised again below
        made = njit(signature, **settings(contract))(function)
    return made
