"""Relations: losses that compare how words, or layers, of a student relate to each other with how they do in its teacher.

A word stands for itself by a state (width,), so those of n words are (n, width). The widths of the two networks may differ.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize, smooth_l1_loss

from nerode.teachers.knowledge.features import share


def similarity(ours: Tensor, theirs: Tensor) -> Tensor:
    """Return the mean squared difference of the similarities of words, from states (n, width of each).

    Similarities are products of states; those of one word with all n have norm 1. Tung, Mori: Similarity-preserving knowledge
    distillation, ICCV 2019, equations 1 to 4.
    """
    a, b = (normalize(states @ states.T, dim=1) for states in (ours, theirs))
    return (a - b).square().mean()


def distances(ours: Tensor, theirs: Tensor) -> Tensor:
    """Return the mean Huber loss of the distances of two words in parts of the mean distance, from states (n, width of each).

    Park, Kim, Lu, Cho: Relational knowledge distillation, CVPR 2019, equations 5 to 8.
    """
    n = len(ours)
    a, b = (_distances(states) for states in (ours, theirs))
    return smooth_l1_loss(a, b, reduction="sum") / max(1, n * (n - 1))


def angles(ours: Tensor, theirs: Tensor) -> Tensor:
    """Return the mean Huber loss of the cosines of the angles that three words form, from states (n, width of each).

    Park, Kim, Lu, Cho: Relational knowledge distillation, CVPR 2019, equations 9 and 10. The mean is over all (i, j, k), with j
    at the corner; where two of the three are one word, the cosines of both networks are the same unless states fall together.
    """
    a, b = (_cosines(states) for states in (ours, theirs))
    return smooth_l1_loss(a, b)


def flow(ours: tuple[Tensor, Tensor], theirs: tuple[Tensor, Tensor], there: Tensor) -> Tensor:
    """Return the squared distance of the flows between two layers, as a share of the squares of the teacher's.

    The flow of a word is the mean over its positions of the products of the two states, (width of one, width of the other): the
    FSP matrix. Yim, Joo, Bae, Kim: A gift from knowledge distillation, CVPR 2017, equations 1 and 2.

    Parameters
    ----------
    ours, theirs : states of the two layers, (n, length, width of that layer), of the same widths in both
    there : (n, length), which positions a word has
    """
    a, b = (_flow(*pair, there) for pair in (ours, theirs))
    return share(a, b)


def _distances(states: Tensor) -> Tensor:
    """The distances (n, n) of states in parts of their mean over pairs."""
    n = len(states)
    found = torch.cdist(states, states, compute_mode="donot_use_mm_for_euclid_dist")
    mean = found.sum() / max(1, n * (n - 1))
    return found / mean.clamp_min(torch.finfo(states.dtype).tiny)


def _cosines(states: Tensor) -> Tensor:
    """The cosines (n, n, n) of the angles at j between i and k, in this order: j, i, k."""
    directions = normalize(states[None] - states[:, None], dim=2)  # (n, n, width), from j to i
    return directions @ directions.transpose(1, 2)


def _flow(first: Tensor, last: Tensor, there: Tensor) -> Tensor:
    """The flow (n, width, width) of each word."""
    return (first * there[:, :, None]).transpose(1, 2) @ last / there.sum(dim=1).clamp_min(1)[:, None, None]
