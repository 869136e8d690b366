"""Networks without some of their neurons: what is cut out, against slow passes of the whole network."""

import json

import numpy as np
import pytest
import torch

import nerode
from nerode.errors import InputError
from nerode.links import Binary, NextSymbol
from nerode.teachers import directory, shrinking
from nerode.teachers.encoding import Encoding
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.words import Alphabet, all_words

AB = Alphabet(("a", "b"))
WORDS = [word for _, word in zip(range(60), all_words(2, 5), strict=False)]
KINDS = {
    "rnn": RecurrentSpec("rnn", 3, 8, (1,), layers=2),
    "gru": RecurrentSpec("gru", 3, 8, (5, "relu", 1), layers=2, embedding=4),
    "lstm": RecurrentSpec("lstm", 3, 8, (1,)),
    "two ways": RecurrentSpec("gru", 3, 6, (1,), bidirectional=True),
    "stacked two ways": RecurrentSpec("lstm", 3, 6, (1,), layers=2, bidirectional=True),
    "mean": RecurrentSpec("gru", 3, 8, (1,), pooling="mean"),
    "transformer": TransformerSpec(3, 8, 2, 2, 12, 1),
}


def model_of(spec, link=None, seed=0):
    torch.manual_seed(seed)
    network = (RecurrentNetwork if isinstance(spec, RecurrentSpec) else CausalTransformer)(spec)
    return TrainedModel(network.eval(), AB, link or Binary(), Encoding(begin=(2,)), spec.width, str(spec), "a test")


def kept_of(parts, rng, most=3):
    """Some neurons of each part, as many for all parts of a layer, but not as many for all layers."""
    return [np.sort(rng.permutation(part.size)[: part.size - most + part.layer]) for part in parts]


def without_fitting(model, parts, kept):
    fitted = [
        [shrinking.affine(model, (outlet.weight, outlet.bias), outlet.first, part.size) for outlet in part.outlets]
        for part in parts
    ]
    return shrinking.cut(model, parts, kept, fitted)


def silenced(model, parts, kept):
    """The whole network in which the neurons that go give nothing away: the slow way."""
    weights = {name: matrix.copy() for name, matrix in shrinking.matrices(model).items()}
    for part, stay in zip(parts, kept, strict=True):
        gone = np.setdiff1d(np.arange(part.size), stay)
        for outlet in part.outlets:
            weights[outlet.weight][:, outlet.first + gone] = 0
    return shrinking.with_matrices(model, weights)


