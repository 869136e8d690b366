"""A guide: what a student in training is to learn from a teacher's layers, beside its answers."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import torch
from numpy.random import Generator
from torch import Tensor, nn

from nerode.teachers.distilling import Apprentice
from nerode.teachers.encoding import Encoding
from nerode.teachers.knowledge.reading import Reading, read, tokens_of
from nerode.teachers.knowledge.transfer import EXPLANATIONS, Both, Transfer, guides
from nerode.teachers.model import TrainedModel
from nerode.teachers.training import encoding_of, reads_whole
from nerode.words import Words, pack

FORWARD = 3  # times as much work it is to train as to read

Weighed = tuple[tuple[Transfer, float], ...]


class Guide:
    """The layers of a teacher beside those of a student.

    The learned maps are trained by the optimiser of the student, and are no part of it.

    Parameters
    ----------
    model : the teacher; its network is copied
    learner : the student
    transfers : what is transferred, and the weight of each loss in their sum
    rng : of the first weights of maps
    """

    def __init__(self, model: TrainedModel, learner: Apprentice, transfers: Iterable[tuple[Transfer, float]], rng: Generator):
        self.network: Any = deepcopy(model.network).cpu().float().requires_grad_(False).eval()
        self.whole = reads_whole(self.network)
        self._model, self._learner = model, learner
        self._transfers: Weighed = tuple(transfers)
        self._explains = any(transfer is EXPLANATIONS for transfer, _ in self._transfers)
        self._encoding = encoding_of(learner.network, model.alphabet)
        ours, theirs = (
            self._widths(network, how) for network, how in ((learner.network, self._encoding), (self.network, model.encoding))
        )
        pairs = [(ours[i], theirs[j]) for i, j in guides(len(ours), len(theirs))]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63)))
            self.maps = [
                nn.ModuleList(nn.Linear(a, b) for a, b in pairs) if transfer.mapped else nn.ModuleList()
                for transfer, _ in self._transfers
            ]
        if weights := [weight for maps in self.maps for weight in maps.parameters()]:
            learner.optimiser.add_param_group({"params": weights})

    @property
    def work(self) -> int:
        """About how much work a letter is, in parameters that are trained by it: the teacher reads, and does not learn."""
        theirs, maps = (
            sum(weights.numel() for part in parts for weights in part.parameters()) for parts in ([self.network], self.maps)
        )
        return self._learner.parameters + maps + theirs // FORWARD

    def both(self, symbols: Tensor, lengths: Tensor) -> Both:
        """Return what words of one letter or more do in both networks."""
        letters = len(self._model.alphabet)
        with torch.set_grad_enabled(self._explains):
            theirs = read(self.network, tokens_of(self._model.encoding, letters, symbols, lengths))
        ours = read(self._learner.network, tokens_of(self._encoding, letters, symbols, lengths))
        return Both(ours, _settled(theirs), symbols, lengths, theirs.scores.detach().argmax(dim=1))

    def _widths(self, network: Any, encoding: Encoding) -> list[int]:
        """The widths of the layers of a network."""
        word = torch.zeros(1, getattr(network.spec, "length", 1), dtype=torch.int64)
        with torch.no_grad():
            reading = read(network, tokens_of(encoding, len(self._model.alphabet), word, torch.tensor([word.shape[1]])))
        return [end.shape[1] for end in reading.ends]

    def loss(self, both: Both) -> Tensor:
        """Return the weighed sum of what the two networks differ by."""
        losses = [weight * transfer.loss(both, maps) for (transfer, weight), maps in zip(self._transfers, self.maps, strict=True)]
        return torch.stack(losses).sum()


@dataclass(frozen=True, eq=False)
class Guided:
    """A guide through the words of a lesson.

    Parameters
    ----------
    symbols : (n, longest), padded
    lengths : (n,)
    """

    guide: Guide
    symbols: Tensor
    lengths: Tensor

    @property
    def one_length(self) -> bool:
        """Whether the words of a batch must have one length."""
        return self.guide.whole

    def backward(self, rows: Tensor) -> None:
        """Run backward from the loss of these words; ε has no letter and counts nothing."""
        rows = rows[self.lengths[rows] > 0]
        if len(rows):
            lengths = self.lengths[rows]
            symbols = self.symbols[rows, : int(lengths.max())]
            self.guide.loss(self.guide.both(symbols, lengths)).backward()  # type: ignore[no-untyped-call]


def guided(guide: Guide, words: Words) -> Guided:
    """Return a guide through words."""
    symbols, lengths = (torch.from_numpy(part) for part in pack(words))
    return Guided(guide, symbols, lengths)


def _settled(reading: Reading) -> Reading:
    """The same, without gradients in states."""
    states = None if reading.states is None else tuple(part.detach() for part in reading.states)
    return replace(reading, states=states, ends=tuple(part.detach() for part in reading.ends))
