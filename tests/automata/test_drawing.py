import numpy as np
import pytest
from doubles import calls
from drawn import LATIN, edges, even_zeros

from nerode.automata.dfa import DFA
from nerode.automata.diagram import DrawingSettings, letters
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.words import Alphabet, all_words


@pytest.mark.parametrize(
    ("alphabet", "symbols", "others", "text"),
    [
        (LATIN, [0, 1, 2, 3, 4, 5, 23], False, "a–f, x"),
        (LATIN, [0, 1], False, "a, b"),
        (LATIN, [0, 1, 2], False, "a–c"),
        (LATIN, range(26), False, "any"),
        (LATIN, sorted({*range(26)} - {2, 7, 11, 20}), True, "other"),
        (LATIN, sorted({*range(26)} - {2, 7}), True, "other"),
        (LATIN, sorted({*range(26)} - {7}), True, "a–g, i–z"),
        (LATIN, sorted({*range(26)} - {2, 7, 11, 20}), False, "a, b, d–g, i–k,\nm–t, v–z"),
        (Alphabet.of_size(12), range(8), False, "0–7"),
        (Alphabet.of_size(12), range(8, 12), False, "8–11"),
        (Alphabet(("a",)), [0], True, "a"),
        (Alphabet(("(", ")", "*", "+", "x")), [0, 1, 2, 3], False, "(, ), *, +"),  # nobody counts on from ( to +
        (Alphabet(("the", "\u200b", "\ud800")), [0, 1], False, "the, \\u200b"),
        (Alphabet(tuple(f"w{i}" for i in range(40))), range(30), False, None),
    ],
)
def test_letters_are_written_as_classes(alphabet: Alphabet, symbols, others: bool, text: str | None) -> None:
    written = letters(alphabet, list(symbols), others)
    assert written == text if text else written.endswith("+15 more")


def test_parallel_edges_are_merged_and_accepting_states_are_doubly_circled() -> None:
    dfa = DFA(LATIN, [[1] * 6 + [0] * 17 + [1] + [0] * 2, [1] * 26], [0, 1])
    diagram = dfa.diagram()
    assert edges(diagram) == {("s0", "s1", "a–f, x"), ("s0", "s0", "g–w, y, z"), ("s1", "s1", "any")}
    assert [(node.name, node.label, node.accepting) for node in diagram.nodes] == [("s0", "0", False), ("s1", "1", True)]
    assert diagram.entries == ("s0",)
    assert diagram.caption == ""


def in_classes(symbols: int, classes: int) -> DFA:
    """A ring of states: class 0 leads on, class 1 back to the start, and the others into the sink at the end."""
    targets = np.stack([[1, 2, 0, 3], [0, 0, 0, 3], *[[3, 3, 3, 3]] * (classes - 2)], axis=1)
    return DFA(Alphabet.of_size(symbols), targets[:, np.arange(symbols) * 7 % 13 % classes], [1, 0, 0, 0])


def test_scattered_letters_are_named_together_and_the_caption_says_which() -> None:
    dfa = in_classes(14, 3)
    diagram = dfa.diagram()
    assert edges(diagram) == {
        *{("s0", "s1", "A"), ("s0", "s0", "B"), ("s0", "s3", "C"), ("s1", "s2", "A"), ("s1", "s0", "B"), ("s1", "s3", "C")},
        *{("s2", "s0", "A, B"), ("s2", "s3", "C"), ("s3", "s3", "any")},
    }
    classes = [[i for i in range(14) if i * 7 % 13 % 3 == c] for c in range(3)]
    assert [name for name in "ABC" if f"{name} = " in diagram.caption] == ["A", "B", "C"]
    listed = [part.split(" = ")[1] for part in diagram.caption.removesuffix(".").split("; ")]
    assert listed == [letters(dfa.alphabet, members).replace("\n", " ") for members in classes]
    sinkless = dfa.diagram(DrawingSettings(hide_sinks=True))
    assert "B = " in sinkless.caption
    assert "C = " not in sinkless.caption  # no arrow is drawn for it
    assert sinkless.caption.endswith(". Hidden: 1 sink (3), where the missing arrows lead.")


def test_letters_keep_their_symbols_where_arrows_are_not_merged_or_letters_few() -> None:
    assert in_classes(14, 3).diagram(DrawingSettings(merge=False)).caption == ""
    assert {label for _, _, label in edges(in_classes(14, 3).diagram(DrawingSettings(merge=False)))} == {*map(str, range(14))}
    assert in_classes(8, 2).diagram().caption == ""
    brackets = Alphabet(("(", ")", *LATIN))
    depth = DFA(brackets, [[1, 2, *[0] * 26], [2, 0, *[1] * 26], [2] * 28], [1, 0, 0]).diagram()
    assert {label for _, _, label in edges(depth)} == {"(", ")", "a–z", "any"}
    assert depth.caption == ""


