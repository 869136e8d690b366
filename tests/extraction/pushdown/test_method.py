"""The method on teachers that are known: what it finds, where it stops, and what limits leave."""

import numpy as np
import pytest
from doubles import WholeWords
from stack_truth import brackets, small_vpas
from thorough import times

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.stack_operations import equivalent, same_kinds, separating_word
from nerode.automata.vpa import VPA
from nerode.datasets.languages import Dyck, language
from nerode.datasets.random_automata import random_dfa
from nerode.errors import InputError
from nerode.eval.depths import depths
from nerode.extraction import loop
from nerode.extraction.loop import extract
from nerode.extraction.pushdown import method, searches
from nerode.words import Alphabet


@pytest.fixture(autouse=True)
def few_words(monkeypatch):
    monkeypatch.setattr(loop, "FRESH", 50)
    monkeypatch.setitem(loop.WEIGHED, "classifier", 500)
    monkeypatch.setattr(method, "MOST", 4000)
    monkeypatch.setattr(method, "HIGHEST", 5)
    monkeypatch.setattr(searches, "DRAWN", 300)
    monkeypatch.setattr(searches, "COMPOSED", 1000)


@pytest.mark.parametrize("kinds", [1, 2, 3])
@pytest.mark.sampled(2)
def test_brackets_are_learned_from_answers_alone(kinds):
    result = extract(Dyck(kinds, fillers=1), "vpa")
    assert result.stop_reason == "no counterexample"
    assert equivalent(result.automaton, brackets(kinds))
    assert result.automaton.states == min(kinds, 2)
    assert "( and ) in ()" in result.told[0]


def test_a_bound_on_the_depth_leaves_the_small_automaton():
    whole = extract(Dyck(2), "vpa").automaton
    for depth in (3, 4):
        result = extract(language(f"dyck-2-depth-{depth}", np.random.default_rng(0)), "vpa")
        assert result.stop_reason == "too deep"
        assert equivalent(result.automaton, whole)


def test_random_automata_are_learned_exactly():
    for target in small_vpas(times(2, 5), 4):
        given = {name: [int(letter) for letter in getattr(target, name)] for name in ("calls", "returns")}
        for named in ({}, given):
            result = extract(target, "vpa", **named)
            assert same_kinds(result.automaton, target)
            assert equivalent(result.automaton, target)
            assert result.automaton.states == target.states


def test_other_kinds_of_letters_are_taken_as_they_are_named():
    result = extract(Dyck(2), "vpa", calls="(", returns=")")  # [ and ] are then no brackets
    assert [result.automaton.alphabet.symbols[letter] for letter in result.automaton.calls] == ["("]
    assert result.told == ()


def test_without_brackets_a_dfa_is_learned():
    target = random_dfa(np.random.default_rng(3), 5, 2)
    result = extract(target, "vpa")
    learned = result.automaton
    assert isinstance(learned, VPA)
    assert len(learned.calls) == len(learned.returns) == 0
    assert "No letters that call and return were found" in result.told[0]
    as_dfa = DFA(learned.alphabet, learned.transitions, learned.accepting.astype(int), learned.initial)
    assert nerode.automata.operations.equivalent(as_dfa, target)


@pytest.mark.parametrize("labels", [[1, 0, 0], [0, 0, 0], [1, 1, 1]])
def test_words_of_one_letter(labels):
    target = DFA(Alphabet(("a",)), [[1], [2], [0]], labels)
    result = extract(target, "vpa", effort=5.0)
    learned = result.automaton
    assert result.stop_reason == "no counterexample"
    words = [(0,) * length for length in range(10)]
    assert learned.predict(words).tolist() == target.predict(words).tolist()


def test_no_word_is_asked_that_is_longer_than_the_teacher_reads(rng):
    class Short(WholeWords):
        longest = 6

        def scores(self, words):
            words = list(words)
            assert max(map(len, words), default=0) <= self.longest
            return super().scores(words)

    teacher = Short(Dyck(1))
    result = extract(teacher, "vpa")
    assert equivalent(result.automaton, extract(Dyck(1), "vpa").automaton)
    assert depths(result.automaton, teacher, rng).length == 6


def test_the_same_seed_gives_the_same_automaton():
    target = small_vpas(1, 5)[0]
    one, other = (extract(target, "vpa", effort=0.5, seed=3) for _ in range(2))
    assert separating_word(one.automaton, other.automaton) is None
    assert [done.queries for done in one.rounds] == [done.queries for done in other.rounds]


@pytest.mark.parametrize(
    ("limits", "reasons"), [({"queries": 100}, {"queries"}), ({"queries": 4000}, {"queries"}), ({"states": 1}, {"states"})]
)
def test_limits_leave_what_was_learned_by_then(limits, reasons):
    result = extract(Dyck(2, fillers=1), "vpa", **limits)
    assert result.stop_reason in reasons
    assert isinstance(result.automaton, VPA)
    assert result.queries <= limits.get("queries", result.queries)
    assert result.automaton.states <= limits.get("states", 2)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"calls": "("}, "named together"),
        ({"returns": ")"}, "named together"),
        ({"calls": "(", "returns": "("}, "both a call and a return"),
        ({"calls": "x", "returns": ")"}, "unknown symbol 'x'"),
        ({"calls": "", "returns": ")"}, "at least one"),
    ],
)
def test_letters_that_do_not_fit(settings, said):
    with pytest.raises(InputError, match=said):
        extract(Dyck(1), "vpa", **settings)


def test_a_teacher_of_more_classes_is_refused():
    with pytest.raises(InputError, match="tells 3 classes apart"):
        extract(DFA(Alphabet.of_size(2), [[1, 2], [2, 0], [0, 1]], [0, 1, 2], classes=3), "vpa")
