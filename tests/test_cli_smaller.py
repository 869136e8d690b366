"""`nerode distill` says what smaller students of the same run do, where the student is too large to be read."""

import numpy as np
import pytest
from shell import DEMO, run

from nerode.distillation import tree
from nerode.students.loading import load_student


@pytest.mark.parametrize("size", [None, 16])
def test_smaller_students_are_told_where_one_is_large(capsys, tmp_path, monkeypatch, size):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tree, "WORDS", (1000,))
    limited = [] if size is None else ["--size", size]
    made = run(capsys, "distill", DEMO, "--student", "tree", "--queries", 4000, "--effort", 0.3, "--out", "t.json", *limited)
    leaves = load_student("t.json").size
    told = [line for line in made.out.splitlines() if line.startswith("On held-out words it errs by")]
    if size is not None:
        assert leaves <= size
        assert told == []
        return
    assert leaves >= 64
    said = told[0].removesuffix(" --size N gives one of at most N.").split(": ")
    sizes, errors = zip(*((int(words[0]), float(words[2])) for words in map(str.split, said[1].split(", "))), strict=True)
    assert all(number <= leaves / 4 for number in sizes)
    assert len(sizes) >= 2
    assert (np.diff([*errors, float(said[0].split()[6])]) < 0).all()
