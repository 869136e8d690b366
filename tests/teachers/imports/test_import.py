"""`nerode import`: networks that were saved without nerode, read from their weights and proved by their answers."""

import json

import numpy as np
import pytest
import torch
from models import torch_models
from models.torch_models import LETTERS, MODELS, answers, made, text
from shell import run
from shell_imports import imported, scores_agree, write_answers
from thorough import some_of

import nerode
from nerode.links import NextSymbol
from nerode.protocols import SteppingTeacher, TwoWayTeacher
from nerode.sampling import uniform_words
from nerode.teachers.checkpoints import load_model

WORDS = 1000


@pytest.fixture(scope="module", params=MODELS)
def model(request, tmp_path_factory):
    """The name of a model, the file of its weights, and words with its answers."""
    folder = tmp_path_factory.mktemp("model")
    module = made(request.param)
    file = folder / f"own{MODELS[request.param].suffix}"
    MODELS[request.param].save(module, file)
    return request.param, file, *answers(request.param, module, WORDS)


@pytest.mark.parametrize("proved", [False, True], ids=["by options", "by answers"])
@pytest.mark.sampled(6)
def test_a_network_is_read_from_its_weights(capsys, tmp_path, model, proved):
    name, file, words, numbers = model
    options = list(MODELS[name].options)
    if proved:  # the answers tell what the options told
        kept = 2 if {"--pooling", "--nonlinearity"} & set(options) else len(options)
        options = [*options[:kept], "--check", write_answers(tmp_path / "answers.tsv", words, numbers)]
    made = run(capsys, "import", file, *options, "--out", tmp_path / "own", "--json")
    assert made.code == 0, made.err
    assert (made.answer["proof"] is not None) == proved
    loaded = load_model(tmp_path / "own")
    assert isinstance(loaded.teacher, SteppingTeacher | TwoWayTeacher)
    assert scores_agree(name, loaded, words, numbers)
    assert loaded.alphabet.symbols == tuple(LETTERS)


@pytest.mark.sampled(4)
def test_answers_of_another_network_are_refused_with_the_word(capsys, tmp_path, model):
    name, file, words, numbers = model
    numbers[7] = [value + 0.01 for value in numbers[7]]
    check = write_answers(tmp_path / "answers.tsv", words, numbers)
    numbers[7] = [value - 0.01 for value in numbers[7]]
    refused = run(capsys, "import", file, *MODELS[name].options, "--check", check, "--out", tmp_path / "own")
    assert refused.code == 2
    assert f"fails first on the word {text(words[7])}," in refused.err
    assert "agrees on 999 of 1,000 words" in refused.err
    assert not (tmp_path / "own").exists()


def test_what_the_weights_do_not_say_is_asked_for(capsys, tmp_path):
    torch.save(made("deep").state_dict(), tmp_path / "own.pt")
    refused = run(capsys, "import", tmp_path / "own.pt", "--alphabet", LETTERS, "--out", tmp_path / "own")
    assert refused.code == 2
    assert "the layers fc1 and fc2, and what stands between them is not in the file; say --activation" in refused.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "the network reads 5 tokens, and a file of weights does not say which is which letter"),
        (("--alphabet", "abc"), "the network reads 5 tokens, 5 of which are left for the 3 symbols of the alphabet"),
        (("--alphabet", "abc", "--padding", "0", "--start", "9"), "--start is 9, and the network reads the tokens 0 to 4"),
        (("--alphabet", "abc", "--start", "x"), "--start is the number of a token, not 'x'"),
        (("--alphabet", LETTERS, "--nonlinearity", "relu"), "its cells are of the kind lstm"),
    ],
)
def test_wrong_options_are_told_with_what_was_seen(capsys, tmp_path, options, said):
    torch.save(made("last valid state").state_dict(), tmp_path / "own.pt")
    refused = run(capsys, "import", tmp_path / "own.pt", *options, "--out", tmp_path / "own")
    assert refused.code == 2
    assert said in refused.err
    assert refused.err.count("\n") == 1


def test_what_was_assumed_is_said(capsys, tmp_path):
    torch.save(made("last valid state").state_dict(), tmp_path / "own.pt")
    said = run(capsys, "import", tmp_path / "own.pt", "--alphabet", LETTERS, "--out", tmp_path / "own").out
    assert "assumed: token 0 is padding, since its row of the embedding is zero" in said
    assert "assumed: the last state is read out" in said
    assert "assumed: nothing was compared with your own program" in said
    facts = json.loads((tmp_path / "own" / "teacher.json").read_text())["training"]
    assert len(facts["assumed"]) == said.count("assumed: ")


VOCABULARIES = {
    "object": json.dumps({"<pad>": 0, "b": 1, "d": 2, "a": 3, "c": 4}),
    "list": json.dumps(["<pad>", "b", "d", "a", "c"]),
    "lines": "<pad>\nb\nd\na\nc\n",
    "keras": json.dumps({"class_name": "Tokenizer", "config": {"word_index": json.dumps({"b": 1, "d": 2, "a": 3, "c": 4})}}),
    "torchtext": json.dumps({"itos": ["<pad>", "b", "d", "a", "c"], "stoi": {}}),
    "numbers": json.dumps({"0": "<pad>", "1": "b", "2": "d", "3": "a", "4": "c"}),
}


