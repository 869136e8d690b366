"""Plots: that they show the numbers they are given, on scales where each can be seen, and are written the same every time."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from drawn_plots import SIZES, UNIT, curve_of, drawn, legend, ticks

from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_dfa
from nerode.eval.plots.curves import singular_values, size_error
from nerode.eval.plots.states import movement, visits
from nerode.eval.reading import Reading, reading
from nerode.eval.scales import number, round_numbers, symbol
from nerode.extraction.curve import Size
from nerode.words import Alphabet


@pytest.fixture(scope="module")
def crowded():
    """The bars and the squares of more states and letters than are shown, both drawn."""
    rng = np.random.default_rng(20230711)
    automaton = random_dfa(rng, 120, 70)
    read = reading(automaton, [tuple(rng.integers(70, size=50).tolist()) for _ in range(100)])
    bars, squares = visits(automaton, read), movement(automaton, read)
    drawn(bars)
    drawn(squares)
    return bars, squares


# error by size


def test_sizes_of_a_logarithmic_scale_are_its_ticks():
    def of(*numbers):
        sizes = [Size(states, 0.5 / states, 0.0) for states in numbers]
        return ticks(drawn(size_error(sizes, sizes[-1], 0.6, UNIT)).xaxis)

    assert of(1, 2, 4, 8, 16, 27) == ["1", "2", "4", "8", "16", "27"]
    assert of(6, 13, 27) == ["6", "13", "27"]
    assert of(1, 99, 100) == ["1", "100"]  # the others would overlap
    assert of(*range(1, 101)) == ["1", "2", "5", "10", "20", "50", "100"]


def test_every_size_stands_where_its_error_is():
    axes = drawn(size_error(SIZES, Size(3, 0.005, 0.0), 0.6, UNIT))
    assert curve_of(axes) == ([1, 2, 3, 4], [0.5, 0.2, 0.01, 0.0])
    (bars,) = axes.collections
    lows, highs = zip(*(segment[:, 1] for segment in bars.get_segments()), strict=True)
    np.testing.assert_allclose(lows, [0.49, 0.15, 0.0, 0.0])  # no error is below 0
    np.testing.assert_allclose(highs, [0.51, 0.25, 0.03, 0.0])
    (chosen,) = [line for line in axes.lines if line.get_markersize() == 9]
    assert (chosen.get_xdata(), chosen.get_ydata()) == ([3], [0.005])
    assert axes.get_ylabel() == UNIT


def test_what_is_marked_is_named():
    figure = size_error(SIZES, Size(3, 0.005, 0.0), 0.6, UNIT)
    assert legend(figure) == {"constant answer", "before refinement, ± one standard error", "handed back: 3 states, error 0.005"}
    assert "number of states" in figure.legends[0].get_title().get_text()


def test_an_error_of_zero_is_seen_on_a_logarithmic_scale():
    axes = drawn(size_error(SIZES, Size(4, 0.0, 0.0), 0.6, UNIT))
    low, high = axes.get_ylim()
    heights = [axes.transData.transform((1, value))[1] for value in (low, 0.0, 0.01, 0.1, 1.0)]
    assert np.diff(heights).min() > 5  # pixels
    assert heights[4] - heights[3] == pytest.approx(heights[3] - heights[2])
    assert {"0", "0.01", "0.5"} <= set(ticks(axes.yaxis))
    assert high > 0.6


def test_without_zeros_the_scale_is_plainly_logarithmic():
    axes = drawn(size_error(SIZES[:3], Size(3, 0.01, 0.0), 0.6, UNIT))
    assert axes.get_yscale() == "log"
    assert "0" not in ticks(axes.yaxis)


def test_sizes_that_are_far_worse_than_a_constant_do_not_press_the_others_flat():
    sizes = [*SIZES[:3], Size(4, 1e9, 1.0), Size(5, np.inf, 0.0)]
    figure = size_error(sizes, Size(3, 0.01, 0.0), 0.6, UNIT)
    axes = drawn(figure)
    assert axes.get_ylim()[1] < 2
    assert curve_of(axes)[0] == [1, 2, 3]
    (edge,) = [line for line in axes.lines if line.get_marker() == "^"]
    assert edge.get_xdata().tolist() == [4, 5]
    assert "worse than shown" in legend(figure)


def test_errors_whose_spread_is_not_known_have_no_bars():
    figure = size_error([Size(1, 0.3, 0.0), Size(4, 0.1, 0.0)], Size(4, 0.1, 0.0), 0.3, UNIT)
    assert not drawn(figure).collections
    assert "tried" in legend(figure)


@pytest.mark.parametrize(
    ("sizes", "chosen", "constant"),
    [([], Size(1, 0.3, 0.0), 0.3), ([], Size(1, 0.0, 0.0), 0.0), ([Size(7, np.inf, 0.0)], Size(1, 0.3, 0.0), 0.3)],
)
def test_little_to_show_is_shown(sizes, chosen, constant):
    assert ticks(drawn(size_error(sizes, chosen, constant, UNIT)).xaxis)


def test_many_states_have_a_logarithmic_scale():
    axes = drawn(size_error([Size(n, 1 / n, 0.0) for n in (1, 10, 1000)], Size(1000, 0.001, 0.0), 1.0, UNIT))
    assert {"1", "10", "1,000"} <= set(ticks(axes.xaxis))
    assert axes.get_xlabel() == "states (logarithmic)"
    assert set(ticks(drawn(size_error(SIZES, SIZES[2], 0.6, UNIT)).xaxis)) == {"1", "2", "3", "4"}


# singular values


def test_singular_values_are_relative_to_the_largest():
    figure = singular_values(np.array([4.0, 2.0, 1.0, 0.0]), 2)
    axes = drawn(figure)
    assert curve_of(axes) == ([1, 2, 3, 4], [1.0, 0.5, 0.25, 0.0])
    assert "handed back: 2 states" in legend(figure)
    assert "0" in ticks(axes.yaxis)
    drawn(singular_values(np.zeros(3), 1))
    drawn(singular_values(np.zeros(0), 1))


# visits and movement


def test_bars_are_the_visits_in_their_order():
    automaton = random_dfa(np.random.default_rng(0), 4, 2)
    axes = drawn(visits(automaton, Reading(np.array([0.1, 0.6, 0.3, 0.0]), np.zeros((2, 4)), np.ones(2, int))))
    np.testing.assert_allclose([bar.get_height() for bar in axes.patches], [60, 30, 10, 0])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2", "0", "3"]
    assert "prefixes (%)" in axes.get_ylabel()
    assert "1 state never visited" in axes.figure.get_suptitle()


def test_squares_are_the_movement():
    automaton = random_dfa(np.random.default_rng(0), 3, 2)
    moved = np.array([[0.1, 0.2, 0.3], [np.nan, np.nan, np.nan]])
    axes = drawn(movement(automaton, Reading(np.array([0.2, 0.3, 0.5]), moved, np.array([9, 0]))))
    shown = np.ma.filled(axes.images[0].get_array(), -1)
    np.testing.assert_allclose(shown, [[30, 20, 10], [-1, -1, -1]])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0", "1"]
    assert "never read" in axes.figure.get_suptitle()
    assert "enter or leave (%)" in axes.figure.axes[1].get_ylabel()


def test_too_many_states_and_letters_are_counted(crowded):
    bars, squares = crowded
    assert len(bars.axes[0].patches) == 100
    assert "20 states not shown" in bars.get_suptitle()
    assert squares.axes[0].images[0].get_array().shape == (64, 100)
    assert "6 letters not shown; 20 states not shown" in squares.get_suptitle()


def test_labels_do_not_lie_on_each_other(crowded):
    axes = crowded[1].axes[0]
    boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))
    boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
    assert all(upper.y0 > lower.y1 for upper, lower in itertools.pairwise(boxes))


def test_a_function_that_is_zero_is_drawn():
    nothing = WFA(Alphabet.of_size(2), np.zeros(3), np.zeros((2, 3, 3)), np.zeros((3, 1)))
    for words in ([""], ["0 1", "1"]):
        for figure in (visits(nothing, reading(nothing, words)), movement(nothing, reading(nothing, words))):
            assert drawn(figure).get_xlabel()


def test_letters_of_any_script_are_shown():
    """Formulas, scripts that the font does not have, and long tokens: as warnings are errors here, none may be missing."""
    hostile = ("$x$", "$\\frac$", "\\$", "日本", "\u0301", "&lt;", "<b>", "a" * 40, "%", "\ud800")
    alphabet = Alphabet(hostile)
    automaton = replace(random_dfa(np.random.default_rng(0), 3, len(hostile)), alphabet=alphabet)
    axes = drawn(movement(automaton, reading(automaton, [(i,) for i in range(len(hostile))])))
    assert len(axes.get_yticklabels()) == len(hostile)
    assert symbol("日") == r"\u65e5"
    assert symbol("$") == r"\$"
    assert symbol("a" * 40) == "a" * 11 + "…"
    assert symbol("é") == "é"


# numbers on scales


def test_numbers_on_scales():
    texts = [number(value) for value in (0, 0.001, 0.5, 2.0, 1000, 1e-4, 2e-5, 1e-12, 1e6)]
    assert texts == ["0", "0.001", "0.5", "2", "1000", "10⁻⁴", "2·10⁻⁵", "10⁻¹²", "10⁶"]
    assert round_numbers(0.02, 0.3) == pytest.approx([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5])
    wide = round_numbers(1e-17, 1.0)
    assert wide[-1] == 1
    assert 5 <= len(wide) <= 9
