"""Pictures of automata for people: SVG, PNG and PDF."""

from __future__ import annotations

from nerode.automata.diagram import DrawingSettings
from nerode.automata.drawing import render
from nerode.automata.formats.saveable import Saveable


def write_svg(automaton: Saveable, settings: DrawingSettings | None) -> bytes:
    """Return a self-contained SVG picture."""
    return render(automaton.diagram(settings or DrawingSettings()), "svg")


def write_png(automaton: Saveable, settings: DrawingSettings | None) -> bytes:
    """Return a PNG picture."""
    return render(automaton.diagram(settings or DrawingSettings()), "png")


def write_pdf(automaton: Saveable, settings: DrawingSettings | None) -> bytes:
    """Return a PDF picture."""
    return render(automaton.diagram(settings or DrawingSettings()), "pdf")
