"""What students learn from: words, and what the teacher and perhaps true labels say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from math import inf

import numpy as np

from nerode.distillation.adversarial import hard_words
from nerode.distillation.responses import Answers, answers_of, together
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.method import Task
from nerode.extraction.reasons import LARGEST_LESSON
from nerode.links import LANGUAGE_MODEL, NextSymbol
from nerode.protocols import certain
from nerode.stepping import prefix_scores
from nerode.words import Word, Words

PREFIXES = 10  # of a language model's word, about
PAID = 0.7  # part of the time left that the answers of a slow teacher may take; the rest is for learning from them
FEWEST = 50  # words of the first lesson, where a limit allows no half of it
GAIN = 0.02  # part of the error by which a larger lesson has to lower it


@dataclass(frozen=True)
class Lesson:
    """Words and the answers to them."""

    words: Words
    answers: Answers


Search = Callable[[int], list[Word]]
"""Gives so many words that are worth learning."""


def lesson(task: Task, count: int, before: Lesson | None = None, search: Search | None = None) -> Lesson:
    """Return about `count` words to learn from and the answers to them; of a language model, prefixes of drawn words.

    Where nothing but labels counts, those are all words that have one. Where no words are given, a lesson has those of
    the one before too. Where words are searched, half of the new ones are found so; adversarial words are those that the best
    student so far finds hard. A limit on questions, or on the time that a slow teacher needs for them, makes
    lessons smaller, but not smaller than half; those before anything was learned than FEWEST words.

    Raises
    ------
    BudgetExhausted : a limit does not allow so many questions
    InputError : nothing but labels counts, and no word has one
    """
    if labels_alone(task):
        return _asked(task, task.source.given)
    source, search = task.source, search or _adversarial(task)
    older = before if before is not None and source.invented else None
    new, _ = _affordable(task, count - (0 if older is None else len(older.words)))
    hard = 0 if search is None else (new - (0 if source.invented else min(new // 2, len(source.given)))) // 2
    parts = [] if older is None else [older]
    drawn = max(1, (new - hard) // PREFIXES) if _draws(task) else new - hard
    parts.append(_asked(task, source.learn(drawn) if older is None else source.invent(drawn)))
    if hard and search is not None:
        words = search(hard)
        parts.append(Lesson(words, answers_to(task, words)))
    return _joined(parts)


def _adversarial(task: Task) -> Search | None:
    student = task.ledger.learned if task.settings.adversarial else None
    return None if student is None else partial(hard_words, task.source, student)


def labels_alone(task: Task) -> bool:
    """Return whether given words with labels are all that is learned from: then there is one lesson."""
    settings = task.settings
    return settings.alpha == 1 and not task.source.invented and (_draws(task) or settings.labels is not None)


class Lessons:
    """Growing lessons, until a larger one lowers the error on held-out words by too little; `reason` then says why they end."""

    def __init__(self, task: Task, counts: Sequence[int]) -> None:
        self._task, self._counts = task, counts
        self.reason = LARGEST_LESSON

    def __iter__(self) -> Iterator[Lesson]:
        task, taught, lowest = self._task, None, np.inf
        for count in self._counts:
            _, cut = _affordable(task, count)
            taught = lesson(task, count, taught)
            yield taught
            if labels_alone(task):
                return
            if cut:
                raise BudgetExhausted(cut)
            if task.ledger.lowest > (1 - GAIN) * lowest:
                self.reason = "converged"
                return
            lowest = task.ledger.lowest


def whole_lesson(task: Task, count: int, before: Lesson | None = None, search: Search | None = None) -> Lesson:
    """Return the same, but of a language model whole words; the answers are those to their prefixes, as in `prefix_scores`.

    Raises
    ------
    BudgetExhausted, InputError : as for `lesson`
    """
    if not _draws(task):
        return lesson(task, count, before, search)
    if labels_alone(task):
        return _of_prefixes(task, task.source.given)
    older = before if before is not None and task.source.invented else None
    new = max(1, _affordable(task, count)[0] // PREFIXES) - (0 if older is None else len(older.words))
    words = task.source.learn(new) if older is None else task.source.invent(new)
    return _joined([*([] if older is None else [older]), _of_prefixes(task, words)])


def _joined(parts: list[Lesson]) -> Lesson:
    scores, labels = (np.concatenate([getattr(part.answers, name) for part in parts]) for name in ("scores", "labels"))
    return Lesson([word for part in parts for word in part.words], together(scores, labels))


def _affordable(task: Task, count: int) -> tuple[int, str]:
    """So many words, or as many as may still be asked, if these are enough; and the limit that cut them, or ""."""
    meter, least = task.meter, count / 2 if len(task.ledger.rounds) > 1 else min(FEWEST, count / 2)
    allowed = inf if meter.allowed is None else meter.allowed
    in_time = inf if meter.in_time is None else PAID * meter.in_time
    left = min(allowed, in_time)
    if not least <= left < count:
        return count, ""
    return int(left), "queries" if allowed <= in_time else "time"


def _of_prefixes(task: Task, words: list[Word]) -> Lesson:
    """Words, and the answers to their prefixes; the label of a prefix is the symbol that follows.

    What follows is known in given words, and in those that the teacher drew until they were cut. Words made of given ones have
    no labels, and are left out where nothing but labels counts.
    """
    link, source, given = task.teacher.link, task.source, set(task.source.given)
    assert isinstance(link, NextSymbol)
    if task.settings.alpha == 1 and not source.invented:
        words = [word for word in words if word in given]

    def followed(word: Word) -> Iterator[int]:
        if not source.invented and word not in given:
            return repeat(-1, len(word) + 1)
        return chain(word, [link.letters if link.ends and (not source.invented or len(word) < source.cut) else -1])

    labels = np.fromiter(chain.from_iterable(map(followed, words)), np.int64)
    return Lesson(words, answers_of(link, prefix_scores(task.teacher, words)[0], labels))


def _draws(task: Task) -> bool:
    return task.teacher.link.task == LANGUAGE_MODEL


def _asked(task: Task, words: list[Word]) -> Lesson:
    """Words and the answers to them; of a language model all prefixes."""
    if _draws(task):
        whole = _of_prefixes(task, words)
        return Lesson(prefixes(whole.words), whole.answers)
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
    return answers_of(teacher.link, certain(teacher, teacher.scores(words)), labels)
