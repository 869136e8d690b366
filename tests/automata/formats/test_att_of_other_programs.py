"""AT&T text of OpenFst and k2: letters that are numbers, tables of symbols, and transducers."""

from itertools import product

import numpy as np
import pytest
from some_automata import any_dfa, any_pdfa, any_wfa, assert_alike
from thorough import up_to

from nerode.automata.loading import load_automaton
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.cli import main
from nerode.errors import InputError
from nerode.words import Alphabet

ZERO = "its letters are numbers without a table of symbols, so 0 reads nothing, as in OpenFst and k2"


def read(folder, text, symbols=None):
    (folder / "a.att").write_text(text)
    (folder / "a.syms").unlink(missing_ok=True)
    if symbols is not None:
        (folder / "a.syms").write_text(symbols)
    return load_automaton(folder / "a.att")


def language(dfa, longest=4):
    words = [word for n in range(longest + 1) for word in product(dfa.alphabet, repeat=n)]
    return {"".join(word) for word, label in zip(words, dfa.predict(words).tolist(), strict=True) if label}


def test_the_number_0_reads_nothing(tmp_path, capsys):
    dfa = read(tmp_path, "0 1 1 1\n1 2 0 0\n2 2 2 2\n2\n")
    assert dfa.alphabet.symbols == ("1", "2")
    assert language(dfa) == {"1", "12", "122", "1222"}
    assert dfa.told.startswith(ZERO)
    wfa = read(tmp_path, "0 1 1 1 0.5\n1 2 0 0 0.25\n2\n")
    assert wfa.scores(["1", "11"])[:, 0] == pytest.approx([np.exp(-0.75), 0])
    assert wfa.told == ZERO
    assert main(["convert", str(tmp_path / "a.att"), "--out", str(tmp_path / "b.json")]) == 0
    assert f"note: {tmp_path / 'a.att'}: {ZERO}" in capsys.readouterr().err
    assert language(read(tmp_path, "0 1 0 0\n1 0 1 1\n1\n", "<eps> 0\n0 1\n1 2\n")) == {"0", "010"}  # names of a table


@pytest.mark.parametrize("letters", ["01", "0", ("00", "7"), ("0", "a")])
def test_the_letter_0_comes_back(tmp_path, letters):
    for seed in up_to(25, 1000):
        rng = np.random.default_rng(seed)
        for made in (any_dfa, any_pdfa, any_wfa):
            automaton = made(rng, letters) if made is any_dfa else made(rng, [*letters, "2", "3", "4"])
            automaton.save(tmp_path / "a.att")
            assert_alike(load_automaton(tmp_path / "a.att"), automaton, 1e-9)
            text = (tmp_path / "a.att").read_text()
            automaton.save(tmp_path / "a.syms")
            assert_alike(load_automaton(tmp_path / "a.att"), automaton, 1e-9)
            (tmp_path / "a.syms").unlink()
            assert ("<eps>" in text) or "0" not in automaton.alphabet or "a" in automaton.alphabet


def test_numbers_in_the_last_column_are_told_to_be_weights(tmp_path):
    wfa = read(tmp_path, "0 1 97 98\n1 0 98 97\n1\n")
    assert isinstance(wfa, WFA)
    assert (
        wfa.told == "the last numbers of its transitions are read as weights; where they are output letters, it is a transducer"
    )
    assert read(tmp_path, "0 1 a 1\n1 0 b 2\n1\n").told == ""
    pdfa = read(tmp_path, f"0 0 1 {np.log(2)}\n0 {np.log(2)}\n")
    assert isinstance(pdfa, PDFA)
    assert pdfa.told == ""
    assert read(tmp_path, "0 0 1 800\n0 0\n").told.startswith("the last numbers")  # the letter has probability 0


@pytest.mark.parametrize("name", ["ε", "-", "<eps>"])
@pytest.mark.parametrize("numbers", [False, True])
def test_the_name_of_the_number_0_reads_nothing(tmp_path, name, numbers):
    silent, a, b = ("0", "97", "98") if numbers else (name, "a", "b")
    dfa = read(tmp_path, f"0 1 {a} {a}\n1 0 {silent} {silent}\n1 1 {b} {b}\n1\n", f"{name} 0\na 97\nb 98\nc 99\n")
    assert dfa.alphabet == Alphabet(("a", "b", "c"))
    assert language(dfa, 3) == {"a", "ab", "aa", "aab", "aba", "aaa", "abb"}
    assert (f"{name!r} has the number 0 of the table of symbols, so it reads nothing" in dfa.told) == (name != "<eps>")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("<eps> 0\na 1\na 2\n", "gives 'a' the numbers 1 and 2"),
        ("<eps> 0\na 1\nb 1\n", "gives the number 1 to 'a' and to 'b'"),
        ("<eps> 0\na 1\nb 01\n", "gives the number 1 to 'a' and to 'b'"),
        ("<eps> 0\na -1\n", "must be a symbol and its number"),
    ],
)
def test_tables_that_contradict_themselves_are_refused(tmp_path, table, words):
    with pytest.raises(InputError, match=words):
        read(tmp_path, "0 1 a a\n1\n", table)
