"""A guide: what a student in training is to learn from a teacher's layers, beside its answers.

The teacher reads each word of a lesson once, in the first pass, where that fits into memory; later passes look it up.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

import torch
from numpy.random import Generator
from torch import Tensor, nn

from nerode.teachers.distilling import Apprentice
from nerode.teachers.encoding import Encoding
from nerode.teachers.knowledge.examples import Example, Examples
from nerode.teachers.knowledge.explanations import effects
from nerode.teachers.knowledge.reading import read, tokens_of
from nerode.teachers.knowledge.transfer import EXPLANATIONS, Both, Transfer, guides, positions
from nerode.teachers.model import TrainedModel
from nerode.teachers.training import encoding_of, reads_whole, work_of
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
        self._along = any(transfer.along for transfer, _ in self._transfers)
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
        self._last: Guided | None = None
        if weights := [weight for maps in self.maps for weight in maps.parameters()]:
            learner.optimiser.add_param_group({"params": weights})

    @property
    def passes(self) -> int:
        """About as many more passes of the student a batch takes; gradients of explanations are gradients of gradients."""
        return 1 + self._explains

    @property
    def work(self) -> int:
        """About how much work a letter is to the student, in parameters that are trained by it."""
        maps = sum(weights.numel() for maps in self.maps for weights in maps.parameters())
        return self.passes * self._learner.work + maps

    @property
    def reading(self) -> int:
        """About how much work a letter is to the teacher, in parameters that are trained by it: it reads, and for explanations
        gradients run back."""
        return work_of(self.network) // (1 if self._explains else FORWARD)

    def example(self, symbols: Tensor, lengths: Tensor) -> Example:
        """Return what words of one letter or more do in the teacher."""
        with torch.set_grad_enabled(self._explains):
            found = read(self.network, tokens_of(self._model.encoding, len(self._model.alphabet), symbols, lengths))
            labels = found.scores.detach().argmax(dim=1)
            told = effects(found, symbols, positions(symbols, lengths), labels, False) if self._explains else None
        states = found.of_letters(symbols.shape[1]) if self._along and found.states is not None else None
        return Example(states, found.ends, labels, told).mapped(Tensor.detach, Tensor.detach)

    def both(self, symbols: Tensor, lengths: Tensor, theirs: Example) -> Both:
        """Return what words of one letter or more do in both networks, from what they do in the teacher."""
        ours = read(self._learner.network, tokens_of(self._encoding, len(self._model.alphabet), symbols, lengths))
        return Both(ours, theirs, symbols, lengths)

    def _widths(self, network: Any, encoding: Encoding) -> list[int]:
        """The widths of the layers of a network."""
        word = torch.zeros(1, getattr(network.spec, "length", 1), dtype=torch.int64)
        with torch.no_grad():
            reading = read(network, tokens_of(encoding, len(self._model.alphabet), word, torch.tensor([word.shape[1]])))
        return [end.shape[1] for end in reading.ends]

    def through(self, words: Words) -> Guided:
        """Return a guide through the words of a lesson; the one of before while the lesson is the same."""
        if self._last is None or self._last.words is not words:
            self._last = Guided(self, words)
        return self._last

    def loss(self, both: Both) -> Tensor:
        """Return the weighed sum of what the two networks differ by."""
        losses = [weight * transfer.loss(both, maps) for (transfer, weight), maps in zip(self._transfers, self.maps, strict=True)]
        return torch.stack(losses).sum()


class Guided:
    """A guide through the words of a lesson, which knows what the teacher did with those that came.

    Parameters
    ----------
    guide : of the student
    words : of the lesson
    """

    def __init__(self, guide: Guide, words: Words) -> None:
        self.guide, self.words = guide, words
        self.symbols, self.lengths = (torch.from_numpy(part) for part in pack(words))
        self._examples = Examples(self.lengths)

    @property
    def one_length(self) -> bool:
        """Whether the words of a batch must have one length."""
        return self.guide.whole

    @property
    def work(self) -> int:
        """About how much work a letter is in the next pass, in parameters that are trained by it."""
        known = self._examples.knows(torch.nonzero(self.lengths)[:, 0])
        return self.guide.work + (0 if known else self.guide.reading)

    def both(self, rows: Tensor) -> Both | None:
        """Return what the words in these rows do in both networks, without ε, which has no letter; None if there is no other."""
        rows = rows[self.lengths[rows] > 0]
        if not len(rows):
            return None
        lengths = self.lengths[rows]
        symbols = self.symbols[rows, : int(lengths.max())]
        if self._examples.knows(rows):
            return self.guide.both(symbols, lengths, self._examples.of(rows))
        theirs = self.guide.example(symbols, lengths)
        self._examples.put(rows, theirs)
        return self.guide.both(symbols, lengths, theirs)

    def backward(self, rows: Tensor) -> None:
        """Run backward from the loss of these words."""
        both = self.both(rows)
        if both is not None:
            self.guide.loss(both).backward()  # type: ignore[no-untyped-call]
