"""Students that are networks: what they learn, what they cost to hold, and the shell around them."""

import json

import numpy as np
import pytest
import torch
from shell import DEMO, run
from test_distill import Teacher

import nerode
from nerode.distillation.distill import distill
from nerode.distillation.responses import Response, answers_of
from nerode.distillation.training import course
from nerode.errors import InputError
from nerode.eval.fronts import front
from nerode.eval.simplicity import zipped_bits
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.teachers import distilling
from nerode.teachers.architectures import TrainingSettings
from nerode.teachers.examples import NO_TARGET, numbered
from nerode.words import Alphabet

LEARNED = {
    "rnn": 0.4,
    "gru": 0.4,
    "lstm": 0.4,
    "transformer": 0.9,
    "conv": 0.9,
    "ssm": 0.9,
    "gla": 0.9,
}  # of the error of a constant, after so few passes
AB = Alphabet(("a", "b"))


@pytest.fixture(autouse=True)
def _few_passes(monkeypatch):
    """One lesson of few passes: what is learned is enough to be told from nothing."""
    monkeypatch.setattr(course, "STAGES", ((500, 1.0),))
    monkeypatch.setattr(course, "LEAST", 1000)
    monkeypatch.setattr(course, "MOST", 5)


@pytest.mark.parametrize("kind", sorted(LEARNED))
@pytest.mark.sampled(4)
def test_classifiers_are_learned_and_saved(kind, tmp_path):
    def more_as_than_bs(word):
        return word.count("a") > word.count("b")

    result = distill(more_as_than_bs, kind, alphabet="abc", queries=4000, seconds=None, hidden=6)
    assert result.chosen.error < LEARNED[kind] * result.rounds[0].error
    student = result.automaton
    assert (student.size, student.unit) == (student.model.parameters, "parameter")
    student.save(tmp_path / "student", {"seed": 0})
    again = nerode.load_teacher(tmp_path / "student")
    words = [(), (0,), (1, 0, 2), (0, 0, 0, 1)]
    assert (again.scores(words) == student.scores(words)).all()
    assert json.loads((tmp_path / "student" / "teacher.json").read_text(encoding="utf-8"))["training"] == {"seed": 0}
    assert zipped_bits(student) < 8 * 1.2 * len(student.to_bytes())


@pytest.mark.parametrize("kind", ["gru", "transformer"])
def test_values_and_next_symbols_are_learned(kind):
    value = distill(Teacher(Value(), lambda a, b: [1000 + 100 * (a - b), a - b]), kind, queries=3000, seconds=None)
    assert value.chosen.error < LEARNED[kind] * value.rounds[0].error
    model = Teacher(NextSymbol(3), lambda a, b: [4 * (a % 2), 0.0, -1.0, 0.2])
    result = distill(model, kind, queries=4000, seconds=None)
    assert result.chosen.error < 0.9 * result.rounds[0].error
    assert result.automaton.link == NextSymbol(3)


def test_several_classes_are_learned():
    teacher = Teacher(Multiclass(), lambda a, b: [3.0 * (a % 3 == i) for i in range(3)])
    result = distill(teacher, "gru", queries=4000, seconds=None)
    assert (result.automaton.width, result.automaton.link) == (3, Multiclass())
    assert result.chosen.error < result.rounds[0].error


def test_the_same_seed_gives_the_same_student():
    teacher = nerode.load_teacher(DEMO)
    students = [
        distill(teacher, "gru", queries=600, hidden=3, seed=seed, seconds=None).automaton.to_bytes() for seed in (1, 1, 2)
    ]
    assert students[0] == students[1] != students[2]


@pytest.mark.parametrize("link", [Binary(), Multiclass(), NextSymbol(2)])
def test_a_step_follows_the_loss_of_responses(link):
    """The gradient of each weight is the finite difference of the mean loss over all answers."""
    rng = np.random.default_rng(0)
    each, width = isinstance(link, NextSymbol), 1 if isinstance(link, Binary) else 3
    words = [(), (0,), (1, 1, 0), (0, 1)]
    count = sum(len(word) + 1 for word in words) if each else len(words)
    answers = answers_of(link, rng.normal(size=(count, width)))
    response = Response(0.3, 2.0)
    settings = TrainingSettings("gru", 2, batch=len(words), learning_rate=1e-12)
    learner = distilling.apprentice(settings, AB, np.ones(width), np.zeros(width), rng)
    learner.network.double()
    lesson = numbered(AB, words, each)
    asked = [word[:k] for word in words for k in range(len(word) + 1)] if each else words

    def loss():
        scores = [learner.network(torch.tensor([[2, *word]])).detach().numpy()[0] for word in asked]
        return response(link, np.array(scores), answers)[0].mean()

    distilling.taught(learner, lesson, lambda scores, rows: response(link, scores, answers[rows])[1], lambda letters: None, rng)
    largest = 0.0
    for weights in learner.network.parameters():
        place = tuple(int(i) for i in np.unravel_index(int(weights.grad.abs().argmax()), tuple(weights.shape)))
        found = float(weights.grad[place])
        losses = []
        for move in (1e-5, -2e-5):
            with torch.no_grad():
                weights[place] += move
            losses.append(loss())
        with torch.no_grad():
            weights[place] += 1e-5
        assert found == pytest.approx((losses[0] - losses[1]) / 2e-5, rel=1e-3, abs=1e-8)
        largest = max(largest, abs(found))
    assert 0.01 < largest < 1  # beyond 1 gradients would be clipped


