"""What is tabulated: networks with random weights, and random prefixes and suffixes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from nerode.errors import InputError
from nerode.links import Binary, Link, NextSymbol
from nerode.protocols import Teacher
from nerode.teachers.distilbert import DistilBertNetwork, DistilBertSpec
from nerode.teachers.encoding import Encoding
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.words import Alphabet, Word, Words

LETTERS = 12
LONGEST_PREFIX, LONGEST_SUFFIX = 8, 5
MOST = 10_000  # prefixes or suffixes; beyond it a table fills the memory before anything is measured
BINARY = Binary()
MARKED = Encoding(begin=(LETTERS,))  # as `teachers/training.py` spells words
MASKED = Encoding(begin=(1, LETTERS + 2), finish=(LETTERS + 3,), offset=2)  # as the competition's DistilBERT does


@dataclass(frozen=True)
class Case:
    """A network and the table to fill.

    Parameters
    ----------
    make : builds the network; weights are drawn as torch initialises them
    size : prefixes, and suffixes, unless the command line says otherwise
    shifted : whether the rows p·a are filled as well as the rows p
    suffix_closed : whether the suffixes of prefixes are prefixes, not the prefixes: best for networks that read both ways
    """

    name: str
    make: Callable[[], nn.Module]
    link: Link = BINARY
    width: int = 1
    encoding: Encoding = MARKED
    size: int = 1000
    shifted: bool = False
    suffix_closed: bool = False

    def table(self, size: int | None = None) -> Table:
        """The words of its table, of another size than its own where one is given."""
        return table(self.size if size is None else size, self.shifted, self.suffix_closed)

    def network(self) -> nn.Module:
        """The network, the same each time."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            network = self.make()
        return network.eval()

    def teacher(self, network: nn.Module) -> Teacher:
        """The network as nerode asks it."""
        alphabet = Alphabet.of_size(LETTERS)
        return TrainedModel(network, alphabet, self.link, self.encoding, self.width, self.name, "random weights").teacher


def _recurrent(cell: str, hidden: int, width: int = 1, layers: int = 1, bidirectional: bool = False) -> Callable[[], nn.Module]:
    return lambda: RecurrentNetwork(RecurrentSpec(cell, LETTERS + 1, hidden, (width,), layers, bidirectional))


def _transformer() -> nn.Module:
    return CausalTransformer(TransformerSpec(LETTERS + 1, dim=64, heads=4, layers=2, feedforward=128, width=1))


def _distilbert() -> nn.Module:
    return DistilBertNetwork(DistilBertSpec(LETTERS + 4, longest=64, layers=2, dim=64, heads=4, feedforward=128, width=1))


NEXT = NextSymbol(LETTERS)
CLASSIFIER = _recurrent("gru", 64)
LANGUAGE_MODEL = _recurrent("gru", 64, LETTERS + 1)
CASES = (
    Case("gru-64-lm", LANGUAGE_MODEL, NEXT, LETTERS + 1),
    Case("gru-64-lm-300", LANGUAGE_MODEL, NEXT, LETTERS + 1, size=300),
    Case("gru-64-lm-shifted", LANGUAGE_MODEL, NEXT, LETTERS + 1, shifted=True),
    Case("srn-64", _recurrent("rnn", 64)),
    Case("lstm-64", _recurrent("lstm", 64)),
    Case("gru-50x2", _recurrent("gru", 50, layers=2)),
    Case("bi-srn-64", _recurrent("rnn", 64, bidirectional=True), suffix_closed=True),
    Case("bi-gru-64", _recurrent("gru", 64, bidirectional=True), suffix_closed=True),
    Case("bi-gru-64-prefix-closed", _recurrent("gru", 64, bidirectional=True)),
    Case("transformer-64", _transformer),
    Case("distilbert", _distilbert, encoding=MASKED, size=300),
)


@dataclass(frozen=True)
class Table:
    """The words of a table: a cell is the score of a row followed by a suffix. With shifted blocks the rows are the distinct
    words among p and p·a."""

    prefixes: Words
    suffixes: Words
    rows: Words

    @property
    def cells(self) -> int:
        return len(self.rows) * len(self.suffixes)

    def words(self, cells: Iterable[int]) -> list[Word]:
        """The words of cells, numbered row after row."""
        places = (divmod(cell, len(self.suffixes)) for cell in cells)
        return [self.rows[row] + self.suffixes[column] for row, column in places]


def check_size(size: int) -> None:
    """Refuse a size of tables.

    Raises
    ------
    InputError : it is no whole number from 1 to MOST
    """
    if not 1 <= size <= MOST:
        raise InputError(f"the size of a table must lie in 1 … {MOST:,}, not {size:,}")


def table(size: int, shifted: bool, suffix_closed: bool = False, seed: int = 0) -> Table:
    """`size` prefixes and as many suffixes, both prefix-closed unless the prefixes shall be closed under suffix.

    Raises
    ------
    InputError : a size that is no whole number from 1 to MOST
    """
    check_size(size)
    rng = np.random.default_rng(seed)
    prefixes, suffixes = closed(rng, size, LONGEST_PREFIX), closed(rng, size, LONGEST_SUFFIX)
    if suffix_closed:
        prefixes = [prefix[::-1] for prefix in prefixes]
    extended = [(*prefix, letter) for prefix in prefixes for letter in range(LETTERS)] if shifted else []
    return Table(prefixes, suffixes, list(dict.fromkeys([*prefixes, *extended])))


def closed(rng: np.random.Generator, count: int, longest: int) -> list[Word]:
    """Random words with uniform lengths 1 … longest and all their prefixes, until there are `count`."""
    words: dict[Word, None] = {(): None}
    while len(words) < count:
        word = tuple(rng.integers(LETTERS, size=rng.integers(1, longest + 1)).tolist())
        for length in range(1, len(word) + 1):
            if len(words) < count:
                words.setdefault(word[:length])
    return list(words)
