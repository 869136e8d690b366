"""The shell on bad input: exit code 2, one sentence on stderr, nothing on stdout, nothing written."""

import json

import numpy as np
import pytest
from shell import DEMO

import nerode
from nerode.automata.dfa import DFA
from nerode.shell import train
from nerode.words import Alphabet


@pytest.fixture
def model(tmp_path):
    """A language model over the alphabet of the demo network."""
    nerode.language("random-pdfa-3-letters-2", np.random.default_rng(0)).save(tmp_path / "model.json")
    return tmp_path / "model.json"


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
        ("esperanto", "there are tomita-NUMBER, uhl-NUMBER, dyck-KINDS"),
        ("", "there are tomita-NUMBER, uhl-NUMBER, dyck-KINDS"),
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
