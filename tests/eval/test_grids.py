"""Grids and agreement: figures against those counted anew; the shell; an interruption; what is refused."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.stats import ttest_1samp
from shell import DEMO, run

import nerode
from nerode.datasets.languages import tomita
from nerode.distillation import tree
from nerode.errors import BudgetExhausted, InputError
from nerode.eval import grids
from nerode.eval.agreement import Judged, agreement, judged
from nerode.eval.grids import mean_interval
from nerode.eval.intervals import paired_difference
from nerode.extraction import loop
from nerode.links import Binary, Multiclass

EFFORT = 0.2  # what a student has learned by then is enough to be told from what others have


@pytest.fixture(scope="module", autouse=True)
def _few_words():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "WEIGHED", dict.fromkeys(loop.WEIGHED, 500))
        patch.setattr(loop, "FRESH", 200)
        patch.setattr(tree, "WORDS", (300, 900))
        yield


@pytest.fixture(scope="module")
def labelled():
    """Words of twelve letters, their labels by Tomita's fourth language, a tenth of them turned round."""
    rng = np.random.default_rng(0)
    words = list(dict.fromkeys(map(tuple, rng.integers(2, size=(400, 12)).tolist())))
    labels = tomita(4).predict(words) ^ (rng.random(len(words)) < 0.1)
    return dict(zip(words, labels.tolist(), strict=True))


def brief(labels, **more):
    return nerode.grid(tomita(4), "tree", labels, alphas=(0, 0.5), temperatures=(1, 3), effort=EFFORT, seeds=2, order=2, **more)


@pytest.fixture(scope="module")
def found(labelled):
    return brief(labelled)


def test_the_cells_are_those_of_students_learned_alone(found, labelled):
    """A cell is learned anew, and judged word by word on the words that were kept."""
    assert [(cell.alpha, cell.temperature) for cell in found.cells] == [(1, 1), (0, 1), (0, 3), (0.5, 1), (0.5, 3)]
    kept = grids._apart(labelled, 0)
    learned = {word: label for word, label in labelled.items() if word not in kept}
    assert found.words == len(kept) == round(0.2 * len(labelled))
    for cell in (found.control, found.cells[3]):
        knobs = {"alpha": cell.alpha, "temperature": cell.temperature, "effort": EFFORT, "seconds": None, "order": 2}
        student = nerode.distill(tomita(4), "tree", words=list(learned), labels=learned, seed=1, **knobs).automaton
        right = [int(student.predict([word])[0]) == label for word, label in kept.items()]
        assert cell.accuracies[1] == sum(right) / len(right)
        assert cell.mean == np.mean(cell.accuracies)
        assert cell.gain == pytest.approx(cell.mean - found.control.mean)
    assert found.teacher == np.mean(tomita(4).predict(list(kept)) == list(kept.values()))
    assert found.best.mean == max(cell.mean for cell in found.cells[1:])
    assert sum(row.words for row in found.agreement.rows) == 2 * found.words


def test_all_of_it_is_shown(found, tmp_path):
    shown = str(found)
    assert "labels alone" in shown
    assert "sure: control" in shown
    assert len(found.frame()) == 5
    assert found.to_json()["agreement"]["rows"][0]["right"] == {"teacher": True, "control": True, "student": True}
    legends = {text.get_text() for legend in found.plot().legends for text in legend.get_texts()}
    assert legends == {"labels alone (α = 1)", "the teacher", "T = 1", "T = 3"}


def test_few_words_leave_an_interval_where_all_seeds_are_alike():
    """Ten words on which all are right leave a third open; and no cell is surely better where ten words never change."""
    right = Judged(np.ones(10, bool), None, np.ones(10, np.int64))
    cell = grids._cell(0.0, 1.0, [right, right], [right, right], 1)
    assert (cell.low, cell.high) == (pytest.approx(1 - 0.3085, abs=1e-4), 1.0)
    reach = pytest.approx(0.3085, abs=1e-4)
    assert (-cell.gain_low, cell.gain_high) == (reach, reach)
    alone = grids._cell(0.0, 1.0, [right], [right], 1)
    assert (alone.low, alone.gain_low) == (None, None)


