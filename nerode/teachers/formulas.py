"""Elementary functions (exp, tanh, sigmoid, normal distribution) for compiled kernels, computed by rational functions.

They replace the functions of libraries, whose last bits vary. A library may round differently in vector code and in the scalar
code for the remaining numbers, and processors have different vector code.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any
from zlib import crc32

import numpy as np
from numba import float32, float64, int32, int64, njit

ONLY_COMPILED = "a function of kernels, which exists in machine code only"


def exponential(x: Any) -> Any:
    """Return exp(x) for x ≤ 0, with an error of at most 1.2 units in the last place. x is clipped at −87, in float64 at −700."""
    raise NotImplementedError(ONLY_COMPILED)


def half_tanh(x: Any) -> Any:
    """Return tanh(2x) / 2, with an absolute error of at most 1e-7 in float32 and 2e-16 in float64.

    In float32 it is t / (1 + t²) with t ≈ tanh(x), which damps the error of t. The approximation t is x times a rational
    function of x². It minimises the largest relative error over |x| ≤ 4.5 (2.3e-8 before rounding) and was found by Lawson's
    weighted least squares (Contributions to the theory of linear least maximum approximation, thesis, 1961). For |x| ≥ 4.54
    the result is exactly ±1/2, so that gates can close and open completely.
    """
    raise NotImplementedError(ONLY_COMPILED)


def tanh(x: Any) -> Any:
    """Return tanh(x), with an absolute error of at most 2e-7 in float32 and 3e-16 in float64. In float32 it is 1 for x ≥ 9.08."""
    raise NotImplementedError(ONLY_COMPILED)


def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + exp(−x)), with an absolute error of at most 1.5e-7 in float32 (0 below −18.16) and 3e-16 in float64."""
    raise NotImplementedError(ONLY_COMPILED)


def normal(x: Any) -> Any:
    """Return the standard normal distribution function Φ(x), with an absolute error of at most 1.5e-7, in float64 4e-16.

    The tail 1 − Φ(|x|) is exp(−x²/2) times a polynomial in 1 / (1 + 0.3·|x|), found by Lawson's weighted least squares.
    """
    raise NotImplementedError(ONLY_COMPILED)


def _exponential_single(x: Any) -> Any:
    x = float32(-87) if x < float32(-87) else x
    shifted = np.float32(x * float32(1.442695) + float32(12582912))  # 1.5 · 2²³: the last bits of the sum are x / ln 2, rounded
    power = shifted - float32(12582912)
    r = (x - power * float32(0.69314575)) - power * float32(1.4286068e-06)
    sum = ((float32(1 / 5040) * r + float32(1 / 720)) * r + float32(1 / 120)) * r + float32(1 / 24)
    sum = (((sum * r + float32(1 / 6)) * r + float32(1 / 2)) * r + float32(1)) * r + float32(1)
    return sum * np.int32((shifted.view(np.int32) + int32(127)) << int32(23)).view(np.float32)


def _half_tanh_single(x: Any) -> Any:
    x = float32(4.54) if x > float32(4.54) else x
    x = float32(-4.54) if x < float32(-4.54) else x
    square = x * x
    numerator = float32(5.4976445e-06) * square + float32(0.0025577878)
    numerator = numerator * square + float32(0.12596403)
    numerator = numerator * square + float32(1)
    denominator = float32(0.00017509176) * square + float32(0.022323944)
    denominator = denominator * square + float32(0.45929712)
    denominator = denominator * square + float32(1)
    numerator = x * numerator
    return numerator * denominator / (denominator * denominator + numerator * numerator)


def _tanh_single(x: Any) -> Any:
    return float32(2) * half_tanh(float32(0.5) * x)


def _sigmoid_single(x: Any) -> Any:
    return float32(0.5) + half_tanh(float32(0.25) * x)


