"""Files of weights, as torch, Lightning and safetensors write them. Nothing in a file is run.

A pickle is read by torch's `weights_only` unpickler. Classes that Lightning and numpy store beside the weights are replaced by
inert records.
"""

from __future__ import annotations

import json
import pickle
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from torch import Tensor

from nerode.errors import CONTROL, InputError, first_line
from nerode.teachers.pickles import unpickled

Tensors = dict[str, Tensor]

SUFFIXES = (".pt", ".pth", ".ckpt", ".bin", ".safetensors")
NAMES = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "weights", "params")
"""The names under which training scripts store the weights, the most usual first."""
LAYERED = re.compile(r"weight_hh|self_attn\.")
"""Names of weights that show a network of layers that nerode reads."""


class _Object:
    """A substitute for a pickled object, without state and behaviour."""

    def __init__(self, *parts: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        pass


class _Array(_Object):
    """A substitute for an array of numpy."""


_FIELDS = tuple(
    f"{package}.AttributeDict"
    for package in ("lightning.fabric.utilities.data", "lightning_fabric.utilities.data", "pytorch_lightning.utilities.parsing",
                    "lightning.pytorch.utilities.parsing", "pytorch_lightning.utilities.data")
)  # fmt: skip
_OBJECTS = ("argparse.Namespace", "pathlib.PosixPath", "pathlib.WindowsPath", "pathlib.PurePosixPath", "pathlib._local.PosixPath",
            "numpy.dtype", *(f"numpy.{core}.multiarray.scalar" for core in ("core", "_core")))  # fmt: skip
_ARRAYS = ("numpy.ndarray", *(f"numpy.{core}.multiarray._reconstruct" for core in ("core", "_core")))


def _stand_ins() -> list[Callable[..., Any] | tuple[Callable[..., Any], str]]:
    return [
        *((OrderedDict, name) for name in _FIELDS),  # torch fills no other class of dictionaries
        *((type(name.rpartition(".")[2], (_Object,), {}), name) for name in _OBJECTS),
        *((_Array, name) for name in _ARRAYS),
    ]


STAND_INS = _stand_ins()


class Weights(NamedTuple):
    """The weights in a file by name, in float32 or float64.

    Parameters
    ----------
    where : the names that lead to them in the file; none for its top
    ordered : whether they are in the order in which the network was built
    """

    tensors: Tensors
    where: tuple[str, ...]
    ordered: bool


def read_file(path: str | Path) -> tuple[list[Weights], Any]:
    """Return the weights in a file, the likeliest first, and what the file holds in all; of safetensors that is its metadata.

    A training state may hold the weights of several networks.

    Raises
    ------
    InputError : a missing or damaged file, a pickled module, a file without weights, or one that unfolds to more than it holds
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read the weights {path}: {error.strerror or error}") from error
    if content[8:9] == b"{":  # a safetensors file starts with the length of its header, and no pickle has this byte there
        try:
            tensors = tensors_from_bytes(content)
        except (SafetensorError, ValueError, RuntimeError, KeyError) as error:
            raise InputError(f"{path} is truncated, damaged or no safetensors file ({first_line(error)})") from error
        found: list[tuple[tuple[str, ...], Tensors]] = [((), {name: tensors[name] for name in sorted(tensors, key=_by_numbers)})]
        ordered, whole = False, _metadata(content)
    else:
        whole = _unpickled(path, content)
        found, ordered = _found(path, whole), True
    for _, tensors in found:
        for name, tensor in tensors.items():
            _check_plain(path, name, tensor)
    _check_size(path, [tensor for _, tensors in found for tensor in tensors.values()], len(content))
    chosen: list[Weights] = []
    for where, tensors in found:
        copies = {name: copied(tensor) for name, tensor in tensors.items()}
        if not any(_same(copies, known.tensors) for known in chosen):
            chosen.append(Weights(copies, where, ordered))
    return chosen, whole


def read_weights(path: str | Path) -> list[Weights]:
    """Return the weights in a file alone; errors are those of `read_file`."""
    return read_file(path)[0]


def _metadata(content: bytes) -> Any:
    """Return what a safetensors file says beside its tensors."""
    return json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")]).get("__metadata__")


def _unpickled(path: Path, content: bytes) -> Any:
    try:
        return unpickled(path, content, STAND_INS)
    except pickle.UnpicklingError as error:
        named = re.search(r"GLOBAL ([\w.]+)|`?([\w.]+)`? was not an allowed global", str(error))
        if not named and content.startswith(b"\x80") and b"numpy" in content:
            raise _of_arrays(path, f"np.load({path.name!r}, allow_pickle=True)") from error
        if not named:
            raise InputError(f"{path} is no file of weights, or it is damaged; nothing in it was run") from error
        name = CONTROL.sub("", named.group(1) or named.group(2))[:80]
        if name == "torch.ScriptObject" or "quant" in name:
            raise InputError(
                f"{path} was not opened, because it holds quantised weights (it names {name}), which are not read; import the "
                "weights of the network before it was quantised"
            ) from error
        raise InputError(
            f"{path} was not opened, because it holds more than weights (it names {name}), and nerode runs no code of a file; in "
            f"your own environment save the weights with `torch.save({_saved(path, content)}, 'weights.pt')` and import them"
        ) from error


def _saved(path: Path, content: bytes) -> str:
    """Return a Python expression for the weights in a pickle that is not opened: by a usual name in it, or those of a module."""

    def holds(name: str) -> bool:
        return b"X" + len(name).to_bytes(4, "little") + name.encode() in content  # a text, as torch pickles it

    name = None if holds("_modules") else next(filter(holds, NAMES), None)
    return "model.state_dict()" if name is None else f"torch.load({path.name!r}, weights_only=False)[{name!r}]"


def _of_arrays(path: Path, loaded: str) -> InputError:
    return InputError(
        f"{path} holds arrays of numpy, not tensors; in your own environment save them as tensors with `torch.save({{name: "
        f"torch.from_numpy(array) for name, array in {loaded}.items()}}, 'weights.pt')` and import them"
    )


def _found(path: Path, content: Any) -> list[tuple[tuple[str, ...], Tensors]]:
    """Return the dictionaries of weights inside what was loaded with the names that lead to them, the likeliest first.

    Behind the first one stand only those that hold layers, too.
    """
    if isinstance(content, Tensor):
        raise InputError(f"{path} holds a single tensor, not the weights of a network")
    places = list(_dictionaries(content, (), 4, set()))
    if not places and isinstance(content, dict) and any(isinstance(value, _Array) for value in content.values()):
        raise _of_arrays(path, f"torch.load({path.name!r}, weights_only=False)")
    if not places:
        raise InputError(f"{path} holds no weights; save them with `torch.save(model.state_dict(), 'weights.pt')`")
    rank = {name: place for place, name in enumerate(NAMES)}

    def unlikely(found: tuple[tuple[str, ...], Tensors]) -> tuple[bool, int, int]:
        where, tensors = found
        recurrent = any("weight_hh" in name for name in tensors)
        return not recurrent, len(where), rank.get(where[-1] if where else "", len(rank))

    first, *others = sorted(places, key=unlikely)
    return [first, *((where, tensors) for where, tensors in others if any(map(LAYERED.search, tensors)))]


def _same(tensors: Tensors, others: Tensors) -> bool:
    """Return whether two dictionaries hold the same weights."""
    return tensors.keys() == others.keys() and all(
        tensor.dtype == others[name].dtype and torch.equal(tensor, others[name]) for name, tensor in tensors.items()
    )


def _dictionaries(
    content: Any, where: tuple[str, ...], depth: int, seen: set[int]
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if not isinstance(content, dict) or depth == 0 or id(content) in seen:
        return
    seen.add(id(content))
    tensors = {name: value for name, value in content.items() if isinstance(name, str) and isinstance(value, Tensor | _Array)}
    if any(isinstance(value, Tensor) for value in tensors.values()):
        yield where, tensors
    for name, inner in content.items():
        if isinstance(name, str):
            yield from _dictionaries(inner, (*where, name), depth - 1, seen)


def _by_numbers(name: str) -> list[tuple[int, int, str]]:
    """Return the sorting key of a name in which numbers count as numbers."""
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", name)]


def _check_size(path: Path, tensors: list[Tensor], size: int) -> None:
    """Raise if the tensors claim more memory than the file has. Weights that are tied count once."""
    claimed = {(tensor.data_ptr(), tensor.shape): tensor.nbytes for tensor in tensors}
    if sum(claimed.values()) > size:
        raise InputError(f"{path} cannot be used: its weights are larger than the file")


def _check_plain(path: Path, name: str, tensor: Tensor | _Array) -> None:
    if CONTROL.search(name):
        raise InputError(f"{path} cannot be used: the name {name!r} of its weights has control characters")
    if isinstance(tensor, _Array):
        raise InputError(
            f"{path} cannot be used: {name!r} is an array of numpy among tensors; save it as a tensor, or leave it out"
        )
    if (
        tensor.layout != torch.strided
        or tensor.device.type != "cpu"
        or tensor.is_quantized
        or tensor.is_complex()
        or tensor.is_nested
    ):
        raise InputError(f"{path} cannot be used: the weights {name!r} are sparse, quantised, complex or without numbers")


def copied(tensor: Tensor) -> Tensor:
    """Return a copy of weights; half precision becomes float32."""
    if tensor.is_floating_point() and tensor.dtype not in (torch.float32, torch.float64):
        tensor = tensor.float()
    return tensor.detach().clone()
