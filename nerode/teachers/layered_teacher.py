"""Teachers that read letter by letter, in numpy: convolutions over time, state-space models, gated linear attention.

A state has one size, whatever the length of the word.
"""

from __future__ import annotations

from itertools import accumulate, pairwise

import numpy as np

from nerode.links import Link
from nerode.protocols import Described, States, take
from nerode.stepping import scores_by_stepping
from nerode.teachers.encoding import Encoding
from nerode.teachers.fused import check_exact
from nerode.teachers.layered import LayeredBlock, LayeredNetwork, MapOf, Product
from nerode.teachers.rowwise import Affine, Norm, numbers
from nerode.words import Alphabet, FloatArray, IntArray, RealArray, Words


class LayeredTeacher(Described):
    """A network on the processor that keeps a state of one size.

    A state holds the hidden vector (n, dim) that the last block gave, zeros before the first token, and what each block keeps.

    Parameters
    ----------
    map_of : how affine maps are computed; with `rowwise.Affine` the network is in exact mode, since all else that is computed for
        a word depends on no other
    """

    def __init__(
        self, network: LayeredNetwork, alphabet: Alphabet, link: Link, encoding: Encoding, map_of: MapOf = Product
    ) -> None:
        self.alphabet, self.link, self.width = alphabet, link, network.spec.width
        self._network, self._encoding = network, encoding
        self._embedding = numbers(network.embedding.weight)
        self._blocks = [block.steps(map_of) for block in network.blocks if isinstance(block, LayeredBlock)]
        self._norm, self._readout = Norm(network.norm), map_of(network.readout)
        starts = [block.start() for block in self._blocks]
        ends = list(accumulate(map(len, starts), initial=1))
        self._places = [slice(begin, end) for begin, end in pairwise(ends)]  # of blocks, in the states
        self._nothing: States = (np.zeros_like(self._embedding[:1]), *(part for parts in starts for part in parts))

    @property
    def parameter_bytes(self) -> int:
        """The memory of the network's parameters."""
        return sum(weights.nbytes for weights in self._network.parameters())

    def start(self) -> States:
        """Return the state after the begin markers."""
        return self._feed(self._nothing, self._encoding.begin)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """Return the states after one step from each pair of a kept state and a symbol; see `SteppingTeacher`."""
        return self._step(take(states, parents), symbols + self._encoding.offset)

    def read(self, states: States) -> RealArray:
        """Return the scores (n, width), after the finish markers where the network reads any."""
        return self._readout(self._norm(self._feed(states, self._encoding.finish)[0]))

    def scores(self, words: Words) -> FloatArray:
        """Return the scores (n, width) of whole words."""
        return scores_by_stepping(self, words)

    def exact(self) -> LayeredTeacher:
        """Return the same network in exact mode."""
        check_exact(self._network.embedding.weight)
        return LayeredTeacher(self._network, self.alphabet, self.link, self._encoding, Affine)

    def _feed(self, states: States, tokens: tuple[int, ...]) -> States:
        for token in tokens:
            states = self._step(states, np.full(len(states[0]), token))
        return states

    def _step(self, states: States, tokens: IntArray) -> States:
        """Return the states after one more token (n,) each."""
        hidden: RealArray = self._embedding[tokens]
        after: list[RealArray] = []
        for block, place in zip(self._blocks, self._places, strict=True):
            hidden, kept = block.step(states[place], hidden)
            after.extend(kept)
        return hidden, *after
