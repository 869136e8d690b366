"""The chain of ways, from a trained network to a small file, and the shell around it."""

import json
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from shell import DEMO, run
from test_neurons import KINDS, model_of

import nerode
from nerode.compression import results, task
from nerode.compression import shrink as chain
from nerode.compression.results import relative_times
from nerode.compression.shrink import shrink
from nerode.compression.task import ShrinkSettings, _slope
from nerode.datasets.languages import tomita
from nerode.errors import InputError
from nerode.extraction import source
from nerode.links import NextSymbol, Value
from nerode.teachers import directory, shrinking
from nerode.teachers.convolution import ConvolutionSpec
from nerode.teachers.linear_attention import LinearAttentionSpec
from nerode.teachers.networks import RecurrentSpec
from nerode.teachers.state_space import StateSpaceSpec

CHAIN = ("neurons", "magnitude", "int4")


@pytest.fixture(autouse=True)
def _few_words(monkeypatch):
    """A small lesson, and little patience: what is learned is enough to be told from nothing."""
    monkeypatch.setattr(chain, "HELD_OUT", 300)
    monkeypatch.setattr(chain, "FRESH", 300)
    monkeypatch.setattr(results, "TURNS", 1)
    monkeypatch.setattr(results, "TIMED", 50)
    for name, value in {"LESSON": 1000, "WORDS": 200, "PASS": 500, "PASSED": 200, "PATIENCE": 1, "RATES": (1.0,)}.items():
        monkeypatch.setattr(task, name, value)


@pytest.fixture(scope="module")
def teacher():
    return nerode.load_teacher(DEMO)


def test_each_step_is_smaller_and_what_is_saved_is_what_was_judged(teacher, tmp_path):
    words = [tuple(word) for word in np.random.default_rng(3).integers(2, size=(600, 9)).tolist()]
    labels = {word: int(tomita(5).predict([word])[0]) for word in words}
    found = shrink(teacher, CHAIN, effort=0.3, words=words, labels=labels, share=0.5)
    original, *steps = found.steps
    assert [step.name for step in found.steps] == ["original", *CHAIN]
    assert (original.error, original.time, original.accuracy) == (0, 1, 1)
    neurons, magnitude, rounded = steps
    assert neurons.parameters < original.parameters
    assert neurons.neurons[0] < original.neurons[0] == 8
    assert magnitude.parameters == rounded.parameters == neurons.parameters
    assert magnitude.nonzero < 0.7 * neurons.nonzero
    assert original.bytes > neurons.bytes > magnitude.bytes > rounded.bytes
    assert neurons.error <= 0.05
    assert found.words == len(set(words)) // 5
    found.save(tmp_path / "small", {"seed": 0})
    with pytest.raises(InputError, match="holds a network already"):
        found.save(tmp_path / "small")
    found.save(tmp_path / "small", {"seed": 0}, force=True)
    again = nerode.load_teacher(tmp_path / "small")
    assert (again.scores(words) == found.teacher.scores(words)).all()
    document = json.loads((tmp_path / "small" / "teacher.json").read_text(encoding="utf-8"))
    assert set(document["packing"].values()) == {"int4"}
    assert "stored as int4" in again.model.architecture
    third = shrink(again, ["int8"], effort=0.1)  # a network of few bits is a network like others
    assert set(third.model.packing.values()) == {"int8"}
    assert third.steps[0].bytes == rounded.bytes  # it is what its file holds


def test_the_bound_on_the_error_decides_how_many_neurons_go():
    model = model_of(RecurrentSpec("gru", 3, 8, (3,)), NextSymbol(2))
    loose, strict = (shrink(model, effort=0.02, error=error).steps[-1] for error in (0.1, 1e-6))
    assert loose.neurons[0] < strict.neurons[0]
    assert strict.error < 1e-5 < loose.error < 0.1


@pytest.mark.parametrize(("rare", "bound"), [(50, 0.01), (5, 0.005), (0, 0.01)])
def test_rare_classes_are_not_forgotten(rare, bound):
    """A bound of a hundredth of the words would allow to answer alike to all, where fewer are of the other class."""
    held_out = SimpleNamespace(words=[()] * 100, truth=np.repeat([1.0, 0.0], [rare, 100 - rare]))
    known = SimpleNamespace(original=model_of(KINDS["lstm"]), held_out=held_out, settings=ShrinkSettings())
    assert task.Task.bound.func(known) == pytest.approx(bound)


def test_the_same_seed_gives_the_same_network(teacher):
    files = [directory.weights_file(shrink(teacher, CHAIN[1:], effort=0.15, seed=seed).model) for seed in (1, 1, 2)]
    assert files[0] == files[1] != files[2]


