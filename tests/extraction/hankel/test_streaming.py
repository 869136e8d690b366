import numpy as np
import pytest
from doubles import Branching, WholeWords, random_words, words_up_to

from nerode.datasets.random_automata import random_dfa, random_wfa
from nerode.errors import InputError
from nerode.extraction.hankel import streaming
from nerode.extraction.hankel.factorisation import factorise
from nerode.extraction.hankel.streaming import factorise_streaming
from nerode.extraction.hankel.tables import HankelTable
from nerode.links import Value
from nerode.stepping import TwoWay
from nerode.words import Alphabet

TARGETS = {
    "WFA": lambda rng: random_wfa(rng, 5, 2, width=2),
    "branching": lambda rng: Branching(random_wfa(rng, 5, 2, width=2)),
    "DFA": lambda rng: random_dfa(rng, 6, 2),
    "two-way": lambda rng: TwoWay(random_wfa(rng, 3, 2), random_wfa(rng, 2, 2)),
    "whole words": lambda rng: WholeWords(random_wfa(rng, 4, 2)),
}


@pytest.fixture(params=[(1, 3), (2000, 7), (2**28, 64)], ids=str)
def tiles(request, monkeypatch):
    """Bytes and columns of a part: a row at a time, some rows, everything."""
    monkeypatch.setattr(streaming, "BYTES", request.param[0])
    monkeypatch.setattr(streaming, "COLUMNS", request.param[1])


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.sampled(5)
def test_a_function_of_low_rank_is_recovered_without_its_block(rng, tiles, name):
    target = TARGETS[name](rng)
    words = words_up_to(2, 4)
    factorisation = factorise_streaming(target, words, words[::-1], 20, rng)
    block = HankelTable(target, suffixes=words[::-1]).block(words)
    slow = factorise(block, 20)
    assert factorisation.rank == slow.rank
    np.testing.assert_allclose(
        factorisation.singular_values[: slow.rank], slow.singular_values[: slow.rank], rtol=1e-9, atol=1e-12
    )
    automaton = factorisation.automaton(factorisation.rank, 0.0, target.alphabet, target.link)
    fresh = random_words(rng, 2, 200, 20)
    expected = target.scores(fresh)
    np.testing.assert_allclose(automaton.scores(fresh), expected, rtol=0, atol=1e-7 * np.abs(expected).max())


class Fading(WholeWords):
    """A function of full rank whose singular values fade, as those of networks do."""

    def scores(self, words):
        return np.tanh(super().scores(words))


@pytest.mark.parametrize("rank", [3, 8])
def test_the_leading_part_of_a_function_of_full_rank_is_that_of_the_block_itself(rng, tiles, rank):
    target = Fading(random_wfa(rng, 6, 2))
    words = words_up_to(2, 5)
    fast = factorise_streaming(target, words, words, rank, rng)
    slow = factorise(HankelTable(target, suffixes=words).block(words), rank)
    assert fast.rank == slow.rank == rank
    assert slow.singular_values[rank] > 1e-4 * slow.singular_values[0]  # else nothing is left out
    np.testing.assert_allclose(fast.singular_values[:rank], slow.singular_values[:rank], rtol=1e-3)
    fresh = random_words(rng, 2, 300, 8)
    of_fast, of_slow = (
        factorisation.automaton(rank, 1e-6, Alphabet.of_size(2), Value()).scores(fresh) for factorisation in (fast, slow)
    )
    error = np.abs(of_slow - target.scores(fresh)).mean()
    assert np.abs(of_fast - of_slow).mean() < 0.2 * error  # far closer to each other than either is to the function


def test_the_same_seed_gives_the_same_automaton(rng):
    target = Fading(random_wfa(rng, 6, 2))
    words = words_up_to(2, 4)
    first, again, other = (factorise_streaming(target, words, words, 4, np.random.default_rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.middle, again.middle)
    assert not np.array_equal(first.middle, other.middle)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_that_are_not_finite_are_refused(rng, bad):
    class Broken(WholeWords):
        def scores(self, words):
            return np.where([[word == (0, 1)] for word in words], bad, super().scores(words))

    words = words_up_to(2, 2)
    with pytest.raises(InputError, match="finite"):
        factorise_streaming(Broken(random_wfa(rng, 3, 2)), words, words, 3, rng)
