"""Teachers of users: whatever scores come as, they are converted where that is obvious, and else refused in a sentence."""

import re
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from doubles import Branching, Stepping, Tree, WholeWords, as_weights, random_words, words_up_to

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.wfa import WFA
from nerode.checking import checked, converted
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.extraction.hankel.tables import tabulate
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.protocols import SteppingTeacher, TwoWayTeacher
from nerode.stepping import TwoWay
from nerode.words import Alphabet

WORDS = words_up_to(2, 5)
KINDS = {
    "classifier": lambda rng: random_dfa(rng, 4, 2),
    "classes": lambda rng: random_dfa(rng, 5, 2, 3),
    "language model": lambda rng: random_pdfa(rng, 3, 2),
    "values": lambda rng: random_wfa(rng, 3, 2),
}


class Given(WholeWords):
    """Its scores are what a function makes of those of another, and of the words."""

    def __init__(self, inner, made):
        super().__init__(inner)
        self.made = made

    def scores(self, words):
        return self.made(super().scores(words), words)


class GivenStepping(Stepping, Given):
    """One that keeps states; what it reads goes through the function too."""

    def __init__(self, inner, made):
        Given.__init__(self, inner, made)
        self.read_states = self.steps = 0

    def read(self, states):
        return self.made(super().read(states), None)


class Reused:
    """An array that is filled anew at each call."""

    room = np.empty((5000, 4))

    def __call__(self, scores, words):
        self.room[: len(scores), : scores.shape[1]] = scores
        return self.room[: len(scores), : scores.shape[1]]


def read_only(scores, words):
    scores = scores.copy()
    scores.setflags(write=False)
    return scores


EXACT = {
    "list": lambda scores, words: scores.tolist(),
    "rows": lambda scores, words: list(scores),
    "objects": lambda scores, words: scores.astype(object),
    "fractions": lambda scores, words: [[Fraction(score) for score in row] for row in scores.tolist()],
    "long double": lambda scores, words: scores.astype(np.longdouble),
    "by columns": lambda scores, words: np.asfortranarray(scores),
    "every other row": lambda scores, words: np.repeat(scores, 2, axis=0)[::2],
    "backwards in memory": lambda scores, words: np.ascontiguousarray(scores[::-1])[::-1],
    "big-endian": lambda scores, words: scores.astype(">f8"),
    "read-only": read_only,
    "torch": lambda scores, words: torch.from_numpy(scores.copy()),
    "the same memory again": Reused(),
}


def answers(teacher, words):
    """What comes of the scores wherever a teacher enters."""
    report = nerode.compare(teacher, teacher, words)
    return {
        "table": tabulate(teacher, words, words[:7]),
        "stability": nerode.stability(teacher, words),
        "compared": {name: metric.value for name, metric in report.metrics.items()},
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", EXACT)
@pytest.mark.parametrize("double", [Given, GivenStepping])
def test_scores_in_any_form_are_the_same_scores(rng, kind, form, double):
    inner = KINDS[kind](rng)
    found, expected = answers(double(inner, EXACT[form]), WORDS), answers(double(inner, lambda scores, words: scores), WORDS)
    for name, value in expected.items():
        np.testing.assert_equal(found[name], value)


@pytest.mark.parametrize("double", [Given, GivenStepping])
@pytest.mark.parametrize("kind", ["classifier", "values"])
@pytest.mark.parametrize("listed", [False, True])
def test_one_score_a_word_needs_no_row_of_its_own(rng, double, kind, listed):
    inner = KINDS[kind](rng)
    flat = double(inner, lambda scores, words: scores[:, 0].tolist() if listed else scores[:, 0])
    for name, value in answers(double(inner, lambda scores, words: scores), WORDS).items():
        np.testing.assert_equal(answers(flat, WORDS)[name], value)
    assert checked(flat).scores([]).shape == (0, 1)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int8, np.uint16, np.int64, bool])
