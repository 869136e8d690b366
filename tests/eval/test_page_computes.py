"""The report page in a browser computes what Python computes, and saves what it shows."""

import numpy as np
import pytest
from paired import of, pairs, weighted

from nerode.automata.loading import load_automaton
from nerode.domains import Column, Domain
from nerode.eval.comparable import comparable
from nerode.eval.explanations import WAYS, explain
from nerode.eval.maps import map_of
from nerode.eval.page import report_page
from nerode.eval.page.content import Shown
from nerode.eval.tracing import trace
from nerode.links import Binary, Multiclass, NextSymbol

pytestmark = pytest.mark.usefixtures("brief")
KINDS = tuple(pairs(np.random.default_rng(0)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.sampled(4)
def test_scores_are_those_of_python(rng, opened, kind):
    """On 1,000 words, to 1e-12 of the largest score of each word."""
    automaton, teacher = pairs(rng)[kind]
    page = opened(report_page([Shown(kind, automaton)], teacher, evidence=of(teacher, ["", "a", "ab", "abba"])))
    words = [tuple(rng.integers(0, 2, rng.integers(0, 30)).tolist()) for _ in range(1000)]
    found = page.evaluate("words => words.map((word) => nerode.scores(0, word))", [list(word) for word in words])
    with np.errstate(divide="ignore"):
        right = comparable(automaton, teacher)[0].scores(words)
    found = np.array([[-np.inf if value is None else value for value in row] for row in found], np.float64)
    finite = np.isfinite(right)
    assert (np.isfinite(found) == finite).all()
    unit = np.abs(np.where(finite, right, 0.0)).max(axis=1, keepdims=True)
    assert (np.abs(np.where(finite, found - right, 0.0)) <= 1e-12 * unit).all()


@pytest.mark.parametrize("squash", ["none", "sigmoid"])
@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.sampled(2)
def test_sums_and_effects_of_a_language_model_are_those_of_python(rng, opened, ends, squash):
    """The numbers of the tracer, and what letters do if they are left out or replaced, with ends of words and without."""
    link = NextSymbol(2, squash, ends)
    automaton, teacher = weighted(rng, 4, 2, 4, link), weighted(rng, 3, 2, 4, link)
    page = opened(report_page([Shown("w", automaton)], teacher, evidence=of(teacher, ["abba", "ab", "babab"])))
    for word in ("abba", "", "bbbab"):
        numbers = trace(automaton, [word], teacher)[0].automaton
        found = page.evaluate("word => nerode.numbers(0, word)", ["ab".index(letter) for letter in word])
        np.testing.assert_allclose(found, numbers, rtol=1e-10, atol=1e-12)
        (explained,) = explain(automaton, teacher, [word])
        for way in WAYS:
            given = [["ab".index(letter) for letter in word], way]
            effects = page.evaluate("([word, way]) => nerode.effects(0, word, way, 0)", given)
            np.testing.assert_allclose(effects, getattr(explained.student, way), rtol=1e-9, atol=1e-11)


def test_where_all_words_have_one_length_letters_are_only_replaced(rng, opened):
    automaton, teacher = weighted(rng, 4, 2, 3, Multiclass()), weighted(rng, 3, 2, 3, Multiclass())
    object.__setattr__(teacher, "domain", Domain(np.array([[[4, 1], [5, 0], [2, 3]]])))
    page = opened(report_page([Shown("w", automaton)], teacher, evidence=of(teacher, ["aba", "baa", "ab"])))
    assert page.locator(".explained option").all_text_contents() == ["another letter stands there"]
    assert page.locator("#explanations td").first.inner_text() == "if another letter stands there"
    for word in ("aba", "bab"):
        (explained,) = explain(automaton, teacher, [word])
        label = int(teacher.predict([word])[0])
        given = [["ab".index(letter) for letter in word], "replaced", label]
        effects = page.evaluate("([word, way, label]) => nerode.effects(0, word, way, label)", given)
        np.testing.assert_allclose(effects, explained.student.replaced, rtol=1e-9, atol=1e-11)
        assert (explained.student.replaced[1] == 0) == (word == "bab")  # where nothing but a has stood


def test_rows_with_letters_that_a_column_has_not_are_not_explained(rng, opened):
    automaton, teacher = weighted(rng, 4, 2, 3, Multiclass()), weighted(rng, 3, 2, 3, Multiclass())
    columns = (Column("x", (0.5,)), Column("y"), Column("z", (0.5,)))
    object.__setattr__(teacher, "domain", Domain(np.array([[[4, 1], [5, 0], [2, 3]]]), columns))
    page = opened(report_page([Shown("w", automaton)], teacher, evidence=of(teacher, ["aba", "baa", "aab"])))
    assert sorted(page.locator("#explanations .words button").all_text_contents()) == ["aab", "baa"]


def test_points_and_arrows_are_those_of_the_automaton(rng, opened):
    for automaton, teacher in (
        pairs(rng)[kind] for kind in ("weighted classifier", "probabilities of words", "weighted classes")
    ):
        words = [tuple(rng.integers(0, 2, rng.integers(0, 12)).tolist()) for _ in range(60)]
        page = opened(report_page([Shown("w", automaton)], teacher, evidence=of(teacher, words)))
        right = map_of(automaton, words)
        scale = np.abs(right.points).max()
        assert np.abs(np.array(page.evaluate("nerode.picture().points")) - right.points).max() <= 1e-9 * scale
        for symbol, letter in enumerate(right.letters):
            moved = np.array(page.evaluate("symbol => nerode.picture().moved(symbol)", symbol), np.float64)
            known = np.isfinite(letter.after).all(axis=1)
            assert np.abs(moved[known] - letter.after[known]).max() <= 1e-9 * max(scale, np.abs(letter.after[known]).max())


def test_files_are_saved_from_the_page(rng, opened, tmp_path):
    wfa = weighted(rng, 20, 2, 1, Binary())  # so large that its numbers travel as bytes
    page = opened(report_page([Shown("w 1", wfa)], wfa))
    with page.expect_download() as download:
        page.locator("#save button").first.click()
    assert download.value.suggested_filename == "w_1.json"
    download.value.save_as(tmp_path / "w.json")
    loaded = load_automaton(tmp_path / "w.json")
    np.testing.assert_array_equal(loaded.transitions, wfa.transitions)
    np.testing.assert_array_equal(loaded.final, wfa.final)


def test_effects_on_several_classes_are_those_on_the_lead_of_the_networks_class(rng, opened):
    automaton, teacher = weighted(rng, 4, 2, 3, Multiclass()), weighted(rng, 3, 2, 3, Multiclass())
    page = opened(report_page([Shown("w", automaton)], teacher, evidence=of(teacher, ["ab"])))
    for word in ("abba", "ba", "bbbab"):
        (explained,) = explain(automaton, teacher, [word])
        label = int(teacher.predict([word])[0])
        for way in WAYS:
            given = [["ab".index(letter) for letter in word], way, label]
            effects = page.evaluate("([word, way, label]) => nerode.effects(0, word, way, label)", given)
            np.testing.assert_allclose(effects, getattr(explained.student, way), rtol=1e-9, atol=1e-11)
