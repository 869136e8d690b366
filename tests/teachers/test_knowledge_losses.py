"""Losses of what is transferred: against brute force on tiny batches, and their gradients by finite differences."""

from itertools import product

import numpy as np
import pytest
import torch

from nerode.teachers.knowledge.explanations import explanations
from nerode.teachers.knowledge.features import attention, boundaries, hints, selectivity
from nerode.teachers.knowledge.relations import angles, distances, flow, similarity

N, LENGTH = 3, 4
THERE = torch.arange(LENGTH) < torch.tensor([4, 1, 3])[:, None]


def numbers(seed, *shape):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def unit(vector):
    return vector / np.linalg.norm(vector)


def huber(x):
    return x**2 / 2 if abs(x) < 1 else abs(x) - 0.5


def slow_hints(a, b):
    return sum((a[i, j] - b[i, j]) ** 2 for i, j in np.ndindex(a.shape)) / sum(b[i, j] ** 2 for i, j in np.ndindex(b.shape))


def slow_boundaries(a, b):
    costs = [max(0, 1 - a[i] if b[i] > 0 else 1 + a[i]) ** 2 for i in np.ndindex(a.shape)]
    return np.mean(costs)


def cut(states, i):
    """The states of word i at its own positions."""
    return states[i, : int(THERE[i].sum())]


def slow_attention(a, b):
    found = []
    for i in range(N):
        ours, theirs = (unit(np.array([sum(x**2 for x in state) for state in cut(states, i)])) for states in (a, b))
        found.append(sum((ours - theirs) ** 2))
    return np.mean(found)


def slow_selectivity(a, b):
    """The discrepancy as the distance of two means in the space of all products of two positions."""
    found = []
    for i in range(N):
        ours, theirs = ([unit(pattern) for pattern in cut(states, i).T] for states in (a, b))
        means = [np.mean([np.outer(p, p) for p in patterns], axis=0) for patterns in (ours, theirs)]
        found.append(((means[0] - means[1]) ** 2).sum())
    return np.mean(found)


def slow_similarity(a, b):
    def rows(states):
        return [unit(np.array([states[i] @ states[j] for j in range(N)])) for i in range(N)]

    return sum((x - y) ** 2 for x, y in zip(np.ravel(rows(a)), np.ravel(rows(b)), strict=True)) / N**2


def slow_distances(a, b):
    pairs = [(i, j) for i, j in product(range(N), repeat=2) if i != j]

    def of(states):
        found = {(i, j): np.linalg.norm(states[i] - states[j]) for i, j in pairs}
        return {pair: value / np.mean(list(found.values())) for pair, value in found.items()}

    ours, theirs = of(a), of(b)
    return np.mean([huber(ours[pair] - theirs[pair]) for pair in pairs])


def slow_angles(a, b):
    found = []
    for i, j, k in product(range(N), repeat=3):
        cosines = [0.0 if j in (i, k) else unit(s[i] - s[j]) @ unit(s[k] - s[j]) for s in (a, b)]
        found.append(huber(cosines[0] - cosines[1]))
    return np.mean(found)


def slow_flow(ours, theirs):
    above, below = 0.0, 0.0
    for i in range(N):
        a, b = (
            np.mean([np.outer(x, y) for x, y in zip(cut(first, i), cut(last, i), strict=True)], axis=0)
            for first, last in (ours, theirs)
        )
        above, below = above + ((a - b) ** 2).sum(), below + (b**2).sum()
    return above / below


ALONG = (N, LENGTH, 2), (N, LENGTH, 3)
CASES = {
    "features": (hints, slow_hints, ((5, 3), (5, 3))),
    "boundaries": (boundaries, slow_boundaries, ((5, 3), (5, 3))),
    "attention": (lambda a, b: attention(a, b, THERE), slow_attention, ALONG),
    "selectivity": (lambda a, b: selectivity(a, b, THERE), slow_selectivity, ALONG),
    "similarity": (similarity, slow_similarity, ((N, 2), (N, 3))),
    "distances": (distances, slow_distances, ((N, 2), (N, 3))),
    "angles": (angles, slow_angles, ((N, 2), (N, 3))),
    "flow": (lambda a, c, b, d: flow((a, c), (b, d), THERE), lambda a, c, b, d: slow_flow((a, c), (b, d)), ALONG * 2),
    "explanations": (explanations, slow_hints, ((N, LENGTH), (N, LENGTH))),
}


@pytest.mark.parametrize("name", CASES)
def test_losses_are_those_of_the_papers(name):
    fast, slow, shapes = CASES[name]
    for seed in range(5):
        given = [numbers(10 * seed + k, *shape) for k, shape in enumerate(shapes)]
        found = float(fast(*given))
        assert found == pytest.approx(float(slow(*(part.numpy() for part in given))), rel=1e-10)
        assert found > 1e-3


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_finite_differences(name):
    fast, _, shapes = CASES[name]
    given = [numbers(k, *shape).requires_grad_() for k, shape in enumerate(shapes)]
    assert torch.autograd.gradcheck(fast, given)


@pytest.mark.parametrize("name", [name for name in CASES if name not in ("flow", "boundaries")])
def test_nothing_is_to_be_learned_from_oneself(name):
    fast, _, shapes = CASES[name]
    same = numbers(3, *shapes[1])
    assert float(fast(same, same)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_words_that_fall_together_have_gradients(name):
    fast, _, shapes = CASES[name]
    given = [torch.zeros(*shape, dtype=torch.float64).requires_grad_() for shape in shapes]
    loss = fast(*given)
    loss.backward()
    assert torch.isfinite(loss)
    assert all(torch.isfinite(part.grad).all() for part in given if part.grad is not None)
