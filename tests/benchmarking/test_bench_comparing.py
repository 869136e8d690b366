"""Older and newer results beside each other: pairs, tests for pairs, and what is in one alone."""

import csv
import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from test_bench_tables import row

import nerode
from nerode.benchmarking.comparing import changes
from nerode.benchmarking.rows import UNFIT, WAITING
from nerode.benchmarking.significance import holm, interval_test, sign_test, t_test


def cells(errors, teacher="t", method="m", **others):
    return [
        row(seed, error, identity=f"{teacher} {method} {seed}", teacher=teacher, method=method, **others)
        for seed, error in enumerate(errors)
    ]


@pytest.mark.parametrize("counts", [(3, 0), (2, 2), (7, 1), (1, 9)])
def test_the_sign_test_counts_all_signs(counts):
    n = sum(counts)
    least = min(counts)
    extreme = sum(min(signs.count(1), n - signs.count(1)) <= least for signs in product((0, 1), repeat=n))
    assert sign_test(*counts) == pytest.approx(min(1.0, extreme / 2**n))


def test_t_is_that_of_pairs():
    """Against a table of Student's t: 4.303 and 2.776 are the quantiles of 97.5 % with 2 and 4 degrees of freedom."""
    for n, quantile in ((3, 4.3027), (5, 2.7764)):
        differences = np.arange(n) - (n - 1) / 2.0
        differences += quantile * differences.std(ddof=1) / np.sqrt(n)
        assert t_test(differences) == pytest.approx(0.05, rel=1e-3)
    assert t_test(np.array([0.1])) is None
    assert t_test(np.zeros(3)) is None
    assert t_test(np.full(3, 0.1)) is None  # no spread
    assert t_test(np.array([np.inf, 0.0, 0.1])) is None


def test_words_tell_where_seeds_do_not(rng):
    """Two students of one error that are judged on words of their own differ by chance alone in one of twenty cases."""
    assert interval_test(np.array([0.1]), np.array([[np.nan, 0.1]])) is None
    assert interval_test(np.array([np.inf]), np.array([[0.1, 0.1]])) is None
    assert interval_test(np.array([0.0]), np.array([[0.1, 0.1]])) is None
    error, words, sure = 0.2, 1000, 0
    for _ in range(1000):
        found = rng.binomial(words, error, 2) / words
        widths = 2 * 1.959964 * np.sqrt(found * (1 - found) / words)
        p = interval_test(found[:1] - found[1:], widths[None])
        sure += p is not None and p <= 0.05
    assert 20 < sure < 85
    one = interval_test(np.array([0.02]), np.array([[0.02, 0.02]]))
    assert interval_test(np.array([0.02] * 5), np.array([[0.02, 0.02]] * 5)) == pytest.approx(one)  # perhaps the same words
    change = changes(cells([0.01] * 2, low=0.005, high=0.02), cells([0.3] * 2, low=0.28, high=0.32))
    assert [pair.sure for pair in change.worse] == [True]
    change = changes(cells([0.01], low=0.0, high=0.05), cells([0.02], low=0.0, high=0.06))
    assert [pair.sure for pair in change.worse] == [False]


def test_changes_are_written_as_tables(tmp_path):
    older = cells([0.01], low=0.0, high=0.02) + cells([0.2], "u, v", low=0.1, high=0.3) + cells([0.0], "w")
    newer = cells([0.5], low=0.45, high=0.55) + cells([0.1], "u, v", low=0.05, high=0.2) + cells([0.0], "w")
    change = changes(older, newer)
    for suffix in ("csv", "md", "html", "json"):
        change.save(tmp_path / f"a.{suffix}")
    lines = list(csv.reader((tmp_path / "a.csv").read_text().splitlines()))
    assert lines[0] == ["teacher", "method", "measure", "before", "now", "seeds", "p", "surely"]
    assert [line[0] for line in lines[1:]] == ["t", "u, v", "w"]
    assert [line[-1] for line in lines[1:]] == ["worse", "", ""]
    assert "| t | m | error rate | 1 | 50 | 1 | " in (tmp_path / "a.md").read_text()
    assert "<td>u, v</td>" in (tmp_path / "a.html").read_text()
    assert json.loads((tmp_path / "a.json").read_text())["pairs"][0]["newer"] == 0.5
    with pytest.raises(nerode.InputError, match="tables are written to a file that ends in"):
        change.save(tmp_path / "a.txt")


def test_holm_multiplies_by_what_is_left():
    assert holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_few_are_found_where_nothing_changed(rng):
    """The chance that any of twenty comparisons is called sure is at most 5 %."""
    wrong = 0
    for _ in range(200):
        values = holm([t_test(differences) for differences in rng.normal(size=(20, 4))])
        wrong += min(values) <= 0.05
    assert wrong <= 200 * 0.05 + 3 * np.sqrt(200 * 0.05 * 0.95)


def test_what_got_worse_and_what_got_better():
    older = cells([0.1, 0.11, 0.12]) + cells([0.3, 0.2, 0.1], "u") + cells([0.2], "v", low=0.1, high=0.4) + cells([0.0, 0.0], "w")
    newer = (
        cells([0.2, 0.21, 0.221]) + cells([0.2, 0.1, 0.1], "u") + cells([0.3], "v", low=0.1, high=0.5) + cells([0.0, 0.0], "w")
    )
    change = changes(older, newer)
    assert [pair.teacher for pair in change.worse] == ["t", "v"]
    assert [pair.sure for pair in change.worse] == [True, False]
    assert [pair.teacher for pair in change.better] == ["u"]
    (method,) = change.methods
    assert (method.worse, method.better, method.same) == (2, 1, 1)
    text = str(change)
    assert "4 compared: 2 worse, 1 better, 1 the same." in text
    assert "m on t: error rate 11 → 21 % (3 seeds, p = " in text
    assert "m on v: error rate 20 → 30 % (1 seed, p = 0.43)" in text
    assert text.index("more than by chance") < text.index("m on t") < text.index("perhaps by chance") < text.index("m on v")
    assert "Holm" in text
    assert change.to_json()["pairs"][0]["older"] == pytest.approx(0.11)


def test_pairs_are_cells_and_not_means():
    """A seed that one side alone has says nothing."""
    change = changes(cells([0.1, 0.2]), cells([0.1, 0.2, 0.9]))
    assert (change.worse, change.better) == ((), ())
    assert change.newer_only == ("m on t, seed 2",)
    assert changes(cells([0.1]), cells([0.1], "u")).older_only == ("m on t, seed 0",)


def test_results_that_are_lost_or_won_are_told():
    done, lost = cells([0.1]), [replace(cells([0.1])[0], status=UNFIT, error=None, sentence="it does not fit")]
    assert changes(done, lost).lost == ("m on t, seed 0: it does not fit",)
    assert changes(lost, done).won == ("m on t, seed 0",)
    assert changes(lost, lost).pairs == ()
    waiting = [replace(done[0], status=WAITING)]
    assert changes(done, waiting).older_only == ("m on t, seed 0",)


def test_infinite_errors_are_worse_than_any():
    change = changes(cells([0.1, 0.1]), cells([np.inf, 0.1]))
    assert [pair.newer for pair in change.worse] == [np.inf]
    assert "→ ∞" in str(change)
    assert change.to_json()["pairs"][0]["newer"] is None
    assert changes(cells([np.inf]), cells([np.inf])).worse == ()
