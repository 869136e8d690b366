"""Feed-forward networks against their formula, on disk and in training."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from nerode.domains import domain_of, domain_of_words
from nerode.errors import InputError
from nerode.links import Binary, NextSymbol
from nerode.teachers import directory
from nerode.teachers.architectures import TrainingSettings
from nerode.teachers.examples import Examples
from nerode.teachers.feedforward import FeedForward, FeedForwardSpec
from nerode.teachers.training import train
from nerode.words import Alphabet

AB = Alphabet(("a", "b"))
WORDS = [tuple(map(int, f"{i:04b}")) for i in range(16)]
LABELS = np.array([word[0] ^ word[2] for word in WORDS])


def trained(**choices):
    settings = TrainingSettings("mlp", 8, **{"length": 4, "max_steps": 300, "learning_rate": 0.02, **choices})
    return train(AB, Binary(), Examples(WORDS, LABELS), Examples(WORDS, LABELS), settings, np.random.default_rng(0))[0]


def test_scores_are_those_of_the_formula():
    torch.manual_seed(0)
    network = FeedForward(FeedForwardSpec(2, 4, 5, 2, 3))
    first = network.first.weight.detach().numpy().reshape(4, 2, 5)
    for word in WORDS:
        hidden = sum(first[place, letter] for place, letter in enumerate(word)) + network.bias.detach().numpy()
        hidden = network.inner[0].weight.detach().numpy() @ np.maximum(hidden, 0) + network.inner[0].bias.detach().numpy()
        expected = network.readout.weight.detach().numpy() @ np.maximum(hidden, 0) + network.readout.bias.detach().numpy()
        assert network(torch.tensor([word]))[0].detach().numpy() == pytest.approx(expected, abs=1e-5)


def test_it_learns_and_is_restored(tmp_path):
    model = trained()
    assert (model.link.labels(model.teacher.scores(WORDS)) == LABELS).all()
    model = replace(model, domain=domain_of_words(WORDS, LABELS, 2))
    directory.save(tmp_path / "net", model, {})
    same = directory.load(tmp_path / "net").teacher
    assert (same.scores(WORDS) == model.teacher.scores(WORDS)).all()
    assert domain_of(same).counts.tolist() == model.domain.counts.tolist()
    assert same.longest == 4


def test_words_of_other_lengths_are_refused():
    with pytest.raises(InputError, match="exactly 4 letters, and one of 3"):
        trained(max_steps=1).teacher.scores([(0, 1, 0)])
    with pytest.raises(InputError, match="reads words of one length"):
        trained(length=None)
    settings = TrainingSettings("mlp", length=4)
    with pytest.raises(InputError, match="classifier of words of one length"):
        train(AB, NextSymbol(2), Examples(WORDS), Examples(WORDS), settings, np.random.default_rng(0))


def test_a_domain_of_other_words_is_refused(tmp_path):
    domain = domain_of_words([(0, 1, 0), (1, 1, 0)], np.array([0, 1]), 2)
    directory.save(tmp_path / "net", replace(trained(max_steps=1), domain=domain), {})
    with pytest.raises(InputError, match=r"domain of words of 3 letters, and its network reads words of 4"):
        directory.load(tmp_path / "net")
