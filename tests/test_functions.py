"""Functions as teachers: what their answers are taken for, how they are asked, and what becomes of bad ones."""

from enum import IntEnum
from fractions import Fraction

import numpy as np
import pytest
import torch
from doubles import words_up_to

import nerode
from nerode.automata.operations import equivalent
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa, random_pdfa
from nerode.errors import InputError, TeacherError
from nerode.functions import function_teacher
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.looking import LEAST_LOOKED

WORDS = words_up_to(2, 6)


class Colour(IntEnum):
    """Numbers with names."""

    RED = 0
    BLUE = 1


def share(word):
    """A number from 0 to 1."""
    return word.count("a") / (len(word) or 1)


LOOKED_AT = {
    "truth values": (lambda w: w.endswith("a"), "labels", Binary(), 1, (False, True)),
    "one truth value": (lambda w: True, "labels", Binary(), 1, (False, True)),
    "numpy's truth values": (lambda w: np.bool_(w.endswith("a")), "labels", Binary(), 1, (False, True)),
    "whole numbers": (lambda w: w.count("a") % 3, "labels", Multiclass(), 3, (0, 1, 2)),
    "a number is left out": (lambda w: 3 * (w.count("a") % 2), "labels", Multiclass(), 4, (0, 1, 2, 3)),
    "an enumeration": (lambda w: Colour(w.count("a") % 2), "labels", Binary(), 1, (0, 1)),
    "signs": (lambda w: (-1) ** len(w), "labels", Binary(), 1, (-1, 1)),
    "0.0 and 1.0": (lambda w: float(w.endswith("a")), "labels", Binary(), 1, (0, 1)),
    "texts": (lambda w: "no" if w.endswith("a") else "maybe" if w else "yes", "labels", Multiclass(), 3, ("maybe", "no", "yes")),
    "counts": (len, "values", Value(), 1, ()),
    "numbers": (lambda w: len(w) - 0.5, "values", Value(), 1, ()),
    "probabilities of words": (lambda w: 0.3 * 0.5 ** len(w), "values", Value(), 1, ()),
    "a probability": (share, "probabilities", Binary(), 1, ()),
    "a fraction": (lambda w: Fraction(w.count("a"), len(w) or 1), "probabilities", Binary(), 1, ()),
    "a tensor": (lambda w: torch.tensor([share(w)], dtype=torch.float64), "probabilities", Binary(), 1, ()),
    "two probabilities": (lambda w: [share(w), 1 - share(w)], "probabilities", Multiclass(), 2, ()),
    "next symbols": (lambda w: np.array([share(w), 0, 1 - share(w)]), "next", NextSymbol(2), 3, ()),
    "scores": (lambda w: (len(w), 1.0, -share(w)), "scores", Multiclass(), 3, ()),
}


@pytest.mark.parametrize("name", LOOKED_AT)
def test_answers_are_looked_at(name):
    function, gives, link, width, classes = LOOKED_AT[name]
    teacher = nerode.teacher(function, "ab")
    assert teacher.scores([]).shape == (0, width)
    assert (teacher.meaning.gives, teacher.link, teacher.width, teacher.meaning.classes) == (gives, link, width, classes)
    assert teacher.told.startswith("Answers are taken for ")
    assert "after a look at" in teacher.told
    scores = teacher.scores(WORDS)
    assert scores.shape == (len(WORDS), width)
    assert np.isfinite(scores).all()


def test_scores_of_each_kind():
    def scored(answer, **options):
        return nerode.teacher(lambda w: answer, "ab", **options).scores([()])[0].tolist()

    assert scored("yes", classes=("no", "yes")) == [1]
    assert scored("no", classes=("no", "yes")) == [-1]
    assert scored("b", classes="abc") == [0, 1, 0]
    assert scored(0.75, gives="probabilities") == pytest.approx([np.log(3)])
    assert scored(0.3, gives="scores") == [0.3]
    assert scored(1, gives="values") == [1]
    assert scored([0.2, 0.8], gives="probabilities") == pytest.approx(np.log([0.2, 0.8]))
    assert scored([0.5, 0.5, 0], gives="next") == pytest.approx(np.log([0.5, 0.5, 1e-10]))
    for certain in (0.0, 1.0):
        assert np.isfinite(scored(certain, gives="probabilities")).all()