@pytest.mark.parametrize("kind", KINDS)
def test_neurons_that_give_nothing_away_are_cut_out_without_a_trace(kind, rng, tmp_path):
    model = model_of(KINDS[kind])
    parts = shrinking.neurons(model, WORDS)
    kept = kept_of(parts, rng)
    whole = silenced(model, parts, kept)
    small = without_fitting(whole, parts, kept)
    assert np.abs(whole.teacher.scores(WORDS) - model.teacher.scores(WORDS)).max() > 1e-3
    assert small.teacher.scores(WORDS) == pytest.approx(whole.teacher.scores(WORDS), abs=1e-6)
    assert small.parameters < model.parameters
    assert sum(shrinking.widths(small)) < sum(shrinking.widths(model))
    with torch.inference_mode():
        read = [small.network(torch.from_numpy(small.encoding.tokens([word]))).numpy()[0] for word in WORDS]
    assert small.teacher.scores(WORDS) == pytest.approx(np.array(read), abs=1e-5)
    directory.save(tmp_path / "small", small, {})
    again = nerode.load_teacher(tmp_path / "small")
    assert (again.scores(WORDS) == small.teacher.scores(WORDS)).all()
    assert nerode.exact(again).scores(WORDS) == pytest.approx(small.teacher.scores(WORDS), abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_moments_are_those_of_a_slow_pass(kind):
    model = model_of(KINDS[kind])
    part = shrinking.neurons(model, WORDS)[-1]
    outlet = part.outlets[-1]
    assert outlet.moments.shape == (part.size + 1, part.size + 1)
    assert outlet.moments[-1, -1] == 1
    assert (np.linalg.eigvalsh(outlet.moments) > -1e-9).all()
    if kind == "lstm":
        states = []
        for word in WORDS:
            outputs = model.network.outputs(torch.from_numpy(model.encoding.tokens([word])))[0].detach().double().numpy()
            states += [[*state, 1.0] for state in outputs]
        table = np.array(states)
        assert outlet.moments == pytest.approx(table.T @ table / len(table), abs=1e-6)
        before = np.array([[0.0] * 8 + [1.0], *states[:-1]])
        firsts = np.cumsum([0, *(len(word) + 1 for word in WORDS[:-1])])
        before[firsts, :-1] = 0
        assert part.outlets[0].moments == pytest.approx(before.T @ before / len(before), abs=1e-6)


def test_layers_of_one_width_are_an_ordinary_network():
    model = model_of(KINDS["rnn"])
    parts = shrinking.neurons(model, WORDS)
    small = without_fitting(model, parts, [np.arange(4), np.arange(4)])
    assert small.network.spec == RecurrentSpec("rnn", 3, 4, (1,), layers=2)
    uneven = without_fitting(model, parts, [np.arange(5), np.arange(4)])
    assert (uneven.network.spec.widths, uneven.architecture) == ((5, 4), "RNN, 2 layers of 5, 4, one-hot input")
    back = without_fitting(uneven, shrinking.neurons(uneven, WORDS), [np.arange(3), np.arange(3)])
    assert back.network.spec == RecurrentSpec("rnn", 3, 3, (1,), layers=2)


def test_answers_to_each_prefix_are_numbered_as_prefixes_are_read():
    model = model_of(RecurrentSpec("gru", 3, 4, (3,)), NextSymbol(2))
    lesson = shrinking.lesson_of(model, [(), (0, 1)])
    assert lesson.tokens.tolist() == [[2, 0, 0], [2, 0, 1]]
    assert lesson.targets.tolist() == [[0, -1, -1], [1, 2, 3]]
    plain = shrinking.lesson_of(model_of(KINDS["lstm"]), [(), (0, 1)])
    assert plain.targets.tolist() == [[0, -1, -1], [-1, -1, 1]]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (RecurrentSpec("gru-reset-first", 3, 4, (1,)), "not taken from GRUs that reset their state first"),
        (RecurrentSpec("lstm", 3, 4, (1,), projection=2), "not taken from LSTMs with projections"),
        (RecurrentSpec("gru", 3, 4, ("norm", 1)), "whose read-out begins with an affine map"),
    ],
)
def test_networks_whose_neurons_stay(spec, message):
    with pytest.raises(InputError, match=message):
        shrinking.neurons(model_of(spec), WORDS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"packing": {"readout.0.weight": "zip"}}, "the packing must be an object that says how weights are stored"),
        ({"packing": ["int8"]}, "the packing must be an object"),
        ({"packing": {"readout.0.weight": "int8"}}, "there are no packed weights 'readout.0.weight'"),
        ({"packing": {"nothing": "int8"}}, "there are no packed weights 'nothing'"),
        ({"widths": [3]}, "one a layer, the last its hidden one"),
        ({"widths": [5, 7]}, "one a layer, the last its hidden one"),
        ({"widths": [-5, 4]}, "whole numbers of at least 1"),
        ({"widths": 4}, "do not make a network"),
        ({"widths": [5, 4]}, "does not fit teacher.json beside it"),
    ],
)
def test_damaged_descriptions_are_refused(change, message, tmp_path):
    directory.save(tmp_path / "net", model_of(RecurrentSpec("rnn", 3, 4, (1,), layers=2)), {})
    file = tmp_path / "net" / "teacher.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    document |= {name: value for name, value in change.items() if name == "packing"}
    document["architecture"] |= {name: value for name, value in change.items() if name == "widths"}
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        directory.load(tmp_path / "net")
