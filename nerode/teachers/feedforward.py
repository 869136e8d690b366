"""A feed-forward network on words of one length, as a torch module that can be trained, saved and loaded.

The first layer has a weight vector for each letter at each place, so that words are read as letters in one-hot code, one after
the other. The other layers are affine maps with rectifiers between them. Rumelhart, Hinton, Williams: Learning representations by
back-propagating errors, 1986.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from nerode.errors import InputError
from nerode.teachers.networks import check_sizes

MOST_WEIGHTS = 2**27  # of the first layer


@dataclass(frozen=True)
class FeedForwardSpec:
    """The shape of a feed-forward network.

    Parameters
    ----------
    tokens : number of letters
    length : number of letters of each word
    hidden, layers : width and number of the hidden layers
    width : number of scores per word
    """

    tokens: int
    length: int
    hidden: int
    layers: int
    width: int

    def __post_init__(self) -> None:
        check_sizes("a feed-forward network", (self.tokens, self.length, self.hidden, self.layers, self.width), self.layers)
        if self.tokens * self.length * self.hidden > MOST_WEIGHTS:
            raise InputError(
                f"a feed-forward network of width {self.hidden} on words of {self.length:,} letters is too large; narrow it"
            )

    def __str__(self) -> str:
        return f"feed-forward, {self.layers} layer{'s' * (self.layers > 1)} of {self.hidden}, words of {self.length} letters"


class FeedForward(nn.Module):
    """Maps tokens (n, length) to scores (n, width)."""

    def __init__(self, spec: FeedForwardSpec) -> None:
        super().__init__()
        self.spec = spec
        self.longest = spec.length
        self.first = nn.Embedding(spec.length * spec.tokens, spec.hidden)
        self.bias = nn.Parameter(torch.zeros(spec.hidden))
        self.inner = nn.ModuleList(nn.Linear(spec.hidden, spec.hidden) for _ in range(spec.layers - 1))
        self.readout = nn.Linear(spec.hidden, spec.width)
        nn.init.normal_(self.first.weight, std=spec.length**-0.5)  # a word sums one vector for each place

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, width) of tokens (n, length).

        Raises
        ------
        InputError : words of another length
        """
        if tokens.shape[1] != self.spec.length:
            raise InputError(
                f"the network reads words of exactly {self.spec.length} letters, and one of {tokens.shape[1]} was asked about; "
                "what asks about words of other lengths does not fit it: learn students such as regression, tree and mlp"
            )
        begins = torch.arange(self.spec.length, device=tokens.device) * self.spec.tokens
        hidden = relu(self.first(tokens + begins).sum(dim=1) + self.bias)
        for layer in self.inner:
            hidden = relu(layer(hidden))
        scores: Tensor = self.readout(hidden)
        return scores
