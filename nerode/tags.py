"""Functions that answer after each letter, as taggers do: the answer to a word is the one after its last letter.

This is what a Mealy machine gives. A question about a word answers its prefixes too, which are then not asked in the same call.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Any

import numpy as np

from nerode.answers import Answer, plain
from nerode.asking import Ask
from nerode.errors import InputError, TeacherError, shown
from nerode.words import Alphabet, Word, Words

CLOSE = 1e-3  # how far numbers after the same letters may lie apart


def parts_of(answer: Any, letters: int) -> list[Answer] | None:
    """Return the answers after each of so many letters: those in a list, or texts between spaces. None for anything else."""
    answer = answer.tolist() if hasattr(answer, "tolist") else answer
    if isinstance(answer, str):
        parts: list[Any] = answer.split()
    else:
        parts = list(answer) if isinstance(answer, list | tuple) else [answer]
    if len(parts) != letters:
        return None
    try:
        return [plain(part) for part in parts]
    except TypeError:
        return None


def are_parts(answers: Sequence[Any], words: Words) -> bool:
    """Return whether all answers are one for each letter, and words long enough to tell; that to ε may be anything."""
    pairs = [(answer, len(word)) for answer, word in zip(answers, words, strict=True) if word]
    return max((letters for _, letters in pairs), default=0) > 1 and all(parts_of(*pair) is not None for pair in pairs)


def all_parts(answers: Sequence[Any], words: Words, alphabet: Alphabet) -> list[list[Answer]]:
    """Return the answers after each letter of words.

    Raises
    ------
    TeacherError : an answer that is not one for each letter
    """
    found = []
    for answer, word in zip(answers, words, strict=True):
        parts = parts_of(answer, len(word)) if word else []
        if parts is None:
            letters = f"its {len(word)} letters" if len(word) > 1 else "its letter"
            raise TeacherError(
                f"the answer to the word {alphabet.text(word)} is {shown(answer)}; an answer for each of {letters} is expected, "
                "as is said by tags=True (--tags) or by the answers to other words"
            )
        found.append(parts)
    return found


def alone(parts: Sequence[Sequence[Answer]], words: Words) -> bool:
    """Return whether each answer depends on its own letter alone, as where a function takes a word for a list of words."""
    known: dict[int, Answer] = {}
    pairs = (pair for word, some in zip(words, parts, strict=True) for pair in zip(word, some, strict=True))
    return all(_same(known.setdefault(letter, part), part) for letter, part in pairs)


def check_causal(parts: Sequence[Sequence[Answer]], words: Words, alphabet: Alphabet, hint: str) -> None:
    """Check that no answer depends on letters that come later.

    Parameters
    ----------
    hint : what else may be the case, at the end of the sentence

    Raises
    ------
    InputError : one does
    """
    known: dict[Word, tuple[Answer, Word]] = {}
    for word, some in zip(words, parts, strict=True):
        for end, part in enumerate(some, 1):
            before, other = known.setdefault(word[:end], (part, word))
            if not _same(before, part):
                begin, one, two = alphabet.text(word[:end]), alphabet.text(other), alphabet.text(word)
                raise InputError(
                    f"answers depend on letters that come later: after {begin} the answer is {shown(before)} in {one}, and "
                    f"{shown(part)} in {two}; no automaton that reads from left to right gives them, so answer with one label or "
                    f"number for the whole word, and always the same{hint}"
                )


def _same(a: Answer, b: Answer) -> bool:
    if isinstance(a, float | tuple) and isinstance(b, float | tuple) and np.shape(a) == np.shape(b):
        return bool(np.allclose(a, b, rtol=CLOSE, atol=CLOSE, equal_nan=True))
    return a == b


def of_last_letter(ask: Ask, alphabet: Alphabet, empty: Answer) -> Ask:
    """Return what asks about words and answers as after their last letters.

    Parameters
    ----------
    empty : the answer to the empty word, which has no letter
    """

    def asking(words: Words) -> Generator[Sequence[Answer]]:
        whole, places = longest_of_each(words)
        found: list[list[Answer]] = []
        done = 0
        with closing(ask(whole)) as answering:
            for some in answering:
                found += all_parts(some, whole[len(found) : len(found) + len(some)], alphabet)
                begin = done
                while done < len(words) and places[done] < len(found):
                    done += 1
                yield [found[places[i]][len(words[i]) - 1] if words[i] else empty for i in range(begin, done)]
        yield [empty for _ in words[done:]]  # where nothing had to be asked

    return asking


def longest_of_each(words: Words) -> tuple[list[Word], list[int]]:
    """Return the words that are no prefix of others, in the order of their use, and for each word which of them begins with it.

    The empty word is left out, and its place is −1 where it is the only one.
    """
    order = sorted(set(map(tuple, words)))  # a word is a prefix of others exactly if it is one of the next
    extended: dict[Word, Word] = {}
    for word, after in zip(reversed(order), [None, *reversed(order)], strict=False):
        extended[word] = extended[after] if after is not None and after[: len(word)] == word else word
    index: dict[Word, int] = {}
    places = [-1 if not extended[word] else index.setdefault(extended[word], len(index)) for word in map(tuple, words)]
    return list(index), places
