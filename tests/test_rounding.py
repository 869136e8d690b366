"""Answers in exact mode are the same to the last bit however a word is asked; those of plain networks are not."""

import numpy as np
import pytest
import torch
from doubles import WholeWords, random_words, words_up_to

from nerode import stepping
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.extraction.budget import Meter, metered
from nerode.extraction.hankel import walks
from nerode.extraction.hankel.tables import HankelTable, tabulate
from nerode.links import Binary, Multiclass, NextSymbol
from nerode.protocols import SteppingTeacher, TwoWayTeacher, take
from nerode.rounding import exact
from nerode.stepping import TwoWay, prefix_scores
from nerode.teachers.asking import teacher_of
from nerode.teachers.distilbert import DistilBertNetwork, DistilBertSpec
from nerode.teachers.encoding import Encoding
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.words import Alphabet

ALPHABET = Alphabet(("a", "b", "c"))
LETTERS = len(ALPHABET)
TOKENS = 7
MARKED = Encoding(begin=(0, 6), finish=(5, 1), offset=2)


def spread(network):
    """Weights large enough for words to be told apart."""
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for weights in network.parameters():
            weights.copy_(torch.empty_like(weights).normal_(0, 0.5, generator=generator))
    return network


def recurrent_teacher(cell, layers=1, bidirectional=False, hidden=33):
    """33 cells are no multiple of what kernels work on at once."""
    spec = RecurrentSpec(cell, TOKENS, hidden, (6, 4), layers, bidirectional, 5)
    return teacher_of(spread(RecurrentNetwork(spec)), ALPHABET, Multiclass(), MARKED, spec.width)


def transformer_teacher():
    spec = TransformerSpec(TOKENS, dim=18, heads=2, layers=2, feedforward=37, width=LETTERS + 1)
    return teacher_of(spread(CausalTransformer(spec)), ALPHABET, NextSymbol(LETTERS), MARKED, spec.width)


def distilbert_teacher():
    spec = DistilBertSpec(tokens=TOKENS, longest=70, layers=2, dim=18, heads=2, feedforward=37, width=1)
    return teacher_of(spread(DistilBertNetwork(spec)), ALPHABET, Binary(), MARKED, 1)


TEACHERS = {
    **{cell: (lambda cell=cell: recurrent_teacher(cell)) for cell in ("rnn", "gru", "lstm")},
    **{f"stacked {cell}": (lambda cell=cell: recurrent_teacher(cell, layers=2)) for cell in ("rnn", "gru", "lstm")},
    **{f"bidirectional {cell}": (lambda cell=cell: recurrent_teacher(cell, 1, True)) for cell in ("rnn", "gru", "lstm")},
    "stacked bidirectional gru": lambda: recurrent_teacher("gru", 2, True),
    "wide lstm": lambda: recurrent_teacher("lstm", hidden=150),
    "causal transformer": transformer_teacher,
    "DistilBERT": distilbert_teacher,
    "PDFA": lambda: random_pdfa(np.random.default_rng(3), 19, LETTERS),
}


@pytest.fixture(scope="module", params=TEACHERS)
def teacher(request):
    return TEACHERS[request.param]()


@pytest.fixture(scope="module")
def words():
    rng = np.random.default_rng(5)
    words = [*words_up_to(LETTERS, 3), *random_words(rng, LETTERS, 150, 14), (1,) * 30]
    return [words[i] for i in rng.permutation(len(words))]


def all_ways(teacher, words, monkeypatch):
    """The scores (n, width) of the words, asked in many ways; each with the name of its way."""
    rng = np.random.default_rng(8)
    yield "at once", teacher.scores(words)
    for _ in range(2):
        order = rng.permutation(len(words))
        scores = np.empty((len(words), teacher.width))
        scores[order] = teacher.scores([words[i] for i in order])
        yield "in another order", scores
    for size in (1, 7, 64, 65):
        yield (
            f"{size} at a time",
            np.concatenate([teacher.scores(words[begin : begin + size]) for begin in range(0, len(words), size)]),
        )
    doubled = teacher.scores([word for word in words for _ in range(2)])
    yield "twice", doubled[::2]
    yield "twice, the second time", doubled[1::2]
    scores, offsets = prefix_scores(teacher, words)
    yield "with all prefixes", scores[offsets[1:] - 1]
    longer = [(*word, 0, 2) for word in words]
    scores, offsets = prefix_scores(teacher, longer)
    yield "as prefixes of longer words", scores[offsets[1:] - 3]
    with monkeypatch.context() as patch:
        patch.setattr(stepping, "BATCH", 10)
        yield "read ten side by side", teacher.scores(words)


def tables(teacher, prefixes, suffixes, monkeypatch):
    """The scores (P, S, width) in tables of several shapes."""
    yield "at once", tabulate(teacher, prefixes, suffixes)
    yield "row by row", np.concatenate([tabulate(teacher, [prefix], suffixes) for prefix in prefixes])
    yield "column by column", np.concatenate([tabulate(teacher, prefixes, [suffix]) for suffix in suffixes], axis=1)
    yield "backwards", tabulate(teacher, prefixes[::-1], suffixes[::-1])[::-1, ::-1]
    growing = HankelTable(teacher, prefixes[:5], suffixes[:3])
    growing.add(prefixes[5:], suffixes[3:9])
    growing.add((), suffixes[9:])
    yield "growing", growing.values
    for tile in (37, 500):
        with monkeypatch.context() as patch:
            patch.setattr(walks, "TILE", tile)
            yield f"in tiles of {tile}", tabulate(teacher, prefixes, suffixes)


