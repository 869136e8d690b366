import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import evaluation  # noqa: E402  (found on the path just set)


def test_both_ways_are_measured_and_agree(monkeypatch):
    monkeypatch.setattr(evaluation, "LOOPED", 50)
    seconds, ours, looped = evaluation.measured(200, seed=1)
    assert seconds > 0
    assert ours == 200 / seconds
    assert looped > 0


def test_a_wrong_answer_is_no_measurement(monkeypatch):
    monkeypatch.setattr(evaluation, "one_by_one", lambda a, words: np.zeros((len(words), a.width)))
    with np.testing.assert_raises(AssertionError):
        evaluation.measured(200, seed=1)
