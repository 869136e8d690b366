"""Language models of which the likeliest symbols alone may follow."""

import numpy as np
import pytest
from doubles import WholeWords, random_words

import nerode
from nerode.answers import FLOOR
from nerode.automata.pdfa import IMPOSSIBLE
from nerode.datasets.languages import language
from nerode.datasets.random_automata import random_pdfa
from nerode.errors import InputError
from nerode.links import NextSymbol
from nerode.protocols import SteppingTeacher
from nerode.sampling import sample_words


def by_hand(probabilities, top_k, top_p):
    """The truncated distribution of one, by the definitions."""
    order = sorted(range(len(probabilities)), key=lambda i: -probabilities[i])
    order = order[: top_k or len(order)]
    if top_p is not None:
        whole, kept, sum_so_far = sum(probabilities[i] for i in order), [], 0.0
        for i in order:
            if sum_so_far >= top_p:
                break
            kept.append(i)
            sum_so_far += probabilities[i] / whole
        order = kept
    whole = sum(probabilities[i] for i in order)
    return [probabilities[i] / whole if i in order else 0.0 for i in range(len(probabilities))]


@pytest.mark.parametrize(("top_k", "top_p"), [(1, None), (2, None), (9, None), (None, 0.5), (None, 0.9), (None, 1.0), (3, 0.6)])
@pytest.mark.parametrize("steps", [True, False])
def test_probabilities_are_those_of_the_rule(rng, top_k, top_p, steps):
    model = random_pdfa(rng, 6, 4)
    teacher = nerode.truncated(model if steps else WholeWords(model), top_k, top_p)
    assert isinstance(teacher, SteppingTeacher)
    words = random_words(rng, 4, 60, 8)
    before, after = (np.exp(each.link.log_probabilities(each.scores(words))) for each in (model, teacher))
    for one, other in zip(before, after, strict=True):
        assert np.allclose(other, by_hand(one.tolist(), top_k, top_p), atol=10 * FLOOR)


def test_words_that_never_end_have_no_end_among_the_likeliest(rng):
    class Endless(WholeWords):
        link = NextSymbol(4, ends=False)

    teacher = nerode.truncated(Endless(random_pdfa(rng, 3, 4)), top_k=2)
    assert teacher.link == NextSymbol(4, ends=False)
    kept = np.exp(teacher.link.log_probabilities(teacher.scores(random_words(rng, 4, 30, 5)))) > IMPOSSIBLE
    assert (kept.sum(axis=1) == 2).all()
    assert not kept[:, 4].any()


def test_an_automaton_of_a_truncated_model_is_learned_as_such():
    """The truncated model of an automaton is an automaton: with the same states, and arrows that are impossible."""
    rng = np.random.default_rng(3)
    model = random_pdfa(rng, 8, 4)
    teacher = nerode.truncated(model, top_k=3)
    result = nerode.extract(teacher, "pdfa", effort=2)
    words = sample_words(rng, teacher, 200, 20)
    ours, theirs = (np.exp(each.link.log_probabilities(each.scores(words))) for each in (result.automaton, teacher))
    assert np.array_equal(ours > 1e-6, theirs > IMPOSSIBLE)
    assert np.abs(ours - theirs).max() < 0.05


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({}, "truncated by top_k or top_p; give one"), ({"top_k": 0}, "a whole number from 1 on, not 0"),
        ({"top_k": 1.5}, "a whole number from 1 on"), ({"top_p": 0}, "above 0 and at most 1"), ({"top_p": True}, "above 0"),
        ({"top_p": 1.1}, "at most 1, not 1.1"),
    ],
)  # fmt: skip
def test_rules_that_are_none_are_refused(rng, rule, said):
    with pytest.raises(InputError, match=said):
        nerode.truncated(random_pdfa(rng, 3, 2), **rule)


def test_classifiers_are_refused(rng):
    with pytest.raises(InputError, match="only a language model says what may follow"):
        nerode.truncated(language("tomita-3", rng), top_k=2)
