"""The picture of a zoo: the rank of each network against what 3-grams get wrong."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log10
from typing import Any

from nerode.eval.plots.figures import GREY, INK, Plot, add_legend, empty_axes, plain_style, with_fixed_layout
from nerode.eval.plots.fronts import COLORS, MARKERS

UNKNOWN = -4.0  # percent: where networks stand that no student of 3-grams learns from
TICKS = (1, 2, 5, 10, 20, 50, 100)
LEAST = 0.8  # rank, where the axis begins
NEAR = 0.025, 1.0  # in decades of the rank and in percent: numbers of points as near as that are written together
COLUMN, COLUMNS = 0.19, 2  # width of a column of names, in parts of the axes, and how many there are


def zoo_figure(networks: Sequence[dict[str, Any]]) -> Plot:
    """Plot the rank against the error of a student of 3-grams, a point for each network; filled for classifiers.

    Parameters
    ----------
    networks : cards of networks
    """
    with plain_style():
        rows = ceil(len(networks) / COLUMNS)
        figure, axes = empty_axes(11.5, max(6.5, 1.5 + 0.15 * rows))
        kinds = list(dict.fromkeys(card["data"]["kind"] for card in networks))
        styles = {kind: (COLORS[i % len(COLORS)], MARKERS[i % len(MARKERS)]) for i, kind in enumerate(kinds)}
        for kind, (color, marker) in styles.items():
            axes.plot([], [], linestyle="", marker=marker, color=color, label=kind)
        together: dict[tuple[float, float], list[int]] = {}
        for number, card in enumerate(networks, start=1):
            color, marker = styles[card["data"]["kind"]]
            place = float(max(1, card["difficulty"]["rank"])), _percent(card["difficulty"]["grams"])
            filled = color if card["data"]["task"] == "classifier" else "white"
            axes.plot(*place, marker=marker, color=color, markerfacecolor=filled, markersize=6)
            together.setdefault(next((other for other in together if _near(place, other)), place), []).append(number)
        for place, numbers in together.items():
            axes.annotate(", ".join(map(str, numbers)), place, (5, 2), textcoords="offset points", fontsize=6, color=INK)
        named = [f"{number}  {card['name']}" for number, card in enumerate(networks, start=1)]
        for column in range(COLUMNS):
            names = "\n".join(named[column * rows : (column + 1) * rows])
            axes.text(1.01 + COLUMN * column, 1, names, transform=axes.transAxes, va="top", fontsize=6, color=INK)
        if any(card["difficulty"]["grams"] is None for card in networks):
            axes.axhline(UNKNOWN / 2, color=GREY, linewidth=0.8)
            axes.annotate("no 3-grams", (LEAST, UNKNOWN), (4, -3), textcoords="offset points", fontsize=7, color=GREY)
        axes.set_xscale("log")
        axes.set_xlim(left=LEAST)
        axes.set_xticks(TICKS, list(map(str, TICKS)))
        axes.minorticks_off()
        axes.set_xlabel("rank that explains 99 % of the Hankel block of scores")
        axes.set_ylabel("error of 3-grams (%)")
        add_legend(figure, f"{len(networks)} networks; a filled mark is a classifier, an open one a language model")
        return with_fixed_layout(figure)


def _near(place: tuple[float, float], other: tuple[float, float]) -> bool:
    return abs(log10(place[0] / other[0])) < NEAR[0] and abs(place[1] - other[1]) < NEAR[1]


def _percent(share: float | None) -> float:
    return UNKNOWN if share is None else 100 * share
