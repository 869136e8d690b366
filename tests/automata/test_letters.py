from string import ascii_letters, ascii_lowercase, ascii_uppercase

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import times

from nerode.automata.dfa import DFA
from nerode.automata.letters import class_names, legend, letter_classes
from nerode.datasets.random_automata import random_dfa
from nerode.words import Alphabet, all_words

SCATTERED = [[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]]


@settings(max_examples=times(60, 2400), deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 9))
def test_classes_are_of_equal_columns(seed, states, letters):
    rng = np.random.default_rng(seed)
    dfa = DFA(Alphabet.of_size(letters), rng.integers(0, states, (states, letters)), np.zeros(states, int))
    naive = {}
    for letter in range(letters):
        naive.setdefault(tuple(dfa.transitions[:, letter].tolist()), []).append(letter)
    assert letter_classes(dfa.transitions) == list(naive.values())


def test_letters_of_a_class_can_take_each_others_place_and_others_cannot(rng):
    which = np.array([0, 1, 0, 2, 1, 0])
    small = random_dfa(rng, 6, 3)
    dfa = DFA(Alphabet.of_size(6), small.transitions[:, which], small.labels)
    assert letter_classes(dfa.transitions) == [[0, 2, 5], [1, 4], [3]]
    words = list(all_words(6, 4))
    labels = dict(zip(words, dfa.predict(words).tolist(), strict=True))

    def alike(a, b):
        other = {a: b, b: a}
        return all(label == labels[tuple(other.get(letter, letter) for letter in word)] for word, label in labels.items())

    assert [[b for b in range(6) if a == b or alike(a, b)] for a in range(6)] == [
        [0, 2, 5],
        [1, 4],
        [0, 2, 5],
        [3],
        [1, 4],
        [0, 2, 5],
    ]


def test_only_scattered_classes_of_large_alphabets_get_names():
    brackets = Alphabet(("(", ")", *ascii_lowercase))
    assert class_names(brackets, [[0], [1], list(range(2, 28))]) == {}
    assert class_names(Alphabet.of_size(10), SCATTERED) == {"A": SCATTERED[0], "B": SCATTERED[1]}
    assert class_names(Alphabet.of_size(10), [[0, 2, 4, 6], [1], [3], [5, 7, 8, 9]]) == {"A": [0, 2, 4, 6]}  # and 5, 7–9
    assert class_names(Alphabet.of_size(8), [[0, 2, 4, 6], [1, 3, 5, 7]]) == {}
    assert class_names(Alphabet.of_size(10), [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]) == {}
    assert class_names(Alphabet(tuple("bdfhjlnprt")), [list(range(10))]) == {}  # all of them are "any"


@pytest.mark.parametrize(
    ("symbols", "names"),
    [
        ("bdfhjlnprt", ["A", "B"]),
        ("bdfhjlnprZ", ["α", "β"]),
        ("+-*/=<>?!Q", ["a", "b"]),
        (ascii_letters, ["α", "β"]),
        (ascii_letters + "ω", ["class 1", "class 2"]),
        (["class", "1", "2", *ascii_letters, "α"], ["class 1", "class 2"]),
        ([f"{c}{c}" for c in ascii_uppercase], ["A", "B"]),
    ],
)
def test_names_are_no_symbols_of_the_alphabet(symbols, names):
    alphabet = Alphabet(tuple(symbols))
    even, odd = list(range(0, len(alphabet), 2)), list(range(1, len(alphabet), 2))
    assert class_names(alphabet, [even, odd]) == dict(zip(names, (even, odd), strict=True))


def test_there_are_names_for_any_number_of_classes():
    alphabet = Alphabet.of_size(400)
    classes = [list(range(first, 400, 40)) for first in range(40)]
    assert list(class_names(alphabet, classes)) == [f"class {i}" for i in range(1, 41)]


def test_a_legend_lists_what_names_stand_for():
    alphabet = Alphabet.of_size(12)
    assert legend(alphabet, {"A": [0, 2, 4, 6], "B": [1, 8, 9, 10, 11]}) == "letters: A = 0, 2, 4, 6; B = 1, 8–11"
    assert legend(alphabet, {}) == ""
    many = Alphabet(tuple(f"w{i}" for i in range(100)))
    assert legend(many, {"A": list(range(100))}).endswith("w37, w38, +61 more")
