"""OpenFst and a reader of the HOA format agree on what nerode writes, and LaTeX sets it; skipped where they are not installed.

The classes of `pywrapfst` come with pynini, those of `hoa` with hoa-utils.
"""

import shutil
import subprocess
from itertools import pairwise

import numpy as np
import pytest
from some_automata import PLAIN, any_dfa, any_pdfa, any_wfa
from thorough import up_to

from nerode.automata.formats import tikz
from nerode.automata.loading import load_automaton
from nerode.words import all_words

SEEDS = 30, 200
LONGEST = 3


def openfst_of(automaton, folder, semiring):
    """The machine of the text and of the table of symbols, compiled by OpenFst."""
    fst = pytest.importorskip("pywrapfst")
    automaton.save(folder / "a.att")
    automaton.save(folder / "a.syms")
    symbols = fst.SymbolTable.read_text(str(folder / "a.syms"))
    compiler = fst.Compiler(arc_type=semiring, isymbols=symbols, osymbols=symbols, keep_isymbols=True, keep_osymbols=True)
    compiler.write((folder / "a.att").read_text())
    return fst, compiler.compile()


def value(fst, machine, word, semiring):
    """The weight of a word as OpenFst sums it: the shortest distance over the paths of the word."""
    compiler = fst.Compiler(arc_type=semiring)
    compiler.write("".join(f"{i} {j} {a + 1} {a + 1}\n" for (i, j), a in zip(pairwise(range(len(word) + 1)), word, strict=True)))
    compiler.write(f"{len(word)}\n")
    accepted = fst.compose(compiler.compile(), machine.copy().arcsort("ilabel")).rmepsilon()
    distances = list(fst.shortestdistance(accepted, reverse=True, delta=1e-12))  # without trailing ones that are infinite
    start = accepted.start()  # -1 if no path is left
    return float(np.exp(-float(distances[start]))) if 0 <= start < len(distances) else 0.0


def test_openfst_reads_dfas(tmp_path):
    for seed in up_to(*SEEDS):
        dfa = any_dfa(np.random.default_rng(seed))
        fst, machine = openfst_of(dfa, tmp_path, "standard")
        words = list(all_words(len(dfa.alphabet), LONGEST))
        assert [value(fst, machine, word, "standard") for word in words] == dfa.predict(words).tolist()


@pytest.mark.parametrize("kind", ["pdfa", "wfa"])
def test_openfst_sums_weights_alike(tmp_path, kind):
    for seed in up_to(*SEEDS):
        rng = np.random.default_rng(seed)
        automaton = any_pdfa(rng, PLAIN) if kind == "pdfa" else any_wfa(rng)
        fst, machine = openfst_of(automaton, tmp_path, "log64")
        words = list(all_words(len(automaton.alphabet), LONGEST))
        expected = [automaton.scores([word])[0, 0] if kind == "wfa" else np.exp(sum(logs(automaton, word))) for word in words]
        assert [value(fst, machine, word, "log64") for word in words] == pytest.approx(expected, rel=1e-6)


def logs(pdfa, word):
    """The logarithms of the probabilities of the letters of a word, and of its end."""
    rows = pdfa.scores([word[:i] for i in range(len(word) + 1)])
    return [row[letter] for row, letter in zip(rows, [*word, len(pdfa.alphabet)], strict=True)]


def test_what_openfst_prints_is_read(tmp_path):
    for seed in up_to(*SEEDS):
        dfa = any_dfa(np.random.default_rng(seed))
        _, machine = openfst_of(dfa, tmp_path, "standard")
        for acceptor in (True, False):
            (tmp_path / "b.att").write_text(machine.print(acceptor=acceptor))
            back = load_automaton(tmp_path / "b.att")
            words = [[dfa.alphabet.symbols[i] for i in word] for word in all_words(len(dfa.alphabet), LONGEST)]
            assert back.predict(words).tolist() == dfa.predict(words).tolist()


@pytest.mark.filterwarnings("ignore")  # the reader is old
def test_a_reader_of_hoa_reads_dfas(tmp_path):
    parsers = pytest.importorskip("hoa.parsers")
    parser = parsers.HOAParser()
    for seed in up_to(10, 200):
        dfa = any_dfa(np.random.default_rng(seed))
        dfa.save(tmp_path / "a.hoa")
        read = parser((tmp_path / "a.hoa").read_text())
        assert read.header.propositions == tuple(dfa.alphabet)
        states = {state.index: state for state in read.body.state2edges}
        assert sorted(states) == list(range(dfa.states))
        for i, state in states.items():
            assert bool(state.acc_sig) == bool(dfa.labels[i])
            assert [edge.state_conj[0] for edge in read.body.state2edges[state]] == dfa.transitions[i].tolist()


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="LaTeX is not installed")
def test_latex_sets_every_character(tmp_path):
    """All of the first blocks of Unicode, and pictures of each kind of automaton."""
    characters = [chr(number) for number in (*range(33, 127), *range(161, 0x600), 0x2260, 0x65E5, 0x1F600)]
    lines = [tikz.text(" ".join(characters[i : i + 40])) for i in range(0, len(characters), 40)]
    (tmp_path / "all.tex").write_text("\n\n".join([r"\documentclass{article}\begin{document}", *lines, r"\end{document}"]))
    for seed, make in enumerate((any_dfa, any_pdfa, any_wfa)):
        make(np.random.default_rng(seed)).save(tmp_path / f"{seed}.tex")
    for file in ("all.tex", "0.tex", "1.tex", "2.tex"):
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", file], cwd=tmp_path, capture_output=True, timeout=60
        )
        if b"`standalone.cls' not found" in done.stdout:
            pytest.skip("the class `standalone` of LaTeX is not installed")
        assert done.returncode == 0, done.stdout.decode(errors="replace")
        assert "Missing character" not in (tmp_path / file).with_suffix(".log").read_text(errors="replace")
