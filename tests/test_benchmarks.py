"""A small run of the benchmark of the Hankel engine: its rows, its counting, and that all ways of asking agree."""

import json
import sys
from contextlib import redirect_stdout
from io import StringIO
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from nerode.errors import InputError
from nerode.extraction.hankel.tables import tabulate
from nerode.teachers.checkpoints import load_model

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import hankel
import peers
from engine import competition, exactly
from engine.bound import distinct_prefixes, parents, steps, work
from engine.cases import CASES, LETTERS, LONGEST_PREFIX, LONGEST_SUFFIX, MOST, table
from engine.ways import fastest, one_by_one, packed, tuned

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = [
    "name", "prefixes", "suffixes", "letters", "shifted", "threads", "one_by_one_s", "packed_s", "engine_s",
    "ratio_one_by_one", "ratio_packed", "bound_fraction", "peak_mib", "tuned_s", "ratio_tuned", "nodes",
]  # fmt: skip
# stands in for a package that fills matrices from a dictionary: cell by cell, from what it is documented to do
STAND_IN = """
import numpy
class Hankel:
    def __init__(self, known, rows, columns, partial, sparse, mode_quiet):
        assert partial and not sparse and set(rows) == set(known.pref) and set(columns) == set(known.suff)
        between = [(), *((letter,) for letter in range(known.nbL))]
        self.lhankel = [numpy.array([[known.sample[p + a + s] for s in columns] for p in rows]) for a in between]
"""


@pytest.fixture(scope="module")
def row():
    """What is printed for one case, which is measured in a process of its own."""
    printed = StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed):
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setattr(sys, "argv", ["hankel.py", "--only", "gru-64-lm-shifted", "--size", "4", "--json"])
        hankel.main()
    (row,) = json.loads(printed.getvalue())
    return row


def test_a_row_has_its_columns_in_order(row):
    assert list(row)[: len(COLUMNS)] == COLUMNS
    assert (row["name"], row["prefixes"], row["suffixes"], row["letters"], row["shifted"], row["threads"]) == (
        "gru-64-lm-shifted", 4, 4, 12, 12, 1
    )  # fmt: skip


def test_a_row_counts_what_it_measured(row):
    rows = 1 + 4 * LETTERS  # ε, and each prefix with each letter: the set is prefix-closed
    assert row["nodes"] == rows * 3 + rows
    assert row["words_in_batches"] == rows * 4
    assert row["table_mib"] * 2**20 in (rows * 4 * 13 * 4, rows * 4 * 13 * 8)
    assert row["peak_mib"] >= row["resting_mib"] > 10
    assert row["ratio_packed"] == pytest.approx(row["packed_s"] / row["engine_s"])
    assert row["ratio_one_by_one"] == pytest.approx(row["one_by_one_s"] / row["engine_s"])
    flops = rows * 4 * 2 * 64 * (192 + 13)
    assert row["bound_fraction"] == pytest.approx(flops / row["matmul_gflops"] / 1e9 / row["engine_s"])
    assert 0 < row["shared_fraction"] < row["bound_fraction"]


def test_ways_agree_in_the_row(row):
    assert 0 < row["deviation"] < hankel.TOLERANCE


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.sampled(4)
def test_all_ways_of_asking_agree(case):
    network, cells = case.network(), case.table(7)
    words = cells.words(range(cells.cells))
    assert words == [row + suffix for row in cells.rows for suffix in cells.suffixes]
    single = one_by_one(network, case.encoding, words).scores
    values = tabulate(case.teacher(network), cells.rows, cells.suffixes)
    scale = abs(single).max()
    assert np.ptp(single) > 1e-3 * scale  # words differ, or anything would agree
    assert abs(values.reshape(single.shape) - single).max() < 1e-6 * scale
    with torch.inference_mode():
        for batch in (1, 8, 1000):
            for way in (packed, tuned):
                assert abs(way(network, case.encoding, words, batch) - single).max() < 1e-6 * scale


@pytest.mark.parametrize(("deviation", "shown"), [(1e-3, "1.0e-03"), (float("nan"), "nan")])
def test_a_disagreement_fails(deviation, shown, capsys):
    rows = [{"name": "good", "deviation": 1e-7}, {"name": "bad", "deviation": deviation}]
    with pytest.raises(SystemExit, match=rf"do not agree to 1e-05 of the largest score on bad \({shown}\)$"):
        hankel.show(rows, as_json=True)
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == ["good", "bad"]


