"""Networks without some of their neurons: what is cut out, against slow passes of the whole network."""

import json

import numpy as np
import pytest
import torch

import nerode
from nerode.domains import domain_of_words
from nerode.errors import InputError
from nerode.links import Binary, NextSymbol
from nerode.teachers import directory, shrinking
from nerode.teachers.convolution import ConvolutionNetwork, ConvolutionSpec
from nerode.teachers.encoder import Encoder, EncoderSpec
from nerode.teachers.encoding import Encoding
from nerode.teachers.feedforward import FeedForward, FeedForwardSpec
from nerode.teachers.linear_attention import LinearAttentionNetwork, LinearAttentionSpec
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.state_space import StateSpaceNetwork, StateSpaceSpec
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
    "transformer": TransformerSpec(3, 8, 4, 2, 12, 1),
    "post-norm": TransformerSpec(3, 12, 4, 3, 10, 1, norm_first=False, activation="relu", positions=9),
    "encoder": EncoderSpec(3, 8, 4, 2, 12, 1),
    "feed-forward": FeedForwardSpec(2, 5, 8, 3, 1),
}
NETWORKS = {
    RecurrentSpec: RecurrentNetwork,
    TransformerSpec: CausalTransformer,
    EncoderSpec: Encoder,
    FeedForwardSpec: FeedForward,
    ConvolutionSpec: ConvolutionNetwork,
    StateSpaceSpec: StateSpaceNetwork,
    LinearAttentionSpec: LinearAttentionNetwork,
}
OF_FIVE = [word for word in all_words(2, 5) if len(word) == 5]


def model_of(spec, link=None, seed=0):
    torch.manual_seed(seed)
    network, of_five = NETWORKS[type(spec)](spec).eval(), isinstance(spec, FeedForwardSpec)
    encoding = Encoding() if of_five else Encoding(begin=(2,))
    domain = domain_of_words(OF_FIVE, np.zeros(32, np.int64), 2) if of_five else None
    return TrainedModel(network, AB, link or Binary(), encoding, spec.width, str(spec), "a test", domain=domain)


def words_for(kind):
    return OF_FIVE if kind == "feed-forward" else WORDS


def kept_of(parts, rng, most=3):
    """Some neurons of each part, as many for all parts of a layer, but not as many for all layers; heads as a whole."""
    kept = []
    for part in parts:
        groups = part.size // part.group
        stay = rng.permutation(groups)[: max(1, groups - most + part.layer // (1 if part.group == 1 else 2))]
        kept.append(np.sort(stay[:, None] * part.group + np.arange(part.group), axis=None))
    return kept


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
@pytest.mark.sampled(4)
def test_neurons_that_give_nothing_away_are_cut_out_without_a_trace(kind, rng, tmp_path):
    model, words = model_of(KINDS[kind]), words_for(kind)
    parts = shrinking.neurons(model, words)
    kept = kept_of(parts, rng)
    whole = silenced(model, parts, kept)
    small = without_fitting(whole, parts, kept)
    assert np.abs(whole.teacher.scores(words) - model.teacher.scores(words)).max() > 1e-3
    assert small.teacher.scores(words) == pytest.approx(whole.teacher.scores(words), abs=1e-6)
    assert small.parameters < model.parameters
    assert sum(shrinking.widths(small)) < sum(shrinking.widths(model))
    with torch.inference_mode():
        read = [small.network(torch.from_numpy(small.encoding.tokens([word]))).numpy()[0] for word in words]
    assert small.teacher.scores(words) == pytest.approx(np.array(read), abs=1e-5)
    directory.save(tmp_path / "small", small, {})
    again = nerode.load_teacher(tmp_path / "small")
    assert (again.scores(words) == small.teacher.scores(words)).all()
    if kind != "feed-forward":  # exact mode is not offered for these
        assert nerode.exact(again).scores(words) == pytest.approx(small.teacher.scores(words), abs=1e-5)


@pytest.mark.parametrize("kind", ["transformer", "post-norm", "encoder"])
def test_heads_are_cut_out_block_by_block(kind, tmp_path):
    """What is left has the same keys, queries and values as those heads have in the whole network."""
    model = model_of(KINDS[kind])
    size = model.network.spec.head_size
    parts = shrinking.neurons(model, WORDS)
    assert [part.group for part in parts] == [size, 1] * model.network.spec.layers
    kept = [np.arange(part.size) for part in parts]
    kept[0] = np.concatenate([np.arange(size), np.arange(3 * size, 4 * size)])  # the first and the last head
    small = without_fitting(model, parts, kept)
    assert shrinking.heads(small) == (2, *shrinking.heads(model)[1:])
    assert shrinking.widths(small) == shrinking.widths(model)
    vectors = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 3, model.network.spec.dim))).float()
    with torch.inference_mode():
        for mine, whole in zip(*(net.network.blocks[0].project(vectors) for net in (small, model)), strict=True):
            assert mine.numpy() == pytest.approx(whole[..., kept[0]].numpy(), abs=1e-6)
    assert "heads 2, 4" in small.architecture
    directory.save(tmp_path / "small", small, {})
    assert directory.load(tmp_path / "small").network.spec == small.network.spec
    again = without_fitting(small, shrinking.neurons(small, WORDS), [np.arange(size), *kept[1:]])
    assert shrinking.heads(again)[0] == 1


