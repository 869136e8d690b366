"""What is written and read again is the same automaton; what a format cannot hold is refused."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from some_automata import HARD, any_dfa, any_mealy, any_pdfa, any_pfa, any_wfa, assert_alike
from stack_truth import random_vpa
from thorough import up_to

from nerode.automata.dfa import DFA
from nerode.automata.formats import mermaid, tikz
from nerode.automata.formats.listing import EVERY, LISTINGS, as_markdown, as_text
from nerode.automata.formats.table import DRAWERS, READERS, WRITERS
from nerode.automata.loading import load_automaton
from nerode.automata.mealy import Mealy
from nerode.automata.wfa import WFA
from nerode.cli import main
from nerode.errors import InputError
from nerode.links import Binary
from nerode.words import Alphabet

SEEDS = 25, 1000
DFAS = [suffix for suffix, one in LISTINGS.items() if "dfa" in one.reads]
MADE = {
    "dfa": lambda rng: any_dfa(rng),
    "mealy": any_mealy,
    "pdfa": lambda rng: any_pdfa(rng, "01234"),
    "wfa": any_pfa,
    "vpa": lambda rng: random_vpa(rng, 3, 1, 2, 1),
}


def there_and_back(automaton, folder, suffix):
    automaton.save(folder / f"a{suffix}")
    return load_automaton(folder / f"a{suffix}")


def refused(automaton, folder, suffix, words):
    with pytest.raises(InputError, match=words) as caught:
        automaton.save(folder / f"a{suffix}")
    assert "\n" not in str(caught.value)
    assert list(folder.iterdir()) == []


def test_the_table_says_what_is_read_and_written():
    assert set(LISTINGS) == {".json", *WRITERS, *DRAWERS}
    assert {suffix for suffix, one in LISTINGS.items() if one.reads} == {".json", *READERS}
    for suffix, one in LISTINGS.items():
        assert {*one.reads, *one.writes} <= {*EVERY, "cfg"}
        assert one.writes
        assert set(one.reads) <= set(one.writes), suffix


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("suffix", LISTINGS)
def test_each_kind_is_written_or_refused_as_the_table_says(tmp_path, rng, suffix, kind):
    automaton = MADE[kind](rng)
    if (kind, suffix) == ("mealy", ".jff"):  # which does not say what the empty word gives
        automaton = replace(automaton, empty=0)
    listing = LISTINGS[suffix]
    if kind not in listing.writes:
        refused(automaton, tmp_path, suffix, rf"\{suffix} cannot hold a {kind.upper()}; save it as .*\.json")
        return
    automaton.save(tmp_path / f"a{suffix}")
    assert (tmp_path / f"a{suffix}").stat().st_size > 10
    if kind in listing.reads:
        assert load_automaton(tmp_path / f"a{suffix}").alphabet == automaton.alphabet
    elif suffix == ".dot":
        with pytest.raises(InputError, match="it is a picture of nerode"):
            load_automaton(tmp_path / "a.dot")
    else:
        with pytest.raises(InputError, match=rf"cannot be loaded: \{suffix} is written and not read; take the .json file"):
            load_automaton(tmp_path / f"a{suffix}")


@pytest.mark.parametrize("suffix", [suffix for suffix, one in LISTINGS.items() if "mealy" in one.reads])
def test_a_mealy_machine_comes_back_as_it_was(tmp_path, suffix):
    for seed in up_to(*SEEDS):
        machine = any_mealy(np.random.default_rng(seed), HARD, single=suffix == ".jff")
        if suffix == ".jff":  # which does not say what the empty word gives, nor which outputs there could be
            machine = replace(machine, empty=0, classes=max(2, int(machine.outputs.max()) + 1))
        back = there_and_back(machine, tmp_path, suffix)
        if suffix == ".jff":
            assert back.told.endswith("the empty word has no output and is of class 0")
        assert_alike(replace(back, told=""), machine)


@pytest.mark.parametrize("suffix", DFAS)
def test_a_dfa_comes_back_as_it_was(tmp_path, suffix):
    for seed in up_to(*SEEDS):
        letters = [letter for letter in HARD if suffix != ".jff" or letter != "["]
        dfa = any_dfa(np.random.default_rng(seed), letters, single=suffix == ".jff")
        assert_alike(there_and_back(dfa, tmp_path, suffix), dfa)


@pytest.mark.parametrize("suffix", [".json", ".dot", ".graphml", ".jff"])
def test_classes_come_back(tmp_path, suffix):
    for seed in up_to(*SEEDS):
        dfa = any_dfa(np.random.default_rng(seed), classes=5)
        if suffix == ".jff":  # it names no class that no state has
            dfa = DFA(dfa.alphabet, dfa.transitions, dfa.labels, dfa.initial, max(2, dfa.labels.max() + 1))
        assert_alike(there_and_back(dfa, tmp_path, suffix), dfa)


@pytest.mark.parametrize("suffix", [".json", ".graphml", ".att", ".pautomac"])
def test_a_pdfa_comes_back(tmp_path, suffix):
    for seed in up_to(*SEEDS):
        pdfa = any_pdfa(np.random.default_rng(seed), "0123")
        assert_alike(there_and_back(pdfa, tmp_path, suffix), pdfa, 1e-9 if suffix in (".att", ".pautomac") else 0)


def test_a_pdfa_comes_back_in_single_precision(tmp_path):
    """OpenFst keeps weights so."""
    path = tmp_path / "a.att"
    for seed in up_to(*SEEDS):
        pdfa = any_pdfa(np.random.default_rng(seed), "0123")
        pdfa.save(path)
        rows = [line.split("\t") for line in path.read_text().splitlines()]
        path.write_text("\n".join("\t".join([*row[:-1], f"{np.float32(row[-1]):g}"]) for row in rows))
        assert_alike(load_automaton(path), pdfa, 1e-4)
    path.write_text("0 0 a a 0.693\n0 0.694\n")
    assert isinstance(load_automaton(path), WFA)  # 0.9996 is no rounding of 1


def test_a_pdfa_comes_back_from_a_model_of_pautomac_with_few_digits(tmp_path):
    path = tmp_path / "a.pautomac"
    for seed in up_to(*SEEDS):
        pdfa = any_pdfa(np.random.default_rng(seed), "0123")
        pdfa.save(path)
        path.write_text(re.sub(r"(?<=\) )\S+", lambda number: f"{float(number[0]):.8f}", path.read_text()))
        assert_alike(load_automaton(path), pdfa, 1e-2)


@pytest.mark.parametrize("suffix", [".json", ".graphml", ".att"])
def test_a_wfa_comes_back(tmp_path, suffix):
    for seed in up_to(*SEEDS):
        wfa = any_wfa(np.random.default_rng(seed))
        assert_alike(there_and_back(wfa, tmp_path, suffix), wfa, 1e-12 if suffix == ".att" else 0)


def test_a_probabilistic_automaton_comes_back_from_a_model_of_pautomac(tmp_path):
    for seed in up_to(*SEEDS):
        wfa = any_pfa(np.random.default_rng(seed))
        assert_alike(there_and_back(wfa, tmp_path, ".pautomac"), wfa, 1e-9)


TEXTS = [suffix for suffix, one in LISTINGS.items() if "dfa" in one.writes]
TEXTS = [suffix for suffix in TEXTS if suffix not in (".json", ".svg", ".png", ".pdf", ".tex", ".mmd")]


@pytest.mark.parametrize("suffix", TEXTS)
def test_a_letter_that_is_no_character_is_refused(tmp_path, suffix):
    dfa = DFA(Alphabet(("\ud800",)), [[0]], [0])
    refused(dfa, tmp_path, suffix, r"cannot hold the character '\\ud800'")


def test_what_a_format_cannot_hold_is_refused(tmp_path):
    letters = Alphabet(("a", "b"))
    moore = DFA(letters, [[0, 1], [1, 0]], [0, 2], 0, 3)
    for suffix in (".att", ".hoa", ".adl"):
        refused(moore, tmp_path, suffix, "not 3 classes; save it as .json or .dot")
    refused(DFA(Alphabet(("ab",)), [[0]], [0]), tmp_path, ".jff", "single characters, not 'ab'")
    refused(DFA(Alphabet(("\x7f1", "\uffff")[1:]), [[0]], [0]), tmp_path, ".jff", "cannot hold the character")
    refused(DFA(Alphabet(("[",)), [[0]], [0]), tmp_path, ".jff", r"takes \[ for the beginning of a range")
    empty = Mealy(letters, [[0, 0]], [[0, 1]], 0, 2, 1)
    refused(empty, tmp_path, ".jff", "no class of the empty word, and here it is 1; write its DFA")
    refused(DFA(Alphabet(("a#",)), [[0]], [0]), tmp_path, ".adl", "begins a comment")
    for suffix in (".att", ".syms"):
        refused(DFA(Alphabet(("<eps>",)), [[0]], [0]), tmp_path, suffix, "reads <eps> as nothing")
        refused(DFA(Alphabet(("-1",)), [[0]], [0]), tmp_path, suffix, "k2 ends words with the letter -1")
    negative = WFA(letters, [1.0], [[[0.5]], [[-0.5]]], [[1.0]])
    refused(negative, tmp_path, ".att", "weights from 0 on")
    refused(negative, tmp_path, ".pautomac", "hold probabilities")
    refused(WFA(letters, [1.0], [[[0.5]], [[0.5]]], [[1.0]]), tmp_path, ".pautomac", "hold probabilities")
    refused(WFA(letters, [1.0], [[[0.5]], [[0.5]]], [[1.0, 2.0]]), tmp_path, ".att", "one value a word")
    refused(WFA(letters, [1.0], [[[0.5]], [[0.5]]], [[1.0]], Binary()), tmp_path, ".att", "one value a word")


def test_pictures_in_text_show_every_letter(tmp_path):
    dfa = DFA(Alphabet(("#", "%")), [[1, 0], [1, 1]], [0, 1])
    dfa.save(tmp_path / "a.tex")
    tex = (tmp_path / "a.tex").read_text()
    assert tex.count(r"\node[state") == 2
    assert tex.count("accepting]") == 1
    assert tex.count(r"\draw[->]") == 4
    assert r"{\#}" in tex
    assert tex.count("{") == tex.count("}")
    dfa.save(tmp_path / "a.mmd")
    lines = (tmp_path / "a.mmd").read_text().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert "    s0 --> s1: #35;" in lines
    assert "    [*] --> s0" in lines
    assert "    s1 --> [*]" in lines


@pytest.mark.parametrize("letter", ["[", "*"])
def test_a_line_of_latex_may_begin_with_any_letter(letter):
    """After a line break, LaTeX takes [ for the beginning of a distance, and * for a part of the command."""
    assert tikz.text(f"a,\n{letter}") == rf"a,\\{{}}{letter}"


def test_mermaid_takes_no_letter_for_bold_type():
    assert mermaid.text("__x__, **") == "#95;#95;x#95;#95;, #42;#42;"


def test_letters_are_those_that_every_latex_sets():
    """Accents and Greek letters by commands; two accents on a letter, and other scripts, by numbers."""
    written = {'"': r"\texttt{\char34}", "--": "{-}{-}", "é": r"\'{e}", "λ": r"$\lambda$", "Ω": r"$\Omega$", "日": "U+65E5"}
    assert {letter: tikz.text(letter) for letter in written} == written
    assert (tikz.text("ế"), tikz.text("\u0301"), tikz.text("?`")) == ("U+1EBF", "U+0301", r"?\textasciigrave{}")


def test_the_page_shows_the_table():
    page = Path(__file__).resolve().parents[3] / "docs" / "formats.md"
    assert as_markdown() in page.read_text(encoding="utf-8")


def test_the_help_shows_the_table(capsys):
    with pytest.raises(SystemExit):
        main(["convert", "--help"])
    told = capsys.readouterr().out
    assert as_text() in told
    assert all(suffix in told for suffix in LISTINGS)