@pytest.mark.parametrize(
    ("alphabet", "reads", "wanted"),
    [
        ("ab", None, "ab"),
        ("ab", "symbols", ("a", "b")),
        ("ab", "indices", (0, 1)),
        ("on off", None, ("on", "off")),
        (["on", "off"], "text", "on off"),
        (nerode.Alphabet(("x", "y")), None, "xy"),
    ],
)
def test_words_are_read_in_three_ways(alphabet, reads, wanted):
    asked = []
    nerode.teacher(lambda word: bool(asked.append(word)), alphabet, reads=reads)
    assert wanted in asked
    assert type(wanted)() in asked


@pytest.mark.parametrize("made", [list, np.array, torch.tensor, tuple])
@pytest.mark.parametrize("batch", [True, 7])
def test_batches(made, batch):
    sizes = []

    def function(words):
        sizes.append(len(words))
        return made([word.count("a") % 2 for word in words])

    teacher = function_teacher(function, "ab", batch=batch)
    assert max(sizes) <= (256 if batch is True else 7)
    assert np.array_equal(teacher.scores(WORDS)[:, 0] > 0, [word.count(0) % 2 for word in WORDS])


BAD = {
    "none": (lambda w: None, "the answer to the word ε is None; an answer is a label, a number or a list of numbers"),
    "not a number": (lambda w: float("nan") if len(w) == 2 else 0.7, "the answer to the word aa is nan; not a number"),
    "an exception": (lambda w: 1 / len(w), r"the function failed at or after the word ε \(ZeroDivisionError: division by zero\)"),
    "kinds": (lambda w: "a" if w else 1.5, "the answers are of different kinds: 'a' and 1.5|1.5 and 'a'"),
    "lengths": (lambda w: [1.0] * (2 + len(w)), "numbers are expected, as many for each word"),
    "one class": (lambda w: "yes", "2 to 10,000 classes can be told apart, and the answers were only 'yes'"),
    "nested": (lambda w: [[1, 2], [3, 4]], "an answer is a label, a number or a list of numbers"),
    "a terminal": (lambda w: {"\x1b[2J": 1}, r"is \{'\\x1b\[2J': 1\}"),
}


@pytest.mark.parametrize("name", BAD)
def test_functions_that_answer_badly(name):
    function, said = BAD[name]
    with pytest.raises(InputError, match=said):
        nerode.teacher(function, "ab")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"reads": "bytes"}, "words cannot be read as 'bytes'; choose one of text, symbols, indices"),
        ({"gives": "logits"}, "unknown kind of answers 'logits'; choose one of labels, scores, "),
        ({"gives": "scores", "classes": [0, 1]}, "classes are for functions that give labels"),
        ({"classes": [0, 0]}, "a class is named twice"),
        ({"classes": ["no", "yes"]}, "the answer to the word ε is False, and the classes are 'no', 'yes'; name all classes"),
        ({"gives": "next"}, "the answer to the word ε is False; 3 numbers are expected"),
        ({"batch": -1}, "batch must be True, False or the number of words"),
        ({"batch": True}, r"256 answers are expected to 256 words, a list or an array, not False"),
        ({"longest": -1}, "the longest word must be a whole number"),
    ],
)
def test_options_that_do_not_fit(options, said):
    with pytest.raises(InputError, match=said):
        nerode.teacher(lambda w: False, "ab", **options)
    with pytest.raises(InputError, match="a function is expected, not 3"):
        nerode.teacher(3, "ab")


