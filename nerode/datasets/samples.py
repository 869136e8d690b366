"""Samples to train on: words, with a label each or without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from nerode.answers import in_order
from nerode.automata.diagram import counted
from nerode.errors import InputError
from nerode.files import PathLike
from nerode.words import Alphabet, IntArray, Word

MOST_SYMBOLS, MOST_LETTERS = 1000, 10_000  # of an alphabet, and of a word
MOST_CELLS = 5 * 10**7  # words times the greatest length: padded words of more would fill the memory


@dataclass(frozen=True, eq=False)
class Sample:
    """Words to train on.

    Attributes
    ----------
    labels : (n,) indices into `classes`; None for words without labels
    classes : names of the classes
    form : how the file was read, for people
    """

    words: list[Word]
    labels: IntArray | None
    classes: tuple[str, ...]
    alphabet: Alphabet
    form: str


def classified(words: list[Word], names: list[str], alphabet: Alphabet, form: str) -> Sample:
    """Return the sample of words and the names of their classes."""
    classes = in_order(set(names))
    index = {name: i for i, name in enumerate(classes)}
    return Sample(words, np.array([index[name] for name in names], np.int64), classes, alphabet, form)


def check_classes(path: PathLike, sample: Sample) -> None:
    """Raise for classes that nothing could be trained and judged with; words without labels are fine.

    Raises
    ------
    InputError : fewer than two classes, or a class of one word
    """
    if sample.labels is None:
        return
    if len(sample.classes) < 2:
        raise InputError(
            f"{path}: all {len(sample.words):,} words have the label {sample.classes[0]!r}; a classifier needs two classes or "
            "more, and for a language model the labels must be left out"
        )
    different: list[set[Word]] = [set() for _ in sample.classes]
    for word, label in zip(sample.words, sample.labels.tolist(), strict=True):
        different[label].add(word)
    if lonely := [name for name, words in zip(sample.classes, different, strict=True) if len(words) < 2]:
        raise InputError(
            f"{path}: the class {lonely[0]!r} has one word only, and each class needs two different ones, to train and to judge "
            "with; a header must name its columns, word and label, or of a table that of the labels by --label COLUMN"
        )


def contradictions(sample: Sample) -> list[tuple[Word, list[int]]]:
    """Return the words that have more than one label, with these labels."""
    found: dict[Word, set[int]] = {}
    for word, label in zip(sample.words, [] if sample.labels is None else sample.labels.tolist(), strict=False):
        found.setdefault(word, set()).add(label)
    return [(word, sorted(labels)) for word, labels in found.items() if len(labels) > 1]


def check_sizes(path: PathLike, sample: Sample) -> None:
    """Raise for a sample that training would take too long or too much memory for.

    Raises
    ------
    InputError : too many symbols, or words that are too long
    """
    lengths = [len(word) for word in sample.words]
    longest = max(lengths)
    if len(sample.alphabet) > MOST_SYMBOLS:
        raise InputError(
            f"{path}: there are {len(sample.alphabet):,} different symbols ({sample.form}), and at most {MOST_SYMBOLS:,} are "
            "trained on; replace rare ones by one symbol"
        )
    if longest > MOST_LETTERS:
        raise InputError(
            f"{path}: word {lengths.index(longest) + 1} has {longest:,} symbols, and at most {MOST_LETTERS:,} are trained on; "
            "cut long words"
        )
    if len(lengths) * longest > MOST_CELLS:
        raise InputError(
            f"{path}: {len(lengths):,} words of up to {longest:,} symbols do not fit the memory; cut long words, or take fewer"
        )


def described(sample: Sample) -> str:
    """Return what was read, in one sentence."""
    parts = [f"{sample.form}; {counted(len(sample.words), 'word')}"]
    if sample.labels is None:
        parts.append("no labels, so a language model")
    else:
        counts = Counter(sample.labels.tolist())
        shares = [f"{name} ({100 * counts[i] / len(sample.words):.2g} %)" for i, name in enumerate(sample.classes)]
        parts.append(f"{len(sample.classes)} classes: {_listed(shares, ', ')}")
    parts.append(f"alphabet of {len(sample.alphabet)}: {_listed(list(sample.alphabet), ' ')}")
    return "; ".join(parts)


def _listed(names: Iterable[str], between: str, most: int = 20) -> str:
    names = list(names)
    return between.join(names[:most] + ["…"] * (len(names) > most))