def test_a_table_for_people(capsys):
    hankel.show([{"name": "a", "nodes": 1234567, "seconds": 0.01234, "deviation": 0.0}], as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "| name | nodes | seconds | deviation |", "|---|---|---|---|", "| a | 1,234,567 | 0.0123 | 0 |"
    ]  # fmt: skip


@pytest.mark.parametrize("arguments", [("--only", "gru-65"), ("--peers", "--only", "nobody")])
def test_names_that_are_not_there(arguments, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["hankel.py", *arguments])
    with pytest.raises(SystemExit) as stopped:
        hankel.main()
    assert stopped.value.code == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"there is no {'peer' if '--peers' in arguments else 'case'} {arguments[-1]!r}; there are " in shown.err


def test_a_size_that_no_table_has(monkeypatch, capsys):
    for size in (0, MOST + 1):
        with pytest.raises(InputError, match=rf"lie in 1 … {MOST:,}, not {size:,}$"):
            table(size, shifted=False)
    monkeypatch.setattr(sys, "argv", ["hankel.py", "--only", "srn-64", "--size", "0"])
    with pytest.raises(SystemExit) as stopped:
        hankel.main()
    assert stopped.value.code == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.endswith("error: the size of a table must lie in 1 … 10,000, not 0\n")


def test_words_are_prefix_closed_distinct_and_the_same_each_time():
    cells = table(200, shifted=True)
    for words, longest in ((cells.prefixes, LONGEST_PREFIX), (cells.suffixes, LONGEST_SUFFIX)):
        assert len(words) == len(set(words)) == 200
        assert distinct_prefixes(words) == set(words)
        assert max(map(len, words)) == longest
    assert set(cells.rows) == {*cells.prefixes, *((*word, a) for word in cells.prefixes for a in range(LETTERS))}
    assert len(cells.rows) == len(set(cells.rows))
    assert table(200, shifted=True) == cells
    assert table(200, shifted=False).rows == cells.prefixes


def test_steps_are_counted_pair_by_pair(rng):
    for _ in range(20):
        rows, suffixes = ([tuple(rng.integers(2, size=rng.integers(5)).tolist()) for _ in range(6)] for _side in range(2))
        rows, suffixes = list(dict.fromkeys(rows)), list(dict.fromkeys(suffixes))
        walked = {(row, suffix[:k]) for row, suffix in product(rows, suffixes) for k in range(1, len(suffix) + 1)}
        read = {row[:k] for row in rows for k in range(len(row) + 1)}
        assert steps(rows, suffixes) == len(walked) + len(read)
        multiplied = {(row, suffix[:k]) for row, suffix in product(rows, suffixes) for k in range(len(suffix))}
        passed = {row[:k] for row in rows for k in range(len(row))}
        assert parents(rows, suffixes) == len(multiplied) + len(passed)


def least(name, rows, suffixes):
    (case,) = (case for case in CASES if case.name == name)
    return work(case.network(), rows, suffixes)


def test_arithmetic_counted_by_hand():
    rows, suffixes = [(), (0,), (1,)], [(), (0,), (0, 1)]  # 3 · 2 nodes after the rows and 3 before; 3 · 2 + 1 have children
    assert least("srn-64", rows, suffixes).flops == 9 * 2 * 64 * 64 + 9 * 2 * 64
    assert least("srn-64", rows, suffixes).shared == 7 * 2 * 64 * 64 + 9 * 2 * 64
    assert least("gru-50x2", rows, suffixes).flops == 9 * 3 * 2 * 50 * 150 + 9 * 2 * 50
    assert least("gru-50x2", rows, suffixes).shared == (7 * 2 + 9) * 2 * 50 * 150 + 9 * 2 * 50
    # backward: after ε, 0 and 10 reversed rows 0 and 1 are read, 3 · 2 nodes; 0, 1 and 10 themselves before, with ε 4
    both = least("bi-srn-64", rows, suffixes)
    assert (both.nodes, both.flops) == (9 + 10, 19 * 2 * 64 * 64 + 2 * 9 * 2 * 64)


