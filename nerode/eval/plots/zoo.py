"""The picture of a zoo: the rank of each network against what 3-grams get wrong."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log10
from typing import Any

from nerode.eval.plots.figures import GREY, INK, Plot, add_legend, empty_axes, plain_style, with_fixed_layout
from nerode.eval.plots.fronts import COLORS, MARKERS

SPAN = 10.0  # percent: what the axis of errors shows at least
BELOW = 0.08  # parts of the highest error: as far below 0 stand networks that no student of 3-grams learns from
UNKNOWN = "no 3-grams"
TICKS = (1, 2, 5, 10, 20, 50, 100)
LEAST = 0.8  # rank, where the axis begins
NEAR = 0.025, 1.0  # in decades of the rank and in percent: numbers of points as near as that are written together
COLUMNS, LETTER, GAP = 2, 3.7, 8  # of names: how many columns, and in points the width of a letter and the gap before a column
ABREAST = 2  # numbers of points that are written together, in a line
FREE = 0.02  # parts of the width beside the names, since letters are wider in some files than in the layout


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
        known = [100 * card["difficulty"]["grams"] for card in networks if card["difficulty"]["grams"] is not None]
        span = max(SPAN, *known) if known else 100.0
        below = -BELOW * span
        together: dict[tuple[float, float], list[int]] = {}
        for number, card in enumerate(networks, start=1):
            color, marker = styles[card["data"]["kind"]]
            place = float(max(1, card["difficulty"]["rank"])), _percent(card["difficulty"]["grams"], below)
            filled = color if card["data"]["task"] == "classifier" else "white"
            axes.plot(*place, marker=marker, color=color, markerfacecolor=filled, markersize=6)
            together.setdefault(next((other for other in together if _near(place, other)), place), []).append(number)
        for place, numbers in together.items():
            axes.annotate(_lines(numbers), place, (5, 2), textcoords="offset points", fontsize=6, color=INK)
        named = [f"{number}  {card['name']}" for number, card in enumerate(networks, start=1)]
        left = 0.0
        for names in (named[first : first + rows] for first in range(0, len(named), rows)):
            axes.annotate(
                "\n".join(names), (1, 1), (left + GAP, 0), xycoords="axes fraction", textcoords="offset points", va="top",
                fontsize=6, color=INK,
            )  # fmt: skip
            left += GAP + LETTER * max(map(len, names))
        axes.set_ylim(1.5 * below if len(known) < len(networks) else below / 2, 1.05 * span)
        ticks = {tick: f"{tick:g}" for tick in axes.get_yticks().tolist() if 0 <= tick <= 1.05 * span}
        if len(known) < len(networks):
            axes.axhline(below / 2, color=GREY, linewidth=0.8)
            ticks = {below: UNKNOWN} | ticks
        axes.set_yticks(list(ticks), list(ticks.values()))
        axes.set_xscale("log")
        axes.set_xlim(left=LEAST)
        axes.set_xticks(TICKS, list(map(str, TICKS)))
        axes.minorticks_off()
        axes.set_xlabel("rank that explains 99 % of the Hankel block of scores")
        axes.set_ylabel("error of 3-grams (%)")
        add_legend(figure, f"{len(networks)} networks; a filled mark is a classifier, an open one a language model")
        figure.set_layout_engine("constrained", rect=(0, 0, 1 - FREE, 1))
        return with_fixed_layout(figure)


def _near(place: tuple[float, float], other: tuple[float, float]) -> bool:
    return abs(log10(place[0] / other[0])) < NEAR[0] and abs(place[1] - other[1]) < NEAR[1]


def _percent(share: float | None, unknown: float) -> float:
    return unknown if share is None else 100 * share


def _lines(numbers: list[int]) -> str:
    """Numbers in lines of a few."""
    return ",\n".join(", ".join(map(str, numbers[i : i + ABREAST])) for i in range(0, len(numbers), ABREAST))
