"""What every search through words keeps to."""

import numpy as np
import pytest
from doubles import WholeWords, as_weights, random_words, words_up_to
from thorough import paired

from nerode.automata.dfa import DFA
from nerode.datasets.languages import Dyck, counting, tomita
from nerode.datasets.random_automata import random_dfa
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.searches.base import BATCH
from nerode.extraction.queries.searches.conformance import RandomWMethod, TransitionCoverage, WMethod
from nerode.extraction.queries.searches.difference import Difference
from nerode.extraction.queries.searches.drawn import FromHypothesis
from nerode.extraction.queries.searches.exact import Exact
from nerode.extraction.queries.searches.words import GivenWords, NearAccessWords, RandomWords
from nerode.sampling import uniform_words
from nerode.words import Alphabet, shortlex


def target(seed, states, letters, classes=2):
    return random_dfa(np.random.default_rng(seed), states, letters, classes)


def constant(automaton):
    letters = len(automaton.alphabet)
    return DFA(automaton.alphabet, np.zeros((1, letters), int), automaton.labels[:1], classes=automaton.classes)


def other(automaton):
    """An automaton that is right about some words and wrong about others."""
    return target(99, 5, len(automaton.alphabet), automaton.classes)


# each is made from a random source and the teacher
SEARCHES = {
    "given": lambda rng, teacher: GivenWords(random_words(rng, len(teacher.alphabet), 4000, 20)),
    "random": lambda rng, teacher: RandomWords(
        lambda count: uniform_words(rng, len(teacher.alphabet), rng.integers(9, size=count))
    ),
    "access-words": lambda rng, teacher: NearAccessWords(rng, 6),
    "hypothesis": lambda rng, teacher: FromHypothesis(rng, np.arange(9)),
    "w-method": lambda rng, teacher: WMethod(),
    "random-w-method": lambda rng, teacher: RandomWMethod(rng),
    "transitions": lambda rng, teacher: TransitionCoverage(rng),
    "difference": lambda rng, teacher: Difference(lambda: as_weights(other(teacher)), rng, 8),
    "exact": lambda rng, teacher: Exact(teacher),
}
ENDLESS = ["random", "access-words", "hypothesis", "random-w-method"]  # these never run out of words
LONG = ["given", "w-method", "transitions"]  # nor do these within the budgets tried, where there are two letters
ASKING = [name for name in SEARCHES if name != "exact"]

PAIRS = {
    "two classes": (target(1, 9, 2), target(2, 4, 2)),
    "three classes": (target(3, 9, 3, 3), target(4, 4, 3, 3)),
    "a hypothesis of one state": (target(5, 6, 4), constant(target(5, 6, 4))),
    "one letter": (counting(5, 0, 1), counting(2, 0, 1)),
    "one letter, one state": (counting(7, 3, 1), constant(counting(7, 3, 1))),
    "brackets among fillers": (Dyck(1, 2, 2).dfa(), Dyck(1, 1, 2).dfa()),
}


class Watched(WholeWords):
    """Remembers how many words were asked at a time."""

    def __init__(self, inner):
        super().__init__(inner)
        self.sizes = []

    def scores(self, words):
        self.sizes.append(len(words))
        return super().scores(words)


def searched(name, teacher, hypothesis, budget, seed=7):
    """The batches of counterexamples that a search finds, and the teacher that it asked."""
    search = SEARCHES[name](np.random.default_rng(seed), teacher)
    watched = Watched(teacher)
    labels = Labels(watched)
    found = list(search.look(hypothesis, labels, budget))
    assert labels.asked == len(watched.asked)
    return found, watched


@pytest.mark.parametrize("name", SEARCHES)
def test_names_are_what_users_call_them(rng, name):
    assert SEARCHES[name](rng, tomita(1)).name == name


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", SEARCHES)
@pytest.mark.sampled(18)
def test_counterexamples_are_distinct_in_order_and_true(name, pair):
    teacher, hypothesis = PAIRS[pair]
    found, watched = searched(name, teacher, hypothesis, 2500)
    assert any(found)
    for words in found:
        assert words == sorted(set(words), key=shortlex)
        assert (teacher.predict(words) != hypothesis.predict(words)).all()
        assert len(words) <= BATCH
    assert set().union(*found) <= set(watched.asked) or name == "exact"


