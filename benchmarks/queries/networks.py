"""Networks that query learning is measured on: trained here, with fixed seeds, and kept."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from nerode.automata.dfa import DFA
from nerode.datasets.languages import Dyck, tomita
from nerode.datasets.samplers import training_words
from nerode.teachers import directory
from nerode.teachers.architectures import TrainingSettings
from nerode.teachers.lessons import lessons
from nerode.teachers.model import TrainedModel
from nerode.teachers.recognition import check_place, is_directory
from nerode.teachers.training import train
from nerode.words import Word, Words

from . import words as drawn

PLACE = Path(__file__).resolve().parents[1] / "networks"  # not in the repository


@dataclass(frozen=True)
class Network:
    """A network to train, or to load where that is done.

    Parameters
    ----------
    language : what it learns, by the name that `nerode.language` knows
    settings : its architecture, and how it is trained
    lessons : words that it is trained on
    longest : their greatest length; words to stop by are longer by two fifths
    """

    name: str
    language: str
    settings: TrainingSettings
    lessons: int
    longest: int

    @property
    def truth(self) -> DFA:
        """The language."""
        if self.language == drawn.BRACKETS:
            return Dyck(1, drawn.DEPTH, drawn.FILLERS).dfa()
        return tomita(int(self.language.removeprefix("tomita-")))

    def model(self, place: Path) -> TrainedModel:
        """The network as it is kept in a folder; trained and put there where it is not."""
        folder = place / self.name
        if not is_directory(folder):
            place.mkdir(parents=True, exist_ok=True)
            self._train(folder)
        return directory.load(folder)

    def _train(self, folder: Path) -> None:
        check_place(folder)
        language, rng = self.truth, np.random.default_rng(0)
        draw: Callable[[np.random.Generator, int, int], Words] = partial(_draw, self.language, language)
        training, held_out = lessons(language, draw, self.lessons, self.longest, self.longest * 7 // 5, rng)

        def progress(done: int, total: int, message: str) -> None:
            print(f"\r\x1b[Ktraining {self.name}: step {done:,} of at most {total:,}, {message}", end="", file=sys.stderr)

        model, report = train(language.alphabet, language.link, training, held_out, self.settings, rng, progress)
        print(file=sys.stderr)
        directory.save(folder, model, {"language": self.language, **asdict(report)})


def _draw(name: str, language: DFA, rng: np.random.Generator, count: int, longest: int) -> list[Word]:
    """Words to train on; of brackets half are drawn by their shapes, since others are hardly ever deep."""
    if name != drawn.BRACKETS:
        return training_words(rng, language, count, longest)
    return drawn.bracket_lessons(rng, count // 2, longest) + training_words(rng, language, count - count // 2, longest)


def _tomita(cell: str, number: int) -> Network:
    return Network(f"{cell}-50-tomita-{number}", f"tomita-{number}", TrainingSettings(cell, 50), 4000, 30)


TOMITA = tuple(_tomita(cell, number) for cell in ("gru", "lstm") for number in range(1, 8))
# at the usual rate of 0.01 the loss of these jumps up again and again, and a word in a hundred stays wrong
RATE, STEPS = 2e-3, 6000
BRACKETS = (
    Network("gru-50x2-brackets", drawn.BRACKETS, TrainingSettings("gru", 50, 2, learning_rate=RATE, max_steps=STEPS), 16_000, 30),
    Network("lstm-100-brackets", drawn.BRACKETS, TrainingSettings("lstm", 100, learning_rate=RATE, max_steps=STEPS), 16_000, 30),
)
