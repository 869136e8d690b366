"""Teachers of users: what is refused in a sentence, and what an infinite score means."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from given import GOOD, KINDS, WORDS, Given, GivenStepping

import nerode
from nerode.checking import checked, converted
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.extraction.hankel.tables import tabulate
from nerode.links import Binary, Multiclass, NextSymbol

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
@pytest.mark.sampled(14)
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


def test_an_infinite_margin_is_a_decision(frugal):
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
