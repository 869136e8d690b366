"""States of layers, one word after the other and in batches; effects of letters; and what a guide does to a student."""

import numpy as np
import pytest
import torch

from nerode.distillation.transferring import transfer_named
from nerode.distillation.transfers import TRANSFERS
from nerode.links import Binary, Multiclass
from nerode.teachers import distilling
from nerode.teachers.architectures import TrainingSettings
from nerode.teachers.convolution import ConvolutionNetwork, ConvolutionSpec
from nerode.teachers.encoding import Encoding
from nerode.teachers.feedforward import FeedForward, FeedForwardSpec
from nerode.teachers.knowledge import examples
from nerode.teachers.knowledge.explanations import effects
from nerode.teachers.knowledge.guide import Guide
from nerode.teachers.knowledge.reading import layers_of, read, tokens_of
from nerode.teachers.knowledge.transfer import FEATURES, FLOW, Both, guides
from nerode.teachers.linear_attention import LinearAttentionNetwork, LinearAttentionSpec
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.state_space import StateSpaceNetwork, StateSpaceSpec
from nerode.teachers.training import work_of
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.words import Alphabet, pack

AB = Alphabet(("a", "b"))
MARKED = Encoding(begin=(2,), finish=(3, 2))
WORDS = [(0, 1, 1), (1,), (0, 0, 1, 0), (1, 0)]


def recurrent(cell, **more):
    return lambda: RecurrentNetwork(RecurrentSpec(cell, 4, more.pop("hidden", 3), (2,), **more))


NETWORKS = {
    "gru": recurrent("gru"),
    "rnn stacked": recurrent("rnn", layers=3, nonlinearity="relu", embedding=2),
    "lstm projected": recurrent("lstm", layers=2, projection=2),
    "gru unequal": recurrent("gru", layers=2, widths=(4, 3)),
    "gru reset first": recurrent("gru-reset-first", layers=2),
    "convolution": lambda: ConvolutionNetwork(ConvolutionSpec(4, 4, 2, 2)),
    "state space": lambda: StateSpaceNetwork(StateSpaceSpec(4, 4, 2, 2, 3, 5)),
    "linear attention": lambda: LinearAttentionNetwork(LinearAttentionSpec(4, 4, 2, 2, 2, 5)),
    "transformer": lambda: CausalTransformer(TransformerSpec(4, 4, 2, 2, 8, 2)),
    "transformer post-norm": lambda: CausalTransformer(TransformerSpec(4, 4, 2, 2, 8, 2, norm_first=False, positions=9)),
}
WHOLE = {
    "two-way": recurrent("lstm", bidirectional=True, layers=2),
    "mean": recurrent("gru", pooling="mean"),
}


def made(make):
    torch.manual_seed(0)
    return make().double()


def packed(words):
    return tuple(torch.from_numpy(part) for part in pack(words))


def reading(network, words, encoding=MARKED):
    return read(network, tokens_of(encoding, 2, *packed(words)))


@pytest.mark.parametrize("kind", NETWORKS)
def test_states_of_a_batch_are_those_of_prefixes_read_alone(kind):
    network = made(NETWORKS[kind])
    both = reading(network, WORDS)
    assert both.scores.detach().numpy() == pytest.approx(
        np.concatenate([network(torch.from_numpy(MARKED.tokens([word]))).detach().numpy() for word in WORDS])
    )
    for i, word in enumerate(WORDS):
        for k in range(1, len(word) + 1):
            alone = reading(network, [word[:k]], Encoding(begin=(2,)))
            for layer, end in zip(both.states, alone.ends, strict=True):
                assert layer[i, both.first + k - 1].detach().numpy() == pytest.approx(end[0].detach().numpy())
    assert len(both.states) == len(both.ends) == layers_of(network)


@pytest.mark.parametrize("kind", WHOLE)
def test_networks_that_read_words_as_a_whole(kind):
    network = made(WHOLE[kind])
    words = [(0, 1, 1), (1, 1, 0)]
    tokens = torch.from_numpy(MARKED.tokens(words))
    found = reading(network, words)
    assert found.scores.detach().numpy() == pytest.approx(network(tokens).detach().numpy())
    assert found.states[-1].detach().numpy() == pytest.approx(network.outputs(tokens).detach().numpy())
    if network.spec.bidirectional:
        assert network.readout(found.ends[-1]).detach().numpy() == pytest.approx(network(tokens).detach().numpy())


