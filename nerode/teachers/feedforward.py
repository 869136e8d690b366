"""A feed-forward network on words of one length, as a torch module that can be trained, saved and loaded.

The first layer has a weight vector for each letter at each place, so that words are read as letters in one-hot code, one after
the other. The other layers are affine maps with rectifiers between them. Rumelhart, Hinton, Williams: Learning representations by
back-propagating errors, 1986.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from nerode.errors import InputError
from nerode.teachers.activations import check_scales, round_inputs
from nerode.teachers.embeddings import embedding
from nerode.teachers.networks import as_tuple, check_sizes

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
    widths : of the hidden layers, lowest first, where they differ; `hidden` is then that of the last
    activations : the scale of what each affine map above the first layer reads, that of the read-out last; see `activations`
    """

    tokens: int
    length: int
    hidden: int
    layers: int
    width: int
    widths: tuple[int, ...] | None = None
    activations: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("widths", "activations"):
            object.__setattr__(self, name, as_tuple(name, getattr(self, name)))
        check_scales(self.activations)
        sizes = (self.tokens, self.length, self.hidden, self.layers, self.width, *(self.widths or ()))
        check_sizes("a feed-forward network", sizes, self.layers)
        if self.widths is not None and (len(self.widths) != self.layers or self.widths[-1] != self.hidden):
            raise InputError("the widths of a feed-forward network are one a layer, the last its hidden one")
        lowest = self.all_widths[0]
        if self.tokens * self.length * lowest > MOST_WEIGHTS:
            raise InputError(
                f"a feed-forward network of width {lowest} on words of {self.length:,} letters is too large; narrow it"
            )

    @property
    def all_widths(self) -> tuple[int, ...]:
        """The width of each hidden layer, lowest first."""
        return self.widths or (self.hidden,) * self.layers

    def __str__(self) -> str:
        widths = ", ".join(map(str, self.widths or (self.hidden,)))
        bits = ", activations of 8 bits" if self.activations else ""
        return f"feed-forward, {self.layers} layer{'s' * (self.layers > 1)} of {widths}, words of {self.length} letters{bits}"


class FeedForward(nn.Module):
    """Maps tokens (n, length) to scores (n, width)."""

    def __init__(self, spec: FeedForwardSpec) -> None:
        super().__init__()
        self.spec = spec
        self.longest = spec.length
        widths = spec.all_widths
        self.first = embedding(spec.length * spec.tokens, widths[0])
        self.bias = nn.Parameter(torch.zeros(widths[0]))
        self.inner = nn.ModuleList(nn.Linear(below, width) for below, width in pairwise(widths))
        self.readout = nn.Linear(spec.hidden, spec.width)
        round_inputs(self, spec.activations)
        if not self.first.weight.is_meta:
            nn.init.normal_(self.first.weight, std=spec.length**-0.5)  # a word sums one vector for each place

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, width) of tokens (n, length).

        Raises
        ------
        InputError : words of another length
        """
        scores: Tensor = self.readout(self.given(tokens)[-1])
        return scores

    def given(self, tokens: Tensor) -> list[Tensor]:
        """Return what each hidden layer gives, (n, width of the layer), for tokens (n, length).

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
        hidden = [relu(self.first(tokens + begins).sum(dim=1) + self.bias)]
        for layer in self.inner:
            hidden.append(relu(layer(hidden[-1])))
        return hidden
