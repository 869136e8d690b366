"""Students: scores against sums by hand, files, and bad files."""

import json
from dataclasses import replace

import numpy as np
import pytest
from doubles import words_up_to

import nerode
from nerode.datasets.languages import tomita
from nerode.errors import InputError
from nerode.links import Binary, Multiclass, Value
from nerode.students.features import Features
from nerode.students.forest import Forest
from nerode.students.linear import Linear
from nerode.students.loading import is_student, load_function, load_student
from nerode.students.mofn_tree import MofNTree
from nerode.students.soft_tree import SoftTree
from nerode.words import Alphabet

AB = Alphabet(("a", "b"))
FEATURES = Features(AB, ((0,), (1, 1)), ((0, 1),), length=True)
# at least 2 of (#a > 1, no bb, b at place 1) ? (length > 2 ? 3 : 2) : 1
MOFN = MofNTree(
    FEATURES, [3, 0, 1, 0, 0], [2, 0, 1, 0, 0], [0, 1, 2, 3], [1.5, 0.5, 0.5, 2.5], [1, 0, 1, 1], [1, -1, 3, -1, -1],
    [2, -1, 4, -1, -1], [[0], [1], [0], [2], [3]], Value(),
)  # fmt: skip
WORDS = ["", "a", "bb", "abba", "bbb"]
LINEAR = Linear(FEATURES, [[1.0], [-2.0], [0.5], [0.25]], [0.1], Binary())
# two trees: #a > 0 ? (length > 2 ? 3 : 2) : 1, and bb > 0 ? 20 : 10
FOREST = Forest(
    FEATURES, [0, 5], [0, -1, 3, -1, -1, 1, -1, -1], [0, 0, 2, 0, 0, 0, 0, 0], [1, -1, 3, -1, -1, 6, -1, -1],
    [2, -1, 4, -1, -1, 7, -1, -1], [[0], [1], [0], [2], [3], [0], [10], [20]], [0.5], Value(),
)  # fmt: skip


def test_scores_of_a_regression_are_sums():
    by_hand = [0.1, 1.1 + 0.25, 0.1 - 2 + 0.5 + 0.5, 0.1 + 2 - 2 + 1, 0.1 - 4 + 0.5 + 0.75]
    assert LINEAR.scores(WORDS)[:, 0] == pytest.approx(by_hand)
    assert LINEAR.predict(WORDS).tolist() == [1, 1, 0, 1, 0]
    assert (LINEAR.size, LINEAR.parameters, LINEAR.width) == (4, 5, 1)


def test_scores_of_a_forest_are_those_of_its_leaves():
    assert FOREST.scores(WORDS)[:, 0].tolist() == [11.5, 12.5, 21.5, 23.5, 21.5]
    assert (FOREST.size, len(FOREST.leaves(WORDS)[0])) == (5, 2)
    assert FOREST.scores([]).shape == (0, 1)
    assert FOREST.shown(4) == ["a occurs?", "  yes: 3 letters or more?", "    yes: 3.5", "…", "and 1 more tree"]


def test_a_tree_names_the_classes_of_its_leaves():
    alone = replace(FOREST, roots=FOREST.roots[:1], link=Binary())
    assert alone.shown(4)[2] == "    yes: class 1 (3.5)"
    assert alone.shown(4, ["no", "yes"])[2] == "    yes: yes (3.5)"
    assert alone.path("abba", ["no", "yes"])[-1] == "yes (3.5)"


def test_one_tree_is_called_a_tree():
    assert repr(FOREST).startswith("<Forest: 5 leaves, ")
    assert repr(replace(FOREST, roots=FOREST.roots[:1])).startswith("<Tree: 5 leaves, ")


def test_the_path_of_a_word_ends_at_its_leaf():
    assert FOREST.path("abba") == ["a occurs? yes", "3 letters or more? yes", "3.5", "and 1 more tree"]
    with pytest.raises(InputError, match="a regression takes no path to its answer; trees do"):
        LINEAR.path("a")


def test_scores_of_an_m_of_n_tree_are_those_of_the_leaf_where_enough_literals_hold():
    assert MOFN.scores(WORDS)[:, 0].tolist() == [1, 1, 1, 1, 1]
    assert MOFN.scores(["aa", "ab", "aab", "aba", "bb", "b"])[:, 0].tolist() == [2, 1, 3, 3, 1, 2]
    assert MOFN.scores([]).shape == (0, 1)
    assert (MOFN.size, MOFN.parameters) == (3, 13)
    assert MOFN.shown(4) == [
        "2 of 3: a occurs 2 times or more, bb does not occur, b at place 1?",
        "  yes: 3 letters or more?",
        "    yes: 3",
        "…",
    ]
    assert MOFN.path("aba") == [
        "2 of 3: a occurs 2 times or more, bb does not occur, b at place 1? 2 hold: yes",
        "3 letters or more? yes",
        "3",
    ]


PAIRS = Features(AB, ((0,), (1,)), ())


