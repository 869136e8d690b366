"""The shell with convolutions, state spaces, linear attention and encoders; cards, and trainings that are gone on with."""

import json

import numpy as np
import pytest
from shell import run

from nerode.links import Binary, Multiclass
from nerode.teachers import cards, directory
from nerode.teachers.architectures import TrainingSettings, untrained
from nerode.teachers.recognition import UNFINISHED
from nerode.teachers.training import model_of
from nerode.words import Alphabet

NEW = ("conv", "ssm", "gla", "encoder")
SHORT = ("--hidden", 4, "--layers", 1, "--words", 40, "--longest", 6)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(folder, architecture, classes=1):
    """A network that was not trained, which every command reads."""
    network = untrained(TrainingSettings(architecture, hidden=4, layers=1), 3, classes, np.random.default_rng(0))
    directory.save(folder, model_of(network, Alphabet(("a", "b")), Binary() if classes == 1 else Multiclass(), "a test"), {})
    return folder


@pytest.mark.parametrize("architecture", NEW)
@pytest.mark.sampled(2)
def test_every_command_reads_them(capsys, here, architecture):
    net = made("net", architecture, classes=3 if architecture == "gla" else 1)
    shown = run(capsys, "inspect", net, "--check", 20, "--json").answer
    assert shown["keeps_states"] == (architecture != "encoder")
    assert shown["training"] == {}
    assert run(capsys, "extract", net, "--method", "lstar", "--queries", 2000, "--out", "a.json").code in (0, 3)
    assert run(capsys, "extract", net, "--method", "lstar", "--queries", 2000, "--exact", "--out", "b.json").code in (0, 3)
    assert run(capsys, "eval", "a.json", net, "--sample", 50).code == 0
    assert run(capsys, "trace", "a.json", "abab", "--teacher", net).code == 0
    assert run(capsys, "explain", "a.json", net, "abab").code == 0
    distilled = run(capsys, "distill", net, "--student", "tree", "--queries", 500, "--out", "tree.json")
    assert distilled.code in (0, 3)
    shrunk = run(capsys, "shrink", net, "--out", "small", "--effort", 0.1)
    if architecture == "encoder":
        assert shrunk.code in (0, 3)
        assert run(capsys, "eval", "small", net, "--sample", 50).code == 0
    else:
        assert (shrunk.code, shrunk.out) == (2, "")
        assert "prune its weights (magnitude) or store them in fewer bits (shared, int8, int4)" in shrunk.err
        assert run(capsys, "shrink", net, "--by", "int8", "--out", "small", "--effort", 0.3).code in (0, 3)
        assert run(capsys, "eval", "small", net, "--sample", 50).code == 0
    if architecture == "encoder":
        refused = run(capsys, "distill", net, "--student", "gru", "--transfer", "features=1", "--out", "s")
        assert (refused.code, refused.out) == (2, "")
        assert "a network of the class Encoder; learn from its answers alone" in refused.err


def test_a_known_language_has_a_card(capsys, here):
    answer = run(capsys, "train", "tomita-4", "--arch", "conv", *SHORT, "--steps", 20, "--out", "net", "--json").answer
    counts = np.array(answer["confusion"]["counts"])
    assert answer["confusion"]["classes"] == ["rejected", "accepted"]
    assert counts.sum() == answer["validation_words"]
    assert np.trace(counts) / counts.sum() == pytest.approx(answer["accuracy"])
    assert answer["baseline_accuracy"] == pytest.approx(counts.sum(axis=1).max() / counts.sum())
    made = json.loads((here / "net" / "teacher.json").read_text(encoding="utf-8"))["training"]
    assert made["confusion"] == answer["confusion"]
    card = (here / "net" / "card.md").read_text(encoding="utf-8")
    assert f"| accuracy | {answer['accuracy']:.2%} |" in card
    assert f"| rejected | {counts[0, 0]} | {counts[0, 1]} |" in card
    assert made["command"] in card
    shown = run(capsys, "inspect", "net")
    assert f"accuracy of the most frequent class  {answer['baseline_accuracy']:.2%}" in shown.out
    assert "words of each class (rows), taken for each class (columns):" in shown.out
    assert run(capsys, "inspect", "net", "--json").answer["training"] == made