def test_every_way_of_asking_gives_the_same_bits(teacher, words, monkeypatch):
    (_, first), *others = all_ways(exact(teacher), words, monkeypatch)
    for way, scores in others:
        np.testing.assert_array_equal(scores, first, err_msg=way)


def test_every_table_holds_the_same_bits(teacher, words, monkeypatch):
    same = exact(teacher)
    prefixes, suffixes = words_up_to(LETTERS, 3), list(dict.fromkeys(words))[:23]
    expected = same.scores([p + s for p in prefixes for s in suffixes]).reshape(len(prefixes), len(suffixes), -1)
    for way, values in tables(same, prefixes, suffixes, monkeypatch):
        np.testing.assert_array_equal(values, expected, err_msg=way)


def test_other_numbers_of_rows_keep_the_promise_too(words, monkeypatch):
    for rows in (32, 96):
        (_, first), *others = all_ways(exact(recurrent_teacher("gru"), rows), words, monkeypatch)
        assert all((scores == first).all() for _, scores in others)


@pytest.mark.parametrize("name", ["gru", "bidirectional lstm", "causal transformer"])
def test_a_plain_network_keeps_no_such_promise(name, words, monkeypatch):
    """Else the tests above show nothing."""
    (_, first), *others = all_ways(TEACHERS[name](), words, monkeypatch)
    assert any((scores != first).any() for _, scores in others)


def test_it_is_the_same_function_and_of_the_same_kind(teacher, words):
    same = exact(teacher)
    expected = teacher.scores(words)
    np.testing.assert_allclose(same.scores(words), expected, rtol=0, atol=1e-5 * np.abs(expected).max())
    assert (same.alphabet, same.width, same.link) == (teacher.alphabet, teacher.width, teacher.link)
    for kind in (SteppingTeacher, TwoWayTeacher):
        assert isinstance(same, kind) == isinstance(teacher, kind)


def test_nothing_asked_is_nothing_answered(teacher):
    same = exact(teacher)
    assert same.scores([]).shape == (0, teacher.width)
    if isinstance(same, SteppingTeacher):
        nobody = np.zeros(0, np.int64)
        after = same.advance(same.start(), nobody, nobody)
        assert len(after[0]) == 0
        assert same.read(after).shape == (0, teacher.width)


def test_parents_are_taken_in_any_order(rng):
    dfa = random_dfa(rng, 30, LETTERS)
    states = (np.arange(30),)
    parents, symbols = rng.integers(30, size=200), rng.integers(LETTERS, size=200)
    np.testing.assert_array_equal(exact(dfa).advance(states, parents, symbols)[0], dfa.transitions[parents, symbols])


class Shapes:
    """A stepping teacher that notes how many rows it is asked for."""

    def __init__(self, inner):
        self.inner = inner
        self.alphabet, self.width, self.link = inner.alphabet, inner.width, inner.link
        self.rows = set()

    def scores(self, words):
        raise AssertionError("a stepping teacher is asked in steps")

    def start(self):
        return self.inner.start()

    def advance(self, states, parents, symbols):
        self.rows |= {len(states[0]), len(parents), len(symbols)}
        return self.inner.advance(states, parents, symbols)

    def read(self, states):
        self.rows.add(len(states[0]))
        return self.inner.read(states)


def test_a_stepping_teacher_sees_one_shape(rng, words):
    shapes = [Shapes(random_wfa(rng, 3, LETTERS)) for _ in range(2)]
    for teacher in (shapes[0], TwoWay(*shapes)):
        exact(teacher).scores(words)
        tabulate(exact(teacher), words[:50], words[:3])
    assert [teacher.rows for teacher in shapes] == [{64}, {64}]


def test_a_whole_word_teacher_sees_one_shape_a_length(rng, words):
    asked = []

    class Noting(WholeWords):
        def scores(self, words):
            asked.append((len(words), {len(word) for word in words}))
            return super().scores(words)

    exact(Noting(random_dfa(rng, 3, LETTERS)), rows=32).scores(words)
    assert {rows for rows, _ in asked} == {32}
    assert all(len(lengths) == 1 for _, lengths in asked)


def test_it_can_be_metered(words):
    meter = Meter()
    metered(exact(recurrent_teacher("gru")), meter).scores(words)
    assert meter.queries == len(words)


def test_words_may_be_text_and_must_be_known(teacher):
    same = exact(teacher)
    symbols = teacher.alphabet.symbols
    np.testing.assert_array_equal(same.scores([symbols[2] + symbols[0]]), same.scores([(2, 0)]))
    with pytest.raises(InputError, match="unknown symbol"):
        same.scores([(0, LETTERS)])


def test_states_of_an_exact_teacher_can_be_taken_apart(words):
    """What tables do between two steps."""
    same = exact(recurrent_teacher("lstm"))
    first = same.advance(same.start(), np.zeros(100, np.int64), np.arange(100) % LETTERS)
    some = take(first, np.array([99, 0, 40]))
    np.testing.assert_array_equal(same.read(some), same.scores([(0,), (0,), (1,)]))


@pytest.mark.parametrize("rows", [0, -64, 1, 63])
def test_other_rows_are_refused(rows):
    with pytest.raises(InputError, match=f"multiple of 32, not {rows}"):
        exact(recurrent_teacher("gru"), rows)
