"""The look at the answers of a function to some words, always the same, by which their meaning is found."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from itertools import chain, islice, zip_longest
from typing import Any

import numpy as np

from nerode.answers import Answer, plain
from nerode.asking import Ask, counted
from nerode.errors import InputError, NerodeError, TeacherError, described, shown
from nerode.sampling import uniform_words, words_with_runs
from nerode.tags import parts_of
from nerode.words import EPSILON, Alphabet, Word, all_words

SHORT, RANDOM, RANDOM_LENGTH = 200, 200, 20  # words that are looked at: all short ones, and random ones of up to so many letters
LOOK_SECONDS, LEAST_LOOKED = 2.0, 20  # a slow function is looked at no longer, unless it has answered fewer words


def looked(ask: Ask, words: Sequence[Word], alphabet: Alphabet) -> tuple[list[Any], list[tuple[int, float]]]:
    """Return the answers to the first words, and how many there were when; a slow function is left after LOOK_SECONDS.

    Raises
    ------
    InputError : the function fails
    TeacherError : an answer that cannot be used
    """
    answers: list[Any] = []
    times = [(0, time.monotonic())]
    with closing(counted(ask, words)) as asking:
        try:
            for some in asking:
                for answer in some:
                    word = words[len(answers)]
                    if parts_of(answer, len(word)) is None:
                        plainly(answer, alphabet.text(word))
                    answers.append(answer)
                if some:
                    times.append((len(answers), time.monotonic()))
                if len(answers) >= LEAST_LOOKED and times[-1][1] - times[0][1] > LOOK_SECONDS:
                    break
        except (NerodeError, MemoryError):
            raise
        except Exception as error:
            text = alphabet.text(words[min(len(answers), len(words) - 1)])
            way = "" if text != EPSILON else ", or say tags=True (--tags) if it answers after each letter, and ε has none"
            raise InputError(f"the function failed at or after the word {text} ({described(error)}); mend it{way}") from error
    return answers, times


def plainly(answer: Any, word: str) -> Answer:
    """Return the answer to a word as `plain` does.

    Raises
    ------
    TeacherError : it is no label, number or list of numbers
    """
    try:
        return plain(answer)
    except TypeError as error:
        said = "empty" if isinstance(answer, list | tuple) and not answer else shown(answer)
        several = hasattr(answer, "__len__") and not isinstance(answer, dict)
        way = "; say tags=True (--tags) if it answers after each letter, batch=True if a function takes a list of words"
        raise TeacherError(f"the answer to the word {word} is {said}; {error}{way * several}") from error


def looked_words(alphabet: Alphabet, longest: int | None) -> list[Word]:
    """Return short words and random ones by turns, always the same."""
    most = RANDOM_LENGTH if longest is None else min(RANDOM_LENGTH, longest)
    rng, letters = np.random.default_rng(0), len(alphabet)
    short = islice(all_words(letters, most), SHORT)
    half = RANDOM // 2
    random = uniform_words(rng, letters, rng.integers(most + 1, size=half))
    random += words_with_runs(rng, letters, rng.integers(most + 1, size=RANDOM - half))
    both = chain.from_iterable(zip_longest(short, random[::2] + random[1::2]))
    return list(dict.fromkeys(word for word in both if word is not None))


def pace_of(times: list[tuple[int, float]]) -> float:
    """Return the seconds that an answer took, without the first half, for which something may be loaded or compiled."""
    answered, end = times[-1]
    half, begin = next(time for time in times if 2 * time[0] >= answered)
    half, begin = times[0] if half == answered else (half, begin)
    return (end - begin) / (answered - half)
