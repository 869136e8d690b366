"""The report page of odd networks and odd numbers: it says what is so."""

import json

import numpy as np
import pytest
from pages import AB, BRIEF, EVEN, VERDICT, data_of, of, random_dfa

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.eval.page import report_page
from nerode.eval.page.amounts import FEWEST, PATIENCE, Amounts, amounts_for
from nerode.eval.page.content import Shown
from nerode.eval.page.histories import LARGEST, MOST
from nerode.eval.page.remembering import remembering
from nerode.eval.page.study import Evidence
from nerode.links import Binary, Multiclass
from nerode.words import Alphabet


class Slow:
    """Labels, with a pause that is only told."""

    def __init__(self, automaton, pace):
        self.automaton, self.pace, self.asked = automaton, pace, 0
        self.alphabet, self.width, self.link = automaton.alphabet, automaton.width, automaton.link

    def scores(self, words):
        words = list(words)
        self.asked += len(words)
        return self.automaton.scores(words)


@pytest.mark.parametrize("automata", [1, 3])
def test_a_slow_network_is_asked_less_and_the_page_says_so(automata):
    slow = Slow(EVEN, 0.02)
    other = DFA(AB, [[1, 0], [1, 1]], [1, 0])
    found = data_of(report_page([Shown(str(k), other) for k in range(automata)], slow).html)
    assert slow.asked * slow.pace < 2 * PATIENCE
    assert "fewer words" in dict(found["about"])["asked less"]
    fast = data_of(report_page([Shown("other", other)], EVEN).html)
    assert dict(fast["about"])["asked less"] is None


def test_amounts_shrink_with_the_pace_and_have_a_least():
    assert amounts_for(Slow(EVEN, 1e-6), 5) == Amounts()
    assert amounts_for(Slow(EVEN, 0.04), 1).search == 666  # a fifteenth
    assert amounts_for(Slow(EVEN, 100.0), 1) == FEWEST


def test_a_large_alphabet_allows_few_explanations(rng):
    alphabet = Alphabet(tuple(f"t{k}" for k in range(3000)))
    large = DFA(alphabet, rng.integers(0, 3, (3, 3000)), [0, 1, 1])
    slow = Slow(large, 0.0)
    found = data_of(report_page([Shown("large", large)], slow, amounts=BRIEF).html)
    assert slow.asked < 150_000
    assert len(found["automata"][0]["explanations"]) < 20


ZERO = PDFA(AB, [[0, 1], [1, 0]], [[0.5, 0.5, 0.0], [0.0, 0.1, 0.9]])
WIDE = WFA(AB, [1.0], np.full((2, 1, 1), 1e200), [[1.0]])


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize(
    ("automaton", "teacher"),
    [
        (ZERO, PDFA(AB, [[0, 0]], [[0.3, 0.3, 0.4]])),
        (PDFA(AB, [[0, 0]], [[0.3, 0.3, 0.4]]), ZERO),
        (ZERO, ZERO),
        (WIDE, WFA(AB, [1.0], np.ones((2, 1, 1)), [[1.0]])),
        (WFA(AB, [1.0], np.full((2, 1, 1), -1e200), [[1.0]], Binary()), EVEN),
        (WFA(AB, [1.0], np.full((2, 1, 1), 1e200), [[1.0, 2.0, 0.5]], Multiclass()), DFA(AB, [[0, 0]], [2], classes=3)),
    ],
    ids=["student", "teacher", "both", "values", "margins", "classes"],
)
@pytest.mark.sampled(3)
def test_numbers_that_are_not_finite_are_told_as_such(automaton, teacher):
    found = data_of(report_page([Shown("odd", automaton)], teacher).html)
    assert found["automata"][0]["size"] == automaton.states


@pytest.mark.usefixtures("brief")
def test_the_page_opens_with_what_the_extraction_hands_back(rng):
    shown = [Shown("main", EVEN, main=True), Shown("large", random_dfa(rng, 5, 2))]
    assert data_of(report_page(shown, EVEN).html)["chosen"] == 0
    assert data_of(report_page([Shown("small", EVEN), Shown("large", random_dfa(rng, 5, 2))], EVEN).html)["chosen"] == 1