@pytest.mark.parametrize("exact", [False, True])
def test_states_hold_what_the_heads_of_each_block_keep(exact):
    spec = TransformerSpec(3, 8, 4, 3, 12, 1, block_heads=(1, 4, 3))
    model = model_of(spec)
    teacher = nerode.exact(model.teacher) if exact else model.teacher
    states = teacher.start()
    assert [keys.shape[1] for keys in states[1::2]] == ([2, 8, 6] if exact else [1, 4, 3])  # units, or heads
    states = teacher.advance(teacher.advance(states, np.array([0, 0]), np.array([0, 1])), np.array([0, 1]), np.array([1, 1]))
    expected = [[model.network(torch.tensor([[2, first, 1, 0, 1][:end]])).item() for end in (3, 4, 5)] for first in (0, 1)]
    found = [teacher.read(states), *teacher.read_tree(states, np.array([-1, 0]), np.array([0, 1]), np.array([True, True]))]
    assert np.hstack([np.asarray(found[0]), *(np.asarray(part)[..., 0].T for part in found[1:])]) == pytest.approx(
        np.array(expected), abs=1e-5
    )


def test_checkpoints_of_before_have_all_heads(tmp_path):
    model = model_of(KINDS["transformer"])
    directory.save(tmp_path / "net", model, {})
    file = tmp_path / "net" / "teacher.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    del document["architecture"]["block_heads"]
    file.write_text(json.dumps(document), encoding="utf-8")
    assert directory.load(tmp_path / "net").network.spec == model.network.spec


@pytest.mark.parametrize("heads", [(3,), (1, 5), (4, 4, 4)])
def test_heads_of_blocks_fit(heads):
    with pytest.raises(InputError, match="one a block, at most its 4 heads"):
        TransformerSpec(3, 8, 4, 2, 12, 1, block_heads=heads)


@pytest.mark.parametrize("kind", KINDS)
def test_moments_are_those_of_a_slow_pass(kind):
    model, words = model_of(KINDS[kind]), words_for(kind)
    part = shrinking.neurons(model, words)[-1]
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


@pytest.mark.parametrize("depth", range(3))
def test_moments_of_feed_forward_layers_are_those_of_the_formula(depth):
    model = model_of(KINDS["feed-forward"])
    weights = {name: matrix.detach().double().numpy() for name, matrix in model.network.named_parameters()}
    table = []
    for word in OF_FIVE:
        given = np.maximum(
            sum(weights["first.weight"][2 * place + letter] for place, letter in enumerate(word)) + weights["bias"], 0
        )
        for layer in range(depth):
            given = np.maximum(weights[f"inner.{layer}.weight"] @ given + weights[f"inner.{layer}.bias"], 0)
        table.append([*given, 1.0])
    expected = np.array(table).T @ np.array(table) / 32
    assert shrinking.neurons(model, OF_FIVE)[depth].outlets[0].moments == pytest.approx(expected, abs=1e-6)


def test_layers_of_one_width_are_an_ordinary_network():
    model = model_of(KINDS["rnn"])
    parts = shrinking.neurons(model, WORDS)
    small = without_fitting(model, parts, [np.arange(4), np.arange(4)])
    assert small.network.spec == RecurrentSpec("rnn", 3, 4, (1,), layers=2)
    uneven = without_fitting(model, parts, [np.arange(5), np.arange(4)])
    assert (uneven.network.spec.widths, uneven.architecture) == ((5, 4), "RNN, 2 layers of 5, 4, one-hot input")
    back = without_fitting(uneven, shrinking.neurons(uneven, WORDS), [np.arange(3), np.arange(3)])
    assert back.network.spec == RecurrentSpec("rnn", 3, 3, (1,), layers=2)
    forward = model_of(KINDS["feed-forward"])
    uneven = without_fitting(forward, shrinking.neurons(forward, OF_FIVE), [np.arange(5), np.arange(3), np.arange(4)])
    assert (uneven.network.spec.widths, uneven.architecture) == (
        (5, 3, 4), "feed-forward, 3 layers of 5, 3, 4, words of 5 letters"
    )  # fmt: skip
    back = without_fitting(uneven, shrinking.neurons(uneven, OF_FIVE), [np.arange(2)] * 3)
    assert back.network.spec == FeedForwardSpec(2, 5, 2, 3, 1)


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


@pytest.mark.parametrize("widths", [(3,), (3, 5), (0, 4)])
def test_widths_of_feed_forward_networks_fit(widths):
    with pytest.raises(
        InputError, match="one a layer, the last its hidden one" if 0 not in widths else "whole numbers of at least 1"
    ):
        FeedForwardSpec(2, 5, 4, 2, 1, widths)


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
        ({"widths": 4}, "a list of numbers, not 4"),
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
