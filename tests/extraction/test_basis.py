from collections import Counter

import numpy as np
from doubles import random_words, words_up_to

from nerode.extraction.basis import cut


def test_every_word_is_cut_once(rng):
    words = random_words(rng, 3, 200, 9)
    prefixes, suffixes = cut(rng, words)
    assert prefixes[0] == suffixes[0] == ()
    assert len(set(prefixes)) == len(prefixes)
    assert len(set(suffixes)) == len(suffixes)
    beginnings, ends = set(prefixes), set(suffixes)
    assert all(any(word[:k] in beginnings and word[k:] in ends for k in range(len(word) + 1)) for word in words)
    assert all(any(word[: len(prefix)] == prefix for word in words) for prefix in prefixes)
    assert all(any(word[len(word) - len(suffix) :] == suffix for word in words) for suffix in suffixes)


def test_the_order_is_that_of_the_words(rng):
    words = words_up_to(2, 4)
    prefixes, _ = cut(rng, words)
    found = [next(i for i, word in enumerate(words) if word[: len(prefix)] == prefix) for prefix in prefixes[1:]]
    assert found[0] <= 2
    again = cut(np.random.default_rng(4), words)
    assert again == cut(np.random.default_rng(4), words)


def test_places_are_uniform(rng):
    word = (0, 1, 2, 3)
    lengths = Counter(len(cut(rng, [word])[0][-1]) for _ in range(2000))
    assert set(lengths) == {0, 1, 2, 3, 4}
    assert all(300 < count < 500 for count in lengths.values())


def test_no_words():
    rng = np.random.default_rng(0)
    assert cut(rng, []) == ([()], [()])
    assert cut(rng, [(), ()]) == ([()], [()])