def test_many_names_on_an_arrow_are_the_others() -> None:
    alphabet = Alphabet.of_size(12)
    named = {"A": [0, 2], "B": [1, 3], "C": [4, 6], "D": [5, 7]}
    assert letters(alphabet, [0, 1, 2, 3, 8], True, named) == "8, A, B"
    assert letters(alphabet, range(8), True, named) == "other"
    assert letters(alphabet, range(8), False, named) == "A, B, C, D"
    assert letters(alphabet, range(12), True, named) == "any"


def test_hidden_sinks_are_named_and_no_arrow_claims_their_letters() -> None:
    alphabet = Alphabet(tuple("abcdefgh"))
    dfa = DFA(alphabet, [[1, 0, 1, 0, 2, 0, 0, 0], [1] * 8, [1] * 7 + [2]], [1, 0, 0])
    shown = dfa.diagram(DrawingSettings(hide_sinks=True))
    assert edges(shown) == {("s0", "s0", "b, d, f–h")}
    assert shown.caption == "Hidden: 2 sinks (1, 2), where the missing arrows lead."
    assert edges(dfa.diagram()) >= {("s0", "s0", "b, d, f–h"), ("s0", "s1", "a, c")}
    rejecting = DFA(alphabet, [[0] * 8], [0]).diagram(DrawingSettings(hide_sinks=True))
    assert len(rejecting.nodes) == 1  # the initial state stays


def test_sinks_are_the_states_that_accept_no_word(rng: np.random.Generator) -> None:
    hidden = 0
    for _ in range(60):
        n = int(rng.integers(1, 7))
        transitions, labels = rng.integers(0, n, (n, 2)), rng.integers(0, 3, n) * (rng.random(n) < 0.3)
        scored = [DFA(Alphabet(("a", "b")), transitions, labels, i, 3).predict(list(all_words(2, n))) for i in range(n)]
        alive = {f"s{i}" for i in range(n) if scored[i].any()}
        shown = DFA(Alphabet(("a", "b")), transitions, labels, 0, 3).diagram(DrawingSettings(hide_sinks=True))
        assert {node.name for node in shown.nodes} == alive | {"s0"}
        hidden += n - len(shown.nodes)
    assert hidden > 20


def test_sinks_of_a_long_chain_are_found_in_one_walk() -> None:
    n = 10_000
    chain = DFA(Alphabet(("a",)), np.minimum(np.arange(n) + 1, n - 1)[:, None], np.arange(n) == n - 2)
    assert len(chain.diagram(DrawingSettings(hide_sinks=True, max_states=n)).nodes) == n - 1
    work = {
        hide: calls(lambda hide=hide: chain.diagram(DrawingSettings(hide_sinks=hide, max_states=n))) for hide in (True, False)
    }
    assert work[True] < work[False] + n // 10  # a pass over all states a step takes several calls for each


def test_sinks_are_looked_for_only_where_they_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DFA, "_sinks", None)
    assert even_zeros().diagram().caption == ""


def test_classes_of_a_moore_machine_are_written() -> None:
    diagram = DFA(Alphabet(("a",)), [[1], [2], [0]], [0, 2, 1], classes=3).diagram()
    assert [node.label for node in diagram.nodes] == ["0\nclass 0", "1\nclass 2", "2\nclass 1"]
    assert not any(node.accepting for node in diagram.nodes)


def test_probabilities_are_written_and_unlikely_arrows_counted() -> None:
    pdfa = PDFA(Alphabet(("a", "b", "c")), [[1, 0, 1], [1, 1, 1]], [[0.35, 0.4, 0.005, 0.245], [0, 0, 0, 1]], 0)
    diagram = pdfa.diagram()
    assert [node.label for node in diagram.nodes] == ["0\nend .24", "1\nend 1"]
    assert {("s0", "s1", "a .35"), ("s0", "s0", "b .40")} <= edges(diagram)
    assert diagram.caption == "Not drawn: 1 unlikely transition."
    assert ("s0", "s1", "a .35, c .0050") in edges(pdfa.diagram(DrawingSettings(threshold=0)))
    many = PDFA(LATIN, np.zeros((1, 26), int), [[1 / 27] * 27]).diagram()
    assert many.edges[0].label.endswith("21 more .78")


