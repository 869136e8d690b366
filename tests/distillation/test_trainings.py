"""Ways of training: what they hand back, what is refused, and the shell."""

import json

import numpy as np
import pytest
from learners import AB, WORDS, learner_of
from shell import DEMO, run
from test_distill import Teacher
from test_transfer import LANGUAGE, TABLE, TEACHER, VALUES, of_network

import nerode
from nerode.distillation.adversarial import differing_words
from nerode.distillation.distill import distill
from nerode.distillation.networks import training_named
from nerode.distillation.training import course, own_layers
from nerode.distillation.training.table import TRAININGS
from nerode.errors import InputError
from nerode.links import Binary, Value
from nerode.teachers import distilling
from nerode.teachers.ensemble import ensemble
from nerode.teachers.exits import Exits
from nerode.teachers.feedforward import FeedForward, FeedForwardSpec
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec

pytestmark = pytest.mark.usefixtures("few_passes")
BRIEF = {"seconds": None, "queries": 200, "hidden": 4, "layers": 2}


def errors_of(found):
    """The held-out errors of all hypotheses but the constant."""
    return tuple(done.error for done in found.rounds[1:])


@pytest.mark.parametrize("training", TRAININGS)
@pytest.mark.sampled(3)
def test_each_way_is_learned_of_language_models_and_tables(training):
    labels = {word: word[0] for word in ((a, 0, 1, b, 0) for a in (0, 1) for b in (0, 1))}
    asked = [(TABLE, "mlp", {"labels": labels, "alpha": 0.5})]
    asked += [(LANGUAGE, "transformer", {})] if training in ("mutual", "codistilled", "self") else []
    for teacher, student, more in asked:
        found = distill(teacher, student, training=training, **BRIEF, **more)
        assert len(found.rounds) > 2, student
        assert np.isfinite(found.automaton.scores([(0, 1, 1, 0, 1)])).all()


@pytest.mark.parametrize("training", TRAININGS)
@pytest.mark.sampled(3)
def test_the_same_seed_gives_the_same_student(training):
    seeds = (1, 1, 2) if training == "mutual" else (1, 1)
    errors = [errors_of(distill(VALUES, "gru", training=training, seed=seed, **BRIEF)) for seed in seeds]
    assert errors[0] == errors[1]
    assert len(set(errors)) == len(seeds) - 1


def test_ways_differ_and_two_networks_cost_more():
    offline, mutual, codistilled, own = (
        distill(VALUES, "gru", training=training, **BRIEF) for training in ("offline", "mutual", "codistilled", "self")
    )
    assert len({errors_of(found)[:2] for found in (offline, mutual, codistilled, own)}) == 4
    assert mutual.effort > 1.5 * offline.effort


@pytest.mark.parametrize("training", TRAININGS)
def test_an_interruption_leaves_the_best(training):
    def interrupt(said):
        if said.startswith("round 2"):
            raise KeyboardInterrupt

    found = distill(TEACHER, "gru", training=training, progress=interrupt, **BRIEF)
    assert (found.stop_reason, len(found.rounds)) == ("interrupted", 3)


@pytest.mark.parametrize("training", ["mutual", "codistilled", "born-again"])
@pytest.mark.sampled(2)
def test_transfers_go_with_other_ways(training):
    found, plain = (distill(VALUES, "gru", training=training, transfer=given, **BRIEF) for given in ({"features": 1.0}, {}))
    assert errors_of(found) != errors_of(plain)


def test_the_better_of_two_is_handed_back(monkeypatch):
    monkeypatch.setattr(course, "LEAST", 256)
    found = distill(VALUES, "gru", training="mutual", **BRIEF)
    assert found.chosen.error == min(errors_of(found))
    assert len(set(errors_of(found)[:2])) == 2  # two networks, each weighed


