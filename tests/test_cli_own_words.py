"""Training on words of one's own: from a file to a network to an automaton."""

import json
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from shell import run

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.operations import separating_word
from nerode.automata.pdfa import PDFA
from nerode.datasets.readers import write_words
from nerode.sampling import sample_words
from nerode.shell.console import Status
from nerode.teachers import training
from nerode.words import Alphabet

AB = Alphabet(("a", "b"))
EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "words.tsv"
EVEN_A_WITHOUT_BB = DFA(AB, [[2, 1], [2, 4], [0, 3], [0, 4], [4, 4]], [1, 1, 0, 0, 0])
SHORT = ("--hidden", 4, "--steps", 20)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder to work in, with the example in it."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(EXAMPLE, tmp_path)
    return tmp_path


@pytest.fixture
def refused(capsys, here):
    """Run a command that must be refused, and hand back its one sentence."""

    def sentence(*arguments):
        outcome = run(capsys, *arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert not list(here.glob("net*"))
        return outcome.err

    return sentence


def facts(net):
    return json.loads((net / "teacher.json").read_text(encoding="utf-8"))["training"]


def test_the_example_holds_words_of_its_language():
    lines = [line.split("\t") for line in EXAMPLE.read_text(encoding="utf-8").splitlines()]
    assert lines.pop(0) == ["label", "word"]
    assert [label == "yes" for label, _ in lines] == EVEN_A_WITHOUT_BB.predict([word for _, word in lines]).astype(bool).tolist()


def test_from_the_example_to_its_automaton(capsys, here):
    trained = run(capsys, "train", "words.tsv", "--out", "net", "--json")
    assert trained.code == 0
    assert trained.err.startswith("read as: label, then word, between tabs, each character a symbol; ")
    answer = trained.answer
    assert (answer["task"], answer["classes"], answer["accuracy"], answer["stopped"]) == ("classifier", ["no", "yes"], 1, "solid")
    assert answer["recalls"] == {"no": 1, "yes": 1}
    assert answer["baseline_accuracy"] < 0.8
    assert facts(here / "net")["classes"] == ["no", "yes"]
    assert run(capsys, "extract", "net", "--method", "lstar", "--search", "white-box", "--out", "dfa.json").code == 0
    found = nerode.load_automaton("dfa.json")
    assert found.states == 5
    assert separating_word(found, EVEN_A_WITHOUT_BB) is None


def test_from_plain_words_to_a_weighted_automaton(capsys, here, rng):
    source = PDFA(AB, [[0, 1], [1, 0]], [[0.6, 0.3, 0.1], [0.1, 0.5, 0.4]])
    write_words("plain.txt", sample_words(rng, source, 2000, 50), AB)
    trained = run(capsys, "train", "plain.txt", "--out", "net", "--hidden", 8, "--steps", 300, "--json")
    assert (trained.code, trained.answer["stopped"]) == (3, "max_steps")
    assert trained.answer["task"] == "language-model"
    assert 2 < trained.answer["perplexity"] < trained.answer["bigram_perplexity"] < trained.answer["unigram_perplexity"]
    extracted = run(capsys, "extract", "net", "--states", 2, "--refinement", "none", "--out", "wfa.json", "--json")
    assert extracted.answer["held_out"]["metrics"]["next_symbol_kl"]["value"] < 0.02
    words = sample_words(rng, source, 300, 30)
    learned, truth = (model.link.log_probabilities(model.scores(words)) for model in (nerode.load_automaton("wfa.json"), source))
    assert (np.exp(truth) * (truth - learned)).sum(axis=1).mean() < 0.03


@pytest.mark.parametrize("more", [(), ("--validation", "0.3", "--alphabet", "b a c", "--arch", "rnn", "--bidirectional")])
def test_the_command_in_a_checkpoint_makes_the_same_one_again(capsys, here, more):
    shutil.copy("words.tsv", "my words.tsv")
    assert run(capsys, "train", "my words.tsv", "--out", "net", *SHORT, *more).code == 3
    made = facts(here / "net")
    assert run(capsys, *shlex.split(made["command"])[1:], "--out", "again").code == 3
    assert (here / "net" / "weights.safetensors").read_bytes() == (here / "again" / "weights.safetensors").read_bytes()
    assert made["validation_words"] + made["training_words"] == 1000


def test_an_interrupted_training_writes_the_best_network_so_far(capsys, here, monkeypatch):
    def show(self, message):
        if "step" in message:
            raise KeyboardInterrupt

    monkeypatch.setattr(Status, "show", show)
    outcome = run(capsys, "train", "words.tsv", "--out", "net", "--hidden", 4, "--json")
    assert (outcome.code, outcome.answer["stopped"]) == (3, "interrupted")
    assert nerode.load_teacher("net").link.task == "classifier"


def test_an_interruption_before_the_first_step_writes_nothing(capsys, here, monkeypatch):
    def answers(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "answers_at", answers)
    outcome = run(capsys, "train", "words.tsv", "--out", "net")
    assert (outcome.code, outcome.out) == (130, "")
    assert not (here / "net").exists()


def test_a_limit_on_time_writes_what_there_is(capsys, here):
    outcome = run(capsys, "train", "words.tsv", "--out", "net", "--hidden", 4, "--seconds", 0.001, "--json")
    assert (outcome.code, outcome.answer["stopped"], outcome.answer["steps"]) == (3, "seconds", 1)
    assert nerode.load_teacher("net").width == 1


def test_notes_say_what_is_unusual(capsys, here):
    rare = "".join(f"no\ta{'b' * i}\n" for i in range(20)) + "yes\tb\nyes\tbb\nyes\taa\nno\tbb\n"
    (here / "rare.tsv").write_text(rare, encoding="utf-8")
    outcome = run(capsys, "train", "rare.tsv", "--out", "net", *SHORT)
    assert "note: 1 word with more than one label, such as bb (no and yes)" in outcome.err
    assert "note: the classes are unbalanced, so a word weighs 0.5" in outcome.err
    assert "classes of the network: 0 is no, 1 is yes" in outcome.out
    assert facts(here / "net")["contradictions"] == 1
    assert len(facts(here / "net")["class_weights"]) == 2


def test_three_classes_and_copies_of_words(capsys, here):
    (here / "three.csv").write_text("word,class\n" + "a,x\nb,y\nab,z\naa,x\nbb,y\nba,z\n" * 4, encoding="utf-8")
    answer = run(capsys, "train", "three.csv", "--out", "net", *SHORT, "--json").answer
    assert (answer["classes"], answer["training_words"], answer["validation_words"]) == (["x", "y", "z"], 12, 12)
    assert nerode.load_teacher("net").width == 3


def test_sources_that_are_refused(refused, here):
    (here / "empty.txt").write_text("")
    (here / "one.tsv").write_text("yes\ta\nyes\tb\n")
    (here / "single.txt").write_text("ab\n")
    (here / "folder").mkdir()
    for source, said in {
        "missing.tsv": "there is no file 'missing.tsv'",
        "missing": "there is no file 'missing', and as a language it is refused: unknown language 'missing'",
        "folder": "folder is not a file",
        "empty.txt": "is empty",
        "one.tsv": "all 2 words have the label 'yes'",
        "single.txt": "the file has too few words to divide",
    }.items():
        assert said in refused("train", source, "--out", "net")


def test_options_that_do_not_fit_the_source(refused):
    for source, option, value, said in (
        ("words.tsv", "--words", 100, "are for known languages, and words.tsv is a file"),
        ("words.tsv", "--longest", 10, "are for known languages, and words.tsv is a file"),
        ("tomita-1", "--alphabet", "ab", "are for files, and tomita-1 is a known language"),
        ("tomita-1", "--validation", "0.2", "are for files, and tomita-1 is a known language"),
        ("words.tsv", "--validation", "1", "between 0 and 1"),
        ("words.tsv", "--alphabet", "a", "is not in the alphabet"),
        ("words.tsv", "--steps", "0", "at least 1|from 1"),
    ):
        sentence = refused("train", source, "--out", "net", option, value)
        assert any(part in sentence for part in said.split("|"))


def test_neurons_go_while_the_network_learns(capsys, here):
    train = ("train", "words.tsv", "--hidden", 12, "--thin", 0.9, "--steps", 90, "--out", "net")
    outcome = run(capsys, *train, "--json")
    assert outcome.code in (0, 3)
    assert "--thin 0.9" in facts(here / "net")["command"]
    architecture = json.loads(run(capsys, "inspect", "net", "--json").out)["architecture"]
    assert architecture.startswith("GRU, 1 layer of ")
    assert int(architecture.split()[4].rstrip(",")) < 12
    outcome = run(capsys, *train, "--resume")
    assert outcome.code == 2
    assert "there is no training to go on with" in outcome.err


def test_neurons_of_other_networks_do_not_go(refused):
    said = refused("train", "words.tsv", "--arch", "conv", "--thin", 0.1, "--out", "net")
    assert "neurons are taken from recurrent and feed-forward networks and from transformers" in said
