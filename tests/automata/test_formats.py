import json
import re
from contextlib import suppress
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import times

import nerode
from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.formats.table import save_automaton
from nerode.automata.loading import from_networkx, load_automaton, load_metadata
from nerode.automata.mealy import Mealy
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.words import Alphabet

SYMBOLS = ("a", '"', "\\", "<b>&amp;", "日", "\\n", "\u200b", "\ud800", "ε")


def random_automaton(kind: str, seed: int) -> Automaton:
    rng = np.random.default_rng(seed)
    n, letters = int(rng.integers(1, 7)), int(rng.integers(1, len(SYMBOLS) + 1))
    alphabet = Alphabet(tuple(rng.permutation(SYMBOLS)[:letters].tolist()))
    transitions, initial = rng.integers(0, n, (n, letters)), int(rng.integers(n))
    if kind == "dfa":
        classes = int(rng.integers(2, 5))
        return DFA(alphabet, transitions, rng.integers(0, classes, n), initial, classes)
    if kind == "mealy":
        classes = int(rng.integers(2, 5))
        outputs, empty = rng.integers(0, classes, (n, letters)), int(rng.integers(classes))
        return Mealy(alphabet, transitions, outputs, initial, classes, empty)
    if kind == "pdfa":
        probabilities = rng.dirichlet(np.full(letters + 1, 0.1), n)
        return PDFA(alphabet, transitions, probabilities, initial)
    links = [(Binary(), 1), (Multiclass(), 3), (NextSymbol(letters, "sigmoid"), letters + 2), (Value(), 2)]
    link, width = links[rng.integers(4)]
    weights = (
        rng.normal(size=(letters, n, n)) * 10.0 ** rng.integers(-310, 300, (letters, n, n)) * rng.integers(0, 2, (letters, n, n))
    )
    return WFA(alphabet, rng.normal(size=n), weights, rng.normal(size=(n, width)) / 3, link)


def assert_same(a: Automaton, b: Automaton) -> None:
    assert type(a) is type(b)
    assert vars(a).keys() == vars(b).keys()
    for name, value in vars(a).items():
        if isinstance(value, np.ndarray):
            assert value.dtype == vars(b)[name].dtype
            assert np.array_equal(value, vars(b)[name])
        else:
            assert value == vars(b)[name]
            assert type(value) is type(vars(b)[name])


KINDS = pytest.mark.parametrize("kind", ["dfa", "mealy", "pdfa", "wfa"])


@KINDS
def test_json_keeps_everything(tmp_path: Path, kind: str) -> None:
    for seed in range(40):
        automaton = random_automaton(kind, seed)
        automaton.save(tmp_path / "a.json", extraction={"seed": seed, "note": ["ε", 0.1]})
        assert_same(load_automaton(tmp_path / "a.json"), automaton)
        assert load_metadata(tmp_path / "a.json") == {"seed": seed, "note": ["ε", 0.1]}


@KINDS
def test_graphs_keep_everything(kind: str) -> None:
    for seed in range(40):
        automaton = random_automaton(kind, seed)
        graph = automaton.to_networkx()
        assert_same(from_networkx(graph), automaton)
        assert_same(from_networkx(nx.relabel_nodes(graph, lambda node: f"state {node}")), automaton)


def test_graphs_that_fit_no_automaton_are_refused() -> None:
    dfa = DFA(Alphabet(("a", "b")), [[0, 1], [1, 0]], [0, 1])
    for change, words in [
        (lambda g: g.remove_edge(0, 1, "b"), "no transition for 'b'"),
        (lambda g: g.add_edge(0, 0, symbol="b"), "two transitions for 'b'"),
        (lambda g: g.add_edge(0, 0), "no symbol"),
        (lambda g: g.nodes[1].pop("label"), "'label'"),
        (lambda g: g.nodes[1].update(label=0.5), "'label'"),
        (lambda g: g.nodes[1].update(initial=True), "one initial node"),
        (lambda g: g.graph.pop("alphabet"), "'alphabet'"),
        (lambda g: g.graph.update(type="nfa"), "unknown type"),
    ]:
        graph = dfa.to_networkx()
        change(graph)
        with pytest.raises(InputError, match=words):
            from_networkx(graph)
    weighted = WFA(Alphabet(("a",)), [1.0], [[[0.5]]], [[1.0]]).to_networkx()
    weighted.edges[0, 0, "a"]["weight"] = "much"
    with pytest.raises(InputError, match="'weight'"):
        from_networkx(weighted)


