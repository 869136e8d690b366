"""What students learn from: words, and what the teacher and perhaps true labels say of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nerode.distillation.adversarial import hard_words
from nerode.distillation.responses import Answers, answers_of
from nerode.errors import InputError
from nerode.extraction.method import Task
from nerode.links import LANGUAGE_MODEL
from nerode.protocols import Teacher, only_labels
from nerode.stepping import prefix_scores
from nerode.words import Word, Words

CERTAIN = 20.0  # times the scores of DFAs and functions that give labels
PREFIXES = 10  # of a language model's word, about


@dataclass(frozen=True)
class Lesson:
    """Words and the answers to them."""

    words: Words
    answers: Answers


def lesson(task: Task, count: int, before: Lesson | None = None) -> Lesson:
    """Return about `count` words to learn from and the answers to them; of a language model, prefixes of drawn words.

    Words with true labels are the only ones where nothing but labels counts. Where no words are given, a lesson has those of
    the one before too. With adversarial words half of the new ones are those that the best student so far finds hard.

    Raises
    ------
    BudgetExhausted : a limit does not allow so many questions
    InputError : nothing but labels counts, and no word has one
    """
    if before is None or not task.source.invented:
        return _asked(task, task.source.learn(max(1, count // PREFIXES) if _draws(task) else count))
    new, student = count - len(before.words), task.ledger.learned
    hard = new // 2 if task.settings.adversarial else 0
    drawn = new - hard
    parts = [before, _asked(task, task.source.invent(max(1, drawn // PREFIXES) if _draws(task) else drawn))]
    if hard and student is not None:
        words = hard_words(task.source, student, hard)
        parts.append(Lesson(words, answers_to(task, words)))
    answers = [part.answers for part in parts]
    return Lesson(
        [word for part in parts for word in part.words],
        Answers(np.concatenate([each.scores for each in answers]), np.concatenate([each.labels for each in answers])),
    )


def whole_lesson(task: Task, count: int) -> Lesson:
    """Return a first lesson, but of a language model whole words; the answers are those to their prefixes, as in `prefix_scores`.

    Raises
    ------
    BudgetExhausted : as for `lesson`
    """
    if _draws(task):
        return _of_prefixes(task, task.source.learn(max(1, count // PREFIXES)))
    return lesson(task, count)


def _of_prefixes(task: Task, words: list[Word]) -> Lesson:
    return Lesson(words, answers_of(task.teacher.link, prefix_scores(task.teacher, words)[0]))


def _draws(task: Task) -> bool:
    return task.teacher.link.task == LANGUAGE_MODEL


def _asked(task: Task, words: list[Word]) -> Lesson:
    """Words and the answers to them; of a language model all prefixes."""
    if _draws(task):
        whole = _of_prefixes(task, words)
        return Lesson(prefixes(words), whole.answers)
    words = that_count(task, words)
    return Lesson(words, answers_to(task, words))


def prefixes(words: Words) -> list[Word]:
    """Return all prefixes of all words, from ε to the whole word."""
    return [word[:end] for word in words for end in range(len(word) + 1)]


def that_count(task: Task, words: list[Word]) -> list[Word]:
    """Return the words that are learned from: where nothing but labels counts, those that have one.

    Raises
    ------
    InputError : there are none
    """
    known = task.settings.labels
    if known is None or task.settings.alpha < 1:
        return words
    words = [word for word in words if word in known]
    if not words:
        raise InputError(
            "none of the words to learn from has a label, and nothing but labels counts; give more words with labels"
        )
    return words


def answers_to(task: Task, words: Words) -> Answers:
    """Return what the teacher says of words, of a language model's prefixes too, and their true labels where they are known.

    Raises
    ------
    BudgetExhausted : a limit does not allow so many questions
    """
    known, teacher = task.settings.labels, task.teacher
    labels = None if known is None else np.array([known.get(word, -1) for word in words], np.int64)
    return _certain(teacher, answers_of(teacher.link, teacher.scores(words), labels))


def _certain(teacher: Teacher, answers: Answers) -> Answers:
    """The same answers; scores that say no more than a class are made large, so that the class is next to certain."""
    return Answers(CERTAIN * answers.scores, answers.labels) if only_labels(teacher) else answers
