"""Compression-aware training: groups of weights against sums by hand, and neurons that leave no trace."""

import re

import numpy as np
import pytest
import torch
from interrupting import interrupted_at

from nerode.automata.dfa import DFA
from nerode.errors import InputError
from nerode.sampling import uniform_words
from nerode.teachers import training
from nerode.teachers.architectures import TrainingSettings, untrained
from nerode.teachers.lessons import lessons
from nerode.teachers.thinning import Thinning
from nerode.teachers.training import train
from nerode.words import Alphabet

AB = Alphabet(("a", "b"))
NO_AAA = DFA(AB, [[1, 0], [2, 0], [3, 0], [3, 3]], [1, 1, 1, 0])
KINDS = {
    "gru": TrainingSettings("gru", hidden=6),
    "stacked lstm": TrainingSettings("lstm", hidden=6, layers=2),
    "bidirectional rnn": TrainingSettings("rnn", hidden=6, bidirectional=True),
    "transformer": TrainingSettings("transformer", hidden=12, layers=2, heads=3),
    "mlp": TrainingSettings("mlp", hidden=6, layers=2, length=4),
}
TOKENS = torch.tensor([[0, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1]])


@pytest.fixture(params=KINDS)
def network(request):
    return untrained(KINDS[request.param], 3, 2, np.random.default_rng(0))


def thinning(network, strength=0.1, rate=0.01):
    return Thinning(network, TOKENS[:1], True, strength, rate, 100)


def groups(network, part):
    """The weights of each group, one after the other, cut out by hand."""
    found = []
    for first in range(0, part.size, part.group):
        columns = [
            network.get_parameter(outlet.weight)[:, outlet.first + first : outlet.first + first + part.group]
            for outlet in part.outlets
        ]
        found.append(torch.cat([each.detach().ravel() for each in columns]))
    return found


def test_a_step_is_that_of_the_group_lasso(network):
    thin = thinning(network, strength=0.5, rate=0.2)
    before = [groups(network, part) for part in thin.parts]
    for part, weights in zip(thin.parts, before, strict=True):
        np.testing.assert_allclose(thin.lengths(part).numpy(), [float(each.norm()) for each in weights], rtol=1e-5)
    inner = {outlet.weight for part in thin.parts for outlet in part.outlets}
    others = {name: weights.clone() for name, weights in network.named_parameters() if name not in inner}
    thin.shrink(0.2)
    for part, weights in zip(thin.parts, before, strict=True):
        for old, new in zip(weights, groups(network, part), strict=True):
            loss = 0.2 * 0.5 * len(old) ** 0.5
            expected = old * max(0.0, 1 - loss / float(old.norm()))
            np.testing.assert_allclose(new.numpy(), expected.numpy(), rtol=1e-4, atol=1e-7)
    for name, weights in others.items():
        assert torch.equal(network.get_parameter(name), weights)
    for _ in range(100):
        thin.shrink(0.2)
    assert set(thin.left) == {0}


