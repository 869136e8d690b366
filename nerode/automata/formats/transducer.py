"""Mealy machines as other programs write them: arrows that read a letter and give an output."""

from __future__ import annotations

from collections.abc import Sequence

from nerode.automata.formats.document import Document, check_size, document
from nerode.automata.formats.machine import named, outputs
from nerode.errors import InputError, shown

Arrow = tuple[int, str, str, int]
"""Source, letter, output and target."""
NO_EMPTY = "the empty word has no output and is of class 0"


def mealy(
    states: int,
    initial: Sequence[int],
    arrows: Sequence[Arrow],
    known: tuple[int, int] | None = None,
    names: tuple[str, ...] = (),
) -> Document:
    """Return the document of a Mealy machine; letters are in the order of their first appearance.

    Parameters
    ----------
    known : the number of classes and the class of ε; None where the file does not say them
    names : what the classes are called, where the file says so; outputs are then these

    Raises
    ------
    InputError : not one initial state; no letters; two or no transitions of a state for a letter
    """
    if len(set(initial)) != 1:
        raise InputError(f"a Mealy machine has one initial state, this one has {len(set(initial))}")
    index = {letter: i for i, letter in enumerate(dict.fromkeys(letter for _, letter, _, _ in arrows))}
    if not index:
        raise InputError("it is a Mealy machine without transitions")
    check_size(states * len(index), "transitions")
    said = outputs([output for _, _, output, _ in arrows]) if not names else named([output for _, _, output, _ in arrows], names)
    table = [[-1] * len(index) for _ in range(states)]
    answers = [[0] * len(index) for _ in range(states)]
    for (source, letter, _, target), label in zip(arrows, said.labels, strict=True):
        place = index[letter]
        if table[source][place] >= 0 and (table[source][place], answers[source][place]) != (target, label):
            raise InputError(
                f"it is a Mealy machine with two ways for the letter {shown(letter)}; only deterministic ones are read"
            )
        table[source][place], answers[source][place] = target, label
    if any(target < 0 for row in table for target in row):
        raise InputError("it is a Mealy machine in which letters lead nowhere; add the missing transitions")
    classes, empty = known or (said.classes, 0)
    values = {
        "alphabet": list(index),
        "initial": initial[0],
        "classes": classes,
        "empty": empty,
        "outputs": answers,
        "transitions": table,
    }
    return document("mealy", values, "; ".join(filter(None, [said.told, NO_EMPTY if known is None else ""])), said.names)
