"""TREPAN: a tree that is known is recovered, words that arrive at nodes, the order of growth, and what is refused."""

from itertools import product

import numpy as np
import pytest
from shell import DEMO, run

import nerode
from nerode.datasets.languages import tomita
from nerode.distillation import arrivals
from nerode.distillation.arrivals import Arrivals
from nerode.distillation.distill import distill
from nerode.distillation.mofn import Measure, best_test, summed
from nerode.distillation.trepan import TrepanSettings, infidelity, student
from nerode.domains import domain_of_words
from nerode.errors import InputError
from nerode.extraction import loop
from nerode.extraction.ledger import Ledger
from nerode.links import Binary, Multiclass, Value
from nerode.students.features import Features
from nerode.students.loading import load_student
from nerode.students.mofn_tree import MofNTree

AB = nerode.Alphabet(("a", "b"))
FEATURES = Features(AB, ((0,), (0, 0), (1, 1)), first=((0, 0), (1, 1)), last=((0, 1),), pairs=((1, 0),))
# 2 of (a at place 1, b at place 2, bb) ? (no b … a ? 0 : 1) : (2 of (#a > 3, b at the end) ? 2 : 0)
KNOWN = MofNTree(
    FEATURES, [3, 2, 1, 0, 0, 0, 0], [2, 2, 1, 0, 0, 0, 0], [3, 4, 2, 0, 5, 6], [0.5, 0.5, 0.5, 3.5, 0.5, 0.5], [1] * 6,
    [1, 3, 5, -1, -1, -1, -1], [2, 4, 6, -1, -1, -1, -1],
    np.concatenate([np.zeros((3, 3)), 5 * np.eye(3)[[0, 2, 0, 1]]]), Multiclass(),
)  # fmt: skip
BRIEF = {"effort": 2.0, "seconds": None}


@pytest.fixture(autouse=True)
def brief(monkeypatch):
    monkeypatch.setattr(loop, "WEIGHED", dict.fromkeys(loop.WEIGHED, 1000))


def test_a_known_tree_is_recovered_on_all_words():
    result = distill(KNOWN, "trepan", seed=1, places=2, order=2, queries=20_000, **BRIEF)
    words = [word for length in range(11) for word in product((0, 1), repeat=length)]
    assert (result.automaton.predict(words) == KNOWN.predict(words)).all()
    assert result.stop_reason == "no test"
    assert result.automaton.size == KNOWN.size


def grown(task_of, teacher, leaves, **settings):
    """A growing tree of about so many leaves, parted wherever a test is found, widest first."""
    tree = Arrivals(task_of(teacher, TrepanSettings(**settings)), teacher.link)
    waiting, closed = [tree.root], []
    while waiting and len(waiting) + len(closed) < leaves:
        node = waiting.pop(0)
        tree.ask(node, 300, edits=True)
        test = best_test(node.table.toarray(), summed(node.targets), Measure(True, node.targets.shape[1]))
        if test is None:
            closed.append(node)
        else:
            waiting += tree.part(node, test)
    return tree, waiting + closed


@pytest.fixture
def task_of(rng):
    from nerode.extraction.budget import metered
    from nerode.extraction.held_out import HeldOut
    from nerode.extraction.meter import Meter
    from nerode.extraction.method import Task
    from nerode.extraction.source import WordSource

    def made(teacher, settings, given=()):
        meter = Meter()
        asked = metered(teacher, meter)
        source = WordSource(rng, asked, list(given), 12)
        words = source.invent(50)
        ledger = Ledger(tomita(1), HeldOut(tomita(1), words, np.ones(50)), meter, 0.01)
        return Task(asked, rng, source, ledger, meter, None, settings, None)

    return made


