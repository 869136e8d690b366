"""What two functions from words to scores answer, as columns: one number a word.

Both functions are asked once. Every metric is a ratio of the sums of two columns, so that it can be resampled over words
without asking again. A baseline is one more set of columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from nerode.errors import InputError
from nerode.eval.comparable import answers, comparable
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, NextSymbol
from nerode.protocols import Teacher
from nerode.stepping import prefix_scores
from nerode.words import FloatArray, IntArray, Words

Columns = dict[str, FloatArray]
Flags = NDArray[np.bool_]

CELLS = 2**20  # next-symbol probabilities held at once, so that memory does not grow with the number of words
BEST = 5  # symbols that the ranking score looks at


@dataclass(frozen=True)
class Comparison:
    """What was measured on n words.

    Parameters
    ----------
    columns : name -> (n,), for the student
    baselines : the same for simple answers; sums of their columns are meant, so a column may be summed already
    unscored : the number of words on which the student's answer is not a finite number
    """

    columns: Columns
    baselines: dict[str, Columns]
    unscored: int


def measure(student: Teacher, teacher: Teacher, words: Iterable[Any]) -> Comparison:
    """Ask both functions once about words (indices, symbols or text); measure what the metrics of the teacher's task need.

    Where the teacher is a language model, an automaton of word probabilities is asked what follows as a `Distribution`.

    Raises
    ------
    InputError : another alphabet, task or number of classes or values; unknown symbols or no words; a teacher that answers
        with something that is not a number
    """
    student, teacher = comparable(student, teacher)
    words = teacher.alphabet.words(words)
    if not words:
        raise InputError("there is no word to compare on; give at least one")
    # a weighted automaton may overflow on long words: such answers are counted and judged below, not warned about
    with np.errstate(all="ignore"):
        return _MEASURED[teacher.link.task](student, teacher, words)


def _require_numbers(teacher: Teacher, words: Words, missing: Flags, kind: str = "number") -> None:
    if missing.any():
        word = teacher.alphabet.text(words[int(missing.argmax())])
        raise InputError(f"the teacher's answer to the word {word} is not a {kind}; leave such words out of the comparison")


def _undefined(rows: FloatArray) -> Flags:
    """(n,): which rows hold something that is not a number."""
    flags: Flags = np.logical_or.reduce(np.isnan(rows), axis=1)
    return flags


def _infinite(rows: FloatArray) -> Flags:
    """(n,): which rows hold something that is no finite number."""
    flags: Flags = np.logical_or.reduce(~np.isfinite(rows), axis=1)
    return flags


def _measure_labels(student: Teacher, teacher: Teacher, words: Words) -> Comparison:
    truth, scores = teacher.scores(words), student.scores(words)
    _require_numbers(teacher, words, _undefined(truth))
    truth_labels, classes = teacher.link.labels(truth), answers(teacher)
    wrong = (student.link.labels(scores) != truth_labels) | _undefined(scores)
    majority = np.bincount(truth_labels).argmax()
    return Comparison(
        _label_columns(wrong, truth_labels, classes),
        {"majority": _label_columns(truth_labels != majority, truth_labels, classes)},
        int(_infinite(scores).sum()),
    )


def _label_columns(wrong: Flags, truth: IntArray, classes: int) -> Columns:
    columns = {"words": np.ones(len(truth)), "wrong": wrong, "right": ~wrong}
    if classes == 2:
        positive = truth == 1
        predicted = positive ^ wrong  # an answer that is not a number counts as the other class
        columns |= {"positive": positive, "predicted_positive": predicted, "true_positive": positive & ~wrong}
        columns["mean_positive"] = (positive.astype(float) + predicted) / 2
    return {name: column.astype(np.float64) for name, column in columns.items()}


def _measure_next_symbols(student: Teacher, teacher: Teacher, words: Words) -> Comparison:
    parts = [_NextSymbols.ask(student, teacher, chunk) for chunk in chunks(words, len(teacher.alphabet) + 1)]
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
    link = cast(NextSymbol, teacher.link)
    truth, likeliest, lead, error, wrong = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("truth", "likeliest", "lead", "error", "wrong")
    )
    mass, gain = (sum(getattr(part, name) for part in parts) for name in ("mass", "gain"))
    prefixes, offsets = columns["prefixes"], _offsets(words)
    # two symbols whose log-probabilities err by the median each may change places
    clear = lead > 2 * (np.median(error) if len(error) else 0)
    columns |= {
        "near_tie": prefixes - _word_sums(clear.astype(np.float64), offsets),
        "clear": _word_sums(clear.astype(np.float64), offsets),
        "wrong_clear": _word_sums((wrong & clear).astype(np.float64), offsets),
    }
    logs = np.log(mass / prefixes.sum())
    best = _best(logs[None])[0]
    said = link.followed(np.broadcast_to(logs, (int(offsets[-1]), len(logs))), words)
    not_best = likeliest != best[0]
    constant = _word_columns(_word_sums(said, offsets), truth, prefixes, columns["symbols"]) | {
        "kl": np.array([max(0.0, sum(part.negentropy for part in parts) - (mass * logs)[mass > 0].sum())]),
        "wrong_symbol": np.array([not_best.sum()]),
        "clear": np.array([clear.sum()]),
        "wrong_clear": np.array([(not_best & clear).sum()]),
        "ndcg": np.array([gain[best] @ _discounts(len(best))]),
    }
    baselines = {
        "constant": constant,
        "zero": {"words": columns["words"], "squared_error": np.exp(2 * truth)},
        "teacher": {
            "prefixes": prefixes,
            "symbols": columns["symbols"],
            "surprise": -truth,
            "wrong_symbol": columns.pop("not_likeliest"),
        },
    }
    return Comparison(columns, baselines, sum(part.unscored for part in parts))


@dataclass(frozen=True)
class _NextSymbols:
    """What remains of the answers on a chunk of n words with m prefixes, with k = letters + 1.

    A constant answer is the same after all prefixes, hence all its metrics follow from sums over prefixes.
    """

    columns: Columns  # name -> (n,)
    truth: FloatArray  # (n,), the teacher's log-probabilities of the words
    mass: FloatArray  # (k,), the teacher's renormalised distributions, summed
    likeliest: IntArray  # (m,), the teacher's most likely symbol
    lead: FloatArray  # (m,), by how much more likely it is than the second, in nats
    error: FloatArray  # (symbols,), |Δ log p| of the symbol that follows; ∞ where the student has no answer
    wrong: Flags  # (m,), whether the student's most likely symbol is another
    gain: FloatArray  # (k,), the teacher's distributions, each over its ideal ranking gain, summed
    negentropy: float  # Σ p log p of the teacher's distributions, summed
    unscored: int

    @classmethod
    def ask(cls, student: Teacher, teacher: Teacher, words: Words) -> _NextSymbols:
        student_scores, offsets = prefix_scores(student, words)
        teacher_scores, _ = prefix_scores(teacher, words)
        own = cast(NextSymbol, teacher.link)
        link = cast(NextSymbol, student.link) if own.ends else replace(cast(NextSymbol, student.link), ends=False)
        student_logs = link.log_probabilities(student_scores)  # (prefixes, k)
        teacher_logs = own.log_probabilities(teacher_scores)
        # renormalised: probability may lie on symbols that can never follow
        q, p = log_softmax(student_logs, axis=1), log_softmax(teacher_logs, axis=1)
        _require_numbers(teacher, words, _any_prefix(_undefined(p), offsets))
        missing = _undefined(q)
        unscored = _any_prefix(missing, offsets)

        probabilities = np.exp(p)
        discounts = _discounts(min(BEST, p.shape[1]))
        ranked = np.sort(probabilities, axis=1)[:, ::-1]
        ideal = ranked[:, : len(discounts)] @ discounts
        gained = np.take_along_axis(probabilities, _best(student_logs), axis=1) @ discounts
        likeliest = own.labels(teacher_scores)
        wrong = missing | (link.labels(student_scores) != likeliest)
        kl = np.where(probabilities > 0, probabilities * (p - q), 0.0).sum(axis=1)
        of_prefixes = {
            "kl": np.where(missing, np.inf, np.maximum(kl, 0.0)),
            "wrong_symbol": wrong.astype(np.float64),
            "not_likeliest": 1 - ranked[:, 0],
            "ndcg": np.where(missing, 0.0, gained / ideal),
        }
        true, said = (own.followed(logs, words) for logs in (teacher_logs, student_logs))
        error = np.where(missing, np.inf, np.where(said == true, 0.0, np.abs(said - true)))
        prefixes = np.diff(offsets).astype(np.float64)
        truth = _word_sums(true, offsets)
        answer = np.where(unscored, np.nan, _word_sums(said, offsets))
        return cls(
            columns={name: _word_sums(column, offsets) for name, column in of_prefixes.items()}
            | _word_columns(answer, truth, prefixes, prefixes - (not own.ends)),
            truth=truth,
            mass=probabilities.sum(axis=0),
            likeliest=likeliest,
            lead=np.log(ranked[:, 0]) - np.log(ranked[:, 1]),
            error=error if own.ends else np.delete(error, offsets[1:] - 1),
            wrong=wrong,
            gain=(probabilities / ideal[:, None]).sum(axis=0),
            negentropy=float((probabilities * p)[probabilities > 0].sum()),
            unscored=int(unscored.sum()),
        )


def _word_columns(answer: FloatArray, truth: FloatArray, prefixes: FloatArray, symbols: FloatArray) -> Columns:
    """Columns from log-probabilities (n,) of whole words, of so many prefixes and symbols, the end included where words end.

    An answer of nan is infinitely wrong.
    """
    difference = np.where(answer == truth, 0.0, np.abs(answer - truth))  # two words of probability 0 do not differ
    columns = {
        "squared_error": np.square(np.exp(answer) - np.exp(truth)),
        "log_error": difference / np.maximum(symbols, 1),
        "surprise": -answer,
        "more_surprise": np.where(np.isneginf(truth), 0.0, truth - answer),
    }
    columns = {name: np.where(np.isnan(answer), np.inf, column) for name, column in columns.items()}
    return columns | {"words": np.ones(len(truth)), "prefixes": prefixes, "symbols": symbols}


def chunks(words: Words, columns: int) -> Iterator[Words]:
    """Runs of words whose prefixes fill at most CELLS cells; a longer word stands alone."""
    chunk_of = _offsets(words)[1:] * columns // CELLS
    bounds = [0, *(np.flatnonzero(np.diff(chunk_of)) + 1).tolist(), len(words)]
    return (words[begin:end] for begin, end in pairwise(bounds))


def _offsets(words: Words) -> IntArray:
    """(n + 1,): where the prefixes of each word begin, as `prefix_scores` lays them out."""
    return np.cumsum([0, *(len(word) + 1 for word in words)], dtype=np.int64)


def _word_sums(values: FloatArray, offsets: IntArray) -> FloatArray:
    """Values (prefixes,) summed to (n,) over the prefixes of each word."""
    sums: FloatArray = np.add.reduceat(values, offsets[:-1])
    return sums


def _any_prefix(flags: Flags, offsets: IntArray) -> Flags:
    """(n,): whether any prefix of each word is flagged."""
    flagged: Flags = np.logical_or.reduceat(flags, offsets[:-1])
    return flagged


def _best(logs: FloatArray) -> IntArray:
    """The BEST likeliest columns of each row, best first, the first of equals first."""
    return np.argsort(-logs, axis=1, kind="stable")[:, :BEST]


def _discounts(ranks: int) -> FloatArray:
    """1 / log₂(rank + 1) for the ranks 1 … `ranks`."""
    discounts: FloatArray = 1 / np.log2(np.arange(ranks) + 2.0)
    return discounts


def _measure_values(student: Teacher, teacher: Teacher, words: Words) -> Comparison:
    truth, answer = teacher.scores(words), student.scores(words)
    _require_numbers(teacher, words, _infinite(truth), "finite number")
    mean = np.broadcast_to(truth.mean(axis=0), truth.shape)
    return Comparison(
        _value_columns(answer, truth),
        {"constant": _value_columns(mean, truth), "zero": _value_columns(np.zeros_like(truth), truth)},
        int(_infinite(answer).sum()),
    )


def _value_columns(answer: FloatArray, truth: FloatArray) -> Columns:
    """Columns from values (n, width); errors are averaged over the width."""
    error = np.abs(answer - truth)
    scale = np.maximum(np.abs(answer), np.abs(truth))
    columns = {
        "squared_error": np.square(error).mean(axis=1),
        "relative_error": np.where(error == 0, 0.0, error / scale).mean(axis=1),
        "largest_error": error.max(axis=1),
    }
    columns = {name: np.where(_infinite(answer), np.inf, column) for name, column in columns.items()}
    return columns | {"words": np.ones(len(truth))}


_MEASURED: dict[str, Callable[[Teacher, Teacher, Words], Comparison]] = {
    CLASSIFIER: _measure_labels,
    LANGUAGE_MODEL: _measure_next_symbols,
    SCORES: _measure_values,
}
