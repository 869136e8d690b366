"""Figures: their style, their axes, and their files; they need no display, and change no global state."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from contextlib import AbstractContextManager
from io import BytesIO
from textwrap import wrap
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nerode.eval.scales import FONT

# distinct for colour-blind people and in greyscale (Okabe, Ito: Color universal design, 2008)
BLUE, ORANGE, GREY, INK = "#0072b2", "#d55e00", "#7b8794", "#1f2933"
TITLE = 11  # points
LETTERS_OF_AN_INCH = 12  # in a title
SVG, PNG = "image/svg+xml", "image/png"
LARGE = 200_000  # bytes of an SVG
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


class Plot(Figure):
    """A figure that notebooks can show without pyplot."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        kind, content = shown(self)
        return {kind: content.decode() if kind == SVG else base64.b64encode(content).decode()}


def picture(figure: Figure, kind: str) -> bytes:
    """Return the figure as the content of a file, without a date and with reproducible ids."""
    file = BytesIO()
    with plain_style():
        figure.savefig(file, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return file.getvalue()


def shown(figure: Figure) -> tuple[str, bytes]:
    """Return the figure as a notebook shows it, its type first: as SVG, or as PNG where thousands of points make that large."""
    svg = picture(figure, "svg")
    return (SVG, svg) if len(svg) <= LARGE else (PNG, picture(figure, "png"))


def plain_style() -> AbstractContextManager[None]:
    """Return a context with nerode's matplotlib settings, which do not depend on the user's."""
    return style.context(["default", STYLE])


def empty_axes(width: float, height: float) -> tuple[Plot, Axes]:
    """Return an empty figure, with its size in inches, and its axes."""
    figure = Plot(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def with_fixed_layout(figure: Plot) -> Plot:
    """Fix the layout of the figure and return it; a new layout at each drawing would move its parts a little."""
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.execute(figure)  # all that is needed of a drawing
    figure.set_layout_engine(None)  # with any other, even "none", each picture is drawn twice
    return figure


def add_legend(figure: Figure, title: str) -> None:
    """Add the title, and below it the legend, outside the axes."""
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, title=title, title_fontsize=TITLE, alignment="left",
        loc="outside upper left", ncols=2, borderpad=0, borderaxespad=0.4, columnspacing=1.6,
    )  # fmt: skip


def add_title(figure: Figure, title: str, remarks: Sequence[str]) -> None:
    """Add the title, and lines with remarks if there are any."""
    lines = [title, *wrap("; ".join(remarks), int(LETTERS_OF_AN_INCH * figure.get_figwidth()))]
    figure.suptitle("\n".join(lines), x=0.01, horizontalalignment="left", fontsize=TITLE)


def inches(count: int, least: float = 5.0) -> float:
    """Return the length of an axis with `count` labels, in inches."""
    return max(least, 0.17 * count + 1.5)


def label_size(count: int) -> float:
    return 9.0 if count <= 20 else 7.5