def test_arithmetic_of_transformers_counted_token_by_token():
    rows, suffixes = [(), (0,), (2, 3)], [(), (0,), (1, 1)]
    seen = [1 + len(row) + k for row, suffix in product(rows, [(0,), (1,), (1, 1)]) for k in (len(suffix),)]
    seen += [1, 2, 2, 3]  # ε, 0, 2, 23: each new token sees itself, what is before it, and the marker
    affine = 3 * 64 * 64 + 64 * 64 + 2 * 64 * 128
    flops = sum(2 * (2 * affine + 2 * 2 * 64 * before) for before in seen) + 9 * 2 * 64
    assert least("transformer-64", rows, suffixes).flops == flops
    words = {row + suffix for row, suffix in product(rows, suffixes)}
    flops = sum(2 * (2 * affine * n + 2 * 2 * 64 * n * n) + 2 * 64 * (64 + 1) for n in (len(word) + 3 for word in words))
    assert least("distilbert", rows, suffixes).flops == flops


def test_the_least_time_and_the_last_result(monkeypatch):
    clock, results = iter([0.0, 3.0, 10.0, 11.0, 20.0, 22.0]), iter("abc")
    monkeypatch.setattr("engine.ways.time.perf_counter", lambda: next(clock))
    assert fastest(lambda: next(results)) == (1.0, "c")


@pytest.mark.parametrize("name", ["1.1", "2.4"])
def test_the_networks_of_the_competition_answer_both_ways_alike(shared, monkeypatch, name):
    monkeypatch.setattr(competition, "CALLS", 50)
    (row,) = competition.measured(shared / "taysir", name)
    assert (row["name"], row["prefixes"], row["suffixes"]) == (name, 200, 100)
    assert row["deviation"] < hankel.TOLERANCE
    assert row["ratio_words"] == pytest.approx(row["engine_words_per_s"] / row["own_words_per_s"])
    assert row["ratio_cells"] == pytest.approx(row["engine_cells_per_s"] / row["own_cells_per_s"])


def test_no_network_to_measure(tmp_path):
    with pytest.raises(InputError, match=r"there is no network 1\.1 in .*give the competition's folder with --data"):
        list(competition.measured(tmp_path, "1.1"))


def test_peers_that_are_absent_are_left_out_with_a_sentence(capsys, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "engine.aalpy_lstar", None)
    assert list(peers.measured(str(tmp_path / "python"), None)) == []
    splearn, aalpy = capsys.readouterr().err.splitlines()
    assert splearn.startswith(f"scikit-splearn is left out: {tmp_path / 'python'} cannot be run")
    assert aalpy.startswith("aalpy is left out: ")


def test_a_peer_that_fills_from_a_dictionary(tmp_path, monkeypatch):
    (tmp_path / "splearn").mkdir()
    (tmp_path / "splearn" / "__init__.py").touch()
    (tmp_path / "splearn" / "hankel.py").write_text(STAND_IN, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    row = peers.splearn(sys.executable, size=5)
    assert row["words"] == len(set(table(5, shifted=True).words(range((1 + 5 * LETTERS) * 5))))
    assert row["deviation"] < hankel.TOLERANCE
    assert row["peer_s"] > row["network_s"] > 0


def test_a_peer_that_asks_one_word_at_a_time(monkeypatch):
    pytest.importorskip("aalpy")
    monkeypatch.setattr(peers, "trained", lambda: load_model(ROOT / "examples" / "tomita-5"))
    monkeypatch.setattr(peers, "REPEATS", 1)
    monkeypatch.setattr("engine.aalpy_lstar.WALKS", 200)
    (row,) = peers.measured(sys.executable, "aalpy")
    assert row["work"].endswith("4 states")
    assert row["words"] > 200  # its random words alone
    assert row["deviation"] == 0
    assert row["peer_s"] > row["network_s"] > row["engine_s"] > 0


def test_what_exact_mode_costs_is_measured_by_turns(monkeypatch):
    monkeypatch.setattr(exactly, "WORDS", 20)
    (row,) = exactly.measured("srn-64", 5)
    assert (row["name"], row["prefixes"], row["suffixes"], row["words"]) == ("srn-64", 5, 5, 20)
    assert min(row["table_ratio"], row["words_ratio"]) > 0
    asked = []
    exactly.in_turn(asked.append, "plain", "exact")
    assert asked == ["plain", "exact"] * exactly.RUNS