def test_a_class_that_comes_late():
    late = nerode.teacher(lambda w: len(w) // 10 if len(w) < 40 else 9, "ab")
    assert late.width == 3
    with pytest.raises(TeacherError, match=r"the answer to the word a{40} is 9, and the classes are 0, 1, 2; name all classes"):
        late.scores([(0,) * 40])
    assert nerode.teacher(lambda w: 3 * (w == "a" * 30) + 4 * (w == "b"), "ab").scores([(0,) * 30]).argmax() == 3


def test_the_longest_word():
    def function(word):
        assert len(word) <= 8
        return word.count("a") % 2

    teacher = nerode.teacher(function, "ab", longest=8)
    with pytest.raises(InputError, match="has 9 letters, and the longest that may be asked has 8"):
        teacher.scores([(0,) * 9])
    assert nerode.extract(teacher, states=2, queries=2000).automaton.states == 2


def test_a_slow_function_is_looked_at_briefly(monkeypatch):
    monkeypatch.setattr("nerode.looking.LOOK_SECONDS", 0)
    teacher = nerode.teacher(lambda w: w.count("a") % 2, "ab")
    assert f"after a look at {LEAST_LOOKED} words" in teacher.told


def test_lstar_is_the_method_for_labels(frugal):
    truth = random_dfa(np.random.default_rng(3), 6, 2)
    told = []
    function = lambda word: bool(truth.scores([word])[0, 0] > 0)  # noqa: E731
    result = nerode.extract(function, alphabet="01", progress=told.append)
    assert (result.method, result.stop_reason) == ("lstar", "no counterexample")
    assert equivalent(result.automaton, truth)
    assert told[0].startswith("Answers are taken for labels (class 0 is False, 1 is True)")
    assert nerode.extract(tomita(1), queries=500).method == "spectral"


def test_spectral_is_the_method_for_all_else(frugal):
    model = random_pdfa(np.random.default_rng(0), 2, 2)

    def function(words):
        return np.exp(model.scores(words))

    teacher = nerode.teacher(function, "01", reads="indices", batch=True)
    assert teacher.meaning.gives == "next"
    result = nerode.extract(teacher, states=2, refinement="none")
    assert (result.method, result.task) == ("spectral", "language-model")
    assert nerode.compare(result.automaton, model, WORDS)["log_prob_error_per_symbol"].value < 1e-6


def counted(words):
    """Probabilities as those of a classifier of scikit-learn: a row for each item of a list."""
    return np.array([[1 / (2 + word.count("a")), 1 - 1 / (2 + word.count("a"))] for word in words]).reshape(-1, 2)


@pytest.mark.parametrize("letters", ["a", "ab"])
@pytest.mark.parametrize("gives", [None, "probabilities", "scores"])
def test_classes_name_the_columns_of_probabilities(letters, gives):
    teacher = nerode.teacher(counted, letters, batch=True, classes=["neg", "pos"], gives=gives)
    assert (teacher.meaning.gives, teacher.link, teacher.width) == (gives or "probabilities", Multiclass(), 2)
    assert teacher.meaning.columns == ("neg", "pos")
    assert not teacher.only_labels
    assert "of 2 classes ('neg', 'pos')" in teacher.told
    truth = counted(["aaa", ""])
    np.testing.assert_allclose(teacher.scores([(0, 0, 0), ()]), truth if gives == "scores" else np.log(truth))


@pytest.mark.parametrize("gives", [None, "probabilities", "scores"])
def test_two_classes_name_the_classes_of_one_probability(gives):
    teacher = nerode.teacher(lambda word: 1 - 1 / (2 + word.count("a")) - 0.4, "ab", classes=["neg", "pos"], gives=gives)
    assert (teacher.meaning.gives, teacher.link, teacher.width) == (gives or "probabilities", Binary(), 1)
    assert "of class 1, 'pos'" in teacher.told
    with pytest.raises(InputError, match="3 classes are named, and each answer has 1 number"):
        nerode.teacher(lambda word: 0.3 + 0.5 * word.count("a") % 1, "ab", classes=["neg", "pos", "x"], gives=gives or "scores")


def test_columns_are_as_many_as_classes():
    with pytest.raises(InputError, match="3 classes are named, and each answer has 2 numbers; name a class for each number"):
        nerode.teacher(counted, "ab", batch=True, classes=["neg", "neutral", "pos"])
    with pytest.raises(InputError, match="a class is named twice"):
        nerode.teacher(counted, "ab", batch=True, classes=["neg", "neg"])


@pytest.mark.parametrize("function", [counted, lambda words: np.array([f"x{word}" for word in words])])
def test_a_function_of_lists_that_is_asked_words_one_by_one_is_told(function):
    with pytest.raises(
        InputError,
        match=r"answer to the word ε is array\(.*\); .*; say tags=True .--tags. if it answers after each letter, batch",
    ):
        nerode.teacher(function, "ab", classes=["neg", "pos"])
    with pytest.raises(InputError, match=r"is None; an answer is a label, a number or a list of numbers$"):
        nerode.teacher(lambda word: None, "ab")
