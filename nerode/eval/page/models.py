"""Automata as a page evaluates them: their numbers, and what it may call them."""

from __future__ import annotations

import json
from typing import Any

from nerode.automata.base import Automaton
from nerode.automata.diagram import DrawingSettings
from nerode.automata.distribution import Distribution
from nerode.automata.drawing import dot_text
from nerode.automata.formats import native
from nerode.automata.formats.table import names_of
from nerode.eval.page.packing import packed
from nerode.links import link_to_json
from nerode.plain import finite
from nerode.protocols import Teacher

MOST_DOT = 200_000  # characters of a drawing in DOT that a page carries


def model(automaton: Automaton, student: Teacher, history: dict[str, Any] | None) -> dict[str, Any]:
    """Return an automaton as plain JSON: its file, which the page evaluates and saves, and its drawing in DOT.

    Parameters
    ----------
    student : the automaton as it is compared: of an automaton of word probabilities beside a language model, its `Distribution`
    history : how it was extracted, as its file says
    """
    document = json.loads(native.write(automaton, finite(history)))  # anyone may write such a file, with NaN in it
    dot = dot_text(automaton.diagram(DrawingSettings(classes=names_of(automaton, history))))
    found: dict[str, Any] = {
        "file": packed(document),
        "link": link_to_json(student.link),
        "dot": dot if len(dot) <= MOST_DOT else None,
    }
    if isinstance(student, Distribution):
        weights = {"transitions": student.automaton.transitions.tolist(), "weights": student.weights.tolist()}
        found["distribution"] = packed({"initial": student.automaton.initial.tolist(), **weights})
    return found
