"""The TAYSIR networks: the recorded answers are reproduced, and no file can make us run anything."""

import os
import pickle
import subprocess
import sys
import types
import zipfile
from collections import OrderedDict
from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest
import torch
from doubles import random_words, words_up_to
from torch import nn

from nerode.datasets.readers import read_words
from nerode.errors import InputError
from nerode.links import Binary, Multiclass, NextSymbol
from nerode.protocols import SteppingTeacher, TwoWayTeacher
from nerode.stepping import prefix_scores
from nerode.teachers import taysir
from nerode.teachers.checkpoints import load_model, load_teacher
from nerode.teachers.distilbert import DistilBertNetwork, DistilBertSpec
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
def test_every_recorded_label(shared, network):
    teacher, words, outputs = competition_files(shared, network)
    np.testing.assert_array_equal(teacher.link.labels(teacher.scores(words)), outputs)
    assert set(outputs.tolist()) == {0, 1}


@pytest.mark.parametrize(("network", "every"), [("2.1", 1), ("2.2", 20), ("2.4", 1), ("2.8", 1), ("2.9", 20)])
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


# Files made here, of classes that carry the names of the competition's own.


@pytest.fixture
def define(monkeypatch):
    """Makes a module class under any name, as it is on the machine of whoever pickles it."""

    def define(module, name, base=nn.Module, **members):
        pieces = module.split(".")
        for parent in (".".join(pieces[: i + 1]) for i in range(len(pieces))):
            if parent not in sys.modules:
                monkeypatch.setitem(sys.modules, parent, types.ModuleType(parent))
        monkeypatch.setattr(sys.modules[module], name, type(name, (base,), {"__module__": module, **members}), raising=False)
        return getattr(sys.modules[module], name)

    return define


@pytest.fixture
def torch_seed():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        yield


LETTERS = 3


def network_of(define, machines, features, classes=2, task="binary", squash=True, middle=()):
    """A TNetwork over three letters, start and end, with its parts where the competition has them."""
    network = define("tnetwork", "TNetwork")()
    network.task = task
    network.n_layers = len(machines)
    for i, machine in enumerate(machines):
        network.add_module(f"mach[{i}]", machine)
    widths = [features, *middle, classes]
    layers = [nn.Linear(a, b) for a, b in pairwise(widths)]
    network.dense = nn.Sequential(*layers, *([nn.Sigmoid()] if squash else []), nn.Softmax(dim=-1))
    return network


# torch would like to keep the source code of the classes beside them
OLD = pytest.mark.filterwarnings("ignore:Couldn't retrieve source code")


def saved(network, path, **how):
    torch.save(network, path, **how)
    return path


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


WORDS = [*words_up_to(LETTERS, 3), *random_words(np.random.default_rng(6), LETTERS, 20, 15)]


