"""The student tree: a decision tree over features of words, by scikit-learn.

It is fitted to the distributions that the teacher gives, or to its values, and grows the best leaf first.
Breiman, Friedman, Olshen, Stone: Classification and regression trees, 1984.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from math import log2
from typing import Any

import numpy as np

from nerode.distillation.constant import constant, none_smaller
from nerode.distillation.growing import GROWTH, forest, grown
from nerode.distillation.held_out import held_out
from nerode.distillation.lessons import Lessons
from nerode.distillation.responses import as_scores, scaled, scaling, student_link
from nerode.distillation.selection import features_of
from nerode.distillation.settings import FeatureSettings
from nerode.extraction.method import Method, Task
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES

WORDS = (1000, 4000, 16_000, 50_000)  # of the lessons
MOST = 400  # n-grams, and places
LEAVES = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


def _tree(task: Task) -> Generator[Any, None, str]:
    link, lessons = student_link(task.teacher.link), Lessons(task, WORDS)
    for taught in lessons:
        features = features_of(taught.words, task.teacher, task.settings, MOST)
        table = features.matrix(taught.words).astype(np.float32)
        scale, shift = scaling(link, taught.answers)
        targets, weights = task.settings.response.targets(link, scaled(taught.answers, scale, shift))
        for leaves in LEAVES:
            if leaves > min(len(taught.words), task.states or leaves):
                break
            task.meter.check()
            task.meter.effort += GROWTH * table.nnz * log2(leaves)
            made = grown(table, targets, leaves, task.rng, weights)
            yield forest(features, link, [replace(made, values=as_scores(link, made.values))], scale, shift)
    return lessons.reason


METHOD = Method(
    (CLASSIFIER, LANGUAGE_MODEL, SCORES), _tree, longest=20, frugality=0.002, constant=constant, smaller=none_smaller,
    settings=FeatureSettings, held_out=held_out, near=True,
)  # fmt: skip
