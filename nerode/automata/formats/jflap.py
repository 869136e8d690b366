"""The files of JFLAP (Rodger and Finley, 2006), `.jff`: finite automata, Moore machines for more classes, Mealy machines.

A transition of JFLAP reads a string of characters, so letters are single characters. A longer string is read as its characters,
one after the other, and an empty one reads nothing. In finite automata, JFLAP 7 takes `[0-9]` for one character of a range, and
no other string with `[` in it has a meaning there.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from nerode.automata.formats import markup
from nerode.automata.formats.document import Document, check_size
from nerode.automata.formats.machine import Machine, Outputs, deterministic, indexed, outputs
from nerode.automata.formats.saveable import Saveable
from nerode.automata.formats.transducer import Arrow, mealy
from nerode.errors import InputError, shown

A_ROW, APART = 6, 120  # states are placed in rows; JFLAP can place them better
ACCEPTOR, MOORE, MEALY = "fa", "moore", "mealy"
RANGE, RANGES = "[", re.compile(r"\[(.)-(.)\]", re.DOTALL)


def write(automaton: Saveable) -> str:
    """Return the XML text of a DFA or of a Mealy machine.

    Raises
    ------
    InputError : letters that are not single characters of XML, or mean a range, or an empty word of another class than 0
    """
    fields = automaton.to_json()
    alphabet = fields["alphabet"]
    markup.check_symbols(tuple(alphabet), "JFLAP")
    if longer := [symbol for symbol in alphabet if len(symbol) > 1]:
        raise InputError(f"letters of JFLAP are single characters, not {longer[0]!r}; save the automaton as .json or .dot")
    mealy = automaton.kind == MEALY
    moore = not mealy and fields["classes"] > 2
    if mealy and fields["empty"]:
        raise InputError(
            f"a Mealy machine of JFLAP has no class of the empty word, and here it is {fields['empty']}; write its DFA "
            "(--as dfa), or save it as .json or .dot"
        )
    if not (mealy or moore) and RANGE in alphabet:
        raise InputError(f"JFLAP takes {RANGE} for the beginning of a range; save the automaton as .json or .dot")
    rows = fields["transitions"]
    outputs_of = fields["outputs"] if mealy else [[fields["labels"][j] for j in row] for row in rows]
    lines = [
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
        "<structure>",
        f"<type>{MEALY if mealy else MOORE if moore else ACCEPTOR}</type>",
    ]
    lines.append("<automaton>")
    for i, label in enumerate([0] * len(rows) if mealy else fields["labels"]):
        inside = f"<x>{APART * (i % A_ROW + 1)}.0</x><y>{APART * (i // A_ROW + 1)}.0</y>"
        inside += "<initial/>" if i == fields["initial"] else ""
        inside += f"<output>{label}</output>" if moore else "<final/>" if label == 1 else ""
        lines.append(f'<state id="{i}" name="q{i}">{inside}</state>')
    for i, (row, outs) in enumerate(zip(rows, outputs_of, strict=True)):
        for symbol, j, output in zip(alphabet, row, outs, strict=True):
            out = f"<transout>{output}</transout>" if mealy or moore else ""
            lines.append(f"<transition><from>{i}</from><to>{j}</to><read>{escape(symbol)}</read>{out}</transition>")
    return "\n".join([*lines, "</automaton>", "</structure>", ""])


def read(text: str) -> Document:
    """Return the DFA of a finite automaton or a Moore machine, or a Mealy machine; states are numbered in the file's order.

    Raises
    ------
    InputError : not a file of JFLAP, another type of machine, or states that are not there
    """
    root = markup.parse(text)
    kind = (root.findtext("type") or "").strip().lower()
    if root.tag != "structure" or kind not in (ACCEPTOR, MOORE, MEALY):
        raise InputError(
            f"it is no finite automaton, Moore or Mealy machine of JFLAP, but of type {shown(kind)} in <{root.tag[:40]}>"
        )
    inside = root.find("automaton")
    inside = root if inside is None else inside  # older files have no such element
    if inside.find("block") is not None:
        raise InputError("it has building blocks (<block>), which are not read; write them as states in JFLAP")
    states = inside.findall("state")
    number = {state.get("id", ""): i for i, state in enumerate(states)}
    if len(number) != len(states):
        raise InputError("two states have the same id")
    initial = tuple(i for i, state in enumerate(states) if state.find("initial") is not None)
    if kind == MEALY:
        return mealy(len(states), initial, [_arrow(transition, number) for transition in inside.findall("transition")])
    said = Outputs((), 2)
    if kind == MOORE:
        said = outputs([(state.findtext("output") or "").strip() for state in states])
        labels = said.labels
    else:
        labels = tuple(int(state.find("final") is not None) for state in states)
    extra = len(states)
    edges: list[tuple[int, str | None, int]] = []
    for transition in inside.findall("transition"):
        source, target = _end(transition, "from", number), _end(transition, "to", number)
        letters = transition.findtext("read") or ""
        if kind == ACCEPTOR and RANGE in letters and len(letters) > 1:
            edges += [(source, letter, target) for letter in _range(letters)]
            check_size(len(edges), "transitions")
            continue
        check_size(extra + len(letters), "states")
        for letter in letters[:-1]:  # through states of its own
            edges.append((source, letter, extra))
            source, extra = extra, extra + 1
        edges.append((source, letters[-1:] or None, target))
    if extra > len(states) and kind == MOORE:
        raise InputError("it is a Moore machine that reads several characters at once; give each a transition of its own")
    alphabet, found = indexed(edges)
    return deterministic(
        Machine(alphabet, initial, labels + (0,) * (extra - len(states)), found, said.classes), said.told, said.names
    )


def _range(text: str) -> list[str]:
    """Return the characters of a range such as `[0-9]`."""
    ends = RANGES.fullmatch(text)
    if ends is None or ends[1] > ends[2]:
        raise InputError(f"a transition reads {shown(text)}; JFLAP reads [ in a range such as [0-9] alone")
    return [chr(code) for code in range(ord(ends[1]), ord(ends[2]) + 1)]


def _arrow(transition: ElementTree.Element, number: dict[str, int]) -> Arrow:
    """Return a transition of a Mealy machine."""
    letter, output = transition.findtext("read") or "", (transition.findtext("transout") or "").strip()
    if len(letter) != 1 or not output:
        raise InputError(
            f"it is a Mealy machine that reads {shown(letter)} and answers {shown(output)}; each transition needs one letter "
            "and an output"
        )
    return _end(transition, "from", number), letter, output, _end(transition, "to", number)


def _end(transition: ElementTree.Element, name: str, number: dict[str, int]) -> int:
    state = (transition.findtext(name) or "").strip()
    if state not in number:
        raise InputError(f"a transition has the state {shown(state)} in <{name}>, which is not there")
    return number[state]
