from collections import Counter
from dataclasses import replace
from itertools import combinations, groupby, product

import numpy as np
import pytest
from doubles import WholeWords

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.datasets.random_automata import random_wfa
from nerode.errors import InputError
from nerode.links import NextSymbol
from nerode.sampling import crossed, extend, lengths_like, misspell, mutate, sample_words, uniform_words, words_with_runs
from nerode.stepping import TwoWay
from nerode.words import Alphabet, all_words

CHI_SQUARE_LIMIT = 6  # standard deviations


def assert_distributed(counts, probabilities):
    """Pearson's statistic stays near its mean; outcomes of probability 0 never occur."""
    assert set(counts) <= {outcome for outcome, p in probabilities.items() if p > 0}
    total = sum(counts.values())
    expected = {outcome: p * total for outcome, p in probabilities.items() if p > 0}
    statistic = sum((counts[outcome] - e) ** 2 / e for outcome, e in expected.items())
    freedom = len(expected) - 1
    assert statistic < freedom + CHI_SQUARE_LIMIT * np.sqrt(2 * freedom)


def edit_distance(a, b):
    """Levenshtein's distance."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row, above = [i], row
        for j, y in enumerate(b, start=1):
            row.append(min(row[-1] + 1, above[j] + 1, above[j - 1] + (x != y)))
    return row[-1]


def test_uniform_words(rng):
    words = uniform_words(rng, 3, np.array([2] * 9000 + [0, 5]))
    assert [len(word) for word in words] == [2] * 9000 + [0, 5]
    assert_distributed(Counter(words[:9000]), {(a, b): 1 / 9 for a in range(3) for b in range(3)})


def run_words(letters, length):
    """The distribution of `words_with_runs` by its definition: every run, every part of the alphabet, every word."""
    probabilities = Counter()
    words = [word for word in all_words(letters, length) if len(word) == length]
    for begin, end in product(range(length + 1), repeat=2):
        begin, end = min(begin, end), max(begin, end)
        for size in range(1, letters + 1):
            parts = list(combinations(range(letters), size))
            share = 1 / (length + 1) ** 2 / letters / len(parts)
            for part, word in product(parts, words):
                if set(word[begin:end]) <= set(part):
                    probabilities[word] += share / size ** (end - begin) / letters ** (length - end + begin)
    return probabilities


@pytest.mark.parametrize(("letters", "length"), [(3, 3), (2, 4), (4, 2), (3, 1)])
def test_words_with_runs_have_their_distribution(rng, letters, length):
    probabilities = run_words(letters, length)
    assert sum(probabilities.values()) == pytest.approx(1)
    words = words_with_runs(rng, letters, np.full(9000, length))
    assert_distributed(Counter(words), probabilities)


def test_words_with_runs_have_the_lengths_that_are_asked_for(rng):
    lengths = [0, 5, 0, 2, 30, 1]
    words = words_with_runs(rng, 5, lengths)
    assert [len(word) for word in words] == lengths
    assert {letter for word in words for letter in word} <= set(range(5))
    assert {type(letter) for word in words for letter in word} == {int}
    assert words_with_runs(rng, 5, np.zeros(0, np.int64)) == []
    assert words_with_runs(rng, 1, np.array([3, 0])) == [(0, 0, 0), ()]


def test_runs_show_in_large_alphabets(rng):
    """A word of a hundred letters out of a hundred has some letter four times in a row."""

    def share(words):
        return np.mean([any(len(set(word[i : i + 4])) == 1 for i in range(97)) for word in words])

    lengths = np.full(2000, 100)
    assert share(uniform_words(rng, 100, lengths)) < 0.002
    assert share(words_with_runs(rng, 100, lengths)) > 0.02


def test_lengths_like(rng):
    lengths = lengths_like(rng, [(), (0,), (1,), (0, 1, 1, 0)], 4000)
    assert_distributed(Counter(lengths.tolist()), {0: 0.25, 1: 0.5, 4: 0.25})
    with pytest.raises(InputError, match="empty list"):
        lengths_like(rng, [], 3)


def test_extend_keeps_the_word_in_front(rng):
    words = [(0, 1), (2,), ()] * 1000
    longer = extend(rng, words, 3, 4)
    assert all(new[: len(old)] == old for old, new in zip(words, longer, strict=True))
    added = Counter(len(new) - len(old) for old, new in zip(words, longer, strict=True))
    assert_distributed(added, dict.fromkeys(range(5), 0.2))
    assert extend(rng, words, 3, 0) == words


def test_mutate_stays_in_the_alphabet_and_makes_every_kind_of_edit(rng):
    word = (0, 1, 2, 3, 4, 5)
    once = mutate(rng, [word] * 2000, 6, edits=1)
    assert set().union(*once) == set(range(6))
    assert {len(new) for new in once} == {5, 6, 7}
    substituted = {new for new in once if len(new) == 6 and edit_distance(word, new) == 1}
    swapped = {(*word[:i], word[i + 1], word[i], *word[i + 2 :]) for i in range(5)}
    assert len(substituted) > 20
    assert swapped <= set(once)
    assert {new for new in once if len(new) == 5} == {word[:i] + word[i + 1 :] for i in range(6)}
    assert {new for new in once if len(new) == 7} <= {(*word[:i], a, *word[i:]) for i in range(7) for a in range(6)}
    assert any(edit_distance(word, new) > 3 for new in once)  # a tail drawn anew
    assert max(len(new) for new in mutate(rng, [word] * 2000, 6, edits=3)) == 9


def test_misspelt_words_have_one_or_two_letters_changed(rng):
    word = (0, 1, 2, 0)
    once, twice = (Counter(misspell(rng, [word] * 5000, 3, edits)) for edits in (1, 2))
    near = {other for other in all_words(3, 5) if edit_distance(word, other) <= 1}
    assert set(once) == near
    assert {edit_distance(word, other) for other in twice} == {0, 1, 2}
    assert set(misspell(rng, [()] * 100, 2, edits=1)) == {(0,), (1,)}


def test_mutate_of_short_words(rng):
    assert {len(word) for word in mutate(rng, [()] * 100, 2, edits=1)} == {1}
    assert set(mutate(rng, [(0,)] * 500, 1, edits=1)) == {(), (0,), (0, 0)}


def word_probabilities(pdfa, longest):
    """Of each word of fewer than `longest` letters its probability, of each of `longest` that of the prefix."""
    probabilities = {}
    for word in all_words(len(pdfa.alphabet), longest):
        state, p = pdfa.initial, 1.0
        for letter in word:
            p *= pdfa.probabilities[state, letter]
            state = pdfa.transitions[state, letter]
        probabilities[word] = p * (pdfa.probabilities[state, -1] if len(word) < longest else 1.0)
    return probabilities


@pytest.mark.parametrize("wrap", [lambda pdfa: pdfa, WholeWords], ids=["stepping", "whole words"])
def test_sampled_words_have_the_model_s_distribution(rng, wrap):
    pdfa = PDFA(Alphabet.of_size(2), [[1, 0], [0, 1]], [[0.5, 0.2, 0.3], [0.0, 0.6, 0.4]])
    probabilities = word_probabilities(pdfa, 4)
    assert sum(probabilities.values()) == pytest.approx(1)
    words = sample_words(rng, wrap(pdfa), 6000, longest=4)
    assert len(words) == 6000  # more than one batch
    assert_distributed(Counter(words), probabilities)


def test_both_ways_of_sampling_draw_the_same_words():
    pdfa = PDFA(Alphabet.of_size(2), [[1, 0], [0, 1]], [[0.5, 0.2, 0.3], [0.0, 0.6, 0.4]])
    stepping = sample_words(np.random.default_rng(5), pdfa, 100, longest=20)
    assert stepping == sample_words(np.random.default_rng(5), WholeWords(pdfa), 100, longest=20)


def test_words_drawn_in_two_ways_are_those_drawn_from_whole_words(rng):
    forward, backward = (replace(random_wfa(rng, 4, 2, width=3), link=NextSymbol(2)) for _ in range(2))
    both = TwoWay(forward, backward)
    drawn, whole = (sample_words(np.random.default_rng(5), teacher, 100, longest=12) for teacher in (both, WholeWords(both)))
    assert drawn == whole
    assert len(set(map(len, drawn))) > 3


def test_sampled_words_that_never_end_are_cut(rng):
    endless = PDFA(Alphabet.of_size(1), [[0]], [[1.0, 0.0]])
    assert sample_words(rng, endless, 3, longest=7) == [(0,) * 7] * 3
    assert sample_words(rng, endless, 2, longest=0) == [(), ()]


def test_symbols_that_cannot_follow_are_left_out(rng):
    class Marked(WholeWords):
        @property
        def link(self):
            return NextSymbol(1)

        def scores(self, words):
            return np.tile(np.log([0.1, 0.1, 0.8]), (len(words), 1))

    words = sample_words(rng, Marked(PDFA(Alphabet.of_size(1), [[0]], [[0.5, 0.5]])), 4000, longest=1)
    assert_distributed(Counter(words), {(): 0.5, (0,): 0.5})


def test_only_language_models_are_sampled(rng):
    with pytest.raises(InputError, match="'classifier'"):
        sample_words(rng, DFA(Alphabet.of_size(1), [[0]], [0]), 1, longest=3)


def test_crossed_words_are_a_word_with_a_part_of_another(rng):
    words = [tuple([number] * length) for number, length in enumerate((0, 1, 4, 9, 9))]
    made = crossed(rng, words, 300)
    assert len(made) == 300
    for word in made:
        runs = [(symbol, len(list(run))) for symbol, run in groupby(word)]
        assert len(runs) <= 3
        assert len({symbol for symbol, _ in runs}) <= 2
        if len(runs) == 3:
            assert runs[0][0] == runs[2][0]
    same = [word for word in made if set(word) <= {3, 4}]
    assert {len(word) for word in same if len(set(word)) == 2} == {9}
    with pytest.raises(InputError, match="no words to cross"):
        crossed(rng, [], 1)