@pytest.mark.parametrize(("gained", "lost"), [(0.05, 0.05), (0.3, 0.1), (0.01, 0.0)])
def test_paired_differences_cover_as_often_as_they_say(gained, lost):
    rng, covered = np.random.default_rng(0), 0
    for _ in range(400):
        changes = rng.choice([1.0, -1.0, 0.0], size=60, p=[gained, lost, 1 - gained - lost])
        low, high = paired_difference(changes, 0.9)
        covered += low <= gained - lost <= high
    assert covered >= 0.88 * 400


def test_intervals_are_those_of_students_test():
    values = np.random.default_rng(1).normal(size=6)
    expected = ttest_1samp(values, 0).confidence_interval(0.99)
    assert mean_interval(values, 0.99) == pytest.approx(tuple(expected))
    assert mean_interval(values[:1]) == (None, None)


def test_who_is_right_together_against_a_count_by_hand():
    rng = np.random.default_rng(2)
    truth = rng.integers(2, size=50)
    made = []
    for _ in range(5):
        labels = rng.integers(2, size=50)
        made.append(Judged(labels == truth, rng.random(50), labels))
    teacher, controls, students = made[0], made[1:3], made[3:]
    told = agreement(teacher, controls, students, [str(i) for i in range(50)], truth, ["no", "yes"])
    for row, case in zip(told.rows, product((True, False), repeat=3), strict=True):
        hits = [
            (one, other, i)
            for one, other in zip(controls, students, strict=True)
            for i in range(50)
            if (teacher.right[i], one.right[i], other.right[i]) == case
        ]
        assert tuple(row.right.values()) == case
        assert row.words == len(hits)
        assert row.sure["student"] == pytest.approx(np.mean([other.sure[i] for _, other, i in hits]))
        assert row.sure["teacher"] == pytest.approx(np.mean([teacher.sure[i] for *_, i in hits]))
    times = [sum(each.right[int(word)] for each in students) for word, *_ in told.against]
    assert times == sorted(times, reverse=True)
    assert times[0] == max(sum(each.right[i] for each in students) for i in range(50) if not teacher.right[i])
    for word, true, theirs in told.against:
        assert true == ["no", "yes"][truth[int(word)]] != theirs


@pytest.mark.parametrize("link", [Binary(), Multiclass()])
def test_how_sure_a_classifier_is(link):
    """The probability of its own answer, by the definition."""
    width = 1 if link == Binary() else 3
    function = nerode.WFA(nerode.Alphabet("ab"), np.ones(1), np.ones((2, 1, 1)), np.arange(-1.0, width - 1)[None], link)
    said = judged(function, [()], np.array([0]))
    scores = np.append(0.0, function.scores([()])[0]) if width == 1 else function.scores([()])[0]
    assert said.sure[0] == pytest.approx(np.exp(scores.max()) / np.exp(scores).sum())
    assert judged(tomita(1), [()], np.array([1])).sure is None


def test_an_interruption_leaves_the_seeds_that_all_cells_have(labelled, monkeypatch):
    plain, calls = grids.distill, []

    def interrupted(*given, **options):
        calls.append(options["seed"])
        if len(calls) == 8:
            raise KeyboardInterrupt
        return plain(*given, **options)

    monkeypatch.setattr(grids, "distill", interrupted)
    cut = brief(labelled)
    assert cut.unfinished
    assert {len(cell.accuracies) for cell in cut.cells} == {1}
    assert cut.control.low is None
    assert "It ended early" in str(cut)
    assert "ended early" not in str(replace(cut, unfinished=False))
    calls[:] = [0] * 5  # two cells of the first seed
    first = brief(labelled)
    assert first.unfinished
    assert first.cells[0] == cut.cells[0]
    assert [cell.accuracies for cell in first.cells] == [cell.accuracies for cell in cut.cells[:2]]
    calls[:] = [0] * 6
    with pytest.raises(KeyboardInterrupt):
        brief(labelled)


