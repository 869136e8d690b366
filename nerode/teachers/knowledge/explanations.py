"""Explanations: what each letter of a word does to the score, by gradients, and a loss that compares it.

A letter is a vector to a network, and the score is taken as linear around the word. Its derivative by the vector of a letter,
times that vector less the mean of those of all other letters, is what replacing the letter would do: the effect "replaced" of
`nerode.eval.explanations`, to first order.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from nerode.teachers.knowledge.reading import Reading


def effects(reading: Reading, symbols: Tensor, there: Tensor, labels: Tensor) -> Tensor:
    """Return what each letter does to the score of its word, (n, length), 0 at positions that the word has not.

    Gradient times input: Simonyan, Vedaldi, Zisserman: Deep inside convolutional networks, 2014, section 3; Shrikumar, Greenside,
    Kundaje: Learning important features through propagating activation differences, ICML 2017, section 2.

    Parameters
    ----------
    reading : of n words, made where gradients are enabled
    symbols : (n, length), the letters
    there : (n, length), which positions a word has
    labels : (n,), of several classes the one whose lead over the best other one is explained; unused where there is one score
    """
    scores = reading.scores
    if scores.shape[1] > 1:
        chosen = torch.arange(scores.shape[1]) == labels[:, None]
        answer = scores[chosen] - scores.masked_fill(chosen, -torch.inf).amax(dim=1)
    else:
        answer = scores[:, 0]
    (slope,) = torch.autograd.grad(answer.sum(), reading.given, create_graph=True)
    slope = slope[:, reading.first : reading.first + symbols.shape[1]]  # (n, length, dim)
    table = reading.table.expand(symbols.shape[1], -1, -1)
    of_letters = torch.einsum("nld,lsd->nls", slope, table)  # (n, length, letters)
    own = of_letters.gather(2, symbols[:, :, None])[:, :, 0]
    letters = of_letters.shape[2]
    return (letters * own - of_letters.sum(dim=2)) / (letters - 1) * there


def explanations(ours: Tensor, theirs: Tensor) -> Tensor:
    """Return the mean squared distance of effects (n, length), of each word of norm 1.

    What counts is which letters matter and to which side, not how much the score moves in all, as for the rank correlation that
    reports show. After Alharbi, Vu, Thai: Learning interpretation with explainable knowledge distillation (XDistillation), 2021.
    """
    a, b = (normalize(effect, dim=1) for effect in (ours, theirs))
    return (a - b).square().sum(dim=1).mean()
