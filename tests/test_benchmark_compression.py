"""A small run of the benchmark of smaller networks."""

import sys
from pathlib import Path

import pytest

from nerode.compression import results, task
from nerode.compression import shrink as chain

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import compression

PROBLEM = compression.Problem("tomita-5", "tomita-5", "--arch gru --steps 5", "gru")
DEMO = Path(__file__).resolve().parents[1] / "examples" / "tomita-5"


@pytest.fixture(autouse=True)
def _few_words(monkeypatch):
    monkeypatch.setattr(compression, "WORDS", 500)
    monkeypatch.setattr(compression, "FRESH", 50)
    for name, value in {"LESSON": 500, "PASS": 500, "PATIENCE": 1, "RATES": (1.0,)}.items():
        monkeypatch.setattr(task, name, value)
    monkeypatch.setattr(chain, "HELD_OUT", 100)
    monkeypatch.setattr(results, "TURNS", 1)


def test_each_way_has_a_row():
    rows = list(compression.measured(PROBLEM, DEMO, 0.2, 0))
    ways = [row["way"] for row in rows]
    assert ways[:4] == ["original", "neurons", "neurons + magnitude", "neurons + magnitude + int8"]
    assert ways[4:] == ["magnitude, as many weights", "shared alone", "int8 alone", "int4 alone", "distilled gru"]
    original, *others = rows
    assert (original["error"], original["time"], original["accuracy"]) == (0, 1, 1)
    assert all(row["bytes"] < original["bytes"] for row in others)
    assert rows[-1]["parameters"] <= rows[1]["parameters"]
    lines = compression.table(rows)
    assert len(lines) == 2 + len(rows)
    assert lines[2].startswith("| tomita-5 | original | ")


@pytest.mark.parametrize(("kind", "parameters"), [("gru", 321), ("rnn", 200), ("lstm", 1000)])
def test_a_student_has_at_most_so_many_parameters(kind, parameters):
    import torch

    from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec

    hidden = compression.width_of(kind, chain._model(DEMO).teacher, parameters)
    sizes = []
    for width in (hidden, hidden + 2):
        with torch.device("meta"):
            network = RecurrentNetwork(RecurrentSpec(kind, 3, width, (1,)))
        sizes.append(sum(weights.numel() for weights in network.parameters()))
    assert sizes[0] <= parameters < sizes[1]
