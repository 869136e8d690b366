"""The study of the zoo: its tables against results of known students, counted by hand."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nerode.benchmarking.groups import Group
from nerode.benchmarking.rows import DONE, UNFIT, Row

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import equal_size
import study


def group(teacher, method, error, bits, *, baseline=0.5, learner=None, wanted=None):
    """Two seeds of one method; None for one that does not fit."""
    status, measure = (UNFIT, None) if error is None else (DONE, "error_rate")
    sentence = "it does not fit" if error is None else None
    rows = []
    for seed, value in enumerate((error, error)):
        ends = (None, None) if value is None else (value - 0.005, value + 0.005)
        rows.append(
            Row(
                str(seed), teacher, method, learner or method, "{}", wanted, seed, "{}", status, sentence, "classifier", measure,
                value, *ends, baseline, words=100, judged_on="test", size=5, unit="state", bits=bits,
            )
        )  # fmt: skip
    return Group(tuple(rows))


@pytest.fixture
def teachers():
    return {
        "a": [
            group("a", "spectral", 0.02, 9000),
            group("a", "small", 0.10, 900, learner="spectral", wanted=2),
            group("a", "small", 0.04, 1900, learner="spectral", wanted=4),
            group("a", "regression", 0.20, 2000),
            group("a", "ngram", None, None),
        ],
        "b": [
            group("b", "spectral", 0.30, 9000),
            group("b", "small", 0.30, 3000, learner="spectral", wanted=4),
            group("b", "regression", 0.10, 2000),
        ],
    }


def test_methods_are_counted_over_networks(teachers):
    rows = {row["method"]: row for row in study.methods(teachers)}
    assert (rows["spectral"]["networks"], rows["spectral"]["least error"], rows["spectral"]["below a twentieth"]) == (2, 1, 1)
    assert rows["spectral"]["error / simplest: median"] == "0.320"  # of 0.04 and 0.6
    assert (rows["regression"]["networks"], rows["regression"]["least error"]) == (2, 1)
    assert "ngram" not in rows


def test_at_equal_size_the_best_automaton_that_is_no_larger_is_taken(teachers):
    one, other = study.at_equal_size(teachers)
    assert (one["its bits"], one[""]) == ("1,900", "less error")
    assert one["spectral"].startswith("4 (")
    assert (other["spectral"], other[""]) == ("–", "no automaton is as small")
    first, of_spectral, of_dfa, second, *why = study.sentences([one, other], teachers)
    assert "less error than 3-grams on 1 of 2 networks, more on 0, and on 0 intervals overlap" in first
    assert "is as small, it errs less on 1, more on 0 and as much on 0" in of_spectral
    assert "alone is, it errs less on 0, more on 0 and as much on 0" in of_dfa
    assert "0.320 of the simplest answer's error (median); on 1 of 2" in second
    assert why == ["- ngram: it does not fit (1 cell)"]


def test_each_seed_has_its_own_automaton_of_equal_size(teachers):
    first = group("a", "equal", 0.03, 1950, learner="spectral", wanted=5).rows[0]
    teachers["a"].append(Group((first,)))
    one, _ = study.at_equal_size(teachers)
    assert one["its bits"] == "1,925"
    assert one["spectral"].startswith("3.5 (")
    assert "equal 5" not in {row["method"] for row in study.methods(teachers)}
    assert "equal 5" not in study.networks(teachers)[0]


def test_a_dfa_stands_beside_where_it_is_as_small(teachers):
    teachers["b"].append(group("b", "lstar", 0.10, 1000))
    one, other = study.at_equal_size(teachers)
    assert (one["lstar"], other["lstar"].startswith("10 ("), other["means"]) == ("–", True, "same")
    assert "alone is, it errs less on 0, more on 0 and as much on 1" in study.sentences([one, other], teachers)[2]


def test_the_next_size_is_between_the_largest_that_fits_and_the_smallest_that_does_not():
    def rows(**bits):
        grams = replace(group("a", "regression", 0.2, 2000).rows[0], task="classifier")
        automata = (group("a", "small", 0.1, each, learner="spectral", wanted=int(n[1:])).rows[0] for n, each in bits.items())
        return [grams, *(replace(row, size=row.wanted) for row in automata)]

    def after(**bits):
        return equal_size.next_size(rows(**bits))

    assert after() is None  # no automaton
    assert (after(n8=5000), after(n8=5000, n4=3000), after(n2=3000, n1=2500)) == (4, 2, None)
    assert (after(n2=500, n8=5000), after(n2=500, n5=1500, n8=5000), after(n5=1500, n6=2100)) == (5, 6, None)
    assert (after(n4=1000), after(n4=1000, n8=1900), after(n128=1500)) == (8, 16, None)
    grams, small = rows(n16=1000)
    assert equal_size.next_size([grams, replace(small, size=7)]) is None  # it has no more states, whatever is asked for


def test_every_method_has_a_cell_on_every_network(teachers):
    rows = study.networks(teachers)
    assert [row["network"] for row in rows] == ["a", "b"]
    assert set(rows[0]) == {"network", "simplest", "spectral", "small 2", "small 4", "regression", "ngram"} == set(rows[1])
    assert (rows[0]["ngram"], rows[1]["small 2"], rows[0]["simplest"]) == ("–", "–", "50")
    lines = study.markdown(rows)
    assert len(lines) == 4
    assert all(line.count(" | ") == 6 for line in lines)
