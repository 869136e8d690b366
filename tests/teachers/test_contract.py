"""One contract for every kind of teacher: it answers as the slow truth does, however it is asked."""

import numpy as np
import pytest
import torch
from cases import LETTERS, STEPPING, TWO_WAY, WHOLE
from doubles import random_words, words_up_to
from kinds import CASES
from thorough import times, up_to

from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.extraction.hankel import walks
from nerode.extraction.hankel.tables import tabulate
from nerode.links import NextSymbol
from nerode.protocols import BranchingTeacher, SteppingTeacher, Teacher, TreeTeacher, TwoWayTeacher, take
from nerode.stepping import prefix_scores
from nerode.teachers import attention, huggingface_caches
from nerode.tries import preorder, trie

SHAPES = [(1, 3), (7, 5), (10**6, 7)]  # of tables: the rows of a tile, and all rows


@pytest.fixture(scope="module")
def words():
    rng = np.random.default_rng(5)
    words = [*words_up_to(LETTERS, 2), *random_words(rng, LETTERS, 20, 12), (), (2, 0), (2, 0), (1,) * 30]
    return [words[i] for i in rng.permutation(len(words))]


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return CASES[request.param]()


@pytest.fixture(scope="module")
def expected(case, words):
    with torch.inference_mode():
        return np.array([np.asarray(case.truth(word), np.float64) for word in words])


def assert_close(case, scores, expected):
    assert scores.shape == expected.shape
    np.testing.assert_allclose(scores, expected, rtol=0, atol=case.tolerance)


def ways(case):
    """The parts of a teacher that keep states."""
    return {STEPPING: lambda: [case.teacher], TWO_WAY: lambda: [case.teacher.forward, case.teacher.backward], WHOLE: list}[
        case.kind
    ]()


def some_states(teacher):
    """The states after five words of three letters."""
    states = teacher.start()
    for symbols in ([2, 0, 0, 1, 1], [0, 1, 2, 0, 1], [1, 1, 2, 2, 0]):
        states = teacher.advance(states, np.arange(5) % len(states[0]), np.array(symbols))
    return states


