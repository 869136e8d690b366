"""A small run of the benchmark of what a network knows beside its answers."""

import sys
from pathlib import Path

import numpy as np
import pytest

import nerode
from nerode.distillation.training import course

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import knowledge
from distilling.problems import Problem

DEMO = Path(__file__).resolve().parents[1] / "examples" / "tomita-5"


@pytest.fixture(autouse=True)
def _few_words(monkeypatch):
    monkeypatch.setattr(course, "STAGES", ((100, 1.0),))
    monkeypatch.setattr(course, "LEAST", 100)
    monkeypatch.setattr(course, "MOST", 1)
    monkeypatch.setattr(knowledge, "EXPLAINED", 5)
    monkeypatch.setitem(knowledge.STUDENTS, "demo", {"student": "gru", "hidden": 4})


def test_what_fits_has_a_row(capsys):
    teacher = nerode.load_teacher(DEMO)
    words = [tuple(word) for word in np.random.default_rng(0).integers(2, size=(60, 6)).tolist()]
    labels = teacher.link.labels(teacher.scores(words))
    problem = Problem("demo", teacher, words, dict(zip(words, labels.tolist(), strict=True)), words, labels)
    rows = list(knowledge.compared(problem, 2, 0.2, ("features", "flow"), 0.5))
    assert [row["learned"] for row in rows] == ["answers alone", "labels alone", "features=0.5"]
    assert "flow needs 2 layers or more in both networks" in capsys.readouterr().err
    assert knowledge.table(rows)[2].startswith("| demo | answers alone | ")


def test_gains_have_intervals():
    assert knowledge.gain(np.array([0.1, 0.1001, 0.1])).endswith("better")
    assert knowledge.gain(np.array([-0.1, 0.1, 0.0])) == "+0.0000, -0.2484 to +0.2484"
    assert knowledge.gain(np.array([0.1])) == "+0.1000"