@pytest.mark.parametrize("kind", ["mean", "two ways", "transformer", "encoder", "feed-forward"])
@pytest.mark.sampled(3)
def test_networks_of_all_kinds_become_smaller(kind):
    """The kinds differ in how they read in training and in what their neurons are."""
    found = shrink(model_of(KINDS[kind]), ["neurons", "shared"], effort=0.1, error=0.2, bits=2)
    assert [step.name for step in found.steps] == ["original", "neurons", "shared"]
    assert sum(found.steps[1].neurons) < sum(found.steps[0].neurons)
    assert sum(found.steps[1].heads) < sum(found.steps[0].heads) or not found.steps[0].heads
    assert ("heads" in str(found)) == bool(found.steps[0].heads)
    for matrix in shrinking.matrices(found.model).values():
        assert len(np.unique(matrix)) <= 4


def test_a_head_that_gives_nothing_goes_without_a_trace():
    """Two of four heads are read with weights of 0, so that a bound of nearly nothing lets them go; the other two stay."""
    model = model_of(KINDS["transformer"], Value())
    matrix = shrinking.matrices(model)["blocks.0.attention_out.weight"].copy()
    matrix[:, [0, 1, 4, 5]] = 0
    idle = shrinking.with_matrices(model, {"blocks.0.attention_out.weight": matrix})
    found = shrink(idle, effort=0.02, error=1e-4)
    assert found.steps[1].heads == (2, 4)
    words = [tuple(word) for word in product((0, 1), repeat=4)]
    assert found.teacher.scores(words) == pytest.approx(idle.teacher.scores(words), abs=1e-3)
    assert found.plot().axes[0].get_xlabel() == "neurons or heads that are left"


@pytest.mark.parametrize("link", [NextSymbol(2), NextSymbol(2, squash="sigmoid"), Value()])
def test_language_models_and_values(link):
    model = model_of(RecurrentSpec("gru", 3, 8, (3,)), link)
    found = shrink(model, effort=0.04, error=0.05)
    assert found.measure == ("relative error" if isinstance(link, Value) else "next-symbol KL divergence")
    assert found.steps[-1].neurons[0] < 8
    assert found.steps[-1].error < 0.2


def test_what_is_relearned_of_values_is_their_difference_in_parts_of_their_spread(rng):
    scores, rows, more = rng.normal(5000.0, [[3.0, 700.0]], (40, 2)), np.array([7, 3, 20]), rng.normal(size=(3, 2))
    slope = _slope(Value(), scores)
    assert slope(scores[rows], rows) == pytest.approx(np.zeros((3, 2)))
    assert slope(scores[rows] + more, rows) == pytest.approx(more / scores.var(axis=0).max())


def test_an_interrupted_one_is_kept(teacher):
    def interrupt(said):
        if said.startswith("pruning"):
            raise KeyboardInterrupt

    found = shrink(teacher, CHAIN, effort=0.1, progress=interrupt)
    assert found.stop_reason == "interrupted"
    assert [step.name for step in found.steps][:2] == ["original", "neurons"]
    assert found.told


def test_times_are_ratios_of_the_shortest_of_some_turns(teacher):
    ticks = iter(np.cumsum([0.0, 4.0, 1.0, 8.0, 1.0, 5.0, 1.0, 3.0, 1.0]))
    ratios = relative_times([teacher, teacher], [(0,)], clock=lambda: next(ticks))
    assert ratios == [1, 0.75]


@pytest.mark.parametrize(
    ("by", "settings", "message"),
    [
        ((), {}, "name at least one way"),
        (("nothing",), {}, "unknown way 'nothing'"),
        (("int8", "neurons"), {}, "neurons cannot follow int8"),
        (("shared", "int8"), {}, "int8 cannot follow shared"),
        (("neurons",), {"error": 0}, "the bound on the error must be a number above 0"),
        (("magnitude",), {"share": 1.0}, "must be a number between 0 and 1"),
        (("shared",), {"bits": 9}, "with 1 to 8 bits"),
        (("shared",), {"colour": 1}, "there is no setting 'colour'"),
        ("neurons", {}, r"a list of ways is expected, not one text; write \['neurons'\]"),
        (("int8",), {"share": 0.3}, "share is a setting of magnitude, which is not asked for"),
        (("neurons",), {"bits": 3}, "bits is a setting of shared"),
        (("int8",), {"seed": -1}, "the seed must be a whole number"),
        (("int8",), {"seconds": "soon"}, "a limit must be a number above 0"),
        (("int8",), {"labels": {"a": 1, "?": 0}}, "unknown symbol"),
        (("int8",), {"words": ["0", "1"]}, "a fifth of the different words is kept"),
        (("int8",), {"seconds": -1.0}, "a limit must be a number above 0"),
    ],
)
def test_what_does_not_fit_is_refused(teacher, by, settings, message):
    with pytest.raises(InputError, match=message):
        shrink(teacher, by, **settings)


