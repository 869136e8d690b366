"""Teachers that raise exceptions of their own: what was learned by then is handed back, and our own errors are not theirs."""

import numpy as np
import pytest
from doubles import (
    Branching,
    Failing,
    FailingBranching,
    FailingStepping,
    FailingTree,
    Stepping,
    Tree,
    WholeWords,
    words_up_to,
)
from methods_of import CLASSIFYING, MODELLING, PASSIVE
from thorough import paired, times

from nerode.arrays import fetched, joined
from nerode.datasets.random_automata import random_dfa, random_pdfa
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.budget import TeacherFailed, metered
from nerode.extraction.hankel.tables import tabulate
from nerode.extraction.ledger import Ledger
from nerode.extraction.loop import extract
from nerode.extraction.meter import Meter
from nerode.extraction.reasons import BUDGET_REASONS, FAILED
from nerode.stepping import TwoWay, prefix_scores

KINDS = {
    "whole words": (WholeWords, Failing),
    "stepping": (Stepping, FailingStepping),
    "branching": (Branching, FailingBranching),
    "tree": (Tree, FailingTree),
    "forwards": (lambda dfa: TwoWay(Stepping(dfa), dfa), lambda dfa, *when: TwoWay(FailingStepping(dfa, *when), dfa)),
    "backwards": (lambda dfa: TwoWay(dfa, Branching(dfa)), lambda dfa, *when: TwoWay(dfa, FailingBranching(dfa, *when))),
}


def attempt(teacher, method):
    """The extraction, or why there is none."""
    try:
        return extract(teacher, method, seconds=None)
    except InputError as error:
        return error


@pytest.mark.parametrize(("method", "kind"), paired(CLASSIFYING, KINDS, share=3))
@pytest.mark.sampled(4)
def test_what_was_learned_is_handed_back_with_the_exception(frugal, method, kind):
    """Wherever it fails; once it has failed it is not asked again."""
    target = random_dfa(np.random.default_rng(1), 5, 2)
    sound, failing = KINDS[kind]
    complete = extract(sound(target), method, seconds=None)
    calls, outcomes = 1, []
    while calls < 10**7:
        result = attempt(failing(target, calls), method)
        if isinstance(result, InputError):
            assert isinstance(result.__cause__, ConnectionError)
            assert "before anything was learned (ConnectionError: the service went away)" in str(result)
            outcomes.append(0)
            calls *= 4
            continue
        assert (result.stop_reason == FAILED) <= isinstance(result.failure, ConnectionError)
        if result.failure is None:
            break
        assert result.verdict is None
        assert any("no verdict" in sentence for sentence in result.left_out)
        assert result.automaton.predict(words_up_to(2, 3)).shape == (15,)
        assert [done.states for done in result.rounds] == [done.states for done in complete.rounds][: len(result.rounds)]
        outcomes.append(len(result.rounds))
        calls = 1 + 2 * calls if method in PASSIVE else calls * times(8, 5) // 2  # these ask little after the first hypothesis
    assert result.stop_reason == complete.stop_reason
    assert outcomes == sorted(outcomes)
    assert outcomes[0] == 0
    assert outcomes[-1] > 1
    assert FAILED in BUDGET_REASONS


@pytest.mark.parametrize(
    ("method", "kind"),
    paired([name for name in MODELLING if name != "spectral"], ["whole words", "stepping", "branching", "tree"], share=3),
)
@pytest.mark.sampled(2)
def test_what_was_learned_of_a_model_is_handed_back_with_the_exception(frugal, method, kind):
    """Wherever it fails; the last question is one of learning, since there is no verdict."""
    target = random_pdfa(np.random.default_rng(3), 5, 2)
    whole = KINDS[kind][1](target, 10**9)
    complete = attempt(whole, method)
    calls, outcomes = 10**9 - whole.calls, []
    for part in (0.01, 0.5, 0.8, 0.95, 1):
        result = attempt(KINDS[kind][1](target, max(1, int(part * calls))), method)
        if isinstance(result, InputError):
            assert "before anything was learned (ConnectionError: the service went away)" in str(result)
            outcomes.append(0)
            continue
        assert result.stop_reason == FAILED
        assert isinstance(result.failure, ConnectionError)
        assert [done.states for done in result.rounds] == [done.states for done in complete.rounds][: len(result.rounds)]
        outcomes.append(len(result.rounds))
    assert outcomes == sorted(outcomes)
    assert outcomes[0] == 0
    assert outcomes[-1] > 1


class Recovering(Failing):
    """A service that fails once: the `calls`-th question."""

    def question(self):
        self.calls -= 1
        if self.calls == 0:
            raise self.error


