"""`nerode eval` by the labels of a file, where no network is asked."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from shell import run

import nerode
from nerode.automata.loading import load_automaton
from nerode.links import Value
from nerode.students.loading import load_student

GOOD, BAD = "good", "bad, old"  # a comma in a class


def write(path, rows, header=("age", "size", "colour", "label")):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def rows_of(seed, count):
    rng = np.random.default_rng(seed)
    rows = []
    for age, size, noise in rng.uniform(0, 1, (count, 3)).round(3).tolist():
        colour = "red" if noise < 0.5 else "blue"
        rows.append([str(age), str(size), colour, GOOD if (age > 0.5) != (noise < 0.15) else BAD])
    return rows


@pytest.fixture
def tree(capsys, tmp_path):
    write(tmp_path / "train.csv", rows_of(0, 300))
    learned = run(capsys, "distill", tmp_path / "train.csv", "--student", "tree", "--out", tmp_path / "tree.json")
    assert learned.code == 0, learned.err
    return tmp_path / "tree.json"


def slow_counts(place, rows):
    """Row after row, by the bins that the file of the student keeps."""
    student = load_student(place)
    counts = np.zeros((2, 2), int)
    for *cells, label in rows:
        word = []
        for column, cell in zip(student.domain.columns, cells, strict=True):
            numeric = not column.categories
            word.append(sum(float(cell) > cut for cut in column.cuts) if numeric else column.categories.index(cell))
        counts[int(label == GOOD), int(student.predict([tuple(word)])[0])] += 1
    return counts


def test_each_row_of_a_table_counts(capsys, tmp_path, tree):
    rows = rows_of(1, 200)
    rows += rows[:40] + [[*row[:3], BAD] for row in rows[:10]]  # the same rows again, some with another label
    test = write(tmp_path / "test.csv", rows)
    answer = run(capsys, "eval", tree, test, "--json").answer
    counts = slow_counts(tree, rows)
    assert answer["confusion"]["counts"] == counts.tolist()
    assert answer["words"] == len(rows) == counts.sum()
    assert answer["accuracy"]["value"] == pytest.approx(np.trace(counts) / len(rows))
    assert answer["most_frequent"] == pytest.approx(counts.sum(axis=1).max() / len(rows))
    assert answer["classes"] == [BAD, GOOD]
    shown = run(capsys, "eval", tree, test).out
    assert f"gives {np.trace(counts) / len(rows):.2%} of {len(rows)} words of {test} their label" in shown
    assert BAD in shown.splitlines()[3]
    assert "learned from" not in shown
    assert "learned from a file of this name, train.csv" in run(capsys, "eval", tree, tmp_path / "train.csv").out


def test_networks_and_automata_too(capsys, tmp_path):
    words = [format(k, "05b") for k in range(32)]
    lines = [f"{'even' if word.count('1') % 2 == 0 else 'odd'}\t{word}" for word in words]
    file = tmp_path / "words.tsv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert run(capsys, "extract", file, "--method", "rpni", "--out", tmp_path / "dfa.json").code == 0
    assert run(capsys, "train", file, "--out", tmp_path / "net", "--steps", 20).code == 3
    network = nerode.load_teacher(tmp_path / "net")
    for place, function in ((tmp_path / "dfa.json", load_automaton(tmp_path / "dfa.json")), (tmp_path / "net", network)):
        answer = run(capsys, "eval", place, file, "--json").answer
        said = function.link.labels(function.scores(function.alphabet.words(words))).tolist()
        right = sum(label == word.count("1") % 2 for label, word in zip(said, words, strict=True))
        assert (answer["accuracy"]["value"], answer["classes"]) == (pytest.approx(right / 32), ["even", "odd"])


@pytest.mark.parametrize(
    ("name", "rows", "header", "more", "said"),
    [
        ("a.csv", [["1", "2", "red"]], ("age", "size", "colour"), (), "has no labels in the column 'label'"),
        ("a.csv", [["1", "2", "red", "ugly"]], None, (), "are no classes of the student; write their names (bad, old, good)"),
        ("a.csv", [["1", "red", "good"]], ("age", "colour", "label"), (), "has no column 'size'"),
        ("a.csv", [["1", "2", "green", "good"]], None, (), "green"),
        (
            "a.csv",
            [["1", "2", "good"]],
            ("x", "y", "label"),
            (),
            "has none of the columns of the student, 'age', 'size', 'colour'",
        ),
        ("a.tsv", [["good", "01"]], ("label", "word"), (), "has none of the columns of the student"),
        ("a.csv", [["1", "2", "red", "good"]], None, ("--kinds",), "leave --sample, --like and --kinds out"),
        ("a.csv", [["1", "2", "red", "good"]], None, ("--possible", "0.1"), "leave --words, --exact, --possible"),
    ],
)
def test_what_does_not_fit_is_refused(capsys, tmp_path, tree, name, rows, header, more, said):
    separator = "\t" if name.endswith("tsv") else ","
    lines = [separator.join(row) for row in [header or ("age", "size", "colour", "label"), *rows]]
    (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    asked = run(capsys, "eval", tree, tmp_path / name, *more)
    assert (asked.code, said in asked.err) == (2, True), asked.err


def test_words_of_one_length(capsys, tmp_path):
    """A feed-forward network reads no others; a GRU that never saw others does."""
    lines = [f"{word.count('1') % 2}\t{word}" for k in range(32) if (word := format(k, "05b"))]
    file, longer = tmp_path / "words.tsv", tmp_path / "longer.tsv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    longer.write_text("1\t010101\n1\t1\n0\t0\n", encoding="utf-8")
    for architecture, code in (("mlp", 2), ("gru", 0)):
        net = tmp_path / architecture
        assert run(capsys, "train", file, "--arch", architecture, "--out", net, "--steps", 20).code == 3
        assert run(capsys, "eval", net, file).code == 0
        asked = run(capsys, "eval", net, longer)
        assert (asked.code, "words of exactly 5" in asked.err) == (code, code == 2), asked.err


def test_names_that_are_numbers(capsys, tmp_path):
    """Classes 1, 2 and 3 are no numbers of classes from 0 on."""
    words = [format(k, "05b") for k in range(32)]
    for name, first in (("learned", 1), ("odd", 0)):
        lines = [f"{first + word.count('1') % 3}\t{word}" for word in words]
        (tmp_path / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert run(capsys, "extract", tmp_path / "learned.tsv", "--method", "rpni", "--out", tmp_path / "a.json").code == 0
    answer = run(capsys, "eval", tmp_path / "a.json", tmp_path / "learned.tsv", "--json").answer
    assert answer["classes"] == ["1", "2", "3"]
    asked = run(capsys, "eval", tmp_path / "a.json", tmp_path / "odd.tsv")
    assert (asked.code, "are no classes of the student" in asked.err) == (2, True)


def test_values_have_no_labels(capsys, tmp_path):
    model = nerode.load_teacher("examples/tomita-5")
    weighted = nerode.extract(model, "spectral", seconds=None, states=2).automaton
    replace(weighted, link=Value()).save(tmp_path / "a.json")
    (tmp_path / "w.tsv").write_text("label\tword\n1\t01\n", encoding="utf-8")
    asked = run(capsys, "eval", tmp_path / "a.json", tmp_path / "w.tsv")
    assert (asked.code, "gives no classes" in asked.err) == (2, True)
