"""What a page shows of an automaton with a stack: its picture, and its context-free grammar."""

from __future__ import annotations

import base64
from typing import Any

from nerode.automata.drawing import render
from nerode.automata.vpa import VPA
from nerode.errors import InputError
from nerode.grammars.of_stack import grammar_of


def stack_picture(automaton: VPA) -> dict[str, Any]:
    """Return the address of a picture, and the lines of the grammar of the same words, or why there is none."""
    source = "data:image/svg+xml;base64," + base64.b64encode(render(automaton.diagram(), "svg")).decode()
    try:
        return {"source": source, "grammar": grammar_of(automaton).lines(), "none": None}
    except InputError as error:
        return {"source": source, "grammar": [], "none": str(error)}
