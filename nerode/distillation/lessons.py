"""What students learn from: words, and what the teacher and perhaps true labels say of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nerode.distillation.responses import Answers, answers_of
from nerode.extraction.method import Task
from nerode.links import LANGUAGE_MODEL
from nerode.protocols import Teacher, only_labels
from nerode.stepping import prefix_scores
from nerode.words import Word, Words

CERTAIN = 20.0  # times the scores of DFAs and functions that give labels
BIT = 10  # prefixes of a language model's word, about


@dataclass(frozen=True)
class Lesson:
    """Words and the answers to them."""

    words: Words
    answers: Answers


def lesson(task: Task, count: int) -> Lesson:
    """Return about `count` words to learn from and the answers to them; of a language model, prefixes of drawn words.

    Words with true labels are the only ones where nothing but labels counts.

    Raises
    ------
    BudgetExhausted : a limit does not allow so many questions
    """
    if task.teacher.link.task == LANGUAGE_MODEL:
        drawn = whole_lesson(task, count)
        return Lesson([word[:end] for word in drawn.words for end in range(len(word) + 1)], drawn.answers)
    return whole_lesson(task, count)


def whole_lesson(task: Task, count: int) -> Lesson:
    """Return the same, but of a language model whole words; the answers are those to their prefixes, as in `prefix_scores`.

    Raises
    ------
    BudgetExhausted : as for `lesson`
    """
    teacher, known = task.teacher, task.settings.labels
    if teacher.link.task == LANGUAGE_MODEL:
        drawn = task.source.learn(max(1, count // BIT))
        return Lesson(drawn, answers_of(teacher.link, prefix_scores(teacher, drawn)[0]))
    words: list[Word] = task.source.learn(count)
    if known is None:
        return Lesson(words, _certain(teacher, answers_of(teacher.link, teacher.scores(words))))
    if task.settings.alpha == 1:
        words = [word for word in words if word in known] or words
    labels = np.array([known.get(word, -1) for word in words], np.int64)
    return Lesson(words, _certain(teacher, answers_of(teacher.link, teacher.scores(words), labels)))


def _certain(teacher: Teacher, answers: Answers) -> Answers:
    """The same answers; scores that say no more than a class are made large, so that the class is next to certain."""
    return Answers(CERTAIN * answers.scores, answers.labels) if only_labels(teacher) else answers
