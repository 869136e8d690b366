"""Plots of an extraction, as matplotlib figures; they need no display, and change no global state."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from nerode.automata.base import Automaton
from nerode.automata.drawing import render
from nerode.automata.vpa import VPA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval.maps import map_of
from nerode.eval.plots.curves import singular_values, size_error
from nerode.eval.plots.figures import picture as content_of
from nerode.eval.plots.figures import shown
from nerode.eval.plots.plane import plane
from nerode.eval.plots.states import movement, visits
from nerode.eval.reading import reading
from nerode.extraction.curve import Curve, Size
from nerode.extraction.extracted import Extraction
from nerode.files import PathLike, check_writable, write_whole
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES

KINDS = ("svg", "png")
DRAWING = "automaton.svg"
NAMES = ("size-error", "singular-values", "visits", "movement", "map")
ERRORS = {
    CLASSIFIER: "held-out error (share of words)",
    LANGUAGE_MODEL: "held-out error (|Δ log p| per symbol, nats)",
    SCORES: "held-out error (|Δ score|)",
}
AMONG = {CLASSIFIER: "held-out error (share of words,\nmany of them around states)"}
"""Where words around the states of hypotheses are among the held-out ones."""


class Plots(dict[str, Figure]):
    """Figures by name; a notebook shows all of them."""

    def _repr_html_(self) -> str:
        # as images, since inline SVGs in one page may use the same ids
        images = [(name, *shown(figure)) for name, figure in self.items()]
        return "\n".join(
            f'<img alt="{name}" style="max-width: 100%" src="data:{kind};base64,{base64.b64encode(content).decode()}">'
            for name, kind, content in images
        )


def plots(result: Extraction, words: Iterable[Any] | None = None) -> Plots:
    """Return all plots of an extraction: "size-error", "visits", "movement", and "singular-values" and "map" if there are any.

    Parameters
    ----------
    words : words for "visits" and "movement", as indices, symbols or text; None for the held-out words of the verdict

    Raises
    ------
    InputError : the list of words is empty, a symbol is not in the alphabet, or weights overflow on words of this length
    """
    automaton = result.automaton
    curve: Curve | None = result.curve
    constant, *learned = result.rounds
    sizes = [Size(done.states, done.error, 0.0) for done in learned] if curve is None else curve.sizes
    chosen = Size(result.chosen.states, result.chosen.error, 0.0)
    front = [Size(done.states, done.error, 0.0) for done, _ in result.front] if curve is None else []
    unit = (ERRORS if curve else ERRORS | AMONG)[result.task]
    figures = Plots({"size-error": size_error(sizes, chosen, constant.error, unit, front)})
    if curve is not None:
        figures["singular-values"] = singular_values(curve.singular_values, automaton.states)
    if not isinstance(automaton, VPA):  # whose random words are rejected at once, and no longer move
        read = reading(automaton, result.fresh if words is None else words)
        figures["visits"] = visits(automaton, read)
        figures["movement"] = movement(automaton, read)
    if isinstance(automaton, WFA) and automaton.states > 1:
        figures["map"] = plane(
            map_of(automaton, result.fresh if words is None else words),
            automaton.alphabet.symbols,
            f"{ERRORS[result.task]} {chosen.error:.3g}, of the best constant answer {constant.error:.3g}",
        )
    return figures


def check_place(folder: PathLike) -> None:
    """Check, before an extraction, that `save_plots` can write to a folder.

    Raises
    ------
    InputError : the path is a file, cannot be written to, or is in a folder that does not exist
    """
    folder = Path(folder)
    if folder.is_dir():
        for name in (DRAWING, *(f"{name}.{kind}" for name in NAMES for kind in KINDS)):
            check_writable(folder / name)
    elif os.path.lexists(folder):
        raise InputError(f"cannot write plots to {folder}: it is no folder; choose another name")
    else:
        check_writable(folder)


def save_plots(folder: PathLike, figures: Mapping[str, Figure], automaton: Automaton | None = None) -> list[Path]:
    """Write each figure as SVG and as PNG, and the drawing of an automaton if one is given; return the files.

    All files are drawn before the first is written, each is written atomically, and equal figures give equal SVG. Older plots in
    the folder with names in NAMES that are not among the figures are removed, since they belong to another extraction.

    Raises
    ------
    InputError : the folder cannot be written to, or the drawing needs pygraphviz, which is not installed
    """
    pictures = {f"{name}.{kind}": content_of(figure, kind) for name, figure in figures.items() for kind in KINDS}
    if automaton is not None:
        pictures[DRAWING] = render(automaton.diagram(), "svg")
    folder = Path(folder)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder {folder}: {error.strerror or error}") from error
    for name, content in pictures.items():
        write_whole(folder / name, content)
    for name in {f"{name}.{kind}" for name in NAMES for kind in KINDS} - set(pictures):
        if (folder / name).is_file():
            (folder / name).unlink()
    return [folder / name for name in pictures]
