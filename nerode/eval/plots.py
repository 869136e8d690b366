"""Plots of an extraction, as matplotlib figures; they need no display, and change no global state."""

from __future__ import annotations

import base64
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nerode.automata.base import Automaton
from nerode.automata.diagram import counted
from nerode.automata.drawing import render
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval.reading import Reading, reading
from nerode.eval.scales import FONT, counts, magnitudes, symbol
from nerode.extraction.curve import Curve, Size
from nerode.extraction.loop import Extraction
from nerode.files import PathLike, check_writable, write_whole
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES
from nerode.words import FloatArray, IntArray

# distinct for colour-blind people and in greyscale (Okabe, Ito: Color universal design, 2008)
BLUE, ORANGE, GREY, INK = "#0072b2", "#d55e00", "#7b8794", "#1f2933"
TITLE = 11  # points
STYLE = {
    "font.family": FONT,
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.dpi": 160,
    "svg.hashsalt": "nerode",
}

MOST_STATES, MOST_LETTERS = 100, 64  # in one plot; the most frequent ones are shown, and the title counts the others
FEWEST = 6  # smallest number of bars for which the axis has room
MOSTLY = 0.95  # share of the visits for which the title counts the states
SPREAD_OUT = 10  # sizes with more than this many times the error of a constant answer are shown at the edge
KINDS = ("svg", "png")
DRAWING = "automaton.svg"
NAMES = ("size-error", "singular-values", "visits", "movement")
ERRORS = {
    CLASSIFIER: "held-out error (share of words)",
    LANGUAGE_MODEL: "held-out error (|Δ log p| per symbol, nats)",
    SCORES: "held-out error (|Δ score|)",
}


class Plot(Figure):
    """A figure that notebooks can show without pyplot."""

    def _repr_svg_(self) -> str:
        return _picture(self, "svg").decode()


class Plots(dict[str, Figure]):
    """Figures by name; a notebook shows all of them."""

    def _repr_html_(self) -> str:
        # as images, since inline SVGs in one page may use the same ids
        sources = [base64.b64encode(_picture(figure, "svg")).decode() for figure in self.values()]
        images = zip(self, sources, strict=True)
        return "\n".join(f'<img alt="{name}" src="data:image/svg+xml;base64,{source}">' for name, source in images)


