"""A teacher that knows the labels of some words and nothing else: students learn from labels as they do from a network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nerode.domains import Domain
from nerode.errors import InputError
from nerode.links import Binary, Multiclass
from nerode.protocols import Described
from nerode.words import Alphabet, FloatArray, IntArray, Words, usual_labels


class KnownWords(Described):
    """Words with labels. It is closed: nobody may ask about other words.

    Parameters
    ----------
    words, labels : (n,), from 0 on; of a word with several labels the most frequent counts
    classes : their names
    domain : of the words, where they are rows of a table
    name : of the file, for errors
    """

    closed = True
    only_labels = True

    def __init__(
        self, alphabet: Alphabet, words: Words, labels: IntArray, classes: Sequence[str], domain: Domain | None, name: str
    ) -> None:
        self.alphabet, self.words, self.domain, self._name = alphabet, list(words), domain, name
        self._labels = usual_labels(self.words, labels.tolist())
        self.classes = tuple(classes)
        self.link = Binary() if len(self.classes) == 2 else Multiclass()
        self.width = 1 if len(self.classes) == 2 else len(self.classes)
        self.told = f"No network is asked: the answers are the labels of {name}."
        several = len(set(zip(self.words, labels.tolist(), strict=True))) - len(self._labels)
        self.told += " Words with several labels have the most frequent one." if several else ""

    def scores(self, words: Words) -> FloatArray:
        """Return the scores (n, width): −1 or 1 for two classes, and 1 for the class of several.

        Raises
        ------
        InputError : a word that has no label
        """
        labels = [self._labels.get(word) for word in words]
        if None in labels:
            asked = self.alphabet.text(words[labels.index(None)])
            raise InputError(
                f"{self._name} has no label for the word {asked!r}, and there is no network to ask; what asks about other words "
                "does not fit: learn a student such as tree, or rpni or edsm"
            )
        numbers = np.array(labels, np.int64)
        found: FloatArray = (numbers[:, None] == np.arange(self.width)).astype(np.float64)
        return (2 * numbers[:, None] - 1).astype(found.dtype) if self.width == 1 else found