@pytest.mark.parametrize(("name", "pair", "budget"), paired(ASKING, PAIRS, [0, 1, 999, 1000, 1001, 2500]))
@pytest.mark.sampled(48)
def test_budgets_are_kept_in_batches(name, pair, budget):
    _, watched = searched(name, *PAIRS[pair], budget)
    assert len(watched.asked) <= budget
    assert all(0 < size <= BATCH for size in watched.sizes)
    if name in ENDLESS or (name in LONG and pair == "two classes"):
        assert len(watched.asked) == budget


@pytest.mark.parametrize("name", SEARCHES)
@pytest.mark.sampled(4)
def test_nothing_is_found_where_the_hypothesis_is_right(name):
    for teacher, _ in PAIRS.values():
        found, _ = searched(name, teacher, teacher, 1500)
        assert not any(found)


@pytest.mark.parametrize("name", ASKING)
def test_nothing_is_asked_where_nobody_goes_on(name):
    """A search asks for a batch at a time: what is found in one is used before the next."""
    teacher, hypothesis = PAIRS["two classes"]
    watched = Watched(teacher)
    search = SEARCHES[name](np.random.default_rng(7), teacher)
    next(iter(search.look(hypothesis, Labels(watched), 5000)))
    assert 0 < len(watched.asked) <= BATCH


@pytest.mark.parametrize("name", ASKING)
def test_a_seed_replays(name):
    teacher, hypothesis = PAIRS["three classes"]
    (found, watched), (again, watched_again) = (searched(name, teacher, hypothesis, 1200, seed=3) for _ in range(2))
    assert found == again
    assert watched.asked == watched_again.asked
    _, others = searched(name, teacher, hypothesis, 1200, seed=4)
    if name not in ("w-method", "difference"):  # of which one draws nothing, and the other first looks at short words
        assert others.asked != watched.asked


@pytest.mark.parametrize("name", ASKING)
def test_words_in_a_band_of_doubt_are_no_counterexamples(name):
    teacher, hypothesis = PAIRS["two classes"]
    search = SEARCHES[name](np.random.default_rng(7), teacher)
    assert any(search.look(hypothesis, Labels(teacher, band=0.9), 1200))
    search = SEARCHES[name](np.random.default_rng(7), teacher)
    assert not any(search.look(hypothesis, Labels(teacher, band=1.0), 1200))


@pytest.mark.parametrize("name", SEARCHES)
def test_teachers_and_hypotheses_of_other_widths(name):
    """The teacher has a class that no hypothesis has seen yet, so that one has three scores a word and the other had two."""
    teacher = DFA(Alphabet.of_size(2), tomita(4).transitions, 2 * np.array(tomita(4).labels), classes=3)
    hypothesis = constant(teacher)
    found, _ = searched(name, teacher, hypothesis, 1500)
    wrong = {word for word in words_up_to(2, 4) if teacher.predict([word])[0] != hypothesis.predict([word])[0]}
    assert wrong & set().union(*found)


def test_only_the_exact_search_decides(rng):
    assert [name for name in SEARCHES if getattr(SEARCHES[name](rng, tomita(1)), "decides", False)] == ["exact"]


def test_the_exact_search_asks_nothing_and_finds_what_is_shortest():
    teacher, hypothesis = PAIRS["two classes"]
    found, watched = searched("exact", teacher, hypothesis, 0)
    assert watched.asked == []
    (words,) = found
    wrong = [word for word in words_up_to(2, 9) if teacher.predict([word])[0] != hypothesis.predict([word])[0]]
    assert words[0] == wrong[0]
    assert {len(word) for word in words} == {len(wrong[0])}
