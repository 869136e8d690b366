import builtins
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pygraphviz
import pytest
from drawn import LATIN, even_zeros, in_words, random_dfa

from nerode.automata.dfa import DFA
from nerode.automata.diagram import Diagram, DrawingSettings, Edge, Node
from nerode.automata.drawing import dot_text, render
from nerode.automata.mealy import to_mealy
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.words import Alphabet


def test_dot_text(tmp_path: Path) -> None:
    even_zeros(('"', "\\")).save(tmp_path / "a.dot")
    lines = [line.strip() for line in (tmp_path / "a.dot").read_text().splitlines()]
    assert lines[0] == "digraph automaton {"
    assert lines[-1] == "}"
    assert lines[4:-1] == [
        's0 [label="0" shape="doublecircle" width=0.42 height=0.42 margin=0.03 fillcolor="#e3f0fb"];',
        's1 [label="1" shape="circle" width=0.42 height=0.42 margin=0.03 fillcolor="#ffffff"];',
        '__start0 [label="" shape="none" width=0 height=0];',
        '__start0 -> s0 [label="" len=0.6];',
        r's0 -> s1 [label="\""];',
        r's0 -> s0 [label="\\"];',
        r's1 -> s0 [label="\""];',
        r's1 -> s1 [label="\\"];',
    ]


def test_dot_text_has_every_state_and_an_arrow_a_letter(tmp_path: Path) -> None:
    random_dfa(200, LATIN).save(tmp_path / "a.dot")
    graph = pygraphviz.AGraph(string=(tmp_path / "a.dot").read_text())
    assert len(graph.nodes()) == 200 + 1
    assert len(graph.edges()) == 200 * 26 + 1
    assert "label" not in dict(graph.graph_attr)
    assert {edge.attr["label"] for edge in graph.edges()} == {*LATIN, ""}


HOSTILE = [
    '"',
    "\\",
    '\\"',
    "\\N",
    "\\n",
    "<b>x</b>",
    "&lt;",
    "&#65;",
    "<",
    "日本",
    "é",
    "{|}",
    "//",
    "#",
    "->",
    ";",
    "\uffff",
    "\u200b",
    "\ud800",
]


def test_hostile_labels_arrive_as_they_are() -> None:
    alphabet = Alphabet(tuple(HOSTILE))
    dfa = DFA(alphabet, np.zeros((1, len(HOSTILE)), int), [1])
    diagram = dfa.diagram(DrawingSettings(merge=False))
    graph = pygraphviz.AGraph(string=dot_text(diagram))
    assert len(graph.edges()) == len(HOSTILE) + 1
    seen = in_words(render(diagram, "svg"))
    assert sorted(seen) == sorted(["0", *HOSTILE[:-3], "\\uffff", "\\u200b", "\\ud800"])


def test_a_script_among_the_symbols_stays_text() -> None:
    svg = render(DFA(Alphabet(("<script>alert(1)</script>", "]]>")), [[0, 0]], [1]).diagram(DrawingSettings(merge=False)), "svg")
    assert b"<script" not in svg
    assert "<script>alert(1)</script>" in in_words(svg)


def test_svg_stands_alone() -> None:
    svg = render(even_zeros().diagram(), "svg").decode()
    assert svg.startswith("<svg")
    assert set(re.findall(r"https?://[^\"' ]*", svg)) == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert 'fill="white"' in svg


@pytest.mark.parametrize(
    ("states", "alphabet"), [(150, LATIN), (150, Alphabet.of_size(2)), (60, LATIN), (5_000, Alphabet.of_size(4))]
)
@pytest.mark.sampled(2)
def test_drawing_never_hangs(states: int, alphabet: Alphabet) -> None:
    svg = render(random_dfa(states, alphabet).diagram(), "svg")
    if states * len(alphabet) > 1000:
        assert any("oo many" in text for text in in_words(svg))


def test_a_caption_is_written_below_in_lines() -> None:
    caption = " ".join(["forty words that fill"] * 10)
    svg = render(Diagram((Node("a", "0"),), (Edge("a", "a", "x"),), ("a",), caption), "svg")
    written = [text for text in in_words(svg) if len(text) > 1]
    assert len(written) == 3
    assert " ".join(written) == caption
    long = f"{'before ' * 15}{'x' * 200} {'after ' * 15}end"
    assert " ".join(in_words(render(Diagram((), (), (), long), "svg"))) == long


def test_short_forms() -> None:
    assert repr(even_zeros()) == "<DFA: 2 states, 2 symbols, 1 accepting>"
    assert repr(DFA(LATIN, np.zeros((1, 26), int), [2], classes=3)) == "<DFA: 1 state, 26 symbols, 3 classes>"
    assert str(even_zeros()).splitlines() == [
        "<DFA: 2 states, 2 symbols, 1 accepting>",
        "  state  class  0  1",
        "→ 0      1      1  0",
        "  1      0      0  1",
    ]
    assert str(random_dfa(21, LATIN)) == "<DFA: 21 states, 26 symbols, " + repr(random_dfa(21, LATIN)).split(", ")[-1]
    pdfa = PDFA(Alphabet(("a",)), [[0]], [[0.75, 0.25]])
    assert str(pdfa).splitlines() == ["<PDFA: 1 state, 1 symbol>", "  state  a        end", "→ 0      .75 → 0  .25"]
    wfa = WFA(Alphabet(("a",)), [2.0], [[[0.5]]], [[1.0, -0.5]])
    assert str(wfa).splitlines() == ["<WFA: 1 state, 1 symbol, 2 scores>", "state  initial  final", "0      2        1, −0.5"]


def test_notebooks_show_a_picture_and_without_pygraphviz_the_text(monkeypatch, tmp_path: Path) -> None:
    bundle = even_zeros()._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg")
    assert bundle["text/plain"] == str(even_zeros())
    real = builtins.__import__

    def without(name: str, *rest):
        if name == "pygraphviz":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert even_zeros()._repr_mimebundle_() == {"text/plain": str(even_zeros())}
    with pytest.raises(InputError, match="pip install 'pygraphviz"):
        even_zeros().save(tmp_path / "a.svg")
    even_zeros().save(tmp_path / "a.dot")
    assert [path.name for path in tmp_path.iterdir()] == ["a.dot"]


def test_automata_are_imported_without_the_heavy_packages() -> None:
    code = "import sys, nerode.automata.loading; print([m for m in ('pygraphviz', 'networkx', 'torch') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize("suffix", [".mmd", ".tex", ".svg"])
def test_pictures_have_the_names_of_classes_that_are_kept(tmp_path: Path, suffix: str) -> None:
    three = DFA(Alphabet(("a", "b")), [[1, 0], [2, 1], [0, 2]], [0, 1, 2], classes=3)
    path = tmp_path / f"picture{suffix}"
    for automaton in (three, to_mealy(three)):
        automaton.save(path, extraction={"classes": ["zeros", "ones", "twos"]})
        text = path.read_text(encoding="utf-8")
        assert all(name in text for name in ("zeros", "ones", "twos"))
        assert "class 1" not in text
    for odd in (["a", "b"], "abc", [1, 2, 3], None):
        three.save(path, extraction={"classes": odd})
        assert "class 2" in path.read_text(encoding="utf-8")
    even_zeros().save(path, extraction={"classes": ["odd", "even"]})
    assert "Double circles: even; single ones: odd." in path.read_text(encoding="utf-8")
    even_zeros().save(path)
    assert "Double circles" not in path.read_text(encoding="utf-8")