def test_an_effort_that_runs_out_leaves_the_seeds_that_all_cells_have(labelled, monkeypatch):
    plain, calls = grids.distill, []

    def exhausted(*given, **options):
        calls.append(options["seed"])
        if len(calls) == 8:
            raise BudgetExhausted("effort")
        return plain(*given, **options)

    monkeypatch.setattr(grids, "distill", exhausted)
    cut = brief(labelled)
    assert cut.unfinished
    assert {len(cell.accuracies) for cell in cut.cells} == {1}
    calls[:] = [0] * 7
    with pytest.raises(InputError, match=r"an effort of 0\.2 is used up before a student learns anything; give more effort"):
        brief(labelled)


def test_what_does_not_fit_is_refused(labelled):
    for teacher, student, labels, more, said in (
        (tomita(1), "lstar", labelled, {}, "'lstar' is no student that learns from labels; choose from regression"),
        (tomita(1), "tree", {"0": 1}, {}, "give labels of 10 words at least"),
        (tomita(1), "tree", labelled, {"seeds": 0}, "seeds must be a whole number from 1 on"),
        (tomita(1), "tree", labelled, {"alphas": (1.0,)}, "give an α below 1"),
        (tomita(1), "tree", labelled, {"alphas": (2.0, 0.5)}, "alpha is the weight of labels, a number from 0 to 1, not 2"),
        (tomita(1), "tree", labelled, {"temperatures": (3.0, 1e200)}, "the temperature must be a number from 1 to 1,000,000"),
        (tomita(1), "tree", labelled, {"test": {"01": 7, "1": 0}}, "labels of words must lie in 0 … 1"),
        (tomita(1), "tree", labelled, {"seed": -1}, "the seed must be a whole number"),
        (tomita(1), "tree", labelled, {"effort": 0}, "the limit on effort must be a number above 0"),
        (
            nerode.language("random-pdfa-3-letters-2", np.random.default_rng(0)),
            "tree",
            labelled,
            {},
            "labels are for classifiers",
        ),
    ):
        with pytest.raises(InputError, match=said):
            nerode.grid(teacher, student, labels, **more)


def test_the_shell_shows_a_grid(capsys, tmp_path, labelled):
    file, plain = tmp_path / "words.tsv", tmp_path / "plain.txt"
    file.write_text("".join(f"{label}\t{''.join(map(str, word))}\n" for word, label in labelled.items()))
    plain.write_text("0101\n11\n")
    knobs = ("--alphas", "0", "--temperatures", "1", "--seeds", "1", "--effort", EFFORT)
    shown = run(capsys, "grid", DEMO, "--student", "tree", "--words", file, *knobs, "--out", tmp_path / "g.svg", "--json")
    assert shown.code == 0
    assert [cell["alpha"] for cell in shown.answer["cells"]] == [1, 0]
    assert (tmp_path / "g.svg").read_bytes().startswith(b"<?xml")
    refused = run(capsys, "grid", DEMO, "--student", "tree", "--words", plain)
    assert (refused.code, "have no labels" in refused.err) == (2, True)


def test_eval_judges_by_true_labels_too(capsys, tmp_path, labelled):
    tomita(4).save(tmp_path / "dfa.json")
    file, odd = tmp_path / "words.tsv", tmp_path / "odd.tsv"
    file.write_text("".join(f"{label}\t{''.join(map(str, word))}\n" for word, label in labelled.items()))
    odd.write_text("yes\t0101\nno\t11\n")
    told = run(capsys, "eval", tmp_path / "dfa.json", DEMO, "--words", file, "--json").answer["true_labels"]
    assert told["words"] == len(labelled)
    assert told["student"]["value"] == np.mean(tomita(4).predict(list(labelled)) == list(labelled.values()))
    shown = run(capsys, "eval", tmp_path / "dfa.json", DEMO, "--words", odd)
    assert shown.code == 0
    assert "are no classes of the network; these have no names, so write 0 and 1; they are not compared" in shown.err
    assert "true labels" not in shown.out
