"""Files of words and of what the user's own program answers to them.

A line is a JSON object {"word": "abba", "answer": 0.7}, where the word may be a list of symbols and the answer a list of numbers;
or a word, a tab, and numbers between spaces or commas, in brackets or not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from nerode.errors import InputError
from nerode.files import read_text
from nerode.teachers.imports.proof import Answers

FORM = 'a word, a tab and the numbers of the answer, or {"word": "abba", "answer": [0.3, 0.7]}'


def read_answers(file: str | Path) -> Answers:
    """Return the words and answers in a file.

    Raises
    ------
    InputError : no words, a line in another form, or answers with different numbers of numbers; the message names the line
    """
    words: list[Any] = []
    numbers: list[list[float]] = []
    for number, line in enumerate(read_text(Path(file)).split("\n"), 1):
        if not line.strip():
            continue
        try:
            word, answer = _json(line) if line.lstrip().startswith("{") and "\t" not in line else _plain(line)
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
            raise InputError(f"line {number} of {file} is not {FORM}") from error
        if not np.isfinite(answer).all() or not answer:
            raise InputError(f"line {number} of {file} has an answer that is no number")
        if numbers and len(answer) != len(numbers[0]):
            raise InputError(f"line {number} of {file} has {len(answer)} numbers, and those before it have {len(numbers[0])}")
        words.append(word)
        numbers.append(answer)
    if not words:
        raise InputError(f"{file} has no words; write on each line {FORM}")
    return Answers(tuple(words), np.array(numbers, np.float64))


def _json(line: str) -> tuple[Any, list[float]]:
    document = json.loads(line)
    word, answer = document["word"], document["answer"]
    if not isinstance(word, str):
        if not isinstance(word, list) or not all(isinstance(symbol, str) for symbol in word):
            raise TypeError
        word = tuple(word)
    values = answer if isinstance(answer, list) else [answer]
    if not all(isinstance(value, int | float) for value in values):
        raise TypeError
    return word, [float(value) for value in values]


def _plain(line: str) -> tuple[str, list[float]]:
    word, tab, answer = line.rstrip("\r").partition("\t")
    if not tab:
        raise ValueError
    numbers = answer.strip()
    numbers = numbers[1:-1] if numbers.startswith("[") and numbers.endswith("]") else numbers
    return word, [float(value) for value in numbers.replace(",", " ").split()]
