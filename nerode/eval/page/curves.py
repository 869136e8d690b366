"""Curves of an extraction for a page: the plots of `nerode.eval.plots`, from what the file of an automaton keeps."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

from nerode.extraction.curve import Size
from nerode.links import CLASSIFIER

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def curves(history: dict[str, Any], states: int, task: str = CLASSIFIER) -> list[dict[str, str]]:
    """Return the curves of an extraction, each as a name and the address of its image; those that its file allows.

    Parameters
    ----------
    history : how the automaton was extracted, see `checked_history`; empty where that is not known
    states : of the automaton
    """
    from nerode.eval.plots import AMONG, ERRORS  # here, because it takes long to import and files of other tools have no curves
    from nerode.eval.plots.curves import progress, singular_values, size_error

    figures = {}
    rounds, chosen, curve = history.get("rounds") or [], history.get("chosen"), history.get("curve")
    known = [done for done in rounds if done["error"] is not None]
    if len(known) > 1 and chosen and chosen["error"] is not None:
        constant, *learned = known
        sizes = (
            [Size(**size) for size in curve["sizes"] if None not in size.values()]
            if curve
            else [Size(d["states"], d["error"], 0.0) for d in learned]
        )
        front = _front(learned) if curve is None else []
        best = Size(chosen["states"], chosen["error"], 0.0)
        unit = (ERRORS if curve else ERRORS | AMONG)[task]
        figures["error by size"] = size_error(sizes, best, constant["error"], unit, front)
        figures["error and states by queries"] = progress([(d["queries"], d["error"], d["states"]) for d in known], unit)
    if curve:
        figures["singular values"] = singular_values(np.array(curve["singular_values"]), states)
    return [{"name": name, "source": address(figure)} for name, figure in figures.items()]


def _front(rounds: list[dict[str, Any]]) -> list[Size]:
    """Return the rounds that no other matches with at most as many states and at most as much error, smallest first."""
    front: list[Size] = []
    for done in sorted(rounds, key=lambda done: (done["states"], done["error"])):
        if not front or done["error"] < front[-1].error:
            front.append(Size(done["states"], done["error"], 0.0))
    return front


def address(figure: Figure) -> str:
    """Return a figure as the address of an image."""
    from nerode.eval.plots.figures import picture  # here, because it takes long to import

    return "data:image/svg+xml;base64," + base64.b64encode(picture(figure, "svg")).decode()
