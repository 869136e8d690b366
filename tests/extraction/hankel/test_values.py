"""Values of words are products over what follows their prefixes, however many are tabulated at once."""

from functools import cache

import numpy as np
import pytest
import torch
from doubles import Stepping, WholeWords, random_words, words_up_to

from nerode.automata.pdfa import PDFA
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.extraction.hankel import values
from nerode.extraction.hankel.values import tabulate_prefix_values, tabulate_word_values
from nerode.links import NextSymbol
from nerode.protocols import SteppingTeacher, TwoWayTeacher
from nerode.teachers.asking import teacher_of
from nerode.teachers.encoding import Encoding
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.words import Alphabet

LETTERS = 3
MARKED = Encoding(begin=(3,), finish=(4,), offset=0)
WIDTH = LETTERS + 2  # one symbol can never follow


def network_teacher(network, squash="none"):
    """In double precision, with weights large enough for words to be told apart."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for weights in network.double().parameters():
            weights.copy_(torch.empty_like(weights).normal_(0, 0.6, generator=generator))
    return teacher_of(network, Alphabet.of_size(LETTERS), NextSymbol(LETTERS, squash), MARKED, WIDTH)


def recurrent(bidirectional, layers=1, squash="none"):
    return network_teacher(RecurrentNetwork(RecurrentSpec("gru", 5, 6, (WIDTH,), layers, bidirectional)), squash)


TEACHERS = {
    "gru": lambda: recurrent(False),
    "gru, sigmoid": lambda: recurrent(False, squash="sigmoid"),
    "bidirectional gru": lambda: recurrent(True),
    "two bidirectional layers": lambda: recurrent(True, 2),
    "transformer": lambda: network_teacher(CausalTransformer(TransformerSpec(5, 8, 2, 1, 9, WIDTH))),
    "whole words": lambda: WholeWords(recurrent(False)),
    "PDFA": lambda: random_pdfa(np.random.default_rng(2), 5, LETTERS),
}


@pytest.fixture(scope="module", params=TEACHERS)
def teacher(request):
    return TEACHERS[request.param]()


def slow(after, word, ends):
    """The definition, a word at a time."""
    value = 0.0
    for length, letter in enumerate([*word, LETTERS] if ends else word):
        value += after(word[:length])[letter]
        if value == -np.inf:
            break
    return value


def assert_tables(teacher, prefixes, suffixes):
    @cache
    def after(word):
        """The log-probabilities of what follows a word, which is asked alone."""
        return teacher.link.log_probabilities(teacher.scores([word]))[0]

    for ends, table in ((True, tabulate_word_values), (False, tabulate_prefix_values)):
        found = table(teacher, prefixes, suffixes)
        expected = np.array([[slow(after, p + s, ends) for s in suffixes] for p in prefixes])
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, expected.reshape(len(prefixes), len(suffixes)), rtol=1e-9, atol=1e-10)


def test_the_kinds_differ():
    kinds = {name: make() for name, make in TEACHERS.items()}
    assert {name for name, teacher in kinds.items() if isinstance(teacher, TwoWayTeacher)} == {"bidirectional gru"}
    whole = {name for name, teacher in kinds.items() if not isinstance(teacher, TwoWayTeacher | SteppingTeacher)}
    assert whole == {"two bidirectional layers", "whole words"}


@pytest.mark.sampled(4)
def test_all_short_words(teacher):
    words = words_up_to(LETTERS, 2)
    assert_tables(teacher, words, words)


@pytest.mark.sampled(4)
def test_words_in_any_order_with_repetitions(teacher, rng):
    prefixes, suffixes = random_words(rng, LETTERS, 9, 7), random_words(rng, LETTERS, 9, 6)
    assert_tables(teacher, [*prefixes, prefixes[0]], [*suffixes, suffixes[0], (1, 1, 2)])


@pytest.mark.parametrize(
    ("prefixes", "suffixes"), [([()], [()]), ([(0, 1)], [()]), ([()], [(2, 0)]), ([(1, 1, 1), ()], [(0,) * 5])]
)
def test_few_words(teacher, prefixes, suffixes):
    assert_tables(teacher, prefixes, suffixes)


def test_nothing(teacher):
    for table in (tabulate_word_values, tabulate_prefix_values):
        assert table(teacher, [], [()]).shape == (0, 1)
        assert table(teacher, [(), (1,)], []).shape == (2, 0)


@pytest.mark.parametrize(("tile", "rows"), [(1, 7), (1, 10**6), (3, 1), (1000, 7), (1000, 10**6)])
@pytest.mark.parametrize("name", ["gru", "bidirectional gru", "whole words"])
@pytest.mark.sampled(5)
def test_tiles(monkeypatch, rng, name, tile, rows):
    prefixes, suffixes = random_words(rng, LETTERS, 10, 6), [*words_up_to(LETTERS, 2), (0, 1, 2, 0)]
    monkeypatch.setattr(values, "BYTES", tile * 30 * WIDTH * 8)  # a prefix has 15 + 6 + 1 vectors of scores, or fewer
    monkeypatch.setattr(values, "ROWS", rows)
    assert_tables(TEACHERS[name](), prefixes, suffixes)


def test_no_more_scores_are_kept_than_there_is_room_for(monkeypatch):
    kept = []

    def tabulate(teacher, prefixes, suffixes):
        kept.append(len(prefixes))
        assert (len(prefixes) * (len(suffixes) + 1)) * teacher.width * 8 <= values.BYTES
        return original(teacher, prefixes, suffixes)

    original = values.tabulate
    monkeypatch.setattr(values, "tabulate", tabulate)
    monkeypatch.setattr(values, "BYTES", 50 * 24 * WIDTH * 8)
    tabulate_word_values(TEACHERS["gru"](), words_up_to(LETTERS, 4), words_up_to(LETTERS, 2))
    assert len(kept) > 1
    assert sum(kept) == 121
    assert max(kept) >= 30  # tiles are filled


def test_ends_are_asked_only_where_they_count(rng):
    """For prefix values nothing is asked after the last letter."""
    teacher = WholeWords(random_pdfa(rng, 5, LETTERS))
    tabulate_prefix_values(teacher, [()], [(0, 1, 2), (0, 2)])
    assert set(teacher.asked) == {(), (0,), (0, 1)}
    teacher = WholeWords(teacher.inner)
    tabulate_word_values(teacher, [()], [(0, 1, 2), (0, 2)])
    assert set(teacher.asked) == {(), (0,), (0, 1), (0, 2), (0, 1, 2)}


def test_each_word_of_the_table_is_read_once(rng):
    """The steps are the letters of the prefixes, twice, and for each prefix the nodes of the suffix trie."""
    teacher = Stepping(random_pdfa(rng, 5, LETTERS))
    prefixes, suffixes = [(0, 1), (2,)], words_up_to(LETTERS, 2)
    tabulate_word_values(teacher, prefixes, suffixes)
    assert teacher.steps == 2 * 3 + 2 * 12
    assert not teacher.asked


def test_probabilities_of_words_sum_to_those_of_their_prefixes(rng):
    """Words that begin with p, up to the length where nearly all have ended."""
    pdfa = random_pdfa(rng, 4, 2)
    words = words_up_to(2, 11)
    prefixes = words_up_to(2, 2)
    inside = np.exp(tabulate_word_values(pdfa, prefixes, words)).sum(axis=1)
    longer = np.exp(tabulate_prefix_values(pdfa, prefixes, words_up_to(2, 12)[len(words) :])).sum(axis=1)
    np.testing.assert_allclose(inside + longer, np.exp(tabulate_prefix_values(pdfa, prefixes, [()]))[:, 0], rtol=1e-10)


class Dead(WholeWords):
    """After `lost`, nothing can follow: no distribution at all."""

    def __init__(self, inner, lost, score):
        super().__init__(inner)
        self.lost, self.score = lost, score

    def scores(self, words):
        scores = super().scores(words)
        for row, word in zip(scores, words, strict=True):
            if word[: len(self.lost)] == self.lost:
                row[:] = self.score
        return scores


def gaps():
    """After 0 the letter 1 is impossible, and so is the end of ε."""
    probabilities = [[0.5, 0.3, 0.2, 0.0], [0.5, 0.0, 0.25, 0.25]]
    return PDFA(Alphabet.of_size(LETTERS), transitions=[[1, 0, 0], [1, 0, 0]], probabilities=probabilities, initial=0)


@pytest.mark.parametrize("score", [-np.inf, np.nan])
def test_what_is_impossible_stays_so(score):
    """Whatever the scores are after an impossible word, without a warning."""
    words = words_up_to(LETTERS, 2)
    for teacher in (gaps(), WholeWords(gaps()), Dead(gaps(), (0, 1), score)):
        assert_tables(teacher, words, words)
        found = tabulate_word_values(teacher, words, words)
        assert np.isneginf(found[words.index(()), words.index(())])
        assert np.isneginf(found[words.index((0, 1))]).all()
        assert np.isneginf(found[words.index((2, 0)), words.index((1,))])
        assert np.isfinite(found).any()


@pytest.mark.parametrize("prefix", [(), (0,), (0, 2), (0, 2, 1)])
@pytest.mark.parametrize("table", [tabulate_word_values, tabulate_prefix_values])
def test_possible_words_without_numbers_are_refused(table, prefix):
    teacher = Dead(gaps(), (0, 2), np.nan)
    with pytest.raises(InputError, match=r"of the word 02.*are not numbers"):
        table(teacher, [(1,), prefix], [(0, 2, 1, 1)[len(prefix) :], ()])


@pytest.mark.parametrize("table", [tabulate_word_values, tabulate_prefix_values])
def test_other_teachers_are_refused(rng, table):
    for teacher in (random_dfa(rng, 3, 2), random_wfa(rng, 3, 2)):
        for prefixes in ([()], []):
            with pytest.raises(InputError, match="only a language model"):
                table(teacher, prefixes, [()])


def test_a_thousand_letters_do_not_underflow():
    found = tabulate_word_values(gaps(), [(2,) * 1000], [(1,) * 1000 + (0,)])
    np.testing.assert_allclose(found, [[1000 * np.log(0.2) + 1000 * np.log(0.3) + np.log(0.5) + np.log(0.25)]], rtol=1e-12)
