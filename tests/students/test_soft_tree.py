"""Soft trees: answers against the explicit sum over all leaves, files, and what is shown."""

import json
from itertools import product

import numpy as np
import pytest

from nerode.errors import InputError
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.students.features import Features
from nerode.students.loading import load_student
from nerode.students.soft_tree import SoftTree
from nerode.words import Alphabet

AB = Alphabet(("a", "b"))
FEATURES = Features(AB, ((0,), (1, 1)), ((0, 1),), length=True)
WORDS = ["", "a", "bb", "abba", "bbb", "abab"]


def tree(depth, link, width, answer_by, seed=0):
    rng, inner = np.random.default_rng(seed), 2**depth - 1
    beta = rng.uniform(0.5, 2, inner)
    return SoftTree(
        FEATURES, rng.normal(size=(4, inner)), rng.normal(size=inner), beta, rng.normal(size=(inner + 1, width)), answer_by, link
    )


def probabilities(student, word):
    """The probability of each leaf, walked from the root by the turns that lead to it."""
    counted = student.features.matrix(AB.words([word])).toarray()[0]
    inner, found = len(student.bias), []
    for turns in product((0, 1), repeat=int(np.log2(inner + 1))):
        node, likely = 0, 1.0
        for turn in turns:
            margin = student.beta[node] * (counted @ student.filters[:, node] + student.bias[node])
            right = 1 / (1 + np.exp(-margin))
            likely *= right if turn else 1 - right
            node = 2 * node + 1 + turn
        found.append(likely)
    return np.array(found)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize(("link", "width"), [(Binary(), 1), (Multiclass(), 3), (NextSymbol(2), 3), (Value(), 2)])
def test_answers_are_those_of_all_leaves(depth, link, width):
    mean, path = (tree(depth, link, width, answer_by) for answer_by in ("mean", "path"))
    for word, by_mean, by_path in zip(WORDS, mean.scores(WORDS), path.scores(WORDS), strict=True):
        leaves = probabilities(mean, word)
        assert leaves.sum() == pytest.approx(1)
        assert (by_path == path.values[leaves.argmax()]).all()
        if isinstance(link, Value):
            assert by_mean == pytest.approx(leaves @ mean.values)
            continue
        scores = np.pad(mean.values, ((0, 0), (1, 0))) if width == 1 else mean.values
        classes = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        said = np.pad(by_mean, (1, 0)) if width == 1 else by_mean
        assert np.exp(said) / np.exp(said).sum() == pytest.approx(leaves @ classes)


def test_large_margins_do_not_overflow():
    student = SoftTree(FEATURES, 1e4 * np.ones((4, 1)), [-1e4], [1.0], [[-1.0], [1.0]], "mean", Binary())
    assert student.scores(["", "bbbb"])[:, 0] == pytest.approx([-1, 1])
    assert student.scores([]).shape == (0, 1)


def test_sizes_and_what_is_shown():
    student = tree(2, Binary(), 1, "path")
    assert (student.size, student.unit, student.parameters, student.width) == (4, "leaf", 4 * 3 + 3 + 3 + 4, 1)
    assert len(student.shown(20)) == 7
    assert student.shown(4)[-1] == "…"
    leaf = int(probabilities(student, "abba").argmax())
    *filters, said = student.path("abba")
    score = student.values[leaf, 0]
    assert said == f"class {int(score > 0)} ({score:.3g})"
    assert student.path("abba", ["no", "yes"])[-1] == f"{'yes' if score > 0 else 'no'} ({score:.3g})"
    assert ["right" in line for line in filters] == [bool(leaf & 2), bool(leaf & 1)]


def test_a_path_shows_what_the_features_of_the_word_give():
    student = tree(1, Binary(), 1, "path")
    for word in WORDS:
        counted = student.features.matrix(AB.words([word])).toarray()[0]
        gives = student.beta[0] * student.filters[:, 0] * counted
        (line, _) = student.path(word)
        parts = [part.split(" by ") for part in line.split(";")[0].split(", ") if " by " in part]
        assert {name: float(number) for number, name in parts} == {
            name: pytest.approx(given, rel=0.01) for name, given in zip(student.features.names(), gives, strict=True) if given
        }


def test_leaves_of_language_models_say_what_follows():
    student = tree(1, NextSymbol(2), 3, "path")
    likely = np.exp(student.link.log_probabilities(student.scores(["ab"])))[0]
    order = np.argsort(-likely)
    assert student.path("ab")[-1] == ", ".join(f"{['a', 'b', 'end'][i]} {likely[i]:.2g}" for i in order)


def test_files_restore_everything(tmp_path):
    student = tree(3, Multiclass(), 3, "mean")
    student.save(tmp_path / "s.json")
    again = load_student(tmp_path / "s.json")
    assert again.to_json() == student.to_json()
    assert (again.scores(WORDS) == student.scores(WORDS)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"beta": [1.0, 0.0, 1.0]}, "must be above 0"),
        ({"beta": [1.0]}, "shapes that do not fit"),
        ({"values": [[1.0], [2.0], [3.0]]}, "shapes that do not fit"),
        ({"filters": [[1.0, 2.0, 3.0]]}, "shapes that do not fit"),
        ({"answer_by": "vote"}, "answers by path or mean, not by 'vote'"),
    ],
)
def test_bad_files_are_refused(tmp_path, change, message):
    tree(2, Binary(), 1, "path").save(tmp_path / "s.json")
    document = json.loads((tmp_path / "s.json").read_text(encoding="utf-8")) | change
    (tmp_path / "s.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_student(tmp_path / "s.json")