def test_a_language_model_has_a_card_without_classes(capsys, here):
    name = "random-pdfa-3-letters-2"
    answer = run(capsys, "train", name, "--arch", "ssm", *SHORT, "--steps", 20, "--out", "net", "--json").answer
    assert "confusion" not in answer
    assert np.log(answer["perplexity"]) == pytest.approx(answer["loss"])
    card = (here / "net" / "card.md").read_text(encoding="utf-8")
    assert "perplexity of bigrams" in card
    assert "taken for" not in card


def test_a_matrix_that_does_not_fit_is_not_shown():
    for found in (None, {"classes": ["a"], "counts": [[1, 2]]}, {"classes": [], "counts": []}, {"classes": ["a"], "counts": 3}):
        assert cards.shown_confusion({"confusion": found}) == []
    many = [str(i) for i in range(cards.MOST_CLASSES + 1)]
    assert cards.shown_confusion({"confusion": cards.confusion(many, np.arange(3), np.arange(3))}) == []
    assert cards.shown_confusion({"confusion": cards.confusion(["x", "yy"], np.array([0, 1, 1]), np.array([1, 1, 0]))})[1:] == [
        "    x  yy", " x  0   1", "yy  1   1",
    ]  # fmt: skip


def test_a_training_is_gone_on_with_from_the_shell(capsys, here):
    command = ("train", "tomita-4", "--arch", "ssm", *SHORT)
    assert run(capsys, *command, "--steps", 50, "--out", "whole").code == 3
    assert run(capsys, *command, "--steps", 30, "--out", "net").code == 3
    assert (here / "net" / UNFINISHED).exists()
    refused = run(capsys, *command, "--steps", 50, "--out", "net")
    assert (refused.code, refused.out) == (2, "")
    for more, said in (
        (("--hidden", 6), "had hidden 4 and not 6"), (("--seed", 1), "had other words, or words divided by another seed"),
        (("--schedule", "cosine"), "and not 'cosine'"), (("--out", "none"), "there is no training to go on with"),
    ):  # fmt: skip
        refused = run(capsys, *command, "--steps", 50, "--out", "net", "--resume", *more)
        assert (refused.code, refused.out) == (2, "")
        assert said in refused.err
    resumed = run(capsys, *command, "--steps", 50, "--out", "net", "--resume", "--json")
    assert (resumed.code, resumed.answer["steps"]) == (3, 50)
    assert (here / "net" / directory.WEIGHTS).read_bytes() == (here / "whole" / directory.WEIGHTS).read_bytes()
    for name in (directory.DESCRIPTION, directory.WEIGHTS):  # as where the first part was killed
        (here / "net" / name).unlink()
    assert "go on with it by --resume" in run(capsys, *command, "--out", "net").err
    assert run(capsys, *command, "--steps", 5, "--out", "net", "--force").code == 3


def test_a_training_that_ends_by_itself_leaves_nothing_to_go_on_with(capsys, here):
    command = ("train", "tomita-1", "--hidden", 8, "--words", 100, "--longest", 5, "--out", "net")
    assert run(capsys, *command, "--steps", 30).code == 3
    assert run(capsys, *command, "--resume", "--json").answer["stopped"] == "solid"
    assert not (here / "net" / UNFINISHED).exists()
    assert "it has ended, or was never begun" in run(capsys, *command, "--resume").err


def test_numbers_that_are_no_shares_are_not_shown():
    assert cards.shown_facts({"accuracy": 10**400, "loss": True, "perplexity": 2}) == {"perplexity of a symbol": "2"}