@pytest.mark.parametrize("most", [4000, 100_000])
def test_words_wait_and_are_asked_where_they_arrive(task_of, monkeypatch, most):
    """With few draws words are edited; edits reach their node too, are new, and say nothing of its reach."""
    monkeypatch.setattr(arrivals, "MOST_DRAWN", most)
    tree, leaves = grown(task_of, KNOWN, 5)
    assert len(leaves) > 2
    for leaf in leaves:
        tree.ask(leaf, 400, edits=True)
    made = student(tree, KNOWN.link)
    edited = 0
    for leaf in leaves:
        table = tree.features.matrix([*leaf.words, *leaf.waiting]).toarray()
        assert all((test(table) == side).all() for test, side in leaf.path)
        assert leaf.arrived == leaf.drawn.sum() + len(leaf.waiting)
        edits = {word for word, drawn in zip(leaf.words, leaf.drawn, strict=True) if not drawn}
        edited += len(edits)
        assert not edits & {word for word, drawn in zip(leaf.words, leaf.drawn, strict=True) if drawn}
        assert len(leaf.told) == leaf.drawn.sum() > 0
    assert sum(leaf.arrived for leaf in leaves) == tree.drawn
    assert (edited > 0) == (most == 4000)  # by rejection there are enough
    assert set(made.predict([word for leaf in leaves for word in leaf.words]).tolist()) <= {0, 1, 2}


def test_edits_are_as_long_as_the_words_that_are_given(task_of, rng, monkeypatch):
    """What reads rows of a table reads no others."""
    monkeypatch.setattr(arrivals, "MOST_DRAWN", 1000)
    given = list(map(tuple, rng.integers(0, 2, (500, 14)).tolist()))
    tree = Arrivals(task_of(KNOWN, TrepanSettings(), given), KNOWN.link)
    tree.ask(tree.root, 500)
    test = best_test(tree.root.table.toarray(), summed(tree.root.targets), Measure(True, 3))
    for child in tree.part(tree.root, test):
        tree.ask(child, len(child.words) + len(child.waiting) + 200, edits=True)
        assert not child.drawn.all()
        assert set(map(len, child.words)) == {14}


def test_edits_of_rows_have_letters_that_their_columns_know(task_of, rng, monkeypatch):
    monkeypatch.setattr(arrivals, "MOST_DRAWN", 1000)
    given = [(0, *word) for word in map(tuple, rng.integers(0, 2, (500, 13)).tolist())]
    domain = domain_of_words(given, np.zeros(500, np.int64), 2)
    monkeypatch.setattr(arrivals, "domain_of", lambda _: domain)
    tree = Arrivals(task_of(KNOWN, TrepanSettings(), given), KNOWN.link)
    tree.ask(tree.root, 500)
    test = best_test(tree.root.table.toarray(), summed(tree.root.targets), Measure(True, 3))
    edited = 0
    for child in tree.part(tree.root, test):
        tree.ask(child, len(child.words) + len(child.waiting) + 200, edits=True)
        own = [word for word, drawn in zip(child.words, child.drawn, strict=True) if not drawn]
        assert {word[0] for word in own} <= {0}
        edited += len(own)
    assert edited


def test_each_test_is_chosen_from_enough_words(monkeypatch):
    from nerode.distillation import trepan

    seen = []

    def watched(table, *others):
        seen.append(len(table))
        return best_test(table, *others)

    monkeypatch.setattr(trepan, "best_test", watched)
    distill(KNOWN, "trepan", seed=1, node_words=250, queries=9000, **BRIEF)
    assert len(seen) > 3
    assert min(seen) >= 250


def test_an_exclusive_or_is_learned_though_no_literal_says_anything_alone():
    words = list(map(tuple, np.random.default_rng(0).integers(0, 2, (3000, 6)).tolist()))
    given = {"alphabet": "ab", "words": words, "queries": 6000}
    result = distill(lambda word: word[1:2] != word[3:4], "trepan", order=1, **given, **BRIEF)
    assert result.chosen.error == 0
    assert (result.automaton.predict(words) == [word[1] != word[3] for word in words]).all()


def test_infidelity_by_hand():
    targets = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    assert infidelity(targets, Binary()) == pytest.approx(1 / 3)
    assert infidelity(np.array([[1.0], [3.0]]), Value()) == pytest.approx(1.0)
    mean = np.array([0.6, 0.4])
    divergence = np.mean([(row * np.log(row / mean)).sum() for row in targets])
    assert infidelity(targets, nerode.links.NextSymbol(1)) == pytest.approx(divergence)
    assert infidelity(np.zeros((0, 2)), Binary()) == 0.0