def test_the_example_of_the_documentation_loads(tmp_path: Path) -> None:
    text = (Path(nerode.__file__).parents[1] / "docs" / "automaton-file.md").read_text(encoding="utf-8")
    example = re.search(r"```json\n(.*?)```", text, re.DOTALL).group(1)
    (tmp_path / "a.json").write_text(example)
    automaton = load_automaton(tmp_path / "a.json")
    assert automaton.predict(["ε", "a", "aba", "bab"]).tolist() == [1, 0, 1, 0]
    automaton.save(tmp_path / "b.json", extraction={"teacher": "parity.pt", "seed": 0})
    assert (tmp_path / "b.json").read_text() == example


DFA_FILE = {
    "format": "nerode-automaton",
    "version": 1,
    "type": "dfa",
    "alphabet": ["a"],
    "initial": 0,
    "classes": 2,
    "labels": [0, 1],
    "transitions": [[1], [0]],
}
WFA_FILE = {
    "format": "nerode-automaton",
    "version": 1,
    "type": "wfa",
    "alphabet": ["a"],
    "link": {"name": "value"},
    "initial": [1, 0],
    "transitions": [[[0, 1], [1, 0]]],
    "final": [[1.5], [-2]],
}


@pytest.mark.parametrize(
    ("base", "change", "words"),
    [
        (DFA_FILE, {"format": "other"}, "no automaton file"),
        (DFA_FILE, {"version": 2}, "update nerode"),
        (DFA_FILE, {"version": True}, "no version"),
        (DFA_FILE, {"type": "nfa"}, "unknown type"),
        (DFA_FILE, {"type": ["dfa"]}, "'type' must be a string"),
        (DFA_FILE, {"alphabet": "a"}, "list of strings"),
        (DFA_FILE, {"alphabet": [["a"]]}, "list of strings"),
        (DFA_FILE, {"alphabet": ["a", "a"]}, "differ"),
        (DFA_FILE, {"alphabet": ["\x1b[2J"]}, "control character"),
        (DFA_FILE, {"initial": 2}, "does not have"),
        (DFA_FILE, {"initial": 0.0}, "whole number"),
        (DFA_FILE, {"classes": None}, "whole number"),
        (DFA_FILE, {"labels": [0, True]}, "whole numbers"),
        (DFA_FILE, {"labels": [0, 7]}, "labels of a DFA"),
        (DFA_FILE, {"classes": 1}, "2 to 10,000 classes, not 1$"),
        (DFA_FILE, {"classes": 10_001}, "2 to 10,000 classes, not 10,001"),
        (DFA_FILE, {"classes": 10**19}, "2 to 10,000 classes"),
        (DFA_FILE, {"labels": []}, "0 states"),
        (DFA_FILE, {"labels": {}}, "even lists, 1 deep"),
        (DFA_FILE, {"transitions": [[1], [0.0]]}, "whole numbers"),
        (DFA_FILE, {"transitions": [[1], []]}, "even lists"),
        (DFA_FILE, {"transitions": [[1], 0]}, "even lists"),
        (DFA_FILE, {"transitions": [[[1]], [[0]]]}, "whole numbers"),
        (DFA_FILE, {"transitions": []}, "even lists"),
        (DFA_FILE, {"transitions": [[1], [10**30]]}, "too large"),
        (WFA_FILE, {"initial": [10**400, 0]}, "too large"),
        (WFA_FILE, {"initial": [False, 0]}, "numbers"),
        (WFA_FILE, {"final": [["1"], [2]]}, "numbers"),
        (WFA_FILE, {"final": [[1.0]]}, "do not fit"),
        (WFA_FILE, {"link": "value"}, "unknown link"),
        (WFA_FILE, {"link": {"name": ["value"]}}, "unknown link"),
        (WFA_FILE, {"link": {"name": "value", "letters": 2}}, "do not belong"),
        (WFA_FILE, {"link": {"name": "next-symbol", "letters": "2"}}, "letters"),
        (WFA_FILE, {"link": {"name": "next-symbol", "letters": 5}}, "does not fit 1 scores a word over 1 symbols"),
        (WFA_FILE, {"link": {"name": "multiclass"}}, "does not fit 1 scores"),
        (WFA_FILE, {"link": {"name": "binary"}, "final": [[1, 2, 3], [4, 5, 6]]}, "does not fit 3 scores"),
        (WFA_FILE, {"final": [[], []]}, "does not fit 0 scores"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(tmp_path: Path, base: dict, change: dict, words: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(base | change))
    with pytest.raises(InputError, match=words) as caught:
        load_automaton(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("base", [DFA_FILE, WFA_FILE])
def test_every_field_is_needed(tmp_path: Path, base: dict) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(base))
    load_automaton(path)
    for name in base:
        path.write_text(json.dumps({key: value for key, value in base.items() if key != name}))
        with pytest.raises(InputError, match=name):
            load_automaton(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("[]", "no automaton file"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        (json.dumps(WFA_FILE).replace("1.5", "NaN"), "NaN is not a number"),
        (json.dumps(WFA_FILE).replace("1.5", "-Infinity"), "-Infinity is not a number"),
        (json.dumps(WFA_FILE).replace("1.5", "1e999"), "not finite"),
        (json.dumps(WFA_FILE).replace("1.5", "1" * 5000), "not JSON"),
    ],
)
def test_text_that_is_no_automaton_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=words):
        load_automaton(tmp_path / "a.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=times(150, 6000), deadline=None)
@given(st.sampled_from([DFA_FILE, WFA_FILE]), st.data())
def test_any_value_in_any_field_loads_or_is_refused(tmp_path_factory, base: dict, data) -> None:
    path = tmp_path_factory.mktemp("any") / "a.json"
    path.write_text(json.dumps(base | {data.draw(st.sampled_from(sorted(base))): data.draw(json_values)}))
    with suppress(InputError):
        assert isinstance(load_automaton(path), Automaton)


def test_what_json_cannot_hold_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    automaton = random_automaton("dfa", 0)
    for extraction in ({"loss": float("nan")}, {"when": object()}):
        with pytest.raises(InputError, match="cannot be saved as JSON"):
            automaton.save(tmp_path / "a.json", extraction=extraction)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_suffix_lists_what_there_is(tmp_path: Path) -> None:
    for name in ("a.jpeg", "a"):
        with pytest.raises(InputError, match=re.escape(".json, .dot, .graphml, .jff")):
            save_automaton(tmp_path / name, random_automaton("dfa", 0))


PICTURES = {
    ".png": b"\x89PNG",
    ".pdf": b"%PDF",
    ".svg": b"<svg",
    ".dot": b"digraph",
    ".tex": b"\\documentclass",
    ".mmd": b"state",
}


@KINDS
@pytest.mark.parametrize("suffix", PICTURES)
def test_every_picture_shows_every_type(tmp_path: Path, kind: str, suffix: str) -> None:
    automaton = random_automaton(kind, 3)
    plain = Alphabet.of_size(len(automaton.alphabet))
    automaton = type(automaton)(**{k: v for k, v in vars(automaton).items() if k != "alphabet"}, alphabet=plain)
    path = tmp_path / f"a{suffix.upper()}"
    automaton.save(path)
    assert path.read_bytes().startswith(PICTURES[suffix])


def test_graphml_is_read_by_networkx(tmp_path: Path) -> None:
    dfa = DFA(Alphabet(("<&>", '"')), [[0, 1], [1, 0]], [0, 1])
    dfa.save(tmp_path / "a.graphml")
    graph = nx.read_graphml(tmp_path / "a.graphml", force_multigraph=True)
    assert json.loads(graph.graph["alphabet"]) == ["<&>", '"']
    graph.graph["alphabet"] = json.loads(graph.graph["alphabet"])
    assert_same(from_networkx(graph), dfa)
    for symbol in ("\uffff", "\ud800"):
        with pytest.raises(InputError, match=r"GraphML cannot hold the character '\\u"):
            DFA(Alphabet((symbol,)), [[0]], [0]).save(tmp_path / "b.graphml")