def test_a_feed_forward_network_has_a_state_after_the_word_alone():
    network = made(lambda: FeedForward(FeedForwardSpec(2, 3, 5, 2, 2)))
    words = [(0, 1, 1), (1, 0, 1)]
    found = reading(network, words, Encoding())
    assert found.states is None
    assert [end.shape for end in found.ends] == [(2, 5), (2, 5)]
    assert found.scores.detach().numpy() == pytest.approx(network(torch.tensor(words)).detach().numpy())


@pytest.mark.parametrize("kind", NETWORKS)
def test_gradients_reach_the_weights_of_the_network_itself(kind):
    network = made(NETWORKS[kind])
    sum(end.sum() for end in reading(network, WORDS).ends).backward()
    read_out = ("readout", "norm.")
    assert all(weights.grad is not None for name, weights in network.named_parameters() if not name.startswith(read_out))


@pytest.mark.parametrize("kind", [*NETWORKS, "mean"])
def test_effects_of_letters_are_derivatives_of_the_score(kind):
    """The vector of a letter is moved towards those of the others by a little."""
    network = made((NETWORKS | WHOLE)[kind])
    words = [(0, 1, 1), (1, 0, 0)]
    symbols, _ = packed(words)
    there, labels = torch.ones(2, 3, dtype=torch.bool), torch.tensor([1, 0])
    found = effects(reading(network, words), symbols, there, labels).detach()
    for i, k in np.ndindex(2, 3):
        losses = [moved(network, words, i, k, size)[int(labels[i])] for size in (1e-6, -1e-6)]
        assert float(found[i, k]) == pytest.approx((losses[0] - losses[1]) / 2e-6, rel=1e-4, abs=1e-7)


def moved(network, words, i, k, size):
    """The lead of each class of word i, once the vector of its letter k is a little farther from that of the other letter."""
    embed = network.embed

    def shifted(tokens):
        vectors = embed(tokens).clone()
        vectors[i, 1 + k] += size * (vectors[i, 1 + k] - embed(torch.tensor(1 - words[i][k])))
        return vectors

    network.embed = shifted
    scores = network(torch.from_numpy(MARKED.tokens(words))).detach().numpy()[i]
    network.embed = embed
    return scores - scores[::-1]


def test_effects_in_a_linear_network_are_those_of_reports():
    """Replacing a letter does just what its gradient says where all rectifiers are open: the effect "replaced"."""
    network = FeedForward(FeedForwardSpec(3, 4, 5, 1, 1)).requires_grad_(False)
    network.bias += 20
    model = TrainedModel(network, Alphabet("abc"), Binary(), Encoding(), 1, "", "")
    words = [(0, 1, 2, 2), (1, 1, 0, 2)]
    symbols, lengths = packed(words)
    told = np.zeros((2, 4))
    for i, k in np.ndindex(2, 4):
        word = words[i]
        others = model.teacher.scores([(*word[:k], a, *word[k + 1 :]) for a in range(3) if a != word[k]])
        told[i, k] = model.teacher.scores([word])[0, 0] - others.mean()
    found = effects(
        read(network, tokens_of(Encoding(), 3, symbols, lengths)), symbols, torch.ones(2, 4, dtype=torch.bool), torch.zeros(2)
    )
    assert np.abs(told).max() > 0.01
    assert found.detach().numpy() == pytest.approx(told, abs=1e-5)


def test_layers_guide_those_of_the_same_height():
    assert guides(1, 3) == [(0, 2)]
    assert guides(2, 4) == [(0, 1), (1, 3)]
    assert guides(3, 3) == [(0, 0), (1, 1), (2, 2)]
    assert guides(3, 1) == [(0, 0), (1, 0), (2, 0)]


def test_the_work_of_a_letter_is_what_it_is_multiplied_by():
    recurrent = made(NETWORKS["rnn stacked"])
    assert work_of(recurrent) == sum(weights.numel() for weights in recurrent.parameters())
    assert work_of(FeedForward(FeedForwardSpec(2, 3, 5, 2, 2))) == 5 + (5 + 5 * 6 + 2 * 6) // 3


def both_of(guide, words):
    return guide.both(*packed(words), guide.example(*packed(words)))


def learner_of(architecture, layers=1, length=None):
    settings = TrainingSettings(architecture, 4, layers, heads=2, length=length)
    rng = np.random.default_rng(1)
    return distilling.apprentice(settings, AB, np.ones(2), np.zeros(2), rng), rng


