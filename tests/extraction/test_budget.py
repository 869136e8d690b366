import time

import numpy as np
import pytest
from doubles import WholeWords, words_up_to

from nerode.datasets.random_automata import random_dfa, random_wfa
from nerode.errors import BudgetExhausted
from nerode.extraction import budget
from nerode.extraction.budget import metered
from nerode.extraction.hankel.tables import tabulate
from nerode.extraction.meter import CALL, LETTER, Meter
from nerode.protocols import SteppingTeacher, TwoWayTeacher
from nerode.stepping import TwoWay, prefix_scores

WORDS = words_up_to(2, 3)


def kinds(rng):
    forward, backward = random_wfa(rng, 3, 2), random_wfa(rng, 3, 2)
    return {"stepping": forward, "two-way": TwoWay(forward, backward), "whole words": WholeWords(forward)}


KINDS = ["stepping", "two-way", "whole words"]


def test_the_limit_on_queries_is_kept_exactly():
    meter = Meter(queries_limit=10)
    meter.charge(4)
    meter.charge(6)
    assert meter.queries == 10
    meter.charge(0)
    with pytest.raises(BudgetExhausted) as caught:
        meter.charge(1)
    assert caught.value.reason == "queries"
    assert meter.queries == 10


def test_a_batch_that_would_pass_the_limit_is_not_counted():
    meter = Meter(queries_limit=10)
    with pytest.raises(BudgetExhausted):
        meter.charge(11)
    assert meter.queries == 0
    meter.charge(10)


def test_the_limit_on_time(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    meter = Meter(seconds_limit=5, started=100.0)
    meter.charge(1)
    now[0] = 104.9
    meter.check()
    assert meter.seconds == pytest.approx(4.9)
    now[0] = 105.0
    for ask in (meter.check, lambda: meter.charge(1)):
        with pytest.raises(BudgetExhausted) as caught:
            ask()
        assert caught.value.reason == "time"
    assert meter.queries == 1


def test_without_limits_nothing_stops():
    meter = Meter()
    meter.charge(10**12)
    meter.check()
    assert 0 <= meter.seconds < 60


@pytest.mark.parametrize("kind", KINDS)
def test_a_metered_teacher_is_of_the_same_kind_and_answers_alike(rng, kind):
    teacher = kinds(rng)[kind]
    asked = metered(teacher, Meter())
    assert isinstance(asked, SteppingTeacher) == (kind == "stepping")
    assert isinstance(asked, TwoWayTeacher) == (kind == "two-way")
    assert (asked.alphabet, asked.width, asked.link) == (teacher.alphabet, teacher.width, teacher.link)
    np.testing.assert_allclose(asked.scores(WORDS), teacher.scores(WORDS), rtol=1e-12)  # whole words, or letter by letter
    np.testing.assert_array_equal(prefix_scores(asked, WORDS)[0], prefix_scores(teacher, WORDS)[0])
    np.testing.assert_array_equal(tabulate(asked, WORDS, WORDS[:4]), tabulate(teacher, WORDS, WORDS[:4]))


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_is_counted_once(rng, kind):
    meter = Meter()
    asked = metered(kinds(rng)[kind], meter)
    asked.scores(WORDS)
    assert meter.queries == len(WORDS)
    asked.scores([])
    assert meter.queries == len(WORDS)


def test_both_directions_together_are_one_query(rng):
    meter = Meter()
    tabulate(metered(kinds(rng)["two-way"], meter), WORDS, WORDS[:4])
    assert meter.queries == len(WORDS) * 4


def test_states_that_are_read_are_counted(rng):
    meter = Meter()
    asked = metered(random_dfa(rng, 4, 2), meter)
    states = asked.advance(asked.start(), np.zeros(5, np.int64), np.array([0, 1, 0, 1, 1]))
    assert meter.queries == 0
    asked.read(states)
    assert meter.queries == 5


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_limit_forbids_is_not_asked(rng, kind):
    """At most the limit is asked, and nothing after it."""
    teacher = kinds(rng)[kind]
    meter = Meter(queries_limit=20)
    asked = metered(teacher, meter)
    asked.scores(WORDS)
    with pytest.raises(BudgetExhausted):
        asked.scores(WORDS)
    assert meter.queries <= 20
    if kind == "whole words":
        assert teacher.asked == WORDS


def test_time_is_looked_at_while_stepping(rng):
    asked = metered(random_dfa(rng, 4, 2), Meter(seconds_limit=0.0))
    with pytest.raises(BudgetExhausted):
        asked.advance(asked.start(), np.zeros(1, np.int64), np.zeros(1, np.int64))


def test_the_part_that_is_spent_is_that_of_the_nearer_limit(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    meter = Meter(seconds_limit=10, queries_limit=100, started=0.0)
    by_time, free = Meter(seconds_limit=10, started=0.0), Meter(started=0.0)
    now[0] = 2.0
    for each in (meter, by_time, free):
        each.charge(50)
    assert (meter.part_spent, by_time.part_spent, free.part_spent) == (0.5, 0.2, 0.0)
    now[0] = 8.0
    assert (meter.part_spent, by_time.part_spent, free.part_spent) == (0.8, 0.8, 0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_work_is_the_letters_that_are_read_and_the_calls_and_no_clock_has_a_part_in_it(rng, monkeypatch, kind):
    clock = iter(range(10**9))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    teacher, letters = kinds(rng)[kind], sum(len(word) + (kind == "whole words") for word in WORDS)
    longest, efforts = max(map(len, WORDS)), []
    for _ in range(2):
        meter = Meter(effort_limit=1.0)
        metered(teacher, meter).scores(WORDS)
        efforts.append(meter.effort)
    assert efforts[0] == efforts[1]
    calls = {"whole words": 1, "stepping": longest, "two-way": 2 * longest}[kind]  # a step reads a letter of every word
    assert efforts[0] == pytest.approx(letters * LETTER * (2 if kind == "two-way" else 1) + calls * CALL)


def test_each_part_of_whole_words_is_a_call(rng, monkeypatch):
    """Words that have many letters together are asked in parts, and how often a teacher is asked is counted."""
    monkeypatch.setattr(budget, "LETTERS", 10)
    parts = []

    class Watched(WholeWords):
        def scores(self, words):
            parts.append(len(words))
            return super().scores(words)

    meter = Meter()
    metered(Watched(random_wfa(rng, 3, 2)), meter).scores(WORDS)
    assert len(parts) > 2
    assert sum(parts) == len(WORDS)
    assert meter.effort == pytest.approx(CALL * len(parts) + LETTER * sum(len(word) + 1 for word in WORDS))


def test_the_limit_on_effort():
    meter = Meter(effort_limit=2.0)
    assert meter.stage(1.0)(1.5) == pytest.approx(0.75)
    meter.check()
    meter.stage(1.0)(0.5)
    with pytest.raises(BudgetExhausted) as caught:
        meter.check()
    assert caught.value.reason == "effort"


def test_a_stage_has_its_share_of_the_nearer_limit(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    meter = Meter(seconds_limit=100.0, effort_limit=10.0)
    now[0] = 20.0
    stage = meter.stage(0.6)  # begins at a fifth, and may last two fifths
    assert stage(0.0) == 0.0
    now[0] = 40.0
    assert stage(0.0) == pytest.approx(0.5)
    assert stage(5.0) == pytest.approx(0.75)  # half of the work is done
    assert stage(5.0) == 1.0
    assert Meter().stage(0.5)(1e9) == 0.0  # without a limit none of it is ever over
    assert meter.stage(0.1)(0.0) == 1.0  # begun after its end
