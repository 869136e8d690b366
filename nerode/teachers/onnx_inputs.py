"""What the inputs of an ONNX model are given: the words in the first, and in others what their names and shapes say."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nerode.errors import InputError
from nerode.teachers.onnx_files import safe

LARGEST = 10**6  # numbers of the initial states of a word
MOST_TOKENS = 10_000  # of one-hot vectors

WHOLE = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
INTEGERS = WHOLE | {"tensor(bool)": np.bool_}
FLOATS = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16}

WORDS = frozenset(("mask", "attention_mask", "input_mask", "token_mask", "sequence_mask"))
"""Names of masks that have 1 where there is a token. A mask of padding, with `pad` in its name, has it where there is none, and
a `mask` of truth values may be either."""


def shapes_of(session: Any) -> list[Any]:
    """Return the axes of the first input: whole numbers where they are fixed."""
    return list(session.get_inputs()[0].shape)


def reads_vectors(session: Any) -> bool:
    """Return whether the first input is one-hot vectors, and not tokens.

    Raises
    ------
    InputError : an input of another shape, or of another kind
    """
    first = session.get_inputs()[0]
    kind_of(first)
    if len(first.shape) not in (2, 3):
        raise InputError(
            f"its input {safe(first.name)} has {len(first.shape)} axes, and read are tokens (batch, time) or one-hot vectors"
        )
    return len(first.shape) == 3


def kind_of(given: Any) -> Any:
    """Return the numpy type of an input.

    Raises
    ------
    InputError : another one than numbers
    """
    kinds = INTEGERS | FLOATS
    if given.type not in kinds:
        raise InputError(f"its input {safe(given.name)} is of the kind {safe(given.type)}, and no words can be given so")
    return kinds[given.type]


def one_hot(tokens: Any, width: int, kind: Any) -> NDArray[Any]:
    """Return one-hot vectors (…, width) of tokens (…)."""
    vectors: NDArray[Any] = np.zeros((*tokens.shape, width), kind)
    np.put_along_axis(vectors, np.asarray(tokens, np.int64)[..., None], 1, axis=-1)
    return vectors


def beside(given: Any, count: int, length: int, time_first: bool) -> tuple[NDArray[Any], str]:
    """Return what an input beside the words is given, by its name and shape, and the words for it.

    Raises
    ------
    InputError : an input that says neither
    """
    name, axes = re.split(r"[/.:]", given.name.lower())[-1], len(given.shape)
    shape = (length, count) if time_first else (count, length)
    if axes == 1 and given.type in WHOLE:
        return np.full(count, length, kind_of(given)), "the length of each word"
    if axes == 2 and "mask" in name and "pad" in name:
        return np.zeros(shape, kind_of(given)), "zeros, since no token is padding"
    if axes == 2 and name in WORDS and (name != "mask" or given.type != "tensor(bool)"):
        return np.ones(shape, kind_of(given)), "ones, since each token is one of the word"
    if axes == 2 and "type" in name:
        return np.zeros(shape, kind_of(given)), "zeros, since all tokens are of one type"
    if axes == 3 and given.type in FLOATS and all(isinstance(given.shape[i], int) for i in (0, 2)):
        layers, _, units = given.shape
        if 0 < layers * units <= LARGEST:
            return np.zeros((layers, count, units), kind_of(given)), "zeros, as a state to start from"
    raise InputError(f"it has the input {safe(given.name)} beside the words, and it is not known what to give")


def told_beside(session: Any) -> tuple[str, ...]:
    """Return what each input beside the words is given, in sentences; errors are those of `beside`."""
    return tuple(f"its input {safe(given.name)} is given {beside(given, 1, 1, False)[1]}" for given in session.get_inputs()[1:])
