"""Cells compiled for a processor, against those of torch in float64."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from kinds import TOKENS, spread

from nerode.teachers import recurrent
from nerode.teachers.fused import STEPS, FusedLayer, machine_code, sigmoid, tanh
from nerode.teachers.layers import Layer
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec

GATES = {"rnn": 1, "gru": 3, "lstm": 4}


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


@machine_code
def each(function, values):
    result = np.empty_like(values)
    for i in range(len(values)):
        result[i] = function(values[i])
    return result


@pytest.mark.parametrize(
    ("function", "truth", "within"), [(tanh, np.tanh, 2e-7), (sigmoid, lambda x: 1 / (1 + np.exp(-x)), 1.5e-7)]
)
def test_functions_are_those_they_are_named_after(function, truth, within):
    values = np.concatenate([np.linspace(-20, 20, 400_001), np.geomspace(1e-30, 1, 1000)]).astype(np.float32)
    np.testing.assert_allclose(each(function, values), truth(values.astype(np.float64)), rtol=0, atol=within)
    small = values[np.abs(values) < 1e-3]
    np.testing.assert_allclose(each(tanh, small), np.tanh(small.astype(np.float64)), rtol=4e-7)
    far = np.array([9.1, 20, 1e38, np.inf], np.float32)
    assert each(tanh, np.concatenate([far, -far])).tolist() == [1] * 4 + [-1] * 4
    assert each(sigmoid, np.concatenate([2 * far, -2 * far])).tolist() == [1] * 4 + [0] * 4
    edges = np.array([np.inf, -np.inf, 3e38, -3e38, 0, np.nan], np.float32)
    np.testing.assert_allclose(each(function, edges), truth(np.clip(edges.astype(np.float64), -700, 700)), atol=within)


@pytest.mark.parametrize("hidden", [1, 3, 16, 67])
@pytest.mark.parametrize("cell", STEPS)
def test_a_step_is_that_of_the_cell(cell, hidden):
    """Over some steps, with one token for all states and with one for each."""
    fused, exact = layer_of(FusedLayer, cell, hidden, torch.float32), layer_of(Layer, cell, hidden, torch.float64)
    states = tuple(part.repeat(5, 1) for part in fused.zero())
    for tokens in ([2, 0, 1, 1, 3], [1], [0, 2, 2, 1, 0]):
        after = step(fused, states, tokens)
        for part, truth in zip(after, step(exact, tuple(part.double() for part in states), tokens), strict=True):
            assert part.dtype == torch.float32
            torch.testing.assert_close(part.double(), truth, rtol=3e-6, atol=3e-6)
        assert not any(torch.equal(old, new) for old, new in zip(states, after, strict=True))
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
    assert type(recurrent._layer(network, 0, "")) is kind


NO_FOLDER = "from numba.core import caching; caching.CacheImpl._locator_classes = []\n"
USED = """
import numpy as np
from nerode.teachers.fused import compiled

def use():
    hidden = np.empty((2, 1), np.float32)
    compiled('rnn')(np.ones((2, 1), np.float32), np.ones((1, 1), np.float32), hidden)
    print(hidden.round(4).tolist())

use()
"""
DAMAGED = """
import os
from pathlib import Path

files = [file for file in Path(os.environ["NUMBA_CACHE_DIR"]).rglob("*") if file.is_file()]
assert {file.suffix for file in files} == {".nbi", ".nbc"}
for file in files:
    file.write_bytes(b"")
    compiled.cache_clear()  # so that it is looked for on disk again
    use()
"""


ANSWER = "[[0.9639999866485596], [0.9639999866485596]]\n"


def said(code, folder):
    """What a fresh interpreter prints, where machine code is kept in a folder; warnings too."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return done.stdout + done.stderr


def test_machine_code_is_made_anew_where_none_can_be_kept(tmp_path):
    assert said(NO_FOLDER + USED, tmp_path) == ANSWER
    assert not any(file.is_file() for file in tmp_path.rglob("*"))


def test_machine_code_is_made_anew_where_what_was_kept_is_damaged(tmp_path):
    assert said(USED + DAMAGED, tmp_path) == 3 * ANSWER
    assert said(USED, tmp_path) == ANSWER
