"""A small run of the benchmark of query learning: what it counts, what it judges on, and that its rows say what happened."""

import json
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from nerode.automata.dfa import DFA
from nerode.automata.operations import separating_word
from nerode.datasets.languages import Dyck, tomita
from nerode.datasets.random_automata import random_dfa
from nerode.errors import InputError
from nerode.extraction.hankel.tables import tabulate
from nerode.rounding import exact
from nerode.teachers.architectures import TrainingSettings
from nerode.teachers.checkpoints import load_model

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import lstar
from queries import bound, competition, networks, ours, pure, side_by_side
from queries.runs import Case, Cost, Counted, run_of
from queries.tables import Table
from queries.words import BRACKETS, DEPTH, FILLERS, LONGEST, accepted, bracket_lessons, judged, structured

ROOT = Path(__file__).resolve().parents[1]
BALANCED = Dyck(1, DEPTH, FILLERS).dfa()


@pytest.fixture(scope="module")
def case():
    truth = tomita(5)
    return Case("tomita-5", load_model(ROOT / "examples" / "tomita-5"), truth, judged("tomita-5", truth))


def labels(dfa, words):
    return dfa.link.labels(dfa.scores(words))


def depths(word):
    return np.cumsum([0, *({0: 1, 1: -1}.get(symbol, 0) for symbol in word)])


def test_steps_are_letters_read_after_a_word(case):
    counted = Counted(case.teacher)
    words = [(), (0,), (0, 1, 1), (0, 1, 1)]
    np.testing.assert_allclose(counted.scores(words), case.teacher.scores(words), atol=1e-6)
    assert counted.steps == 1 + 3 + 3
    states = counted.advance(counted.start(), np.array([0, 0, 0]), np.array([0, 1, 1]))
    assert counted.steps == 7 + 3
    next(iter(counted.branch(states, [0, 1])))
    assert counted.steps == 10 + 3  # the second letter was not read
    counted.read(states)
    assert counted.steps == 13
    tabulate(counted, [(), (0,)], [(), (1,), (1, 0)])
    assert counted.steps == 13 + 1 + 2 * 2  # to the second prefix, and two nodes of the trie after each


def test_a_case_is_judged_against_the_network_and_not_the_language(case):
    always = DFA(case.truth.alphabet, np.zeros((1, 2), int), [0])
    run = run_of(case, "none", "none", always, Cost(1.0, 2, 3, 4, "told"))
    network = [
        case.model.link.labels(case.model.teacher.scores(words)) for words in (case.judged.uniform, case.judged.structured)
    ]
    assert (run.uniform, run.structured) == pytest.approx(tuple(float((those == 0).mean()) for those in network))
    assert (run.seconds, run.steps, run.queries, run.rounds, run.states, run.stopped) == (1.0, 2, 3, 4, 1, "told")
    assert not run.language
    assert run_of(case, "none", "none", case.truth, Cost(1.0, 2, 3, 4, "told")).language


def test_structured_words_are_edited_accepted_ones(rng):
    words = accepted(rng, tomita(2), 200, 30)
    assert len(words) == 200
    assert labels(tomita(2), words).all()
    for name, language in (("tomita-7", tomita(7)), (BRACKETS, BALANCED)):
        share = labels(language, structured(rng, name, language, 1000, LONGEST)).mean()
        assert 0.2 < share < 0.8  # so that a constant answer is wrong on many


def test_brackets_are_deep_enough_to_tell_the_depth(rng):
    for words in (bracket_lessons(rng, 2000, 30), structured(rng, BRACKETS, BALANCED, 2000, LONGEST)):
        deepest = np.bincount([depths(word).max() for word in words], minlength=DEPTH + 2)
        assert min(deepest[: DEPTH + 1]) > 20
        assert sum(deepest[DEPTH + 1 :]) > 5
        assert {symbol for word in words for symbol in word} == set(range(2 + FILLERS))


def test_words_to_judge_with_are_the_same_each_time():
    first, again = judged(BRACKETS, BALANCED), judged(BRACKETS, BALANCED)
    assert first == again
    assert (len(first.uniform), len(first.structured), max(map(len, first.uniform))) == (10_000, 3000, LONGEST)


