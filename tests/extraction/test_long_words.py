"""Limits on time where words are very long: work is cut. The clock is one that goes as letters are read."""

import time

import numpy as np
import pytest
from doubles import Stepping, WholeWords, random_words
from methods_of import CLASSIFYING, PASSIVE, suited

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.wfa import WFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa, random_wfa
from nerode.errors import BudgetExhausted
from nerode.extraction import source as sources
from nerode.extraction.budget import LETTERS, metered
from nerode.extraction.hankel.basis import LONGEST_PREFIX, Basis
from nerode.extraction.held_out import HeldOut
from nerode.extraction.loop import LATE, extract
from nerode.extraction.meter import Meter
from nerode.extraction.methods import METHODS
from nerode.extraction.source import FAR_LONGER, FARTHEST, WordSource
from nerode.extraction.verdict import Verdict, judge
from nerode.stepping import TwoWay

LONG = 20_000
STEP = 0.002  # seconds that a letter takes


class Walking(Stepping):
    """Counts how often it takes a step for a letter of all the words that are read side by side."""

    walked = 0

    def advance(self, states, parents, symbols):
        self.walked += 1
        return super().advance(states, parents, symbols)

    def scores(self, words):
        self.walked += max(map(len, words), default=0)
        return super().scores(words)


class OneByOne(WholeWords):
    """Reads words one after the other."""

    walked = 0

    def scores(self, words):
        self.walked += sum(map(len, words))
        return super().scores(words)


def long_word(rng, letters=LONG):
    return tuple(rng.integers(2, size=letters).tolist())


@pytest.fixture
def clock(monkeypatch):
    """Time that passes only while the teachers in this list read."""
    teachers = []
    monkeypatch.setattr(time, "monotonic", lambda: STEP * sum(teacher.walked for teacher in teachers))
    return teachers


# asking


@pytest.mark.parametrize("kind", ["stepping", "two-way"])
def test_the_clock_is_looked_at_at_every_letter(rng, clock, kind):
    teacher = Walking(tomita(5))
    clock.append(teacher)
    asked = metered(teacher if kind == "stepping" else TwoWay(teacher, tomita(5)), Meter(seconds_limit=5.0))
    with pytest.raises(BudgetExhausted):
        asked.scores([(0, 1), long_word(rng)])
    assert teacher.walked == 5.0 / STEP


def test_whole_words_are_asked_in_parts(rng, clock):
    """Those that fit into one part are asked at once, as before."""
    teacher = OneByOne(tomita(5))
    clock.append(teacher)
    few = random_words(rng, 2, 500, 40)
    np.testing.assert_array_equal(metered(teacher, Meter()).scores(few), tomita(5).scores(few))
    assert teacher.asked == few
    words = [*few, *(long_word(rng) for _ in range(4)), *few]
    np.testing.assert_array_equal(metered(teacher, Meter()).scores(words), tomita(5).scores(words))
    assert sorted(teacher.asked[len(few) :]) == sorted(words)
    before = teacher.walked
    with pytest.raises(BudgetExhausted):
        metered(teacher, Meter(seconds_limit=5.0)).scores(words)
    assert teacher.walked - before <= 5.0 / STEP + LETTERS


def test_sizes_are_not_weighed_when_time_is_up(frugal, monkeypatch):
    """Of a block there are many automata to weigh on held-out words, which nobody asks the teacher for."""
    now, weighed = [0.0], []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    plain = HeldOut.weigh

    def slow(self, *arguments, **options):
        now[0] += 0.1
        weighed.append(now[0])
        return plain(self, *arguments, **options)

    monkeypatch.setattr(HeldOut, "weigh", slow)
    result = extract(random_wfa(np.random.default_rng(1), 12, 2), refinement="none", seconds=3.0)
    assert result.stop_reason == "time"
    assert len(weighed) <= 30 + 2  # the last that was begun, and the ledger's


# which words


def test_far_longer_words_are_left_out_where_time_is_limited(rng):
    short = random_words(rng, 2, 300, 40)
    words = [*short, long_word(rng), long_word(rng, FARTHEST + 1)]
    source = WordSource(rng, tomita(5), words, hurried=True)
    assert sorted(source.given) == sorted(short)
    longest = max(map(len, short))
    assert source.left_out == [
        f"Left out: 2 given words of more than {longest} letters, since it would take too much of the limit on time to read what "
        "is far longer than the others."
    ]
    assert source.fresh(1000, 0.2)[1] == f"words like those given of at most {longest} letters, each counted once,"
    unhurried = WordSource(rng, tomita(5), words)
    assert sorted(unhurried.given) == sorted(words)
    assert unhurried.left_out == []
    same = [long_word(rng, FARTHEST), *(long_word(rng, length) for length in (300, 400, 500))]
    assert sorted(WordSource(rng, tomita(5), same, hurried=True).given) == sorted(same)
    same = [long_word(rng, FAR_LONGER * 400), *(long_word(rng, length) for length in (300, 400, 500))]
    assert sorted(WordSource(rng, tomita(5), same, hurried=True).given) == sorted(same)