def _normal_single(x: Any) -> Any:
    size = abs(x)
    t = float32(1) / (float32(1) + float32(0.3) * size)
    sum = (float32(0.035597887) * t - float32(0.23633313)) * t + float32(0.50609064)
    sum = ((sum * t - float32(0.29245025)) * t + float32(0.28826845)) * t + float32(0.07433512)
    beyond = exponential(float32(-0.5) * size * size) * (sum * t + float32(0.12449126)) * t
    return float32(1) - beyond if x > float32(0) else beyond


def _exponential_double(x: Any) -> Any:
    x = float64(-700) if x < float64(-700) else x
    shifted = np.float64(x * 1.4426950408889634 + 6755399441055744.0)  # 1.5 · 2⁵²
    power = shifted - 6755399441055744.0
    r = (x - power * 0.6931471803691238) - power * 1.9082149292705877e-10
    sum = ((1 / 6227020800 * r + 1 / 479001600) * r + 1 / 39916800) * r + 1 / 3628800
    sum = (((sum * r + 1 / 362880) * r + 1 / 40320) * r + 1 / 5040) * r + 1 / 720
    sum = ((((sum * r + 1 / 120) * r + 1 / 24) * r + 1 / 6) * r + 1 / 2) * r
    return ((sum + 1.0) * r + 1.0) * np.int64((shifted.view(np.int64) + int64(1023)) << int64(52)).view(np.float64)


def _half_tanh_double(x: Any) -> Any:
    small = exponential(-4.0 * abs(x))
    half = 0.5 * (1.0 - small) / (1.0 + small)
    return half if x > 0.0 else -half


def _tanh_double(x: Any) -> Any:
    return 2.0 * half_tanh(0.5 * x)


def _sigmoid_double(x: Any) -> Any:
    return 0.5 + half_tanh(0.25 * x)


def _normal_double(x: Any) -> Any:
    size = abs(x)
    t = 1.0 / (1.0 + 0.3 * size)
    sum = (-0.0029113609246912683 * t + 0.032042320919553115) * t - 0.1585930535016646
    sum = ((sum * t + 0.46024622503375657) * t - 0.8518799196575722) * t + 1.0164887856160645
    sum = ((sum * t - 0.740775340744047) * t + 0.27344961567660194) * t + 0.007412378604841378
    sum = ((sum * t - 0.10726834828850164) * t + 0.10221852803562146) * t + 0.026876241348354605
    sum = ((sum * t + 0.09573709176145807) * t + 0.10744611559130313) * t + 0.11983524626613384
    beyond = exponential(-0.5 * size * size) * (sum * t + 0.11967547426278807) * t
    return 1.0 - beyond if x > 0.0 else beyond


FORMULAS: dict[int, dict[str, Callable[[Any], Any]]] = {
    4: {
        "exponential": _exponential_single,
        "half_tanh": _half_tanh_single,
        "tanh": _tanh_single,
        "sigmoid": _sigmoid_single,
        "normal": _normal_single,
    },
    8: {
        "exponential": _exponential_double,
        "half_tanh": _half_tanh_double,
        "tanh": _tanh_double,
        "sigmoid": _sigmoid_double,
        "normal": _normal_double,
    },
}
"""The formulas of the functions above, by the size of a number in bytes. A formula may call those before it."""


@cache
def functions(size: int, contract: bool = False) -> dict[str, Any]:
    """Return the compiled functions for numbers of `size` bytes, by name."""
    made: dict[str, Any] = {}
    for name, formula in FORMULAS[size].items():
        made[name] = njit(**settings(contract))(FunctionType(formula.__code__, {**globals(), **made}))
    return made


@cache
def fingerprint(size: int) -> str:
    """Return a checksum of the formulas for numbers of `size` bytes."""
    codes = [formula.__code__ for formula in FORMULAS[size].values()]
    return f"{crc32(repr([(code.co_code, code.co_consts) for code in codes]).encode()):08x}"


def settings(contract: bool) -> dict[str, Any]:
    return {"fastmath": {"contract"} if contract else False, "error_model": "numpy"}
