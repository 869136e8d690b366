import numpy as np
import pytest
from doubles import random_words, words_up_to

from nerode.errors import InputError
from nerode.words import Alphabet, all_words, frozen_array, pack, shortlex, unpack

LETTERS = Alphabet(("a", "b", "c"))
TOKENS = Alphabet(("if", "then", "x"))


def test_an_alphabet_knows_its_symbols():
    assert len(LETTERS) == 3
    assert list(LETTERS) == ["a", "b", "c"]
    assert Alphabet(["a", "b", "c"]) == LETTERS
    assert hash(LETTERS) == hash(Alphabet(("a", "b", "c")))
    assert Alphabet(("a", "c", "b")) != LETTERS
    assert Alphabet.of_size(11).symbols[9:] == ("9", "10")
    assert LETTERS.single_characters
    assert not Alphabet.of_size(11).single_characters


@pytest.mark.parametrize(
    ("symbols", "message"),
    [
        ((), "at least one"),
        (("a", "b", "a"), "differ"),
        (("a", ""), "empty"),
        (("a b",), "white space"),
        (("a", "\t"), "white space"),
        (("a", " b"), "white space"),
        (("a", "\x1b[2J"), "control character"),
        (("a\x00",), "control character"),
        (("\x7f", "a"), "control character"),
        (("\x9b2J",), "control character"),
        (("a", 1), "are text, not int: 1"),
    ],
)
def test_alphabets_that_words_could_not_be_written_in_are_refused(symbols, message):
    with pytest.raises(InputError, match=message):
        Alphabet(symbols)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("", ()),
        ("  ", ()),
        ("ε", ()),
        (" ε ", ()),
        ("abca", (0, 1, 2, 0)),
        (" abca\n", (0, 1, 2, 0)),
        ("a b  c", (0, 1, 2)),
        ("c", (2,)),
        (["c", "a"], (2, 0)),
        ((2, 0), (2, 0)),
        ([2, "a", 1], (2, 0, 1)),
        (np.array([2, 0, 1]), (2, 0, 1)),
        (np.array([2, 0, 1], np.int8), (2, 0, 1)),
        (iter("ab"), (0, 1)),
        ((), ()),
    ],
)
def test_words_of_single_characters(value, word):
    assert LETTERS.word(value) == word


@pytest.mark.parametrize(
    ("value", "word"), [("if x then x", (0, 2, 1, 2)), ("then", (1,)), ("x", (2,)), ("", ()), (["if", 2], (0, 2))]
)
def test_words_of_longer_symbols(value, word):
    assert TOKENS.word(value) == word


def test_text_that_is_itself_a_symbol_is_that_symbol():
    assert Alphabet(("a", "ab", "b")).word("ab") == (1,)
    assert Alphabet(("ε", "a")).word("ε") == (0,)
    assert Alphabet(("ε", "a")).word("") == ()


def test_words_are_python_integers_whatever_they_were_given_as():
    assert {type(letter) for letter in LETTERS.word(np.array([0, 1, 2]))} == {int}


@pytest.mark.parametrize("value", ["abd", "a b d", ["d"], "xyz"])
def test_unknown_symbols_are_named(value):
    with pytest.raises(InputError, match=r"unknown symbol '[dx]'.*3 symbols: a b c"):
        LETTERS.word(value)


def test_text_without_spaces_is_one_symbol_where_symbols_are_longer():
    with pytest.raises(InputError, match="unknown symbol 'ifx'"):
        TOKENS.word("ifx")


def test_of_a_large_alphabet_only_some_symbols_are_named():
    with pytest.raises(InputError, match=r"40 symbols: 0 1 2 3 4 5 6 7 8 9 10 11 …$"):
        Alphabet.of_size(40).word("99")


@pytest.mark.parametrize("value", [(3,), (-1,), (0, 1, 300), np.array([0, 3])])
def test_unknown_indices_are_refused(value):
    with pytest.raises(InputError, match=r"unknown symbol index .*0 to 2"):
        LETTERS.word(value)


@pytest.mark.parametrize("value", [(0.5,), (1.0,), (None,), ((0, 1),), np.array([0.0, 1.0]), 3, None])
def test_what_is_neither_a_symbol_nor_an_index_is_refused(value):
    with pytest.raises(InputError):
        LETTERS.word(value)


