"""A teacher that evaluates a network on whole words."""

from __future__ import annotations

import numpy as np
import torch

from nerode.links import Link
from nerode.protocols import Described, Teacher
from nerode.teachers.encoding import Encoding, by_length
from nerode.teachers.exact import exact_network
from nerode.words import Alphabet, FloatArray, Words

BATCH = 1024  # words in one call of the network


class WholeWordTeacher(Described):
    """A network whose states are not kept. It reads whole words, in batches of one length."""

    told: str = ""  # how words are spelled, where that is a choice

    def __init__(self, alphabet: Alphabet, link: Link, encoding: Encoding, network: torch.nn.Module, width: int) -> None:
        self.alphabet = alphabet
        self.link = link
        self.width = width
        self._encoding = encoding
        self._network = network.eval()
        weights = next(network.parameters(), torch.zeros(0))
        self._device, self._dtype = weights.device, weights.dtype

    @property
    def longest(self) -> int | None:
        """The number of letters of the longest words that the network has positions for; None if there is no limit."""
        return self._encoding.room(getattr(self._network, "longest", None))

    @property
    def parameter_bytes(self) -> int | None:
        """The memory of the network's parameters; None where it keeps none, as in exact mode."""
        return sum(weights.nbytes for weights in self._network.parameters()) or None

    def scores(self, words: Words) -> FloatArray:
        """Return the scores (n, width) of whole words."""
        words = self.alphabet.words(words)
        scores = np.empty((len(words), self.width))
        with torch.inference_mode():
            for rows, batch in by_length(words, BATCH):
                tokens = torch.from_numpy(self._encoding.tokens(batch)).to(self._device)
                scores[rows] = self._network(tokens).cpu().numpy()
        return scores

    def exact(self) -> Teacher:
        """Return the same network in exact mode; raise InputError if it has none, see `exact_network`."""
        return WholeWordTeacher(self.alphabet, self.link, self._encoding, exact_network(self._network), self.width)
