"""Networks that are asked whole words."""

from __future__ import annotations

import numpy as np
import torch

from nerode.links import Link
from nerode.protocols import Teacher
from nerode.teachers.encoding import Encoding, by_length
from nerode.teachers.exact import exact_network
from nerode.words import Alphabet, FloatArray, Words

BATCH = 1024  # words asked side by side


class WholeWordTeacher:
    """A network that has no state to keep: it is asked whole words, batched by length."""

    def __init__(self, alphabet: Alphabet, link: Link, encoding: Encoding, network: torch.nn.Module, width: int) -> None:
        self.alphabet = alphabet
        self.link = link
        self.width = width
        self._encoding = encoding
        self._network = network.eval()
        weights = next(network.parameters(), torch.zeros(0))
        self._device, self._dtype = weights.device, weights.dtype

    def scores(self, words: Words) -> FloatArray:
        """Scores (n, width) of whole words."""
        words = self.alphabet.words(words)
        scores = np.empty((len(words), self.width))
        with torch.inference_mode():
            for rows, batch in by_length(words, BATCH):
                tokens = torch.from_numpy(self._encoding.tokens(batch)).to(self._device)
                scores[rows] = self._network(tokens).cpu().numpy()
        return scores

    def exact(self) -> Teacher:
        """The same network in exact mode, where its arithmetic is ours."""
        return WholeWordTeacher(self.alphabet, self.link, self._encoding, exact_network(self._network), self.width)
