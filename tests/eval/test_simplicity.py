"""Numbers for how simple an automaton is."""

import json
import zlib

import numpy as np
import pytest
from shell import run

from nerode.automata.dfa import DFA
from nerode.automata.operations import access_words, reachable
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.eval.simplicity import simplicity
from nerode.links import Value
from nerode.words import Alphabet

ABC = Alphabet(("a", "b", "c"))


def test_a_dfa():
    dfa = DFA(ABC, [[1, 1, 0], [2, 2, 1], [2, 2, 2]], [0, 0, 1])
    found = simplicity(dfa)
    assert (found.states, found.transitions, found.parameters, found.depth, found.letter_classes) == (3, 5, 12, 2, 2)
    two_of_three = -(2 / 3) * np.log2(2 / 3) - (1 / 3) * np.log2(1 / 3)
    assert found.branching == pytest.approx(2 * two_of_three / 3)
    assert found.bits == 8 * len(zlib.compress(json.dumps(dfa.to_json()).encode(), 9))


@pytest.mark.parametrize("seed", range(5))
def test_depth_is_that_of_access_words(seed):
    rng = np.random.default_rng(seed)
    dfa = reachable(DFA(ABC, rng.integers(12, size=(12, 3)), rng.integers(2, size=12)))
    assert simplicity(dfa).depth == max(map(len, access_words(dfa)))


def test_letters_of_a_pdfa_are_alike_only_if_their_probabilities_are():
    alike = PDFA(ABC, [[0, 0, 0]], [[0.2, 0.2, 0.2, 0.4]])
    other = PDFA(ABC, [[0, 0, 0]], [[0.2, 0.2, 0.3, 0.3]])
    assert (simplicity(alike).letter_classes, simplicity(other).letter_classes) == (1, 2)
    assert simplicity(other).parameters == 7


def test_a_weighted_automaton():
    steps = np.array([np.eye(2), np.eye(2) * (1 + 1e-13), np.ones((2, 2))])
    found = simplicity(WFA(ABC, [1.0, 0.0], steps, [[1.0], [0.0]], Value()))
    assert (found.states, found.transitions, found.parameters, found.letter_classes) == (2, 8, 16, 2)
    assert (found.depth, found.branching) == (None, None)


def test_inspect_shows_it(capsys, tmp_path):
    DFA(ABC, [[1, 1, 0], [2, 2, 1], [2, 2, 2]], [0, 0, 1]).save(tmp_path / "dfa.json")
    answer = run(capsys, "inspect", tmp_path / "dfa.json", "--json").answer
    assert answer["simplicity"]["depth"] == 2
    assert "longest access word  2 letters" in run(capsys, "inspect", tmp_path / "dfa.json").out
