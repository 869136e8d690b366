"""All plots of an extraction: which there are, how a notebook shows them, and that they are written the same every time."""

import re
from base64 import b64decode
from dataclasses import replace
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from drawn_plots import SIZES, UNIT, curve_of, drawn, legend
from matplotlib.figure import Figure

import nerode
from nerode.errors import InputError
from nerode.eval.plots import Plots, check_place, plots, save_plots
from nerode.eval.plots import figures as figures_module
from nerode.eval.plots.curves import size_error
from nerode.eval.plots.figures import Plot, shown
from nerode.eval.reading import reading
from nerode.extraction.curve import Curve, Size


@pytest.fixture(scope="module")
def result():
    """An extraction of a known automaton, with a curve of made-up sizes."""
    hidden = nerode.language("random-pdfa-5-letters-3", np.random.default_rng(4))
    found = nerode.extract(hidden, states=4, queries=3000, refinement="none", seed=0)
    constant = replace(found.rounds[0], error=0.6)
    curve = Curve(np.array([2.0, 1.0, 0.5, 1e-9]), tuple(SIZES))
    return replace(found, curve=curve, rounds=(constant, *found.rounds[1:]))


@pytest.fixture(scope="module")
def figures(result):
    """Its plots, which drawing does not change."""
    return plots(result)


# all of an extraction


def test_an_extraction_has_its_plots(result, figures):
    assert list(figures) == ["size-error", "singular-values", "visits", "movement", "map"]
    assert all(isinstance(figure, Figure) for figure in figures.values())
    assert curve_of(drawn(figures["size-error"]))[1] == [size.error for size in SIZES]
    assert "per symbol" in figures["size-error"].axes[0].get_ylabel()
    assert f"handed back: {result.automaton.states} states, error {result.chosen.error:.3g}" in legend(figures["size-error"])


def test_words_of_the_user_are_read(result):
    bars = [[bar.get_height() for bar in plots(result, words)["visits"].axes[0].patches] for words in (["0 1 2"], None)]
    for heights, words in zip(bars, (["0 1 2"], result.fresh), strict=True):
        np.testing.assert_allclose(heights, 100 * np.sort(reading(result.automaton, words).visits)[::-1])
    with pytest.raises(InputError, match="at least one word"):
        plots(result, [])


def test_rounds_are_shown_where_there_is_no_curve():
    found = nerode.extract(nerode.language("tomita-5", np.random.default_rng(0)), method="lstar", queries=2000, seed=0)
    figures = plots(found)
    assert list(figures) == ["size-error", "visits", "movement"]
    states, errors = curve_of(drawn(figures["size-error"]))
    assert states == [done.states for done, _ in found.front]
    assert errors == [done.error for done, _ in found.front]


def test_rounds_are_dots_and_the_front_is_a_line():
    front = [SIZES[0], SIZES[2], Size(9, np.inf, 0.0)]
    figure = size_error(SIZES[1:], SIZES[2], 0.6, UNIT, front)
    axes = drawn(figure)
    assert curve_of(axes) == ([1, 3], [0.5, 0.01])
    (line,) = [line for line in axes.lines if line.get_drawstyle() == "steps-post"]
    assert line.get_linewidth() > 1
    (dots,) = [line for line in axes.lines if line.get_linewidth() == 0]
    assert (dots.get_xdata().tolist(), dots.get_ydata().tolist()) == ([2, 3, 4], [0.2, 0.01, 0.0])
    assert "no other as small is as good" in legend(figure)


def test_notebooks_show_one_and_all(figures):
    ElementTree.fromstring(re.sub(r"<!DOCTYPE.*?>", "", figures["visits"]._repr_mimebundle_()["image/svg+xml"], flags=re.DOTALL))
    page = figures._repr_html_()
    assert re.findall(r'alt="([\w-]+)"', page) == list(figures)
    sources = re.findall(r"base64,([\w+/=]+)", page)
    assert [b64decode(source) for source in sources] == [shown(figure)[1] for figure in figures.values()]


def test_notebooks_show_what_is_large_as_png(figures, monkeypatch):
    monkeypatch.setattr(figures_module, "LARGE", 100)
    figure = figures["visits"]
    assert b64decode(figure._repr_mimebundle_()["image/png"]).startswith(b"\x89PNG")
    assert Plots({"visits": figure})._repr_html_().count("data:image/png;base64,iVBORw") == 1


def test_nothing_global_is_changed_and_nothing_global_shows(result, figures):
    plain = figures["size-error"]._repr_mimebundle_()["image/svg+xml"]
    with matplotlib.rc_context({"font.size": 30, "axes.grid": True, "axes.facecolor": "red", "text.usetex": True}):
        before = dict(matplotlib.rcParams)
        assert plots(result)["size-error"]._repr_mimebundle_()["image/svg+xml"] == plain
        assert dict(matplotlib.rcParams) == before


# files


def test_files_are_written_and_are_the_same_every_time(result, figures, tmp_path):
    written = save_plots(tmp_path / "plots", figures, result.automaton)
    names = ["size-error", "singular-values", "visits", "movement", "map"]
    assert [path.name for path in written] == [f"{name}.{kind}" for name in names for kind in ("svg", "png")] + ["automaton.svg"]
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == sorted(path.name for path in written)
    for path in written:
        data = path.read_bytes()
        assert data.startswith(b"\x89PNG") if path.suffix == ".png" else b"</svg>" in data
        assert b"dc:date" not in data
    again = save_plots(tmp_path / "again", plots(result), result.automaton)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in written]


def test_plots_of_another_extraction_do_not_stay(result, figures, tmp_path):
    blank = Plots({name: Plot() for name in figures})
    save_plots(tmp_path, blank, result.automaton)
    (tmp_path / "mine.svg").write_text("mine")
    del blank["singular-values"]
    save_plots(tmp_path, blank, result.automaton)
    kept = {f"{name}.{kind}" for name in ("size-error", "visits", "movement", "map") for kind in ("svg", "png")}
    assert {path.name for path in tmp_path.iterdir()} == {*kept, "automaton.svg", "mine.svg"}


def test_nothing_is_written_where_one_plot_fails(tmp_path):
    class Broken(Plot):
        def savefig(self, *arguments, **options):
            raise InputError("no ink")

    with pytest.raises(InputError, match="no ink"):
        save_plots(tmp_path / "plots", Plots({"good": Plot(), "bad": Broken()}))
    assert not (tmp_path / "plots").exists()


def test_places_that_cannot_be_written_to_are_refused(tmp_path):
    (tmp_path / "file").touch()
    for folder, why in ((tmp_path / "file", "no folder"), (tmp_path / "no" / "plots", "does not exist")):
        with pytest.raises(InputError, match=why):
            check_place(folder)
        with pytest.raises(InputError, match="cannot make the folder"):
            save_plots(folder, Plots())
    (tmp_path / "visits.svg").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        check_place(tmp_path)
    check_place(tmp_path / "new")
    assert not (tmp_path / "new").exists()
