"""Students that learn what a network knows beside its answers: what changes, what is refused, and the shell."""

import numpy as np
import pytest
import torch
from shell import DEMO, run

import nerode
from nerode.datasets.languages import tomita
from nerode.distillation.distill import distill
from nerode.distillation.training import course
from nerode.distillation.transferring import transfer_named
from nerode.distillation.transfers import TRANSFERS
from nerode.domains import Domain
from nerode.errors import InputError
from nerode.links import Binary, NextSymbol, Value
from nerode.teachers.encoding import Encoding, Padding
from nerode.teachers.feedforward import FeedForward, FeedForwardSpec
from nerode.teachers.knowledge import guide
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.words import Alphabet

BRIEF = {"seconds": None, "queries": 700}
AB = Alphabet("01")
TEACHER = nerode.load_teacher(DEMO)


@pytest.fixture(autouse=True)
def _few_passes(monkeypatch):
    monkeypatch.setattr(course, "STAGES", ((64, 1.0),))
    monkeypatch.setattr(course, "LEAST", 64)
    monkeypatch.setattr(course, "MOST", 2)


def of_network(network, link=None, encoding=None, domain=None):
    """A network of random weights, large enough for scores that differ."""
    rng = np.random.default_rng(0)
    with torch.no_grad():
        for weights in network.parameters():
            weights.copy_(torch.from_numpy(rng.normal(size=tuple(weights.shape))))
    model = TrainedModel(network, AB, link or Value(), encoding or Encoding(), network.spec.width, "", "", domain=domain)
    return model.teacher


def even(word):
    return len(word) % 2 == 0


TABLE = of_network(FeedForward(FeedForwardSpec(2, 5, 6, 2, 1)), Binary(), domain=Domain(np.ones((1, 5, 2), np.int64)))
TWO_WAY = of_network(RecurrentNetwork(RecurrentSpec("gru", 2, 4, (1,), 2, bidirectional=True)))
LANGUAGE = of_network(RecurrentNetwork(RecurrentSpec("lstm", 3, 4, (3,), 2)), NextSymbol(2), Encoding(begin=(2,)))
VALUES = of_network(RecurrentNetwork(RecurrentSpec("gru", 2, 4, (1,))))
TRANSFORMER = of_network(CausalTransformer(TransformerSpec(3, 4, 2, 2, 8, 1)), encoding=Encoding(begin=(2,)))
PADDED = of_network(RecurrentNetwork(RecurrentSpec("gru", 3, 4, (1,))), encoding=Encoding(padding=Padding(2, 8)))


def test_the_table_is_that_of_losses():
    assert all(transfer_named(name).loss for name in TRANSFERS)


@pytest.mark.parametrize(
    ("teacher", "student", "left_out"),
    [
        (TEACHER, "gru", {"flow"}),
        (TWO_WAY, "lstm", set()),
        (LANGUAGE, "transformer", {"explanations"}),
        (TRANSFORMER, "rnn", set()),
        (TABLE, "mlp", {"attention", "selectivity"}),
        (TABLE, "gru", {"attention", "selectivity"}),
    ],
    ids=["gru", "two-way", "language model", "transformer", "mlp", "gru of an mlp"],
)
@pytest.mark.sampled(3)
def test_all_that_fits_is_learned_by_networks_of_two_layers(teacher, student, left_out):
    chosen = {name: 0.5 for name in TRANSFERS if name not in left_out}
    found = distill(teacher, student, hidden=4, layers=2, transfer=chosen, **BRIEF)
    assert len(found.rounds) >= 2
    assert np.isfinite([float(weights.detach().sum()) for weights in networks_of(found)]).all()
    for name in left_out:
        with pytest.raises(InputError, match=f"the transfer {name} "):
            distill(teacher, student, layers=2, transfer={name: 1.0}, **BRIEF)


def networks_of(found):
    """The weights of a student."""
    return list(found.automaton.model.network.parameters())