def test_neurons_that_give_nothing_go_without_a_trace(network):
    thin = thinning(network)
    with torch.no_grad():
        for part in thin.parts:
            for outlet in part.outlets:
                columns = outlet.first + part.group * torch.tensor([0, 2])[:, None] + torch.arange(part.group)
                network.get_parameter(outlet.weight)[:, columns.ravel()] = 0
        before = network(TOKENS)
        smaller = thin.cut()
        np.testing.assert_allclose(smaller(TOKENS).numpy(), before.numpy(), rtol=0, atol=1e-6)
    left = [part.size // part.group - 2 for part in thin.parts]
    assert list(thin.left) == left
    assert [part.size // part.group for part in thinning(smaller).parts] == left


def test_one_neuron_of_each_layer_stays(network):
    thin = thinning(network)
    for _ in range(50):
        thin.shrink(1.0)
    assert {part.size // part.group for part in thinning(thin.cut()).parts} == {1}


def test_directions_keep_as_many_neurons_as_each_other():
    network = untrained(KINDS["bidirectional rnn"], 3, 2, np.random.default_rng(0))
    thin = thinning(network)
    with torch.no_grad():
        for part, gone in zip(thin.parts, ([0, 1, 2], [5]), strict=True):
            for outlet in part.outlets:
                network.get_parameter(outlet.weight)[:, outlet.first + torch.tensor(gone)] = 0
        assert thin.left == (3, 5)
        smaller = thin.cut()
        np.testing.assert_allclose(smaller(TOKENS).numpy(), network(TOKENS).numpy(), rtol=0, atol=1e-6)
    assert [part.size for part in thinning(smaller).parts] == [5, 5]


def learn(settings, **session):
    rng = np.random.default_rng(0)

    def draw(rng, count, longest):
        return uniform_words(rng, 2, rng.integers(longest + 1, size=count))

    words, held_out = lessons(NO_AAA, draw, 400, 8, 12, rng)
    return train(AB, NO_AAA.link, words, held_out, settings, rng, **session)


def width(model):
    return int(re.search(r"layer of (\d+)", model.architecture)[1])


def test_a_small_network_learns_what_a_large_one_does():
    seen = []
    settings = TrainingSettings(hidden=16, thin=0.3, solid=0.02, max_steps=1000)
    model, report = learn(settings, progress=lambda done, total, message: seen.append(message))
    assert report.accuracy > 0.95
    assert width(model) <= 8
    assert "neurons left: 16" in seen[0]


def test_the_same_seed_gives_the_same_network():
    settings = TrainingSettings(hidden=12, thin=0.9, max_steps=60)
    one, other = (list(learn(settings)[0].network.parameters()) for _ in range(2))
    assert len(one[0]) < 36
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_limit_and_an_interruption_leave_a_smaller_network(monkeypatch):
    settings = TrainingSettings(hidden=24, thin=0.9, max_steps=120)
    model, report = learn(settings)
    assert (report.stopped, report.steps) == ("max_steps", 120)
    assert width(model) < 24
    interrupted_at(100, monkeypatch)
    model, report = learn(settings)
    assert report.stopped == "interrupted"
    assert width(model) < 24


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match="neurons are taken from recurrent and feed-forward networks and from transformers"):
        learn(TrainingSettings("conv", hidden=8, thin=0.1))
    for strength in (-0.1, 1.0, float("nan")):
        with pytest.raises(InputError, match="with a strength from 0 to below 1"):
            TrainingSettings(thin=strength)


def test_nothing_goes_after_half_of_the_steps_and_what_is_left_learns(monkeypatch):
    """However long an epoch is: with all words in one of 50 steps, nothing else would end it in time."""
    cuts, steps = [], []
    cut, step = Thinning.cut, training.step

    def at(self):
        network = cut(self)
        cuts.append((len(steps), [each.detach().clone() for each in network.parameters()]))
        return network

    monkeypatch.setattr(Thinning, "cut", at)
    monkeypatch.setattr(training, "step", lambda *arguments: (steps.append(0), step(*arguments)))
    model, report = learn(TrainingSettings(hidden=16, thin=0.3, max_steps=60, batch=8))
    ((when, weights),) = cuts
    assert when == 30 < report.steps
    assert not any(torch.equal(a, b) for a, b in zip(weights, model.network.parameters(), strict=True))


def test_it_ends_earlier_where_nothing_changes_any_more(monkeypatch):
    class Ended(Exception):
        pass

    def cut(self):
        raise Ended

    steps, step = [], training.step
    monkeypatch.setattr(Thinning, "cut", cut)
    monkeypatch.setattr(training, "step", lambda *arguments: (steps.append(0), step(*arguments)))
    with pytest.raises(Ended):
        learn(TrainingSettings(hidden=16, thin=0.9, max_steps=8000))
    assert 50 < len(steps) < 2000
