from itertools import groupby

import numpy as np
import pytest
from doubles import Branching, Stepping, Tree, WholeWords, random_words, words_up_to
from thorough import paired

from nerode.arrays import fetched, joined
from nerode.automata.wfa import WFA
from nerode.datasets.languages import Dyck
from nerode.datasets.random_automata import random_dfa, random_wfa
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.budget import metered
from nerode.extraction.hankel import walks
from nerode.extraction.hankel.tables import HankelTable, tabulate
from nerode.extraction.meter import Meter
from nerode.stepping import TwoWay
from nerode.words import Alphabet

TILES = [1, 7, 256, 100_000]


def teachers(rng):
    """Three letters, a known function of each kind."""
    forward, backward = random_wfa(rng, 4, 3, width=2), random_wfa(rng, 3, 3, width=2)
    return {
        "WFA": forward,
        "DFA": random_dfa(rng, 6, 3),
        "Dyck": Dyck(1, None, fillers=1),
        "branching": Branching(forward),
        "tree": Tree(forward),
        "two-way": TwoWay(forward, backward),
        "two-way branching": TwoWay(Branching(forward), Branching(backward)),
        "two-way trees": TwoWay(Tree(forward), Tree(backward)),
        "whole words": WholeWords(TwoWay(forward, backward)),
    }


KINDS = ["WFA", "DFA", "Dyck", "branching", "tree", "two-way", "two-way branching", "two-way trees", "whole words"]
SETS = {
    "all short": (words_up_to(3, 2), words_up_to(3, 2)),
    "ε alone": ([()], [()]),
    "not closed": ([(0, 1, 2), (), (2, 2, 2, 2), (1,)], [(2, 1), (0, 0, 0, 1), (1, 0, 2, 2, 2)]),
    "without ε": ([(1, 1)], [(0,)]),
    "repeated": ([(0,), (0,), ()], [(1,), (), (1,), (1,)]),
    "many, one": (words_up_to(3, 3), [(2, 0)]),
    "one, many": ([(2, 0)], words_up_to(3, 3)),
}


@pytest.mark.parametrize(("kind", "sets", "tile"), paired(KINDS, SETS, TILES))
@pytest.mark.sampled(42)
def test_a_table_is_what_the_teacher_says_of_each_word(monkeypatch, rng, kind, sets, tile):
    monkeypatch.setattr(walks, "TILE", tile)
    teacher = teachers(rng)[kind]
    prefixes, suffixes = SETS[sets]
    values = tabulate(teacher, prefixes, suffixes)
    assert values.shape == (len(prefixes), len(suffixes), teacher.width)
    expected = [[teacher.scores([p + s])[0] for s in suffixes] for p in prefixes]
    np.testing.assert_allclose(values, expected, rtol=1e-10, atol=1e-10)


class Promise:
    """Scores on a device: they can be given another shape, and fetched once all that was asked for before is computed."""

    def __init__(self, scores):
        self.scores = scores
        self.nbytes = scores.nbytes

    def __getitem__(self, key):
        return Promise(self.scores[key])

    def reshape(self, *shape):
        return Promise(self.scores.reshape(*shape))


class OnDevice(Branching):
    """Notes the order of its own work and of the fetching."""

    def __init__(self, inner, tile):
        super().__init__(inner, tile)
        self.log = []

    def read_later(self, states):
        self.log.append("read")
        return Promise(self.read(states))


@pytest.mark.parametrize(("room", "waits"), [(2**28, 1), (1, 40)])
@pytest.mark.parametrize("tile", [20, 10**6])
def test_scores_on_a_device_are_waited_for_when_a_tile_is_done(monkeypatch, rng, tile, room, waits):
    monkeypatch.setattr(walks, "ON_DEVICE", room)
    teacher = OnDevice(random_wfa(rng, 4, 3, width=2), tile)

    @fetched.register
    def _(promise: Promise):
        teacher.log.append("fetched")
        return promise.scores

    @joined.register
    def _(first: Promise, parts):
        return Promise(np.concatenate([part.scores for part in parts]))

    prefixes, suffixes = random_words(rng, 3, 20, 12), words_up_to(3, 3)
    values = tabulate(teacher, prefixes, suffixes)
    expected = teacher.inner.scores([p + s for p in prefixes for s in suffixes]).reshape(20, 40, 2)
    np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-10)
    pieces = teacher.log.count("read")
    assert pieces == (40 if tile == 20 else 4)
    assert teacher.log.count("fetched") == min(waits, pieces)
    assert [kind for kind, _ in groupby(teacher.log)] == ["read", "fetched"] * min(waits, pieces)


