"""Which searches look, and in what order."""

import numpy as np
import pytest
from doubles import Stepping, WholeWords

from nerode.automata.dfa import DFA
from nerode.datasets.languages import tomita
from nerode.errors import InputError
from nerode.extraction.budget import metered
from nerode.extraction.meter import Meter
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.searches.base import InTurn, Stages
from nerode.extraction.queries.strategy import DEFAULT, NEEDED, SEARCHES, Resources, strategy
from nerode.extraction.source import WordSource
from nerode.words import Alphabet

EVERYTHING = DFA(Alphabet.of_size(2), [[0, 0]], [1])


def grounds(teacher, automaton=None, given=()):
    rng = np.random.default_rng(0)
    asked = metered(teacher, Meter())
    return Resources(asked, automaton, rng, WordSource(rng, asked, list(given), longest=12), lambda: None)


def names(stages):
    return [effort.search for effort in stages.records]


def test_every_search_goes_by_its_name():
    """What users write is what reports say; each is in the table under the name that it has."""
    on = grounds(Stepping(tomita(4)), tomita(4), [(0,), (1,)])
    for name, make in SEARCHES.items():
        search = make(on)
        assert search is None or search.name == name
    assert {name for stage in DEFAULT for name in stage} <= set(SEARCHES)
    assert set(NEEDED) <= set(SEARCHES)


def test_a_teacher_that_is_a_dfa_is_compared_exactly():
    stages = strategy(None, grounds(tomita(4), tomita(4)))
    assert names(stages) == ["exact"]
    assert stages.decide


def test_others_are_searched_in_stages_that_suit_them():
    stages = strategy(None, grounds(WholeWords(tomita(4))))
    assert names(stages) == ["hypothesis", "access-words", "random-w-method", "random", "difference"]
    assert not stages.decide
    assert names(strategy(None, grounds(WholeWords(tomita(4)), given=[(0, 1)])))[0] == "given"


def test_searches_are_chosen_by_name():
    stages = strategy(("w-method", "random"), grounds(WholeWords(tomita(4))))
    assert names(stages) == ["w-method", "random"]
    assert not stages.decide
    assert strategy(("random", "exact"), grounds(tomita(4), tomita(4))).decide


def test_what_is_not_possible_is_said():
    on = grounds(WholeWords(tomita(4)))
    for name, reason in NEEDED.items():
        with pytest.raises(InputError, match=f"'{name}' is not possible here: {reason}"):
            strategy(("random", name), on)


@pytest.mark.parametrize("named", [None, ("random", "access-words", "transitions")])
def test_the_strategy_finds_what_there_is(named):
    """No 000, and the hypothesis says yes to all."""
    found = strategy(named, grounds(WholeWords(tomita(4)))).find(EVERYTHING, Labels(tomita(4)), 1000)
    assert found
    assert all(tomita(4).predict([word])[0] == 0 for word in found)


class Listed:
    def __init__(self, name, *batches):
        self.name, self.batches = name, batches

    def look(self, hypothesis, labels, budget):
        for batch in self.batches:
            yield labels.disagreements(hypothesis, batch)


class Decided(Listed):
    decides = True


RIGHT, WRONG = [(1,)], [(0, 0, 0)]


def test_later_stages_look_when_earlier_ones_have_found_nothing():
    first, second, third = Listed("a", RIGHT, RIGHT), Listed("b", RIGHT), Listed("c", RIGHT, WRONG)
    stages = Stages([InTurn([first, second]), InTurn([third]), InTurn([Listed("d", WRONG)])])
    assert stages.find(EVERYTHING, Labels(tomita(4)), 10) == WRONG
    assert [(effort.search, effort.words, effort.found) for effort in stages.records] == [
        ("a", 2, 0),
        ("b", 1, 0),
        ("c", 2, 1),
        ("d", 0, 0),
    ]
    first.batches = (WRONG,)
    assert stages.find(EVERYTHING, Labels(tomita(4)), 10) == WRONG
    assert [(effort.words, effort.found) for effort in stages.records] == [(3, 1), (1, 0), (2, 1), (0, 0)]


def test_stages_decide_where_one_search_does():
    assert not Stages([InTurn([Listed("a")]), InTurn([])]).decide
    assert Stages([InTurn([Listed("a")]), InTurn([Listed("b"), Decided("c")])]).decide
    assert Stages([]).find(EVERYTHING, Labels(tomita(4)), 10) == []
