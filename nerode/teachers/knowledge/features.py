"""Features: losses that compare the states of a layer of a student with those of a layer of its teacher.

States are told as (m, width) where each stands for itself, and as (n, length, width) where positions of words belong together;
`there` (n, length) says which positions a word has.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

LEAST = 1e-6  # mean square of states


def hints(guided: Tensor, hint: Tensor) -> Tensor:
    """Return the squared distance of states (m, width), as a share of the squares of the teacher's.

    The student's come through a learned map to the width of the teacher's. Romero, Ballas, Kahou, Chassang, Gatta, Bengio:
    FitNets: hints for thin deep nets, 2015, equation 3.
    """
    return share(guided, hint)


def boundaries(guided: Tensor, hint: Tensor, margin: float = 1.0) -> Tensor:
    """Return how far mapped states (m, width) are from the side of 0 on which the teacher's neurons are, by `margin`.

    A neuron is active where its state is above 0. What is compared is on which side of 0 a state is, not how far. Heo, Lee, Yun,
    Choi: Knowledge transfer via distillation of activation boundaries formed by hidden neurons, AAAI 2019, equation 7.
    """
    active = (hint > 0).to(guided)
    costs = active * torch.relu(margin - guided).square() + (1 - active) * torch.relu(margin + guided).square()
    return costs.mean()


def attention(ours: Tensor, theirs: Tensor, there: Tensor) -> Tensor:
    """Return the mean squared distance of two maps of attention; states (n, length, width of each).

    The map of a word (length,) is the sum of squares over neurons, of norm 1. Zagoruyko, Komodakis: Paying more attention to
    attention: improving the performance of convolutional neural networks via attention transfer, 2017, section 3.1.
    """
    maps = (normalize(states.square().sum(dim=2) * there, dim=1) for states in (ours, theirs))
    a, b = maps
    return (a - b).square().sum(dim=1).mean()


def selectivity(ours: Tensor, theirs: Tensor, there: Tensor) -> Tensor:
    """Return the squared maximum mean discrepancy of the patterns of neurons; states (n, length, width of each).

    A pattern is what a neuron does along a word (length,), of norm 1, and the kernel is the squared product of two patterns: both
    networks have the same distribution of patterns where it is 0. Huang, Wang: Like what you like: knowledge distill via neuron
    selectivity transfer, 2017, equation 6 with d = 2 and c = 0.
    """
    a, b = (normalize(states * there[:, :, None], dim=1) for states in (ours, theirs))

    def alike(x: Tensor, y: Tensor) -> Tensor:
        return (x.transpose(1, 2) @ y).square().mean(dim=(1, 2))

    return (alike(a, a) + alike(b, b) - 2 * alike(a, b)).mean()


def share(ours: Tensor, theirs: Tensor) -> Tensor:
    """Return the mean squared difference of two tensors of one shape, in parts of the mean square of the second.

    Of a network whose neurons are silent it is in parts of LEAST.
    """
    return (ours - theirs).square().mean() / theirs.square().mean().clamp_min(LEAST)
