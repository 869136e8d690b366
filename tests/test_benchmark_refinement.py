"""A small run of the benchmark of refinement: what it measures, and that both ways give one gradient."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import refinement

from nerode.links import Binary, NextSymbol

SMALL = (
    refinement.Case("language model", 3, 4, 5, NextSymbol(4, "sigmoid"), 5),
    refinement.Case("classifier", 2, 1, 4, Binary(), 1),
)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(refinement, "WORDS", 40)
    monkeypatch.setattr(refinement, "SIDE", 8)
    monkeypatch.setattr(refinement, "EVERY", 2)


@pytest.mark.parametrize("name", [case.name for case in SMALL])
def test_a_row(few, name):
    ((found, *given),) = refinement.generated(name, SMALL)
    assert found == name
    row = refinement.measured(*given, steps=6)
    assert row["deviation"] < 1e-9
    assert row["rows"] == 40 * (6 if name == "language model" else 5)
    assert all(value >= 0 for value in row.values())


def test_a_wrong_gradient_is_no_measurement(few, monkeypatch):
    monkeypatch.setattr(refinement, "numpy_surprise", lambda scores, wanted: scores - wanted)
    ((_, *given),) = refinement.generated("language model", SMALL)
    with pytest.raises(AssertionError, match="one gradient"):
        refinement.measured(*given, steps=6)