@pytest.mark.parametrize("kind", ["gru", "transformer"])
def test_all_losses_together_have_the_gradient_of_their_weighed_sum(kind):
    """Of a student of two layers beside one of another architecture, by finite differences."""
    network = made(NETWORKS["transformer" if kind == "gru" else "rnn stacked"])
    model = TrainedModel(network, AB, Multiclass(), MARKED, 2, "", "")
    learner, rng = learner_of(kind, layers=2)
    chosen = [(transfer_named(name), 0.5 + number) for number, name in enumerate(TRANSFERS)]
    guide = Guide(model, learner, chosen, rng)
    for part in (learner.network, guide.network, *guide.maps):
        part.double()
    course = guide.through([(), *WORDS])
    course.backward(torch.arange(5))

    def loss():
        return float(guide.loss(both_of(guide, WORDS)).detach())

    whole = loss()
    both = both_of(guide, WORDS)
    parts = [
        weight * float(transfer.loss(both, maps).detach()) for (transfer, weight), maps in zip(chosen, guide.maps, strict=True)
    ]
    assert min(parts) > 1e-4
    assert whole == pytest.approx(sum(parts))
    checked = 0
    for tensor in (*learner.network.parameters(), *(weights for maps in guide.maps for weights in maps.parameters())):
        if tensor.grad is None:
            continue
        place = tuple(int(i) for i in np.unravel_index(int(tensor.grad.abs().argmax()), tuple(tensor.shape)))
        losses = []
        for move in (1e-6, -2e-6):
            with torch.no_grad():
                tensor[place] += move
            losses.append(loss())
        with torch.no_grad():
            tensor[place] += 1e-6
        assert float(tensor.grad[place]) == pytest.approx((losses[0] - losses[1]) / 2e-6, rel=1e-3, abs=1e-6)
        checked += 1
    assert checked > 10
    assert all(weights.grad is None for weights in guide.network.parameters())


@pytest.mark.parametrize("most", [2**27, 10])
def test_a_teacher_reads_each_word_of_a_lesson_once_if_that_can_be_remembered(monkeypatch, most):
    monkeypatch.setattr(examples, "MOST", most)
    model = TrainedModel(made(NETWORKS["gru unequal"]), AB, Multiclass(), MARKED, 2, "", "")
    learner, rng = learner_of("gru", layers=2)
    guide = Guide(model, learner, [(transfer_named(name), 1.0) for name in ("features", "explanations")], rng)
    words, rows = [(), *WORDS], torch.tensor([3, 0, 1, 4])
    course, anew = guide.through(words), Guide.example
    read = []
    monkeypatch.setattr(
        Guide, "example", lambda self, symbols, lengths: read.append(len(symbols)) or anew(self, symbols, lengths)
    )
    assert course.work == guide.work + guide.reading
    first, again = course.both(rows), course.both(rows.flip(0))
    assert guide.through(words) is course
    assert read == ([3] if most > 10 else [3, 3])
    course.backward(torch.tensor([2]))
    assert course.work == guide.work + (0 if most > 10 else guide.reading)
    assert course.both(torch.tensor([0])) is None
    there = first.there
    for one, other in zip(first.theirs.along, again.theirs.along, strict=True):
        assert torch.allclose(one[there], other.flip(0)[there], atol=1e-6)
    for one, other in zip(first.theirs.once, again.theirs.once, strict=True):
        assert torch.allclose(one, other.flip(0), atol=1e-6)
    course.both(torch.arange(len(words)))  # then other letters stand behind the last ones
    assert guide.loss(course.both(rows)).item() == pytest.approx(guide.loss(first).item(), rel=1e-5)
    assert guide.through(list(words)) is not course


def test_a_recurrent_student_of_a_feed_forward_network_is_guided_after_the_word():
    network = FeedForward(FeedForwardSpec(2, 3, 5, 2, 2))
    model = TrainedModel(network, AB, Multiclass(), Encoding(), 2, "", "")
    learner, rng = learner_of("gru", layers=2)
    guide = Guide(model, learner, [(FEATURES, 1.0), (FLOW, 1.0)], rng)
    both: Both = both_of(guide, [(0, 1, 1), (1, 0, 1)])
    (ours, theirs), *_ = both.each(guide.maps[0])
    assert (ours.shape, theirs.shape) == ((2, 5), (2, 5))
    mine, its = ([end.detach().numpy() for end in side] for side in (zip(*both.ends(guide.maps[1]), strict=True)))
    a, b = (np.einsum("ni,nj->nij", side[0], side[-1]) for side in (mine, its))
    assert float(FLOW.loss(both, guide.maps[1]).detach()) == pytest.approx(((a - b) ** 2).sum() / (b**2).sum(), rel=1e-5)
