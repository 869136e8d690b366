"""Finite automata as other programs write them: perhaps nondeterministic, incomplete, or with ε-transitions.

`deterministic` makes a complete DFA of one, by the subset construction (Rabin and Scott, 1959) where that is needed. States
keep their order, also those that no word reaches; the subset construction keeps only the states that some word reaches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nerode.answers import ACCEPTING
from nerode.automata.formats.document import Document, check_size, document
from nerode.automata.formats.saveable import Saveable
from nerode.errors import InputError, shown

EPSILON = -1  # the letter of transitions that read nothing
MOST_SUBSETS = 10_000
MOST_STEPS = 20_000_000  # of the subset construction

Edge = tuple[int, int, int]
"""Source, letter or EPSILON, and target."""


@dataclass(frozen=True)
class Machine:
    """A finite automaton of n states.

    Parameters
    ----------
    alphabet : Σ symbols
    initial : the states where words begin
    labels : n classes; class 1 is accepting where there are two
    """

    alphabet: tuple[str, ...]
    initial: tuple[int, ...]
    labels: tuple[int, ...]
    edges: tuple[Edge, ...]
    classes: int = 2


def indexed(edges: Iterable[tuple[int, str | None, int]]) -> tuple[tuple[str, ...], tuple[Edge, ...]]:
    """Return the alphabet in the order of its first appearance, and the edges with its indices; None reads nothing."""
    index: dict[str, int] = {}
    found = [(i, EPSILON if a is None else index.setdefault(a, len(index)), j) for i, a, j in edges]
    return tuple(index), tuple(found)


@dataclass(frozen=True)
class Outputs:
    """The outputs of a Moore or Mealy machine.

    Parameters
    ----------
    labels, classes : the class of each, and how many classes there are
    told : what was assumed
    names : what the classes are called; none where outputs are their numbers
    """

    labels: tuple[int, ...]
    classes: int
    told: str = ""
    names: tuple[str, ...] = ()


def outputs(texts: Sequence[str]) -> Outputs:
    """Return the classes of the outputs of a Moore or Mealy machine.

    Outputs that are whole numbers below 10,000 are the classes themselves. True and False are 1 and 0. Others are numbered in
    the order of their first appearance; of two, such as accept and reject, class 1 is the one that accepts.
    """
    if set(texts) <= {"True", "False", "true", "false"}:
        return Outputs(tuple(int(text.lower() == "true") for text in texts), 2)
    if all(text.isdecimal() and text.isascii() and len(text) < 5 and text == str(int(text)) for text in texts):
        labels = tuple(map(int, texts))
        return Outputs(labels, max(2, max(labels) + 1))
    found = list(dict.fromkeys(texts))
    accepting = [text for text in found if text.lower() in ACCEPTING]
    if len(found) <= 2 and len(accepting) == 1:
        index = {text: int(text in accepting) for text in sorted(found, key=accepting.__contains__)}
    else:
        index = {text: number for number, text in enumerate(found)}
    names = ", ".join(f"{number} is {text!r}" for text, number in list(index.items())[:8])
    kept = tuple(index) if len(index) > 1 else ()
    return Outputs(tuple(index[text] for text in texts), max(2, len(index)), f"of the classes, {names}", kept)


def named(texts: Sequence[str], names: tuple[str, ...]) -> Outputs:
    """Return the classes of outputs that are names of classes.

    Raises
    ------
    InputError : another output
    """
    number = {name: i for i, name in enumerate(names)}
    if unknown := [text for text in texts if text not in number]:
        raise InputError(
            f"the output {shown(unknown[0])} is none of the names of its classes, {', '.join(map(shown, names[:6]))}"
        )
    return Outputs(tuple(number[text] for text in texts), len(names), names=names)


def deterministic(machine: Machine, told: str = "", names: tuple[str, ...] = ()) -> Document:
    """Return the document of a complete DFA with the language of the machine.

    Raises
    ------
    InputError : no state, no letter or no initial state; too large; or a Moore machine that is not complete and deterministic
    """
    notes = [told] if told else []
    if not machine.labels or not machine.initial:
        raise InputError("it has no initial state" if machine.labels else "it has no state")
    check_size(len(machine.labels) * len(machine.alphabet), "transitions")
    table = _table(machine)
    if table is None:
        if machine.classes > 2:
            starts = len(set(machine.initial))
            what = f"{starts} initial states" if starts > 1 else "two ways for one letter"
            raise InputError(f"it is a Moore machine with {what}; only deterministic ones are read")
        before = len(machine.labels)
        machine = _subsets(machine)
        table = _table(machine)
        assert table is not None
        notes.append(f"it was not deterministic: {before:,} states became {len(machine.labels):,}")
    labels = list(machine.labels)
    if any(target < 0 for row in table for target in row):
        if machine.classes > 2:
            raise InputError("it is a Moore machine in which letters lead nowhere; add the missing transitions")
        notes.append("letters that led nowhere lead to a new state that rejects all words")
        sink = len(table)
        table = [[sink if target < 0 else target for target in row] for row in table] + [[sink] * len(machine.alphabet)]
        labels.append(0)
    return document(
        "dfa",
        {
            "alphabet": list(machine.alphabet),
            "initial": machine.initial[0],
            "classes": machine.classes,
            "labels": labels,
            "transitions": table,
        },
        "; ".join(notes),
        names,
    )


def _table(machine: Machine) -> list[list[int]] | None:
    """Return the next states, −1 where there is none, or None if the machine is not deterministic."""
    table = [[-1] * len(machine.alphabet) for _ in machine.labels]
    if len(set(machine.initial)) != 1:
        return None
    for source, letter, target in machine.edges:
        if letter == EPSILON or table[source][letter] not in (-1, target):
            return None
        table[source][letter] = target
    return table


def _subsets(machine: Machine) -> Machine:
    """Return the subset automaton.

    Raises
    ------
    InputError : more than MOST_SUBSETS states or MOST_STEPS steps
    """
    steps: dict[int, dict[int, list[int]]] = {}
    for source, letter, target in machine.edges:
        steps.setdefault(source, {}).setdefault(letter, []).append(target)
    work = 0

    def check(subsets: int) -> None:
        if subsets > MOST_SUBSETS or work > MOST_STEPS:
            raise InputError(f"it is not deterministic, and a deterministic one needs too many states; at most {MOST_SUBSETS:,}")

    def closed(states: Iterable[int]) -> tuple[int, ...]:
        nonlocal work
        seen = set(states)
        waiting = list(seen)
        while waiting:
            reached = steps.get(waiting.pop(), {}).get(EPSILON, ())
            work += 1 + len(reached)
            new = set(reached) - seen
            seen |= new
            waiting += new
        check(0)
        return tuple(sorted(seen))

    index = {closed(machine.initial): 0}
    subsets, edges = list(index), []
    for source, subset in enumerate(subsets):  # it grows
        after: dict[int, set[int]] = {}
        for state in subset:
            for letter, targets in steps.get(state, {}).items():
                work += len(targets)
                if letter != EPSILON:
                    after.setdefault(letter, set()).update(targets)
        for letter, states in after.items():
            reached = closed(states)
            if reached not in index:
                index[reached] = len(subsets)
                subsets.append(reached)
            edges.append((source, letter, index[reached]))
        check(len(subsets))
    labels = tuple(int(any(machine.labels[state] == 1 for state in subset)) for subset in subsets)
    return replace(machine, initial=(0,), labels=labels, edges=tuple(edges))


def acceptor(automaton: Saveable, where: str) -> dict[str, Any]:
    """Return the fields of a DFA of two classes, for a format that holds no others.

    Raises
    ------
    InputError : more classes
    """
    fields = automaton.to_json()
    if fields["classes"] > 2:
        raise InputError(
            f"{where} holds accepted and rejected words, not {fields['classes']:,} classes; save it as .json or .dot"
        )
    return fields
