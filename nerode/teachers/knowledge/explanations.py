"""Explanations: what each letter of a word does to the score, by gradients, and a loss that compares it.

A letter is a vector to a network, and the score is taken as linear around the word. Its derivative by the vector of a letter,
times that vector less the mean of those of all other letters, is what replacing the letter would do: the effect "replaced" of
`nerode.eval.explanations`, to first order.
"""

from __future__ import annotations

import torch
from torch import Tensor

from nerode.teachers.knowledge.features import share
from nerode.teachers.knowledge.reading import Reading


def effects(reading: Reading, symbols: Tensor, there: Tensor, labels: Tensor, learned: bool = True) -> Tensor:
    """Return what each letter does to the score of its word, (n, length), 0 at positions that the word has not.

    Gradient times input: Simonyan, Vedaldi, Zisserman: Deep inside convolutional networks, 2014, section 3; Shrikumar, Greenside,
    Kundaje: Learning important features through propagating activation differences, ICML 2017, section 2.

    Parameters
    ----------
    reading : of n words, made where gradients are enabled
    symbols : (n, length), the letters
    there : (n, length), which positions a word has
    learned : whether gradients run back through the effects
    labels : (n,), of several classes the one whose lead over the best other one is explained; unused where there is one score
    """
    scores = reading.scores
    if scores.shape[1] > 1:
        chosen = torch.arange(scores.shape[1]) == labels[:, None]
        answer = scores[chosen] - scores.masked_fill(chosen, -torch.inf).amax(dim=1)
    else:
        answer = scores[:, 0]
    (slope,) = torch.autograd.grad(answer.sum(), reading.given, create_graph=learned)
    slope = slope[:, reading.first : reading.first + symbols.shape[1]]  # (n, length, dim)
    table = reading.table.expand(symbols.shape[1], -1, -1)
    of_letters = torch.einsum("nld,lsd->nls", slope, table)  # (n, length, letters)
    own = of_letters.gather(2, symbols[:, :, None])[:, :, 0]
    letters = of_letters.shape[2]
    return (letters * own - of_letters.sum(dim=2)) / (letters - 1) * there


def explanations(ours: Tensor, theirs: Tensor) -> Tensor:
    """Return the squared distance of effects (n, length), as a share of the squares of the teacher's.

    Effects of norm 1 for each word would be closer to the rank correlation that reports show, but an untrained student has hardly
    any effects, and their directions had gradients beside which those of the answers were lost. After
    Alharbi, Vu, Thai: Learning interpretation with explainable knowledge distillation (XDistillation), 2021.
    """
    return share(ours, theirs)