@pytest.mark.parametrize("form", VOCABULARIES)
def test_a_vocabulary_says_which_token_is_which_letter(capsys, tmp_path, form):
    module = made("last valid state")
    torch.save(module.state_dict(), tmp_path / "own.pt")
    (tmp_path / "vocabulary").write_text(VOCABULARIES[form])
    options = ["--vocabulary", tmp_path / "vocabulary", "--out", tmp_path / "own"]
    assert run(capsys, "import", tmp_path / "own.pt", *options).code == 0
    loaded = load_model(tmp_path / "own")
    assert loaded.alphabet.symbols == ("b", "d", "a", "c")
    words, numbers = answers("last valid state", module, 20)  # 0 is the first letter of the network
    assert scores_agree("last valid state", loaded, words, numbers)


def test_markers_that_a_vocabulary_names_are_proved_away(capsys, tmp_path):
    """The vocabulary has markers, and the program reads the words without them."""
    module = made("mean pooling")
    torch.save(module.state_dict(), tmp_path / "own.pt")
    (tmp_path / "vocabulary").write_text("<s>\na\nb\n</s>\n")
    words = [[1, 2, 1], [2], [1, 1, 2, 2, 1]]
    with torch.inference_mode():
        lines = [
            f"{text([w - 1 for w in word])}\t{' '.join(map(repr, torch_models.plain(module, word).tolist()))}" for word in words
        ]
    (tmp_path / "answers").write_text("\n".join(lines))
    options = ["--vocabulary", tmp_path / "vocabulary", "--check", tmp_path / "answers", "--out", tmp_path / "own"]
    assert run(capsys, "import", tmp_path / "own.pt", *options).code == 0
    assert load_model(tmp_path / "own").encoding.begin == ()


def test_lightning_checkpoints(capsys, tmp_path, monkeypatch):
    """With the settings that Lightning stores in a class of its own, of which nothing is run."""
    import sys
    import types

    package = types.ModuleType("lightning.fabric.utilities.data")
    kind = type("AttributeDict", (dict,), {"__module__": package.__name__})
    package.AttributeDict = kind
    for name in ("lightning", "lightning.fabric", "lightning.fabric.utilities"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, package.__name__, package)
    module = made("mean pooling")
    content = {
        "epoch": 3,
        "pytorch-lightning_version": "2.6.0",
        "state_dict": {f"net.{name}": tensor for name, tensor in module.state_dict().items()} | {"loss.weight": torch.ones(3)},
        "hyper_parameters": kind(hidden=10),
        "optimizer_states": [{"state": {0: {"exp_avg": torch.ones(4)}}}],
        "callbacks": {},
    }
    torch.save(content, tmp_path / "epoch=3.ckpt")
    for name in list(sys.modules):
        if name.split(".")[0] == "lightning":
            monkeypatch.delitem(sys.modules, name)
    done = run(capsys, "import", tmp_path / "epoch=3.ckpt", "--alphabet", LETTERS, "--pooling", "mean", "--out", tmp_path / "own")
    assert done.code == 0, done.err
    assert "loss.weight belongs to the training" in done.out
    assert scores_agree("mean pooling", load_model(tmp_path / "own"), *answers("mean pooling", module, 50))


def test_answers_that_do_not_tell_readings_apart_are_told(capsys, tmp_path):
    """On words of one letter the last state is the mean."""
    module = made("mean pooling")
    with torch.inference_mode():
        numbers = [torch_models.plain(module, [letter]).tolist() for letter in range(4)]
    check = write_answers(tmp_path / "answers.tsv", [[letter] for letter in range(4)], numbers)
    shown = imported(tmp_path, module.state_dict(), "--check", check, capsys=capsys)
    assert "assumed: the last state; the answers fit this, too: the " in shown.out


def test_values_are_the_outputs_themselves(capsys, tmp_path):
    module = made("stacked relu")
    words, numbers = answers("stacked relu", module, 30)  # behind a sigmoid
    check = write_answers(tmp_path / "answers.tsv", words, numbers)
    refused = imported(tmp_path, module.state_dict(), "--task", "scores", "--check", check, capsys=capsys)
    assert refused.code == 2
    assert "no reading of the weights gives the answers" in refused.err


def test_the_weights_are_found_beside_other_tensors(capsys, tmp_path):
    content = {"model_state_dict": made("mean pooling").state_dict(), "loss": torch.tensor(0.3), "epoch": 3}
    assert imported(tmp_path, content, capsys=capsys).code == 0


@pytest.mark.parametrize("name", some_of(list(MODELS), 3))
@pytest.mark.sampled(2)
def test_what_is_extracted_from_an_imported_network_is_right(capsys, tmp_path, name):
    """Weights are random, so that the automata are small and come close, and do not agree wholly."""
    file = tmp_path / f"own{MODELS[name].suffix}"
    MODELS[name].save(made(name), file)
    assert run(capsys, "import", file, *MODELS[name].options, "--out", tmp_path / "own").code == 0
    teacher = load_model(tmp_path / "own").teacher
    result = nerode.extract(teacher, states=12, refinement="none", queries=60_000, seconds=None)
    rng = np.random.default_rng(5)
    report = nerode.compare(result.automaton, teacher, uniform_words(rng, len(LETTERS), rng.integers(0, 15, 400)))
    metric = report["log_prob_error_per_symbol" if isinstance(teacher.link, NextSymbol) else "error_rate"]
    assert metric.value <= max(metric.baselines.values()) / 3
