"""Networks that are made smaller: copies with other weights, without some neurons, and in training to answer as before.

What is done to the weights is decided outside, on arrays. Here the arrays become networks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import prune

from nerode.errors import InputError
from nerode.links import LANGUAGE_MODEL
from nerode.teachers.activations import LARGEST, largest_inputs, round_inputs
from nerode.teachers.architectures import ARCHITECTURES, FEEDFORWARD, TrainingSettings
from nerode.teachers.distilling import Apprentice
from nerode.teachers.encoding import by_length
from nerode.teachers.examples import NO_TARGET, Lesson
from nerode.teachers.feedforward import FeedForward
from nerode.teachers.layered import LayeredNetwork
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork
from nerode.teachers.neurons import Neurons, neurons_of, without
from nerode.teachers.storage import described, short_scales
from nerode.teachers.training import reads_whole
from nerode.teachers.transformer import Transformer
from nerode.words import FloatArray, IntArray, RealArray, Words

SLOWER = 0.3  # times the learning rates of training: a network that knows nearly all is not to forget it
BATCH = 64  # words of a step
ASKED = 512  # words at once
ORIGIN = "made smaller by nerode"

Project = Callable[[str, RealArray], RealArray]


def copied(model: TrainedModel) -> TrainedModel:
    """Return a copy on the processor and in float32, to be changed.

    Raises
    ------
    InputError : a network that nerode does not train, or one whose words are padded
    """
    if not isinstance(model.network, RecurrentNetwork | Transformer | FeedForward | LayeredNetwork):
        raise InputError(
            f"networks such as nerode trains are made smaller, and this is a {type(model.network).__name__} "
            f"({model.architecture}); learn a small network from it with `nerode distill`"
        )
    if model.encoding.padding is not None:
        raise InputError("networks whose words are padded are not made smaller; learn a small one with `nerode distill`")
    copy = _with(model, deepcopy(model.network).cpu().float())
    return replace(copy, packing=model.packing, architecture=model.architecture)  # its weights are still what that can hold


def matrices(model: TrainedModel) -> dict[str, RealArray]:
    """Return the weights that multiply something, by name, (rows, columns) each."""
    return {name: weights.detach().numpy() for name, weights in model.network.named_parameters() if weights.dim() == 2}


def with_matrices(model: TrainedModel, weights: Mapping[str, RealArray]) -> TrainedModel:
    """Return a copy with other weights."""
    network = deepcopy(model.network)
    with torch.no_grad():
        for name, matrix in weights.items():
            network.get_parameter(name).copy_(torch.from_numpy(np.ascontiguousarray(matrix)))
    return _with(model, network)


def packed_as(model: TrainedModel, packing: Mapping[str, str]) -> TrainedModel:
    """Return a model whose weights are stored as `packing` says; they are what it can hold."""
    network: Any = model.network
    return replace(model, packing=packing, architecture=described(network.spec, packing))


def check_rounds_inputs(model: TrainedModel) -> None:
    """Raise unless what affine maps read can be rounded.

    Raises
    ------
    InputError : another network than a feed-forward one or a transformer
    """
    if not isinstance(model.network, Transformer | FeedForward):
        network: Any = model.network
        name = "a recurrent network" if isinstance(network, RecurrentNetwork) else network.spec.name
        raise InputError(
            f"activations of transformers and of feed-forward networks are stored in 8 bits, and not those of {name}; store its "
            "weights alone, with int8"
        )


def with_rounded_inputs(model: TrainedModel, words: Words) -> TrainedModel:
    """Return a copy whose affine maps read whole numbers of 8 bits, at scales for the largest numbers on these words."""
    network: Any = deepcopy(model.network)
    largest = np.array(largest_inputs(network, _batches(model, words)))
    scales = short_scales(np.where(largest > 0, largest, 1) / LARGEST).tolist()
    round_inputs(network, scales)
    network.spec = replace(network.spec, activations=tuple(scales))
    return _with(model, network)


def nonzero(model: TrainedModel) -> int:
    """Return the number of parameters that are not 0."""
    return sum(int(torch.count_nonzero(weights)) for weights in model.network.parameters())


def widths(model: TrainedModel) -> tuple[int, ...]:
    """Return how many neurons each layer has, of transformers those of the feed-forward parts."""
    spec: Any = model.network.spec
    same = getattr(spec, "hidden", None) or getattr(spec, "feedforward", None) or spec.dim
    return getattr(spec, "widths", None) or (same,) * spec.layers  # type: ignore[no-any-return]


def heads(model: TrainedModel) -> tuple[int, ...]:
    """Return how many heads each block of a transformer has; none of other networks."""
    return model.network.spec.all_heads if isinstance(model.network, Transformer) else ()


def neurons(model: TrainedModel, words: Words) -> list[Neurons]:
    """Return the neurons of a model, and what they give while it reads words; see `neurons_of`."""
    return neurons_of(model.network, _batches(model, words), _whole(model))


def _batches(model: TrainedModel, words: Words) -> list[Tensor]:
    batches = [torch.from_numpy(model.encoding.tokens(part)) for _, part in by_length(words, ASKED)]
    return [tokens for tokens in batches if tokens.shape[1]]


def affine(model: TrainedModel, names: tuple[str, str], first: int, size: int) -> FloatArray:
    """Return what an affine map does with some of its inputs, (out, size + 1) with the bias last."""
    weight, bias = (model.network.get_parameter(name).detach().double() for name in names)
    return torch.cat([weight[:, first : first + size], bias[:, None]], dim=1).numpy()


def cut(
    model: TrainedModel, parts: Sequence[Neurons], kept: Sequence[IntArray], fitted: Sequence[Sequence[FloatArray]]
) -> TrainedModel:
    """Return a model of some neurons alone.

    Parameters
    ----------
    kept : of each part, which stay, ascending
    fitted : of each part, for each of its outlets, the new weights (out, size + 1), the bias last
    """
    state = {name: weights.detach().clone() for name, weights in model.network.state_dict().items()}
    old = model.network.state_dict()
    for part, news in zip(parts, fitted, strict=True):
        for outlet, new in zip(part.outlets, news, strict=True):
            weights = torch.from_numpy(new).to(state[outlet.weight])
            state[outlet.weight][:, outlet.first : outlet.first + part.size] = weights[:, :-1]
            state[outlet.bias] += weights[:, -1] - old[outlet.bias]  # two directions may both add something
    return _with(model, without(model.network, kept, parts, state))


def lesson_of(model: TrainedModel, words: Words) -> Lesson:
    """Return words as tensors, where a target is the number of the answer that belongs there.

    Where `answers_each` there is an answer to each prefix, word after word from ε on, as `prefix_scores` gives them; otherwise
    there is one to each word. Where ε has no token, nothing is learned of it.
    """
    encoding, each = model.encoding, answers_each(model)
    lengths = np.array([len(word) for word in words], np.int64)
    before, after = len(encoding.begin), len(encoding.finish)
    longest = int(lengths.max(initial=0)) + before + after
    tokens, targets = np.zeros((len(words), longest), np.int64), np.full((len(words), longest), NO_TARGET, np.int64)
    firsts = np.cumsum(lengths + 1) - lengths - 1
    for rows, part in by_length(words, len(words)):
        read = encoding.tokens(part)
        count, length = read.shape[1], len(part[0])
        tokens[rows, :count] = read
        if each:
            skipped = 0 if before else 1
            places = np.arange(skipped, length + 1)
            targets[rows[:, None], places + before - 1] = firsts[rows][:, None] + places
        elif count:
            targets[rows, count - 1] = rows
    some = np.flatnonzero(lengths + before + after > 0)
    read_lengths = lengths[some] + before + after - 1
    return Lesson(*(torch.from_numpy(part) for part in (tokens[some], targets[some], read_lengths)))


def learner(model: TrainedModel, project: Project | None = None) -> Apprentice:
    """Return a copy of a model in training.

    With a projection the network computes with weights as they are allowed to be. What is lost by that is kept beside them and
    added before the next step (the straight-through estimator: Bengio, Léonard and Courville 2013).

    Parameters
    ----------
    project : what a matrix of weights may be, from its name and from what it should be; None for any
    """
    network: Any = deepcopy(model.network).requires_grad_(True)
    rate = SLOWER * _learning_rate(network)
    optimiser = torch.optim.Adam(network.parameters(), rate)
    if project is not None:
        lost = {name: np.zeros_like(matrix) for name, matrix in matrices(model).items()}

        @torch.no_grad()
        def hold(*_: Any) -> None:
            for name in lost:
                weights = network.get_parameter(name)
                wanted = weights.numpy() + lost[name]
                allowed = project(name, wanted)
                lost[name] = wanted - allowed
                weights.copy_(torch.from_numpy(allowed))

        optimiser.register_step_post_hook(hold)
    nothing = np.zeros(model.width)
    return Apprentice(network, optimiser, TrainingSettings(batch=BATCH), nothing + 1, nothing)


def model_of(learned: Apprentice, model: TrainedModel) -> TrainedModel:
    """Return a copy of what was learned so far, as the model that it was made from."""
    return _with(model, deepcopy(learned.network))


def pruned(model: TrainedModel, share: float) -> dict[str, RealArray]:
    """Return masks of the matrices, 0 for all but this share of their weights, the largest in all matrices together."""
    network = deepcopy(model.network)
    names = list(matrices(model))
    modules = [(network.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2]) for name in names]
    prune.global_unstructured(modules, prune.L1Unstructured, amount=1 - share)
    return {
        name: getattr(module, f"{own}_mask").numpy().astype(np.float32)
        for name, (module, own) in zip(names, modules, strict=True)
    }


def _learning_rate(network: nn.Module) -> float:
    if isinstance(network, RecurrentNetwork):
        return ARCHITECTURES.get(network.spec.cell, ARCHITECTURES["gru"]).rate
    return ARCHITECTURES[FEEDFORWARD if isinstance(network, FeedForward) else "transformer"].rate


def answers_each(model: TrainedModel) -> bool:
    """Return whether a language model answers to all prefixes of a word while it reads the word once."""
    return model.link.task == LANGUAGE_MODEL and not _whole(model)


def _whole(model: TrainedModel) -> bool:
    """Return whether the network is read out after whole words only."""
    return bool(model.encoding.finish) or reads_whole(model.network)


def _with(model: TrainedModel, network: nn.Module) -> TrainedModel:
    spec: Any = network.spec
    return replace(model, network=network.eval(), architecture=str(spec), packing={}, origin=ORIGIN, called="")