def test_a_network_is_trained_once_and_kept(tmp_path, monkeypatch):
    settings = TrainingSettings("rnn", 4, max_steps=3, patience=1)
    network = networks.Network("tiny", "tomita-4", settings, lessons=20, longest=5)
    trained = network.model(tmp_path / "kept")
    monkeypatch.setattr(networks, "train", None)
    words = [(), (0, 0, 0), (1, 0, 1)]
    kept = exact(network.model(tmp_path / "kept").teacher)
    np.testing.assert_array_equal(kept.scores(words), exact(trained.teacher).scores(words))
    names = [each.name for each in (*networks.TOMITA, *networks.BRACKETS)]
    assert len(names) == len(set(names)) == 16
    assert separating_word(networks.BRACKETS[0].truth, BALANCED) is None


def test_the_least_of_nerode_finds_the_language_in_few_steps(case):
    run = ours.white_box(case)
    assert (run.language, run.states, run.stopped) == (True, 4, "no counterexample")
    assert run.uniform == run.structured == 1
    assert 0 < run.queries <= run.steps < 1000


def test_the_defaults_of_nerode_count_all_that_is_asked(case):
    run = ours.extracted(case, None)
    assert (run.language, run.states) == (True, 4)
    assert run.steps > 10_000  # words for weighing and for the verdict are read too
    assert run.search == "defaults"


@pytest.mark.parametrize("learner", ["AALpy L*", "AALpy KV"])
def test_aalpy_beside_it(case, learner, monkeypatch):
    aalpy_runs = pytest.importorskip("queries.aalpy_runs")
    monkeypatch.setattr(aalpy_runs, "WALKS", 200)
    run = aalpy_runs.measured(case, learner, "random words", limit=60, seed=0)
    assert (run.language, run.states, run.stopped) == (True, 4, "done")
    assert run.queries > 200  # its random words alone
    assert 10 * 200 < run.steps < 40 * run.queries
    assert run.rounds >= 2


def test_aalpy_ends_when_its_time_is_up(case, monkeypatch):
    aalpy_runs = pytest.importorskip("queries.aalpy_runs")
    endless = lambda letters, system: aalpy_runs.RandomWordEqOracle(letters, system, 10**6)  # noqa: E731
    monkeypatch.setitem(aalpy_runs.SEARCHES, "endless", endless)
    begun = time.process_time()
    run = aalpy_runs.measured(case, "AALpy KV", "endless", limit=0.5, seed=0)
    assert run.stopped == "time"
    assert 0 < run.seconds < time.process_time() - begun  # the timer counts ticks, and so ends early on a busy machine
    assert run.states >= 1  # its last hypothesis


def test_automata_go_to_aalpy_and_back(rng):
    aalpy_runs = pytest.importorskip("queries.aalpy_runs")
    dfa = random_dfa(rng, 30, 3)
    assert separating_word(aalpy_runs.from_aalpy(aalpy_runs.to_aalpy(dfa), dfa), dfa) is None


def test_learners_on_one_automaton():
    pytest.importorskip("aalpy")
    rows = list(pure.side_by_side(states=30, letters=4))
    assert [row.learner for row in rows] == ["nerode tree", "nerode table", "AALpy L*", "AALpy KV"]
    for row in rows:
        assert (row.states, row.letters, row.stopped) == (30, 4, "equivalent")
        assert row.queries >= 30 * 4  # no transition is known without asking
        assert row.rounds >= 1


def test_growth_is_the_exponent():
    rows = [pure.Learned("tree", n, 2, 3e-6 * n**1.5, 0.0, 7 * n**2, None, 1, "equivalent") for n in (10, 100, 1000)]
    growth = pure.growth(rows)
    assert (growth.queries, growth.seconds) == (pytest.approx(2), pytest.approx(1.5))
    assert [row.states for row in pure.growing((10, 20), 3)] == [10, 20]


