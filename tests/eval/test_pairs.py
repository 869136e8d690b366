"""Drawings of how two automata differ, read as a reader reads them, beside the answers of both to all short words."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from doubles import words_up_to
from shell import run

from nerode.automata.dfa import DFA
from nerode.automata.diagram import EVERYTHING, DrawingSettings
from nerode.automata.pdfa import PDFA
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.eval import pairs as module
from nerode.eval.pairs import BLUE, RED, pairs
from nerode.words import Alphabet

AB = Alphabet(("a", "b"))
PARITY = DFA(AB, [[1, 0], [0, 1]], [0, 1])
LONG = 7


def relabelled(dfa, seed):
    """Another DFA, which differs a little."""
    labels = dfa.labels.copy()
    labels[np.random.default_rng(seed).integers(len(labels))] ^= 1
    return DFA(dfa.alphabet, dfa.transitions, labels, dfa.initial)


def cases():
    rng = np.random.default_rng(5)
    for seed in range(4):
        dfa = random_dfa(rng, 5, 2)
        yield dfa, relabelled(dfa, seed), None
        yield random_dfa(rng, 3, 2), random_dfa(rng, 4, 2), None
        yield random_dfa(rng, 4, 2, classes=3), random_dfa(rng, 3, 2, classes=3), ["class 0", "class 1", "class 2"]
        yield random_pdfa(rng, 3, 2), random_pdfa(rng, 4, 2), ["0", "1", "end"]


CASES = list(cases())


def followed(drawn, alphabet, word):
    """The node that a word leads to along the arrows of a drawing."""
    (state,) = drawn.entries
    for symbol in word:
        (state,) = {edge.target for edge in drawn.edges if (edge.source, edge.label) == (state, alphabet.symbols[symbol])}
    return state


@pytest.mark.parametrize(("a", "b", "answers"), CASES)
def test_a_drawing_says_of_each_word_what_both_answer(a, b, answers):
    drawn = pairs(a, b, ("left", "right")).diagram(EVERYTHING)
    nodes = {node.name: node for node in drawn.nodes}
    words = words_up_to(2, LONG)
    for word, first, second in zip(words, a.predict(words).tolist(), b.predict(words).tolist(), strict=True):
        node = nodes[followed(drawn, a.alphabet, word)]
        said = node.label.split("\n")[1:]
        if first == second:
            assert node.shade == 0
            assert said == ([] if answers is None else [answers[first]])
            assert node.accepting == (answers is None and first == 1)
        elif answers is None:
            assert (node.shade, said) == ((RED, ["only left"]) if first else (BLUE, ["only right"]))
        else:
            assert (node.shade, said) == (RED, [f"{answers[first]} | {answers[second]}"])


@pytest.mark.parametrize(("a", "b", "answers"), CASES)
@pytest.mark.sampled(6)
def test_a_drawing_has_no_more_states_than_it_needs(a, b, answers):
    """Words are told apart by what both answer to them and to all that continue them."""
    ends = words_up_to(2, LONG)

    def row(word):
        longer = [word + end for end in ends]
        return (*a.predict(longer).tolist(), *b.predict(longer).tolist())

    assert len(pairs(a, b).diagram().nodes) == len({row(word) for word in words_up_to(2, LONG)})


def test_equal_automata_have_a_drawing_without_colours():
    same = pairs(PARITY, DFA(AB, [[1, 2], [0, 1], [1, 0]], [0, 1, 0]), ("one", "other"))
    drawn = same.diagram()
    assert [node.shade for node in drawn.nodes] == [0, 0]
    assert drawn.caption == "one and other give the same label to every word."


def test_the_caption_says_what_colours_mean():
    other = DFA(AB, [[1, 1], [0, 0]], [0, 1])
    assert pairs(PARITY, other, ("p", "q")).diagram().caption.startswith("Red: only p accepts. Blue: only q accepts. White: both")
    model = random_pdfa(np.random.default_rng(0), 3, 2)
    caption = pairs(model, random_pdfa(np.random.default_rng(1), 3, 2), ("p", "q")).diagram().caption
    assert caption.startswith("Red: different likeliest next symbols, that of p before that of q. White: both")


def test_large_ones_are_condensed():
    both = pairs(PARITY, DFA(AB, [[1, 2], [2, 0], [0, 1]], [0, 1, 1]))
    assert both.dfa.states == 6
    drawn = both.diagram(DrawingSettings(max_states=4))
    assert drawn.caption.startswith(f"In {both.differ.sum()} of 6 states the two give different labels. 6 states are too many")
    assert [node.label for node in drawn.nodes] == [f"6 states\n{both.differ.sum()} differ"]


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        (PARITY, random_wfa(np.random.default_rng(0), 2, 2), "no drawing of how other automata differ"),
        (PARITY, DFA(Alphabet(("b", "a")), [[1, 0], [0, 1]], [0, 1]), "alphabet"),
        (PARITY, DFA(AB, [[0, 0]], [2], classes=3), "number of answers"),
        (PARITY, PDFA(AB, [[0, 0]], [[0.5, 0.25, 0.25]]), "task"),
    ],
)
def test_what_cannot_be_drawn_is_refused(a, b, said):
    with pytest.raises(InputError, match=said):
        pairs(a, b)


def test_too_many_pairs_are_refused(monkeypatch):
    monkeypatch.setattr(module, "MOST_PAIRS", 3)
    with pytest.raises(InputError, match="automata of 2 and 2 states have too many pairs of states to draw \\(limit 3\\)"):
        pairs(PARITY, PARITY)


# the shell


@pytest.fixture
def files(tmp_path):
    PARITY.save(tmp_path / "parity.json")
    DFA(AB, [[1, 1], [0, 0]], [0, 1]).save(tmp_path / "length.json")
    random_wfa(np.random.default_rng(0), 2, 2).save(tmp_path / "weighted.json")
    return tmp_path


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "dot"])
def test_the_shell_draws(capsys, files, suffix):
    out = files / f"diff.{suffix}"
    shown = run(capsys, "compare", files / "parity.json", files / "length.json", "--out", out)
    assert shown.code == 0
    assert f"drawing of 4 pairs of states, 2 coloured, written to {out}" in shown.out
    content = out.read_bytes()
    assert content.startswith({"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph"}[suffix])
    if suffix == "svg":
        words = "".join(ElementTree.fromstring(content).itertext())
        assert "only parity" in words
        assert "Blue: only length accepts" in words


def test_names_of_files_may_hold_anything(capsys, files):
    name = files / 'a "b"\\&lt;\n.json'
    PARITY.save(name)
    assert run(capsys, "compare", name, files / "length.json", "--out", files / "diff.svg").code == 0
    words = "".join(ElementTree.parse(files / "diff.svg").getroot().itertext())
    assert 'only a "b"\\&lt;\\n' in words


def test_without_out_nothing_is_drawn(capsys, files):
    shown = run(capsys, "compare", files / "parity.json", files / "length.json", "--json")
    assert shown.answer["drawing"] is None
    assert sorted(path.name for path in files.iterdir()) == ["length.json", "parity.json", "weighted.json"]


@pytest.mark.parametrize(
    ("other", "out", "said"),
    [
        ("weighted.json", "diff.svg", "there is no drawing of how other automata differ"),
        ("length.json", "diff.json", "a drawing is written to a file that ends in .svg, .png, .pdf, .dot"),
        ("length.json", "absent/diff.svg", "diff.svg"),
    ],
)
def test_the_shell_refuses_and_writes_nothing(capsys, files, other, out, said):
    shown = run(capsys, "compare", files / "parity.json", files / other, "--out", files / out)
    assert (shown.code, shown.out) == (2, "")
    assert said in shown.err
    assert not (files / out).exists()
