"""The TAYSIR networks: the recorded answers are reproduced, and every kind of file of the format is read right."""

import numpy as np
import pytest
import torch
from doubles import random_words
from taysir_files import LETTERS, WORDS, competition_lstm, distilbert_file, network_of, saved
from tolerances import rounding_of_model
from torch import nn

from nerode.datasets.readers import read_words
from nerode.errors import InputError
from nerode.extraction.hankel.tables import tabulate
from nerode.links import Binary, Multiclass, NextSymbol
from nerode.protocols import SteppingTeacher, TwoWayTeacher
from nerode.stepping import prefix_scores
from nerode.teachers.checkpoints import load_model, load_teacher
from nerode.words import Alphabet

SMALLEST_NORMAL = 1.2e-38  # of float32, in which the competition multiplied


UNDERFLOW = -87.3  # natural logarithm below which it could not


def competition_files(shared, network):
    folder = shared / "taysir"
    teacher = load_teacher(folder / "models" / f"{network}.taysir.model")
    words, alphabet = read_words(folder / "datasets" / f"{network}.taysir.valid.words")
    assert alphabet == teacher.alphabet
    outputs = np.load(folder / "outputs" / f"{network}.valid_outputs.npy")
    assert len(outputs) == len(words)
    return teacher, words, outputs


@pytest.mark.parametrize("network", ["1.0", "1.1", "1.2", "1.7", "1.9", "1.11"])
@pytest.mark.sampled(3)
def test_every_recorded_label(shared, network):
    teacher, words, outputs = competition_files(shared, network)
    np.testing.assert_array_equal(teacher.link.labels(teacher.scores(words)), outputs)
    assert set(outputs.tolist()) == {0, 1}


@pytest.mark.parametrize(("network", "every"), [("2.1", 1), ("2.2", 20), ("2.4", 1), ("2.8", 1), ("2.9", 20)])
@pytest.mark.sampled(3)
def test_recorded_values(shared, network, every):
    """Where float32 could hold the product it is ours; where it could not, ours is as small as that says."""
    teacher, words, outputs = competition_files(shared, network)
    words, outputs = words[::every], outputs[::every]
    scores, offsets = prefix_scores(teacher, words)
    logs = teacher.link.log_probabilities(scores)
    followed_by = np.concatenate([(*word, len(teacher.alphabet)) for word in words])
    totals = np.add.reduceat(logs[np.arange(len(logs)), followed_by], offsets[:-1])
    normal = outputs >= SMALLEST_NORMAL
    assert np.count_nonzero(normal) > 50
    np.testing.assert_allclose(np.exp(totals[normal]), outputs[normal], rtol=1e-5)
    assert (totals[~normal] < UNDERFLOW).all()
    assert np.isfinite(totals).all()


@pytest.mark.parametrize(
    ("network", "architecture", "kind"),
    [
        ("1.0", "RNN, 1 layer of 32, one-hot input", SteppingTeacher),
        ("1.2", "bidirectional RNN, 1 layer of 32, one-hot input, 2 affine layers", TwoWayTeacher),
        ("1.7", "DistilBERT classifier, 1 layer of 12, 6 heads", object),
        ("1.11", "LSTM, 1 layer of 64, one-hot input", SteppingTeacher),
        ("2.2", "LSTM, 2 layers of 256, one-hot input, 2 affine layers", SteppingTeacher),
        ("2.9", "bidirectional GRU, 1 layer of 32, one-hot input", TwoWayTeacher),
    ],
)
def test_what_the_networks_are(shared, network, architecture, kind):
    model = load_model(shared / "taysir" / "models" / f"{network}.taysir.model")
    assert model.architecture.startswith(architecture)
    assert isinstance(model.teacher, kind)


def one_hot(word, finish):
    tokens = torch.tensor([LETTERS, *word, *([LETTERS + 1] if finish else [])])
    return nn.functional.one_hot(tokens, LETTERS + 2).float()[None]