def test_only_networks_are_made_smaller(tmp_path):
    with pytest.raises(InputError, match="only networks are made smaller"):
        shrink(tomita(5))
    with pytest.raises(InputError, match="there is no checkpoint"):
        shrink(tmp_path / "none")


def test_the_shell_writes_a_checkpoint_and_a_picture(tmp_path, capsys):
    out, plot = tmp_path / "small", tmp_path / "spared.svg"
    arguments = ["shrink", DEMO, "--by", "neurons,int8", "--effort", 0.03, "--out", out]
    answer = run(capsys, *arguments, "--plot", plot, "--json").answer
    assert (answer["checkpoint"], answer["out"]) == (str(out), str(plot))
    assert [step["step"] for step in answer["steps"]] == ["original", "neurons", "int8"]
    assert plot.read_text(encoding="utf-8").startswith("<?xml")
    assert json.loads((out / "teacher.json").read_text(encoding="utf-8"))["training"]["by"] == ["neurons", "int8"]
    again = run(capsys, *arguments)
    assert again.code == 2
    assert "holds a network already" in again.err
    text = run(capsys, "shrink", DEMO, "--by", "int8", "--effort", 0.01, "--out", out, "--force").out
    assert "bytes zipped" in text
    assert "weights stored as int8" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--by", "int8", "--plot", "a.svg"], "ask for them with --by neurons"),
        (["--plot", "a.txt"], "ends in .svg, .png, .pdf"),
        (["--by", "int8,int4"], "int4 cannot follow int8"),
    ],
)
def test_the_shell_refuses_before_any_work(arguments, message, tmp_path, capsys):
    done = run(capsys, "shrink", DEMO, "--out", tmp_path / "small", *arguments)
    assert done.code == 2
    assert message in done.err
    assert not (tmp_path / "small").exists()


def test_words_that_the_network_cannot_read_are_told_of(teacher, monkeypatch):
    for module in (chain, source):
        monkeypatch.setattr(module, "longest_of", lambda network: 4)
    words = [*product((0, 1), repeat=4), (0, 1) * 4]
    found = shrink(teacher, ("int8",), words=words, effort=0.1)
    assert any("1 given word of more than 4 letters" in said for said in found.told)


LAYERED = {
    "convolution": ConvolutionSpec(3, 4, 2, 1),
    "state space": StateSpaceSpec(3, 4, 2, 1, 4, 6),
    "linear attention": LinearAttentionSpec(3, 4, 2, 1, heads=2, feedforward=6),
}


@pytest.mark.parametrize("kind", LAYERED)
@pytest.mark.parametrize("by", [("shared",), ("int8",), ("magnitude", "int4")])
@pytest.mark.sampled(4)
def test_weights_of_other_layers_take_fewer_bits(tmp_path, kind, by):
    model = model_of(LAYERED[kind])
    directory.save(tmp_path / "net", model, {})
    found = shrink(tmp_path / "net", by, effort=0.2, **({"share": 0.5} if "magnitude" in by else {}))
    sizes = [step.bytes for step in found.steps]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == len(by) + 1
    found.save(tmp_path / "small")
    small = nerode.load_teacher(tmp_path / "small")
    words = [(), (0,), (1, 0, 0, 1), (1,) * 9]
    np.testing.assert_allclose(small.scores(words), found.model.teacher.scores(words), rtol=0, atol=1e-6)
    for weights in shrinking.matrices(small.model).values():
        if by == ("shared",):
            assert len(np.unique(weights)) <= 2**4
        if by == ("magnitude", "int4"):
            assert (weights == 0).any()
            assert (np.array([len(np.unique(row)) for row in weights]) <= 15).all()


@pytest.mark.parametrize("kind", LAYERED)
def test_their_neurons_stay(tmp_path, kind):
    directory.save(tmp_path / "net", model_of(LAYERED[kind]), {})
    with pytest.raises(InputError, match=r"not from a .*; prune its weights \(magnitude\) or store them in fewer bits"):
        shrink(tmp_path / "net", ("neurons",), effort=0.2)
    with pytest.raises(InputError, match="and not those of a "):
        shrink(tmp_path / "net", ("int8-activations",), effort=0.2)