def test_scores_of_any_real_type(rng, dtype):
    inner = random_dfa(rng, 5, 2, 3)
    teacher = Given(inner, lambda scores, words: (scores * 2).astype(dtype))
    scores = checked(teacher).scores(WORDS)
    assert scores.dtype == np.float64
    np.testing.assert_array_equal(scores, (inner.scores(WORDS) * 2).astype(dtype).astype(float))
    assert nerode.compare(inner, teacher, WORDS)["error_rate"].value == 0
    stepping = GivenStepping(inner, lambda scores, words: (scores * 2).astype(dtype))
    assert tabulate(stepping, WORDS, WORDS).dtype == (np.float32 if dtype == np.float32 else np.float64)


@pytest.mark.parametrize("form", ["list", "flat", "read-only"])
def test_extraction_learns_from_scores_in_any_form(form):
    made = {**EXACT, "flat": lambda scores, words: scores[:, 0]}[form]
    teacher = tomita(4)
    dfa = nerode.extract(Given(teacher, made), "lstar", words=WORDS, searches=("given",)).automaton
    assert isinstance(dfa, DFA)
    assert (dfa.predict(WORDS) == teacher.predict(WORDS)).all()
    learned = nerode.extract(Given(as_weights(teacher), made), words=words_up_to(2, 7), refinement="none").automaton
    np.testing.assert_allclose(learned.scores(WORDS), as_weights(teacher).scores(WORDS), atol=1e-8)


# what is refused