def test_how_often_a_bound_holds(case, monkeypatch):
    @dataclass
    class Verdict:
        epsilon: float
        delta: float = 0.05

    @dataclass
    class Result:
        automaton: DFA
        verdict: Verdict

    def extract(teacher, method, queries, seed):  # the language, with a bound; a constant that claims to be as good once
        always = DFA(case.truth.alphabet, np.zeros((1, 2), int), [0])
        return Result(always if seed == 2 else case.truth, Verdict(0.01))

    monkeypatch.setattr(bound.nerode, "extract", extract)
    row = bound.measured(case, seeds=4, queries=7)
    assert (row.queries, row.seeds, row.promised, row.kept, row.bound) == (7, 4, 0.95, 0.75, 0.01)
    assert row.least == 0
    assert row.most == pytest.approx(4 * row.error)
    assert 0.1 < row.most < 0.5


def test_a_bound_is_broken_where_chance_is_no_excuse():
    row = bound.Kept("net", 300, 100, 0.95, 0.95, 0.1, 0.2, 0.0, 0.3, 4.0)
    assert [bound.broken(replace(row, kept=kept)) for kept in (1.0, 0.95, 0.91, 0.86, 0.5)] == [False, False, False, True, True]


def test_a_short_extraction_and_its_bound(case):
    row = bound.measured(case, seeds=2, queries=20_000)
    assert row.kept == 1
    assert 0 < row.bound < 0.01


def test_medians(case):
    runs = [run_of(case, "a", "b", case.truth, Cost(each, each, 10 * each, 1, "done")) for each in (1, 2, 9)]
    runs.append(run_of(case, "a", "c", case.truth, Cost(5, 5, 5, 1, "done")))
    first, second = side_by_side.summaries(runs)
    assert (first.networks, first.languages, first.seconds, first.steps, first.most_steps, first.queries) == (3, 3, 2, 2, 9, 20)
    assert (second.search, second.networks) == ("c", 1)


def test_tables_are_shown_as_rows_come(capsys):
    table = Table("title", pure.Growth, {"learner": 8, "sizes": 6})
    table.add([pure.Growth("tree", "1 2", 1.25, 1234.5)])
    assert capsys.readouterr().out.splitlines()[1:] == [
        "title",
        "",
        "| learner  | sizes  | queries | seconds |",
        "|----------|--------|---------|---------|",
        "| tree     | 1 2    |    1.25 |   1,234 |",
    ]  # fmt: skip
    assert table.rows == [{"learner": "tree", "sizes": "1 2", "queries": 1.25, "seconds": 1234.5}]
    Table("quiet", pure.Growth, {}, shown=False).add([pure.Growth("tree", "1", 1.0, 1.0)])
    assert capsys.readouterr().out == ""


def test_no_network_of_the_competition(tmp_path):
    with pytest.raises(InputError, match=r"there is no network 1\.2 in .*give the competition's folder with --data"):
        next(competition.measured(tmp_path))


def test_a_network_of_the_competition(shared, frugal, monkeypatch):
    monkeypatch.setattr(competition, "FRESH", 2000)
    for row in competition.measured(shared / "taysir", ["1.7"], [0]):
        assert (row.states, row.errors, row.validation, row.fresh) == (2, 0, 0, 0)
    assert row.winner == "2: 0, 0"


def test_from_the_shell(tmp_path, monkeypatch, capsys):
    for arguments, said in ((["taysir", "--data", str(tmp_path)], "there is no network "), (["nothing"], "invalid choice")):
        monkeypatch.setattr(sys, "argv", ["lstar.py", "--only", *arguments])
        with pytest.raises(SystemExit) as stopped:
            lstar.main()
        assert stopped.value.code == 2
        assert said in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["lstar.py", "--only", "bound", "--json"])
    kept = bound.Kept("net", 300, 100, 0.95, 0.8, 0.1, 0.2, 0.0, 0.3, 4.0)
    monkeypatch.setattr(side_by_side, "case", lambda network, place: None)
    monkeypatch.setattr(bound, "measured", lambda case, seeds, limit: kept)
    with pytest.raises(SystemExit, match="the bound of the verdict holds less often than promised on net"):
        lstar.main()
    assert json.loads(capsys.readouterr().out)["bound"][0]["kept"] == 0.8
