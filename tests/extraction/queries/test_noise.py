"""Teachers that contradict themselves, or are unsure: learning ends, and says so."""

import numpy as np
import pytest
from doubles import Noisy
from learning import LEARNERS, Flipped, NoisyReading, RandomSearch, Shaky
from thorough import up_to

from nerode.automata.operations import equivalent
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.rounds import NO_COUNTEREXAMPLE, STALLED, query_rounds

SEEDS = up_to(4, 500)
MOST_STATES = 60
ROUNDS = 200


def run(make, labels, seed, words=300):
    """All hypotheses and why there are no more; far more than there should be are an endless loop."""
    hypotheses = []
    rounds = query_rounds(make(labels, MOST_STATES), RandomSearch(seed, words), labels, 0)
    try:
        while len(hypotheses) < ROUNDS:
            hypotheses.append(next(rounds))
    except StopIteration as end:
        return hypotheses, end.value
    except BudgetExhausted as end:
        return hypotheses, end.reason
    raise AssertionError("learning does not end")


@pytest.mark.parametrize("noise", [Noisy, NoisyReading])
@pytest.mark.parametrize("name", LEARNERS)
@pytest.mark.sampled(3)
def test_a_teacher_that_contradicts_itself_is_found_out(name, noise):
    """One answer in 20 is wrong, anew each time: hypotheses stay whole and learning ends, with contradictions counted."""
    ends, counted = [], []
    for seed in SEEDS:
        target = random_dfa(np.random.default_rng(seed), 8, 2)
        labels = Labels(noise(target, 0.05, seed))
        hypotheses, end = run(LEARNERS[name], labels, seed)
        assert hypotheses
        assert all(hypothesis.states <= MOST_STATES for hypothesis in hypotheses)
        ends.append(end)
        counted.append(labels.contradictions > 0)
    assert set(ends) <= {STALLED, "states"}
    assert np.mean(counted) > 0.8


@pytest.mark.parametrize("name", LEARNERS)
def test_noise_of_more_classes(name):
    for seed in range(4):
        labels = Labels(NoisyReading(random_dfa(np.random.default_rng(seed), 8, 3, 4), 0.05, seed))
        hypotheses, end = run(LEARNERS[name], labels, seed)
        assert end in (STALLED, "states")
        assert all(hypothesis.classes == 4 for hypothesis in hypotheses)


@pytest.mark.parametrize("name", LEARNERS)
@pytest.mark.sampled(2)
def test_wrong_answers_that_stay_the_same_are_another_language(name):
    """Nothing contradicts itself, so that nothing stalls: the hypothesis grows until it may not."""
    for seed in range(3):
        labels = Labels(Flipped(random_dfa(np.random.default_rng(seed), 8, 2), 0.05, seed))
        hypotheses, end = run(LEARNERS[name], labels, seed)
        assert end == "states"
        assert hypotheses[-1].states > 8 or name == "table"  # which may take many states at once
        assert labels.contradictions == 0


@pytest.mark.parametrize("name", LEARNERS)
def test_an_honest_teacher_does_not_contradict_itself(name):
    for seed in range(10):
        target = random_dfa(np.random.default_rng(seed), 8, 2)
        labels = Labels(target)
        hypotheses, end = run(LEARNERS[name], labels, seed)
        assert end == NO_COUNTEREXAMPLE
        assert equivalent(hypotheses[-1], target)
        assert labels.contradictions == 0


TREES = [name for name in LEARNERS if name != "table"]


@pytest.mark.parametrize("name", TREES)
def test_what_is_near_the_threshold_is_left_out(name):
    """One word in 100 is a coin's: with a band most targets are had all the same, and without it none."""
    right, without = [], []
    for seed in (seeds := up_to(3, 100)):
        target = random_dfa(np.random.default_rng(seed), 8, 2)
        teacher = Shaky(target, 0.01, seed)
        hypotheses, _ = run(LEARNERS[name], Labels(teacher, band=0.1), seed, 2000)
        right.append(equivalent(hypotheses[-1], target))
        hypotheses, _ = run(LEARNERS[name], Labels(teacher), seed, 2000)
        without.append(equivalent(hypotheses[-1], target))
    assert sum(right) > len(seeds) / 2
    assert not any(without)


def test_a_table_leaves_nothing_out():
    """Each row has a label for each suffix; it says so instead of taking unsure ones for a class of their own."""
    with pytest.raises(InputError, match="band"):
        LEARNERS["table"](Labels(tomita(1), band=0.1))