BAD = {
    "too few": (lambda scores, words: scores[:-1], r"scores of 63 words must be of shape \(63, \d\), not \(62, \d\)"),
    "too wide": (lambda scores, words: np.hstack([scores, scores]), r"must be of shape \(63, \d\), not \(63, \d\)"),
    "a dimension more": (lambda scores, words: scores[:, :, None], r"must be of shape \(63, \d\), not \(63, \d, 1\)"),
    "nothing": (lambda scores, words: None, r"must be of shape \(63, \d\), not \(\)"),
    "one number": (lambda scores, words: 0.5, r"must be of shape \(63, \d\), not \(\)"),
    "text": (lambda scores, words: scores.astype(str), r"must be real numbers, a row of \d for each word \(they are <U32\)"),
    "complex": (lambda scores, words: scores + 1j, r"must be real numbers, a row of \d for each word \(they are complex128\)"),
    "a dictionary": (lambda scores, words: dict(zip(words, scores, strict=True)), "must be real numbers"),
    "ragged": (lambda scores, words: [[1.0] * (1 + (word == ())) for word in words], "must be real numbers"),
    "with a gradient": (lambda scores, words: torch.ones(scores.shape, requires_grad=True), "must be real numbers.*detach"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", BAD)
def test_other_answers_are_refused_wherever_they_enter(rng, kind, form):
    made, said = BAD[form]
    teacher = Given(KINDS[kind](rng), made)
    words = WORDS
    for ask in (
        lambda: nerode.stability(teacher, words),
        lambda: tabulate(teacher, words, [()]),
        lambda: checked(teacher).scores(words),
        lambda: converted(teacher).scores(words),
    ):
        with pytest.raises(InputError, match=said) as refused:
            ask()
        assert "\n" not in str(refused.value)
    for ask in (
        lambda: nerode.extract(teacher, words=words),
        lambda: nerode.compare(teacher.inner, teacher, words),
        lambda: nerode.compare(teacher, teacher.inner, words),
    ):
        with pytest.raises(InputError, match="the teacher's scores"):
            ask()


def test_scores_for_each_symbol_are_not_one_a_word(rng):
    with pytest.raises(InputError, match=r"of 2 words must be of shape \(2, 3\), not \(2,\)"):
        checked(Given(random_pdfa(rng, 3, 2), lambda scores, words: scores[:, 0])).scores([(), (0,)])


def spoilt(value, *words, longer=99):
    """Scores with a value of its own for some words, and for all longer ones."""

    def made(scores, asked):
        scores = np.array(scores)
        scores[[word in words or len(word) > longer for word in asked], 0] = value
        return scores

    return made


@pytest.mark.parametrize("kind", ["classifier", "classes", "values"])
def test_a_score_that_is_not_a_number_names_its_word(rng, kind):
    teacher = Given(KINDS[kind](rng), spoilt(np.nan, (1, 0, 1)))
    said = "the teacher's answer to the word 101 is not a number"
    for ask in (
        lambda: nerode.extract(teacher, words=WORDS),
        lambda: nerode.compare(teacher.inner, teacher, WORDS),
        lambda: nerode.stability(teacher, WORDS),
        lambda: tabulate(teacher, [(), (1,)], [(0, 1)]),
    ):
        with pytest.raises(InputError, match=re.escape(said)):
            ask()


def test_a_stepping_teacher_may_not_read_what_is_no_number(rng):
    teacher = GivenStepping(random_wfa(rng, 2, 2), lambda scores, words: scores * np.nan)
    with pytest.raises(InputError, match="reads from the state after a word is not a number"):
        tabulate(teacher, [()], [()])


def test_a_language_model_without_an_answer_is_refused_where_the_word_is_possible(rng):
    """After a word that is impossible its scores mean nothing."""
    teacher = Given(random_pdfa(rng, 3, 2), spoilt(np.nan, (1, 0, 1)))
    for ask in (lambda: nerode.extract(teacher, words=WORDS), lambda: nerode.compare(teacher.inner, teacher, WORDS)):
        with pytest.raises(InputError, match=r"the teacher's answer to the word 101[01]* is not a number"):
            ask()
    assert np.isnan(tabulate(teacher, [(1,)], [(0, 1)])).any()


def test_a_student_may_have_no_answer(rng):
    teacher = random_wfa(rng, 3, 2)
    report = nerode.compare(Given(teacher, spoilt(np.nan, (1, 0, 1))), teacher, WORDS)
    assert report.unscored == 1


# infinite scores


def test_an_infinite_margin_is_a_decision():
    teacher = tomita(4)
    sure = Given(teacher, lambda scores, words: np.where(scores > 0, np.inf, -np.inf))
    result = nerode.extract(sure, "lstar", seconds=None)
    assert result.stop_reason == "no counterexample"
    assert nerode.compare(result.automaton, sure, WORDS)["error_rate"].value == 0
    with pytest.raises(InputError, match="the spectral method needs finite scores"):
        nerode.extract(sure)
    assert nerode.extract(sure, target="labels", words=WORDS).automaton.states > 1


def test_an_impossible_symbol_is_no_score_to_learn(rng):
    """The probabilities of words can be learned there, and the two can be compared."""
    teacher = Given(random_pdfa(rng, 3, 2), spoilt(-np.inf, longer=2))
    with pytest.raises(InputError, match=r"the teacher's answer to the word [01]{3,5} has a score that is not finite"):
        nerode.extract(teacher, words=WORDS)
    teacher = Given(teacher.inner, spoilt(-np.inf, (1, 0, 1)))
    assert nerode.extract(teacher, target="probabilities", words=WORDS).stop_reason != "refused"
    assert nerode.compare(teacher.inner, teacher, WORDS).unscored == 0


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_values_are_refused_with_their_word(rng, value):
    teacher = Given(random_wfa(rng, 3, 2), spoilt(value, longer=2))
    with pytest.raises(InputError, match=r"the teacher's answer to the word [01]{3,5} has a score that is not finite"):
        nerode.extract(teacher, words=WORDS)
    with pytest.raises(InputError, match="the teacher's answer to the word 000 is not a finite number"):
        nerode.compare(teacher.inner, teacher, WORDS)


# what a teacher is


GOOD = {"alphabet": Alphabet(("a", "b")), "width": 1, "link": Binary(), "scores": lambda words: [[1.0]] * len(words)}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"scores": None}, "what is asked is a teacher, not namespace"),
        ({"width": None}, "the teacher has no width; a teacher has alphabet, width, link and scores"),
        ({"alphabet": None, "link": None}, "the teacher has no alphabet and no link;"),
        ({"alphabet": "ab"}, "the alphabet of a teacher is a nerode.Alphabet, such as .*, not 'ab'"),
        ({"alphabet": ["a", "b"]}, r"not \['a', 'b'\]"),
        ({"width": 1.0}, "the width of a teacher is the number of its scores a word, a whole number, not 1.0"),
        ({"width": "1"}, "not '1'"),
        ({"width": 0}, r"the link Binary\(\) does not fit 0 scores a word over 2 symbols"),
        ({"width": 2}, r"the link Binary\(\) does not fit 2 scores"),
        ({"link": Binary}, r"the link of a teacher says what its scores mean, such as nerode.links.Binary\(\), not <class"),
        ({"link": "binary"}, "not 'binary'"),
        ({"link": Multiclass()}, r"the link Multiclass\(\) does not fit 1 scores"),
        ({"link": NextSymbol(3), "width": 4}, "does not fit 4 scores a word over 2 symbols"),
        ({"link": SimpleNamespace(task="regression", labels=None)}, "the link of a teacher says what its scores mean"),
    ],
)
def test_what_is_missing_or_wrong_is_said(changed, said):
    teacher = SimpleNamespace(**{name: part for name, part in (GOOD | changed).items() if part is not None})
    for ask in (
        lambda: nerode.extract(teacher),
        lambda: nerode.compare(tomita(1), teacher, WORDS),
        lambda: nerode.compare(teacher, tomita(1), WORDS),
        lambda: nerode.stability(teacher, WORDS),
        lambda: tabulate(teacher, [()], [()]),
    ):
        with pytest.raises(InputError, match=said):
            ask()


