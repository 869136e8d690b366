"""The automaton description language of the StaMinA competition (Walkinshaw and others, 2013), `.adl`.

The first line is the number of states and of transitions. Then come the states, "0 true false": number, initial, accepting; and
the transitions, "0 1 a": source, target, letter. `#` begins a comment.
"""

from __future__ import annotations

from nerode.automata.formats.document import Document, whole
from nerode.automata.formats.machine import Machine, acceptor, deterministic, indexed
from nerode.automata.formats.saveable import Saveable
from nerode.errors import InputError, shown

FLAGS = {"true": True, "false": False}


def write(automaton: Saveable) -> str:
    """Return the description of a DFA of two classes.

    Raises
    ------
    InputError : more classes, or a letter with the sign of a comment
    """
    fields = acceptor(automaton, "StaMinA's format")
    if unfit := [symbol for symbol in fields["alphabet"] if "#" in symbol]:
        raise InputError(f"StaMinA's format cannot hold the letter {unfit[0]!r}, since # begins a comment; save it as .json")
    table = fields["transitions"]
    flags = [(str(i == fields["initial"]).lower(), str(label == 1).lower()) for i, label in enumerate(fields["labels"])]
    lines = [f"{len(table)} {len(table) * len(fields['alphabet'])}"]
    lines += [f"{i} {initial} {accepting}" for i, (initial, accepting) in enumerate(flags)]
    lines += [f"{i} {j} {a}" for i, row in enumerate(table) for a, j in zip(fields["alphabet"], row, strict=True)]
    return "\n".join(lines) + "\n"


def read(text: str) -> Document:
    """Return the DFA of a description; states are numbered in the order of their lines.

    Raises
    ------
    InputError : lines of another form, a wrong number of them, or states that are not there
    """
    lines = [parts for line in text.splitlines() if (parts := line.split("#")[0].split())]
    if not lines or len(lines[0]) != 2:
        raise InputError("the first line must be the number of states and the number of transitions")
    states, transitions = whole(lines[0][0], "the number of states"), whole(lines[0][1], "the number of transitions")
    if len(lines) != 1 + states + transitions:
        raise InputError(f"{states + transitions:,} lines of states and transitions are expected, not {len(lines) - 1:,}")
    number: dict[str, int] = {}
    initial, labels = [], []
    for parts in lines[1 : 1 + states]:
        if len(parts) != 3 or not set(parts[1:]) <= set(FLAGS) or parts[0] in number:
            raise InputError(f"a line of a state, such as '0 true false', is expected, not {shown(' '.join(parts))}")
        if FLAGS[parts[1]]:
            initial.append(len(number))
        number[parts[0]] = len(number)
        labels.append(int(FLAGS[parts[2]]))
    edges = []
    for parts in lines[1 + states :]:
        if len(parts) != 3 or not number.keys() >= set(parts[:2]):
            raise InputError(f"a line of a transition between two states is expected, not {shown(' '.join(parts))}")
        edges.append((number[parts[0]], parts[2], number[parts[1]]))
    alphabet, found = indexed(edges)
    return deterministic(Machine(alphabet, tuple(initial), tuple(labels), found))