def test_the_same_seed_gives_the_same_student_and_a_transfer_gives_another(monkeypatch):
    monkeypatch.setattr(course, "STAGES", ((128, 1.0),))
    monkeypatch.setattr(course, "MOST", 6)
    monkeypatch.setattr(course, "LEAST", 256)
    makes = ({}, {"features": 1.0}, {"features": 1.0}, {"features": 2.0}, {"explanations": 1.0})
    found = [distill(VALUES, "gru", transfer=transfer, **BRIEF) for transfer in makes]
    plain, first, again, heavier, explained = (result.automaton.to_bytes() for result in found)
    assert first == again
    assert len({plain, first, heavier, explained}) == 4
    assert found[1].effort > found[0].effort


def test_what_is_learned_lowers_the_loss(monkeypatch):
    """On the words of the lesson, by a weight beside which answers count little."""
    losses = []
    backward = guide.Guided.backward

    def noted(self, rows):
        losses.append(float(self.guide.loss(self.both(rows)).detach()))
        backward(self, rows)

    monkeypatch.setattr(guide.Guided, "backward", noted)
    monkeypatch.setattr(course, "STAGES", ((128, 1.0),))
    monkeypatch.setattr(course, "LEAST", 128)
    monkeypatch.setattr(course, "MOST", 6)
    for name in ("features", "explanations"):
        losses.clear()
        distill(VALUES, "gru", transfer={name: 10.0}, **BRIEF)
        assert np.mean(losses[-5:]) < 0.95 * np.mean(losses[:5]), name


def test_an_interrupted_one_is_kept():
    def interrupt(said):
        if said.startswith("round 2"):
            raise KeyboardInterrupt

    result = distill(TEACHER, "gru", transfer={"angles": 1.0}, progress=interrupt, **BRIEF)
    assert (result.stop_reason, len(result.rounds)) == ("interrupted", 3)


@pytest.mark.parametrize(
    ("teacher", "student", "settings", "message"),
    [
        (TEACHER, "gru", {"transfer": {"feelings": 1.0}}, "'feelings' cannot be transferred; choose among features, "),
        (TEACHER, "gru", {"transfer": {"features": -1.0}}, "the weight of features must be a number above 0, not -1.0"),
        (TEACHER, "gru", {"transfer": {"features": True}}, "the weight of features must be a number above 0, not True"),
        (TEACHER, "gru", {"transfer": "features"}, "transfer gives weights by names"),
        (TEACHER, "gru", {"layers": 0}, "a student has 1 to 10 layers, not 0"),
        (TEACHER, "gru", {"transfer": {"flow": 1.0}}, "flow needs 2 layers or more in both networks, and the teacher has 1"),
        (TABLE, "mlp", {"transfer": {"attention": 1.0}}, "attention compares states after each letter, which a feed-forward"),
        (LANGUAGE, "gru", {"transfer": {"explanations": 1.0}}, "explanations is for the tasks classifier, scores"),
        (PADDED, "gru", {"transfer": {"features": 1.0}}, "states are not read from networks whose words are padded"),
        (even, "gru", {"transfer": {"features": 1.0}, "alphabet": "01"}, "this teacher has none that are read"),
        (tomita(5), "gru", {"transfer": {"features": 1.0}}, "this teacher has none that are read"),
        (TEACHER, "tree", {"transfer": {"features": 1.0}}, "the method tree has no setting 'transfer'"),
    ],
)
def test_what_is_refused(teacher, student, settings, message):
    with pytest.raises(InputError, match=message):
        distill(teacher, student, **settings)


def test_the_shell(capsys, tmp_path):
    out = tmp_path / "small"
    given = ["distill", DEMO, "--student", "gru", "--effort", "1", "--queries", "700", "--out", out]
    made = run(capsys, *given, "--transfer", "features=1,similarity=0.5", "--json")
    assert made.code in (0, 3)
    assert nerode.load_teacher(out).model.parameters == made.answer["size"]
    for told, said in (("features", "must be names with numbers"), ("a=1,a=2", "each name once"), ("joy=1", "'joy' cannot be")):
        refused = run(capsys, *given, "--force", "--transfer", told)
        assert (refused.code, said in refused.err) == (2, True), told
    refused = run(capsys, *given, "--force", "--exact", "--transfer", "features=1")
    assert (refused.code, refused.err.count("\n"), "in exact mode" in refused.err) == (2, 1, True)
