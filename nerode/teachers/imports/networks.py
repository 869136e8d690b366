"""The networks in a file of weights: one, or several side by side, such as a network and the average of its weights.

Each has names of its own that lead to it: those of dictionaries in one another, or what the names of its weights begin with.
"""

from __future__ import annotations

from typing import NamedTuple

from nerode.errors import InputError
from nerode.teachers.imports.beside import Tensors
from nerode.teachers.imports.files import Weights
from nerode.teachers.imports.parts import Parts
from nerode.teachers.imports.recognition import parts_of
from nerode.teachers.imports.transformers import Transformer, is_transformer, transformer_of


class Network(NamedTuple):
    """A network in a file.

    Parameters
    ----------
    name : the names that lead to it, between dots; "" for the top of the file
    found : its parts, or why it is not read
    beside : whether it is one of several in what may be the weights of one program, told apart by their names alone
    """

    name: str
    found: Parts | Transformer | InputError
    beside: bool = False

    @property
    def place(self) -> str:
        """The name, in words."""
        return self.name or "the top of the file"


def networks_in(weights: list[Weights]) -> list[Network]:
    """Return the networks in dictionaries of weights, in their order; at least one."""
    return [network for some in weights for network in _of(some)]


def named(networks: list[Network], name: str) -> Network:
    """Return the network of this name.

    Raises
    ------
    InputError : there is none
    """
    for network in networks:
        if network.name == name:
            return network
    known = [network.name for network in networks if network.name]
    there = f"the file has {' and '.join(known)}" if known else "the file has one network, and no name for it; leave it out"
    raise InputError(f"--network is {name}, and {there}")


def _of(weights: Weights) -> list[Network]:
    """Return the networks in one dictionary: one, or two or more that are each whole under a beginning of their own."""
    found = _recognised(weights.tensors, weights.ordered)
    if isinstance(found, InputError):
        begun, groups = _groups(weights.tensors)
        inner = [
            Network(".".join((*weights.where, *begun, name)), _recognised(group, weights.ordered), True)
            for name, group in groups.items()
        ]
        whole = [network for network in inner if not isinstance(network.found, InputError)]
        if len(whole) > 1:
            return whole
    return [Network(".".join(weights.where), found)]


def _recognised(tensors: Tensors, ordered: bool) -> Parts | Transformer | InputError:
    try:
        return transformer_of(tensors) if is_transformer(tensors) else parts_of(tensors, ordered)
    except InputError as error:
        return error


def _groups(tensors: Tensors) -> tuple[list[str], dict[str, Tensors]]:
    """Return what all names of weights begin with, and the tensors that begin so by the part of their names behind it.

    Whole numbers and single numbers, such as counters, need not begin so.
    """
    rest = [name.split(".") for name, tensor in tensors.items() if tensor.is_floating_point() and tensor.dim()]
    begun: list[str] = []
    while len({parts[0] for parts in rest}) == 1 and all(len(parts) > 1 for parts in rest):
        begun.append(rest[0][0])
        rest = [parts[1:] for parts in rest]
    groups: dict[str, Tensors] = {}
    for name, tensor in tensors.items():
        parts = name.split(".")
        if parts[: len(begun)] == begun and len(parts) > len(begun):
            groups.setdefault(parts[len(begun)], {})[".".join(parts[len(begun) + 1 :])] = tensor
    return begun, groups
