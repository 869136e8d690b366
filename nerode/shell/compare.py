"""`nerode compare`: how two automata differ, and a drawing of where."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from nerode.automata.diagram import visible
from nerode.automata.formats.pictures import picture_writer
from nerode.automata.mealy import as_dfa
from nerode.eval.comparable import comparable
from nerode.eval.differences import difference
from nerode.eval.pairs import Pairs, drawn_as, pairs
from nerode.files import check_writable
from nerode.shell.common import Answer, loaded_function, own_stream
from nerode.shell.console import DONE, Status
from nerode.teachers.checkpoints import check_output


def run(options: Namespace, status: Status) -> Answer:
    """Whether two automata are equal, the shortest words on which they differ, and how often they do."""
    if options.out is not None:
        picture_writer(options.out)  # another suffix is refused before anything is computed
        check_writable(options.out)
        check_output(options.out)
    a, b = loaded_function(options.automaton, status), loaded_function(options.other, status)
    if options.out is not None:
        drawn_as(a), drawn_as(b)  # others are refused, whatever their letters are
    comparable(as_dfa(a), as_dfa(b), (str(options.automaton), str(options.other)))
    both = _pairs(options, a, b)
    found = difference(a, b, own_stream(options), options.sample)
    answer = {"automaton": str(options.automaton), "other": str(options.other), **found.to_json()}
    said = [f"{options.automaton}: {a!r}", f"{options.other}: {b!r}", str(found)]
    if both is not None:
        status.show("drawing")
        both.save(options.out)
        said.append(f"drawing of {len(both.differ):,} pairs of states, {both.differ.sum():,} coloured, written to {options.out}")
    return DONE, answer | {"drawing": None if both is None else str(options.out)}, "\n".join(said)


def _pairs(options: Namespace, a: Any, b: Any) -> Pairs | None:
    """The two side by side, named after their files; None where no drawing is wished."""
    if options.out is None:
        return None
    names = visible(options.automaton.stem), visible(options.other.stem)
    return pairs(a, b) if names[0] == names[1] else pairs(a, b, names)