def test_words_are_drawn_and_their_prefixes_learned_up_to_a_length(rng):
    words = [long_word(rng, 3 * FARTHEST) for _ in range(20)]
    source = WordSource(rng, tomita(5), words, hurried=True)
    assert sorted(source.given) == sorted(words)
    assert {len(word) for word in source.invent(100)} == {FARTHEST}
    learned = [word for portion in source.for_prefixes(50) for word in portion]
    assert {len(word) for word in learned} == {FARTHEST}
    assert {word[:FARTHEST] for word in words} <= set(learned)  # random ones stand beside them
    assert source.fresh(1000, 0.01)[1] == "random words as long as those given up to 1,000 letters"


def test_a_long_suffix_does_not_bring_all_its_prefixes(rng):
    words = [long_word(rng, 3 * LONGEST_PREFIX) for _ in range(30)]
    plain = Basis(np.random.default_rng(0), words).grow(20, 15, None)[1]
    closed = Basis(np.random.default_rng(0), words, closed=True).grow(20, 15, None)[1]
    beginnings = {suffix[:length] for suffix in plain for length in range(min(len(suffix), LONGEST_PREFIX) + 1)}
    assert set(closed) == beginnings | set(plain)
    assert max(map(len, plain)) > LONGEST_PREFIX


# extractions


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", [Walking, OneByOne])
@pytest.mark.sampled(6)
def test_one_long_word_among_short_ones_costs_nothing(frugal, rng, clock, method, kind):
    teacher = kind(suited(method, random_dfa(np.random.default_rng(1), 10, 2)))
    clock.append(teacher)
    words = [*random_words(rng, 2, 300, 20), long_word(rng)]
    result = extract(teacher, method, words=words, seconds=10_000.0)
    assert max(map(len, teacher.asked), default=0) < LONG
    assert result.stop_reason not in ("time", "teacher failed")
    assert "Left out: 1 given word" in result.left_out[0]
    assert teacher.walked < LONG or kind is OneByOne


@pytest.mark.parametrize(
    "method", [name for name in CLASSIFYING if name not in PASSIVE and name != "cfg"]
)  # those ask hardly anything, and grammars read no words of so many letters
@pytest.mark.parametrize("seconds", [1.0, 5.0, 10.0])
@pytest.mark.sampled(4)
def test_where_all_words_are_long_the_limit_holds(frugal, rng, clock, monkeypatch, method, seconds):
    """Automata read at the same pace. Weighing is not cut short, nor is what tells how a weight matters for rounding, and a
    second beside the limit is for the verdict."""
    monkeypatch.setattr(sources, "LEAST", 1)
    teacher, automata = Walking(random_dfa(np.random.default_rng(1), 10, 2)), Walking(tomita(1))
    clock += [teacher, automata]
    plain = WFA.advance

    def advance(self, *step):
        automata.walked += 1
        return plain(self, *step)

    monkeypatch.setattr(WFA, "advance", advance)
    monkeypatch.setattr(WFA, "scores", Automaton.scores)  # letter by letter
    longest = FARTHEST + 40
    words = [long_word(rng, longest - length) for length in range(40)]
    try:
        result = extract(teacher, method, words=words, seconds=seconds)
    except BudgetExhausted as end:
        assert (end.reason, seconds) == ("time", 1.0)  # noqa: PT017  (either outcome is right)
    else:
        assert result.stop_reason == "time"
        assert result.verdict is None
        assert result.left_out[-1] == "There is no verdict, since there was no time left to ask about fresh words."
        assert len(result.left_out) == 1 + (method == "spectral")  # whose numbers are not rounded
    assert teacher.walked + automata.walked <= (seconds + LATE) / STEP + 5 * longest


# the verdict


def test_a_verdict_that_takes_too_long_rests_on_fewer_words(rng, clock):
    teacher = OneByOne(tomita(4))
    clock.append(teacher)
    everything = DFA(teacher.alphabet, [[0, 0]], [1])
    words = [long_word(rng, 10) for _ in range(1000)]
    verdict = judge(everything, metered(teacher, Meter(seconds_limit=1.0)), words, "words", 0.05)
    assert verdict == Verdict(
        verdict.words, int((tomita(4).predict(words[: verdict.words]) == 0).sum()), "words", 0.05
    )  # fmt: skip
    assert 50 <= verdict.words < 100
    assert teacher.walked <= 2 * 1.0 / STEP
    assert judge(everything, metered(teacher, Meter(seconds_limit=0.0)), words, "words", 0.05) is None
