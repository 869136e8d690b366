"""The map of a weighted automaton as a picture: states as dots, letters as fields of arrows."""

from __future__ import annotations

import math
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm

from nerode.eval.maps import Map
from nerode.eval.moves import Letter
from nerode.eval.plots.figures import BLUE, GREY, INK, ORANGE, Plot, add_title, plain_style, with_fixed_layout
from nerode.eval.scales import symbol
from nerode.words import FloatArray, IntArray

MOST_LETTERS = 15  # that have a field of their own; those that move most are shown
COLUMNS = 4
WIDE = 44  # characters of a title before it is wrapped
CELLS = 9  # arrows along each axis
INSIDE = 0.005  # share of the points at each edge that may lie outside of the picture
NAMED = 12  # prefixes whose words are written beside their dots
COLOURS = "tab10"


def plane(shown: Map, alphabet: tuple[str, ...]) -> Plot:
    """Return the picture of a map: all prefixes, and what each letter does to them.

    An arrow begins at the mean of the points of a cell and ends at the mean of where the letter takes them. A ring is the point
    that a letter leaves where it is.
    """
    letters = sorted(shown.letters, key=lambda letter: -letter.moves)[:MOST_LETTERS]
    letters = [letter for letter in shown.letters if letter in letters]
    rows = math.ceil((len(letters) + 1) / COLUMNS)
    with plain_style():
        figure = Plot(figsize=(3.3 * COLUMNS, 3.2 * rows + 0.6), layout="constrained")
        limits = _limits(shown.points)
        axes = figure.add_subplot(rows, COLUMNS, 1)
        _dots(axes, shown, 1.0)
        _names(axes, shown, alphabet, limits)
        axes.set_title("all states, with their words", fontsize=10, loc="left")
        _frame(axes, shown, limits)
        axes.set_ylabel(shown.height or "second component")
        axes.set_xlabel("first component of the rest" if shown.height else "first component")
        for place, letter in enumerate(letters, 2):
            axes = figure.add_subplot(rows, COLUMNS, place)
            _dots(axes, shown, 0.25)
            _arrows(axes, shown, letter, limits)
            _frame(axes, shown, limits)
            axes.set_title(fill(f"{symbol(letter.symbol)}   {letter}", WIDE), fontsize=8, loc="left")
            axes.set_xticks([])
            axes.set_yticks([])
        whole = "the answer itself and " if shown.height else ""
        remarks = [f"the plane shows {whole}{shown.shown:.1%} of the variance of the scores of continuations"]
        if len(letters) < len(shown.letters):
            hidden = [symbol(letter.symbol) for letter in shown.letters if letter not in letters]
            remarks.append(f"not shown, since they move states less: {', '.join(hidden)}")
        add_title(figure, f"The states after {len(shown.prefixes):,} words as points, letters as moves", remarks)
        return with_fixed_layout(figure)


def _limits(points: FloatArray) -> tuple[tuple[float, float], tuple[float, float]]:
    low, high = np.quantile(points, [INSIDE, 1 - INSIDE], axis=0)
    room = 0.08 * np.maximum(high - low, 1e-12)
    (left, bottom), (right, top) = (low - room).tolist(), (high + room).tolist()
    return (left, right), (bottom, top)


def _dots(axes: Axes, shown: Map, opacity: float) -> None:
    x, y = shown.points.T
    if shown.height is not None:
        largest = float(np.quantile(np.abs(y), 0.98)) or 1.0
        axes.scatter(x, y, s=9, c=y, cmap="RdBu", norm=TwoSlopeNorm(0.0, -largest, largest), alpha=opacity, linewidths=0)
    elif shown.labels is not None:
        axes.scatter(x, y, s=9, c=shown.labels % 10, cmap=COLOURS, vmin=0, vmax=9, alpha=opacity, linewidths=0)
    else:
        axes.scatter(x, y, s=9, color=GREY, alpha=opacity, linewidths=0)


def _frame(axes: Axes, shown: Map, limits: tuple[tuple[float, float], tuple[float, float]]) -> None:
    axes.set_xlim(*limits[0])
    axes.set_ylim(*limits[1])
    axes.spines[:].set_visible(True)
    axes.spines[:].set_color("#cbd2d9")
    if shown.height == "margin":
        axes.axhline(0.0, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))


def _arrows(axes: Axes, shown: Map, letter: Letter, limits: tuple[tuple[float, float], tuple[float, float]]) -> None:
    cells = _cells(shown.points, limits)
    for cell in np.unique(cells[cells >= 0]).tolist():
        members = (cells == cell) & np.isfinite(letter.after).all(axis=1)
        if members.any():
            begin, end = shown.points[members].mean(axis=0), letter.after[members].mean(axis=0)
            rising = shown.height is not None and end[1] > begin[1]
            colour = INK if shown.height is None else BLUE if rising else ORANGE
            axes.annotate(
                "", tuple(end), tuple(begin), annotation_clip=True,
                arrowprops={
                    "arrowstyle": "-|>", "color": colour, "linewidth": 0.9, "mutation_scale": 7, "shrinkA": 0, "shrinkB": 0,
                    "connectionstyle": "arc3,rad=0.12",
                },
            )  # fmt: skip
    if letter.fixed is not None and np.isfinite(letter.fixed).all():
        axes.plot(*letter.fixed, "o", markersize=10, markerfacecolor="none", markeredgecolor=INK, markeredgewidth=1.6)


def _cells(points: FloatArray, limits: tuple[tuple[float, float], tuple[float, float]]) -> IntArray:
    """Return the cell of the grid that each point lies in, −1 outside."""
    low, high = np.array(limits).T
    place = np.floor((points - low) / (high - low) * CELLS).astype(np.int64)
    inside = ((place >= 0) & (place < CELLS)).all(axis=1)
    return np.where(inside, place[:, 0] * CELLS + place[:, 1], -1)


def _names(axes: Axes, shown: Map, alphabet: tuple[str, ...], limits: tuple[tuple[float, float], tuple[float, float]]) -> None:
    """Write short words beside dots that lie far from those named before."""
    low, high = np.array(limits).T
    unit = (shown.points - low) / (high - low)
    apart = "" if all(len(letter) == 1 for letter in alphabet) else " "
    named: list[int] = []
    for place in range(len(shown.prefixes)):
        inside = ((unit[place] > 0) & (unit[place] < 1)).all()
        if inside and all(np.abs(unit[place] - unit[other]).max() > 0.16 for other in named):
            named.append(place)
            word = apart.join(symbol(alphabet[letter]) for letter in shown.prefixes[place]) or "ε"
            axes.annotate(word[:12], tuple(shown.points[place]), fontsize=7, color=INK, xytext=(2, 2), textcoords="offset points")
        if len(named) == NAMED:
            break
