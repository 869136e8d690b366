"""A small run of the benchmark of ways to train students."""

import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

import nerode
from nerode.distillation.training import course
from nerode.eval import streams

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import training
from distilling.problems import Problem

DEMO = Path(__file__).resolve().parents[1] / "examples" / "tomita-5"


@pytest.fixture(autouse=True)
def _few_words(monkeypatch):
    monkeypatch.setattr(course, "STAGES", ((50, 1.0),))
    monkeypatch.setattr(course, "LEAST", 50)
    monkeypatch.setattr(course, "MOST", 1)
    monkeypatch.setattr(streams, "PASSES", 1)
    monkeypatch.setattr(training, "TRAININGS", ("offline", "mutual", "born-again"))
    monkeypatch.setitem(training.STUDENTS, "demo", {"student": "gru", "hidden": 2, "layers": 2, "effort": 1.0})


def test_each_way_has_a_row():
    teacher = nerode.load_teacher(DEMO)
    words = [tuple(word) for word in np.random.default_rng(0).integers(2, size=(60, 6)).tolist()]
    labels = teacher.link.labels(teacher.scores(words))
    problem = Problem("demo", teacher, words, dict(zip(words, labels.tolist(), strict=True)), words, labels)
    rows = list(training.compared(problem, [teacher, teacher], 1))
    told = [row["trained"] for row in rows]
    assert told[:3] == ["offline, answers", "mutual, answers", "born-again, answers"]
    assert told[3:5] == ["offline, labels alone", "mutual, labels alone"]
    assert told[-3:] == ["three teachers, mean", "three teachers, confidence", "answers of one, features of another"]
    assert rows[0]["gain over offline by answers"] == rows[3]["gain over offline with the same α"] == ""
    assert rows[1]["gain over offline with the same α"] == rows[1]["gain over offline by answers"] != ""


def test_a_stream_has_a_row_for_each_window(tmp_path, capsys):
    chosen = Namespace(data=tmp_path, seeds=1)
    assert list(training.streams(chosen)) == []
    assert "the stream is left out" in capsys.readouterr().err
    (tmp_path / "data").mkdir()
    lines = [f"{'AB'[k % 2]}\t{'ab'[k % 2]}{'ba'[k % 3 % 2]}" for k in range(120)]
    (tmp_path / "data" / "names.tsv").write_text("label\tword\n" + "\n".join(lines) + "\n")
    rows = list(training.streams(chosen))
    assert [row["window"] for row in rows] == list(range(1, 22))
