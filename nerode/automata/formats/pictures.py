"""Pictures of automata for people: SVG, PNG and PDF; and what else can be drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nerode.automata.diagram import DrawingSettings
from nerode.automata.drawing import dot_text, render
from nerode.automata.formats.saveable import Drawable
from nerode.errors import InputError
from nerode.files import PathLike

Draws = Callable[[Drawable, DrawingSettings | None], bytes | str]


def write_svg(drawn: Drawable, settings: DrawingSettings | None) -> bytes:
    """Return a self-contained SVG picture."""
    return render(drawn.diagram(settings or DrawingSettings()), "svg")


def write_png(drawn: Drawable, settings: DrawingSettings | None) -> bytes:
    """Return a PNG picture."""
    return render(drawn.diagram(settings or DrawingSettings()), "png")


def write_pdf(drawn: Drawable, settings: DrawingSettings | None) -> bytes:
    """Return a PDF picture."""
    return render(drawn.diagram(settings or DrawingSettings()), "pdf")


def write_drawing(drawn: Drawable, settings: DrawingSettings | None) -> str:
    """Return the drawing as DOT text."""
    return dot_text(drawn.diagram(settings or DrawingSettings()))


PICTURES: dict[str, Draws] = {".svg": write_svg, ".png": write_png, ".pdf": write_pdf, ".dot": write_drawing}


def picture_writer(path: PathLike) -> Draws:
    """Return the writer of the drawing that the suffix of a path names.

    Raises
    ------
    InputError : another suffix
    """
    suffix = Path(path).suffix.lower()
    if suffix not in PICTURES:
        raise InputError(f"a drawing is written to a file that ends in {', '.join(PICTURES)}, not to {path}")
    return PICTURES[suffix]