def test_networks_that_end_at_a_lower_layer_are_weighed_and_can_be_saved(tmp_path):
    found = distill(VALUES, "transformer", training="self", **BRIEF)
    sizes = [done.states for done in found.rounds[1:]]
    assert sizes[0] < sizes[1]
    assert sizes[::2] == [sizes[0]] * (len(sizes) // 2)
    mine = learner_of("transformer", 2)
    (short,) = Exits(mine, AB, np.random.default_rng(0)).shortened()
    student = distilling.student_of(short, AB, Value())
    student.save(tmp_path / "short")
    assert (nerode.load_teacher(tmp_path / "short").scores(WORDS) == student.scores(WORDS)).all()


def test_generations_learn_from_the_one_before(monkeypatch):
    asked = []
    scores = Teacher.scores

    def noted(self, words):
        asked.append(len(words))
        return scores(self, words)

    monkeypatch.setattr(Teacher, "scores", noted)
    teacher = Teacher(Value(), lambda a, b: [a - b])
    one, three = (
        distill(teacher, "gru", training=way, seconds=None, hidden=4, **more)
        for way, more in (("offline", {}), ("born-again", {"generations": 3}))
    )
    assert three.queries == one.queries  # later generations ask the student before them
    assert len(three.rounds) > 2 * len(one.rounds)
    (said,) = three.told
    assert said.startswith("The best student is of generation ")
    assert said.endswith(" of 3.")


def test_generations_share_an_effort(monkeypatch):
    monkeypatch.setattr(course, "MOST", 100)
    monkeypatch.setattr(course, "PATIENCE", 100)
    parts, run = [], course.Course.run
    monkeypatch.setattr(course.Course, "run", lambda self, make: parts.append(self.until) or run(self, make))
    found = distill(VALUES, "gru", training="born-again", generations=2, effort=0.05, seconds=None, hidden=4)
    assert found.stop_reason == "effort"
    assert 0.5 <= parts[0] < parts[1] == 1


def test_words_on_which_two_differ_are_found():
    class Drawing:
        def invent(self, count):
            return [(0,) * i for i in range(count)]

    one, other = (Teacher(Binary(), gives) for gives in (lambda a, b: [a - 2.5], lambda a, b: [0.0 * a]))
    assert differing_words(Drawing(), (one, other), 2) == [(), (0,) * 5]


def test_answers_of_one_and_layers_of_another():
    deep = of_network(RecurrentNetwork(RecurrentSpec("lstm", 2, 5, (1,), 3)))
    answers = ensemble([VALUES, VALUES])
    found = [distill(answers, "gru", **BRIEF)]
    found += [distill(answers, "gru", transfer={"features": 1.0}, layers_of=layers, **BRIEF) for layers in (deep, VALUES)]
    assert len(set(map(errors_of, found))) == 3
    own = [distill(VALUES, "gru", transfer={"features": 1.0}, layers_of=layers, **BRIEF) for layers in (None, VALUES)]
    assert len(set(map(errors_of, own))) == 1


OTHER = of_network(FeedForward(FeedForwardSpec(2, 3, 4, 1, 1)), Binary())


@pytest.mark.parametrize(
    ("teacher", "settings", "message"),
    [
        (TEACHER, {"training": "online"}, "'online' is no way to train; choose among offline, mutual, "),
        (TEACHER, {"training": "self", "layers": 1}, "give it two or more by layers"),
        (TEACHER, {"training": "self", "transfer": {"angles": 1.0}}, "this one teaches itself; leave the transfer out"),
        (TEACHER, {"training": "codistilled", "adversarial": True}, "leave adversarial words out"),
        (TEACHER, {"training": "born-again", "alpha": 1.0}, "with alpha 1 labels alone count"),
        (TEACHER, {"training": "born-again", "generations": 1}, "there are 2 to 100 generations, not 1"),
        (TEACHER, {"generations": 2}, "generations are those of born-again students"),
        (TEACHER, {"layers_of": TEACHER}, "say what by transfer, or leave them out"),
        (ensemble([TEACHER, TEACHER]), {"transfer": {"features": 1.0}}, "several teachers have no layers in common"),
        (TEACHER, {"transfer": {"features": 1.0}, "layers_of": OTHER}, "takes words of 3 letters alone"),
        (TEACHER, {"transfer": {"explanations": 1.0}, "layers_of": VALUES}, "has answers of another kind"),
        (
            nerode.language("random-dfa-4-letters-3", np.random.default_rng(0)),
            {"transfer": {"features": 1.0}, "layers_of": TEACHER},
            "over the same alphabet",
        ),
    ],
)
def test_what_is_refused(teacher, settings, message):
    with pytest.raises(InputError, match=message):
        distill(teacher, "gru", **BRIEF | settings)


def test_every_way_has_its_line():
    assert all(training_named(name).students for name in TRAININGS)
    assert 0 < own_layers.OF_TOP < 1


def origin_of(place):
    return json.loads((place / "teacher.json").read_text(encoding="utf-8"))["training"]


def test_the_shell(capsys, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    given = ["distill", DEMO, "--student", "gru", "--effort", "0.3", "--queries", "300", "--hidden", "4"]
    made = run(capsys, *given, "--training", "born-again", "--generations", "2", "--out", first, "--json")
    assert made.code in (0, 3)
    assert origin_of(first)["generations"] == 2
    both = run(capsys, *given, "--with", first, "--with", DEMO, "--combine", "confidence", "--out", second, "--json")
    assert both.code in (0, 3)
    origin = origin_of(second)
    assert (origin["with"], origin["combine"]) == ([str(first), str(DEMO)], "confidence")
    layered = ["--transfer", "features=1", "--layers-of", first]
    assert run(capsys, *given, "--with", first, *layered, "--out", second, "--force").code in (0, 3)
    for more, said in (
        (["--combine", "mean"], "name the others by --with"),
        (["--with", tmp_path / "nowhere"], "there is no checkpoint"),
        (["--layers-of", first], "say what by transfer"),
        (["--training", "self"], "give it two or more by layers"),
        (["--with", second], "is the network that is asked"),
    ):
        refused = run(capsys, *given, *more, "--out", second, "--force")
        assert (refused.code, refused.err.count("\n"), said in refused.err) == (2, 1, True), more