def inexact(student, seed=0):
    """The same with numbers of many digits."""
    rng = np.random.default_rng(seed)
    noise = {
        name: getattr(student, name) + 0.01 * rng.random(getattr(student, name).shape)
        for name in ("weights", "bias", "values", "filters", "beta")
        if hasattr(student, name)
    }
    return replace(student, **noise)


ROUNDED = [LINEAR, FOREST, MOFN, SoftTree(PAIRS, [[1.0], [-1.0]], [0.5], [1.5], [[1.0], [3.0]], "mean", Value())]


@pytest.mark.parametrize("student", ROUNDED, ids=lambda student: student.kind)
def test_rounding_changes_scores_by_about_the_step(student):
    student, words = inexact(student), words_up_to(2, 6)
    before, length = student.scores(words), len(json.dumps(student.fields()))
    for step in (1e-2, 1e-4):
        near = student.rounded(words, step)
        off = np.sqrt(np.mean((near.scores(words) - before) ** 2)) / before.std()
        assert 1e-3 * step < off < 5 * step
        assert len(json.dumps(near.fields())) < length
    assert student.rounded(["a", "a"], 1e-2) is student  # scores that are alike have no scale


@pytest.mark.parametrize("student", [LINEAR, FOREST, MOFN, Linear(Features(AB), np.zeros((0, 3)), [1, 2, 3], Multiclass())])
def test_files_restore_everything(tmp_path, student):
    student.save(tmp_path / "s.json", extraction={"seed": 1})
    assert is_student(tmp_path / "s.json")
    for load in (load_student, load_function, nerode.load_teacher):
        again = load(tmp_path / "s.json")
        assert again.to_json() == student.to_json()
        assert (again.scores(WORDS) == student.scores(WORDS)).all()
    with pytest.raises(InputError, match=r"is a student, and an automaton is expected here"):
        nerode.load_automaton(tmp_path / "s.json")
    with pytest.raises(InputError, match=r"written to a \.json file"):
        student.save(tmp_path / "s.dot")


def test_an_automaton_is_no_student(tmp_path):
    tomita(1).save(tmp_path / "a.json")
    assert not is_student(tmp_path / "a.json")
    assert not is_student(tmp_path / "nothing.json")
    assert isinstance(load_function(tmp_path / "a.json"), nerode.DFA)
    with pytest.raises(InputError, match="is an automaton, and a student is expected here"):
        load_student(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("student", "change", "message"),
    [
        (LINEAR, {"type": "oak"}, "unknown type of student 'oak'"),
        (LINEAR, {"weights": [[1.0]]}, "cannot have weights of shape"),
        (LINEAR, {"bias": [[1.0]]}, "'bias' must be numbers"),
        (LINEAR, {"link": {"name": "multiclass"}}, "does not fit 1 scores"),
        (LINEAR, {"features": []}, "the field 'grams' is missing"),
        (LINEAR, {"features": {**FEATURES.to_json(), "length": 1}}, "must be true or false"),
        (LINEAR, {"features": {**FEATURES.to_json(), "grams": [["a"]]}}, "must be a list of lists of whole numbers"),
        (FOREST, {"roots": []}, "'roots' must be|begins at a node that is not there"),
        (FOREST, {"roots": [8]}, "begins at a node that is not there"),
        (FOREST, {"left": [0, -1, 3, -1, -1, 6, -1, -1]}, "not there or not after it"),
        (FOREST, {"asked": [9, -1, 3, -1, -1, 1, -1, -1]}, "a feature that is not there"),
        (FOREST, {"thresholds": [0]}, "shapes that do not fit"),
        (FOREST, {"values": [[float("nan")]]}, "is not JSON"),
        (MOFN, {"literals": [2, 0, 1, 0, 0]}, "not as many as its nodes say"),
        (MOFN, {"literals": [4, 0, 1, -1, 0]}, "not as many as its nodes say"),
        (MOFN, {"literals": [2**63 - 1, 2**63 - 1, 6, 0, 0], "needed": [2, 1, 1, 0, 0]}, "not as many as its nodes say"),
        (MOFN, {"needed": [4, 0, 1, 0, 0]}, "needs at least one literal and at most all"),
        (MOFN, {"needed": [2, 1, 1, 0, 0]}, "needs at least one literal and at most all"),
        (MOFN, {"larger": [2, 0, 1, 1]}, "needs at least one literal and at most all"),
        (MOFN, {"right": [0, -1, 4, -1, -1]}, "not there or not after it"),
        (MOFN, {"asked": [0, 1, 2, 4]}, "a feature that is not there"),
        (MOFN, {"values": [[0]]}, "shapes that do not fit"),
    ],
)
def test_bad_files_are_refused(tmp_path, student, change, message):
    student.save(tmp_path / "s.json")
    document = json.loads((tmp_path / "s.json").read_text(encoding="utf-8")) | change
    (tmp_path / "s.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match=message) as error:
        load_student(tmp_path / "s.json")
    assert "\n" not in str(error.value)
