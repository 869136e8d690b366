"""Losses of ways of training against finite differences."""

import numpy as np
import pytest
import torch
from learners import AB, WORDS, learner_of

from nerode.distillation.responses import Answers, Response, answers_of
from nerode.distillation.training.course import Drill
from nerode.distillation.training.mutual import beside_peer
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.teachers import training as training_loop
from nerode.teachers.distilling import Pupil, taught, taught_in_turn
from nerode.teachers.examples import numbered
from nerode.teachers.exits import Exits, Within
from nerode.teachers.feedforward import FeedForward

pytestmark = pytest.mark.usefixtures("few_passes")


def drill_of(link, width, words=WORDS):
    each = isinstance(link, NextSymbol)
    count = sum(len(word) + 1 for word in words) if each else len(words)
    scores = np.random.default_rng(5).normal(size=(count, width))
    return Drill(words, numbered(AB, words, each), link, answers_of(link, scores), Response(0.3, 2.0))


def by_hand(network, drill):
    """The scores of all words, or of all their prefixes, read one by one."""
    each = isinstance(drill.link, NextSymbol)
    asked = [word[:k] for word in drill.words for k in range(len(word) + 1)] if each else drill.words
    begin = () if isinstance(network, FeedForward) else (2,)
    return np.array([network(torch.tensor([[*begin, *word]])).detach().numpy()[0] for word in asked])


def check_slopes(parts, loss):
    """Compare the gradients of weights with finite differences of a loss."""
    largest = 0.0
    for weights in parts:
        place = tuple(int(i) for i in np.unravel_index(int(weights.grad.abs().argmax()), tuple(weights.shape)))
        found, losses = float(weights.grad[place]), []
        for move in (1e-5, -2e-5):
            with torch.no_grad():
                weights[place] += move
            losses.append(loss())
        with torch.no_grad():
            weights[place] += 1e-5
        assert found == pytest.approx((losses[0] - losses[1]) / 2e-5, rel=1e-3, abs=1e-8)
        largest = max(largest, abs(found))
    assert largest > 1e-3


@pytest.mark.parametrize(("link", "width"), [(Binary(), 1), (Multiclass(), 3), (NextSymbol(2), 3), (Value(), 2)], ids=str)
def test_a_network_follows_the_answers_and_its_peer(monkeypatch, link, width):
    """Mutual learning: the loss of the answers plus the divergence of what the peer says."""
    monkeypatch.setattr(training_loop, "GRADIENT_NORM", 1e9)
    drill, mine, peer = drill_of(link, width), learner_of("gru", width), learner_of("gru", width, seed=1)
    theirs = by_hand(peer.network, drill)
    taught_in_turn(
        [Pupil(mine, None, peer.network)], drill.rows, beside_peer(drill), lambda letters: None, np.random.default_rng(0)
    )

    def loss():
        scores = by_hand(mine.network, drill)
        agree = Response(0.0, 2.0)(link, scores, Answers(theirs, drill.answers.labels))[0]
        return (drill.response(link, scores, drill.answers)[0] + agree).mean()

    check_slopes(mine.network.parameters(), loss)


def test_without_a_peer_it_is_the_loss_of_the_answers():
    drill, first, second = drill_of(Multiclass(), 3), learner_of("gru", 3), learner_of("gru", 3)
    taught(first, drill.rows, drill.slope, lambda letters: None, np.random.default_rng(0))
    taught_in_turn([Pupil(second)], drill.rows, beside_peer(drill), lambda letters: None, np.random.default_rng(0))
    for one, other in zip(first.network.parameters(), second.network.parameters(), strict=True):
        assert torch.equal(one.grad, other.grad)


@pytest.mark.parametrize(
    ("architecture", "link", "width"),
    [("gru", Multiclass(), 3), ("lstm", NextSymbol(2), 3), ("transformer", NextSymbol(2), 3), ("mlp", Binary(), 1)],
)
@pytest.mark.sampled(2)
def test_lower_read_outs_learn_from_the_answers_and_the_top(architecture, link, width):
    """Their gradients are those of half of each loss; networks that end there say what the read-outs say."""
    words = [(0, 1, 1), (1, 1, 0), (0, 0, 0)] if architecture == "mlp" else WORDS
    drill, mine = drill_of(link, width, words), learner_of(architecture, width, layers=3, length=3)
    exits = Exits(mine, AB, np.random.default_rng(3))
    for end in exits._ends:
        end.double()
    rows = torch.arange(len(words))
    top = by_hand(mine.network, drill)
    agree = Response(0.0, drill.response.temperature)

    def slope(scores, numbers, above):
        assert above == pytest.approx(top[numbers])
        like = agree(link, scores, Answers(above, drill.answers.labels[numbers]))[1]
        return (drill.slope(scores, numbers) + like) / 2

    Within(exits, drill.rows, slope).backward(rows)

    def loss():
        total = 0.0
        for short in exits.shortened():
            scores = by_hand(short.network, drill)
            told = drill.response(link, scores, drill.answers)[0] + agree(link, scores, Answers(top, drill.answers.labels))[0]
            total += told.mean() / 2
        return total

    shared = [weights for name, weights in mine.network.named_parameters() if weights.grad is not None and "readout" not in name]
    assert shared
    assert all(weights.grad is None for weights in mine.network.readout.parameters())  # the top learns nothing of the others
    check_slopes([*shared, *(weights for end in exits._ends for weights in end.readout.parameters())], loss)
    assert [short.network.spec.layers for short in exits.shortened()] == [1, 2]
