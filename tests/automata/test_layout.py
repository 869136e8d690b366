"""Layouts: every part of a diagram has a place inside of it, and arrows join the nodes that they name."""

import math

import numpy as np
import pytest

from nerode.automata.dfa import DFA
from nerode.automata.layout import layout
from nerode.words import Alphabet


@pytest.mark.parametrize(("states", "letters"), [(1, 1), (4, 2), (30, 3), (60, 9)])
def test_arrows_join_the_nodes_that_they_name(rng, states, letters):
    transitions = rng.integers(0, states, (states, letters))
    diagram = DFA(Alphabet(tuple("abcdefghi"[:letters])), transitions, rng.integers(0, 2, states)).diagram()
    placed = layout(diagram)
    assert set(placed.nodes) == {node.name for node in diagram.nodes}
    assert (len(placed.edges), len(placed.entries)) == (len(diagram.edges), 1)
    for edge, arrow in zip(diagram.edges, placed.edges, strict=True):
        assert len(arrow.points) % 3 == 1
        for box, end in ((placed.nodes[edge.source], arrow.points[0]), (placed.nodes[edge.target], arrow.tip)):
            far = math.hypot(box.x - end[0], box.y - end[1])
            assert far <= math.hypot(box.width, box.height) / 2 + 2
    entry, initial = placed.entries[0], placed.nodes["s0"]
    assert math.hypot(entry.tip[0] - initial.x, entry.tip[1] - initial.y) <= math.hypot(initial.width, initial.height) / 2 + 2


def test_all_is_inside_and_y_grows_downwards():
    two = DFA(Alphabet(("a",)), [[1], [1]], [0, 1]).diagram()
    placed = layout(two)
    for box in placed.nodes.values():
        assert box.x - box.width / 2 >= 0
        assert box.x + box.width / 2 <= placed.width
        assert box.y - box.height / 2 >= 0
        assert box.y + box.height / 2 <= placed.height
    loop = next(arrow for edge, arrow in zip(two.edges, placed.edges, strict=True) if edge.source == edge.target)
    assert min(y for _, y in loop.points) < placed.nodes["s1"].y  # Graphviz draws loops above, where y is small


def test_labels_have_places_unless_there_are_too_many(rng):
    few = layout(DFA(Alphabet(("a", "b")), rng.integers(0, 5, (5, 2)), np.zeros(5, np.int64)).diagram())
    many = layout(DFA(Alphabet(tuple("abcdefghij")), rng.integers(0, 90, (90, 10)), np.zeros(90, np.int64)).diagram())
    assert all(arrow.label is not None for arrow in few.edges)
    assert all(arrow.label is None for arrow in many.edges)