def last_states(network, word, finish, bidirectional=False):
    """What the read-out sees after a word, through torch's own cells."""
    sequence = one_hot(word, finish)
    for machine in network.children():
        if isinstance(machine, nn.RNNBase):
            sequence, last = machine(sequence)
    last = last[0] if isinstance(last, tuple) else last
    return torch.cat([last[-2, 0], last[-1, 0]]) if bidirectional else last[-1, 0]


def assert_answers(model, expected):
    np.testing.assert_allclose(model.teacher.scores(WORDS), expected, rtol=0, atol=rounding_of_model(model, WORDS))


@pytest.mark.parametrize("cell", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize("bidirectional", [False, True])
@torch.inference_mode()
@pytest.mark.sampled(3)
def test_a_classifier_of_this_format(define, torch_seed, tmp_path, cell, bidirectional):
    cells = cell(LETTERS + 2, 6, batch_first=True, bidirectional=bidirectional)
    network = network_of(define, [cells], 12 if bidirectional else 6, middle=(4,))
    model = load_model(saved(network, tmp_path / "model.pth"))
    assert model.alphabet == Alphabet.of_size(LETTERS)
    assert model.link == Binary()
    affine = network.dense[:2]
    logits = [affine(last_states(network, word, True, bidirectional)).tolist() for word in WORDS]
    margins = np.array([[b - a] for a, b in logits])
    assert_answers(model, margins)


@torch.inference_mode()
def test_a_classifier_of_several_classes(define, torch_seed, tmp_path):
    network = network_of(define, [nn.GRU(LETTERS + 2, 6, batch_first=True)], 6, classes=4)
    model = load_model(saved(network, tmp_path / "model.pt"))
    assert model.link == Multiclass()
    logits = np.array([network.dense[0](last_states(network, word, True)).tolist() for word in WORDS])
    assert_answers(model, logits)


@pytest.mark.parametrize("squash", [True, False])
@pytest.mark.parametrize("stacked", [True, False])
@torch.inference_mode()
def test_a_language_model_of_this_format(define, torch_seed, tmp_path, squash, stacked):
    """Stacked cells come in two ways: as layers of one machine, or as machines one after the other."""
    if stacked:
        machines = [nn.RNN(LETTERS + 2, 6, batch_first=True), nn.RNN(6, 6, batch_first=True)]
    else:
        machines = [nn.RNN(LETTERS + 2, 6, num_layers=2, batch_first=True)]
    network = network_of(define, machines, 6, LETTERS + 2, "lm", squash, middle=(4,))
    folder = tmp_path / "2.99.taysir.model" / "data"
    folder.mkdir(parents=True)
    saved(network, folder / "model.pth")
    model = load_model(folder.parent)
    assert model.link == NextSymbol(LETTERS, "sigmoid" if squash else "none")
    # theirs has the columns letters, start, end; ours letters and end
    probabilities = np.array([network.dense(last_states(network, word, False)).tolist() for word in WORDS])
    ours = np.exp(model.link.log_probabilities(model.teacher.scores(WORDS)))
    within = rounding_of_model(model, WORDS)  # of the scores: of probabilities it is twice as much, as a part
    np.testing.assert_allclose(ours, probabilities[:, [0, 1, 2, LETTERS + 1]], rtol=2 * within)


def as_torch(machine):
    """The same LSTM as a module of torch's own, which has the gates in the same order."""
    lstm = nn.LSTM(
        machine.input_size, machine.hidden_size, machine.num_layers, batch_first=True, bidirectional=machine.bidirectional
    )
    for direction, suffix in (("forward", ""), ("reverse", "_reverse"))[: 1 + machine.bidirectional]:
        for depth in range(machine.num_layers):
            for name, weights in machine.get_submodule(f"{direction}_layers[{depth}]").named_parameters():
                getattr(lstm, f"{name}_l{depth}{suffix}").copy_(weights)
    return lstm


@pytest.mark.parametrize(
    ("letters", "hidden", "layers", "bidirectional", "kind"),
    [(3, 6, 2, False, SteppingTeacher), (64, 64, 1, True, TwoWayTeacher), (3, 6, 2, True, object)],
    ids=["one way, stacked", "both ways, as the competition has one", "both ways, stacked"],
)
@torch.inference_mode()
@pytest.mark.sampled(2)
def test_an_lstm_of_the_competition_s_own_making(define, torch_seed, tmp_path, rng, letters, hidden, layers, bidirectional, kind):
    machine = competition_lstm(define, letters + 2, hidden, layers, bidirectional)
    width = hidden * (1 + bidirectional)
    network = network_of(define, [machine], width, middle=(hidden // 2,))
    model = load_model(saved(network, tmp_path / "model.pth"))
    assert model.alphabet == Alphabet.of_size(letters)
    assert isinstance(model.teacher, kind)
    assert ("bidirectional LSTM" in model.architecture) == bidirectional
    lstm, affine, margins = as_torch(machine), network.dense[:2], []
    words = [(), *((letter,) for letter in range(letters)), *random_words(rng, letters, 30, 20)]
    for word in words:
        tokens = torch.tensor([letters, *word, letters + 1])
        outputs = lstm(nn.functional.one_hot(tokens, letters + 2).float()[None])[0][0]  # (length, width)
        a, b = affine(torch.cat([outputs[-1, :hidden], outputs[0, hidden:]])).tolist()
        margins.append([b - a])
    np.testing.assert_allclose(model.teacher.scores(words), margins, rtol=0, atol=1e-5)
    prefixes, suffixes = words[:20], words[-20:]
    table = [[model.teacher.scores([p + s])[0] for s in suffixes] for p in prefixes]
    np.testing.assert_allclose(tabulate(model.teacher, prefixes, suffixes), table, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("rename", "seen"),
    [
        ({"reverse_layers[0]": "backward_layers[0]"}, "not backward_layers[0], forward_layers[0]"),
        ({"reverse_layers[0]": None}, "not forward_layers[0]"),
        ({"forward_layers[0]": "fw", "reverse_layers[0]": "bw"}, "not bw, fw"),
        ({"forward_layers[0]": "forward_layers[1]"}, "not forward_layers[1], reverse_layers[0]"),
    ],
)
def test_an_lstm_with_other_layers_is_refused_by_their_names(define, torch_seed, tmp_path, rename, seen):
    machine = competition_lstm(define, LETTERS + 2, 6, bidirectional=True)
    for old, new in rename.items():
        cell = machine._modules.pop(old)
        if new is not None:
            machine.add_module(new, cell)
    with pytest.raises(InputError, match="an LSTM that reads both ways has the layers ") as refused:
        load_model(saved(network_of(define, [machine], 12), tmp_path / "model.pth"))
    assert seen in str(refused.value)


def test_layers_that_read_both_ways_below_others_that_do_not_are_refused(define, torch_seed, tmp_path):
    machines = [nn.GRU(LETTERS + 2, 6, batch_first=True, bidirectional=True), nn.GRU(12, 12, batch_first=True)]
    with pytest.raises(InputError, match="some of its layers read both ways and others one way"):
        load_model(saved(network_of(define, machines, 12), tmp_path / "model.pth"))


@pytest.mark.parametrize("classes", [2, 3])
@torch.inference_mode()
def test_a_transformer_of_this_format(define, torch_seed, tmp_path, classes):
    ours = distilbert_file(define, tmp_path / "model.pth", classes)
    model = load_model(tmp_path / "model.pth")
    ids = [[1, LETTERS + 2, *(letter + 2 for letter in word), LETTERS + 3] for word in WORDS]
    logits = np.array([ours(torch.tensor([tokens]))[0].tolist() for tokens in ids])
    expected = logits if classes > 2 else logits[:, 1:] - logits[:, :1]
    assert model.link == (Multiclass() if classes > 2 else Binary())
    assert_answers(model, expected)
    with pytest.raises(InputError, match="at most 30 tokens"):
        model.teacher.scores([(0,) * 28])
