"""Activations of 8 bits: what affine maps read, against the formula in plain numbers; their scales; what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from shell import DEMO, run
from test_neurons import KINDS, OF_FIVE, model_of, without_fitting, words_for

import nerode
from nerode.compression import rounding, task
from nerode.compression import shrink as chain
from nerode.compression.shrink import shrink
from nerode.errors import InputError
from nerode.links import Value
from nerode.teachers import directory, shrinking
from nerode.teachers.activations import LEAST, MOST, RoundedInputs, affine_maps, round_inputs
from nerode.teachers.feedforward import FeedForwardSpec

FITTING = ("transformer", "post-norm", "encoder", "feed-forward")


def rounded_as(numbers, scale):
    return np.clip(np.rint(numbers.astype(np.float64) / scale), -127, 127) * scale


def test_a_map_reads_multiples_of_its_scale(rng):
    linear = torch.nn.Linear(6, 4)
    given = rng.normal(size=(50, 6)).astype(np.float32)
    with torch.inference_mode():
        found = RoundedInputs(linear, 0.015625)(torch.from_numpy(given)).numpy()  # 1/64: some numbers are beyond 127 of these
        expected = linear(torch.from_numpy(rounded_as(given, 0.015625).astype(np.float32))).numpy()
    assert np.abs(given).max() > 127 / 64
    assert (found == expected).all()


def test_the_derivative_passes_where_nothing_is_cut_off():
    given = torch.tensor([[0.3, -5.0]], requires_grad=True)
    linear = torch.nn.Linear(2, 1)
    RoundedInputs(linear, 0.01)(given).sum().backward()
    assert given.grad[0, 0] == linear.weight[0, 0]
    assert given.grad[0, 1] == 0  # −5 is beyond 127 of the scale


def test_feed_forward_networks_are_those_of_the_formula():
    model = shrinking.with_rounded_inputs(model_of(KINDS["feed-forward"]), OF_FIVE)
    weights = {name: part.detach().double().numpy() for name, part in model.network.named_parameters()}
    scales = model.network.spec.activations
    for word, score in zip(OF_FIVE, model.teacher.scores(OF_FIVE)[:, 0], strict=True):
        given = np.maximum(sum(weights["first.weight"][2 * i + x] for i, x in enumerate(word)) + weights["bias"], 0)
        for name, scale in zip(("inner.0", "inner.1", "readout"), scales, strict=True):
            assert given.max() <= 127.01 * scale
            given = weights[f"{name}.weight"] @ rounded_as(given, scale) + weights[f"{name}.bias"]
            last, given = given[0], np.maximum(given, 0)
        assert score == pytest.approx(last, abs=1e-5)


@pytest.mark.parametrize("kind", FITTING)
@pytest.mark.sampled(2)
def test_every_way_to_ask_rounds_and_the_file_holds_the_scales(kind, tmp_path):
    plain, words = model_of(KINDS[kind]), words_for(kind)
    model = shrinking.with_rounded_inputs(plain, words)
    scores = model.teacher.scores(words)
    assert 1e-5 < np.abs(scores - plain.teacher.scores(words)).max() < 0.05
    with torch.inference_mode():
        read = [model.network(torch.from_numpy(model.encoding.tokens([word]))).numpy()[0] for word in words]
    assert scores == pytest.approx(np.array(read), abs=1e-5)
    if kind != "feed-forward":
        assert nerode.exact(model.teacher).scores(words) == pytest.approx(scores, abs=1e-5)
    directory.save(tmp_path / "net", model, {})
    again = directory.load(tmp_path / "net")
    assert (again.network.spec, again.architecture) == (model.network.spec, model.architecture)
    assert "activations of 8 bits" in again.architecture
    assert (again.teacher.scores(words) == scores).all()
    parts = shrinking.neurons(again, words)
    whole = without_fitting(again, parts, [np.arange(part.size) for part in parts])
    assert (whole.teacher.scores(words) == scores).all()  # what is cut afterwards rounds as before


@pytest.mark.parametrize("kind", ["transformer", "encoder", "feed-forward"])
@pytest.mark.sampled(2)
def test_the_chain_ends_with_weights_and_activations_of_8_bits(kind, monkeypatch):
    for name, value in {"LESSON": 300, "PASS": 300, "PATIENCE": 1, "RATES": (1.0,)}.items():
        monkeypatch.setattr(task, name, value)
    for name in ("HELD_OUT", "FRESH"):
        monkeypatch.setattr(chain, name, 100)
    found = shrink(model_of(KINDS[kind]), ["magnitude", "int8-activations"], effort=0.05)
    spec = found.model.network.spec
    assert len(spec.activations) == len(affine_maps(found.model.network))
    assert all(np.float32(scale) * np.float32(127) == scale * 127 for scale in spec.activations)  # of few bits
    assert set(found.model.packing.values()) == {"int8"}
    assert found.steps[2].bytes < 0.5 * found.steps[0].bytes


def test_what_rounding_activations_costs_is_to_be_learned_back(monkeypatch):
    """Scales that are 20 times too coarse cost much; the network learns on until it is as good as before any rounding."""
    for name, value in {"LESSON": 300, "PASS": 300, "PATIENCE": 1, "RATES": (1.0,)}.items():
        monkeypatch.setattr(task, name, value)
    for name in ("HELD_OUT", "FRESH"):
        monkeypatch.setattr(chain, name, 100)
    monkeypatch.setattr(shrinking, "LARGEST", 127 / 20)
    wanted, errors = [], []

    def watched(given, model, enough, *others):
        wanted.append(enough)
        for found, error in task.recovered(given, model, enough, *others):
            errors.append(error)
            yield found, error

    monkeypatch.setattr(rounding, "recovered", watched)
    shrink(model_of(KINDS["feed-forward"], Value()), ["int8-activations"], effort=0.1)
    assert 0.3 < min(errors) < errors[0]  # it has learned, and is not as good as before yet
    assert wanted == [rounding.GAIN * 0.01]  # the network before rounding has no error, and 0.01 is the bound


def test_recurrent_networks_are_refused_before_any_work(tmp_path, capsys):
    done = run(capsys, "shrink", DEMO, "--by", "int8-activations", "--out", tmp_path / "small")
    assert done.code == 2
    assert "store its weights alone, with int8" in done.err
    with pytest.raises(InputError, match="int8-activations cannot follow int8"):
        shrink(model_of(KINDS["feed-forward"]), ["int8", "int8-activations"])


@pytest.mark.parametrize(
    ("scales", "message"),
    [
        ([0.125], "a network of 3 affine maps has as many scales of activations, not 1"),
        *(([0.125, odd, 0.125], "a positive number for each") for odd in (0.0, -1.0, "a", 1e999, 1e300, 1e37, 1e-50)),
        ([0.125, 0.1, 0.125], "scales of 15 bits each"),
        (5, "the activations of a network are a list of numbers, not 5"),
        ("ab", "the activations of a network are a list of numbers, not 'ab'"),
    ],
)
def test_damaged_scales_are_refused(scales, message, tmp_path):
    directory.save(tmp_path / "net", model_of(KINDS["feed-forward"]), {})
    file = tmp_path / "net" / "teacher.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    document["architecture"]["activations"] = scales
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        directory.load(tmp_path / "net")


def test_fields_of_specifications_that_are_no_lists_are_refused_in_python():
    for make in (
        lambda: FeedForwardSpec(2, 5, 8, 3, 1, activations=5),
        lambda: replace(KINDS["transformer"], block_heads=3),
        lambda: replace(KINDS["gru"], widths=3),
    ):
        with pytest.raises(InputError, match=r"of a network are a list of numbers, not [35]"):
            make()


@pytest.mark.parametrize("scale", [LEAST, 2.0**120])
def test_the_smallest_and_the_largest_scale_give_numbers(scale):
    assert scale > MOST / 1.01 or scale == LEAST
    model = model_of(FeedForwardSpec(2, 5, 4, 1, 1, activations=(scale,)))
    assert np.isfinite(model.teacher.scores(OF_FIVE)).all()


def test_no_scales_change_nothing():
    model = model_of(FeedForwardSpec(2, 5, 4, 1, 1))
    round_inputs(model.network, None)
    assert not any(isinstance(part, RoundedInputs) for part in model.network.modules())
