"""Mealy machines against DFAs, and their sizes against the congruence of words, word by word."""

import json

import numpy as np
import pytest

import nerode
from nerode.automata import dfa as dfas
from nerode.automata.dfa import DFA
from nerode.automata.mealy import Mealy, from_mealy, to_mealy
from nerode.automata.operations import equivalent, minimise
from nerode.cli import main
from nerode.datasets.random_automata import random_dfa
from nerode.errors import InputError
from nerode.words import Alphabet, all_words


def some_dfa(seed):
    rng = np.random.default_rng(seed)
    letters, classes = int(rng.integers(1, 4)), int(rng.integers(2, 5))
    drawn = random_dfa(rng, int(rng.integers(1, 6)), letters)
    return DFA(drawn.alphabet, drawn.transitions, rng.integers(0, classes, drawn.states), drawn.initial, classes)


def residuals(dfa, longest, beyond):
    """How many prefixes differ in what they make of the words after them, the empty one left out."""
    after = [word for word in all_words(len(dfa.alphabet), beyond) if word]
    return len({tuple(dfa.predict([(*word, *rest) for rest in after])) for word in all_words(len(dfa.alphabet), longest)})


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.sampled(7)
def test_the_machine_is_minimal_and_gives_the_same_classes(seed):
    dfa = some_dfa(seed)
    machine = to_mealy(dfa)
    words = list(all_words(len(dfa.alphabet), 6))
    assert machine.predict(words).tolist() == dfa.predict(words).tolist()
    assert machine.states == residuals(dfa, 4, 5) <= minimise(dfa).states
    assert equivalent(from_mealy(machine), dfa)
    assert from_mealy(machine).states == minimise(dfa).states


def test_there_may_be_more_rows_of_next_classes_than_classes(monkeypatch):
    large = random_dfa(np.random.default_rng(0), 300, 6)
    expected = to_mealy(large)
    assert expected.states > 100
    monkeypatch.setattr(dfas, "MOST_CLASSES", 20)
    found = to_mealy(large)
    assert (found.transitions == expected.transitions).all()
    assert (found.outputs == expected.outputs).all()


def test_a_tagger_has_fewer_states_as_a_mealy_machine(frugal):
    """It answers after every letter how the letter compares with the one before: as Mealy, a state a letter and the start."""
    alphabet = Alphabet(("a", "b", "c"))

    def tag(word):
        return 0 if len(word) < 2 or word[-1] == word[-2] else 1 + (word[-1] > word[-2])

    result = nerode.extract(tag, "lstar", alphabet=alphabet, seconds=20)
    machine = to_mealy(result.automaton)
    assert (result.automaton.states, machine.states) == (10 - 2, 4)
    assert machine.predict([(0, 1, 1, 0), (2,), ()]).tolist() == [1, 0, 0]


def test_arrows_name_letters_and_outputs():
    machine = Mealy(Alphabet(("a", "b", "c")), [[1, 0, 0], [1, 0, 0]], [[0, 0, 1], [2, 0, 0]], 0, 3)
    labels = {(edge.source, edge.target, edge.label) for edge in machine.diagram().edges}
    assert labels == {
        ("s0", "s1", "a / 0"),
        ("s0", "s0", "b / 0"),
        ("s0", "s0", "c / 1"),
        ("s1", "s1", "a / 2"),
        ("s1", "s0", "b, c / 0"),
    }
    assert "1 / 2" in str(machine)
    assert repr(machine) == "<Mealy: 2 states, 3 symbols, 3 outputs>"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"transitions": [[2]]}, "refers to a state that it does not have"),
        ({"outputs": [[2]]}, "must lie in 0 … 1"),
        ({"outputs": [[0, 1]]}, "that do not fit"),
        ({"empty": 5}, "must lie in 0 … 1"),
        ({"classes": 1}, "has 2 to 10,000 classes"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    values = {"alphabet": Alphabet(("a",)), "transitions": [[0]], "outputs": [[1]]} | change
    with pytest.raises(InputError, match=message):
        Mealy(**values)


def test_the_shell_makes_one_and_knows_it(tmp_path, capsys, frugal):
    dfa = some_dfa(3)
    dfa.save(tmp_path / "dfa.json")
    mealy, back = tmp_path / "mealy.json", tmp_path / "back.json"
    assert main(["convert", str(tmp_path / "dfa.json"), "--as", "mealy", "--out", str(mealy)]) == 0
    assert main(["convert", str(mealy), "--as", "dfa", "--out", str(back)]) == 0
    assert equivalent(nerode.load_automaton(back), dfa)
    capsys.readouterr()
    assert main(["compare", str(tmp_path / "dfa.json"), str(mealy), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["words"] == []
    for command in (
        ["inspect", mealy],
        ["eval", mealy, tmp_path / "dfa.json"],
        ["trace", mealy, "0"],
        ["explain", mealy, tmp_path / "dfa.json", "0"],
        ["render", mealy, "--out", tmp_path / "mealy.svg"],
        ["extract", mealy, "--method", "lstar", "--out", tmp_path / "again.json", "--seconds", "20"],
        ["report", mealy, tmp_path / "dfa.json", "--out", tmp_path / "page.html"],
    ):
        assert main([str(part) for part in command]) == 0, command
    assert main(["convert", str(mealy), "--out", str(tmp_path / "x.hoa")]) == 2
    nerode.PDFA(Alphabet(("a",)), [[0]], [[0.5, 0.5]]).save(tmp_path / "pdfa.json")
    assert main(["convert", str(tmp_path / "pdfa.json"), "--as", "mealy", "--out", str(tmp_path / "x.json")]) == 2
    assert not (tmp_path / "x.json").exists()


def test_an_extraction_names_the_smaller_machine(tmp_path, capsys):
    tagger = DFA(Alphabet(("a", "b")), [[1, 2], [1, 2], [1, 2]], [2, 0, 1], 0, 3)  # the last letter
    tagger.save(tmp_path / "tagger.json")
    assert main(["extract", str(tmp_path / "tagger.json"), "--method", "lstar", "--out", str(tmp_path / "dfa.json")]) == 0
    assert "Its Mealy machine, with outputs at the letters, has 1 state: `nerode convert --as mealy`." in capsys.readouterr().out
