"""Traces: the run of an automaton over a word, letter by letter, beside the answers of the network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.cfg import CFG
from nerode.automata.diagram import visible
from nerode.automata.stack_drawing import stack_symbol
from nerode.automata.vpa import VPA
from nerode.automata.wfa import WFA
from nerode.domains import domain_of
from nerode.errors import InputError
from nerode.eval.comparable import comparable
from nerode.eval.frames import Listed, frame, lines_of
from nerode.eval.worth import along, meaning, name_of, worth
from nerode.links import CLASSIFIER
from nerode.protocols import States, Teacher, longest_of
from nerode.stepping import step_through
from nerode.words import EPSILON, FloatArray, IntArray, Word

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Trace:
    """A run over a word of n letters: what was answered before the first letter, and after each.

    Parameters
    ----------
    word : the letters, as text
    states : (n + 1,), the state of the automaton; None for weighted automata, whose states are vectors, and for grammars
    means : what the numbers are, in words
    stacks : (n + 1,), what lies on the stack of the automaton, as text; None for automata without one
    automaton, teacher : (n + 1,), the numbers; the teacher's are None where it was not asked
    labels : the classes that the automaton and the teacher give after each letter; None for other tasks
    parts_at : the number of letters after which the two first have different labels; None where they never have
    named : `means` with the name of the class
    classes : the names of all classes; none where these have only numbers
    """

    word: tuple[str, ...]
    states: tuple[int, ...] | None
    means: str
    automaton: FloatArray
    teacher: FloatArray | None
    labels: tuple[IntArray, IntArray | None] | None
    parts_at: int | None
    stacks: tuple[str, ...] | None = None
    named: str = ""
    classes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the trace as a plain dict for JSON; numbers that JSON does not have are None."""
        return {
            "word": list(self.word),
            "states": self.states and list(self.states),
            "stacks": self.stacks and list(self.stacks),
            "means": self.means,
            "named": self.named or self.means,
            "automaton": _numbers(self.automaton),
            "teacher": None if self.teacher is None else _numbers(self.teacher),
            "labels": self.labels and [None if labels is None else labels.tolist() for labels in self.labels],
            "parts_at": self.parts_at,
        }

    def frame(self) -> pd.DataFrame:
        """Return a pandas frame: a row per letter, with the state, the numbers, and the labels where there are any.

        Raises
        ------
        InputError : pandas is not installed
        """
        labels = self.labels or (None, None)
        columns = {
            "letter": ["", *self.word],
            "state": self.states,
            "stack": self.stacks,
            "automaton": self.automaton,
            "automaton label": labels[0],
            "network": self.teacher,
            "network label": labels[1],
        }
        known = {name: list(column) for name, column in columns.items() if column is not None}
        return frame(known, range(len(self.word) + 1), "step")

    def __str__(self) -> str:
        header = [
            "",
            "letter",
            *(["state"] if self.states else []),
            *(["stack"] if self.stacks else []),
            "automaton",
            *(["network"] if self.teacher is not None else []),
        ]
        rows = [header]
        for step in range(len(self.word) + 1):
            letter = EPSILON if not step else visible(self.word[step - 1])
            row = [
                str(step),
                letter,
                *([str(self.states[step])] if self.states else []),
                *([self.stacks[step]] if self.stacks else []),
                self._shown(0, step),
            ]
            rows.append([*row, *([self._shown(1, step)] if self.teacher is not None else [])])
        lines = lines_of(rows)
        if self.parts_at is not None:
            lines[1 + self.parts_at] += "  ← the labels part"
        return "\n".join([f"{' '.join(map(visible, self.word)) or EPSILON}   ({self.named or self.means})", *lines])

    def _shown(self, which: int, step: int) -> str:
        numbers = (self.automaton, self.teacher)[which]
        assert numbers is not None
        labels = self.labels and self.labels[which]
        return f"{numbers[step]:.4g}" + ("" if labels is None else f" [{name_of(int(labels[step]), self.classes)}]")


