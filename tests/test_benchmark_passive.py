"""A small run of the benchmark of passive methods."""

import sys
from pathlib import Path

import numpy as np
import pytest

from nerode.datasets.languages import tomita

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import passive


def test_all_methods_ask_no_more_words_than_they_may(monkeypatch, frugal):
    pytest.importorskip("aalpy")
    monkeypatch.setattr(passive, "QUERIES", (150, 1000))
    monkeypatch.setattr(passive, "FRESH", 300)
    problem = passive.Problem("tomita-4", passive.BlackBox(tomita(4)), lambda seed: passive.uniform(2, seed))
    rows = list(passive.measured(problem, 2, 1.0))
    assert [(row["at most"], row["method"]) for row in rows] == [(q, m) for q in (150, 1000) for m in passive.METHODS]
    for row in rows:
        assert all(0 < asked <= row["at most"] for asked in row["asked"])
        assert len(row["states"]) == len(row["error"]) == 2
    assert rows[3]["error"] == [0, 0]  # lstar
    lines = passive.table(rows)
    assert len(lines) == 2 + len(rows)
    assert lines[5].startswith("| tomita-4 | 1,000 | lstar | ")


def test_problems_without_their_data_are_left_out_with_a_sentence(tmp_path, capsys):
    problems = list(passive.problems(tmp_path))
    assert [problem.name for problem in problems] == ["dfa-10-2", "dfa-30-2", "dfa-30-4", "dfa-30-10"]
    assert capsys.readouterr().err.startswith(f"1.9 is left out: there is no {tmp_path}")
    words = problems[2].fresh(0)
    assert (len(words), max(map(max, filter(None, words)))) == (passive.FRESH, 3)
    assert np.array_equal(problems[0].teacher.scores([(), (0, 1)]), problems[0].teacher.scores([(), (0, 1)]))
