"""Trainings that are gone on with give the network of a training in one go, to the last bit; and schedules of the rate."""

import re
from dataclasses import replace
from itertools import pairwise
from math import cos, pi

import numpy as np
import pytest
import torch
from interrupting import interrupted_at

from nerode.automata.dfa import DFA
from nerode.errors import InputError
from nerode.links import NextSymbol
from nerode.sampling import uniform_words
from nerode.teachers.architectures import ARCHITECTURES, TrainingSettings
from nerode.teachers.examples import Examples
from nerode.teachers.lessons import lessons
from nerode.teachers.recognition import UNFINISHED
from nerode.teachers.resuming import Session, resumed
from nerode.teachers.schedules import EPOCHS, WARM_UP, Rate
from nerode.teachers.training import train
from nerode.words import Alphabet

AB = Alphabet(("a", "b"))
EVEN_A = DFA(AB, [[1, 0], [0, 1]], [1, 0])
SETTINGS = TrainingSettings(hidden=6, batch=200, max_steps=11)  # of epochs of two steps


def draw(rng, count, longest):
    return uniform_words(rng, 2, rng.integers(longest + 1, size=count))


def learn(settings=SETTINGS, session=None, seed=0, count=200):
    rng = np.random.default_rng(seed)
    training, held_out = lessons(EVEN_A, draw, count, 6, 8, rng)
    return train(AB, EVEN_A.link, training, held_out, settings, rng, session=session)


