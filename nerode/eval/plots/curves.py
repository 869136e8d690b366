"""Plots of curves: error by size, and singular values."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from nerode.automata.diagram import counted
from nerode.eval.plots.figures import BLUE, GREY, ORANGE, Plot, add_legend, empty_axes, plain_style, with_fixed_layout
from nerode.eval.scales import counts, magnitudes
from nerode.extraction.curve import Size
from nerode.words import FloatArray

SPREAD_OUT = 10  # sizes with more than this many times the error of a constant answer are shown at the edge


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
    with plain_style():
        figure, axes = empty_axes(7.0, 4.4)
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
        counts(axes, [*states.tolist(), chosen.states, *(size.states for size in front)], "states")
        add_legend(figure, "How far the automaton is from the model, by its number of states")
        return with_fixed_layout(figure)


def progress(rounds: Sequence[tuple[int, float, int]], unit: str) -> Plot:
    """Plot the held-out error and the states of each hypothesis against the words that had been asked by then.

    Parameters
    ----------
    rounds : (queries, error, states), in their order
    unit : label of the error axis
    """
    queries, errors, states = map(np.array, zip(*rounds, strict=True))
    with plain_style():
        figure, axes = empty_axes(7.0, 4.4)
        near = np.isfinite(errors)
        magnitudes(axes, errors[near].tolist())
        axes.plot(queries[near], errors[near], color=BLUE, linewidth=1.2, marker="o", markersize=4, label="error (left)")
        axes.set_ylabel(unit)
        axes.set_xlabel("words asked")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        beside = axes.twinx()
        beside.plot(queries, states, color=ORANGE, linewidth=1.2, marker="s", markersize=3, label="states (right)")
        beside.set_ylim(bottom=0)
        beside.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.plot([], [], color=ORANGE, linewidth=1.2, marker="s", markersize=3, label="states (right)")
        add_legend(figure, "What each round brought")
        return with_fixed_layout(figure)


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
    with plain_style():
        figure, axes = empty_axes(7.0, 4.0)
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
        add_legend(figure, "What each further state adds to the table of scores")
        return with_fixed_layout(figure)
