"""Means over seeds with their intervals, tables in all formats, fronts, and the shell."""

import csv
import json
import signal
import tomllib
from dataclasses import replace
from io import StringIO
from xml.etree import ElementTree

import numpy as np
import pytest
from shell import code_of, run
from tiny import CELLS, FEWER, SUITE, written

import nerode
from nerode.benchmarking import measuring, running
from nerode.benchmarking.bench import Bench
from nerode.benchmarking.groups import by_teacher, groups_of
from nerode.benchmarking.rows import DONE, FAILED, NOT_RUN, UNFIT, WAITING, Row
from nerode.benchmarking.store import Store
from nerode.eval.grids import mean_interval
from nerode.eval.intervals import clopper_pearson


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    for module, name, value in FEWER:
        monkeypatch.setattr(module, name, value)


def row(seed=0, error=0.1, bits=100, **others):
    """A cell of a classifier, judged on 1,000 words of its own."""
    low, high = (None, None) if error == np.inf else clopper_pearson(1000 * error, 1000)
    measures = json.dumps({"error_rate": {"value": error, "low": low, "high": high}} if error != np.inf else {})
    given = {
        "identity": f"{seed}", "teacher": "t", "method": "m", "learner": "lstar", "settings": "{}", "wanted": None,
        "limits": "{}",
        "status": DONE, "task": "classifier", "measure": "error_rate", "measures": measures, "words": 1000, "judged_on": "drawn",
        "size": 4, "unit": "state", "stop_reason": "time", "queries": 10, "effort": 1.0, "seconds": 2.0,
    }  # fmt: skip
    return Row(**{**given, "seed": seed, "error": error, "low": low, "high": high, "bits": bits, **others})


def mean_of(*rows):
    (group,) = groups_of(rows)
    return group.error


def test_the_same_seed_again_is_no_other_seed():
    """A cell with another number of words to judge with has a group of its own, in tables and in comparisons."""
    rows = [row(seed, error) for error in (0.1, 0.2) for seed in (0, 1)]
    assert [[(each.seed, each.error) for each in group.rows] for group in groups_of(rows)] == [
        [(0, 0.1), (1, 0.1)], [(0, 0.2), (1, 0.2)]
    ]  # fmt: skip


def test_another_network_of_the_same_name_has_its_own_front():
    rows = [row(0, 0.3, content="old"), row(0, 0.1, content="new"), row(0, 0.2, content="new", method="n")]
    names = {name: [group.rows[0].error for group in groups] for name, groups in by_teacher(groups_of(rows)).items()}
    assert names == {"t": [0.3], "t (2 of this name)": [0.1, 0.2]}


def test_the_interval_of_one_seed_is_that_of_its_words():
    mean = mean_of(row(error=0.02))
    assert mean.value == 0.02
    assert (mean.low, mean.high) == pytest.approx(clopper_pearson(20, 1000))


def test_seeds_that_differ_widen_the_interval():
    errors = np.array([0.1, 0.3, 0.2])
    mean = mean_of(*(row(seed, error) for seed, error in enumerate(errors)))
    assert (mean.low, mean.high) == pytest.approx((max(0.0, mean_interval(errors)[0]), mean_interval(errors)[1]))


def test_seeds_that_agree_leave_what_words_do_not_say():
    """With words of their own, three seeds say as much as about three times as many words; with the same words, no more."""
    apart = mean_of(*(row(seed, 0.0) for seed in range(3)))
    same = mean_of(*(row(seed, 0.0, judged_on="test") for seed in range(3)))
    assert apart.low == same.low == 0.0
    assert same.high == pytest.approx(clopper_pearson(0, 1000)[1])
    assert clopper_pearson(0, 3000)[1] < apart.high < same.high


def test_intervals_cover(rng):
    """Errors of seeds and words that are drawn: the interval holds their expectation at least about as often as it says."""
    inside = 0
    for _ in range(300):
        shares = np.clip(rng.normal(0.1, 0.01, 3), 0, 1)
        mean = mean_of(*(row(seed, wrong / 1000) for seed, wrong in enumerate(rng.binomial(1000, shares))))
        inside += mean.low <= 0.1 <= mean.high
    assert inside >= 0.93 * 300


def test_what_has_no_usable_answer_is_infinitely_wrong():
    mean = mean_of(row(0, 0.1), row(1, np.inf))
    assert (mean.value, mean.low, mean.high) == (np.inf, None, None)


def test_no_cell_is_missing_without_a_sentence(results):
    assert len(results.rows) == CELLS
    text = results.table()
    said = "ngram: ngram is for language-model; the task of this teacher is classifier"
    assert text.count(said) == 2
    assert {found.status for found in results.rows} == {DONE, UNFIT}
    for found in results.rows:
        assert (found.status == DONE) == (found.error is not None)
        assert found.status == DONE or found.sentence
        assert found.processor
        assert found.numpy == np.__version__
        assert found.date.endswith("+00:00")