def same(one, other):
    pairs = zip(one.network.state_dict().values(), other.network.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("schedule", ["constant", "plateau"])
@pytest.mark.parametrize("steps", [3, 4, 7])  # within an epoch and at its end
@pytest.mark.sampled(3)
def test_the_network_is_that_of_a_training_in_one_go(schedule, steps, tmp_path):
    settings = replace(SETTINGS, schedule=schedule, learning_rate=0.05)
    whole, report = learn(settings)
    session = Session(tmp_path / "net")
    part, _ = learn(replace(settings, max_steps=steps), session)
    session.write()
    again = resumed(tmp_path / "net")
    assert 0 < again.latest.steps < 11
    rest, end = learn(settings, again)
    assert same(rest, whole)
    assert not same(part, whole)
    assert (end.loss, end.accuracy, end.steps, end.stopped) == (report.loss, report.accuracy, 11, "max_steps")
    assert end.seconds > again.latest.seconds - 1e-9


@pytest.mark.parametrize("architecture", [name for name in ARCHITECTURES if name not in ("rnn", "lstm", "gru")])
@pytest.mark.sampled(3)
def test_every_architecture_can_be_gone_on_with(architecture):
    settings = replace(SETTINGS, architecture=architecture, hidden=4, layers=1, max_steps=6, length=5)
    examples = Examples([(0, 1, 0, 1, 1), (1, 1, 0, 0, 1), (1, 0, 0, 0, 1)] * 200, np.array([0, 1, 1] * 200))

    def learned(settings, session=None):
        return train(AB, EVEN_A.link, examples, examples, settings, np.random.default_rng(3), session=session)[0]

    session = Session()
    learned(replace(settings, max_steps=3), session)
    assert same(learned(settings, session), learned(settings))


@pytest.mark.parametrize("call", [2, 13, 16])  # in the second step of an epoch, and while the loss on held-out words is computed
def test_an_interrupted_training_is_gone_on_with(call, monkeypatch):
    whole, _ = learn()
    session = Session()
    with monkeypatch.context() as patch:
        interrupted_at(call, patch)
        assert learn(session=session)[1].stopped == "interrupted"
    assert same(learn(session=session)[0], whole)


def test_language_models_and_their_patience_are_gone_on_with(rng):
    words = uniform_words(rng, 2, rng.integers(6, size=300))
    settings = replace(SETTINGS, max_steps=400, batch=100, patience=2, learning_rate=0.1)

    def learned(settings, session=None):
        lists = Examples(words[:200]), Examples(words[200:])
        return train(AB, NextSymbol(2), *lists, settings, np.random.default_rng(0), session=session)

    whole, report = learned(settings)
    assert report.stopped == "no improvement"
    session = Session()
    learned(replace(settings, max_steps=report.steps - 1), session)
    rest, end = learned(settings, session)
    assert same(rest, whole)
    assert (end.steps, end.stopped) == (report.steps, report.stopped)


def test_a_file_is_written_now_and_then_and_deleted_in_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr("nerode.teachers.resuming.BETWEEN", 4)
    session = Session(tmp_path / "net")
    learn(session=session)
    assert resumed(tmp_path / "net").latest.steps == 8
    session.close()
    session.close()
    assert not (tmp_path / "net" / UNFINISHED).exists()
    Session(tmp_path / "none").write()
    assert not (tmp_path / "none").exists()


def test_another_training_is_not_gone_on_with(tmp_path):
    session = Session(tmp_path)
    learn(session=session)
    session.write()
    for change, said in (
        ({"hidden": 7}, "had hidden 6 and not 7; go on with the same command"),
        ({"learning_rate": 0.1, "layers": 2}, "had layers by default and not 2, learning rate by default and not 0.1; go on"),
        ({"schedule": "cosine"}, "had schedule 'constant' and not 'cosine'; go on"),
    ):
        with pytest.raises(InputError, match=said):
            learn(replace(SETTINGS, **change), resumed(tmp_path))
    for more in ({"seed": 1}, {"count": 100}):
        with pytest.raises(InputError, match="had other words, or words divided by another seed; go on"):
            learn(session=resumed(tmp_path), **more)
    cosine = replace(SETTINGS, schedule="cosine")
    session = Session(tmp_path)
    learn(cosine, session)
    with pytest.raises(InputError, match="had max steps 11 and not 20"):  # the wave has another length
        learn(replace(cosine, max_steps=20), session)


def test_files_that_hold_no_training_are_refused(tmp_path):
    with pytest.raises(InputError, match="there is no training to go on with"):
        resumed(tmp_path)
    session = Session(tmp_path)
    learn(session=session)
    session.write()
    whole = (tmp_path / UNFINISHED).read_bytes()
    for data in (b"", b"text", whole[: len(whole) // 2]):
        (tmp_path / UNFINISHED).write_bytes(data)
        with pytest.raises(InputError, match=r"training\.pt cannot be read"):
            resumed(tmp_path)
    stored = {**vars(session.latest)}
    for change in ({"steps": "many"}, {"network": 3}, {"more": 1}):
        torch.save(stored | change, tmp_path / UNFINISHED)
        with pytest.raises(InputError, match=r"training\.pt cannot be read"):
            resumed(tmp_path)
    for change in ({"network": {}}, {"random": "{}"}, {"best": {}}, {"rate": [1.0]}, {"optimiser": {}}):
        torch.save(stored | change, tmp_path / UNFINISHED)
        with pytest.raises(InputError, match="is damaged"):
            learn(session=resumed(tmp_path))
    best, moments = stored["best"], stored["optimiser"]["state"]
    cut = {name: weights[:1] for name, weights in best["weights"].items()}
    for change in (
        {"steps": -5}, {"steps": 10**30}, {"rate": ["a", 1.0, 0]}, {"rate": [1.0, 1.0, float("inf")]},
        {"random": re.sub(r'("inc": )', r"\1-", stored["random"])}, {"random": "[" * 100_000},
        {"best": best | {"weights": cut}}, {"best": best | {"loss": "a"}},
        {"network": {name: weights.to(torch.int8) for name, weights in stored["network"].items()}},
        {"network": dict.fromkeys(stored["network"], 1)}, {"optimiser": {"state": [1]}}, {"optimiser": {"state": {99: {}}}},
        {"optimiser": {"state": {0: moments[0] | {"exp_avg": None}}}},
        {"optimiser": {"state": {0: moments[0] | {"exp_avg": torch.zeros(7)}}}},
    ):  # fmt: skip
        torch.save(stored | change, tmp_path / UNFINISHED)
        with pytest.raises(InputError, match="is damaged") as refused:
            learn(session=resumed(tmp_path))
        assert "\n" not in str(refused.value)


def test_files_with_code_are_refused(tmp_path):
    class Code:
        def __reduce__(self):
            return (print, ("this runs",))

    torch.save({"of": Code()}, tmp_path / UNFINISHED)
    with pytest.raises(InputError, match=r"training\.pt cannot be read"):
        resumed(tmp_path)


def test_rates_follow_their_schedules():
    assert {Rate("constant", 100).at(step) for step in (0, 5, 100)} == {1.0}
    wave = Rate("cosine", 1000)
    assert wave.at(0) == pytest.approx(1 / WARM_UP)
    assert wave.at(500) == pytest.approx(0.5)
    assert wave.at(800) == pytest.approx(0.5 + 0.5 * cos(0.8 * pi))
    assert wave.at(1000) == pytest.approx(0)
    halved = Rate("plateau", 1000)
    assert [halved.at(step) for step in (0, WARM_UP // 2 - 1, WARM_UP, 900)] == pytest.approx([1 / WARM_UP, 0.5, 1, 1])
    for loss in (3.0, 2.0, *[2.0] * (EPOCHS - 1)):
        halved.see(loss)
        assert halved.at(900) == 1
    halved.see(2.5)
    assert halved.at(900) == 0.5
    again = Rate("plateau", 1000)
    again.restore(halved.state())
    for rate in (halved, again):
        for _ in range(EPOCHS):
            rate.see(2.0)
        assert rate.at(900) == 0.25
        for _ in range(100):
            rate.see(2.0)
        assert rate.at(900) == 0.01


def test_a_schedule_changes_what_is_learned_and_one_that_is_unknown_is_refused():
    models = [learn(replace(SETTINGS, schedule=name))[0] for name in ("constant", "cosine", "plateau")]
    assert not any(same(one, other) for one, other in pairwise(models))
    with pytest.raises(InputError, match="known are constant, cosine, plateau"):
        TrainingSettings(schedule="linear")
