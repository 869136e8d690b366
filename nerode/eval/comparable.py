"""Two functions from words to scores that can be compared with each other."""

from __future__ import annotations

from textwrap import shorten

from nerode.automata.distribution import Distribution
from nerode.automata.wfa import WFA
from nerode.checking import checked, converted
from nerode.domains import domain_of
from nerode.errors import InputError
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, Value
from nerode.protocols import Teacher

POSSIBLE = (
    "; --possible auto (in Python possible_words) makes a classifier of a language model: of the words that are possible to it"
)


def comparable(
    student: Teacher, teacher: Teacher, names: tuple[str, str] = ("the student", "the teacher")
) -> tuple[Teacher, Teacher]:
    """Return both functions, checked. An automaton of word probabilities becomes a `Distribution` beside a language model.

    Parameters
    ----------
    names : what the two are called where they cannot be compared

    Raises
    ------
    InputError : another alphabet, task or number of classes or values; rows of tables with other columns or other bins
    """
    student, teacher = converted(student), checked(teacher)
    if teacher.link.task == LANGUAGE_MODEL and isinstance(student, WFA) and student.link == Value() and student.width == 1:
        student = Distribution(student)
    for what, one, other in (
        ("alphabet", _symbols(student), _symbols(teacher)),
        ("task", student.link.task, teacher.link.task),
        ("number of answers", answers(student), answers(teacher)),
    ):
        if one != other:
            way = POSSIBLE if {one, other} == {CLASSIFIER, LANGUAGE_MODEL} else ""
            raise InputError(
                f"the {what} of {names[0]} ({shorten(str(one), 80, placeholder=' …')}) and of {names[1]} "
                f"({shorten(str(other), 80, placeholder=' …')}) differ; only like can be compared{way}"
            )
    domains = [domain_of(function) for function in (student, teacher)]
    if len({domain.columns for domain in domains if domain is not None and domain.columns}) > 1:
        raise InputError(
            f"{names[0]} and {names[1]} read tables with other columns, or other bins of them, so that a letter means something "
            "else to each; learn the student from the network, so that it has its columns"
        )
    return student, teacher


def _symbols(function: Teacher) -> str:
    return f"{len(function.alphabet)} symbols: {' '.join(function.alphabet)}"


def answers(function: Teacher) -> int:
    """Return the number of classes, symbols or values. One margin stands for two classes; hidden symbols do not count."""
    counts = {CLASSIFIER: max(2, function.width), LANGUAGE_MODEL: len(function.alphabet) + 1, SCORES: function.width}
    return counts[function.link.task]
