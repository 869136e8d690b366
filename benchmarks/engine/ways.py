"""Ways of asking a network for the scores of words: one at a time, in batches, and through the engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, singledispatch
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence

from nerode.teachers.encoding import Encoding, by_length
from nerode.teachers.networks import RecurrentNetwork
from nerode.words import FloatArray, IntArray, Word, Words, pack

BATCHES = 256, 1024, 4096
REPEATS = 3

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Asked:
    """What a way took, in seconds, the scores (n, width), and the batch size that did best."""

    seconds: float
    scores: FloatArray
    batch: int = 1


def fastest(work: Callable[[], Result], repeats: int = REPEATS) -> tuple[float, Result]:
    """The least time of some runs in full, and the last result: other programs on the machine only ever add time.

    A result is let go before the next run, so that two never fill the memory together.
    """
    seconds = float("inf")
    for _ in range(repeats):
        result = None
        begun = time.perf_counter()
        result = work()
        seconds = min(seconds, time.perf_counter() - begun)
    assert result is not None
    return seconds, result


def one_by_one(network: nn.Module, encoding: Encoding, words: Words) -> Asked:
    """The network called on one word, batch of 1, for each word."""

    def ask() -> FloatArray:
        with torch.inference_mode():
            return np.stack([network(torch.tensor([spelled(encoding, word)]))[0].numpy() for word in words])

    return Asked(*fastest(ask))


def spelled(encoding: Encoding, word: Word) -> list[int]:
    """The tokens of a word."""
    return [*encoding.begin, *(symbol + encoding.offset for symbol in word), *encoding.finish]


def in_batches(way: Way, network: nn.Module, encoding: Encoding, words: Words) -> Asked:
    """Whole words in batches, with the size of batch that does best on them."""
    tried = []
    for batch in BATCHES:
        with torch.inference_mode():
            seconds, scores = fastest(partial(way, network, encoding, words, batch), repeats=2)
        tried.append(Asked(seconds, scores, batch))
    return min(tried, key=lambda asked: asked.seconds)


Way = Callable[[nn.Module, Encoding, Words, int], FloatArray]


@singledispatch
def packed(network: nn.Module, encoding: Encoding, words: Words, batch: int) -> FloatArray:
    """Scores (n, width) of whole words, in batches of one length: what there is for a transformer."""
    rows, answers = [], []
    for places, same_length in by_length(words, batch):
        rows.append(places)
        answers.append(network(torch.from_numpy(encoding.tokens(same_length))).numpy())
    return _in_order(np.concatenate(rows), np.concatenate(answers))


@packed.register
def _(network: RecurrentNetwork, encoding: Encoding, words: Words, batch: int) -> FloatArray:
    """Words as they come, in torch's packed sequences; the last states of the top layer are read out.

    For a bidirectional network these are the forward state at the last token and the backward state at the first.
    """
    answers = []
    for first in range(0, len(words), batch):
        tokens = [torch.tensor(spelled(encoding, word)) for word in words[first : first + batch]]
        answers.append(_of_packed(network, pack_sequence(tokens, enforce_sorted=False)))
    return np.concatenate(answers).astype(np.float64)


@singledispatch
def tuned(network: nn.Module, encoding: Encoding, words: Words, batch: int) -> FloatArray:
    """As fast as batches of whole words were made to go."""
    return packed(network, encoding, words, batch)


@tuned.register
def _(network: RecurrentNetwork, encoding: Encoding, words: Words, batch: int) -> FloatArray:
    """Packed sequences of words that are sorted by length and joined at once."""
    assert (encoding.finish, encoding.offset) == ((), 0)  # as for all networks here; others would be padded in between
    symbols, lengths = pack(words)
    order = np.argsort(-lengths, kind="stable")
    begin = np.tile(np.array(encoding.begin, np.int64), (len(words), 1))
    tokens = torch.from_numpy(np.concatenate([begin, symbols], axis=1)[order])
    sizes = torch.from_numpy(lengths[order] + len(encoding.begin))
    answers = []
    for first in range(0, len(words), batch):
        length = sizes[first : first + batch]
        answers.append(_of_packed(network, pack_padded_sequence(tokens[first : first + batch, : int(length[0])], length, True)))
    return _in_order(order, np.concatenate(answers))


def _of_packed(network: RecurrentNetwork, words: PackedSequence) -> NDArray[np.float32]:
    _, last = network.cells(words._replace(data=network.embed(words.data)))
    top = (last[0] if isinstance(last, tuple) else last)[-2 if network.spec.bidirectional else -1 :]  # (ways, n, hidden)
    answers: NDArray[np.float32] = network.readout(torch.cat(list(top), dim=1)).numpy()
    return answers


def _in_order(rows: IntArray, answers: NDArray[np.float32]) -> FloatArray:
    scores = np.empty(answers.shape)
    scores[rows] = answers
    return scores