def test_leaves_of_one_class_become_one(task_of):
    tree, leaves = grown(task_of, KNOWN, 8)
    made = student(tree, KNOWN.link)
    words = [word for leaf in leaves for word in leaf.words]
    by_leaves = np.concatenate([np.full(len(leaf.words), leaf.told.mean(axis=0).argmax()) for leaf in leaves])
    assert (made.predict(words) == by_leaves).all()
    assert made.size <= len(leaves)
    last = [
        node
        for node in range(len(made.literals))
        if made.literals[node] and not made.literals[[made.left[node], made.right[node]]].any()
    ]
    assert last
    for node in last:
        assert made.values[made.left[node]].argmax() != made.values[made.right[node]].argmax()


def test_limits_and_interruptions_leave_the_best_so_far(monkeypatch):
    teacher = nerode.load_teacher(DEMO)
    small = distill(teacher, "trepan", size=3, **BRIEF)
    assert small.automaton.size <= 3
    assert small.stop_reason in ("size", "no test")
    few = distill(KNOWN, "trepan", queries=500, node_words=200, **BRIEF)
    assert (few.stop_reason, few.queries <= 500) == ("queries", True)
    assert few.automaton.size > 1
    fewer = distill(KNOWN, "trepan", queries=400, **BRIEF)  # a test is chosen from a quarter of these, and not from 1000 words
    assert fewer.automaton.size > 1
    plain = Arrivals.part

    def interrupted(self, node, test):
        if node is not self.root and len(node.path) > 1:
            raise KeyboardInterrupt
        return plain(self, node, test)

    monkeypatch.setattr(Arrivals, "part", interrupted)
    stopped = distill(KNOWN, "trepan", **BRIEF)
    assert stopped.stop_reason == "interrupted"
    assert stopped.automaton.size > 1


def test_words_that_are_given_are_learned_from_and_labels_alone_bring_no_others():
    words = list(map(tuple, np.random.default_rng(0).integers(0, 2, (2000, 6)).tolist()))
    labels = {word: int(word[-1] == 1 or word[0] == 1) for word in words}
    asked = []

    def teacher(word):
        asked.append(word)
        return False

    options = {"alphabet": "ab", "words": words, "labels": labels, "alpha": 1.0}
    told = distill(teacher, "trepan", **options, **BRIEF)
    assert (told.automaton.predict(words) == [labels[word] for word in words]).all()
    assert told.automaton.size == 2  # 1 of 2 literals


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"node_words": 10}, "a test is chosen from a whole number of words, 20 or more, not from 10"),
        ({"adversarial": True}, "leave adversarial words out"),
        ({"depth": 3}, "has no setting 'depth'"),
    ],
)
def test_settings_that_do_not_fit(settings, message):
    with pytest.raises(InputError, match=message):
        distill(tomita(1), "trepan", **settings)


def test_the_shell_learns_judges_and_shows_one(capsys, tmp_path, frugal):
    out = tmp_path / "t.json"
    made = run(
        capsys, "distill", DEMO, "--student", "trepan", "--node-words", "100", "--queries", "1000", "--effort", "0.5",
        "--out", out, "--json",
    )  # fmt: skip
    assert made.code in (0, 3)
    assert (made.answer["type"], made.answer["unit"]) == ("trepan", "leaf")
    assert made.answer["size"] == load_student(out).size
    assert "yes: " in run(capsys, "inspect", out).out
    assert run(capsys, "inspect", out, "--word", "0110").out.count("? ") >= 1
    shown = run(capsys, "front", DEMO, "--students", "trepan", "--effort", "0.1", "--json")
    assert {point["kind"] for point in shown.answer["points"]} == {"trepan"}
    assert run(capsys, "eval", out, DEMO, "--json").code == 0
    assert run(capsys, "explain", out, DEMO, "01").code == 0
    assert run(
        capsys, "extract", out, "--queries", "500", "--states", "2", "--refinement", "none", "--out", tmp_path / "d.json"
    ).code in (0, 3)
    refused = run(capsys, "render", out, "--out", tmp_path / "a.svg")
    assert (refused.code, "is a student, and an automaton is expected here" in refused.err) == (2, True)
    assert run(capsys, "distill", DEMO, "--student", "tree", "--node-words", "300").code == 2
