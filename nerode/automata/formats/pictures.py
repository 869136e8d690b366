"""Drawings of automata: DOT text for other tools, and SVG, PNG and PDF for people."""

from __future__ import annotations

from typing import Any

from nerode.automata.diagram import EVERYTHING, DrawingSettings
from nerode.automata.drawing import Picture, dot_text, render
from nerode.automata.formats.saveable import Saveable


def write_dot(automaton: Saveable, settings: DrawingSettings | None, extraction: dict[str, Any] | None) -> str:
    """Return DOT text; by default with all states and one arrow per transition, as other automata tools read it."""
    return dot_text(automaton.diagram(settings or EVERYTHING))


def write_svg(automaton: Saveable, settings: DrawingSettings | None, extraction: dict[str, Any] | None) -> bytes:
    """Return a self-contained SVG picture."""
    return _picture(automaton, settings, "svg")


def write_png(automaton: Saveable, settings: DrawingSettings | None, extraction: dict[str, Any] | None) -> bytes:
    """Return a PNG picture."""
    return _picture(automaton, settings, "png")


def write_pdf(automaton: Saveable, settings: DrawingSettings | None, extraction: dict[str, Any] | None) -> bytes:
    """Return a PDF picture."""
    return _picture(automaton, settings, "pdf")


def _picture(automaton: Saveable, settings: DrawingSettings | None, picture: Picture) -> bytes:
    return render(automaton.diagram(settings or DrawingSettings()), picture)
