"""Drawings of automata: DOT text for other tools, and SVG, PNG and PDF for people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nerode.automata.diagram import EVERYTHING, DrawingSettings
from nerode.automata.drawing import Picture, dot_text, render
from nerode.automata.formats.saveable import Drawable
from nerode.errors import InputError
from nerode.files import PathLike

Draws = Callable[[Drawable, DrawingSettings | None, dict[str, Any] | None], bytes | str]


def write_dot(drawn: Drawable, settings: DrawingSettings | None, extraction: dict[str, Any] | None) -> str:
    """Return DOT text; by default with all states and one arrow per transition, as other automata tools read it."""
    return dot_text(drawn.diagram(settings or EVERYTHING))


def write_svg(drawn: Drawable, settings: DrawingSettings | None, extraction: dict[str, Any] | None) -> bytes:
    """Return a self-contained SVG picture."""
    return _picture(drawn, settings, "svg")


def write_png(drawn: Drawable, settings: DrawingSettings | None, extraction: dict[str, Any] | None) -> bytes:
    """Return a PNG picture."""
    return _picture(drawn, settings, "png")


def write_pdf(drawn: Drawable, settings: DrawingSettings | None, extraction: dict[str, Any] | None) -> bytes:
    """Return a PDF picture."""
    return _picture(drawn, settings, "pdf")


def _picture(drawn: Drawable, settings: DrawingSettings | None, picture: Picture) -> bytes:
    return render(drawn.diagram(settings or DrawingSettings()), picture)


PICTURES: dict[str, Draws] = {
    ".dot": write_dot,
    ".svg": write_svg,
    ".png": write_png,
    ".pdf": write_pdf,
}


def picture_writer(path: PathLike) -> Draws:
    """Return the writer of the drawing that the suffix of a path names.

    Raises
    ------
    InputError : another suffix
    """
    suffix = Path(path).suffix.lower()
    if suffix not in PICTURES:
        raise InputError(f"a drawing is written to a file that ends in .svg, .png, .pdf or .dot, not to {path}")
    return PICTURES[suffix]
