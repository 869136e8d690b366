"""Automata of several sizes from one extraction: a front of size and error, made without the teacher."""

import math
from itertools import pairwise

import numpy as np
import pytest
from doubles import Stepping, WholeWords
from sized import MAKES, WANTED
from thorough import some_of, times

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa
from nerode.errors import InputError
from nerode.extraction.ledger import Ledger
from nerode.extraction.loop import extract
from nerode.extraction.methods import method_named
from nerode.extraction.sizes import Sized, front

SLOWLY = ("lstar", "spectral", "model", "pdfa", "values")  # for which errors are computed anew


@pytest.fixture
def held_out(monkeypatch):
    """The held-out words of the extraction that comes."""
    found = []
    honest = Ledger.__init__

    def noted(self, constant, held_out, *others):
        found[:] = [held_out]
        honest(self, constant, held_out, *others)

    monkeypatch.setattr(Ledger, "__init__", noted)
    return found


def slow_error(automaton, teacher, word):
    """What an automaton errs on a word, from the scores of single words."""
    if teacher.link.task == "classifier":
        return float(automaton.predict([word])[0] != teacher.link.labels(teacher.scores([word]))[0])
    if teacher.link.task == "scores":
        return float(np.abs(automaton.scores([word]) - teacher.scores([word])).max())
    sums = []
    for model in (automaton, teacher):
        logs = [float(model.link.log_probabilities(model.scores([word[:k]]))[0, letter]) for k, letter in enumerate(word)]
        logs.append(float(model.link.log_probabilities(model.scores([word]))[0, -1]))
        sums.append(sum(logs) / (len(word) + 1))
    return abs(sums[0] - sums[1])


@pytest.mark.parametrize("name", MAKES)
@pytest.mark.sampled(4)
def test_sizes_are_a_front_of_errors_on_the_held_out_words(frugal, held_out, name):
    method, make, settings = MAKES[name]
    teacher = make()
    asked = Stepping(teacher)
    result = extract(asked, method, seconds=None, sizes=WANTED, **settings)
    states = [each.states for each in result.sizes]
    assert len(states) >= 3
    assert states == sorted(set(states))
    assert result.sizes[-1].automaton is result.automaton
    assert max(states[:-1]) <= 6 < states[-1]
    errors = [each.error for each in result.sizes]
    assert all(after < before for before, after in pairwise(errors))
    assert all(isinstance(each.automaton, {"lstar": DFA, "spectral": WFA, "pdfa": PDFA}[method]) for each in result.sizes)
    assert (result.sizes_stopped, result.left_out) == (None, ())
    if name not in SLOWLY:
        return
    like = np.flatnonzero(held_out[0].like)  # words around states are not told of
    assert (len(like) < len(held_out[0].words)) == (name == "lstar")
    words, weights = [held_out[0].words[i] for i in like], held_out[0].weights[like]
    small = result.sizes[1]
    each = held_out[0].errors(small.automaton)[like]
    assert small.error == pytest.approx(each.mean(), rel=1e-6)
    assert small.spread == pytest.approx(each.std() / math.sqrt(len(each)), rel=1e-6)
    some = some_of(range(len(words)), 40)
    slow = weights[some] * [slow_error(small.automaton, teacher, words[i]) for i in some]
    assert slow.any()
    assert each[some] == pytest.approx(slow, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("name", ["lstar", "spectral", "model", "pdfa"])
@pytest.mark.sampled(2)
def test_other_sizes_change_nothing_else_cost_no_queries_and_replay(frugal, name):
    method, make, settings = MAKES[name]
    plain, *both = (
        extract(Stepping(make()), method, seconds=None, seed=5, sizes=sizes, **settings) for sizes in (None, (4, 2), [2, 4])
    )
    assert plain.sizes == ()
    for result in both:
        assert result.automaton.to_json() == plain.automaton.to_json()
        assert (result.queries, result.rounds[-1].error, result.fresh) == (plain.queries, plain.rounds[-1].error, plain.fresh)
    one, other = ([(each.automaton.to_json(), each.error) for each in result.sizes] for result in both)
    assert len(one) > 1
    assert one == other


@pytest.mark.parametrize("name", ["lstar", "spectral", "model", "pdfa"])
@pytest.mark.sampled(2)
def test_the_teacher_is_not_asked_for_them(frugal, monkeypatch, name):
    method, make, settings = MAKES[name]
    asked = Stepping(make())
    honest, before = method_named(method).smaller, []

    def counted(task, sizes):
        before.append(asked.answers)
        yield from honest(task, sizes)
        before.append(asked.answers)

    monkeypatch.setattr(type(method_named(method)), "smaller", property(lambda self: counted), raising=False)
    assert extract(asked, method, seconds=None, sizes=WANTED, **settings).sizes
    assert before[0] == before[1] > 0


def test_more_states_than_the_automaton_has_are_not_made(frugal):
    result = extract(WholeWords(tomita(5)), "lstar", seconds=None, sizes=(100, 1))
    assert [each.states for each in result.sizes] == [1, 4]
    assert [each.automaton is result.automaton for each in result.sizes] == [False, True]


def sized(states, error):
    return Sized(random_dfa(np.random.default_rng(states), states, 2), error, 0.0)


def test_the_front_against_all_that_could_be_in_it():
    """Beside a slow definition: of each wanted number what errs least, and nothing that a smaller wanted one matches."""
    rng = np.random.default_rng(0)
    several, tried = 0, times(100, 1000)
    for _ in range(tried):
        made = [sized(int(rng.integers(1, 9)), int(rng.integers(6)) / 10) for _ in range(6)]
        wanted = tuple(sorted({int(size) for size in rng.integers(1, 9, 4)}))
        found = front(made, wanted)
        best = made[0]
        assert best in found
        lowest = math.inf
        expected = []
        for size in wanted:
            least = min((each.error for each in made if each.states <= size), default=math.inf)
            if least < lowest:
                lowest = least
                expected.append((min(each.states for each in made if each.error == least and each.states <= size), least))
        rest = [(each.states, each.error) for each in found if each is not best]
        assert rest == [each for each in expected if each[0] != best.states]
        assert [each.states for each in found] == sorted({each.states for each in found})
        several += len(found) > 2
    assert several > tried / 6
    assert front([], (1, 2)) == ()


# what is refused


@pytest.mark.parametrize("wanted", [(), (0,), (2, -1), (2.5,), ("2",), "2,4", 4, (True,), (float("nan"),)])
def test_sizes_are_whole_numbers(wanted):
    teacher = WholeWords(tomita(1))
    with pytest.raises(InputError, match=r"sizes are a list of whole numbers above 0, such as \(2, 4, 8\), not "):
        extract(teacher, "lstar", sizes=wanted)
    assert teacher.asked == []
