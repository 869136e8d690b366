"""The table of ways to make a network smaller, in the order in which they can follow each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from nerode.compression.activations import int8_activations
from nerode.compression.magnitude import magnitude
from nerode.compression.neurons import neurons
from nerode.compression.rounding import int4, int8, shared
from nerode.errors import InputError
from nerode.teachers import shrinking
from nerode.teachers.model import TrainedModel
from nerode.teachers.neurons import check_cuts


@dataclass(frozen=True)
class Way:
    """A line of the table.

    Parameters
    ----------
    summary : what it does
    make : yields networks from a task and a network, the last the smallest
    floor : ways follow others of a lower floor only: neurons go before single weights, and rounding comes last
    part : of the time, beside those of the other ways, for the network learns
    settings : of `ShrinkSettings`, that it alone reads; the bound on the error concerns all
    check : refuses networks that it does not fit, of those that are made smaller at all
    """

    summary: str
    make: Callable[..., Iterator[Any]]
    floor: int
    part: float
    settings: tuple[str, ...] = ()
    check: Callable[[TrainedModel], None] | None = None


WAYS: dict[str, Way] = {
    "neurons": Way(
        "neurons and attention heads taken away layer by layer, within a bound on the error",
        neurons,
        0,
        1.0,
        check=check_cuts,
    ),
    "magnitude": Way("the smallest weights become 0", magnitude, 1, 1.0, ("share",)),
    "shared": Way("few different values for all weights of a matrix", shared, 2, 0.4, ("bits",)),
    "int8": Way("weights stored as whole numbers of 8 bits", int8, 2, 0.1),
    "int4": Way("weights stored as whole numbers of 4 bits", int4, 2, 0.4),
    "int8-activations": Way(
        "weights, and all that affine maps read, are whole numbers of 8 bits",
        int8_activations,
        2,
        0.2,
        check=shrinking.check_rounds_inputs,
    ),
}


def check_chain(by: Sequence[str], given: Collection[str] = ()) -> None:
    """Raise unless these ways can follow each other, and settings that are given are read by one of them.

    Raises
    ------
    InputError : an unknown way, none, an order in which one undoes the other, or a setting of a way that is not among them
    """
    if isinstance(by, str):
        raise InputError(f"a list of ways is expected, not one text; write [{by!r}]")
    if not by:
        raise InputError(f"name at least one way to make a network smaller: {', '.join(WAYS)}")
    if unknown := [name for name in by if name not in WAYS]:
        raise InputError(f"unknown way {unknown[0]!r} to make a network smaller; choose from {', '.join(WAYS)}")
    for first, second in pairwise(by):
        if WAYS[first].floor >= WAYS[second].floor:
            raise InputError(
                f"{second} cannot follow {first}: neurons go first, then weights by magnitude, and at last weights are stored as "
                "one of shared, int8, int4 and int8-activations"
            )
    for name, way in WAYS.items():
        if name not in by and (idle := [setting for setting in way.settings if setting in given]):
            raise InputError(f"{idle[0]} is a setting of {name}, which is not asked for; leave it out, or ask for {name} too")
