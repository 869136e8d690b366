"""The picture of a grid: α against the accuracy of students, beside labels alone and the teacher."""

from __future__ import annotations

from typing import Any

from nerode.eval.plots.figures import GREY, INK, Plot, add_legend, empty_axes, plain_style, with_fixed_layout
from nerode.eval.plots.fronts import COLORS, MARKERS

SHIFT = 0.006  # of α, that lines are moved apart for their intervals to be seen


def grid_figure(grid: Any) -> Plot:
    """Plot α against accuracy, a line for each T with 95 % intervals; a band for labels alone, and a line for the teacher.

    Parameters
    ----------
    grid : a `Grid`
    """
    with plain_style():
        figure, axes = empty_axes(7.0, 4.6)
        control = grid.control
        if control.low is not None:
            axes.axhspan(100 * control.low, 100 * control.high, color=GREY, alpha=0.2, linewidth=0)
        axes.axhline(100 * control.mean, color=GREY, label="labels alone (α = 1)")
        axes.axhline(100 * grid.teacher, color=INK, linestyle=":", label="the teacher")
        temperatures = list(dict.fromkeys(cell.temperature for cell in grid.cells[1:]))
        for number, temperature in enumerate(temperatures):
            cells = sorted((cell for cell in grid.cells[1:] if cell.temperature == temperature), key=lambda cell: cell.alpha)
            middle = number - (len(temperatures) - 1) / 2
            means = [100 * cell.mean for cell in cells]
            known = [cell for cell in cells if cell.low is not None]
            reach = [[100 * (cell.mean - cell.low) for cell in known], [100 * (cell.high - cell.mean) for cell in known]]
            colour, marker = COLORS[number % len(COLORS)], MARKERS[number % len(MARKERS)]
            axes.errorbar(
                [cell.alpha + SHIFT * middle for cell in cells], means, reach if known else None, color=colour, marker=marker,
                markersize=5, linewidth=1.0, elinewidth=0.8, label=f"T = {temperature:g}",
            )  # fmt: skip
        axes.set_xlabel("α, the weight of labels")
        axes.set_ylabel("accuracy (%)")
        seeds = len(control.accuracies)
        add_legend(figure, f"{grid.student}: {seeds} seeds each, judged on {grid.words:,} words")
        return with_fixed_layout(figure)
