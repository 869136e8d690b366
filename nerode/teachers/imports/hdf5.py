"""HDF5 files, as Keras writes them, read through h5py with suspicion.

Read is what the file itself holds, and no more than the file is long. Links to other files, external and virtual storage, and
filters, which can unfold a little to a lot or load code, are refused. Keras writes none of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from math import prod
from typing import Any

import numpy as np

from nerode.errors import CONTROL, InputError, first_line
from nerode.words import FloatArray

MOST_OBJECTS = 100_000
MOST_LEVELS = 32
ATTRIBUTES = ("model_config", "layer_names", "weight_names")


@dataclass
class Stored:
    """What an HDF5 file holds: arrays by their paths, and texts of ATTRIBUTES by the path of their group and their name."""

    arrays: dict[str, FloatArray] = field(default_factory=dict)
    texts: dict[tuple[str, str], list[str]] = field(default_factory=dict)


def read_hdf5(content: bytes) -> Stored:
    """Return the arrays of numbers and the texts in an HDF5 file; what an optimiser keeps is left out.

    Raises
    ------
    InputError : no h5py, a damaged file, links or storage outside the file, filters, or arrays larger than the file
    """
    try:
        import h5py
    except ImportError as error:
        raise InputError(f'reading Keras files takes an extra: pip install "nerode[keras]" ({first_line(error)})') from error
    stored = Stored()
    try:
        with h5py.File(BytesIO(content), "r") as file:
            _Reader(h5py, len(content), stored).group(file, "", 0)
    except InputError:
        raise
    except Exception as error:  # a damaged file can raise anything
        raise InputError(f"it is truncated, damaged or no HDF5 file ({first_line(error)})") from error
    return stored


class _Reader:
    def __init__(self, h5py: Any, size: int, stored: Stored) -> None:
        self._h5py = h5py
        self._left = size  # bytes that may still be read
        self._objects = MOST_OBJECTS
        self._stored = stored

    def group(self, group: Any, path: str, depth: int) -> None:
        self._attributes(group, path)
        for name in group:
            inner = f"{path}/{name}" if path else name
            if CONTROL.search(inner):
                raise InputError("the name of something in it has control characters")
            if depth == 0 and name.startswith("optimizer"):
                continue
            if not isinstance(group.get(name, getlink=True), self._h5py.HardLink):
                raise InputError(f"{inner} in it is a link, perhaps to another file, and links are not followed")
            self._objects -= 1
            if self._objects < 0 or depth >= MOST_LEVELS:
                raise InputError("it holds more groups than a network has")
            member = group[name]
            if isinstance(member, self._h5py.Group):
                self.group(member, inner, depth + 1)
            elif isinstance(member, self._h5py.Dataset):
                self._dataset(member, inner)

    def _dataset(self, data: Any, path: str) -> None:
        if data.dtype.kind != "f" or data.shape is None:
            return
        settings = data.id.get_create_plist()
        if settings.get_external_count() or data.is_virtual:
            raise InputError(f"the numbers of {path} are stored in another file, which is not read")
        if settings.get_nfilters():
            raise InputError(f"the numbers of {path} are compressed or filtered, which Keras does not do")
        if data.nbytes > data.id.get_storage_size() or data.nbytes > self._left:
            raise InputError(f"{path} claims more numbers than the file holds ({' × '.join(map(str, data.shape))})")
        self._left -= data.nbytes
        self._stored.arrays[path] = np.asarray(data[()], np.float64 if data.dtype.itemsize > 4 else np.float32)

    def _attributes(self, group: Any, path: str) -> None:
        for name in ATTRIBUTES:
            if name not in group.attrs:
                continue
            claimed = group.attrs.get_id(name)
            if prod(claimed.shape) * claimed.dtype.itemsize > self._left:
                raise InputError(f"the attribute {name} claims more than the file holds")
            values = np.atleast_1d(np.asarray(group.attrs[name], object)).ravel()
            texts = [value.decode() if isinstance(value, bytes) else str(value) for value in values]
            self._left -= sum(map(len, texts))
            if self._left < 0:
                raise InputError(f"the attribute {name} claims more than the file holds")
            self._stored.texts[path, name] = texts
