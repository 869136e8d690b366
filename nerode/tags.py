"""Functions that answer after each letter, as taggers do: the answer to a word is the one after its last letter.

This is what a Mealy machine gives. A question about a word answers its prefixes too, which are then not asked.
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
        return [_label(plain(part)) for part in parts]
    except TypeError:
        return None


def _label(part: Answer) -> Answer:
    """Return a number without a fraction as a whole number, since lists hold labels beside other numbers as floats."""
    return int(part) if isinstance(part, float) and part.is_integer() else part


def all_parts(answers: Sequence[Any], words: Words) -> list[list[Answer]] | None:
    """Return the answers after each letter of words; None where some answer is not one for each letter."""
    parts = [parts_of(answer, len(word)) for answer, word in zip(answers, words, strict=True)]
    return None if max(map(len, words)) < 2 or None in parts else parts  # type: ignore[return-value]


def alone(parts: Sequence[Sequence[Answer]], words: Words) -> bool:
    """Return whether each answer depends on its own letter alone, as where a function takes a word for a list of words."""
    known: dict[int, Answer] = {}
    pairs = (pair for word, some in zip(words, parts, strict=True) for pair in zip(word, some, strict=True))
    return all(_same(known.setdefault(letter, part), part) for letter, part in pairs)


def check_causal(parts: Sequence[Sequence[Answer]], words: Words, alphabet: Alphabet) -> None:
    """Check that no answer depends on letters that come later.

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
                    "number for the whole word"
                )


def _same(a: Answer, b: Answer) -> bool:
    if isinstance(a, str) or isinstance(b, str) or np.shape(a) != np.shape(b):
        return a == b
    return bool(np.allclose(a, b, rtol=CLOSE, atol=CLOSE))


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
                for answer in some:
                    word = whole[len(found)]
                    parts = parts_of(answer, len(word))
                    if parts is None:
                        raise TeacherError(
                            f"the answer to the word {alphabet.text(word)} is {shown(answer)}; an answer for each of its "
                            f"{len(word)} letters is expected"
                        )
                    found.append(parts)
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
