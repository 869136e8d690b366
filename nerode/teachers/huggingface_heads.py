"""Base models of the transformers library with a linear head of the user's: its scores are those of the last hidden state.

The head is a file of a weight (outputs, hidden) and at most a bias (outputs,), which is read as `nerode import` reads weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nerode.errors import InputError
from nerode.links import Binary, Link, Multiclass
from nerode.teachers.huggingface_networks import ReadByToken, of_nothing
from nerode.teachers.imports.files import read_weights

LAST, FIRST, MEAN = "last", "first", "mean"
POOLINGS = (LAST, FIRST, MEAN)
ADVICE = "of any other head, make a module and give it to nerode.teacher in Python"


class HeadedModel(ReadByToken):
    """A base model and an affine head.

    Parameters
    ----------
    head : maps hidden states to scores
    pooling : the hidden state that it reads: that of the last token with the markers, that of the first one, or their mean
    marked : whether words end with a marker
    """

    def __init__(
        self,
        model: Any,
        table: Sequence[int],
        longest: int | None,
        head: nn.Linear,
        pooling: str,
        marked: bool,
        alone: tuple[int, ...],
    ) -> None:
        super().__init__(model, table, longest, alone)
        self.head = head
        self._pooling = pooling
        self._marked = marked

    def __str__(self) -> str:
        return f"{super().__str__()}, with a head of {self.head.out_features} on the {self._pooling} hidden state"

    @property
    def by_token(self) -> bool:
        """Whether the scores of a word are those after its last token."""
        return super().by_token and self._pooling == LAST and not self._marked

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, width) of tokens (n, length)."""
        if tokens.shape[1] == 0 and self.alone:
            return of_nothing(self, tokens, self.alone)
        hidden = self.ask(tokens).last_hidden_state
        pooled = hidden.mean(1) if self._pooling == MEAN else hidden[:, 0 if self._pooling == FIRST else -1]
        scores: Tensor = self.head(pooled)
        return scores

    def scores_of(self, output: Any) -> Tensor:
        """Return the scores (n, length, width) after each token, from the model's output."""
        scores: Tensor = self.head(output.last_hidden_state)
        return scores


def read_head(file: Path, hidden: int) -> tuple[nn.Linear, Link]:
    """Return the head in a file, with the margin of class 1 in place of the scores of two classes, and what its scores mean.

    Raises
    ------
    InputError : a file that is damaged or no file of weights, or weights that are no linear head for so wide hidden states
    """
    tensors = read_weights(file)[0].tensors
    weights = [tensor for tensor in tensors.values() if tensor.ndim == 2]
    biases = [tensor for tensor in tensors.values() if tensor.ndim == 1]
    if len(weights) != 1 or len(biases) > 1 or len(tensors) != len(weights) + len(biases):
        raise InputError(
            f"{file} is no linear head, which is a weight of two axes and at most a bias; it has "
            f"{', '.join(f'{name} {tuple(tensor.shape)}' for name, tensor in list(tensors.items())[:4])}; {ADVICE}"
        )
    weight = weights[0].float()
    bias = biases[0].float() if biases else torch.zeros(len(weight))
    if weight.shape[1] != hidden or len(bias) != len(weight) or not len(weight):
        raise InputError(
            f"{file} does not fit the model: the weight of its head is {tuple(weight.shape)} and its bias {tuple(bias.shape)}, "
            f"and hidden states have {hidden} numbers, so that a weight is (outputs, {hidden})"
        )
    if len(weight) == 2:
        weight, bias = weight[1:] - weight[:1], bias[1:] - bias[:1]
    head = nn.Linear(hidden, len(weight))
    head.weight.data, head.bias.data = weight, bias
    return head, Binary() if len(weight) == 1 else Multiclass()
