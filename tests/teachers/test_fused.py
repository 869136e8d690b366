"""Cells compiled for a processor, against those of torch in float64."""

from math import sqrt

import pytest
import torch
from cases import spread
from tolerances import allowed
from truths import TOKENS

from nerode.teachers import recurrent
from nerode.teachers.fused import STEPS, ExactLayer, FusedLayer
from nerode.teachers.layers import Layer
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec

GATES = {"rnn": 1, "relu": 1, "gru": 3, "lstm": 4}


def layer_of(kind, cell, hidden, dtype, seed=3):
    generator = torch.Generator().manual_seed(seed)
    gates = GATES[cell] * hidden

    def drawn(*shape):
        return torch.randn(*shape, generator=generator).to(dtype)

    return kind(cell, hidden, drawn(hidden, gates), drawn(hidden) if cell == "gru" else None, None, drawn(TOKENS, gates))


def step(layer, states, tokens):
    """The states after a step with one token for all, or one for each."""
    with torch.inference_mode():
        inputs = layer.split(layer.inputs[tokens])
        return layer.cell_step(layer.product(states), inputs, states, layer.room(len(states[0])))


KINDS = {
    "fused": (FusedLayer, torch.float32),
    "exact": (ExactLayer, torch.float32),
    "exact, float64": (ExactLayer, torch.float64),
}
FUNCTION = {torch.float32: 2e-7, torch.float64: 3e-16}  # the error of a tanh or sigmoid
GAIN = (
    4  # a sigmoid adds a quarter of the error of its sum, beside those of two functions that are multiplied and of their inputs
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hidden", [1, 3, 16, 67])
@pytest.mark.parametrize("cell", STEPS)
@pytest.mark.sampled(16)
def test_a_step_is_that_of_the_cell(cell, hidden, kind):
    """Over some steps, with one token for all states and with one for each."""
    kind, precision = KINDS[kind]
    fused = layer_of(kind, cell, hidden, precision)
    exact = Layer(**{name: part.double() if isinstance(part, torch.Tensor) else part for name, part in vars(fused).items()})
    states = tuple(part.repeat(5, 1) for part in fused.zero())
    for tokens in ([2, 0, 1, 1, 3], [1], [0, 2, 2, 1, 0]):
        after = step(fused, states, tokens)
        for part, truth in zip(after, step(exact, tuple(part.double() for part in states), tokens), strict=True):
            assert part.dtype == precision
            # of the sum of a gate, whose terms are normal times at most 1, and of the input and biases beside it
            sums = sqrt(hidden + 3) * allowed(precision, hidden + 3)
            within = GAIN * (sums + FUNCTION[precision]) * max(1.0, float(truth.abs().max()))
            torch.testing.assert_close(part.double(), truth, rtol=0, atol=within)
        assert cell == "relu" or not any(torch.equal(old, new) for old, new in zip(states, after, strict=True))
        states = after


@pytest.mark.parametrize("cell", STEPS)
def test_what_is_no_number_stays_none(cell):
    """And in its own row and place."""
    layer = layer_of(FusedLayer, cell, 4, torch.float32)
    states = tuple(part.repeat(3, 1) for part in layer.zero())
    layer.inputs[1, 2] = torch.nan
    for part in step(layer, states, [0, 1, 2]):
        assert part.isnan().nonzero().tolist() == [[1, 2]]


@pytest.mark.parametrize("cell", STEPS)
def test_states_may_lie_in_memory_as_they_like(cell):
    layer = layer_of(FusedLayer, cell, 3, torch.float32)
    states = tuple(torch.linspace(-1, 1, 6).reshape(3, 2).T for _ in layer.zero())
    for part, same in zip(step(layer, states, [1]), step(layer, tuple(part.contiguous() for part in states), [1]), strict=True):
        assert part.is_contiguous()
        assert torch.equal(part, same)


@pytest.mark.parametrize(("double", "kind"), [(False, FusedLayer), (True, Layer)])
def test_layers_in_float32_are_fused_and_others_are_not(double, kind):
    network = spread(RecurrentNetwork(RecurrentSpec("gru", TOKENS, 4, (3,))))
    network = network.double() if double else network.float()
    assert type(recurrent.layer_of(network, 0, "")) is kind