class TestContract:
    @pytest.mark.sampled(26)
    def test_it_is_of_its_kind(self, case):
        assert isinstance(case.teacher, Teacher)
        assert isinstance(case.teacher, SteppingTeacher) == (case.kind == STEPPING)
        assert isinstance(case.teacher, TwoWayTeacher) == (case.kind == TWO_WAY)
        assert len(case.teacher.alphabet) == LETTERS

    @pytest.mark.sampled(26)
    def test_the_truth_tells_words_apart(self, case, expected):
        """Else nothing below could fail."""
        distinct = len(np.unique(expected.round(6), axis=0))
        assert distinct >= (2 if expected.shape[1] == 1 and set(np.unique(expected)) <= {-1.0, 1.0} else 3)

    @pytest.mark.sampled(26)
    def test_scores_are_the_truth(self, case, words, expected):
        assert case.teacher.scores(words).dtype == np.float64
        assert_close(case, case.teacher.scores(words), expected)

    @pytest.mark.sampled(26)
    def test_no_answer_depends_on_the_batch(self, case, words):
        together = case.teacher.scores(words)
        some = [0, int(np.argmax([len(word) for word in words])), *range(times(1, 2), len(words), times(3, 1))]
        assert_close(case, np.concatenate([case.teacher.scores([words[i]]) for i in some]), together[some])
        assert_close(case, case.teacher.scores(words[::-1])[::-1], together)

    @pytest.mark.sampled(26)
    def test_asking_changes_nothing(self, case, words):
        assert_close(case, case.teacher.scores(words), case.teacher.scores(words))

    @pytest.mark.sampled(26)
    def test_the_empty_word_and_no_words(self, case):
        with torch.inference_mode():
            truth = np.array([np.asarray(case.truth(()), np.float64)])
        assert_close(case, case.teacher.scores([()]), truth)
        assert_close(case, case.teacher.scores([(), ()]), np.concatenate([truth, truth]))
        assert case.teacher.scores([]).shape == (0, case.teacher.width)

    @pytest.mark.sampled(26)
    def test_words_may_be_text_symbols_or_indices(self, case):
        symbols = case.teacher.alphabet.symbols
        given = [(2, 0, 1), (), (1,)]
        expected = case.teacher.scores(given)
        for words in (
            ["".join(symbols[i] for i in word) for word in given],
            [[symbols[i] for i in word] for word in given],
            [np.array(word, np.int64) for word in given],
        ):
            assert_close(case, case.teacher.scores(words), expected)

    def test_unknown_symbols_are_refused(self, case):
        for word in ((0, LETTERS), (-1,), "z", ["z"]):
            with pytest.raises(InputError, match="unknown symbol"):
                case.teacher.scores([(0,), word])

    @pytest.mark.sampled(26)
    def test_the_link_reads_the_scores(self, case, words, expected):
        labels = case.teacher.link.labels(expected) if not isinstance(case.teacher, WFA) else np.zeros(len(words), np.int64)
        assert labels.shape == (len(words),)
        if isinstance(case.teacher.link, NextSymbol):
            logs = case.teacher.link.log_probabilities(expected)
            assert logs.shape == (len(words), LETTERS + 1)
            assert (np.exp(logs).sum(axis=1) <= 1 + 1e-9).all()

    @pytest.mark.sampled(26)
    def test_scores_of_all_prefixes(self, case, words):
        words = words[:12]
        scores, offsets = prefix_scores(case.teacher, words)
        assert offsets.tolist() == np.cumsum([0, *(len(word) + 1 for word in words)]).tolist()
        prefixes = [word[:length] for word in words for length in range(len(word) + 1)]
        assert_close(case, scores, case.teacher.scores(prefixes))

    @pytest.mark.parametrize("turn", up_to(1, len(SHAPES)))
    @pytest.mark.sampled(26)
    def test_a_table_holds_the_scores_of_its_words(self, request, monkeypatch, case, words, turn):
        """Neighbouring kinds of teachers in tables of different shapes, and each in all shapes in a thorough run."""
        number = list(CASES).index(request.node.callspec.params["case"])
        tile, rows = SHAPES[(number + turn) % len(SHAPES)]
        monkeypatch.setattr(walks, "TILE", tile)
        for teacher in ways(case):
            if isinstance(teacher, BranchingTeacher | TreeTeacher):
                monkeypatch.setattr(type(teacher), "tile", tile)
        prefixes, suffixes = words[:rows], [*words_up_to(LETTERS, 2), *words[9:13]]
        values = tabulate(case.teacher, prefixes, suffixes)
        assert values.shape == (len(prefixes), len(suffixes), case.teacher.width)
        expected = case.teacher.scores([p + s for p in prefixes for s in suffixes])
        assert_close(case, values.reshape(expected.shape).astype(np.float64), expected)

    @pytest.mark.sampled(26)
    def test_states_can_be_kept(self, case):
        """Parents in any order, some of them often and some never."""
        rng = np.random.default_rng(8)
        for teacher in ways(case):
            words, states = [()], teacher.start()
            for count in (3, 7, 2, 9):
                parents, symbols = rng.integers(len(words), size=count), rng.integers(LETTERS, size=count)
                before = [part.tolist() for part in states]
                children = teacher.advance(states, parents, symbols)
                assert [part.tolist() for part in states] == before  # the parents are still there, unharmed
                words = [(*words[parent], symbol) for parent, symbol in zip(parents.tolist(), symbols.tolist(), strict=True)]
                states = children
                assert {len(part) for part in states} == {count}
                first = teacher.read(states)
                assert_close(case, teacher.read(states), first)
                assert_close(case, first.astype(np.float64), teacher.scores(words))
                some = np.array([count - 1, 0, 0])
                assert_close(case, teacher.read(take(states, some)), first[some])
            none, one = np.zeros(0, np.int64), np.zeros(1, np.int64)
            nobody = teacher.advance(states, none, none)
            after = teacher.advance(states, one, one)  # of the same shape but for the rows
            assert [part.shape for part in nobody] == [(0, *part.shape[1:]) for part in after]
            assert teacher.read(nobody).shape == (0, teacher.width)

    @pytest.mark.sampled(26)
    def test_branches_are_steps(self, case):
        """Each symbol after all states at once; and the states that they grow from stay as they are."""
        rows = np.arange(5)
        for teacher in ways(case):
            if isinstance(teacher, BranchingTeacher):
                states = some_states(teacher)
                for symbols in ([2, 0, 1], [1], [0, 0]):
                    before = [part.tolist() for part in states]
                    children = list(teacher.branch(states, symbols))
                    assert [part.tolist() for part in states] == before
                    for symbol, child in zip(symbols, children, strict=True):
                        slow = teacher.advance(states, rows, np.full(5, symbol))
                        assert_close(case, teacher.read(child), teacher.read(slow))
                        again, expected = (teacher.advance(after, rows, np.full(5, 1)) for after in (child, slow))
                        assert_close(case, teacher.read(again), teacher.read(expected))
                    states = children[0]
                assert list(teacher.branch(states, [])) == []

    @pytest.mark.sampled(26)
    def test_trees_are_steps(self, monkeypatch, case):
        """All words of a trie after all states at once, a few nodes at a time; the states stay as they are."""
        words = [(), (0,), (0, 1), (0, 1, 2), (0, 1, 2, 2), (0, 2), (1, 1), (2, 0), (2, 0, 0), (2, 2)]
        tree = preorder(trie(words))
        for teacher in ways(case):
            if isinstance(teacher, TreeTeacher):
                states = some_states(teacher)
                before = [part.tolist() for part in states]
                wanted = np.isin(np.arange(len(tree.symbols)), tree.ends)
                expected = []
                for word in words[1:]:
                    slow = states
                    for symbol in word:
                        slow = teacher.advance(slow, np.arange(5), np.full(5, symbol))
                    expected.append(teacher.read(slow))
                for group in (1, 3, 100):
                    monkeypatch.setattr(attention, "GROUP", group)
                    monkeypatch.setattr(huggingface_caches, "GROUP", group)
                    found = np.concatenate(list(teacher.read_tree(states, tree.parents, tree.symbols, wanted)))
                    assert [part.tolist() for part in states] == before
                    for scores, slow in zip(found, expected, strict=True):
                        assert_close(case, scores, slow)
