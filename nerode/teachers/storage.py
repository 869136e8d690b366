"""Weights of few different values, stored in few bits: rounded to whole multiples of a scale a row, or numbers of a table.

A network is computed with plain numbers. Its checkpoint holds the small whole numbers alone, so that its file is small: for each
matrix NAME of weights there is NAME:codes instead, and NAME:scales or NAME:values. Scales have SCALE_BITS bits, so that products
with codes are exact in float32: what is read is what was computed with, to the last bit.

- int8, int4: weight = code · scale of its row; codes are −127 to 127, or −7 to 7 and two in a byte.
- shared: weight = values[code]; there are at most 256 values, and two codes are in a byte where there are at most 16.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nerode.errors import InputError
from nerode.words import RealArray

LARGEST = {"int8": 127, "int4": 7}  # codes
SHARED = "shared"
PACKINGS = (*LARGEST, SHARED)
MOST_VALUES, HALF = 256, 16  # of a table, and of one whose codes take half a byte
SCALE_BITS = 15
CODES, SCALES, VALUES = ":codes", ":scales", ":values"


def short_scales(scales: RealArray) -> RealArray:
    """Return scales (rows,) as float32, of SCALE_BITS bits each."""
    part, exponent = np.frexp(np.asarray(scales, np.float64))
    short: RealArray = np.ldexp(np.round(part * 2.0**SCALE_BITS), exponent - SCALE_BITS).astype(np.float32)
    return short


def described(spec: Any, packing: Mapping[str, str]) -> str:
    """Return an architecture in words, with how its weights are stored."""
    kinds = sorted(set(packing.values()))
    return f"{spec}, weights stored as {' and '.join(kinds)}" if kinds else str(spec)


def packed(state: Mapping[str, Tensor], packing: Mapping[str, str]) -> dict[str, Tensor]:
    """Return the tensors of a file from the weights of a network, whose values are what their packing can hold.

    Parameters
    ----------
    packing : a name from PACKINGS for each matrix that is not stored as it is
    """
    stored: dict[str, Tensor] = {}
    for name, weights in state.items():
        kind = packing.get(name)
        if kind is None:
            stored[name] = weights.contiguous()
        elif kind == SHARED:
            values, codes = np.unique(_matrix(weights), return_inverse=True)
            codes = codes.reshape(weights.shape).astype(np.uint8)
            stored[name + CODES] = torch.from_numpy(_paired(codes) if len(values) <= HALF else codes)
            stored[name + VALUES] = torch.from_numpy(values)
        else:
            matrix = _matrix(weights)
            scales = np.abs(matrix).max(axis=1) / np.float32(LARGEST[kind])
            whole = np.rint(matrix / np.where(scales > 0, scales, 1)[:, None]).astype(np.int8)
            stored[name + CODES] = torch.from_numpy(whole if kind == "int8" else _paired((whole + 8).astype(np.uint8)))
            stored[name + SCALES] = torch.from_numpy(scales)
    return stored


def unpacked(stored: Mapping[str, Tensor], packing: Mapping[str, str], shapes: Mapping[str, torch.Size]) -> dict[str, Tensor]:
    """Return the weights of a network from the tensors of a file.

    Parameters
    ----------
    shapes : of the weights of the network

    Raises
    ------
    InputError : packed weights that are missing or that do not fit
    """
    state = dict(stored)
    for name, kind in packing.items():
        parts = [state.pop(name + part, None) for part in (CODES, VALUES if kind == SHARED else SCALES)]
        first, second = parts
        if name not in shapes or len(shapes[name]) != 2 or first is None or second is None:
            raise InputError(f"there are no packed weights {name!r}")
        if first.dtype not in (torch.int8, torch.uint8) or second.dtype != torch.float32 or second.dim() != 1:
            raise InputError(f"the packed weights {name!r} are not codes and numbers")
        codes, table = first.numpy(), second.numpy()
        rows, columns = shapes[name]
        halved = kind == "int4" or (kind == SHARED and len(table) <= HALF)
        wanted = np.int8 if kind == "int8" else np.uint8
        fits = codes.shape == (rows, -(-columns // 2) if halved else columns) and codes.dtype == wanted
        if not fits or (kind != SHARED and len(table) != rows):
            raise InputError(f"the packed weights {name!r} do not fit the network")
        if not np.isfinite(table).all():
            raise InputError(f"the packed weights {name!r} are not all finite numbers; this network cannot answer anything")
        whole = _unpaired(codes, columns) if halved else codes
        if kind == SHARED:
            if int(whole.max(initial=0)) >= len(table):
                raise InputError(f"the packed weights {name!r} have codes beyond their table")
            state[name] = torch.from_numpy(table[whole])
        else:
            signed = whole.astype(np.float32) - (8 if kind == "int4" else 0)
            largest = np.abs(signed).max(axis=1)
            if not np.isin(largest, (0, LARGEST[kind])).all():  # scales are such that they can be found again
                raise InputError(f"the packed weights {name!r} have a row whose largest code is not {LARGEST[kind]}")
            with np.errstate(over="ignore"):  # what is not finite is refused as such weights are
                state[name] = torch.from_numpy(signed * table[:, None])
    return state


def _matrix(weights: Tensor) -> RealArray:
    matrix: RealArray = weights.detach().cpu().numpy()
    return matrix


def _paired(codes: Any) -> Any:
    """Return codes (rows, columns) below 16, two in a byte."""
    even = np.pad(codes, ((0, 0), (0, codes.shape[1] % 2)))
    return even[:, ::2] | (even[:, 1::2] << 4)


def _unpaired(pairs: Any, columns: int) -> Any:
    """Return codes (rows, columns) that are two in a byte."""
    return np.stack([pairs & 15, pairs >> 4], axis=2).reshape(len(pairs), -1)[:, :columns]
