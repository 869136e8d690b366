"""`nerode extract --plots`: what is written, when it is refused, and that nothing else waits for it."""

import os
import subprocess
import sys

import pytest
from shell import DEMO, ended, run, started

from nerode.errors import InputError
from nerode.shell import common
from nerode.shell import extract as extract_command

pytestmark = pytest.mark.usefixtures("frugal")

LEARNED = ("size-error", "visits", "movement")


def files(*names):
    return {f"{name}.{kind}" for name in names for kind in ("svg", "png")} | {"automaton.svg"}


def test_plots_of_lstar_are_written_and_named_in_a_folder_that_may_be_there_already(capsys, tmp_path, frugal):
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "visits.svg").write_text("old")
    shown = run(capsys, "extract", DEMO, "--method", "lstar", "--out", tmp_path / "a.json", "--plots", tmp_path)
    assert (shown.code, shown.err) == (0, "")
    assert f"Plots in {tmp_path}: size-error, visits, movement, automaton." in shown.out
    assert set(os.listdir(tmp_path)) == {"mine.txt", "a.json"} | files(*LEARNED)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert "</svg>" in (tmp_path / "visits.svg").read_text(encoding="utf-8")


def test_plots_of_the_spectral_method_are_answered_in_json(capsys, tmp_path, frugal):
    folder = tmp_path / "plots"
    shown = run(capsys, "extract", DEMO, "--out", tmp_path / "a.json", "--plots", folder, "--json")
    assert (shown.code, shown.err) == (0, "")
    assert {os.path.relpath(path, folder) for path in shown.answer["plots"]} == files(*LEARNED, "singular-values", "map")
    assert all(os.path.getsize(path) > 1000 for path in shown.answer["plots"])


def test_without_the_option_there_are_none(capsys, tmp_path):
    answer = run(capsys, "extract", DEMO, "--method", "lstar", "--out", tmp_path / "a.json", "--json").answer
    assert answer["plots"] is None
    assert os.listdir(tmp_path) == ["a.json"]


def test_what_a_limit_leaves_is_plotted(capsys, tmp_path):
    folder = tmp_path / "plots"
    options = ("--method", "lstar", "--out", tmp_path / "a.json", "--plots", folder, "--states", 2, "--json")
    shown = run(capsys, "extract", DEMO, *options)
    assert shown.code == 3
    assert set(os.listdir(folder)) == files(*LEARNED)


def test_what_an_interruption_leaves_is_plotted(capsys, tmp_path, monkeypatch, frugal):
    honest = extract_command.extract

    def interrupted(*arguments, progress, **options):
        def stop(message):
            raise KeyboardInterrupt

        return honest(*arguments, progress=stop, **options)

    monkeypatch.setattr(extract_command, "extract", interrupted)
    shown = run(capsys, "extract", DEMO, "--out", tmp_path / "a.json", "--plots", tmp_path / "plots", "--json")
    assert (shown.code, shown.answer["stop_reason"]) == (3, "interrupted")
    assert "size-error.svg" in os.listdir(tmp_path / "plots")


@pytest.fixture
def silent(monkeypatch):
    """No network is read, let alone asked."""

    def refuse(*arguments):
        raise AssertionError("the network was read")

    monkeypatch.setattr(common, "load_teacher", refuse)


@pytest.mark.usefixtures("silent")
def test_places_that_cannot_be_written_to_are_refused_before_the_network_is_asked(capsys, tmp_path):
    (tmp_path / "file").write_text("mine")
    for folder, why in (
        (tmp_path / "file", "no folder"),
        (tmp_path / "no" / "plots", "does not exist"),
        (tmp_path / "a.json", "another name"),
    ):
        shown = run(capsys, "extract", DEMO, "--out", tmp_path / "a.json", "--plots", folder)
        assert shown.code == 2
        assert why in shown.err
        assert shown.err.count("\n") == 1
    assert os.listdir(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text() == "mine"


def test_plots_that_fail_lose_neither_automaton_nor_verdict(capsys, tmp_path, monkeypatch):
    def full(*arguments):
        raise InputError("cannot write visits.svg: no space left on device")

    monkeypatch.setattr("nerode.eval.plots.save_plots", full)
    options = ("--method", "lstar", "--out", tmp_path / "a.json", "--plots", tmp_path / "plots", "--json")
    shown = run(capsys, "extract", DEMO, *options)
    assert shown.code == 2
    assert shown.err == "nerode extract: no plots: cannot write visits.svg: no space left on device\n"
    assert shown.answer["plots"] is None
    assert shown.answer["held_out"]["metrics"]["error_rate"]["value"] == 0
    assert (tmp_path / "a.json").exists()


def test_who_does_not_wait_for_plots_has_the_rest(capsys, tmp_path, monkeypatch):
    def impatient(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("nerode.eval.plots.plots", impatient)
    options = ("--method", "lstar", "--out", tmp_path / "a.json", "--plots", tmp_path / "plots", "--json")
    shown = run(capsys, "extract", DEMO, *options)
    assert (shown.code, shown.err, shown.answer["plots"]) == (0, "", None)


def test_no_display_is_needed(dfa, tmp_path):
    surroundings = {"DISPLAY": "", "MPLBACKEND": "tkagg"}  # a backend that needs one
    options = ("--method", "lstar", "--out", tmp_path / "a.json", "--plots", tmp_path / "plots")
    shown = ended(started("extract", dfa, *options, env=surroundings))
    assert (shown.code, shown.err) == (0, "")
    assert set(os.listdir(tmp_path / "plots")) == files(*LEARNED)


def test_matplotlib_is_loaded_for_plots_alone_and_pyplot_with_its_global_state_never():
    modules = ("cli", "shell.extract", "eval.reading", "extraction.loop")
    report = "; ".join(f"import nerode.{module}, sys; print('{module}', 'matplotlib' in sys.modules)" for module in modules)
    report += "; nerode.plots; print('matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [*(f"{module} False" for module in modules), "True False"]
