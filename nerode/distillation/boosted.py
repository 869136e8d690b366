"""The student boosted: small trees added one after another, each fitted to the derivative of the loss.

Friedman: Greedy function approximation: a gradient boosting machine, 2001; for students Che, Purushotham, Khemani, Liu:
Distilling knowledge from deep networks with applications to healthcare domain, 2015.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from math import log2
from typing import Any

import numpy as np
from scipy.special import softmax

from nerode.distillation.constant import constant, none_smaller
from nerode.distillation.growing import GROWTH, forest, grown
from nerode.distillation.held_out import held_out
from nerode.distillation.lessons import Lessons
from nerode.distillation.responses import as_logits, scaled, scaling, student_link
from nerode.distillation.selection import features_of
from nerode.distillation.settings import FeatureSettings
from nerode.extraction.method import Method, Task
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, Binary, Link, Value
from nerode.words import FloatArray, IntArray

WORDS = (1000, 4000, 16_000)  # of the lessons
MOST = 400  # n-grams, and places
LEAVES, RATE, TREES = 16, 0.2, 400  # of a tree; what of it is added; how many
EACH = 25  # trees after which the forest is a hypothesis
FEW = 5  # trees that there are at least where the leaves are limited
GAINLESS = 3  # hypotheses without a gain, after which a forest grows no more


def _boosted(task: Task) -> Generator[Any, None, str]:
    link, lessons = student_link(task.teacher.link), Lessons(task, WORDS)
    response, most = task.settings.response, task.states
    leaves = LEAVES if most is None else max(2, min(LEAVES, most // FEW))
    each = EACH if most is None else max(1, min(EACH, most // leaves))
    for taught in lessons:
        features = features_of(taught.words, task.teacher, task.settings, MOST)
        table = features.matrix(taught.words).astype(np.float32)
        scale, shift = scaling(link, taught.answers)
        answers = scaled(taught.answers, scale, shift)
        scores, trees, errors = np.zeros_like(answers.scores), [], []
        for number in range(1, TREES + 1):
            task.meter.check()
            task.meter.effort += GROWTH * table.nnz * log2(leaves)
            gradient = response(link, scores, answers)[1]
            made = grown(table, -gradient, leaves, task.rng)
            steps = RATE * _newton(link, scores, gradient, made.reached, len(made.asked))
            trees.append(replace(made, values=steps))
            scores = scores + steps[made.reached]
            if number % each == 0:
                student = forest(features, link, trees, scale, shift)
                if most is not None and student.size > most:
                    break
                yield student
                errors.append(task.ledger.rounds[-1].error)
                if len(errors) > GAINLESS and min(errors[-GAINLESS:]) >= min(errors[:-GAINLESS]):
                    break
    return lessons.reason


def _newton(link: Link, scores: FloatArray, gradient: FloatArray, reached: IntArray, nodes: int) -> FloatArray:
    """Return the step (nodes, width) of Newton's method for each leaf, coordinate by coordinate.

    The curvature is that of the loss at T = 1; at others it is a rule of thumb.

    Parameters
    ----------
    scores, gradient : (n, width), of the words so far
    reached : (n,), the leaf of each word
    nodes : of the tree
    """
    if isinstance(link, Value):
        curvature = np.ones_like(gradient)
    else:
        likely = softmax(as_logits(link, scores), axis=1)
        likely = likely[:, 1:] if isinstance(link, Binary) else likely
        curvature = likely * (1 - likely)
    slopes, curves = np.zeros((nodes, gradient.shape[1])), np.zeros((nodes, gradient.shape[1]))
    np.add.at(slopes, reached, gradient)
    np.add.at(curves, reached, curvature)
    steps: FloatArray = -slopes / (curves + 1.0)
    return steps


METHOD = Method(
    (CLASSIFIER, LANGUAGE_MODEL, SCORES), _boosted, longest=20, frugality=0.002, constant=constant, smaller=none_smaller,
    settings=FeatureSettings, held_out=held_out, near=True,
)  # fmt: skip
