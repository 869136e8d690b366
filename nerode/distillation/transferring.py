"""What can be transferred from a teacher to a student, and what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from nerode.distillation.transfers import TRANSFERS
from nerode.domains import domain_of
from nerode.errors import InputError
from nerode.extraction.methods import listed
from nerode.protocols import Teacher
from nerode.teachers.ensemble import Ensemble
from nerode.teachers.feedforward import FeedForward
from nerode.teachers.knowledge.reading import layers_of
from nerode.teachers.knowledge.transfer import Transfer


def transfer_named(name: str) -> Transfer:
    """Return the `Transfer` of this name."""
    return listed(TRANSFERS[name])  # type: ignore[no-any-return]


def check_transfer(
    transfer: Mapping[str, float], teacher: Teacher, layers: int, by_place: bool, layered: Teacher | None = None
) -> None:
    """Refuse what cannot be transferred.

    Parameters
    ----------
    transfer : the weight of each loss, by name
    layers : of the student
    by_place : whether the student has states after each letter
    layered : whose layers are read, where that is another teacher

    Raises
    ------
    InputError : unknown names, weights that are no numbers above 0; a teacher that is no network whose layers are read, or that
        reads other words than the one that answers; a student or a teacher that does not have what is compared
    """
    for name, weight in transfer.items():
        if name not in TRANSFERS:
            raise InputError(f"{name!r} cannot be transferred; choose among {', '.join(TRANSFERS)}")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < inf:
            raise InputError(f"the weight of {name} must be a number above 0, not {weight!r}")
    if not transfer:
        return
    model = getattr(layered or teacher, "model", None)
    if model is None and isinstance(teacher, Ensemble) and layered is None:
        raise InputError(
            "several teachers have no layers in common; name the network whose layers are read by layers_of (--layers-of), or "
            "leave the transfer out"
        )
    if model is None:
        raise InputError(
            "what a network knows beside its answers is read from the layers of a network, and this teacher has none that are "
            "read (it is an automaton, a program, a function, or in exact mode); leave the transfer out"
        )
    theirs, places = layers_of(model.network), by_place and not isinstance(model.network, FeedForward)
    if model.encoding.padding is not None:
        raise InputError("states are not read from networks whose words are padded; leave the transfer out")
    if layered is not None:
        _check_layers_of(model, teacher, transfer)
    for name in transfer:
        wanted = transfer_named(name)
        if model.link.task not in wanted.tasks:
            raise InputError(
                f"the transfer {name} is for the tasks {', '.join(wanted.tasks)}, and that of this network is {model.link.task}; "
                "leave it out"
            )
        if wanted.by_place and not places:
            raise InputError(
                f"the transfer {name} compares states after each letter, which a feed-forward network does not have; leave it "
                "out, or take features, boundaries, similarity, distances, angles or explanations"
            )
        if wanted.layers > theirs:
            raise InputError(
                f"the transfer {name} needs {wanted.layers} layers or more in both networks, and the teacher has {theirs}; "
                "leave it out"
            )
        if wanted.layers > layers:
            raise InputError(
                f"the transfer {name} needs networks of {wanted.layers} layers or more, and the student has "
                f"{layers}; give the student more by layers (--layers), or leave it out"
            )
    if "explanations" in transfer and len(model.alphabet) < 2:
        raise InputError("what a letter does is measured beside other letters, and this alphabet has one; leave explanations out")


def _check_layers_of(model: Any, teacher: Teacher, transfer: Mapping[str, float]) -> None:
    """Refuse layers of a network that does not read the teacher's words, or answers otherwise where answers are explained."""
    if model.alphabet != teacher.alphabet:
        raise InputError(
            f"the network whose layers are read has the symbols {model.alphabet.symbols}, and the teacher "
            f"{teacher.alphabet.symbols}; give one over the same alphabet"
        )
    domain = domain_of(teacher)
    if isinstance(model.network, FeedForward) and (domain is None or domain.length != model.network.spec.length):
        raise InputError(
            f"the network whose layers are read takes words of {model.network.spec.length} letters alone, and those of the "
            "teacher have other lengths; give another one"
        )
    if "explanations" in transfer and (model.link, model.width) != (teacher.link, teacher.width):
        raise InputError("explanations are those of answers, and the network whose layers are read has answers of another kind")
