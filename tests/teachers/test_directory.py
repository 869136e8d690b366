import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from nerode.errors import InputError
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.rounding import exact
from nerode.teachers import directory
from nerode.teachers.convolution import ConvolutionNetwork, ConvolutionSpec
from nerode.teachers.distilbert import DistilBertNetwork, DistilBertSpec
from nerode.teachers.encoder import Encoder, EncoderSpec
from nerode.teachers.encoding import Encoding
from nerode.teachers.linear_attention import LinearAttentionNetwork, LinearAttentionSpec
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.recognition import CARD, UNFINISHED, is_directory
from nerode.teachers.state_space import StateSpaceNetwork, StateSpaceSpec
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.words import Alphabet, all_words

LETTERS = Alphabet(("a", "b", "ü"))
BEGIN = Encoding(begin=(3,))
WORDS = list(all_words(3, 4))


def model_of(network, link, encoding=BEGIN):
    with torch.no_grad():
        for weights in network.parameters():
            weights.copy_(torch.randn(weights.shape, generator=torch.Generator().manual_seed(weights.numel())))
    return TrainedModel(network.eval(), LETTERS, link, encoding, network.spec.width, str(network.spec), "made by hand")


MODELS = {
    "gru": lambda: model_of(RecurrentNetwork(RecurrentSpec("gru", 4, 5, (1,), layers=2)), Binary()),
    "lstm": lambda: model_of(RecurrentNetwork(RecurrentSpec("lstm", 4, 5, (6, 4), embedding=2)), NextSymbol(3, "sigmoid")),
    "two-way": lambda: model_of(
        RecurrentNetwork(RecurrentSpec("rnn", 5, 4, (3,), bidirectional=True)), Multiclass(), Encoding((3,), (4,))
    ),
    "transformer": lambda: model_of(CausalTransformer(TransformerSpec(4, 8, 2, 2, 6, 4)), NextSymbol(3)),
    "encoder": lambda: model_of(Encoder(EncoderSpec(4, 8, 2, 2, 6, 1, pooling="first")), Binary()),
    "convolution": lambda: model_of(ConvolutionNetwork(ConvolutionSpec(4, 6, 3, 4)), NextSymbol(3)),
    "state space": lambda: model_of(StateSpaceNetwork(StateSpaceSpec(4, 6, 2, 4, 5, 7)), NextSymbol(3)),
    "linear attention": lambda: model_of(LinearAttentionNetwork(LinearAttentionSpec(4, 6, 2, 3, 2, 7)), Multiclass()),
    "distilbert": lambda: model_of(DistilBertNetwork(DistilBertSpec(7, 12, 1, 6, 2, 5, 1)), Value(), Encoding((1, 5), (6,), 2)),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_was_saved_comes_back_bit_for_bit(name, tmp_path):
    model = MODELS[name]()
    directory.save(tmp_path / "net", model, {"seed": 3})
    assert is_directory(tmp_path / "net")
    loaded = directory.load(tmp_path / "net")
    for field in ("alphabet", "link", "encoding", "width", "architecture", "origin"):
        assert getattr(loaded, field) == getattr(model, field)
    assert loaded.network.spec == model.network.spec
    assert loaded.network.state_dict().keys() == model.network.state_dict().keys()
    for weights, before in zip(loaded.network.state_dict().values(), model.network.state_dict().values(), strict=True):
        assert torch.equal(weights, before)
    assert np.array_equal(exact(loaded.teacher).scores(WORDS), exact(model.teacher).scores(WORDS))


@pytest.fixture
def made(tmp_path):
    directory.save(tmp_path / "net", MODELS["gru"](), {"command": "nerode train", "accuracy": 1.0})
    return tmp_path / "net"


def test_the_description_is_for_people_too(made):
    document = json.loads((made / "teacher.json").read_text(encoding="utf-8"))
    assert document["architecture"]["cell"] == "gru"
    assert document["training"] == {"command": "nerode train", "accuracy": 1.0}
    assert "ü" in (made / "teacher.json").read_text(encoding="utf-8")


def test_loading_leaves_the_random_source_alone(made):
    before = torch.get_rng_state()
    directory.load(made)
    assert torch.equal(before, torch.get_rng_state())


def test_a_checkpoint_is_replaced(made):
    for name in (CARD, UNFINISHED):
        (made / name).write_text("of the old network")
    directory.save(made, MODELS["transformer"](), {})
    assert isinstance(directory.load(made).network, CausalTransformer)
    assert sorted(path.name for path in made.iterdir()) == ["teacher.json", "weights.safetensors"]


def test_a_directory_that_was_left_half_way_is_no_checkpoint(made, monkeypatch):
    def interrupted(path, data):
        raise KeyboardInterrupt

    monkeypatch.setattr(directory, "write_whole", interrupted)
    with pytest.raises(KeyboardInterrupt):
        directory.save(made, MODELS["transformer"](), {})
    assert not is_directory(made)


def test_other_things_are_not_recognised(tmp_path):
    (tmp_path / "file").write_text("teacher.json")
    assert not any(is_directory(path) for path in (tmp_path, tmp_path / "file", tmp_path / "nothing"))


def change(*keys, value=None, remove=False):
    """An edit of the description at a path of keys."""

    def edit(folder):
        document = json.loads((folder / "teacher.json").read_text(encoding="utf-8"))
        inner = document
        for key in keys[:-1]:
            inner = inner[key]
        if remove:
            del inner[keys[-1]]
        else:
            inner[keys[-1]] = value
        (folder / "teacher.json").write_text(json.dumps(document), encoding="utf-8")

    return edit


def description(data):
    return lambda folder: (folder / "teacher.json").write_bytes(data)


def weights(edit):
    def rewrite(folder):
        tensors = load_file(folder / "weights.safetensors")
        edit(tensors)
        save_file(tensors, folder / "weights.safetensors")

    return rewrite


def cut(length):
    def shorten(folder):
        data = (folder / "weights.safetensors").read_bytes()
        (folder / "weights.safetensors").write_bytes(data[:length])

    return shorten


def steering_header(folder):
    header = json.dumps({BIAS: {"dtype": "\x1b[2J", "shape": [1], "data_offsets": [0, 4]}}).encode()
    (folder / "weights.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))


def another_folder(folder):
    (folder / "weights.safetensors").unlink()
    (folder / "weights.safetensors").mkdir()


BIAS = "readout.0.bias"
DISTILBERT = {"kind": "distilbert", "tokens": 4, "longest": 9, "layers": 1, "dim": 6, "heads": 4, "feedforward": 5, "width": 1}
TRANSFORMER = {"kind": "transformer", "tokens": 4, "dim": 8, "heads": 2, "layers": 1, "feedforward": 6, "width": 1}
MANY_LAYERS = "at most 1,000 layers, not 1,000,000,000"
DAMAGE = {
    "not JSON": (description(b'{"format": '), "teacher.json is not JSON"),
    "too deep": (description(b"[" * 100_000), "teacher.json is not JSON"),
    "not UTF-8": (description(b"\xff\xfe\x00"), "UTF-8"),
    "not an object": (description(b"[1]"), '"format" must be'),
    "other format": (change("format", value="nerode-automaton"), '"format" must be'),
    "no version": (change("version", remove=True), "whole number"),
    "text as version": (change("version", value="1"), "whole number"),
    "newer": (change("version", value=2), "install a newer one"),
    "missing field": (change("link", remove=True), "misses 'link'"),
    "unknown field": (change("lnk", value=1), "unknown field 'lnk'"),
    "origin": (change("origin", value=5), '"origin".*must be text'),
    "origin that steers the terminal": (change("origin", value="made \x1b[2J"), "text without control characters"),
    "symbol that steers the terminal": (change("alphabet", value=["a", "b", "\x1b[2J"]), "control character"),
    "training": (change("training", value=[]), '"training".*must be an object'),
    "alphabet is text": (change("alphabet", value="abü"), "list of texts"),
    "alphabet of numbers": (change("alphabet", value=[1, 2, 3]), "list of texts"),
    "alphabet repeats": (change("alphabet", value=["a", "a", "b"]), "must differ"),
    "smaller network than alphabet": (change("alphabet", value=list("abcde")), "tokens 0 to 3"),
    "link": (change("link", value={"name": "cubic"}), "unknown link"),
    "link is a list": (change("link", value=[]), "unknown link"),
    "name of link is a list": (change("link", value={"name": []}), "unknown link"),
    "link with other width": (change("link", value={"name": "multiclass"}), "does not fit 1 scores"),
    "link with other letters": (change("link", value={"name": "next-symbol", "letters": 3}), "does not fit"),
    "fields of link": (change("link", "squash", value="none"), "do not belong"),
    "encoding": (change("encoding", value=[3]), "encoding must be an object"),
    "encoding misses": (change("encoding", "offset", remove=True), "encoding misses 'offset'"),
    "encoding of text": (change("encoding", "begin", value=["3"]), "whole numbers"),
    "encoding of a number": (change("encoding", "finish", value=3), "whole numbers"),
    "encoding beyond": (change("encoding", "begin", value=[4]), "tokens 0 to 3"),
    "negative offset": (change("encoding", "offset", value=-1), "need -1"),
    "architecture": (change("architecture", value="gru"), 'with a "kind"'),
    "kind": (change("architecture", "kind", value="mamba"), "known are recurrent, transformer"),
    "kind is a list": (change("architecture", "kind", value=[]), 'with a "kind"'),
    "cell": (change("architecture", "cell", value="mut"), "unknown cell 'mut'"),
    "cell is a list": (change("architecture", "cell", value=[]), "do not make a network"),
    "missing size": (change("architecture", "hidden", remove=True), "do not make a network.*hidden"),
    "unknown size": (change("architecture", "heads", value=2), "do not make a network.*heads"),
    "size of wrong type": (change("architecture", "hidden", value="5"), "whole numbers of at least 1"),
    "layers of wrong type": (change("architecture", "layers", value="2"), "whole numbers of at least 1"),
    "readout of wrong type": (change("architecture", "readout", value=1), "do not make a network"),
    "enormous": (change("architecture", "hidden", value=10**30), "do not make a network"),
    "big": (change("architecture", "hidden", value=10**7), "where the network has"),
    "heads that do not divide": (change("architecture", value=DISTILBERT), "multiple of its 4 heads"),
    "other layers": (change("architecture", "layers", value=3), "misses weights"),
    "fewer layers": (change("architecture", "layers", value=1), "unknown weights"),
    "layers without end": (change("architecture", "layers", value=10**9), f"a recurrent network has {MANY_LAYERS}"),
    "affine layers without end": (change("architecture", "readout", value=[1] * 1001), "at most 1,000 layers, not 1,001"),
    "blocks without end": (change("architecture", value=TRANSFORMER | {"layers": 10**9}), f"a transformer has {MANY_LAYERS}"),
    "DistilBERT without end": (
        change("architecture", value=DISTILBERT | {"heads": 2, "layers": 10**9}),
        f"a DistilBERT has {MANY_LAYERS}",
    ),
    "no affine layer": (change("architecture", "readout", value=[]), "at least one affine layer"),
    "no weights": (lambda folder: (folder / "weights.safetensors").unlink(), "cannot read the weights.*safetensors"),
    "folder as weights": (another_folder, "cannot read the weights"),
    "empty weights": (cut(0), "truncated"),
    "header cut": (cut(40), "truncated"),
    "header that steers the terminal": (steering_header, r"no safetensors file \(.*\[2J"),
    "weights cut": (cut(-1), "truncated"),
    "missing weights": (weights(lambda tensors: tensors.pop(BIAS)), f"misses weights '{BIAS}'"),
    "extra weights": (weights(lambda tensors: tensors.update(more=torch.ones(1))), "unknown weights 'more'"),
    "shape": (
        weights(lambda tensors: tensors.update({BIAS: torch.ones(2)})),
        "are 2 of float32 where the network has 1 of float32",
    ),
    "type": (weights(lambda tensors: tensors.update({BIAS: torch.ones(1).long()})), "are 1 of int64"),
    "not a number": (
        weights(lambda tensors: tensors.update({BIAS: torch.tensor([torch.nan])})),
        "weights.safetensors.*not all finite",
    ),
    "infinite": (
        weights(lambda tensors: tensors.update({BIAS: torch.tensor([torch.inf])})),
        "weights.safetensors.*not all finite",
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_explained_in_one_sentence_that_names_the_file(kind, made):
    damage, message = DAMAGE[kind]
    damage(made)
    with pytest.raises(InputError, match=message) as caught:
        directory.load(made)
    assert str(made) in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_network_that_contradicts_itself_is_found_by_letting_it_read(tmp_path):
    directory.save(tmp_path / "net", MODELS["transformer"](), {})
    change("encoding", "begin", value=[])(tmp_path / "net")
    with pytest.raises(InputError, match=r"cannot read a word.*begin marker"):
        directory.load(tmp_path / "net")


def test_places_that_cannot_be_written_to(tmp_path, made):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "no" / "such"):
        with pytest.raises(InputError, match="cannot make the directory"):
            directory.save(place, MODELS["gru"](), {})
    network = torch.nn.Linear(1, 1)
    with pytest.raises(InputError, match="type Linear cannot be saved"):
        directory.save(made, TrainedModel(network, LETTERS, Binary(), BEGIN, 1, "", ""), {})
    assert directory.load(made)


def test_a_checkpoint_can_be_moved(made, tmp_path):
    before = exact(directory.load(made).teacher).scores(WORDS)
    shutil.move(made, tmp_path / "elsewhere")
    assert np.array_equal(exact(directory.load(tmp_path / "elsewhere").teacher).scores(WORDS), before)