def test_what_is_done_is_not_run_again(results, tmp_path, monkeypatch):
    """More methods are more cells, and only these run."""
    store, begun = tmp_path / "results.db", []
    nerode.bench(written(tmp_path), store)
    measured = running.measured
    monkeypatch.setattr(running, "measured", lambda cell, progress: begun.append(cell) or measured(cell, progress))
    more = nerode.bench(written(tmp_path, SUITE.replace("sizes = [2]", "sizes = [2, 3]")), store)
    assert [(cell.contender, cell.size) for cell in begun] == [("small", 3)] * 4
    assert len(more.rows) == CELLS + 4
    renamed = nerode.bench(written(tmp_path, SUITE.replace("[methods.small]", "[methods.tiny]")), store)
    assert len(begun) == 4
    assert {found.method for found in renamed.rows} == {"lstar", "tiny", "ngram"}


def test_it_is_told_how_far_a_bench_is(tmp_path):
    said = []
    nerode.bench(written(tmp_path), tmp_path / "results.db", progress=said.append)
    assert said[0] == f"0 of {CELLS} cells; lstar on tomita-5, seed 0"
    assert any(each.startswith("0 of 12 cells; lstar on tomita-5, seed 0: round 1") for each in said)
    assert any(each.startswith("3 of 12 cells, about ") for each in said)
    assert said[-1].startswith("11 of 12 cells")
    said.clear()
    nerode.bench(written(tmp_path), tmp_path / "results.db", progress=said.append)
    assert said == []


def test_an_interruption_that_learning_takes_for_itself_ends_the_bench(tmp_path, monkeypatch):
    """And the cell that it hit does not count."""
    measured = running.measured

    def interrupted(cell, progress):
        found = measured(cell, progress)
        if cell.seed == 0 and cell.size == 2:
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                return found
        return found

    monkeypatch.setattr(running, "measured", interrupted)
    store = tmp_path / "results.db"
    found = nerode.bench(written(tmp_path), store)
    assert found.unfinished
    assert [each.status for each in found.rows[:4]] == [DONE, WAITING, WAITING, WAITING]
    assert NOT_RUN in found.table()
    assert Store(store).doing() == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_breaks_is_told_and_tried_again(tmp_path, monkeypatch):
    suite = written(tmp_path, SUITE.replace("seeds = 2", "").replace('"tomita-5", ', ""))

    def broken(*arguments, **options):
        raise ValueError("a bug")

    def lacking(*arguments, **options):
        raise nerode.InputError("a package is not installed")

    with monkeypatch.context() as patch:
        patch.setattr(measuring, "distill", broken)
        found = nerode.bench(suite, tmp_path / "results.db")
        assert {each.status for each in found.rows} == {FAILED, UNFIT}
        assert "lstar: it failed with ValueError: a bug" in found.table()
    assert nerode.bench(suite, tmp_path / "results.db").rows == found.rows
    with monkeypatch.context() as patch:
        patch.setattr(measuring, "distill", lacking)
        nerode.bench(suite, tmp_path / "results.db", retry=True)
    again = nerode.bench(suite, tmp_path / "results.db", retry=True)
    assert [each.status for each in again.rows] == [DONE if each.status == FAILED else UNFIT for each in found.rows]


def test_words_of_files_are_kept_apart(tmp_path, monkeypatch):
    """Words to judge with are not learned from."""
    (tmp_path / "words.txt").write_text("\n".join(format(i, "b") for i in range(64, 128)), encoding="utf-8")
    nerode.language("tomita-5", np.random.default_rng(0)).save(tmp_path / "a.json")
    seen = []
    compare, distill = measuring.compare, measuring.distill

    def learned(*arguments, words, **options):
        seen.append(set(words))
        return distill(*arguments, words=words, **options)

    def judged(student, teacher, words, **options):
        seen.append(set(words))
        return compare(student, teacher, words, **options)

    monkeypatch.setattr(measuring, "distill", learned)
    monkeypatch.setattr(measuring, "compare", judged)
    text = 'effort = 0.2\n[teachers.a]\ncheckpoints = "a.json"\nwords = "words.txt"\n[methods.lstar]\n'
    (kept,) = nerode.bench(written(tmp_path, text), tmp_path / "a.db").rows
    (tmp_path / "test.txt").write_text("\n".join(format(i, "b") for i in range(64, 80)), encoding="utf-8")
    (test,) = nerode.bench(written(tmp_path, text.replace("[m", 'test = "test.txt"\n[m')), tmp_path / "a.db").rows
    assert (kept.judged_on, kept.words, test.judged_on, test.words) == ("kept", 12, "test", 16)
    assert [len(words) for words in seen] == [52, 12, 48, 16]
    assert not seen[0] & seen[1]
    assert not seen[2] & seen[3]


