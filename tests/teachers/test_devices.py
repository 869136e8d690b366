"""Where networks are asked. What needs a CUDA device is skipped where there is none."""

import numpy as np
import pytest
import torch
from doubles import random_words, words_up_to
from tolerances import rounding_of_model

import nerode
from nerode.errors import InputError
from nerode.extraction.hankel.tables import tabulate
from nerode.links import Binary, NextSymbol
from nerode.stepping import prefix_scores
from nerode.teachers.checkpoints import load_model
from nerode.teachers.devices import device_of
from nerode.teachers.directory import save
from nerode.teachers.encoding import Encoding
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.words import Alphabet

NETWORKS = {
    **{
        cell: lambda cell=cell: RecurrentNetwork(RecurrentSpec(cell, 4, 16, (1,)))
        for cell in ("rnn", "gru", "lstm", "gru-reset-first")
    },
    "stacked": lambda: RecurrentNetwork(RecurrentSpec("gru", 4, 16, (5, 1), 2, embedding=3)),
    "bidirectional": lambda: RecurrentNetwork(RecurrentSpec("lstm", 4, 16, (1,), bidirectional=True)),
    "stacked bidirectional": lambda: RecurrentNetwork(RecurrentSpec("gru", 4, 8, (1,), 2, bidirectional=True)),
    "language model": lambda: RecurrentNetwork(RecurrentSpec("gru", 4, 16, (4,))),
    "transformer": lambda: CausalTransformer(TransformerSpec(4, dim=16, heads=2, layers=2, feedforward=24, width=1)),
}


def model_of(name):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        network = NETWORKS[name]().eval()
        with torch.no_grad():
            for weights in network.parameters():
                weights.mul_(3.0)
    link, width = (NextSymbol(3), 4) if name == "language model" else (Binary(), 1)
    return TrainedModel(network, Alphabet.of_size(3), link, Encoding(begin=(3,)), width, name, "a test")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
@pytest.mark.parametrize("name", NETWORKS)
def test_a_device_answers_as_the_processor_does(name):
    slow, fast = model_of(name).teacher, model_of(name).on(device_of("cuda")).teacher
    rng = np.random.default_rng(3)
    words = random_words(rng, 3, 200, 25)
    expected = slow.scores(words)
    tolerance = rounding_of_model(model_of(name), words)
    np.testing.assert_allclose(fast.scores(words), expected, rtol=0, atol=tolerance)
    np.testing.assert_allclose(prefix_scores(fast, words)[0], prefix_scores(slow, words)[0], rtol=0, atol=tolerance)
    for prefixes, suffixes in ((words[:40], words_up_to(3, 3)), (words_up_to(3, 7), words[40:60])):
        np.testing.assert_allclose(tabulate(fast, prefixes, suffixes), tabulate(slow, prefixes, suffixes), rtol=0, atol=tolerance)


def test_auto_takes_what_there_is():
    assert device_of("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert device_of("cpu") == torch.device("cpu")


@pytest.mark.parametrize(
    ("name", "why"),
    [("gpu", "there is no device 'gpu'"), ("", "there is no device"), ("mps", "on cpu or cuda"), ("cuda:99", "no 'cuda:99'")],
)
def test_devices_that_are_not_there(name, why):
    with pytest.raises(InputError, match=why):
        device_of(name)


def test_a_model_is_loaded_onto_a_device(tmp_path):
    save(tmp_path / "model", model_of("gru"), {})
    words = [(), (0, 1, 2)]
    expected = nerode.exact(model_of("gru").teacher).scores(words)
    for teacher in (nerode.load_teacher(tmp_path / "model", device="cpu"), load_model(tmp_path / "model", device="cpu").teacher):
        np.testing.assert_array_equal(nerode.exact(teacher).scores(words), expected)
    with pytest.raises(InputError, match="there is no device 'fast'"):
        nerode.load_teacher(tmp_path / "model", device="fast")


def test_an_automaton_has_no_device(tmp_path):
    from nerode.datasets.languages import tomita

    tomita(3).save(tmp_path / "three.json")
    assert nerode.load_teacher(tmp_path / "three.json", device="cpu").states == tomita(3).states
    with pytest.raises(InputError, match="is an automaton, which is asked on the processor"):
        nerode.load_teacher(tmp_path / "three.json", device="cuda")