def trace(
    automaton: Automaton, words: Iterable[Any], teacher: Teacher | None = None, *, classes: Sequence[str] = ()
) -> Listed[Trace]:
    """Return the runs of an automaton over words (indices, symbols or text), beside the answers of a network if one is given.

    For classifiers the number is the margin of class 1, or of several classes the lead of the class that the automaton gives to
    the whole word; for language models it is the log-probability of the letters so far, without an end; else it is the value.

    Parameters
    ----------
    classes : their names, which the text then says; none for numbers

    Raises
    ------
    InputError : unknown symbols, an automaton that does not fit the network, or a word that is longer than the network reads
    """
    student: Teacher = automaton
    if teacher is not None:
        student, teacher = comparable(automaton, teacher)
    if any(domain_of(function) is not None for function in (student, teacher) if function is not None):
        raise InputError(
            "words of one length, such as rows of a table, are read as a whole and have no trace; `nerode explain` says what "
            "each letter does, and `nerode inspect STUDENT --word` shows the path through a tree"
        )
    parsed = automaton.alphabet.words(words)
    _check_lengths(parsed, teacher)
    followed, stacks = _states(automaton, parsed), _stacks(automaton, parsed)
    found: Listed[Trace] = Listed()
    functions = [student, *([teacher] if teacher is not None else [])]
    answers = [along(function, parsed) for function in functions]
    for i, word in enumerate(parsed):
        here = slice(int(answers[0][2][i]), int(answers[0][2][i + 1]))
        rows = list(zip(functions, (scores[here] for scores, _, _ in answers), strict=True))
        labels = [function.link.labels(scores) for function, scores in rows] if student.link.task == CLASSIFIER else None
        final = 0 if labels is None else int(labels[0][-1])
        numbers = [
            worth(scores, function.link, final) if logs is None else logs[here]
            for (function, scores), (_, logs, _) in zip(rows, answers, strict=True)
        ]
        apart: Any = np.flatnonzero(labels[0] != labels[1]) if labels is not None and len(labels) == 2 else []
        found.append(
            Trace(
                tuple(automaton.alphabet.symbols[symbol] for symbol in word),
                None if followed is None else tuple(followed[i]),
                meaning(student.link, final),
                numbers[0],
                numbers[1] if len(numbers) == 2 else None,
                None if labels is None else (labels[0], labels[1] if len(labels) == 2 else None),
                int(apart[0]) if len(apart) else None,
                None if stacks is None else tuple(stacks[i]),
                meaning(student.link, final, classes),
                tuple(classes),
            )
        )
    return found


def _check_lengths(words: list[Word], teacher: Teacher | None) -> None:
    longest = None if teacher is None else longest_of(teacher)
    for word in words:
        if longest is not None and len(word) > longest:
            raise InputError(f"the network reads words of at most {longest} symbols, and one of {len(word)} is to be traced")


def _states(automaton: Automaton, words: list[Word]) -> list[list[int]] | None:
    """Return the states along each word; None for weighted automata, grammars, and what is no automaton."""
    if not isinstance(automaton, Automaton) or isinstance(automaton, WFA | CFG):
        return None
    runs = [[0] * (len(word) + 1) for word in words]

    def visit(length: int, rows: IntArray, lengths: IntArray, states: States) -> None:
        for row, state in zip(rows.tolist(), states[0].tolist(), strict=True):
            runs[row][length] = state

    step_through(automaton, words, visit)
    return runs


def _stacks(automaton: Automaton, words: list[Word]) -> list[list[str]] | None:
    """Return what lies on the stack along each word, the top last; None for automata without a stack."""
    if not isinstance(automaton, VPA):
        return None
    runs = [[""] * (len(word) + 1) for word in words]

    def visit(length: int, rows: IntArray, lengths: IntArray, states: States) -> None:
        for row, stack in zip(rows.tolist(), automaton.stacks(states), strict=True):
            pushed = " ".join(stack_symbol(automaton, *top) for top in stack or ())
            runs[row][length] = "rejected" if stack is None else pushed or "–"

    step_through(automaton, words, visit)
    return runs


def _numbers(values: FloatArray) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in values.tolist()]
