"""A transformer encoder, which classifies whole words: every position attends to all positions.

Vaswani and others: Attention is all you need, 2017. What is read out is the mean over the positions, or the output at the
first token as in BERT (Devlin and others 2019). Words that are trained on here begin with a marker, which is that first token.
The network has no state after a beginning of a word, so it is asked whole words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from nerode.errors import InputError
from nerode.teachers.transformer import Transformer, TransformerSpec

MEAN, FIRST = "mean", "first"
POOLINGS = (MEAN, FIRST)


@dataclass(frozen=True)
class EncoderSpec(TransformerSpec):
    """The shape of an encoder; beside the parameters of `TransformerSpec`:

    Parameters
    ----------
    pooling : what is read out: "mean", over all positions with those of markers, or "first", the output at the first token
    """

    name: ClassVar[str] = "transformer encoder"

    pooling: str = MEAN

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pooling not in POOLINGS:
            raise InputError(f"unknown pooling {self.pooling!r} of an encoder; known are {', '.join(POOLINGS)}")

    def __str__(self) -> str:
        return f"{super().__str__()}, {'mean over time' if self.pooling == MEAN else 'output at the first token'}"


class Encoder(Transformer):
    """A transformer encoder."""

    causal = False
    spec: EncoderSpec

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, width) of token sequences (n, length), all positions of which are read.

        Raises
        ------
        InputError : sequences without a token
        """
        self.spec.check_length(tokens.shape[1])
        hidden = self.hidden(tokens)
        scores: Tensor = self.readout(hidden.mean(dim=1) if self.spec.pooling == MEAN else hidden[:, 0])
        return scores
