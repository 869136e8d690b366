"""Spectral extractions under a limit on queries: why they stop, and when refining is not worth the while."""

import numpy as np
import pytest
from doubles import Stepping

from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.extraction.loop import extract
from nerode.extraction.spectral import method as spectral
from nerode.extraction.spectral import settings
from nerode.links import Binary, NextSymbol


class Curved(Stepping):
    """Scores of unbounded rank, which mean what is said."""

    def __init__(self, inner, link):
        super().__init__(inner)
        self._link = link

    @property
    def link(self):
        return self._link

    def read(self, states):
        return 3 * np.sin(super().read(states))

    def scores(self, words):
        return 3 * np.sin(super().scores(words))


def classifier():
    return Curved(random_wfa(np.random.default_rng(3), 6, 2), Binary())


def model():
    return Curved(random_wfa(np.random.default_rng(3), 6, 4, width=5), NextSymbol(4))


@pytest.fixture
def refinements(monkeypatch):
    """The automata that were refined."""
    refined = []

    def refine(automaton, *rest, **others):
        refined.append(automaton)
        return iter(())

    monkeypatch.setitem(settings.REFINEMENTS, "gradient", refine)
    return refined


@pytest.mark.parametrize("make", [classifier, model])
@pytest.mark.parametrize("queries", [300, 1000, 3000, 10_000])
@pytest.mark.sampled(4)
def test_a_limit_on_queries_is_the_reason_where_it_keeps_blocks_small(refinements, make, queries):
    result = extract(make(), queries=queries, seconds=None)
    assert result.stop_reason == "queries"
    assert result.queries <= queries


def test_a_model_that_may_draw_few_words_is_stopped_by_the_limit_too(refinements):
    """Its blocks end with the words, and not where they are as large as blocks get."""
    result = extract(random_pdfa(np.random.default_rng(3), 30, 12), queries=300, seconds=None)
    assert result.stop_reason == "queries"


@pytest.mark.parametrize(("make", "queries"), [(classifier, 300), (classifier, 20_000), (model, 200), (model, 20_000)])
@pytest.mark.sampled(2)
def test_nothing_is_refined_on_fewer_answers_than_weights(refinements, make, queries):
    result = extract(make(), queries=queries, seconds=None)
    assert bool(refinements) == (queries == 20_000)
    if (make, queries) == (model, 200):  # else blocks take all that there is
        assert result.left_out[0].startswith("Not refined: the limit on queries leaves ")
    for automaton in refinements:
        assert queries >= automaton.transitions.size + automaton.final.size


def test_without_a_limit_on_queries_few_answers_are_refined_on(refinements, monkeypatch):
    monkeypatch.setattr(spectral, "REREAD", 10)
    extract(classifier(), states=4, seconds=None)
    assert len(refinements) == 1


def test_where_nothing_is_refined_no_room_is_kept(refinements):
    """All queries go into blocks, and the sentence says what was left."""
    result = extract(classifier(), states=15, queries=400, seconds=None)
    plain = extract(classifier(), states=15, queries=400, seconds=None, refinement="none")
    assert [done.states for done in result.rounds] == [done.states for done in plain.rounds]
    assert not refinements