@pytest.mark.usefixtures("brief")
def test_given_words_are_not_called_fresh():
    evidence = Evidence([(0,), (1,), (0, 1)], given=True)
    card = data_of(report_page([Shown("even", EVEN)], EVEN, evidence=evidence).html)["automata"][0]["card"]
    assert "3 given words" in card["headline"]
    assert "given" in card["unchecked"][0]
    assert "fresh" not in json.dumps(card)


RANDOM = VERDICT | {"words": 2, "distribution": "random words"}


@pytest.mark.parametrize(
    ("sample", "judged", "said"),
    [
        (9, 3, "The first figure and the verdict on words like those are of the same 3 fresh words"),
        (2, 3, "The verdict on words like those is of 3 fresh words, and the first figure of the first 2 of them"),
        (9, 2, "The first figure is of 3 fresh words, and the verdict on words like those of the first 2 of them"),
    ],
)
def test_which_words_the_figures_of_a_card_share(sample, judged, said):
    evidence = Evidence([(0,), (1,), (0, 1)], given=True, fresh=True)
    amounts = Amounts(sample=sample, kind=60, search=400)
    history = {"verdict": VERDICT | {"words": judged}, "verdict_random": RANDOM}
    page = report_page([Shown("even", EVEN, history)], EVEN, evidence=evidence, amounts=amounts)
    quiet = data_of(page.html)["automata"][0]["card"]["quiet"]
    assert quiet[0].startswith(said + ", which learning did not see.")
    assert quiet[1] == "The verdict on random words is of other words."


def test_figures_of_other_words_than_those_of_the_verdicts_are_called_so():
    history = {"verdict": VERDICT, "verdict_random": RANDOM}
    amounts = Amounts(sample=60, kind=60, search=400)
    for shown, said in ((history, "three samples"), ({"verdict": VERDICT}, "two samples"), ({"verdict_random": RANDOM}, "two")):
        card = data_of(report_page([Shown("even", EVEN, shown)], EVEN, amounts=amounts).html)["automata"][0]["card"]
        assert said in card["quiet"][0]


@pytest.mark.usefixtures("brief")
def test_large_numbers_of_curves_are_drawn_or_left_out():
    """Numbers at the end of what is taken for a number, beyond which nothing is drawn."""
    for number, names in ((LARGEST, {"singular values", "error by size", "error and states by queries"}), (10 * LARGEST, set())):
        done = {"states": MOST - 1, "error": number, "queries": MOST - 1}
        curve = {"singular_values": [number, 1.0], "sizes": [{"states": 1, "error": number, "spread": number}]}
        history = {"rounds": [done, done], "chosen": done, "curve": curve}
        entry = data_of(report_page([Shown("even", EVEN, history)], EVEN).html)["automata"][0]
        assert {each["name"] for each in entry["curves"]} == names


@pytest.mark.usefixtures("brief")
def test_blocks_of_both_have_one_size_where_the_network_reads_short_words_only():
    short = Slow(EVEN, 0.0)
    short.longest = 3
    found = data_of(report_page([Shown("even", EVEN)], short, evidence=of(["", "a", "ab"])).html)
    ours, theirs = found["automata"][0]["block"], found["block"]["values"]
    assert np.shape(ours) == np.shape(theirs) == (3, 3)


def test_the_network_is_asked_about_each_word_once():
    asked = Slow(EVEN, 1e-9)
    remembered = remembering(asked)
    words = [(0,), (1, 0), (0,)]
    np.testing.assert_array_equal(remembered.scores(words), EVEN.scores(words))
    np.testing.assert_array_equal(remembered.scores([(1, 0), (0, 0)]), EVEN.scores([(1, 0), (0, 0)]))
    assert asked.asked == 3
    assert remembered.scores([]).shape == (0, 1)
    assert remembering(EVEN) is EVEN


def test_counterexamples_are_kept_with_an_automaton():
    fifths = DFA(AB, [[1, 0], [2, 1], [3, 2], [4, 3], [0, 4]], [1, 0, 0, 0, 0])
    result = nerode.extract(Slow(fifths, 0.0), "lstar", effort=0.3)
    assert result.counterexamples
    assert all(result.automaton.predict([word]) == fifths.predict([word]) for word in result.counterexamples)
    assert max(map(len, result.counterexamples)) >= 3