def test_answers_are_numbered_as_prefixes_are_read():
    words = [(), (0, 1), (1,)]
    assert numbered(AB, words, each=True).targets.tolist() == [[0, NO_TARGET, NO_TARGET], [1, 2, 3], [4, 5, NO_TARGET]]
    assert numbered(AB, words, each=False).targets.tolist() == [
        [0, NO_TARGET, NO_TARGET],
        [NO_TARGET, NO_TARGET, 1],
        [NO_TARGET, 2, NO_TARGET],
    ]


def test_the_constant_network_says_the_same_of_each_word():
    student = distilling.constant_network(AB, Multiclass(), np.array([1.0, 2.5, -3.0]))
    assert (student.scores([(), (0, 1, 1)]) == [1.0, 2.5, -3.0]).all()
    assert student.predict(["ab"]).tolist() == [1]


def test_an_interrupted_one_is_kept():
    """Ctrl-C after the second hypothesis."""

    def interrupt(said):
        if said.startswith("round 2"):
            raise KeyboardInterrupt

    result = distill(nerode.load_teacher(DEMO), "gru", queries=2000, seconds=None, progress=interrupt)
    assert (result.stop_reason, len(result.rounds)) == ("interrupted", 3)
    assert result.automaton.size > 1


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        ("gru", {"hidden": 0}, "the width of a network must be a whole number from 1 on"),
        ("transformer", {"hidden": 5}, "the width of a network with two heads must be even here, not 5"),
        ("gru", {"size": 50, "queries": 1000}, "has 321 parameters here, and at most 50 are allowed"),
    ],
)
def test_settings_that_do_not_fit(kind, settings, message):
    with pytest.raises(InputError, match=message):
        distill(nerode.load_teacher(DEMO), kind, **settings)


def test_networks_are_on_the_front():
    found = front(nerode.load_teacher(DEMO), ["rnn"], seconds=None, effort=0.3)
    assert {point.unit for point in found.points} == {"parameter"}
    assert all(point.bits == zipped_bits(point.student) for point in found.points)


def test_the_shell_learns_judges_and_shows_one(capsys, tmp_path, frugal):
    out = tmp_path / "small"
    made = run(
        capsys, "distill", DEMO, "--student", "gru", "--hidden", "4", "--queries", "2000", "--effort", "2", "--out", out, "--json"
    )
    assert made.code in (0, 3)
    assert (made.answer["type"], made.answer["unit"], made.answer["student"]) == ("network", "parameter", str(out))
    shown = run(capsys, "inspect", out, "--json").answer
    assert (shown["parameters"], shown["architecture"]) == (made.answer["size"], "GRU, 1 layer of 4, one-hot input")
    assert run(capsys, "eval", out, DEMO, "--json").answer["metrics"]["error_rate"]["value"] < 0.5
    assert run(capsys, "explain", out, DEMO, "01").code == 0
    again = tmp_path / "wfa.json"
    rough = ("--states", "2", "--refinement", "none")
    assert run(capsys, "extract", out, "--queries", "2000", *rough, "--out", again).code in (0, 3)
    assert run(capsys, "eval", again, out).code == 0
    for command in (
        ["render", out, "--out", tmp_path / "a.svg"],
        ["trace", out, DEMO, "0"],
        ["convert", out, "--out", tmp_path / "a.dot"],
    ):
        refused = run(capsys, *command)
        assert (refused.code, refused.err.count("\n")) == (2, 1), command
    assert run(capsys, "compare", out, again).code == 0
    for more, said in ((("--out", out), "holds a network already"), (("--out", DEMO, "--force"), "is the network that is asked")):
        refused = run(capsys, "distill", DEMO, "--student", "gru", *more)
        assert (refused.code, said in refused.err) == (2, True)
    assert run(capsys, "distill", DEMO, "--student", "tree", "--hidden", "4").code == 2
