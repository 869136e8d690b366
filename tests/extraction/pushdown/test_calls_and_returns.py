"""Calls and returns that are found by asking."""

import re

import numpy as np
import pytest

from nerode.datasets.languages import Dyck
from nerode.extraction.pushdown.letters import LONGEST, accepted_words, balanced_kinds, kinds_from, patterns, told
from nerode.words import Alphabet


def of_text(alphabet, contains):
    """Acceptance of words by a function of text."""
    return lambda words: np.array([bool(contains("".join(alphabet.symbols[letter] for letter in word))) for word in words], bool)


def nested(text, opening, closing, others=""):
    """Whether words that are brackets are balanced, by replacing."""
    for other in others:
        text = text.replace(other, "")
    while opening + closing in text:
        text = text.replace(opening + closing, "")
    return text == ""


def found(alphabet, accepts, given=()):
    words = accepted_words(accepts, given, len(alphabet), np.random.default_rng(0), 4000)
    shown = patterns(accepts, words, 4000)
    return (*kinds_from(shown, words, len(alphabet)), words, shown)


@pytest.mark.parametrize("depth", [None, 3])
@pytest.mark.parametrize("fillers", [0, 2])
@pytest.mark.parametrize("kinds", [1, 2, 3])
@pytest.mark.sampled(4)
def test_brackets_are_found(kinds, fillers, depth):
    language = Dyck(kinds, depth, fillers)
    assert found(language.alphabet, language.contains)[0].tolist() == [1, -1] * kinds + [0] * fillers


def test_counters_and_brackets_that_are_words():
    xy = Alphabet(("X", "Y", "a"))
    counter = of_text(xy, lambda text: re.fullmatch("a*X*a*Y*", text) and text.count("X") == text.count("Y"))
    assert found(xy, counter)[0].tolist() == [1, -1, 0]
    abcd = Alphabet(tuple("abcd"))
    kinds = found(abcd, of_text(abcd, lambda text: nested(text, "abb", "cd")), given=[(0, 1, 1, 2, 3)])[0]
    assert sorted(kinds.tolist()) == [-1, 0, 0, 1]
    assert kinds[[0, 1]].sum() == 1 and kinds[1] == 0  # noqa: PT018  (b comes twice in a bracket, so that it does not push)


def test_calls_that_share_a_return():
    alphabet = Alphabet(tuple("([)"))
    accepts = of_text(alphabet, lambda text: nested(text.replace("[", "("), "(", ")"))
    kinds, shown, _, _ = found(alphabet, accepts)
    assert kinds.tolist() == [1, 1, -1]
    assert {(call, back) for call, back, _ in shown} == {(0, 2), (1, 2)}


@pytest.mark.parametrize(
    ("symbols", "contains"),
    [
        ("ab", lambda text: (text.count("a") - text.count("b")) % 4 == 0),
        ("ab", lambda text: len(text) % 2 == 0),
        ("ab", lambda text: text.count("a") == text.count("b")),
        ("abc", lambda text: text == text[::-1] and text.count("c") == 1),
        ("ab", lambda text: False),
    ],
)
def test_no_letters_push_where_no_stack_of_theirs_helps(symbols, contains):
    alphabet = Alphabet(tuple(symbols))
    kinds, shown, words, pumped = found(alphabet, of_text(alphabet, contains))
    assert not kinds.any()
    assert "No letters that call and return were found" in told(alphabet, pumped, shown)
    assert not words or balanced_kinds(words, len(alphabet)) is None


def test_one_letter_is_asked_in_short_words_alone():
    asked = []

    def accepts(words):
        asked.extend(words)
        return np.array([len(word) % 3 == 0 for word in words], bool)

    words = accepted_words(accepts, [], 1, np.random.default_rng(0), 4000)
    assert max(map(len, asked)) <= LONGEST + 2
    assert [len(word) for word in words] == list(range(0, max(map(len, asked)) + 1, 3))


def test_a_network_may_err():
    language = Dyck(2, fillers=1)
    errs = np.random.default_rng(1).random(10_000) < 0.002
    accepts = lambda words: language.contains(words) ^ errs[[hash(word) % 10_000 for word in words]]  # noqa: E731
    kinds, shown, _, pumped = found(language.alphabet, accepts)
    assert kinds.tolist() == [1, -1, 1, -1, 0]
    assert "( and ) in ()" in told(language.alphabet, pumped, shown)


def test_kinds_that_balance_all_words():
    language = Dyck(2)
    words = accepted_words(language.contains, [], 4, np.random.default_rng(0), 400)
    assert balanced_kinds(words, 4).tolist() == [1, -1, 1, -1]
    assert balanced_kinds([(0, 1)] * 3, 2) is None  # not nested
    assert balanced_kinds([(0, 0, 1, 1), (0, 1)], 3).tolist() == [1, -1, 0]