def test_weights_are_written_and_weak_ones_counted() -> None:
    weights = np.zeros((2, 2, 2))
    weights[0] = [[1.0, -0.5], [0.01, 0]]
    weights[1] = [[0.25, 0], [0, 0]]
    wfa = WFA(Alphabet(("a", "b")), [1, 0], weights, [[0.0, 0.0], [2.0, -0.123]])
    diagram = wfa.diagram()
    assert edges(diagram) == {("s0", "s0", "a: 1\nb: 0.25"), ("s0", "s1", "a: −0.5")}
    assert [node.label for node in diagram.nodes] == ["0\nstart 1", "1\nend 2, −0.12"]
    assert diagram.caption == "Not drawn: 1 weak transition."
    assert len(wfa.diagram(DrawingSettings(max_arrows=1)).edges) == 1
    assert wfa.diagram(DrawingSettings(max_arrows=1)).caption == "Not drawn: 3 weak transitions."  # the way out before the loop
    assert WFA(Alphabet(("a",)), [0], [[[0]]], [[0]]).diagram().edges == ()
    many = WFA(Alphabet(("a", "b", "c", "d", "e", "f")), [1], [[[w]] for w in (6, 5, 4, 3, 2, 0.1)], [[1]]).diagram()
    assert [edge.label for edge in many.edges] == ["a: 6\nb: 5\nc: 4\nd: 3, +1 more"]  # and f is weak
    assert many.caption == "Not drawn: 2 weak transitions."


def test_no_state_stands_alone_for_the_strength_of_others() -> None:
    rng = np.random.default_rng(0)
    weights = rng.uniform(0.1, 0.5, size=(2, 40, 40))
    weights[:, :10, :10] += 0.5
    wfa = WFA(Alphabet(("a", "b")), np.ones(40), weights, np.ones((40, 1)))
    strongest = weights.max(axis=0) * (1 - np.eye(40))
    drawn = {(int(edge.source[1:]), int(edge.target[1:])) for edge in wfa.diagram().edges}
    assert {(i, int(strongest[i].argmax())) for i in range(40)} <= drawn
    assert {(int(strongest[:, j].argmax()), j) for j in range(40)} <= drawn
    assert len(drawn) <= 15 + 80
    assert all(edge.label.count("\n") < 2 for edge in wfa.diagram().edges)
    everything = wfa.diagram(DrawingSettings(threshold=0.0, max_arrows=10_000))
    assert (len(everything.edges), everything.caption) == (1600, "")
    few = WFA(Alphabet(("a", "b")), np.ones(3), weights[:, :3, :3], np.ones((3, 1))).diagram()
    assert (len(few.edges), few.caption) == (9, "")


def test_the_strongest_of_all_are_drawn_whatever_the_others_need() -> None:
    weights = np.full((1, 40, 40), 0.2) + np.diag(np.arange(40))
    edges_of = {
        (edge.source, edge.target)
        for edge in WFA(Alphabet(("a",)), np.ones(40), weights, np.ones((40, 1))).diagram(DrawingSettings(threshold=0.0)).edges
    }
    assert {(f"s{i}", f"s{i}") for i in range(25, 40)} <= edges_of
    assert len(edges_of) >= 55


def test_large_automata_are_condensed() -> None:
    # a ring of 200 states that a second letter leaves, into two states in a ring of their own
    transitions = np.stack([(np.arange(202) + 1) % 200, np.full(202, 200)], axis=1)
    transitions[200:] = [[201, 201], [200, 200]]
    diagram = DFA(Alphabet(("a", "b")), transitions, [1] * 3 + [0] * 199).diagram()
    assert {node.label for node in diagram.nodes} == {"200 states\n3 accepting", "2 states\n0 accepting"}
    assert len(diagram.edges) == 1
    assert "202 states are too many to draw (limit 150)" in diagram.caption
    assert diagram.edges[0].source == diagram.entries[0]
    chain = DFA(Alphabet(("a",)), [[min(i + 1, 299)] for i in range(300)], [0] * 300, initial=7).diagram()
    assert chain.entries[0] in {node.name for node in chain.nodes}
    assert "not drawn: the 260 smallest groups" in chain.caption.lower()
    wide = WFA(Alphabet(("a",)), np.ones(151), np.ones((1, 151, 151)), np.ones((151, 1))).diagram()
    assert [node.label for node in wide.nodes] == ["WFA: 151 states, 1 symbol, 1 score"]
