"""Functions as teachers: whatever answers words is asked through a `FunctionTeacher`.

A Python function needs no class: `function_teacher` looks once at its answers to a few hundred words, and decides what they
mean. Programs and services are asked in the same way (`nerode.teachers.programs`, `nerode.teachers.services`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from typing import Any

import numpy as np

from nerode.answers import Meaning, recognised
from nerode.asking import Ask, counted, in_batches, one_by_one, writer
from nerode.errors import InputError, TeacherError, shown
from nerode.links import Link
from nerode.looking import looked, looked_words, pace_of, plainly
from nerode.protocols import Described
from nerode.tags import all_parts, alone, are_parts, check_causal, of_last_letter
from nerode.words import Alphabet, FloatArray, Word, Words

BATCH = 256  # words in a batch, unless another number is given
PART = 0.05  # seconds of answers that are handed on together


class FunctionTeacher(Described):
    """A teacher that asks a function whole words.

    Parameters
    ----------
    ask : asks words
    alphabet, meaning : what words are made of, and what answers mean
    told : how the meaning was found, in a sentence
    longest : letters of the longest word that may be asked; None for any
    pace : seconds that a word took
    tags : whether it answers after each letter, so that answers are those after the last one

    Attributes
    ----------
    trouble : returns what is wrong with a service that is being asked again; None where nothing is
    """

    def __init__(
        self,
        ask: Ask,
        alphabet: Alphabet,
        meaning: Meaning,
        told: str,
        longest: int | None,
        pace: float,
        tags: bool = False,
    ) -> None:
        self._ask = ask
        self.alphabet = alphabet
        self.meaning = meaning
        self.told = told
        self.longest = longest
        self.pace = pace
        self.tags = tags
        self.trouble: Callable[[], TeacherError | None] = lambda: None

    @property
    def width(self) -> int:
        return self.meaning.width

    @property
    def link(self) -> Link:
        return self.meaning.link

    @property
    def only_labels(self) -> bool:
        """Whether the scores say no more than the labels."""
        return bool(self.meaning.classes)

    def scores(self, words: Words) -> FloatArray:
        """Return the scores (n, width) of n words.

        Raises
        ------
        InputError : a word that is longer than may be asked
        TeacherError : an answer that cannot be used
        """
        return np.concatenate(list(self.parts(self.alphabet.words(words))))

    def parts(self, words: Words) -> Generator[FloatArray]:
        """Yield the scores of words in order, some at a time, possibly none, so that the clock can be looked at in between.

        Closing the iterator ends the asking. Errors are those of `scores`.
        """
        _check_lengths(words, self.longest, self.alphabet)
        answers: list[Any] = []
        done, looked = 0, time.monotonic()
        with closing(counted(self._ask, words)) as asking:
            for some in asking:
                answers.extend(some)
                if time.monotonic() - looked > PART:
                    yield self._of(words, done, answers)
                    done, answers, looked = done + len(answers), [], time.monotonic()
        yield self._of(words, done, answers)

    def _of(self, words: Words, done: int, answers: list[Any]) -> FloatArray:
        """Return the scores of the answers to the words after the first `done`."""
        return self.meaning.scores(answers, lambda i: self.alphabet.text(words[done + i]))


def function_teacher(
    function: Callable[..., Any],
    alphabet: str | Iterable[str],
    *,
    reads: str | None = None,
    gives: str | None = None,
    batch: bool | int = False,
    classes: Sequence[Any] | None = None,
    longest: int | None = None,
    tags: bool | None = None,
) -> FunctionTeacher:
    """Return a Python function as a teacher.

    Parameters
    ----------
    function : takes a word and returns an answer: a label, a number, or a list of numbers
    alphabet : the symbols
    reads : how a word is handed over: "text" (symbols joined), "symbols" (a tuple of texts) or "indices" (a tuple of numbers);
        None for text where every symbol is one character, else for symbols
    gives : what answers are: "labels", "scores" (of class 1, or one for each class), "values", "probabilities" (of class 1, or
        of each class) or "next" (of each next symbol, then of the end); None to look at some answers and decide
    batch : whether the function takes a list of words and returns a list or an array of answers; a number for so many at most
    classes : the labels in the order of their classes, or the names of the classes whose scores or probabilities an answer lists;
        None for those that are found
    longest : letters of the longest word that the function can read; None for any
    tags : whether the function answers after each letter, with a list of as many labels, numbers or lists of numbers; of a
        word it is then the last that counts, and the empty word is never asked. None to look at some answers and decide

    Raises
    ------
    InputError : the function fails, or its answers do not have one meaning
    """
    known = alphabet_of(alphabet)
    write = writer(reads, known)
    if not callable(function):
        raise InputError(f"a function is expected, not {shown(function)}; give what takes a word and returns an answer")
    if type(batch) not in (bool, int) or batch < 0:
        raise InputError(f"batch must be True, False or the number of words to ask at once, not {batch!r}")
    if batch is False or batch == 0:
        ask = one_by_one(function, write, known)
    else:
        ask = in_batches(lambda words: function([write(word) for word in words]), BATCH if batch is True else int(batch))
    return looked_at(ask, known, gives=gives, classes=classes, longest=longest, tags=tags)


def looked_at(
    ask: Ask,
    alphabet: Alphabet,
    *,
    gives: str | None,
    classes: Sequence[Any] | None,
    longest: int | None,
    tags: bool | None = False,
) -> FunctionTeacher:
    """Return the teacher of an `Ask`, after a look at some of its answers; the options are those of `function_teacher`.

    Raises
    ------
    InputError : it fails, or its answers do not have one meaning
    """
    if longest is not None and (type(longest) is not int or longest < 0):
        raise InputError(f"the longest word must be a whole number of letters, not {longest!r}")
    if tags and longest == 0:
        raise InputError("the empty word has no letters that could be answered; let words be longer (longest=, --longest)")
    words = [word for word in looked_words(alphabet, longest) if word or not tags]
    raw, times = looked(ask, words, alphabet)
    words = words[: len(raw)]
    if tags or (tags is None and are_parts(raw, words) and not alone(all_parts(raw, words, alphabet), words)):
        hint = "" if tags else "; or say batch=True, where a function takes a list of words"
        return _tagging(ask, alphabet, words, raw, gives, classes, longest, pace_of(times), hint)
    answers = [plainly(answer, alphabet.text(word)) for answer, word in zip(raw, words, strict=True)]
    meaning = recognised(answers, len(alphabet), gives, classes)
    meaning.scores(answers, lambda i: alphabet.text(words[i]))
    return FunctionTeacher(ask, alphabet, meaning, _told(meaning, alphabet, len(answers), gives), longest, pace_of(times))


def _tagging(
    ask: Ask,
    alphabet: Alphabet,
    words: list[Word],
    raw: list[Any],
    gives: str | None,
    classes: Sequence[Any] | None,
    longest: int | None,
    pace: float,
    hint: str,
) -> FunctionTeacher:
    """Return the teacher of a function that answers after each letter, from its answers to some words.

    Parameters
    ----------
    hint : what else may be the case where answers depend on letters that come later

    Raises
    ------
    TeacherError : an answer that is not one for each letter
    InputError : answers that depend on letters that come later, or do not have one meaning
    """
    if gives == "next":
        raise InputError(
            "what comes next is answered after each letter, and so not at the beginning of a word; answer with what comes after "
            "the whole word"
        )
    known = set(words)
    halves = list(dict.fromkeys(half for word in words if (half := word[: len(word) // 2]) and half not in known))
    more, _ = looked(ask, halves, alphabet)
    asked = [*words, *halves[: len(more)]]
    parts = all_parts([*raw, *more], asked, alphabet)
    check_causal(parts, asked, alphabet, hint)
    answers = [part for some in parts for part in some]
    meaning = recognised(answers, len(alphabet), gives, classes)
    if meaning.gives == "next":
        meaning = recognised(answers, len(alphabet), "probabilities", classes)
    meaning.scores(answers, lambda i: "with one of these letters")
    empty = meaning.classes[0] if meaning.classes else parts[asked.index((0,))][0]
    told = f"It answers after each letter. {_told(meaning, alphabet, len(words), gives, 'letter')}"
    told += f" The empty word has no answer, and is given {shown(empty)}."
    return FunctionTeacher(of_last_letter(ask, alphabet, empty), alphabet, meaning, told, longest, pace, tags=True)


def alphabet_of(symbols: str | Iterable[str]) -> Alphabet:
    """Return the alphabet of symbols; those of a text are between spaces, or single characters where there are none."""
    if isinstance(symbols, Alphabet):
        return symbols
    if not isinstance(symbols, Iterable):
        raise InputError(f"the alphabet is its symbols, as text or in a list, not {shown(symbols)}")
    if isinstance(symbols, str):
        parts = symbols.split()
        symbols = list(symbols) if parts == [symbols] else parts
    return Alphabet(tuple(symbols))


def _check_lengths(words: Words, longest: int | None, alphabet: Alphabet) -> None:
    if longest is not None:
        for word in words:
            if len(word) > longest:
                text = alphabet.text(word[:20])
                raise InputError(f"the word {text}… has {len(word)} letters, and the longest that may be asked has {longest}")


def _told(meaning: Meaning, alphabet: Alphabet, looked: int, gives: str | None, unit: str = "word") -> str:
    """Return in a sentence what the answers are taken for.

    Parameters
    ----------
    unit : what each is of
    """
    names = ", ".join(f"{i} is {shown(name)}" for i, name in enumerate(meaning.classes[:6]))
    letters = ", ".join(alphabet.symbols[:4]) + (", …" if len(alphabet) > 4 else "")
    columns = ", ".join(map(shown, meaning.columns[:6])) + (", …" if len(meaning.columns) > 6 else "")
    many = f"of {meaning.width} classes" if meaning.width > 1 else "of class 1"
    many += "" if not columns else f" ({columns})" if meaning.width > 1 else f", {shown(meaning.columns[1])}"
    said = {
        "labels": f"labels (class {names}{', …' if len(meaning.classes) > 6 else ''})",
        "scores": f"scores {many}" + ("" if meaning.width > 1 else ", which is decided for where the score is above 0"),
        "values": f"values, one a {unit}",
        "probabilities": f"probabilities {many}",
        "next": f"probabilities of the next symbol ({letters}, the end)",
    }[meaning.gives]
    why = f"as their kind was given, and {looked} words were tried" if gives else f"after a look at {looked} words"
    return f"Answers are taken for {said}, {why}."
