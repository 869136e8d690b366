"""A data set in three parts, and the card that says what is known about it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nerode.datasets.readers import write_words
from nerode.datasets.samples import Sample
from nerode.datasets.symbolisers import Symboliser
from nerode.files import PathLike, write_whole
from nerode.links import LANGUAGE_MODEL
from nerode.words import Alphabet

FILES = ("train.tsv", "validation.tsv", "heldout.tsv")
CARD = "card.json"


@dataclass(frozen=True)
class Card:
    """What is known about a data set.

    Attributes
    ----------
    name, about, kind, source, licence, ships, citation : as in its entry
    split, seed : how the parts were made
    language : what gives the labels, where that is known: a name that `language` knows, or a file of MLRegTest
    task : "classifier" or "language-model"
    letters : of the alphabet
    classes : their names; none for language models
    words : in each part
    longest : letters of the longest word
    seen : words to choose by, and held out, that are also words to train on: different signals and texts may become one word
    left_out : words to choose by and to hold out that have symbols which training never shows
    symboliser : as JSON; None where words have no other form
    """

    name: str
    about: str
    kind: str
    source: str
    licence: str
    ships: bool
    citation: str
    split: str
    seed: int
    language: str | None = None
    task: str = LANGUAGE_MODEL
    letters: int = 0
    classes: tuple[str, ...] = ()
    words: tuple[int, int, int] = (0, 0, 0)
    longest: int = 0
    seen: tuple[int, int] = (0, 0)
    left_out: int = 0
    symboliser: dict[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class DataSet:
    """Words of one alphabet in three parts, of the same classes, and their card.

    Attributes
    ----------
    symboliser : makes words of new sequences; None for known languages
    """

    card: Card
    training: Sample
    validation: Sample
    held_out: Sample
    symboliser: Symboliser | None = None

    @property
    def alphabet(self) -> Alphabet:
        return self.training.alphabet

    @property
    def parts(self) -> tuple[Sample, Sample, Sample]:
        return self.training, self.validation, self.held_out

    def save(self, folder: PathLike) -> None:
        """Write the three parts as files of words, and the card, to a folder that exists.

        Raises
        ------
        InputError : a folder that cannot be written to
        """
        for name, sample in zip(FILES, self.parts, strict=True):
            _write_sample(Path(folder) / name, sample)
        card = asdict(self.card) | {"alphabet": self.alphabet.symbols}
        lines = (f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in card.items())
        write_whole(Path(folder) / CARD, "{\n" + ",\n".join(lines) + "\n}\n")


def _write_sample(file: Path, sample: Sample) -> None:
    if sample.labels is None:
        write_words(file, sample.words, sample.alphabet)
        return
    lines = [
        f"{sample.classes[label]}\t{sample.alphabet.text(word)}\n"
        for word, label in zip(sample.words, sample.labels.tolist(), strict=True)
    ]
    write_whole(file, "label\tword\n" + "".join(lines))