@pytest.mark.parametrize("cell", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize("bidirectional", [False, True])
@torch.inference_mode()
def test_a_classifier_of_this_format(define, torch_seed, tmp_path, cell, bidirectional):
    cells = cell(LETTERS + 2, 6, batch_first=True, bidirectional=bidirectional)
    network = network_of(define, [cells], 12 if bidirectional else 6, middle=(4,))
    teacher = load_teacher(saved(network, tmp_path / "model.pth"))
    assert teacher.alphabet == Alphabet.of_size(LETTERS)
    assert teacher.link == Binary()
    affine = network.dense[:2]
    logits = [affine(last_states(network, word, True, bidirectional)).tolist() for word in WORDS]
    margins = np.array([[b - a] for a, b in logits])
    np.testing.assert_allclose(teacher.scores(WORDS), margins, rtol=0, atol=1e-5 * np.abs(margins).max())


@torch.inference_mode()
def test_a_classifier_of_several_classes(define, torch_seed, tmp_path):
    network = network_of(define, [nn.GRU(LETTERS + 2, 6, batch_first=True)], 6, classes=4)
    teacher = load_teacher(saved(network, tmp_path / "model.pt"))
    assert teacher.link == Multiclass()
    logits = np.array([network.dense[0](last_states(network, word, True)).tolist() for word in WORDS])
    np.testing.assert_allclose(teacher.scores(WORDS), logits, rtol=0, atol=1e-5)


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
    teacher = load_teacher(folder.parent)
    assert teacher.link == NextSymbol(LETTERS, "sigmoid" if squash else "none")
    # theirs has the columns letters, start, end; ours letters and end
    probabilities = np.array([network.dense(last_states(network, word, False)).tolist() for word in WORDS])
    ours = np.exp(teacher.link.log_probabilities(teacher.scores(WORDS)))
    np.testing.assert_allclose(ours, probabilities[:, [0, 1, 2, LETTERS + 1]], rtol=1e-5)


@torch.inference_mode()
def test_an_lstm_of_the_competition_s_own_making(define, torch_seed, tmp_path):
    """It keeps each layer as a cell of its own."""
    cells = [nn.LSTMCell(LETTERS + 2, 6), nn.LSTMCell(6, 6)]
    machine = define("lstmx", "LSTMx")()
    machine.bidirectional, machine.num_layers = False, 2
    for depth, layer in enumerate(cells):
        machine.add_module(f"forward_layers[{depth}]", layer)
    network = network_of(define, [machine], 6)
    teacher = load_teacher(saved(network, tmp_path / "model.pth"))
    margins = []
    for word in WORDS:
        sequence = one_hot(word, True)[0]
        for layer in cells:
            states, outputs = None, []
            for vector in sequence:
                states = layer(vector[None], states)
                outputs.append(states[0][0])
            sequence = torch.stack(outputs)
        a, b = network.dense[0](sequence[-1]).tolist()
        margins.append([b - a])
    np.testing.assert_allclose(teacher.scores(WORDS), margins, rtol=0, atol=1e-5)
    machine.bidirectional = True
    with pytest.raises(InputError, match="bidirectional LSTMs of this format are not known"):
        load_teacher(saved(network, tmp_path / "both.pth"))


CLASSES = (
    "DistilBertForSequenceClassification",
    "DistilBertModel",
    "Embeddings",
    "Transformer",
    "TransformerBlock",
    "MultiHeadSelfAttention",
    "FFN",
)


def distilbert_file(define, path, classes):
    """Ours under the names of the published classes; two outputs where ours would have their difference."""
    ours = DistilBertNetwork(DistilBertSpec(LETTERS + 4, 30, 2, 8, 2, 12, classes))
    prefix = "transformers.models.distilbert."

    define("transformers.activations", "GELUActivation")
    define(f"{prefix}configuration_distilbert", "DistilBertConfig", object)
    for name in CLASSES:
        define(f"{prefix}modeling_distilbert", name)
    theirs = sys.modules[f"{prefix}modeling_distilbert"]

    def renamed(name, module, **children):
        made = getattr(theirs, name)()
        for child, inner in {**dict(module.named_children()), **children}.items():
            made.add_module(child, inner)
        return made

    blocks = [
        renamed(
            "TransformerBlock",
            block,
            attention=renamed("MultiHeadSelfAttention", block.attention),
            ffn=renamed("FFN", block.ffn, activation=sys.modules["transformers.activations"].GELUActivation()),
        )
        for block in ours.distilbert["transformer"].layer
    ]
    embeddings = renamed("Embeddings", ours.distilbert["embeddings"], dropout=nn.Dropout(0.1))
    embeddings.register_buffer("position_ids", torch.arange(30)[None])
    encoder = renamed("Transformer", nn.Module(), layer=nn.ModuleList(blocks))
    inner = renamed("DistilBertModel", nn.Module(), embeddings=embeddings, transformer=encoder)
    network = renamed("DistilBertForSequenceClassification", ours, distilbert=inner, dropout=nn.Dropout(0.2))
    config = sys.modules[f"{prefix}configuration_distilbert"].DistilBertConfig()
    config.vocab_size, config.max_position_embeddings = LETTERS + 4, 30
    config.n_layers, config.dim, config.n_heads, config.hidden_dim = 2, 8, 2, 12
    network.config = config
    saved(network, path)
    return ours


@pytest.mark.parametrize("classes", [2, 3])
@torch.inference_mode()
def test_a_transformer_of_this_format(define, torch_seed, tmp_path, classes):
    ours = distilbert_file(define, tmp_path / "model.pth", classes)
    teacher = load_teacher(tmp_path / "model.pth")
    ids = [[1, LETTERS + 2, *(letter + 2 for letter in word), LETTERS + 3] for word in WORDS]
    logits = np.array([ours(torch.tensor([tokens]))[0].tolist() for tokens in ids])
    expected = logits if classes > 2 else logits[:, 1:] - logits[:, :1]
    assert teacher.link == (Multiclass() if classes > 2 else Binary())
    np.testing.assert_allclose(teacher.scores(WORDS), expected, rtol=0, atol=1e-5)
    with pytest.raises(InputError, match="at most 30 tokens"):
        teacher.scores([(0,) * 28])


def good(define):
    return network_of(define, [nn.RNN(LETTERS + 2, 6, batch_first=True)], 6)


@OLD
def test_the_container_before_the_archives_is_refused(define, torch_seed, tmp_path):
    """There the source code of the classes lies beside them; the competition is younger."""
    path = saved(good(define), tmp_path / "model.pth", _use_new_zipfile_serialization=False)
    assert "was not opened" in refusal(path)


def test_the_classes_of_the_file_need_not_be_there(define, monkeypatch, torch_seed, tmp_path):
    path = saved(good(define), tmp_path / "model.pth")
    monkeypatch.delitem(sys.modules, "tnetwork")
    assert load_teacher(path).scores([()]).shape == (1, 1)
    assert "tnetwork" not in sys.modules


# Files that are damaged, and files that mean harm.


def refusal(path):
    with pytest.raises(InputError) as caught:
        load_teacher(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    assert len(message) < 600
    return message


def mark(path):
    """What a hostile file would like us to run."""
    path.touch()


class Calls:
    """Pickles as a call of any function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def hostile(marker):
    code = f"__import__('pathlib').Path({str(marker)!r}).touch()"
    return {
        "os.system": Calls(os.system, f"touch {marker}"),
        "builtins.eval": Calls(eval, code),
        "builtins.exec": Calls(exec, code),
        "builtins.open": Calls(open, str(marker), "w"),
        "subprocess": Calls(subprocess.call, ["touch", str(marker)]),
        "our own function": Calls(mark, marker),
        "getattr": Calls(getattr, "text", "upper"),
        "torch.load": Calls(torch.load, str(marker)),
    }


NAMES = list(hostile("x"))


def assert_inert(path, marker):
    refusal(path)
    assert not marker.exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_a_call_runs_nothing(tmp_path, name):
    marker = tmp_path / "ran"
    attack = hostile(marker)[name]
    for how in ({}, {"_use_new_zipfile_serialization": False}):
        assert_inert(saved(attack, tmp_path / "model.pth", **how), marker)
    (tmp_path / "model.pth").write_bytes(pickle.dumps(attack))
    assert_inert(tmp_path / "model.pth", marker)


@pytest.mark.parametrize("name", NAMES)
def test_a_call_hidden_in_a_network_runs_nothing(define, torch_seed, tmp_path, name):
    marker = tmp_path / "ran"
    network = good(define)
    network.dense.extra = hostile(marker)[name]
    assert_inert(saved(network, tmp_path / "model.pth"), marker)


def test_these_attacks_would_work_on_a_careless_reader(tmp_path):
    """Else the tests above show nothing."""
    for name in ("os.system", "builtins.eval", "builtins.exec", "subprocess", "our own function"):
        marker = tmp_path / "ran"
        pickle.loads(pickle.dumps(hostile(marker)[name]))
        assert marker.exists()
        marker.unlink()


def test_a_known_class_cannot_be_given_code(define, torch_seed, tmp_path):
    """The file may name a `__setstate__` or a `forward`; what stands in for the class has none and gets none."""
    marker = tmp_path / "ran"

    def setstate(self, state):
        mark(marker)

    network = good(define)
    network.__class__ = define("tnetwork", "TNetwork", __setstate__=setstate, forward=setstate)
    path = saved(network, tmp_path / "model.pth")
    load_teacher(path).scores(WORDS[:3])
    assert not marker.exists()


def test_a_file_of_other_classes_is_refused(define, torch_seed, tmp_path):
    assert "asks for code that nerode does not run" in refusal(saved(define("elsewhere", "Net")(), tmp_path / "model.pth"))


@pytest.mark.parametrize("value", [nn.Linear(2, 2), {"weight": torch.zeros(2)}, OrderedDict(), [1, 2], None], ids=repr)
def test_a_file_of_something_else_is_refused(tmp_path, value):
    assert "holds no network of the TAYSIR competition" in refusal(saved(value, tmp_path / "model.pth"))


@OLD
@pytest.mark.parametrize("container", [True, False], ids=["new", "old"])
def test_truncated_files(define, torch_seed, tmp_path, container):
    path = saved(good(define), tmp_path / "model.pth", _use_new_zipfile_serialization=container)
    whole = path.read_bytes()
    for part in np.linspace(0, len(whole) - 1, 25).astype(int).tolist():
        path.write_bytes(whole[:part])
        refusal(path)


def test_files_with_a_flipped_byte_fail_cleanly_or_answer(define, torch_seed, tmp_path, rng):
    path = saved(good(define), tmp_path / "model.pth")
    whole = path.read_bytes()
    for place in rng.integers(len(whole), size=60).tolist():
        path.write_bytes(whole[:place] + bytes([whole[place] ^ int(rng.integers(1, 256))]) + whole[place + 1 :])
        with suppress(InputError):
            load_teacher(path).scores(WORDS[:3])


@pytest.mark.parametrize("content", [b"", b"hello, this is a text\n", b"\x80\x02.", b"\x80", b"PK\x03\x04", bytes(100)], ids=repr)
def test_files_of_another_kind(tmp_path, content):
    path = tmp_path / "model.pth"
    path.write_bytes(content)
    refusal(path)


def test_an_archive_that_is_no_torch_file(tmp_path):
    path = tmp_path / "model.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    refusal(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", "nothing here")
        archive.writestr("model/version", "3\n")
    refusal(path)


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_scripted_modules_are_refused(tmp_path):
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), tmp_path / "model.pth")
    refusal(tmp_path / "model.pth")


def change_weights(network):
    network.dense[0].weight = nn.Parameter(torch.zeros(2, 7))


def drop_weights(network):
    del network._modules["mach[0]"]._parameters["weight_hh_l0"]


def no_machine(network):
    del network._modules["mach[0]"]


def no_dense(network):
    del network._modules["dense"]


def no_affine_layer(network):
    network.dense = nn.Sequential(nn.Softmax(dim=-1))


def no_task(network):
    del network.task


def relu_cells(network):
    network._modules["mach[0]"].nonlinearity = "relu"


def not_a_number(network):
    with torch.no_grad():
        network.dense[0].bias[1] = float("nan")


def infinite(network):
    with torch.no_grad():
        network._modules["mach[0]"].weight_hh_l0[2, 3] = float("inf")


def text_for_weights(network):
    network.dense[0]._parameters["weight"] = "large"


def wrong_hidden(network):
    network._modules["mach[0]"]._parameters["weight_hh_l0"] = nn.Parameter(torch.zeros(6, 5))


def flat(network):
    network._modules["mach[0]"]._parameters["weight_ih_l0"] = nn.Parameter(torch.zeros(6))


def no_bias(network):
    network.dense[0]._parameters["bias"] = None


def too_few_tokens(network):
    network._modules["mach[0]"]._parameters["weight_ih_l0"] = nn.Parameter(torch.zeros(6, 2))


def language_model_of_two_columns(network):
    network.task = "lm"


def layers_in_words(network):
    network._modules["mach[0]"].num_layers = "two"


def layers_without_end(network):
    network._modules["mach[0]"].num_layers = 10**9


def large(tensor):
    """The same tensor, for a file that claims another size for it than it has numbers for."""
    return nn.Parameter(tensor.as_strided((40_000, 40_000), (0, 0)))


def repeated_numbers(network):
    cells = network._modules["mach[0]"]
    cells._parameters["weight_hh_l0"] = large(cells.weight_hh_l0.detach())


def many_views_of_one_tensor(network):
    view = nn.Parameter(torch.zeros(500))
    for i in range(100):
        network.dense[0]._parameters[f"view{i}"] = view


def modules_that_unfold(network):
    for _ in range(60):
        outer = nn.Sequential()
        outer._modules = {"a": network.dense, "b": network.dense}
        network.dense = outer


def one_class(network):
    network.dense = nn.Sequential(nn.Linear(6, 1))


DAMAGES = [
    (one_class, "does not fit 1 scores"),
    (change_weights, "do not fit"),
    (drop_weights, "do not fit"),
    (no_machine, "do not fit"),
    (no_dense, "do not fit"),
    (no_affine_layer, "do not fit"),
    (no_task, "do not fit"),
    (relu_cells, "only tanh cells are known"),
    (not_a_number, "not all finite"),
    (infinite, "not all finite"),
    (text_for_weights, "do not fit"),
    (wrong_hidden, "do not fit"),
    (flat, "do not fit"),
    (no_bias, "do not fit"),
    (too_few_tokens, "at least"),
    (language_model_of_two_columns, "do not fit"),
    (layers_in_words, "do not fit"),
    (layers_without_end, "weights of 1 layers where it claims 1000000000"),
    (repeated_numbers, "larger than the file"),
    (many_views_of_one_tensor, "larger than the file"),
    (modules_that_unfold, "do not fit"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGES, ids=[damage.__name__ for damage, _ in DAMAGES])
def test_networks_that_do_not_hold_together(define, torch_seed, tmp_path, damage, message):
    network = good(define)
    damage(network)
    assert message in refusal(saved(network, tmp_path / "model.pth"))


def test_a_transformer_that_does_not_hold_together(define, torch_seed, tmp_path):
    path = tmp_path / "model.pth"
    distilbert_file(define, path, 2)
    for name, value, message in [
        ("n_heads", 3, "multiple of its 3 heads"),
        ("n_heads", 0, "at least 1"),
        ("n_layers", 1, "do not fit"),
        ("n_layers", -1, "at least 1"),
        ("n_layers", 10**9, "at most 1,000 layers"),
        ("max_position_embeddings", 10**15, "do not fit"),
        ("vocab_size", 10**15, "do not fit"),
        ("hidden_dim", 10**9, "do not fit"),
        ("vocab_size", 9, "do not fit"),
        ("dim", "wide", "whole numbers"),
        ("hidden_dim", -1, "at least 1"),
    ]:
        network = torch.load(path, weights_only=False)
        setattr(network.config, name, value)
        assert message in refusal(saved(network, tmp_path / "changed.pth"))


def test_paths_that_are_no_models(tmp_path):
    assert "there is no checkpoint" in refusal(tmp_path / "missing.pth")
    (tmp_path / "empty.taysir.model" / "data").mkdir(parents=True)
    assert "no checkpoint that nerode knows" in refusal(tmp_path / "empty.taysir.model")
    (tmp_path / "notes.txt").write_text("hello")
    assert "no checkpoint that nerode knows" in refusal(tmp_path / "notes.txt")


def test_records_are_inert():
    for name, record in taysir.RECORDS.items():
        assert record.__name__ == name.rpartition(".")[2]
        assert set(vars(record)) <= {"__module__", "__doc__"}
        assert record.__bases__ == (taysir.Record,)
        assert not issubclass(record, nn.Module)