@pytest.mark.parametrize("tile", TILES)
def test_random_words_in_any_order(monkeypatch, rng, tile):
    monkeypatch.setattr(walks, "TILE", tile)
    teacher = random_wfa(rng, 4, 3, width=2)
    prefixes, suffixes = random_words(rng, 3, 40, 12), random_words(rng, 3, 30, 8)
    expected = teacher.scores([p + s for p in prefixes for s in suffixes]).reshape(40, 30, 2)
    np.testing.assert_allclose(tabulate(teacher, prefixes, suffixes), expected, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_empty_tables(rng, kind):
    teacher = teachers(rng)[kind]
    assert tabulate(teacher, [], [(), (1,)]).shape == (0, 2, teacher.width)
    assert tabulate(teacher, [(), (1,)], []).shape == (2, 0, teacher.width)


def test_each_prefix_is_read_once_and_nothing_twice(rng):
    """The steps are the nodes of the prefix trie, and for each prefix the nodes of the suffix trie."""
    teacher = Stepping(random_dfa(rng, 6, 3))
    prefixes, suffixes = words_up_to(3, 3), words_up_to(3, 2)
    tabulate(teacher, prefixes, suffixes)
    assert teacher.read_states == len(prefixes) * len(suffixes)
    assert teacher.steps == (len(prefixes) - 1) + len(prefixes) * (len(suffixes) - 1)


def test_a_teacher_of_whole_words_is_asked_each_word_once(rng):
    teacher = WholeWords(random_dfa(rng, 6, 3))
    tabulate(teacher, words_up_to(3, 2), words_up_to(3, 2))
    assert sorted(teacher.asked) == sorted(words_up_to(3, 4))


# growing


def brute(teacher, rows, suffixes):
    return np.array([[teacher.scores([row + suffix])[0] for suffix in suffixes] for row in rows])


def assert_holds(table, teacher):
    """The table has every cell, where its dictionaries say."""
    assert list(table.rows.values()) == list(range(len(table.rows)))
    assert list(table.suffixes.values()) == list(range(len(table.suffixes)))
    np.testing.assert_allclose(table.values, brute(teacher, table.rows, table.suffixes), rtol=1e-10, atol=1e-10)


def test_growing_asks_only_new_cells(rng):
    teacher = random_wfa(rng, 4, 2, width=2)
    meter = Meter()
    table = HankelTable(metered(teacher, meter))
    assert (meter.queries, table.values.shape) == (0, (0, 0, 2))
    seen = 0
    rows, suffixes = set(), set()
    for _ in range(12):
        new_rows, new_suffixes = random_words(rng, 2, 4, 5), random_words(rng, 2, 3, 5)
        table.add(new_rows, new_suffixes)
        rows, suffixes = rows | set(new_rows), suffixes | set(new_suffixes)
        assert set(table.rows) == rows
        assert set(table.suffixes) == suffixes
        assert meter.queries == len(rows) * len(suffixes)
        assert meter.queries >= seen
        seen = meter.queries
    assert_holds(table, teacher)
    table.add(new_rows, new_suffixes)
    assert meter.queries == seen


def test_rows_before_suffixes_and_suffixes_before_rows(rng):
    teacher = random_wfa(rng, 3, 2)
    one, other = HankelTable(teacher, rows=[(0,), (1,)]), HankelTable(teacher, suffixes=[(), (1,)])
    assert (one.values.shape, other.values.shape) == ((2, 0, 1), (0, 2, 1))
    one.add(suffixes=[(), (1,)])
    other.add(rows=[(0,), (1,)])
    assert_holds(one, teacher)
    np.testing.assert_allclose(one.values, other.values, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("limit", [16, 20, 29, 40, 100])
@pytest.mark.sampled(15)
def test_what_is_cut_short_leaves_the_table_as_it_was(rng, kind, limit):
    """Wherever the exception strikes: at the new suffixes, or at the new rows after them."""
    teacher = teachers(rng)[kind]
    meter = Meter(queries_limit=limit)
    table = HankelTable(metered(teacher, meter), words_up_to(3, 1), words_up_to(3, 1))
    assert meter.queries <= 16
    values, rows, suffixes = table.values.copy(), dict(table.rows), dict(table.suffixes)
    with pytest.raises(BudgetExhausted):
        table.add(words_up_to(3, 2), words_up_to(3, 2))
    np.testing.assert_array_equal(table.values, values)
    assert (table.rows, table.suffixes) == (rows, suffixes)
    assert meter.queries <= limit
    meter.queries_limit = None
    table.add(words_up_to(3, 2), words_up_to(3, 2))
    assert table.values.shape[:2] == (13, 13)
    assert_holds(table, teacher)


def test_an_interruption_leaves_the_table_as_it_was(rng):
    class Stops(Stepping):
        left = 10**9

        def read(self, states):
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            return super().read(states)

    teacher = Stops(random_wfa(rng, 3, 2))
    table = HankelTable(teacher, words_up_to(2, 1), words_up_to(2, 1))
    before = table.values.copy()
    for left in range(4):
        teacher.left = left
        with pytest.raises(KeyboardInterrupt):
            table.add(words_up_to(2, 3), words_up_to(2, 2))
        np.testing.assert_array_equal(table.values, before)
        assert list(table.rows) == list(table.suffixes) == words_up_to(2, 1)
    teacher.left = 10**9
    table.add(words_up_to(2, 3), words_up_to(2, 2))
    assert_holds(table, teacher.inner)


def test_a_block_and_its_shifted_blocks(rng):
    teacher = random_wfa(rng, 4, 3, width=2)
    meter = Meter()
    table = HankelTable(metered(teacher, meter), suffixes=[(), (2,), (0, 1)])
    prefixes = [(1,), (), (0, 2), (1, 0)]
    block = table.block(prefixes)
    assert (block.prefixes, block.suffixes) == (tuple(prefixes), ((), (2,), (0, 1)))
    np.testing.assert_allclose(block.values, brute(teacher, prefixes, block.suffixes), rtol=1e-10)
    assert block.shifted.shape == (3, 4, 3, 2)
    for letter in range(3):
        expected = brute(teacher, [(*prefix, letter) for prefix in prefixes], block.suffixes)
        np.testing.assert_allclose(block.shifted[letter], expected, rtol=1e-10)
    # (1,) and (1, 0) are extensions as well as prefixes
    rows = {*prefixes, *((*prefix, letter) for prefix in prefixes for letter in range(3))}
    assert meter.queries == len(rows) * 3
    table.block(prefixes)
    assert meter.queries == len(rows) * 3


def test_a_block_of_vectors_keeps_columns_apart():
    """A function that counts letters, one score a letter."""
    counts = WFA(
        Alphabet.of_size(2),
        [0.0, 0.0, 1.0],
        [[[1, 0, 0], [0, 1, 0], [1, 0, 1]], [[1, 0, 0], [0, 1, 0], [0, 1, 1]]],
        [[1, 0], [0, 1], [0, 0]],
    )
    values = tabulate(counts, [(), (0, 0)], [(1,), (0, 1, 1)])
    assert values.tolist() == [[[0, 1], [1, 2]], [[2, 1], [3, 2]]]


def test_words_may_be_text_symbols_or_indices(rng):
    made = random_wfa(rng, 4, 2)
    teacher = WFA(Alphabet(("1", "0")), made.initial, made.transitions, made.final)
    expected = tabulate(teacher, [(0,), (1, 1)], [(1, 0)])
    np.testing.assert_array_equal(tabulate(teacher, ["1", "00"], [["0", "1"]]), expected)
    for wrong in (["2"], [(-1,)], [(0, 2)]):
        with pytest.raises(InputError, match="unknown symbol"):
            tabulate(teacher, wrong, [()])
        with pytest.raises(InputError, match="unknown symbol"):
            tabulate(teacher, [()], wrong)
