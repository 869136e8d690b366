"""What `extract` refuses, in words."""

import pytest
from doubles import WholeWords

from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.extraction.loop import extract
from nerode.extraction.methods import METHODS, method_named


def test_unknown_methods_are_refused():
    with pytest.raises(InputError, match="choose one of lstar, spectral, pdfa"):
        extract(tomita(1), "magic")


@pytest.mark.parametrize("make", [random_pdfa, random_wfa])
def test_a_method_that_does_not_fit_names_the_one_that_does(rng, make):
    teacher = WholeWords(make(rng, 3, 2))
    with pytest.raises(InputError, match=rf"lstar does not fit a teacher whose task is {teacher.link.task}; use spectral"):
        extract(teacher, "lstar")
    assert teacher.asked == []


@pytest.mark.parametrize("limit", ["states", "seconds", "queries"])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_limits_must_leave_something(limit, value):
    with pytest.raises(InputError, match=f"limit on {limit} must be a .*number above 0"):
        extract(tomita(1), **{limit: value})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"learner": "magic"}, "unknown learner 'magic'; choose one of tree, table"),
        ({"searches": ("random", "given", "random")}, "a search is named twice: random, given, random; name each once"),
        ({"searches": ("random", "magic")}, "unknown search 'magic'; choose some of exact, given, white-box, "),
        ({"searches": "random"}, r"searches are a list of names, such as \('random',\), not one text"),
        ({"searches": ()}, "the list of searches is empty"),
        ({"band": -0.1}, "a number of at least 0, not -0.1"),
        ({"band": float("nan")}, "a number of at least 0, not nan"),
    ],
)
def test_settings_that_are_not_known(settings, said):
    with pytest.raises(InputError, match=said):
        extract(tomita(1), "lstar", **settings)


def test_a_path_is_no_teacher():
    with pytest.raises(InputError, match=r"is a teacher, not 'network.pt'; nerode.load_teacher makes one of a checkpoint"):
        extract("network.pt")


@pytest.mark.parametrize("seed", [-1, "x", 0.5, None])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(InputError, match="the seed must be a whole number of at least 0, not "):
        extract(tomita(1), seed=seed)


@pytest.mark.parametrize("settings", [{"learner": "table"}, {"searches": ("random",)}, {"band": 0.1}, {"letter_classes": True}])
def test_settings_of_query_learning_are_for_query_learning(settings):
    with pytest.raises(InputError, match=r"the method spectral has no setting .*; its settings are target, refinement"):
        extract(tomita(1), "spectral", **settings)


@pytest.mark.parametrize("refinement", ["least-squares", "none"])
def test_a_refinement_is_for_the_spectral_method(refinement):
    with pytest.raises(
        InputError, match="the method lstar has no setting 'refinement'; its settings are learner, searches, band"
    ):
        extract(tomita(1), "lstar", refinement=refinement)


def test_every_method_fits_some_task_and_is_told_apart():
    assert set(METHODS) == {"lstar", "spectral", "pdfa", "vpa", "cfg", "rpni", "edsm", "alergia", "ngram"}
    assert all(method_named(name).tasks for name in METHODS)


@pytest.mark.parametrize("option", [{"batch": True}, {"gives": "labels"}, {"reads": "indices", "batch": 3}])
def test_options_of_functions_are_named_before_the_function_is_asked(option):
    asked = []
    (name, *_), (value, *_) = option, option.values()
    with pytest.raises(InputError, match=rf"nerode.teacher\(function, alphabet, {name}={value!r}.*\), and hand that to"):
        extract(asked.append, alphabet="ab", **option)
    assert asked == []