def test_a_path_is_no_teacher():
    for ask in (lambda teacher: nerode.stability(teacher, [()]), lambda teacher: tabulate(teacher, [()], [()])):
        with pytest.raises(InputError, match=r"a teacher, not 'net.pt'; nerode.load_teacher makes one of a checkpoint"):
            ask("net.pt")


def test_states_are_a_tuple(rng):
    teacher = Stepping(random_wfa(rng, 2, 2))
    teacher.start = lambda: np.ones((1, 2))
    with pytest.raises(InputError, match="the states of a teacher are a tuple of arrays with a row a word, not ndarray"):
        tabulate(teacher, [()], [()])


# what stays as it was


def test_our_own_teachers_are_handed_back(rng):
    for teacher in (random_dfa(rng, 3, 2), random_pdfa(rng, 3, 2), random_wfa(rng, 3, 2), nerode.exact(tomita(1))):
        assert checked(teacher) is teacher
        assert converted(teacher) is teacher
    both = TwoWay(random_wfa(rng, 3, 2), random_wfa(rng, 3, 2))
    assert checked(both) is both


@pytest.mark.parametrize("double", [Branching, Tree])
def test_teachers_that_are_written_against_the_engine_are_handed_back(rng, double):
    teacher = double(random_wfa(rng, 3, 2))
    assert checked(teacher) is teacher
    teacher.inner = SimpleNamespace(alphabet="ab", width=1, link=Value())
    with pytest.raises(InputError, match="the alphabet of a teacher"):
        checked(teacher)


def test_a_teacher_steps_where_it_did(rng):
    inner = random_wfa(rng, 3, 2)
    assert not isinstance(checked(WholeWords(inner)), SteppingTeacher)
    stepping = Stepping(inner)
    assert isinstance(checked(stepping), SteppingTeacher)
    words = random_words(rng, 2, 20, 6)
    tabulate(stepping, words, words)
    assert stepping.asked == []
    both = SimpleNamespace(**{name: getattr(inner, name) for name in GOOD}, forward=Stepping(inner), backward=Stepping(inner))
    assert isinstance(checked(both), TwoWayTeacher)
    np.testing.assert_allclose(checked(both).scores(words), inner.scores(words) + inner.scores([word[::-1] for word in words]))
    assert isinstance(inner, WFA)
