"""The picture of a zoo: the rank of each network against what 3-grams get wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nerode.eval.plots.figures import GREY, INK, Plot, add_legend, empty_axes, plain_style, with_fixed_layout
from nerode.eval.plots.fronts import COLORS, MARKERS

UNKNOWN = -4.0  # percent: where networks stand that no student of 3-grams learns from
TICKS = (1, 2, 5, 10, 20, 50, 100)
LEAST = 0.8  # rank, where the axis begins


def zoo_figure(networks: Sequence[dict[str, Any]]) -> Plot:
    """Plot the rank against the error of a student of 3-grams, a point for each network; filled for classifiers.

    Parameters
    ----------
    networks : cards of networks
    """
    with plain_style():
        figure, axes = empty_axes(9.5, 6.5)
        kinds = list(dict.fromkeys(card["data"]["kind"] for card in networks))
        styles = {kind: (COLORS[i % len(COLORS)], MARKERS[i % len(MARKERS)]) for i, kind in enumerate(kinds)}
        for kind, (color, marker) in styles.items():
            axes.plot([], [], linestyle="", marker=marker, color=color, label=kind)
        for number, card in enumerate(networks, start=1):
            color, marker = styles[card["data"]["kind"]]
            place = max(1, card["difficulty"]["rank"]), _percent(card["difficulty"]["grams"])
            filled = color if card["data"]["task"] == "classifier" else "white"
            axes.plot(*place, marker=marker, color=color, markerfacecolor=filled, markersize=6)
            axes.annotate(str(number), place, (4, 2), textcoords="offset points", fontsize=6, color=INK)
        names = "\n".join(f"{number}  {card['name']}" for number, card in enumerate(networks, start=1))
        axes.text(1.01, 1, names, transform=axes.transAxes, va="top", fontsize=6, color=INK)
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


def _percent(share: float | None) -> float:
    return UNKNOWN if share is None else 100 * share
