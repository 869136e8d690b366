"""Frames hold the numbers of the tables that they are made of, and without pandas a sentence says so."""

import sys

import numpy as np
import pytest

import nerode
from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.errors import InputError


@pytest.fixture
def result(frugal):
    return nerode.extract(nerode.language("tomita-5", np.random.default_rng(0)), "lstar", seconds=None)


def frames(result):
    yield result.compare
    yield lambda: nerode.trace(result.automaton, ["0110"])[0]
    yield lambda: result


def test_without_pandas_a_sentence_says_so(result, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    for make in frames(result):
        with pytest.raises(InputError, match="a frame needs pandas, which cannot be imported; pip install pandas"):
            make().frame()


def test_a_report_has_a_row_per_metric(result):
    pytest.importorskip("pandas")
    model = random_pdfa(np.random.default_rng(0), 3, 2)
    report = nerode.compare(random_pdfa(np.random.default_rng(1), 3, 2), model, ["0", "10", "110"])
    for each in (report, result.compare()):
        frame = each.frame()
        assert list(frame.index) == list(each.metrics)
        for name, metric in each.metrics.items():
            row = frame.loc[name]
            expected = {"value": metric.value, "low": metric.low, "high": metric.high, **metric.baselines}
            for column in frame.columns:
                known = expected.get(column)
                assert np.isnan(row[column]) if known is None else row[column] == known
    assert {str(kind) for kind in report.frame().dtypes} == {"float64"}
    assert len(report.frame().columns) > 3  # there are baselines


def test_a_result_has_a_row_per_round(result):
    pytest.importorskip("pandas")
    frame = result.frame()
    assert frame.index.name == "round"
    assert frame["states"].tolist() == [done.states for done in result.rounds]
    assert frame["error"].tolist() == [done.error for done in result.rounds]
    assert frame["queries"].tolist() == [done.queries for done in result.rounds]


def test_a_trace_has_a_row_per_letter(result):
    pytest.importorskip("pandas")
    (run,) = nerode.trace(result.automaton, ["0110"], result.teacher)
    frame = run.frame()
    assert list(frame.columns) == ["letter", "state", "automaton", "automaton label", "network", "network label"]
    assert frame["letter"].tolist() == ["", "0", "1", "1", "0"]
    assert frame["state"].tolist() == list(run.states)
    assert frame["automaton"].tolist() == run.automaton.tolist()
    assert frame["network label"].tolist() == run.labels[1].tolist()
    weighted = nerode.trace(random_wfa(np.random.default_rng(0), 2, 2), ["01"])[0].frame()
    assert list(weighted.columns) == ["letter", "automaton"]
