"""Words that differ, and a measure of words, for tests of where words come from."""

import numpy as np


def distinct_words(count):
    """Words of 12 letters that all differ."""
    return [tuple(int(bit) for bit in f"{number:012b}") for number in range(count)]


def threes(count):
    """Words of 32 letters that all differ, and that hardly any random one is."""
    return [(2,) * 20 + word for word in distinct_words(count)]


def repeats(words):
    """The share of the words that have a letter three times in a row."""
    return np.mean([any(word[i] == word[i + 1] == word[i + 2] for i in range(len(word) - 2)) for word in words])
