"""Fronts: which students are marked, by comparing each with all others; the table, the picture, the shell."""

from dataclasses import replace

import numpy as np
import pytest
from pages import data_of
from shell import DEMO, run

import nerode
from nerode.datasets.languages import tomita
from nerode.errors import InputError
from nerode.eval import fronts
from nerode.eval.fronts import Front, Point, marked
from nerode.eval.simplicity import parameters_of, zipped_bits
from nerode.extraction import loop

pytestmark = pytest.mark.usefixtures("brief")


@pytest.fixture(scope="module", autouse=True)
def _few_words():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fronts, "FRESH", 500)
        patch.setattr(loop, "WEIGHED", dict.fromkeys(loop.WEIGHED, 1000))
        yield


def test_those_are_marked_that_another_beats():
    rng = np.random.default_rng(0)
    points = [
        Point("tree", i, "leaf", int(bits), float(error), None, None, False, None)
        for i, (bits, error) in enumerate(rng.integers(1, 9, (40, 2)))
    ]
    found = marked(points)
    assert sorted(point.size for point in found) == list(range(40))
    assert list(found) == sorted(found, key=lambda point: (point.bits, point.error))
    for place, point in enumerate(found):
        others = [other for i, other in enumerate(found) if i != place]
        better = any(other.bits <= point.bits and other.error < point.error for other in others)
        smaller = any(other.bits < point.bits and other.error <= point.error for other in others)
        assert point.beaten == (better or smaller)


@pytest.fixture(scope="module")
def front():
    return nerode.front(tomita(4), ["lstar", "tree"], effort=0.5, seed=1)


def test_the_front_of_a_dfa_ends_with_the_dfa(front):
    best = front.best[-1]
    assert (best.kind, best.size, best.error) == ("lstar", 4, 0.0)
    assert (best.low, best.unit, best.parameters) == (0.0, "state", 4 * 3)
    assert {point.kind for point in front.points} == {"lstar", "tree"}
    for point in front.points:
        assert point.bits == zipped_bits(point.student)
        assert point.parameters == parameters_of(point.student)
        assert point.low <= point.error <= point.high
    assert "●" in str(front)
    assert len(front.to_json()["points"]) == len(front.points)
    assert list(front.frame().index) == [point.kind for point in front.points]


def test_the_picture_has_a_line_for_each_kind(front):
    figure = front.plot()
    labels = {text.get_text() for legend in figure.legends for text in legend.get_texts()}
    assert labels == {"lstar", "tree", "none is smaller and as good"}


def test_kinds_that_do_not_fit_are_refused_by_name_and_left_out_otherwise():
    with pytest.raises(InputError, match="'pdfa' is no student of a teacher whose task is classifier; choose from lstar"):
        nerode.front(tomita(1), ["pdfa"])
    for kinds, more, message in (
        ([], {}, "name at least one kind of student"),
        ("tree", {}, "a list of kinds is expected, not one text"),
        (None, {"seconds": 0}, "the limit on seconds must be a number above 0"),
        (None, {"seed": -1}, "the seed must be a whole number"),
    ):
        with pytest.raises(InputError, match=message):
            nerode.front(tomita(1), kinds, **more)
    empty = Front((), "error rate", True, 5, ("Left out: x, since y.",))
    assert str(empty).splitlines()[-1] == "Left out: x, since y."


def test_the_shell_shows_the_front(capsys, tmp_path):
    files = ("--out", tmp_path / "f.svg", "--report", tmp_path / "f.html")
    shown = run(capsys, "front", DEMO, "--students", "lstar,tree", "--effort", "0.3", *files, "--json")
    assert shown.code == 0
    said = data_of((tmp_path / "f.html").read_text())
    assert [each["kind"] for each in said["automata"]] == ["dfa"] * len(said["automata"])
    assert len(said["students"]["rows"]) == len(shown.answer["points"])
    assert said["students"]["source"].startswith("data:image/svg+xml")
    assert {point["kind"] for point in shown.answer["points"]} == {"lstar", "tree"}
    assert (tmp_path / "f.svg").read_bytes().startswith(b"<?xml")
    assert run(capsys, "front", DEMO, "--out", tmp_path / "f.txt").code == 2
    assert run(capsys, "front", DEMO, "--students", "oak").code == 2
    assert run(capsys, "front", DEMO, "--report", tmp_path / "f.txt").code == 2
    alone = run(capsys, "front", DEMO, "--students", "tree", "--effort", "0.1", "--report", tmp_path / "g.html")
    assert (alone.code, "a report is about automata" in alone.err) == (2, True)


