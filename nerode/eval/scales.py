"""Axes of plots: scales for magnitudes that may be 0 and for numbers of states, and labels for numbers and letters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from nerode.automata.diagram import visible

FONT = "DejaVu Sans"  # comes with matplotlib
WIDE_RANGE = 20  # number of states above which their axis may be logarithmic
MOST_GIVEN, CHARACTERS = 12, 60  # numbers that are ticks themselves, and how many of their characters fit side by side
LONGEST_SYMBOL = 12  # characters
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def magnitudes(axes: Axes, values: Iterable[float]) -> None:
    """Set a logarithmic vertical scale for numbers ≥ 0; if some are 0, the scale has a place for 0 below the others."""
    finite = [value for value in values if math.isfinite(value)]
    positive = [value for value in finite if value > 0]
    low, high = min(positive, default=1.0), max(positive, default=1.0)
    ticks = round_numbers(low, high)
    if len(positive) < len(finite):
        least = 10.0 ** math.floor(math.log10(low))
        axes.set_yscale("symlog", linthresh=least, linscale=0.5)
        axes.set_ylim(-0.2 * least, 1.5 * high)
        ticks = [0.0, *(tick for tick in ticks if tick >= least)]
    else:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.5, 1.5 * high)
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axes.grid(axis="y", color="#e4e7eb", linewidth=0.8)
    axes.set_axisbelow(True)


def counts(axes: Axes, numbers: Sequence[int], label: str) -> None:
    """Set a horizontal scale for numbers of states; it is logarithmic if their range is wide, and its label then says so."""
    low, high = min(numbers), max(numbers)
    if high > WIDE_RANGE and high > 4 * low:
        axes.set_xscale("log")
        axes.set_xlabel(f"{label} (logarithmic)")
        axes.set_xlim(low / 1.1, high * 1.1)
        axes.xaxis.set_major_locator(FixedLocator(_apart(sorted(set(numbers))) or round_numbers(low, high)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _whole(value)))
    else:
        axes.set_xlabel(label)
        margin = max(0.5, 0.04 * (high - low))
        axes.set_xlim(low - margin, high + margin)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _apart(numbers: Sequence[int]) -> list[int]:
    """Return ascending numbers as ticks of a logarithmic scale, without those too near to others; none if they are too many."""
    if len(numbers) > MOST_GIVEN:
        return []
    least = math.log(numbers[-1] / numbers[0]) / (CHARACTERS / max(3, len(_whole(numbers[-1]))))
    kept = [numbers[0]]
    for number in numbers[1:]:
        near_last = number != numbers[-1] and math.log(numbers[-1] / number) < least
        if not near_last and math.log(number / kept[-1]) >= least:
            kept.append(number)
    return kept


def _whole(number: float) -> str:
    return f"{number:,.0f}"


def round_numbers(low: float, high: float) -> list[float]:
    """Return ticks around a range, few enough for labels: 1, 2, 5, 10, … or powers of 10."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    few = last - first <= 3
    step = max(1, math.ceil((last - first) / 8))
    powers = range(last, first - 1, -step)[::-1]  # counted from the highest, so that it is always a tick
    return [digit * 10.0**power for power in powers for digit in ((1, 2, 5) if few else (1,))]


def number(value: float) -> str:
    """Return the label of a tick, such as 0.02, 5 or 2·10⁻⁵."""
    if value == 0 or 1e-3 <= value < 1e4:
        return f"{value:g}"
    digit, power = f"{value:.0e}".split("e")
    ten = "10" + str(int(power)).translate(RAISED)
    return ten if digit == "1" else f"{digit}·{ten}"


def symbol(text: str) -> str:
    """Return the label of a letter: shortened, and as `plain` writes it."""
    return plain(text if len(text) <= LONGEST_SYMBOL else text[: LONGEST_SYMBOL - 1] + "…")


def plain(text: str) -> str:
    """Return text for a figure, with escapes for characters that the font lacks, and with dollars escaped."""
    known = _font()
    return "".join(c if known.get_char_index(ord(c)) else ascii(c)[1:-1] for c in visible(text)).replace("$", r"\$")


@cache
def _font() -> FT2Font:
    return get_font(findfont(FontProperties(family=FONT)))