def test_many_words_at_once():
    assert LETTERS.words(["ab", [2], (), ("c", 0)]) == [(0, 1), (2,), (), (2, 0)]
    assert LETTERS.words([]) == []
    assert LETTERS.words(iter([(0,), (1, 2)])) == [(0,), (1, 2)]
    assert LETTERS.words([()]) == [()]


def test_words_that_are_words_already_come_back_as_they_are():
    words = words_up_to(3, 3)
    assert LETTERS.words(words) == words
    assert LETTERS.words([np.array(word, np.int64) for word in words]) == words


@pytest.mark.parametrize("values", [[(0, 3)], [(0,), (-1,)], ["ab", "ad"], [(0, 1.5)]])
def test_one_bad_word_among_many_is_refused(values):
    with pytest.raises(InputError):
        LETTERS.words(values)


def test_a_string_is_not_a_list_of_words():
    with pytest.raises(InputError, match="into a list"):
        LETTERS.words("abc")


def test_a_word_is_not_a_list_of_words():
    with pytest.raises(InputError):
        LETTERS.words((0, 1, 2))


def test_text_is_read_back_as_the_same_word():
    for alphabet in (LETTERS, TOKENS, Alphabet.of_size(12)):
        for word in words_up_to(3, 4):
            assert alphabet.word(alphabet.text(word)) == word
    assert LETTERS.text(()) == "ε"
    assert LETTERS.text((0, 2)) == "ac"
    assert TOKENS.text((0, 2)) == "if x"


def test_all_words_come_in_shortlex_order():
    for letters, longest in [(1, 4), (2, 5), (3, 3)]:
        words = list(all_words(letters, longest))
        assert words == words_up_to(letters, longest)
        assert words == sorted(words, key=shortlex)
        assert len(words) == sum(letters**length for length in range(longest + 1))
    assert list(all_words(2, 0)) == [()]


def test_pack_and_unpack(rng):
    words = random_words(rng, 5, 50, 12)
    symbols, lengths = pack(words)
    assert symbols.shape == (50, max(map(len, words)))
    for row, length, word in zip(symbols.tolist(), lengths.tolist(), words, strict=True):
        assert row == [*word, *[0] * (symbols.shape[1] - len(word))]
        assert length == len(word)
    assert unpack(symbols, lengths) == words


@pytest.mark.parametrize("words", [[], [()], [(), ()], [(), (1,)], [(4, 4, 4)]])
def test_packing_of_few_and_of_empty_words(words):
    symbols, lengths = pack(words)
    assert symbols.shape == (len(words), max(map(len, words), default=0))
    assert symbols.dtype == lengths.dtype == np.int64
    assert unpack(symbols, lengths) == words


def test_frozen_arrays_are_copies_that_cannot_be_written_to():
    source = np.array([1, 2])
    frozen = frozen_array(source, np.float64)
    source[0] = 5
    assert frozen.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        frozen[0] = 3


@pytest.mark.parametrize(
    "values",
    [
        [],
        [()],
        [(), (0, 1, 2), (2,), ()],
        [("a", "c"), (0, 1)],
        ["abca", "", [2, 1], (1,)],
        [(np.int64(2), np.int8(1)), (0,)],
        [(True, 0)],
        (word for word in [(0, 1), (2,)]),
    ],
)
def test_flat_words_are_those_of_words(values):
    values = list(values) if not isinstance(values, list) else values
    expected = LETTERS.words(values)
    symbols, lengths = LETTERS.flat(iter(values))
    assert (symbols.dtype, lengths.dtype) == (np.int64, np.int64)
    assert symbols.tolist() == [symbol for word in expected for symbol in word]
    assert lengths.tolist() == [len(word) for word in expected]


@pytest.mark.parametrize("values", ["abc", [(0, 3)], [(0, -1)], [(1.0,)], [(10**30,)], [(None,)], ["abd"], [("a", "d")], [3]])
def test_flat_words_are_refused_with_the_sentence_of_words(values):
    with pytest.raises(InputError) as expected:
        LETTERS.words(values)
    with pytest.raises(InputError) as refused:
        LETTERS.flat(values)
    assert str(refused.value) == str(expected.value)
