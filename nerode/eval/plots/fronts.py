"""The picture of a front: bits of students against their errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nerode.eval.plots.figures import GREY, Plot, add_legend, empty_axes, plain_style, with_fixed_layout
from nerode.eval.scales import counts, magnitudes

# distinct for colour-blind people (Okabe, Ito: Color universal design, 2008), by their shapes, and by their lines
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#1f2933")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">", "h")
LINES = ("-", "--", ":")


def front_figure(points: Sequence[Any], measure: str, percent: bool, words: int) -> Plot:
    """Plot bits against error, a line for each kind with 95 % intervals, and the steps of the front below them.

    Parameters
    ----------
    points, measure, percent, words : those of a `Front`
    """
    unit = 100.0 if percent else 1.0
    with plain_style():
        figure, axes = empty_axes(7.5, 4.8)
        shown = [unit * point.error for point in points]
        magnitudes(axes, [*shown, *(unit * point.low for point in points if point.low)])
        for number, kind in enumerate(dict.fromkeys(point.kind for point in points)):
            alike = [point for point in points if point.kind == kind]
            color, marker, line = COLORS[number % len(COLORS)], MARKERS[number % len(MARKERS)], LINES[number // len(COLORS) % 3]
            errors = np.array([unit * point.error for point in alike])
            lows = np.array([unit * (point.error if point.low is None else point.low) for point in alike])
            highs = np.array([unit * (point.error if point.high is None else point.high) for point in alike])
            axes.errorbar(
                [point.bits for point in alike], errors, [errors - lows, highs - errors],
                color=color, linestyle=line, linewidth=1.0, elinewidth=0.7, marker=marker, markersize=5, label=kind,
            )  # fmt: skip
        best = [point for point in points if not point.beaten]
        axes.plot(
            [point.bits for point in best], [unit * point.error for point in best],
            color=GREY, linewidth=4, alpha=0.35, drawstyle="steps-post", zorder=0, label="none is smaller and as good",
        )  # fmt: skip
        counts(axes, [point.bits for point in points], "bits of the zipped file")
        axes.set_ylabel(f"{measure}{' (%)' if percent else ''}")
        add_legend(figure, f"Students of one network, judged on {words:,} words")
        return with_fixed_layout(figure)
