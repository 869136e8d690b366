"""What can be looked at in a result is what nerode's functions give; a network that failed meanwhile is told of in a sentence."""

import inspect
from dataclasses import fields

import numpy as np
import pytest
from doubles import Failing, Stepping, WholeWords
from shell import DEMO

import nerode
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa, random_pdfa
from nerode.errors import InputError
from nerode.eval import results
from nerode.eval.plots import plots
from nerode.extraction import loop
from nerode.extraction.extracted import Extraction


@pytest.fixture
def teacher():
    return WholeWords(nerode.language("tomita-5", np.random.default_rng(0)))


@pytest.fixture
def result(frugal, teacher):
    return nerode.extract(teacher, "lstar", seconds=None, sizes=(1, 2))


def test_a_result_is_the_extraction_that_it_was_made_of(frugal, teacher, result):
    plain = loop.extract(teacher, "lstar", seconds=None, sizes=(1, 2))
    assert isinstance(result, Extraction)
    timed = {"automaton", "rounds", "seconds", "chosen", "front", "searches", "sizes", "teacher"}
    for each in fields(Extraction):
        assert each.name in timed or getattr(result, each.name) == getattr(plain, each.name)
    assert result.teacher.scores(["0"]) == teacher.scores(["0"])
    assert result.automaton.to_json() == plain.automaton.to_json()
    assert str(result).split(";")[:2] == str(plain).split(";")[:2]


def test_there_is_one_signature_and_one_docstring():
    assert nerode.extract is results.extract
    assert inspect.signature(nerode.extract) == inspect.signature(loop.extract)
    assert nerode.extract.__doc__ == loop.extract.__doc__


def test_a_function_is_asked_as_it_was_understood(frugal, brief):
    result = nerode.extract(lambda word: word.count("a") % 2 == 1, alphabet="ab", seconds=None)
    assert result.compare(["a", "aa", "ba"])["error_rate"].value == 0.0
    assert "Answers are taken for labels" in result.report(["a", "ab"]).html


def test_the_comparison_is_that_of_nerode(result, teacher):
    assert result.compare().to_json() == nerode.compare(result.automaton, teacher, result.fresh).to_json()
    words = ["", "0", "0011"]
    assert result.compare(words).to_json() == nerode.compare(result.automaton, teacher, words).to_json()
    with pytest.raises(InputError, match="symbol"):
        result.compare(["2"])


def test_the_report_is_about_all_automata_and_shows_itself(result, brief):
    page = result.report(name="my network")
    assert page.title == "nerode: my network"
    assert f"{len(result.fresh)} words" in page.html
    assert len(result.sizes) > 1
    assert [f'"lstar.{each.states}"' in page.html for each in result.sizes[:-1]] == [True] * (len(result.sizes) - 1)
    assert page._repr_html_().startswith("<iframe")


def test_a_report_is_saved_by_itself(result):
    with pytest.raises(InputError, match=r"to save the page, write report\(\).save"):
        result.report("r.html")


def test_a_network_from_a_checkpoint_gives_the_report_its_name(frugal, brief):
    result = nerode.extract(nerode.load_teacher(DEMO), "lstar", seconds=None, queries=20_000)
    assert result.report().title == "nerode: tomita-5"


def test_the_report_of_a_language_model_is_made(frugal, brief):
    result = nerode.extract(Stepping(random_pdfa(np.random.default_rng(1), 3, 2)), seconds=None, states=3)
    assert result.report().html.startswith("<!doctype html>")


def test_the_plots_are_those_of_nerode(result):
    assert list(result.plot()) == list(plots(result))


@pytest.mark.parametrize("look", ["report", "compare"])
def test_a_network_that_failed_meanwhile_is_told_of(frugal, look):
    teacher = Failing(random_dfa(np.random.default_rng(0), 4, 2), 10**6)
    result = nerode.extract(teacher, "lstar", seconds=None)
    assert result.failure is None
    teacher.calls = 1
    with pytest.raises(InputError, match=r"since the network failed with ConnectionError: the service went away; see that"):
        getattr(result, look)()


def test_students_are_compared_but_have_no_report():
    found = nerode.distill(tomita(4), "tree", effort=0.5)
    wrong = found.automaton.predict(found.fresh) != tomita(4).predict(found.fresh)
    assert found.compare()["error_rate"].value == pytest.approx(wrong.mean())
    assert len(found.frame()) == len(found.rounds)
    for view in (found.report, found.plot):
        with pytest.raises(InputError, match="about automata, and this student is none"):
            view()