def test_a_kind_that_cannot_be_learned_costs_no_other(monkeypatch, capsys):
    plain = fronts.distill

    def without_trees(teacher, name, **options):
        if name == "tree":
            raise InputError("trees are grown by scikit-learn; install it")
        return plain(teacher, name, **options)

    monkeypatch.setattr(fronts, "distill", without_trees)
    found = nerode.front(tomita(4), ["lstar", "tree"], effort=0.3)
    assert {point.kind for point in found.points} == {"lstar"}
    assert found.unfinished
    assert "Left out: tree, since trees are grown by scikit-learn; install it." in str(found)
    with pytest.raises(InputError, match="trees are grown"):
        nerode.front(tomita(4), ["tree"], effort=0.3)
    shown = run(capsys, "front", DEMO, "--students", "tree,lstar", "--effort", "0.3")
    assert (shown.code, "Left out: tree" in shown.out) == (3, True)


def test_functions_are_teachers_of_fronts_and_grids():
    def even(word):
        return word.count("a") % 2 == 0

    assert nerode.front(even, ["lstar"], effort=0.2, alphabet="ab").best[-1].error == 0
    words = ["".join(rng) for rng in np.random.default_rng(0).choice(["a", "b"], (60, 6)).tolist()]
    labels = {word: int(even(word)) for word in words}
    assert (
        nerode.grid(even, "regression", labels, alphas=(0,), temperatures=(1,), seeds=1, effort=0.1, alphabet="ab").teacher == 1
    )
    for call in (lambda: nerode.front(even, ["lstar"]), lambda: nerode.grid(even, "regression", labels)):
        with pytest.raises(InputError, match="a function needs the alphabet"):
            call()


def test_words_to_judge_with_are_not_learned_from(monkeypatch):
    words = [format(n, "030b") for n in np.random.default_rng(0).integers(2**30, size=300).tolist()]
    learned, judged = [], []
    plain, weighed = fronts.distill, fronts.compare

    def distill(teacher, name, **options):
        learned.extend(options["words"])
        return plain(teacher, name, **options)

    def compare(student, teacher, words, **options):
        judged.append(words)
        return weighed(student, teacher, words, **options)

    monkeypatch.setattr(fronts, "distill", distill)
    monkeypatch.setattr(fronts, "compare", compare)
    found = nerode.front(tomita(4), ["tree"], effort=0.3, words=words * 2)
    assert found.words == 60
    assert all(words == judged[0] for words in judged)
    assert len(learned) == 480
    assert not set(judged[0]) & set(learned)
    with pytest.raises(InputError, match="give at least five, better some hundred"):
        nerode.front(tomita(4), ["tree"], words=["0", "1"])


def test_an_interruption_of_a_verdict_ends_the_front(monkeypatch):
    plain, learned = fronts.distill, []

    def distill(teacher, name, **options):
        learned.append(name)
        return replace(plain(teacher, name, **options), interrupted=name == "rpni")

    monkeypatch.setattr(fronts, "distill", distill)
    found = nerode.front(tomita(4), ["lstar", "rpni", "regression"], effort=0.9)
    assert (learned, found.unfinished) == (["lstar", "rpni"], True)
    assert "Interrupted at rpni; what comes after it is missing." in str(found)


def test_a_kind_that_learned_nothing_is_named(monkeypatch, capsys, tmp_path):
    plain = fronts.distill

    def distill(teacher, name, **options):
        found = plain(teacher, name, **options)
        return found if name != "tree" else replace(found, chosen=found.rounds[0], rounds=found.rounds[:1], front=(), sizes=())

    monkeypatch.setattr(fronts, "distill", distill)
    found = nerode.front(tomita(4), ["tree", "lstar"], effort=0.5)
    assert found.unfinished
    assert any(said.startswith("Left out: tree, since nothing better than one answer") for said in found.left_out)
    shown = run(capsys, "front", DEMO, "--students", "tree,lstar", "--effort", "0.4", "--report", tmp_path / "a.html")
    assert (tmp_path / "a.html").exists(), shown.err
    monkeypatch.setattr(fronts, "_different", lambda *arguments: [])
    shown = run(capsys, "front", DEMO, "--students", "lstar", "--effort", "0.4", "--report", tmp_path / "b.html")
    assert "No report was written to" in shown.out
    assert not (tmp_path / "b.html").exists()


def test_an_interruption_hands_back_what_was_judged(monkeypatch, capsys, tmp_path):
    plain = fronts.distill

    def interrupted(teacher, name, **options):
        if name == "tree":
            raise KeyboardInterrupt
        return plain(teacher, name, **options)

    monkeypatch.setattr(fronts, "distill", interrupted)
    found = nerode.front(tomita(4), ["lstar", "tree", "regression"], effort=0.5)
    assert {point.kind for point in found.points} == {"lstar"}
    assert found.unfinished
    assert "Interrupted at tree; what comes after it is missing." in str(found)
    with pytest.raises(KeyboardInterrupt):
        nerode.front(tomita(4), ["tree", "lstar"], effort=0.5)
    shown = run(capsys, "front", DEMO, "--students", "tree", "--out", tmp_path / "f.svg")
    assert shown.code == 130
    assert not (tmp_path / "f.svg").exists()
