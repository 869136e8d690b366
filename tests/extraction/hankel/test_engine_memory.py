"""What the engine keeps at a time, and that tables are right however little that is."""

import numpy as np
import pytest
from doubles import Branching, Stepping, Tree, WholeWords, random_words, words_up_to

from nerode.datasets.random_automata import random_wfa
from nerode.extraction.hankel import tables, walks
from nerode.extraction.hankel.tables import HankelTable, tabulate
from nerode.stepping import TwoWay
from nerode.tries import trie

STATE = 4 * 8  # bytes of a state of a weighted automaton of four states


def brute(teacher, prefixes, suffixes):
    return teacher.scores([p + s for p in prefixes for s in suffixes]).reshape(len(prefixes), len(suffixes), -1)


class Watched(Branching):
    """Notes how many states it made in one call from the start, and by branching."""

    def __init__(self, inner):
        super().__init__(inner)
        self.most = 0

    def advance(self, states, parents, symbols):
        self.most = max(self.most, len(parents))
        return super().advance(states, parents, symbols)


@pytest.mark.parametrize("kind", [Stepping, Branching, Tree, lambda inner: TwoWay(Branching(inner), Branching(inner))])
@pytest.mark.parametrize("room", [1, 10 * STATE * 13, 10**9])
def test_prefixes_are_filled_in_runs_whose_states_fit(monkeypatch, rng, kind, room):
    monkeypatch.setattr(walks, "ROOM", room)
    teacher = kind(random_wfa(rng, 4, 3, width=2))
    prefixes, suffixes = random_words(rng, 3, 40, 12), words_up_to(3, 2)
    np.testing.assert_allclose(tabulate(teacher, prefixes, suffixes), brute(teacher, prefixes, suffixes), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize(("room", "most"), [(1, 1), (10 * STATE * 6, 10), (10**9, 40)])
def test_no_more_states_are_made_than_fit(monkeypatch, rng, room, most):
    monkeypatch.setattr(walks, "ROOM", room)
    teacher = Watched(random_wfa(rng, 4, 3))
    prefixes = [(0, *word, 1) for word in words_up_to(3, 3)]
    assert max(map(len, prefixes)) == 5
    tabulate(teacher, prefixes, [()])
    assert teacher.most <= most
    assert teacher.most >= most * 0.6


@pytest.mark.parametrize("cells", [1, 25, 10**6])
def test_whole_words_are_asked_some_suffixes_at_a_time(monkeypatch, rng, cells):
    monkeypatch.setattr(tables, "CELLS", cells)
    teacher = WholeWords(random_wfa(rng, 4, 3, width=2))
    prefixes, suffixes = random_words(rng, 3, 12, 5), random_words(rng, 3, 9, 5)
    found = tabulate(teacher, prefixes, suffixes)
    calls = len(teacher.asked) if cells == 1 else None
    np.testing.assert_allclose(found, brute(teacher.inner, prefixes, suffixes), rtol=1e-9, atol=1e-10)
    assert calls is None or calls == sum(len({p + s for p in prefixes}) for s in suffixes)


def test_kept_states_are_right_while_their_memory_grows(rng):
    """One row at a time, then many, then some that are known already."""
    teacher = Stepping(random_wfa(rng, 4, 3, width=2))
    table = HankelTable(teacher, suffixes=words_up_to(3, 1))
    words = list(dict.fromkeys(sorted(random_words(rng, 3, 80, 6), key=len)))
    for word in words[:30]:
        table.add(rows=[word])
    table.add(rows=words[30:])
    table.add(rows=words[::3], suffixes=[(2, 2)])
    expected = brute(teacher.inner, table.rows, table.suffixes)
    np.testing.assert_allclose(table.values, expected, rtol=1e-9, atol=1e-10)


def test_adding_rows_one_by_one_copies_few_states(monkeypatch, rng):
    copied = 0
    join = walks.join

    def counting(batches):
        nonlocal copied
        joined = join(batches)
        copied += len(joined[0])
        return joined

    monkeypatch.setattr(walks, "join", counting)
    kept = walks.KeptStates(random_wfa(rng, 4, 3))
    words = [word for word in words_up_to(3, 5) if word]
    for word in words:
        kept.after([word])
    assert copied < 10 * len(words)


@pytest.mark.parametrize("alive", [1, 2**30])
def test_a_tile_has_fewer_rows_where_many_siblings_wait(monkeypatch, rng, alive):
    monkeypatch.setattr(walks, "ALIVE", alive)
    teacher = Watched(random_wfa(rng, 4, 3))
    prefixes, suffixes = [(letter, other) for letter in range(3) for other in range(3)], words_up_to(3, 3)
    np.testing.assert_allclose(tabulate(teacher, prefixes, suffixes), brute(teacher, prefixes, suffixes), rtol=1e-9)


@pytest.mark.parametrize("longest", range(4))
def test_how_many_states_may_wait_is_what_a_walk_finds(longest):
    for words in (words_up_to(3, longest), random_words(np.random.default_rng(longest), 3, 30, 2 * longest)):
        closed = {word[:length] for word in words for length in range(len(word) + 1)}
        inner = {word[:-1] for word in closed if word}
        waiting, most = [()], 1
        while waiting:
            most = max(most, len(waiting))
            node = waiting.pop()
            waiting += [(*node, symbol) for symbol in range(3) if (*node, symbol) in inner]
        assert most <= walks._most_waiting(trie(words)) <= most + longest * 2 + 1
