"""How far apart two answers to each word are, whatever the task: what the search for disagreements looks for.

Of classifiers it is the smaller of both leads of a class over the others where the classes differ, and minus that where they
agree: so the words near the border come next. A function that answers with labels alone, such as a DFA, has no leads, and those
of the other count. Of language models it is the largest |Δ log p| of a next symbol, of values the largest |Δ|.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax

from nerode.errors import InputError
from nerode.eval.outcomes import NONE
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, Binary, Link, NextSymbol
from nerode.protocols import Teacher, only_labels
from nerode.words import BoolArray, FloatArray, IntArray, Words

LIKELY = 0.1  # of an even share: |Δ log p| of symbols that are less likely to both says nothing of what they predict
RELATIVE = 0.01  # values disagree where they differ by more than this part of the larger one


@dataclass(frozen=True, eq=False)
class Answers:
    """Two answers to each of n words.

    Parameters
    ----------
    apart : (n,), whether they disagree
    sizes : (n,), by how much; 0 or less where two classes agree. Where the student's answer is no number, it is the lead of the
        teacher's class, or else ∞; where a language model has none, −∞
    numbers : (n, 2), the number that stands for each answer: see `means_of`
    labels : (n, 2), classes or likeliest next symbols, NONE of an answer that is no number; None for values
    symbols : (n,), the next symbol that the numbers are of, where the task is to predict it
    """

    apart: BoolArray
    sizes: FloatArray
    numbers: FloatArray
    labels: IntArray | None
    symbols: IntArray | None = None


def compared(student: Teacher, teacher: Teacher, words: Words) -> Answers:
    """Return the answers of two comparable functions to words.

    Raises
    ------
    InputError : an answer of the teacher is not a number, except after a word that a language model takes to be impossible
    """
    with np.errstate(all="ignore"):  # a weighted automaton may overflow on a long word
        ours, theirs = student.scores(words), teacher.scores(words)
        missing = np.isnan(theirs).any(axis=1)
        if missing.any() and teacher.link.task != LANGUAGE_MODEL:
            word = teacher.alphabet.text(words[int(missing.argmax())])
            raise InputError(f"the teacher's answer to the word {word} is not a number; mend the teacher")
        return _COMPARED[teacher.link.task](student, teacher, ours, theirs)


def means_of(teacher: Teacher) -> str:
    """Return what the answers are, and when they disagree, in words."""
    if teacher.link.task == LANGUAGE_MODEL:
        return (
            "log-probability of the next symbol that differs most; shortest where the likeliest symbols differ, worst by the "
            "difference"
        )
    if teacher.link.task == SCORES:
        return f"value; shortest where values differ by more than {RELATIVE:.0%} of the larger one, worst by the difference"
    number = "margin of class 1" if isinstance(teacher.link, Binary) else "lead of the class over the best other one"
    return f"{number}; worst where both are sure of different classes"


def _classes(student: Teacher, teacher: Teacher, ours: FloatArray, theirs: FloatArray) -> Answers:
    undefined = np.isnan(ours).any(axis=1)
    labels = np.column_stack([np.where(undefined, NONE, student.link.labels(ours)), teacher.link.labels(theirs)])
    apart = labels[:, 0] != labels[:, 1]
    leads = np.column_stack([_leads(ours), _leads(theirs)])
    sure = np.where([only_labels(student), only_labels(teacher)], np.inf, np.where(np.isnan(leads), np.inf, np.abs(leads)))
    smaller = sure.min(axis=1)
    smaller = np.where(np.isposinf(smaller), 1.0, smaller)
    return Answers(apart, np.where(apart, smaller, -smaller), leads, labels)


def _leads(scores: FloatArray) -> FloatArray:
    """Return the margin of class 1, or of several classes the lead (n,) of the class over the best other one."""
    if scores.shape[1] == 1:
        return scores[:, 0]
    second, first = np.partition(scores, -2, axis=1)[:, -2:].T
    lead: FloatArray = first - second
    return lead


def _next_symbols(student: Teacher, teacher: Teacher, ours: FloatArray, theirs: FloatArray) -> Answers:
    q, p = next_log_probabilities(student.link, ours), next_log_probabilities(teacher.link, theirs)
    undefined, impossible = np.isnan(q).any(axis=1), np.isnan(p).any(axis=1)
    differences = np.where(q == p, 0.0, np.abs(q - p))
    differences[np.fmax(q, p) < np.log(LIKELY / p.shape[1])] = 0.0
    differences[undefined] = np.inf
    rows, worst = np.arange(len(p)), differences.argmax(axis=1)
    labels = np.column_stack([np.where(undefined, NONE, student.link.labels(ours)), teacher.link.labels(theirs)])
    sizes = np.where(impossible, -np.inf, differences[rows, worst])
    apart: BoolArray = (labels[:, 0] != labels[:, 1]) & ~impossible
    return Answers(apart, sizes, np.column_stack([q[rows, worst], p[rows, worst]]), labels, worst)


def next_log_probabilities(link: Link, scores: FloatArray) -> FloatArray:
    """Return log-probabilities (n, letters + 1), renormalised: some may lie on symbols that can never follow."""
    assert isinstance(link, NextSymbol)
    logs: FloatArray = log_softmax(link.log_probabilities(scores), axis=1)
    return logs


def _values(student: Teacher, teacher: Teacher, ours: FloatArray, theirs: FloatArray) -> Answers:
    differences = np.where(ours == theirs, 0.0, np.abs(ours - theirs))
    differences[np.isnan(differences)] = np.inf
    far: BoolArray = np.isinf(differences) | (differences > RELATIVE * np.fmax(np.abs(ours), np.abs(theirs)))
    apart: BoolArray = np.logical_or.reduce(far, axis=1)
    rows, worst = np.arange(len(ours)), differences.argmax(axis=1)
    return Answers(apart, differences[rows, worst], np.column_stack([ours[rows, worst], theirs[rows, worst]]), None)


_COMPARED: dict[str, Callable[[Teacher, Teacher, FloatArray, FloatArray], Answers]] = {
    CLASSIFIER: _classes,
    LANGUAGE_MODEL: _next_symbols,
    SCORES: _values,
}
