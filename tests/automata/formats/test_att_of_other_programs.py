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
from nerode.words import Alphabet, all_words

ZERO = (
    "its letters are numbers without a table of symbols, so 0 reads nothing, as in OpenFst and k2; "
    "if it is a letter, name it in a table, FILE.syms"
)


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
@pytest.mark.sampled(2)
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


def test_a_table_of_symbols_gives_the_alphabet(tmp_path):
    (tmp_path / "a.att").write_text("0 1 2 2\n1 0 2 2\n1\n")
    assert load_automaton(tmp_path / "a.att").alphabet.symbols == ("2",)
    (tmp_path / "a.syms").write_text("<eps> 0\na 1\nb 2\nc 3\n")
    read = load_automaton(tmp_path / "a.att")
    assert read.alphabet.symbols == ("a", "b", "c")
    assert read.predict(["b", "bb", "bbb", "a", "bc"]).tolist() == [1, 0, 1, 0, 0]
    assert read.told
    again = tmp_path / "b.att"
    read.save(again)
    read.save(again.with_suffix(".syms"))
    assert again.with_suffix(".syms").read_text() == "<eps>\t0\na\t1\nb\t2\nc\t3\n"
    back = load_automaton(again)
    assert (back.transitions == read.transitions).all()
    (tmp_path / "a.syms").write_text("<eps> 0\na 1\n")
    with pytest.raises(InputError, match="does not have the letter '2'"):
        load_automaton(tmp_path / "a.att")


@pytest.mark.parametrize(
    ("letters", "meant"),
    [("1 2", "0 1"), ("1 0", "1 0"), ("0 2", "<eps> 1"), ("<eps> 2", "<eps> 1"), ("1 <eps>", "1 <eps>")],
)
def test_letters_are_all_names_or_all_numbers(tmp_path, letters, meant):
    """Numbers that are names too: they are numbers where one of them is no name."""
    found = []
    for text, table in ((letters, "<eps> 0\n0 1\n1 2\n"), (meant, "<eps> 0\n0 1\n1 2\n")):
        first, second = text.split()
        (tmp_path / "a.att").write_text(f"0 1 {first} {first}\n1 2 {second} {second}\n2\n")
        (tmp_path / "a.syms").write_text(table)
        found.append(load_automaton(tmp_path / "a.att").predict(list(all_words(2, 4))).tolist())
    assert found[0] == found[1]
    assert sum(found[0]) == 1


def test_letters_of_two_kinds_are_refused(tmp_path):
    (tmp_path / "a.att").write_text("0 1 a a\n1 2 2 2\n2\n")
    (tmp_path / "a.syms").write_text("<eps> 0\na 1\nb 2\n")
    with pytest.raises(InputError, match="'a' is a name and '2' a number of the table of symbols"):
        load_automaton(tmp_path / "a.att")


def test_weights_of_att_text_are_summed_over_paths(tmp_path):
    """0.5 on two paths of `a`, with a step that reads nothing between."""
    half = float(-np.log(0.5))
    (tmp_path / "a.att").write_text(f"s t a a {half}\ns u a a {half}\nu t <eps> <eps> 0\nt {half}\n")
    wfa = load_automaton(tmp_path / "a.att")
    assert isinstance(wfa, WFA)
    assert wfa.scores(["a", "ε", "aa"])[:, 0] == pytest.approx([0.5, 0, 0])
