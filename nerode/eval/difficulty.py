"""How hard a network is to extract from, as numbers, so that networks can be chosen with reasons.

Each number asks the network alone, under a fixed effort, so it is the same on every machine. None of them is *the* difficulty. A
network of small rank may need many states, and one that 3-grams follow may have a large rank.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import expit, softmax

from nerode.datasets.samplers import training_words
from nerode.distillation.distill import distill
from nerode.domains import domain_of
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.extracted import Extraction
from nerode.extraction.hankel.tables import tabulate
from nerode.extraction.loop import extract
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, NextSymbol
from nerode.protocols import Teacher, longest_of
from nerode.stepping import prefix_scores
from nerode.words import FloatArray, IntArray, Word, Words

EXPLAINED = 0.99  # of the squared singular values
BLOCK = 150  # prefixes, and suffixes, of the Hankel block
ERROR = 0.01  # of an automaton that counts as the network's
EFFORT = 4.0  # of each extraction; a unit took 0.6 to 7 seconds on one core
WORDS = 1000  # to judge with, at most
NEAR = 0.1  # difference of the two largest probabilities, below which a decision is near
ORDER = 3  # of n-grams
LENGTHS = (10, 20, 40, 80, 160)  # letters of words of a known language
DRAWN = 600  # words of each of these


@dataclass(frozen=True)
class Difficulty:
    """How hard a network is to extract from. Errors are shares of labels of words, or of next symbols after their prefixes.

    Attributes
    ----------
    rank : see `hankel_rank`
    states : of the smallest automaton with an error of at most 1 %; None where none was found. A DFA by L* for classifiers,
        and a PDFA for language models
    tried : states of the largest automaton that was made; None where the method refused the network, or the effort was too small
    grams : error of a student of 3-grams; None where there is none
    near : share of decisions that are near: the two largest probabilities differ by less than 0.1
    follows : letters up to which the network errs on 1 % of its known language at most, 0 where not even on 10; None where no
        language is known
    effort : of each of the two extractions that states and 3-grams rest on
    """

    rank: int
    states: int | None
    tried: int | None
    grams: float | None
    near: float
    follows: int | None
    effort: float

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        return asdict(self)


def difficulty(
    teacher: Teacher, words: Words, truth: Teacher | None = None, *, effort: float = EFFORT, seed: int = 0
) -> Difficulty:
    """Return how hard a network is to extract from.

    Parameters
    ----------
    words : like those that matter
    truth : the known language that it was trained on
    effort : of each of two extractions

    Raises
    ------
    InputError : no words
    KeyboardInterrupt : at once; there is no part of a difficulty
    """
    if not words:
        raise InputError("difficulty is measured on words like those that matter; give some")
    rng = np.random.default_rng([seed, 7])
    chosen = [words[row] for row in np.sort(rng.permutation(len(words))[:WORDS]).tolist()]
    states, tried = smallest_states(teacher, words, chosen, effort, seed)
    return Difficulty(
        hankel_rank(teacher, words, rng), states, tried, gram_error(teacher, words, chosen, effort, seed),
        near_share(teacher, chosen), None if truth is None else followed(teacher, truth, rng), effort,
    )  # fmt: skip


def hankel_rank(teacher: Teacher, words: Words, rng: np.random.Generator) -> int:
    """Return how many singular values explain 99 % of the squares of all, for the Hankel block of scores around their mean.

    By Eckart and Young (1936) no block of a smaller rank is as near. Prefixes and suffixes are those of the words, cut at random
    places; in the middle, where all words have one length. Of a language model, scores are log-probabilities.
    """
    domain = domain_of(teacher)
    drawn = [words[row] for row in rng.permutation(len(words)).tolist()]
    cuts = [len(word) // 2 if domain is not None else int(rng.integers(len(word) + 1)) for word in drawn]
    empty: list[Word] = [] if domain is not None else [()]
    prefixes = list(dict.fromkeys([*empty, *(word[:cut] for word, cut in zip(drawn, cuts, strict=True))]))[:BLOCK]
    suffixes = list(dict.fromkeys([*empty, *(word[cut:] for word, cut in zip(drawn, cuts, strict=True))]))[:BLOCK]
    table = np.asarray(tabulate(teacher, prefixes, suffixes), np.float64)  # (P, S, width)
    if isinstance(teacher.link, NextSymbol):
        logs = teacher.link.log_probabilities(table.reshape(-1, table.shape[2]))
        table = np.maximum(logs, np.log(np.finfo(float).tiny)).reshape(*table.shape[:2], -1)
    centred = (table - table.mean(axis=(0, 1))).reshape(len(prefixes), -1)
    squares = np.linalg.svd(centred, compute_uv=False) ** 2
    if squares.sum() == 0:
        return 0
    return 1 + int(np.searchsorted(squares.cumsum(), EXPLAINED * squares.sum()))


def smallest_states(teacher: Teacher, words: Words, judged: Words, effort: float, seed: int) -> tuple[int | None, int | None]:
    """Return the states of the smallest automaton with an error of at most 1 % on some words, and those of the largest made.

    The automata are those of the front of an extraction: a DFA by L*, or a PDFA of a language model.
    """
    method = "lstar" if teacher.link.task == CLASSIFIER else "pdfa"
    found = _asked(lambda: extract(teacher, method, words=words, effort=effort, seed=seed))
    if found is None:
        return None, None
    for done, automaton in sorted(found.front, key=lambda pair: pair[0].states):
        if wrong(automaton, teacher, judged) <= ERROR:
            return done.states, max(each.states for each in found.rounds)
    return None, max(each.states for each in found.rounds)


def gram_error(teacher: Teacher, words: Words, judged: Words, effort: float, seed: int) -> float | None:
    """Return the error of a student of 3-grams on some words; None where it cannot be learned.

    Of a classifier it is a regression on counts of up to three letters, on pairs of letters in order, and on the length. Of a
    language model it is the 3-gram model with back-off (Witten and Bell 1991).
    """
    if teacher.link.task == LANGUAGE_MODEL:
        found = _asked(lambda: extract(teacher, "ngram", words=words, effort=effort, seed=seed, order=ORDER))
    else:
        settings = {"order": ORDER, "places": 0}
        found = _asked(lambda: distill(teacher, "regression", words=words, effort=effort, seed=seed, **settings))
    return None if found is None else wrong(found.automaton, teacher, judged)


def near_share(teacher: Teacher, words: Words) -> float:
    """Return the share of decisions about words, or about what follows their prefixes, that are near."""
    probabilities = np.sort(_probabilities(teacher, _scores(teacher, words)), axis=1)
    return float(np.mean(probabilities[:, -1] - probabilities[:, -2] < NEAR))


def followed(teacher: Teacher, truth: Teacher, rng: np.random.Generator) -> int | None:
    """Return up to how many letters the network errs on 1 % of the words of its language at most; None for language models.

    Words are drawn as for training, up to a length and longer than half of it.
    """
    if truth.link.task != CLASSIFIER:
        return None
    room, reached = longest_of(teacher), 0
    for length in LENGTHS:
        if room is not None and length > room:
            break
        words = [word for word in training_words(rng, truth, DRAWN, length) if 2 * len(word) > length]
        if not words or wrong(teacher, truth, words) > ERROR:
            break
        reached = length
    return reached


def wrong(student: Teacher, teacher: Teacher, words: Words) -> float:
    """Return the share of decisions in which two differ: classes of words, or the most likely symbol after each prefix."""
    return float(np.mean(_labels(student, words) != _labels(teacher, words)))


def _labels(teacher: Teacher, words: Words) -> IntArray:
    return teacher.link.labels(_scores(teacher, words))


def _scores(teacher: Teacher, words: Words) -> FloatArray:
    return prefix_scores(teacher, words)[0] if isinstance(teacher.link, NextSymbol) else teacher.scores(words)


def _probabilities(teacher: Teacher, scores: FloatArray) -> FloatArray:
    """Return the probabilities (n, classes) or (n, letters + 1) that scores stand for."""
    if isinstance(teacher.link, NextSymbol):
        return np.exp(teacher.link.log_probabilities(scores))
    if scores.shape[1] == 1:
        return np.concatenate([expit(-scores), expit(scores)], axis=1)
    found: FloatArray = softmax(scores, axis=1)
    return found


def _asked(learn: Callable[[], Extraction]) -> Extraction | None:
    """Return an extraction; None where its method refuses the network."""
    try:
        found = learn()
    except (InputError, BudgetExhausted):
        return None
    if found.interrupted:
        raise KeyboardInterrupt
    return found