def plots(result: Extraction, words: Iterable[Any] | None = None) -> Plots:
    """Return all plots of an extraction: "size-error", "singular-values" if there are any, "visits" and "movement".

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
    figures = Plots({"size-error": size_error(sizes, chosen, constant.error, ERRORS[result.task], front)})
    if curve is not None:
        figures["singular-values"] = singular_values(curve.singular_values, automaton.states)
    read = reading(automaton, result.fresh if words is None else words)
    figures["visits"] = visits(automaton, read)
    figures["movement"] = movement(automaton, read)
    return figures


def size_error(sizes: Sequence[Size], chosen: Size, constant: float, unit: str, front: Sequence[Size] = ()) -> Plot:
    """Plot the held-out error against the number of states, with one standard error if it is known.

    Parameters
    ----------
    sizes : sizes in the order of the line that joins them
    chosen : the returned automaton, whose error may be smaller after refinement than that of its size in `sizes`
    constant : error of a constant answer
    unit : label of the error axis
    front : Pareto front of states and error, smallest number of states first
    """
    states = np.array([size.states for size in sizes], np.int64)
    errors = np.array([size.error for size in sizes], np.float64)
    spreads = np.array([size.spread for size in sizes], np.float64)
    limit = SPREAD_OUT * constant if 0 < constant < math.inf else math.inf
    near = np.isfinite(errors) & (errors <= limit)
    with _style():
        figure, axes = _axes(7.0, 4.4)
        finite = errors[near]
        magnitudes(axes, [*finite, *(finite + spreads[near]), chosen.error, constant])
        axes.axhline(constant, color=GREY, linewidth=1, linestyle=(0, (4, 3)), label="constant answer")
        if near.any():
            known = spreads.any()
            bars = [np.minimum(spreads[near], finite), spreads[near]] if known else None  # errors are not below 0
            label = "before refinement, ± one standard error" if known else "tried"
            axes.errorbar(
                states[near], finite, bars,
                color=BLUE, linewidth=0.0 if front else 1.2, elinewidth=1, marker="o", markersize=4, label=label,
                markerfacecolor="none" if front else BLUE,
            )  # fmt: skip
        if front:
            shown = [size for size in front if size.error <= limit]
            axes.plot(
                [size.states for size in shown], [size.error for size in shown],
                color=BLUE, linewidth=1.2, drawstyle="steps-post", marker="o", markersize=5, label="no other as small is as good",
            )  # fmt: skip
        if not near.all():
            top = np.full(np.count_nonzero(~near), axes.get_ylim()[1])
            axes.plot(states[~near], top, "^", color=BLUE, markersize=5, clip_on=False, label="worse than shown")
        label = f"handed back: {counted(chosen.states, 'state')}, error {chosen.error:.3g}"
        axes.plot(
            [chosen.states], [chosen.error], "o",
            color=ORANGE, markersize=9, markerfacecolor="none", markeredgewidth=2, zorder=5, label=label,
        )  # fmt: skip
        axes.set_ylabel(unit)
        counts(axes, [*states.tolist(), chosen.states, *(size.states for size in front)])
        axes.set_xlabel("states")
        _legend(figure, "How far the automaton is from the model, by its number of states")
        return _with_fixed_layout(figure)


def singular_values(values: FloatArray, chosen: int) -> Plot:
    """Plot the singular values of the Hankel block; each is the contribution of one further state.

    Parameters
    ----------
    values : (k,), descending
    chosen : number of states of the returned automaton
    """
    relative = np.asarray(values, np.float64)
    relative = relative / (relative.max(initial=0.0) or 1.0)
    number = np.arange(1, len(relative) + 1)
    dot = 4.0 if len(number) <= 60 else 2.5
    with _style():
        figure, axes = _axes(7.0, 4.0)
        magnitudes(axes, relative.tolist())
        label = f"handed back: {counted(chosen, 'state')}"
        axes.axvline(chosen, color=ORANGE, linewidth=1.5, label=label)
        axes.plot(
            number,
            relative,
            color=BLUE,
            linewidth=1,
            marker="o",
            markersize=dot,
            label="singular value",
        )
        axes.set_xlabel("states")
        axes.set_ylabel("singular value (the largest = 1)")
        axes.set_xlim(0, max(len(relative), chosen) + 1)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        _legend(figure, "What each further state adds to the table of scores")
        return _with_fixed_layout(figure)


def visits(automaton: Automaton, read: Reading) -> Plot:
    """Plot the visits of each state, the most visited first."""
    shown = _by_visits(read)
    width = _inches(len(shown))
    with _style():
        figure, axes = _axes(width, 3.8)
        unseen = int(np.count_nonzero(read.visits == 0))
        most = int(np.searchsorted(np.cumsum(read.visits[shown]), MOSTLY)) + 1
        remarks = [f"{MOSTLY:.0%} passes through {most:,} of {automaton.states:,} states"] if most < len(shown) else []
        remarks += [f"{counted(unseen, 'state')} never visited"] if unseen else []
        if len(shown) < automaton.states:
            rest = 1 - float(read.visits[shown].sum())
            remarks.append(f"{counted(automaton.states - len(shown), 'state')} not shown, with {rest:.1%} in all")
        _title(figure, "How much of the words passes through each state", remarks)
        axes.bar(np.arange(len(shown)), 100 * read.visits[shown], color=BLUE, width=0.8)
        axes.set_ylim(bottom=0)
        room = max(0, FEWEST - len(shown)) / 2
        axes.set_xlim(-0.8 - room, len(shown) - 0.2 + room)
        axes.set_ylabel("share of the scores (%)" if isinstance(automaton, WFA) else "share of the prefixes (%)")
        _name_states(axes, shown)
        return _with_fixed_layout(figure)


def movement(automaton: Automaton, read: Reading) -> Plot:
    """Plot the movement of each state by each letter; states are in the order of `visits`, letters in that of the alphabet."""
    shown = _by_visits(read)
    letters = np.sort(np.argsort(-read.readings, kind="stable")[:MOST_LETTERS])
    percent = 100 * read.movement[np.ix_(letters, shown)]
    with _style():
        figure, axes = _axes(_inches(len(shown)) + 1, _inches(len(letters), least=2.4))
        remarks = [
            f"{counted(total - part, noun)} not shown"
            for noun, total, part in (
                ("letter", len(automaton.alphabet), len(letters)),
                ("state", automaton.states, len(shown)),
            )
            if part < total
        ]
        if np.isnan(percent).any():
            remarks.append("grey: letters that were never read")
        _title(figure, "Which letters move which states", remarks)
        axes.set_facecolor("#cbd2d9")
        largest = np.nan_to_num(percent).max() or 1.0
        image = axes.imshow(percent, cmap="Blues", vmin=0, vmax=largest, aspect="auto", interpolation="nearest")
        bar = figure.colorbar(image, ax=axes, fraction=0.05, pad=0.02)
        bar.outline.set_visible(False)
        weighted = isinstance(automaton, WFA)
        bar.set_label("movement by a reading\n(% of all scores)" if weighted else "readings that\nenter or leave (%)")
        _name_states(axes, shown)
        axes.set_yticks(np.arange(len(letters)), [symbol(automaton.alphabet.symbols[i]) for i in letters.tolist()])
        axes.tick_params(axis="y", labelsize=_label_size(len(letters)), length=2)
        axes.set_ylabel("letter")
        axes.spines[:].set_visible(False)
        return _with_fixed_layout(figure)


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
    pictures = {f"{name}.{kind}": _picture(figure, kind) for name, figure in figures.items() for kind in KINDS}
    if automaton is not None:
        pictures[DRAWING] = render(automaton.diagram(), "svg")
    folder = Path(folder)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder {folder}: {error.strerror or error}") from error
    for name, picture in pictures.items():
        write_whole(folder / name, picture)
    for name in {f"{name}.{kind}" for name in NAMES for kind in KINDS} - set(pictures):
        if (folder / name).is_file():
            (folder / name).unlink()
    return [folder / name for name in pictures]


def _picture(figure: Figure, kind: str) -> bytes:
    """Return the figure as the content of a file, without a date and with reproducible ids."""
    file = BytesIO()
    with _style():
        figure.savefig(file, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return file.getvalue()


def _style() -> AbstractContextManager[None]:
    """Return a context with nerode's matplotlib settings, which do not depend on the user's."""
    return style.context(["default", STYLE])


def _axes(width: float, height: float) -> tuple[Plot, Axes]:
    """Return an empty figure, with its size in inches, and its axes."""
    figure = Plot(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _with_fixed_layout(figure: Plot) -> Plot:
    """Fix the layout of the figure and return it; a new layout at each drawing would move its parts a little."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def _legend(figure: Figure, title: str) -> None:
    """Add the title, and below it the legend, outside the axes."""
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, title=title, title_fontsize=TITLE, alignment="left",
        loc="outside upper left", ncols=2, borderpad=0, borderaxespad=0.4, columnspacing=1.6,
    )  # fmt: skip


def _title(figure: Figure, title: str, remarks: Sequence[str]) -> None:
    """Add the title, and a second line with remarks if there are any."""
    lines = [title, "; ".join(remarks)] if remarks else [title]
    figure.suptitle("\n".join(lines), x=0.01, horizontalalignment="left", fontsize=TITLE)


def _by_visits(read: Reading) -> IntArray:
    """Return the states that are shown, the most visited first."""
    return np.argsort(-read.visits, kind="stable")[:MOST_STATES]


def _inches(count: int, least: float = 5.0) -> float:
    """Return the length of an axis with `count` labels, in inches."""
    return max(least, 0.17 * count + 1.5)


def _label_size(count: int) -> float:
    return 9.0 if count <= 20 else 7.5


def _name_states(axes: Axes, shown: IntArray) -> None:
    axes.set_xticks(np.arange(len(shown)), [str(state) for state in shown.tolist()])
    axes.tick_params(axis="x", labelsize=_label_size(len(shown)), labelrotation=90 if len(shown) > 20 else 0, length=2)
    axes.set_xlabel("state, the most visited first")
