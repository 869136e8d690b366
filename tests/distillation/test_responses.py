"""Losses against their definitions, and gradients against finite differences."""

import numpy as np
import pytest

from nerode.distillation.responses import Answers, Response, answers_of, student_link, together
from nerode.links import Binary, Multiclass, NextSymbol, Value

LINKS = [(Binary(), 1), (Multiclass(), 3), (NextSymbol(2), 3), (Value(), 2)]


def by_definition(link, alpha, t, student, teacher, label, known):
    """The loss of one word, by its formula."""
    if isinstance(link, Value):
        return ((student - teacher) ** 2).sum() / 2
    s, w = (np.array([0.0, x[0]]) if isinstance(link, Binary) else x for x in (student, teacher))
    soft = [np.exp(x / t) / np.exp(x / t).sum() for x in (s, w)]
    divergence = sum(q * np.log(q / p) for p, q in zip(*soft, strict=True))
    entropy = -np.log(np.exp(s[label]) / np.exp(s).sum()) if label >= 0 else 0.0
    return alpha * entropy / known + (1 - alpha) * t**2 * divergence


@pytest.mark.parametrize(("link", "width"), LINKS)
@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("t", [1.0, 3.0])
def test_costs_and_gradients(link, width, alpha, t):
    rng = np.random.default_rng(0)
    student, teacher = rng.normal(size=(2, 6, width)) * 2
    labels = np.array([-1, 0, max(width, 2) - 1, -1, 1, 0])
    answers, known = together(teacher, labels), 4 / 6
    costs, gradient = Response(alpha, t)(link, student, answers)
    right = [by_definition(link, alpha, t, s, w, label, known) for s, w, label in zip(student, teacher, labels, strict=True)]
    assert costs == pytest.approx(right, abs=1e-12)
    step = 1e-6
    for column in range(width):
        up, down = student.copy(), student.copy()
        up[:, column] += step
        down[:, column] -= step
        slope = (Response(alpha, t)(link, up, answers)[0] - Response(alpha, t)(link, down, answers)[0]) / (2 * step)
        assert gradient[:, column] == pytest.approx(slope, abs=1e-6)


def test_the_factor_keeps_gradients_of_one_size():
    """Without T² they would shrink by T² where T is large."""
    rng = np.random.default_rng(1)
    student, teacher = rng.normal(size=(2, 100, 4))
    answers = Answers(teacher, np.full(100, -1))
    sizes = [np.abs(Response(0.0, t)(Multiclass(), student, answers)[1]).mean() for t in (10.0, 100.0)]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.1)


@pytest.mark.parametrize("alpha", [0.0, 0.4, 1.0])
def test_targets_have_the_least_loss(alpha):
    rng = np.random.default_rng(2)
    for link, width in LINKS[:3]:
        answers = together(rng.normal(size=(5, width)), np.array([0, -1, 1, max(width, 2) - 1, -1]))
        targets, weights = Response(alpha).targets(link, answers)
        assert weights == pytest.approx((1 - alpha) + np.where(answers.labels < 0, 0, alpha * 5 / 3))
        assert targets.sum(axis=1) == pytest.approx(np.ones(5))
        logs = np.log(np.maximum(targets, 1e-12))
        scores = logs[:, 1:] - logs[:, :1] if isinstance(link, Binary) else logs
        assert np.abs(Response(alpha)(link, scores, answers)[1]).max() < 1e-9


def test_labels_have_their_weight_however_few_there_are():
    """The mean of all costs is α times that of the words with labels, and 1 − α times that of all words."""
    rng = np.random.default_rng(3)
    student, teacher = rng.normal(size=(2, 50, 3))
    labels = np.where(np.arange(50) < 5, rng.integers(0, 3, 50), -1)
    alone, taught = (Response(a)(Multiclass(), student, together(teacher, labels))[0] for a in (1.0, 0.0))
    mixed = Response(0.3)(Multiclass(), student, together(teacher, labels))[0]
    assert (alone[5:] == 0).all()
    assert alone.mean() == pytest.approx(Response(1.0)(Multiclass(), student[:5], together(teacher[:5], labels[:5]))[0].mean())
    assert mixed.mean() == pytest.approx(0.3 * alone.mean() + 0.7 * taught.mean())


def test_impossible_symbols_cost_nothing():
    teacher = NextSymbol(2, ends=False)
    answers = answers_of(teacher, np.array([[1.0, 2.0, 5.0]]))
    assert answers.scores[0, 2] == -np.inf
    costs, gradient = Response()(student_link(teacher), np.zeros((1, 3)), answers)
    assert np.isfinite(costs).all()
    assert np.isfinite(gradient).all()
    assert answers.labels.tolist() == [1]
