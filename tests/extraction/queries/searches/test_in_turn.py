import pytest
from doubles import WholeWords, random_words, words_up_to

from nerode.automata.dfa import DFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa
from nerode.errors import BudgetExhausted
from nerode.extraction.budget import metered
from nerode.extraction.meter import Meter
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.searches.base import InTurn, WordSearch
from nerode.extraction.queries.searches.words import GivenWords, NearAccessWords, RandomWords
from nerode.sampling import uniform_words
from nerode.words import Alphabet, shortlex

EVERYTHING = DFA(Alphabet.of_size(2), [[0, 0]], [1])
RIGHT, WRONG = [(0, 1)], [(0, 0, 0), (0,) * 4, (0, 1)]  # no 000


class Script(WordSearch):
    """A search that looks through prepared batches and says when it is asked."""

    def __init__(self, name, batches, log):
        self.name, self.prepared, self.log = name, batches, log

    def batches(self, hypothesis, budget):
        for batch in self.prepared:
            self.log.append(self.name)
            yield batch


def test_disagreements_are_all_of_them_once_in_shortlex_order(rng):
    target, hypothesis = random_dfa(rng, 9, 2), random_dfa(rng, 4, 2)
    words = [*random_words(rng, 2, 200, 8), *words_up_to(2, 3)]
    labels = Labels(target)
    found = labels.disagreements(hypothesis, words)
    wrong = {word for word in words if hypothesis.predict([word])[0] != target.predict([word])[0]}
    assert wrong
    assert found == sorted(wrong, key=shortlex)
    assert labels.asked == len(words)
    assert Labels(target).disagreements(target, words) == []
    assert Labels(target).disagreements(target, []) == []


def test_disagreements_compare_labels_of_other_widths():
    """One says margins, the other a score a class."""
    two = tomita(4)
    many = DFA(two.alphabet, two.transitions, 2 * two.labels, classes=3)
    words = words_up_to(2, 4)
    assert Labels(many).disagreements(two, words) == [word for word in words if two.predict([word])[0] == 1]


def test_a_search_looks_only_where_its_turn_comes():
    """Not where another finds enough before, nor where a limit is reached before its first word; one without words looks."""
    log = []
    turns = InTurn((Script("none", [], log), Script("finds", [WRONG], log), Script("later", [RIGHT], log)))
    assert turns.find(EVERYTHING, Labels(tomita(4)), 10)
    assert [(record.search, record.looks, record.words) for record in turns.records] == [
        ("none", 1, 0),
        ("finds", 1, 3),
        ("later", 0, 0),
    ]
    turns = InTurn((Script("first", [RIGHT], log), Script("second", [RIGHT], log)))
    with pytest.raises(BudgetExhausted):
        turns.find(EVERYTHING, Labels(metered(tomita(4), Meter(queries_limit=1))), 10)
    assert [(record.search, record.looks) for record in turns.records] == [("first", 1), ("second", 0)]


def test_searches_take_turns_until_one_finds_something():
    log = []
    first, second, third = (
        Script("first", [RIGHT, RIGHT], log),
        Script("second", [RIGHT], log),
        Script("third", [RIGHT, RIGHT, RIGHT, WRONG, RIGHT], log),
    )
    turns = InTurn((first, second, third))
    assert turns.find(EVERYTHING, Labels(tomita(4)), 10) == [(0, 0, 0), (0, 0, 0, 0)]
    assert log == ["first", "second", "third", "first", "third", "third", "third"]
    assert [(effort.search, effort.words, effort.found) for effort in turns.records] == [
        ("first", 2, 0),
        ("second", 1, 0),
        ("third", 6, 2),
    ]
    assert all(effort.seconds > 0 for effort in turns.records)


def test_efforts_add_up_over_rounds():
    log = []
    turns = InTurn((Script("one", [RIGHT, WRONG], log),))
    for _ in range(3):
        turns.find(EVERYTHING, Labels(tomita(4)), 10)
    assert [(effort.words, effort.found) for effort in turns.records] == [(12, 6)]


def test_nothing_is_found_where_all_have_looked():
    log = []
    labels = Labels(tomita(4))
    assert InTurn((Script("one", [RIGHT, RIGHT], log), Script("other", [], log))).find(EVERYTHING, labels, 10) == []
    assert log == ["one", "one"]
    assert InTurn(()).find(EVERYTHING, labels, 10) == []


@pytest.mark.parametrize("budget", [0, 1, 999, 1000, 1001, 2500])
@pytest.mark.sampled(3)
def test_each_search_has_the_whole_budget(rng, budget):
    teacher = WholeWords(EVERYTHING)
    random = RandomWords(lambda count: uniform_words(rng, 2, rng.choice([5], count)))
    search = InTurn((GivenWords(random_words(rng, 2, 9000, 20)), NearAccessWords(rng, 4), random))
    assert search.find(EVERYTHING, Labels(teacher), budget) == []
    assert len(teacher.asked) == 3 * budget
    assert [effort.words for effort in search.records] == [budget] * 3


def test_a_given_word_is_found_before_anything_else_is_asked(rng):
    teacher = WholeWords(tomita(4))
    search = InTurn((GivenWords([(0, 0, 0)]), NearAccessWords(rng, 4)))
    assert search.find(EVERYTHING, Labels(teacher), 5000) == [(0, 0, 0)]
    assert teacher.asked == [(0, 0, 0)]
