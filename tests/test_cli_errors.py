"""The shell on bad input: exit code 2, one sentence on stderr, nothing on stdout, nothing written."""

import json
import os
import pickle
import shutil

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from shell import DEMO, needs_full_device, run

import nerode
from nerode.automata.dfa import DFA
from nerode.shell import extract, train
from nerode.words import Alphabet


def contents(folder):
    """Every file below a folder with its bytes."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def refused(capsys, tmp_path, monkeypatch):
    """Run `nerode` in a folder with all kinds of bad files, expect a refusal, and hand back its sentence."""
    monkeypatch.chdir(tmp_path)

    def refuse(*arguments):
        before, names = contents(tmp_path), sorted(tmp_path.rglob("*"))
        outcome = run(capsys, *arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err.count("\n") == 1
        assert outcome.err.endswith("\n")
        assert outcome.err.startswith("nerode")
        assert not outcome.err.rstrip().endswith(".")
        assert (contents(tmp_path), sorted(tmp_path.rglob("*"))) == (before, names)
        return outcome.err

    return refuse


@pytest.fixture
def model(tmp_path):
    """A language model over the alphabet of the demo network."""
    nerode.language("random-pdfa-3-letters-2", np.random.default_rng(0)).save(tmp_path / "model.json")
    return tmp_path / "model.json"


def copy_of_demo(folder):
    shutil.copytree(DEMO, folder)
    return folder


# the command line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required: COMMAND"),
        (["exclaim"], "invalid choice: 'exclaim'"),
        ([""], "invalid choice: ''"),
        (["--json"], "required: COMMAND"),
        (["inspect"], "required: checkpoint"),
        (["inspect", DEMO, DEMO], f"nerode inspect: unrecognized arguments: {DEMO}; see nerode inspect --help"),
        (["inspect", ""], "must be a path, and not empty"),
        (["inspect", DEMO, "--seed", "-1"], "whole number of at least 0, not '-1'"),
        (["inspect", DEMO, "--seed", "9" * 5000], "whole number of at least 0"),
        (["extract", DEMO, "--method", "magic"], "invalid choice: 'magic' (choose from"),
        (["extract", DEMO, "--states", "0"], "whole number of at least 1, not '0'"),
        (["extract", DEMO, "--states", "x"], "whole number of at least 1, not 'x'"),
        (["extract", DEMO, "--states", "1.5"], "whole number of at least 1, not '1.5'"),
        (["extract", DEMO, "--seconds", "-1"], "number above 0, not '-1'"),
        (["extract", DEMO, "--seconds", "nan"], "number above 0, not 'nan'"),
        (["extract", DEMO, "--seconds", "inf"], "number above 0, not 'inf'"),
        (["extract", DEMO, "--seconds", ""], "number above 0, not ''"),
        (["extract", DEMO, "--queries", "0"], "whole number of at least 1, not '0'"),
        (["eval", "a.json", DEMO, "--sample", "0"], "whole number from 1 to 10,000,000, not '0'"),
        (["eval", "a.json", DEMO, "--sample", "99999999999999999999"], "from 1 to 10,000,000"),
        (["eval", "a.json"], "required: checkpoint"),
        (["explain", "a.json"], "required: checkpoint; see"),
        (["explain"], "required: automaton, checkpoint; see"),
        (["eval", "a.json", DEMO, "--like", "words.txt"], "give --sample N too"),
        (["render", "a.json"], "required: --out"),
        (["convert", "a.json"], "required: --out"),
        (["train", "tomita-1"], "required: --out"),
        (["train", "tomita-1", "--out", "net", "--words", "3"], "from 4 to"),
        (["train", "tomita-1", "--out", "net", "--arch", "boltzmann"], "invalid choice: 'boltzmann'"),
    ],
)
def test_the_command_line(refused, arguments, said):
    assert said in refused(*arguments)


# checkpoints


def test_missing_checkpoints(refused, tmp_path):
    os.symlink("nowhere", tmp_path / "dangling")
    os.symlink("loop", tmp_path / "loop")
    for name in ("nothing", "nothing.json", "dangling", "loop", "x" * 5000, "a\nb"):
        for command in (["inspect", name], ["extract", name, "--out", "a.json"], ["extract", name, "--method", "lstar"]):
            assert refused(*command)
    assert "there is no checkpoint at nothing;" in refused("inspect", "nothing")


def test_what_is_no_checkpoint(refused, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.txt").write_text("tomita")
    for name in ("folder", "notes.txt", ".", "/dev/null"):
        assert "is no checkpoint that nerode knows" in refused("inspect", name)
        said = "notes.txt has words without labels; give labels" if name == "notes.txt" else "is no checkpoint that nerode knows"
        assert said in refused("extract", name, "--out", "a.json")


class Hostile:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


def test_a_pickle_that_runs_commands_is_not_run(refused, tmp_path):
    marker = tmp_path / "marker"
    for protocol in (2, 4):
        (tmp_path / f"plain{protocol}.pth").write_bytes(pickle.dumps(Hostile(marker), protocol))
    torch.save(Hostile(marker), tmp_path / "saved.pt")
    data = tmp_path / "9.9.taysir.model" / "data"
    data.mkdir(parents=True)
    shutil.copy(tmp_path / "plain4.pth", data / "model.pth")
    for name in ("plain2.pth", "plain4.pth", "saved.pt", "9.9.taysir.model"):
        assert "code that nerode does not run" in refused("inspect", name)
        assert "code that nerode does not run" in refused("extract", name, "--out", "a.json")
    assert not marker.exists()
    pickle.loads((tmp_path / "plain4.pth").read_bytes())
    assert marker.exists()  # it would have


def test_truncated_pickles(refused, tmp_path):
    torch.save({"weight": torch.zeros(2000)}, tmp_path / "whole.pth")
    whole = (tmp_path / "whole.pth").read_bytes()
    for size in (0, 20, 100, len(whole) // 2, len(whole) - 10):
        (tmp_path / "cut.pth").write_bytes(whole[:size])
        assert "truncated, damaged or no model at all" in refused("inspect", "cut.pth")
    assert "the weights of a network alone" in refused("inspect", "whole.pth")


def test_a_truncated_competition_model(refused, tmp_path, shared):
    whole = (shared / "taysir" / "models" / "1.0.taysir.model" / "data" / "model.pth").read_bytes()
    (tmp_path / "cut.pth").write_bytes(whole[: len(whole) // 2])
    assert "truncated, damaged or no model at all" in refused("extract", "cut.pth", "--out", "a.json")


def test_weights_that_do_not_fit_their_description(refused, tmp_path):
    weights = load_file(DEMO / "weights.safetensors")
    narrow = {name: np.ascontiguousarray(array[:1]) for name, array in weights.items()}
    save_file(narrow, copy_of_demo(tmp_path / "narrow") / "weights.safetensors")
    assert "does not fit teacher.json beside it" in refused("inspect", "narrow")
    (copy_of_demo(tmp_path / "without") / "weights.safetensors").unlink()
    assert "cannot read the weights without/weights.safetensors" in refused("inspect", "without")
    (copy_of_demo(tmp_path / "cut") / "weights.safetensors").write_bytes((DEMO / "weights.safetensors").read_bytes()[:500])
    assert "truncated, damaged" in refused("inspect", "cut")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers(refused, tmp_path, value):
    weights = load_file(DEMO / "weights.safetensors")
    first = min(weights)
    weights[first].flat[0] = value
    save_file(weights, copy_of_demo(tmp_path / "net") / "weights.safetensors")
    for command in (["inspect", "net"], ["extract", "net", "--out", "a.json"]):
        assert f"the weights {first!r} are not all finite numbers" in refused(*command)


def test_a_damaged_description(refused, tmp_path):
    description = copy_of_demo(tmp_path / "net") / "teacher.json"
    for text in ("", "{", "[]", '{"format": "other"}', "\0", "[" * 100_000):
        description.write_text(text)
        assert "net/teacher.json" in refused("inspect", "net")
    description.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in refused("inspect", "net")


# words


@pytest.fixture
def files_of_words(tmp_path):
    """Files that are no words over 0 and 1, and what is wrong with each."""
    files = {
        "unknown.txt": (b"01\n0a1\n", "unknown.txt, line 2: the symbol 'a' is not in the alphabet"),
        "empty.txt": (b"", "empty.txt is empty"),
        "binary.txt": (bytes(range(256)), "is not a text file"),
        "zero.txt": (b"01\0\n", "zero bytes"),
        "count.txt": (b"5 2\n2 0 1\n", "the header counts 5 words, but 1 lines follow"),
        "large.txt": (b"1 3\n2 0 99999999999999999999\n", "outside the alphabet 0"),
        "negative.txt": (b"1 2\n2 0 -1\n", "negative"),
    }
    for name, (content, _) in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.txt").mkdir()
    said = {name: said for name, (_, said) in files.items()}
    return said | {"missing.txt": "missing.txt: ", "folder.txt": "folder.txt: "}


def test_files_of_words(refused, files_of_words, dfa):
    for name, said in files_of_words.items():
        assert said in refused("extract", DEMO, "--words", name, "--out", "a.json")
        assert said in refused("eval", dfa, DEMO, "--words", name)
        assert said in refused("eval", dfa, DEMO, "--sample", "5", "--like", name)


# places to write to


def test_places_that_cannot_be_written_to(refused, tmp_path, dfa):
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "file").write_text("old")
    for out, said in {
        "nowhere/a.json": f"the folder {tmp_path / 'nowhere'} does not exist",
        "file/a.json": "does not exist",
        "folder.json": "it is a folder",
        "a.txt": "to a .json file, not to a.txt",
        "a": "to a .json file, not to a;",
        "a.svg": "`nerode render` makes pictures of it",
        "/dev/full": "to a .json file",
        "/proc/a.json": "cannot write /proc/a.json",
        "x" * 300 + ".json": "too long",
        "": "must be a path, and not empty",
    }.items():
        assert said in refused("extract", DEMO, "--out", out)
    for out, said in {"nowhere/a.svg": "does not exist", "folder.svg": "it is a folder", "a.json": "ends in .svg"}.items():
        assert said in refused("render", dfa, "--out", out)
    for out in ("a", "a.txt", "a.json.gz", "a."):
        assert "the suffix must be one of .json, .dot" in refused("convert", dfa, "--out", out)


@needs_full_device
def test_a_disk_that_is_full(refused, tmp_path, dfa):
    os.symlink("/dev/full", tmp_path / "full.json")
    os.symlink("/dev/full", tmp_path / "full.svg")
    assert "no space left" in refused("extract", DEMO, "--out", "full.json")
    assert "no space left" in refused("render", dfa, "--out", "full.svg")


def test_a_place_is_refused_before_any_work(refused, monkeypatch, tmp_path):
    def work(*_, **__):
        raise AssertionError("the place should have been refused before")

    monkeypatch.setattr(train, "run_training", work)
    monkeypatch.setattr(extract, "extract", work)
    (tmp_path / "file").write_text("old")
    os.symlink("nowhere", tmp_path / "dangling")
    taken = tmp_path / "taken"
    (taken / "teacher.json").mkdir(parents=True)
    for out, said in {
        "nowhere/net": "does not exist",
        "file": "it is no directory",
        "dangling": "it is no directory",
        "/proc/net": "cannot write /proc/net",
        "taken": "it is a folder",
        "x" * 300: "too long",
        "": "not empty",
    }.items():
        assert said in refused("train", "tomita-1", "--out", out)
    assert "does not exist" in refused("extract", DEMO, "--out", "nowhere/a.json")


# what would be lost


@pytest.mark.parametrize("kept", ["teacher.json", "weights.safetensors"])
def test_a_network_is_not_trained_over_another(refused, capsys, tmp_path, kept):
    net = copy_of_demo(tmp_path / "net")
    for file in set(os.listdir(net)) - {kept}:
        (net / file).unlink()
    training = ("train", "tomita-1", "--out", "net", "--hidden", 16, "--words", 20, "--longest", 4)
    assert "net holds a network already; choose another directory, or overwrite it with --force" in refused(*training)
    assert run(capsys, *training, "--force").code == 0
    assert json.loads((net / "teacher.json").read_text(encoding="utf-8"))["training"]["language"] == "tomita-1"
    assert run(capsys, "inspect", "net").code == 0


def test_a_network_of_another_format_is_not_trained_over(refused, tmp_path):
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "config.json").write_text("{}")
    (tmp_path / "9.9.taysir.model" / "data").mkdir(parents=True)
    (tmp_path / "9.9.taysir.model" / "data" / "model.pth").write_bytes(b"a network")
    for out in ("hf", "9.9.taysir.model"):
        assert "holds a network already" in refused("train", "tomita-1", "--out", out)


def test_a_folder_that_holds_something_else_may_hold_a_network_too(capsys, tmp_path):
    (tmp_path / "notes.txt").write_text("kept")
    assert run(capsys, "train", "tomita-1", "--out", tmp_path, "--hidden", 16, "--words", 20, "--longest", 4).code == 0
    assert (tmp_path / "notes.txt").read_text() == "kept"


def test_automata_are_not_written_over_a_part_of_a_network(refused, capsys, tmp_path, dfa):
    net = copy_of_demo(tmp_path / "net")
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "config.json").write_text("{}")
    os.symlink(net / "teacher.json", tmp_path / "link.json")
    for out in ("net/teacher.json", "hf/config.json", "link.json"):
        assert f"{out} is a part of the network in " in refused("extract", DEMO, "--out", out)
        assert f"{out} is a part of the network in " in refused("convert", dfa, "--out", out)
    for _ in range(2):  # one that is there already is no part of it
        assert run(capsys, "convert", dfa, "--out", net / "automaton.json").code == 0
    assert run(capsys, "render", dfa, "--out", net / "automaton.dot").code == 0


def test_an_automaton_is_not_written_over_the_one_that_it_is_extracted_from(refused, dfa):
    assert "is what the automaton is to be extracted from" in refused("extract", dfa, "--method", "lstar", "--out", dfa)


# what does not go together


def test_a_language_model_has_no_dfa(refused, model):
    said = refused("extract", model, "--method", "lstar", "--out", "a.json")
    assert "language-model" in said
    assert "use spectral" in said


def test_an_automaton_and_a_checkpoint_of_another_kind(refused, tmp_path, dfa, model):
    DFA(Alphabet(("a", "b")), np.array([[0, 0]]), np.array([1])).save(tmp_path / "letters.json")
    DFA(Alphabet(tuple(map(str, range(500)))), np.zeros((1, 500), int), np.array([1])).save(tmp_path / "many.json")
    DFA(Alphabet(("0", "1")), np.array([[0, 0]]), np.array([1]), classes=3).save(tmp_path / "classes.json")
    assert "the alphabet of the student (2 symbols: a b)" in refused("eval", "letters.json", DEMO)
    assert len(refused("eval", "many.json", DEMO)) < 300
    assert "the task of the student (language-model)" in refused("eval", model, DEMO)
    assert "the task of the student (classifier)" in refused("eval", dfa, model)
    assert "the number of answers" in refused("eval", "classes.json", DEMO)
    assert "the automaton, a .json file, comes first and the checkpoint second" in refused("eval", DEMO, dfa)


def test_automata_over_other_letters_are_named_by_their_files(refused, tmp_path, dfa):
    other = tmp_path / "letters.json"
    DFA(Alphabet(("a", "b")), np.array([[0, 0]]), np.array([1])).save(other)
    for out in ((), ("--out", "diff.svg")):
        said = refused("compare", dfa, "letters.json", *out)
        assert f"the alphabet of {dfa} (2 symbols: 0 1) and of letters.json (2 symbols: a b) differ" in said
    said = refused("report", dfa, "letters.json", DEMO)
    assert f"the alphabet of letters.json (2 symbols: a b) and of {DEMO} (2 symbols: 0 1) differ" in said


def damaged(path, **fields):
    document = json.loads(path.read_text(encoding="utf-8")) | fields
    path.with_name("damaged.json").write_text(json.dumps(document))


def test_damaged_automata(refused, tmp_path, dfa):
    def everywhere(said):
        for arguments in (["eval", "damaged.json", DEMO], ["inspect", "damaged.json"], ["extract", "damaged.json"]):
            assert said in refused(*arguments)
        for arguments in (["render", "damaged.json", "--out", "a.svg"], ["convert", "damaged.json", "--out", "a.json"]):
            assert said in refused(*arguments)

    for fields in ({"transitions": [[9, 9]] * 4}, {"labels": [0, 1]}, {"initial": -1}, {"initial": 10**30}, {"type": "nfa"}):
        damaged(dfa, **fields)
        everywhere("damaged.json cannot be loaded: ")
    for text in (dfa.read_text(encoding="utf-8")[:100], "", "[]", "[" * 100_000, '{"version": ' + "1" * 5000 + "}"):
        (tmp_path / "damaged.json").write_text(text)
        everywhere("damaged.json is no automaton file")
    (tmp_path / "damaged.json").write_bytes(bytes(range(256)))
    everywhere("UTF-8")


def test_no_automaton_at_all(refused, tmp_path):
    (tmp_path / "folder").mkdir()
    for name in ("nothing.json", "folder", str(DEMO), "x" * 5000):
        assert refused("render", name, "--out", "a.svg")
        assert refused("convert", name, "--out", "a.dot")
        assert name == str(DEMO) or refused("eval", name, DEMO)  # of networks one may be a student of the other


# training


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("esperanto", "there are tomita-NUMBER, dyck-KINDS"),
        ("", "there are tomita-NUMBER, dyck-KINDS"),
        ("tomita-9", "1 to 7, and no number 9"),
        ("counting-1", "try residue 0 and modulus 2"),
        ("dyck-9", "1 to 4 kinds of brackets, and not 9"),
        ("dyck-4-depth-99999", "over a million states"),
        ("random-dfa-0-letters-2", "at least one state"),
        ("random-wfa-2-letters-2", "this language is neither"),
    ],
)
def test_languages(refused, language, said):
    assert said in refused("train", language, "--out", "net")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["random-pdfa-2-letters-2", "--bidirectional"], "train one direction"),
        (["tomita-1", "--arch", "transformer", "--bidirectional"], "only recurrent networks can be bidirectional"),
        (["tomita-1", "--arch", "transformer", "--hidden", "5"], "a multiple of its 4 heads"),
        (["tomita-1", "--words", "4", "--hidden", "10000000"], "the memory does not suffice"),
    ],
)
def test_networks(refused, arguments, said):
    assert said in refused("train", *arguments, "--out", "net")


def test_too_little_memory(refused, monkeypatch):
    def language(*_):
        raise MemoryError

    monkeypatch.setattr(train, "language", language)
    assert "the memory does not suffice" in refused("train", "tomita-1", "--out", "net")