def test_fronts_hold_what_no_other_beats(results, tmp_path):
    fronts = results.fronts()
    assert set(fronts) == {"tomita-5", "random-dfa-6-letters-2"}
    front = fronts["tomita-5"]
    assert [point.kind for point in front.best] == ["small", "lstar"]
    assert front.best[-1].error == 0
    written_to = results.plots(tmp_path / "plots")
    assert sorted(path.name for path in written_to) == ["random-dfa-6-letters-2.svg", "tomita-5.svg"]
    assert all(ElementTree.fromstring(path.read_text(encoding="utf-8")).tag.endswith("svg") for path in written_to)


def test_each_front_has_a_picture_of_its_own(results, tmp_path):
    names = {"tomita-5": "a b", "random-dfa-6-letters-2": "A-b"}
    rows = [replace(row, teacher=names[row.teacher]) for row in results.rows]
    assert sorted(path.name for path in replace(results, rows=rows).plots(tmp_path)) == ["A-b.svg", "a-b-2.svg"]


def test_each_format_has_each_group(results, tmp_path):
    found = Bench("a <b>", results.rows, ("f1",))
    for suffix in (".csv", ".md", ".html", ".json"):
        found.save(tmp_path / f"table{suffix}")
    read = {path.suffix: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    lines = list(csv.DictReader(StringIO(read[".csv"])))
    assert [(line["teacher"], line["method"], line["wanted"]) for line in lines] == [
        (group.teacher, group.rows[0].method, str(group.rows[0].wanted or "")) for group in found.groups
    ]
    assert {line["error"] == "" for line in lines} == {True, False}
    assert all(line["sentences"] for line in lines if not line["error"])
    assert float(lines[0]["f1"]) == 1.0
    assert json.loads(read[".json"])["groups"][1]["error"]["value"] == pytest.approx(float(lines[1]["error"]))
    assert len(json.loads(read[".json"])["cells"]) == CELLS
    assert read[".md"].count("\n| ") == len(found.groups) + 2 + 3
    assert "<title>a &lt;b&gt;</title>" in read[".html"]
    assert read[".html"].count("<tr>") == len(found.groups) + 2 + 3
    assert all(f"Made by nerode {nerode.__version__}" in read[suffix] for suffix in (".md", ".html"))
    with pytest.raises(nerode.InputError, match=r"ends in \.csv, \.md, \.html, \.json, not to .*a\.txt"):
        found.save(tmp_path / "a.txt")


def test_a_frame_has_each_cell(results):
    frame = results.frame()
    assert frame.shape[0] == CELLS
    assert frame[frame.method == "lstar"].error.tolist() == [0.0] * 4


def test_the_shell_runs_shows_and_compares(capsys, tmp_path, results):
    store, table = tmp_path / "results.db", tmp_path / "table.md"
    first = run(capsys, "bench", written(tmp_path), "--store", store, "--out", table, "--plots", tmp_path / "plots")
    assert first.code == 0
    assert first.err == ""  # no terminal
    assert f"Tables in {table}.\nPictures in {tmp_path / 'plots'}: random-dfa-6-letters-2.svg, tomita-5.svg." in first.out
    assert table.read_text(encoding="utf-8").startswith("## tomita-5")
    shared = store.rename(tmp_path / "shared")  # of any name, and read alone
    shared.chmod(0o444)
    shown = run(capsys, "bench", shared, "--json")
    assert {cell["identity"] for cell in shown.answer["cells"]} == {found.identity for found in results.rows}
    same = run(capsys, "bench", "--compare", shared, shared)
    assert "4 compared: 0 worse, 0 better, 4 the same." in same.out
    assert (first.code, shown.code, same.code) == (0, 0, 0)


def test_the_shell_prints_a_suite(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert set(tomllib.loads(run(capsys, "bench", "--example").out)["methods"]) > {"lstar", "spectral"}
    assert "TAYSIR" in run(capsys, "bench", "taysir", "--example", "--json").answer["suite"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a suite"),
        (["nothing"], "there is no suite nothing"),
        (["nothing.db"], "there is no file of results at nothing.db"),
        (["nothing.db", "--store", "a.db"], "only read"),
        (["--compare", "a.db", "b.db", "--plots", "c"], "leave the suite and --plots out"),
        (["--compare", "a.db", "b.db"], "there is no file of results at b.db"),
        (["languages", "--out", "a.txt"], "ends in .csv"),
    ],
)
def test_the_shell_refuses_in_a_sentence(capsys, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert code_of("bench", *arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_groups_keep_apart_what_has_one_name_alone():
    assert len(groups_of([row(0), replace(row(1), content="other"), replace(row(2), settings='{"order": 2}')])) == 3
