"""Networks of brackets of a limited depth: trained here, with fixed seeds, and kept."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from nerode.automata.nested_words import NestedWords, near_misses
from nerode.automata.vpa import VPA
from nerode.datasets.languages import Dyck
from nerode.links import Binary
from nerode.sampling import uniform_words
from nerode.teachers import directory
from nerode.teachers.architectures import TrainingSettings
from nerode.teachers.examples import Examples
from nerode.teachers.model import TrainedModel
from nerode.teachers.recognition import is_directory
from nerode.teachers.training import train

PLACE = Path(__file__).resolve().parents[1] / "networks"  # not in the repository
DEPTH, FILLERS, LONGEST = 6, 2, 30
LESSONS = 8000  # accepted words, as many that are close to these, and half as many random ones


@dataclass(frozen=True)
class Network:
    """A network of brackets of some kinds among two other letters."""

    kinds: int
    settings: TrainingSettings

    @property
    def name(self) -> str:
        """What it is called: cells and kinds of brackets."""
        return f"{self.settings.architecture}-{self.settings.hidden}-brackets-{self.kinds}"

    @property
    def truth(self) -> VPA:
        """The language, of any depth: one location, and a trap where there are several kinds."""
        n = min(self.kinds, 2)
        pops = np.full((n, self.kinds, n, self.kinds), n - 1)
        pops[0, np.arange(self.kinds), 0, np.arange(self.kinds)] = 0
        calls = np.arange(0, 2 * self.kinds, 2)
        loops = np.tile(np.arange(n)[:, None], (1, FILLERS))
        return VPA(Dyck(self.kinds, fillers=FILLERS).alphabet, calls, calls + 1, loops, pops, np.arange(n) == 0)

    def model(self, place: Path) -> TrainedModel:
        """The network as it is kept in a folder; trained and put there where it is not."""
        folder = place / self.name
        if not is_directory(folder):
            place.mkdir(parents=True, exist_ok=True)
            self._train(folder)
        return directory.load(folder)

    def _train(self, folder: Path) -> None:
        rng = np.random.default_rng(0)

        def progress(done: int, total: int, message: str) -> None:
            print(f"\r\x1b[Ktraining {self.name}: step {done:,} of at most {total:,}, {message}", end="", file=sys.stderr)

        lessons, held_out = self._examples(rng, LESSONS), self._examples(rng, LESSONS // 8)
        model, report = train(self.truth.alphabet, Binary(), lessons, held_out, self.settings, rng, progress)
        print(file=sys.stderr)
        directory.save(folder, model, asdict(report))

    def _examples(self, rng: np.random.Generator, count: int) -> Examples:
        """Words of depth up to DEPTH, all depths equally often, words close to these, and random ones."""
        truth = self.truth
        heights = rng.integers(0, DEPTH + 1, count)
        accepted = NestedWords(truth, LONGEST, DEPTH).draw(rng, heights, rng.integers(2 * heights, LONGEST + 1), truth.accepting)
        close = near_misses(rng, truth, accepted)
        words = [*accepted, *(close[i] for i in rng.permutation(len(close))[:count].tolist())]
        words += uniform_words(rng, len(truth.alphabet), rng.integers(0, LONGEST + 1, count // 2))
        return Examples(words, truth.predict(words))


NETWORKS = tuple(Network(kinds, TrainingSettings("gru", hidden=50, max_steps=15_000)) for kinds in (1, 2, 3))
