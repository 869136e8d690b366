"""Teachers of users: whatever scores come as, they are converted where that is obvious."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from doubles import Branching, Stepping, Tree, WholeWords, as_weights, random_words, words_up_to
from given import GOOD, KINDS, WORDS, Given, GivenStepping

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.wfa import WFA
from nerode.checking import checked, converted
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.extraction.hankel.tables import tabulate
from nerode.links import Value
from nerode.protocols import SteppingTeacher, TwoWayTeacher
from nerode.stepping import TwoWay


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
@pytest.mark.sampled(32)
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
@pytest.mark.sampled(2)
def test_extraction_learns_from_scores_in_any_form(form):
    made = {**EXACT, "flat": lambda scores, words: scores[:, 0]}[form]
    teacher = tomita(4)
    dfa = nerode.extract(Given(teacher, made), "lstar", words=WORDS, searches=("given",)).automaton
    assert isinstance(dfa, DFA)
    assert (dfa.predict(WORDS) == teacher.predict(WORDS)).all()
    learned = nerode.extract(Given(as_weights(teacher), made), words=words_up_to(2, 7), refinement="none").automaton
    np.testing.assert_allclose(learned.scores(WORDS), as_weights(teacher).scores(WORDS), atol=1e-8)


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
