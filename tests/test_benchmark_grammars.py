"""A small run of the benchmark of grammars: its comparison of words, and a row."""

import sys
from pathlib import Path

from nerode.automata.cfg import CFG
from nerode.datasets.nested import lg
from nerode.eval import depths

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import grammars


def test_words_are_compared_up_to_a_length(monkeypatch):
    monkeypatch.setattr(grammars, "MOST", 500)
    pairs = lg(1).grammar()
    assert grammars.derived(pairs, 5) == {(), (0, 1), (0, 0, 1, 1)}
    assert grammars.same_words(pairs, pairs) == (True, grammars.LONGEST)
    flat = CFG(pairs.alphabet, ("S",), ((0, ()), (0, (0, 1)), (0, (0, 0, 1, 1))))
    assert grammars.same_words(pairs, flat) == (False, 6)
    everything = CFG(pairs.alphabet, ("S",), ((0, ()), (0, (0, -1)), (0, (1, -1))))
    assert grammars.derived(everything, 20) is None


def test_a_row_says_whether_the_language_was_found(monkeypatch):
    for name, smaller in (("LONGEST", 6), ("GIVEN", 200), ("GIVEN_LETTERS", 12), ("SAMPLED", 500)):
        monkeypatch.setattr(grammars, name, smaller)
    for name, smaller in (("COUNT", 50), ("MANY", 100), ("DERIVED", 80)):
        monkeypatch.setattr(depths, name, smaller)
    row, rules = grammars.row(11, lg(11), seconds=60.0, seed=0).split("\n")
    cells = [cell.strip() for cell in row.split("|")[1:-1]]
    assert cells[:6] == ["LG11", "0.0000", "yes", "6", "0.0000", "6"]
    assert (cells[9], cells[10]) == ("settled", "12")
    assert rules == 'S → A B; A → "c" | "ab"; B → "f" | "de" | A B B'