@pytest.mark.parametrize("method", CLASSIFYING)
@pytest.mark.sampled(3)
def test_a_teacher_that_failed_is_not_asked_again(frugal, method):
    """Not for the verdict either, though it would answer."""
    target = random_dfa(np.random.default_rng(1), 5, 2)
    whole = Recovering(target, 10**9)
    complete = extract(whole, method, seconds=None)
    assert complete.verdict is not None
    teacher = Recovering(target, (10**9 - whole.calls) // 2)
    result = extract(teacher, method, seconds=None)
    assert (result.stop_reason, result.verdict, teacher.calls) == (FAILED, None, 0)
    assert result.failure is teacher.error


@pytest.mark.parametrize("method", CLASSIFYING)
@pytest.mark.sampled(3)
def test_a_failure_in_the_verdict_loses_nothing_else(frugal, method):
    target = random_dfa(np.random.default_rng(1), 5, 2)
    whole = Failing(target, 10**9)
    complete = extract(whole, method, seconds=None)
    result = extract(Failing(target, 10**9 - whole.calls), method, seconds=None)  # the last time that it is asked
    assert (result.stop_reason, result.queries, result.chosen.states) == (
        complete.stop_reason, complete.queries, complete.chosen.states,
    )  # fmt: skip
    assert isinstance(result.failure, ConnectionError)
    assert result.verdict is None


def test_a_language_model_may_fail_while_words_are_drawn_from_it(frugal):
    model = random_pdfa(np.random.default_rng(3), 4, 2)
    with pytest.raises(InputError, match=r"ConnectionError: the service went away"):
        extract(FailingStepping(model, 3), seconds=None)


def test_an_error_of_ours_is_not_taken_for_a_failure(frugal, monkeypatch):
    def add(self, hypothesis):
        if self.rounds:
            raise ZeroDivisionError
        plain(self, hypothesis)

    plain = Ledger.add
    monkeypatch.setattr(Ledger, "add", add)
    with pytest.raises(ZeroDivisionError):
        extract(random_dfa(np.random.default_rng(1), 5, 2), "lstar", seconds=None)


# the wrapper


class Distant:
    """Scores that a device is still computing: what is wrong with them is known when they are fetched."""

    def __init__(self, scores, error):
        self.scores, self.error = scores, error

    nbytes = 8

    def __len__(self):
        return len(self.scores)

    def __getitem__(self, which):
        return Distant(self.scores[which], self.error)

    def reshape(self, *shape):
        return Distant(self.scores.reshape(*shape), self.error)


@joined.register
def _(first: Distant, parts):
    return Distant(np.concatenate([part.scores for part in parts]), first.error)


@fetched.register
def _(scores: Distant):
    if scores.error:
        raise scores.error
    return scores.scores


class DistantBranching(Branching):
    def __init__(self, inner, error=None):
        super().__init__(inner)
        self.error = error

    def read_later(self, states):
        return Distant(super().read_later(states), self.error)


class DistantTree(Tree):
    def __init__(self, inner, error=None):
        super().__init__(inner)
        self.error = error

    def read_tree(self, *question):
        for scores in super().read_tree(*question):
            yield Distant(scores, self.error)


WORDS = words_up_to(2, 4)


@pytest.mark.parametrize("far", [DistantBranching, DistantTree])
def test_late_answers_are_the_same_and_fail_as_early_ones_do(far):
    target = random_dfa(np.random.default_rng(1), 5, 2)
    np.testing.assert_array_equal(
        tabulate(metered(far(target), Meter()), WORDS, WORDS), tabulate(target, WORDS, WORDS)
    )  # fmt: skip
    error = RuntimeError("device lost")
    with pytest.raises(TeacherFailed) as caught:
        tabulate(metered(far(target, error), Meter()), WORDS, WORDS)
    assert caught.value.failure is error


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "ask", [lambda t: t.scores(WORDS), lambda t: prefix_scores(t, WORDS), lambda t: tabulate(t, WORDS, WORDS)]
)
def test_every_way_of_asking_tells_failures_from_refusals(kind, ask):
    target = random_dfa(np.random.default_rng(1), 5, 2)
    failing = KINDS[kind][1]
    for error in (ValueError("wrong"), OSError(5, "gone"), StopIteration()):
        with pytest.raises(TeacherFailed) as caught:
            ask(metered(failing(target, 1, error), Meter()))
        assert caught.value.failure is error
    for error in (InputError("no"), BudgetExhausted("time"), MemoryError(), KeyboardInterrupt()):
        with pytest.raises(type(error)) as caught:
            ask(metered(failing(target, 1, error), Meter()))
        assert caught.value is error
