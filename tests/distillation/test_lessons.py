"""How large lessons are under limits, and which limit is told."""

from types import SimpleNamespace

import pytest
from shell import DEMO

import nerode
from nerode.distillation import lessons
from nerode.distillation.settings import ResponseSettings
from nerode.errors import BudgetExhausted
from nerode.extraction.meter import Meter

HOURS = 10_000.0  # beside which what a test takes is nothing


@pytest.mark.parametrize(
    ("seconds", "queries", "least", "most", "reason"),
    [
        (HOURS, None, 6900, 7000, "time"),  # the rest is for learning
        (HOURS, 6000, 6000, 6000, "queries"),
        (HOURS, 8000, 6900, 7000, "time"),
        (None, 9999, 9999, 9999, "queries"),
        (None, None, 10_000, 10_000, ""),
        (2 * HOURS, 20_000, 10_000, 10_000, ""),
    ],
)
def test_a_lesson_leaves_time_to_learn_and_names_the_limit(monkeypatch, seconds, queries, least, most, reason):
    task = SimpleNamespace(
        meter=Meter(seconds, queries, pace=1.0), settings=ResponseSettings(), ledger=SimpleNamespace(lowest=0.5, rounds=[None])
    )
    found, _ = lessons._affordable(task, 10_000)
    assert least <= found <= most
    monkeypatch.setattr(lessons, "lesson", lambda *given: "taught")
    growing = iter(lessons.Lessons(task, (10_000,)))
    assert next(growing) == "taught"
    if not reason:
        assert list(growing) == []
        return
    with pytest.raises(BudgetExhausted) as ended:
        next(growing)
    assert ended.value.reason == reason


@pytest.mark.parametrize("kind", ["regression", "tree", "soft-tree", "gru"])
@pytest.mark.parametrize("queries", [120, 500])
@pytest.mark.sampled(4)
def test_few_questions_teach_something(kind, queries):
    """The first lesson is as small as the limit, and not the reason why a student is a constant."""
    result = nerode.distill(nerode.load_teacher(DEMO), kind, queries=queries, effort=0.3, seconds=None)
    assert len(result.rounds) > 1
    assert 0.6 * queries <= result.queries <= queries


def test_later_lessons_are_no_smaller_than_half():
    task = SimpleNamespace(meter=Meter(None, 600), ledger=SimpleNamespace(rounds=[None]))
    assert lessons._affordable(task, 10_000) == (600, "queries")
    task.ledger.rounds.append(None)
    assert lessons._affordable(task, 10_000) == (10_000, "")
