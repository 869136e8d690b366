"""Plots of states: how much passes through each, and which letters move which."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from nerode.automata.base import Automaton
from nerode.automata.diagram import counted
from nerode.automata.wfa import WFA
from nerode.eval.plots.figures import BLUE, Plot, add_title, empty_axes, inches, label_size, plain_style, with_fixed_layout
from nerode.eval.reading import Reading
from nerode.eval.scales import symbol
from nerode.words import IntArray

MOST_STATES, MOST_LETTERS = 100, 64  # in one plot; the most frequent ones are shown, and the title counts the others
FEWEST = 6  # smallest number of bars for which the axis has room
MOSTLY = 0.95  # share of the visits for which the title counts the states


def visits(automaton: Automaton, read: Reading) -> Plot:
    """Plot the visits of each state, the most visited first."""
    shown = _by_visits(read)
    width = inches(len(shown))
    with plain_style():
        figure, axes = empty_axes(width, 3.8)
        unseen = int(np.count_nonzero(read.visits == 0))
        most = int(np.searchsorted(np.cumsum(read.visits[shown]), MOSTLY)) + 1
        remarks = [f"{MOSTLY:.0%} passes through {most:,} of {automaton.states:,} states"] if most < len(shown) else []
        remarks += [f"{counted(unseen, 'state')} never visited"] if unseen else []
        if len(shown) < automaton.states:
            rest = 1 - float(read.visits[shown].sum())
            remarks.append(f"{counted(automaton.states - len(shown), 'state')} not shown, with {rest:.1%} in all")
        add_title(figure, "How much of the words passes through each state", remarks)
        axes.bar(np.arange(len(shown)), 100 * read.visits[shown], color=BLUE, width=0.8)
        axes.set_ylim(bottom=0)
        room = max(0, FEWEST - len(shown)) / 2
        axes.set_xlim(-0.8 - room, len(shown) - 0.2 + room)
        axes.set_ylabel("share of the scores (%)" if isinstance(automaton, WFA) else "share of the prefixes (%)")
        _name_states(axes, shown)
        return with_fixed_layout(figure)


def movement(automaton: Automaton, read: Reading) -> Plot:
    """Plot the movement of each state by each letter; states are in the order of `visits`, letters in that of the alphabet."""
    shown = _by_visits(read)
    letters = np.sort(np.argsort(-read.readings, kind="stable")[:MOST_LETTERS])
    percent = 100 * read.movement[np.ix_(letters, shown)]
    with plain_style():
        figure, axes = empty_axes(inches(len(shown)) + 1, inches(len(letters), least=2.4))
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
        add_title(figure, "Which letters move which states", remarks)
        axes.set_facecolor("#cbd2d9")
        largest = np.nan_to_num(percent).max() or 1.0
        image = axes.imshow(percent, cmap="Blues", vmin=0, vmax=largest, aspect="auto", interpolation="nearest")
        bar = figure.colorbar(image, ax=axes, fraction=0.05, pad=0.02)
        bar.outline.set_visible(False)
        weighted = isinstance(automaton, WFA)
        bar.set_label("movement by a reading\n(% of all scores)" if weighted else "readings that\nenter or leave (%)")
        _name_states(axes, shown)
        axes.set_yticks(np.arange(len(letters)), [symbol(automaton.alphabet.symbols[i]) for i in letters.tolist()])
        axes.tick_params(axis="y", labelsize=label_size(len(letters)), length=2)
        axes.set_ylabel("letter")
        axes.spines[:].set_visible(False)
        return with_fixed_layout(figure)


def _by_visits(read: Reading) -> IntArray:
    """Return the states that are shown, the most visited first."""
    return np.argsort(-read.visits, kind="stable")[:MOST_STATES]


def _name_states(axes: Axes, shown: IntArray) -> None:
    axes.set_xticks(np.arange(len(shown)), [str(state) for state in shown.tolist()])
    axes.tick_params(axis="x", labelsize=label_size(len(shown)), labelrotation=90 if len(shown) > 20 else 0, length=2)
    axes.set_xlabel("state, the most visited first")
