"""The map of a weighted automaton as a picture: states as dots, letters as fields of arrows."""

from __future__ import annotations

import math
from textwrap import fill

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from nerode.eval.maps import Map
from nerode.eval.moves import Letter
from nerode.eval.plots.figures import BLUE, GREY, INK, ORANGE, Plot, add_title, plain_style, with_fixed_layout
from nerode.eval.scales import plain, symbol
from nerode.words import FloatArray, IntArray

MOST_LETTERS = 12  # that have a field of their own
COLUMNS = 4
WIDE = 44  # characters of a title before it is wrapped
CELLS = 9  # arrows along each axis
INSIDE = 0.01  # share of the points at each edge that may lie outside of the picture
NAMED = 16  # prefixes whose words are written beside their dots
LONGEST_NAME = 12  # characters of a word beside its dot
CLEAR = 0.11  # of the picture, that words beside dots are apart
MOST_COLOURS = 9  # labels that have a colour of their own; the others share the last
MOST_LEFT = 2.0  # share of differences that is left, in the picture
_COLOURS = colormaps["tab10"]


def plane(shown: Map, alphabet: tuple[str, ...], remark: str = "") -> Plot:
    """Return the picture of a map: all prefixes, what all letters do in numbers, and fields of arrows of some letters.

    An arrow begins at the mean of the points of a cell and ends at the mean of where the letter takes them. A ring is the point
    that a letter leaves where it is.

    Parameters
    ----------
    remark : about the automaton, for the last line of the title
    """
    letters = _chosen(shown)
    rows = math.ceil(len(letters) / COLUMNS)
    with plain_style():
        figure = Plot(figsize=(3.3 * COLUMNS, 4.4 + 3.0 * rows + 0.8), layout="constrained")
        grid = figure.add_gridspec(1 + rows, COLUMNS, height_ratios=[4.4, *[3.0] * rows])
        limits = _limits(shown.points)
        axes = figure.add_subplot(grid[0, : COLUMNS // 2])
        _dots(axes, shown, 1.0)
        _names(axes, shown, alphabet, limits)
        axes.set_title("all states, with some of their words", fontsize=10, loc="left")
        _frame(axes, shown, limits)
        axes.set_ylabel(shown.height or "second component")
        axes.set_xlabel("first component of the rest" if shown.height else "first component")
        _key(axes, shown)
        pushes, leaves = figure.add_subfigure(grid[0, COLUMNS // 2 :]).subplots(2, sharex=True, height_ratios=[3, 2])
        _effects(pushes, leaves, shown)
        for place, letter in enumerate(letters):
            axes = figure.add_subplot(grid[1 + place // COLUMNS, place % COLUMNS])
            _dots(axes, shown, 0.25)
            _arrows(axes, shown, letter, limits)
            _frame(axes, shown, limits)
            axes.set_title(fill(f"{symbol(letter.symbol)}   {plain(str(letter))}", WIDE), fontsize=8, loc="left")
            axes.set_xticks([])
            axes.set_yticks([])
        add_title(
            figure,
            f"The states after {len(shown.prefixes):,} words as points, letters as moves",
            _remarks(shown, letters, remark),
        )
        return with_fixed_layout(figure)


def _remarks(shown: Map, letters: list[Letter], remark: str) -> list[str]:
    lengths = [len(prefix) for prefix in shown.prefixes]
    whole = "the answer itself and " if shown.height else ""
    said = [
        f"words of {min(lengths)} to {max(lengths)} letters; the plane shows {whole}{shown.shown:.1%} of the variance of the "
        "scores of continuations"
    ]
    if len(letters) < len(shown.letters):
        said.append(f"{len(letters)} of {len(shown.letters)} letters have a field below: those that do most, in each direction")
    return said + [remark] * bool(remark)


def _chosen(shown: Map) -> list[Letter]:
    """Return the letters that have a field, in the order of the alphabet: with heights, those that push most up and most down."""
    if shown.height:
        by_push = sorted(shown.letters, key=lambda letter: -(letter.push or 0.0))
        ranked = [letter for pair in zip(by_push, reversed(by_push), strict=True) for letter in pair]  # each letter twice
    else:
        ranked = sorted(shown.letters, key=lambda letter: -letter.moves)
    chosen = list(dict.fromkeys(letter.symbol for letter in ranked))[:MOST_LETTERS]
    return [letter for letter in shown.letters if letter.symbol in chosen]


def _effects(pushes: Axes, leaves: Axes, shown: Map) -> None:
    """Draw bars of how each letter changes the height, or how far it moves states, and below of what it leaves of differences."""
    order = sorted(shown.letters, key=lambda letter: letter.moves if letter.push is None else letter.push)
    sizes = [letter.moves if letter.push is None else letter.push for letter in order]
    places = np.arange(len(order))
    colours = [GREY if letter.push is None else BLUE if letter.push > 0 else ORANGE for letter in order]
    pushes.bar(places, sizes, color=colours, width=0.72, alpha=0.8)
    pushes.axhline(0.0, color=INK, linewidth=0.8)
    pushes.set_ylabel(f"mean change\nof the {shown.height}" if shown.height else "how far\nstates move")
    pushes.set_title("what each letter does", fontsize=10, loc="left")
    leaves.bar(places, [min(letter.spreads[1], MOST_LEFT) for letter in order], color=GREY, width=0.72, alpha=0.6)
    leaves.axhline(1.0, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    leaves.set_ylabel("share of\ndifferences left")
    leaves.set_xticks(places, [symbol(letter.symbol) for letter in order], fontsize=9 if len(order) <= 32 else 6)


def _key(axes: Axes, shown: Map) -> None:
    """Say which colour is which label."""
    if shown.height is not None or shown.labels is None:
        return
    colours, frequent = _colours(shown.labels)
    handles = [
        Line2D([], [], linestyle="", marker="o", markersize=5, color=_COLOURS(place), label=symbol(shown.names[label]))
        for place, label in enumerate(frequent)
    ]
    if colours.max(initial=0) >= len(frequent):
        handles.append(Line2D([], [], linestyle="", marker="o", markersize=5, color=_COLOURS(MOST_COLOURS), label="others"))
    axes.legend(handles=handles, fontsize=8, title=shown.labelled, title_fontsize=8, loc="best", framealpha=0.85)


def _colours(labels: IntArray) -> tuple[IntArray, list[int]]:
    """Return the place (m,) of the colour of each label, and the labels with one of their own, the most frequent first."""
    frequent = np.argsort(-np.bincount(labels), kind="stable")[:MOST_COLOURS].tolist()
    frequent = [label for label in frequent if (labels == label).any()]
    places = np.full(int(labels.max(initial=0)) + 1, MOST_COLOURS)
    places[frequent] = np.arange(len(frequent))
    return places[labels], frequent


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
        places, _ = _colours(shown.labels)
        axes.scatter(x, y, s=9, c=_COLOURS(places), alpha=opacity, linewidths=0)
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
        if inside and all(np.abs(unit[place] - unit[other]).max() > CLEAR for other in named):
            named.append(place)
            to_the_left = unit[place, 0] > 0.5  # so that no name leaves the panel
            word = apart.join(symbol(alphabet[letter]) for letter in shown.prefixes[place]) or "ε"
            text = axes.annotate(
                word if len(word) <= LONGEST_NAME else f"{word[: LONGEST_NAME - 1]}…",
                tuple(shown.points[place]),
                fontsize=8,
                color=INK,
                xytext=(-3 if to_the_left else 3, 3),
                ha="right" if to_the_left else "left",
                textcoords="offset points",
            )
            text.set_path_effects([withStroke(linewidth=2.2, foreground="white")])
        if len(named) == NAMED:
            break
