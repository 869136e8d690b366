"""The picture of a stream: the accuracies of teacher and student over the windows."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np

from nerode.eval.grids import mean_interval
from nerode.eval.plots.figures import GREY, INK, Plot, add_legend, empty_axes, plain_style, with_fixed_layout
from nerode.eval.plots.fronts import COLORS

TICKS = 6  # windows that are named, at most
LINES = (
    ("teacher", "the teacher", INK, ":"), ("off", "labels alone", COLORS[1], "-"), ("on", "with distillation", COLORS[0], "-")
)  # fmt: skip


def stream_figure(streamed: Any) -> Plot:
    """Plot the windows against accuracy, with bands of 95 % over seeds, and a line where distillation was switched on.

    Parameters
    ----------
    streamed : a `Streamed`
    """
    with plain_style():
        figure, axes = empty_axes(7.0, 4.6)
        windows = list(range(1, streamed.windows + 1))
        marker = "o" if len(windows) == 1 else ""  # a line of one point cannot be seen
        axes.plot(windows, 100 * streamed.majority, color=GREY, linewidth=0.8, marker=marker, label="the most frequent class")
        for name, label, color, style in LINES:
            curve = 100 * streamed.curves[name]
            axes.plot(windows, curve.mean(axis=0), color=color, linestyle=style, linewidth=1.2, marker=marker, label=label)
            if name != "teacher" and streamed.sure:
                low, high = np.array([mean_interval(column) for column in curve.T], np.float64).T
                axes.fill_between(windows, low.clip(0, 100), high.clip(0, 100), color=color, alpha=0.15, linewidth=0)
        if streamed.settings.start <= streamed.windows:
            axes.axvline(streamed.settings.start - 0.5, color=GREY, linestyle="--", linewidth=0.8)
        axes.set_xticks(windows[:: ceil(len(windows) / TICKS)])
        axes.set_xlabel("window")
        axes.set_ylabel("accuracy on the part that comes next (%)")
        chosen = streamed.settings
        seeds = f"{streamed.seeds} seed{'s' * (streamed.seeds > 1)}"
        add_legend(figure, f"{chosen.student} of {chosen.student_hidden} taught by {chosen.teacher} of {chosen.hidden}: {seeds}")
        return with_fixed_layout(figure)
