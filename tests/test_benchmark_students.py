"""The benchmark of students: its figures against students learned and judged anew."""

import sys
from pathlib import Path

import numpy as np
import pytest

import nerode
from nerode.datasets.languages import tomita
from nerode.distillation import tree
from nerode.distillation.training import course
from nerode.extraction import loop

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import students
from distilling.problems import Problem, problems


@pytest.fixture(scope="module")
def problem():
    words = list(dict.fromkeys(map(tuple, np.random.default_rng(0).integers(2, size=(300, 9)).tolist())))
    labels = tomita(4).predict(words).tolist()
    fresh = list(map(tuple, np.random.default_rng(1).integers(2, size=(200, 9)).tolist()))
    return Problem("toy", tomita(4), words, dict(zip(words, labels, strict=True)), fresh, tomita(4).predict(fresh))


@pytest.fixture(autouse=True)
def few_words(monkeypatch):
    monkeypatch.setattr(loop, "WEIGHED", dict.fromkeys(loop.WEIGHED, 500))
    monkeypatch.setattr(loop, "FRESH", 200)
    monkeypatch.setattr(tree, "WORDS", (500, 1500))
    monkeypatch.setattr(course, "STAGES", ((500, 1.0),))
    monkeypatch.setattr(course, "MOST", 5)


def test_gains_are_paired_by_seed():
    before, after = np.array([0.5, 0.4, 0.6]), np.array([0.2, 0.1, 0.31])
    assert students.gain(before, after).endswith("better")
    assert students.gain(after, before).endswith("worse")
    assert students.gain(before, before) == "+0.0000, +0.0000 to +0.0000"
    assert students.gain(before[:1], after[:1]) == "+0.3000"


def test_rows_of_labels_are_those_of_students_learned_anew(problem, monkeypatch):
    monkeypatch.setattr(students, "KINDS", {"tree": {"order": 2}})
    (row,) = students.of_labels(problem, 2, 0.2)
    errors = []
    for seed in range(2):
        made = nerode.distill(
            problem.teacher, "tree", words=problem.words, labels=problem.labels, alpha=1.0, order=2, effort=0.2, seconds=None,
            seed=seed,
        )  # fmt: skip
        wrong = [
            int(made.automaton.predict([word])[0]) != label for word, label in zip(problem.fresh, problem.truth, strict=True)
        ]
        errors.append(np.mean(wrong))
    assert row["of labels"] == f"{np.mean(errors):.4f} ± {np.std(errors, ddof=1):.4f}"
    assert row["the network itself"] == "0.0000"
    assert "| toy |" in students.table([{"part": "labels", **row}])[-1]


def test_problems_without_data_are_left_out_with_a_sentence(tmp_path, capsys):
    assert list(problems("1.", tmp_path, tmp_path)) == []
    assert capsys.readouterr().err.count("give its folder by --data") == 2


def test_every_kind_that_fits_has_an_error_and_others_a_sentence(problem, monkeypatch, capsys):
    monkeypatch.setattr(students, "STUDENTS", ["tree", "gru", "ngram"])
    (row,) = students.of_kinds(problem, 1, 0.3)
    assert row["ngram"] == "–"
    assert "toy, ngram: " in capsys.readouterr().err
    made = nerode.distill(problem.teacher, "tree", words=problem.words, effort=0.3, seconds=None).automaton
    wrong = np.mean([int(made.predict([word])[0]) != label for word, label in zip(problem.fresh, problem.truth, strict=True)])
    assert row["tree"].startswith(f"{wrong:.4f}, ")
    assert row["gru"].endswith(" parameters")
