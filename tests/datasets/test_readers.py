import numpy as np
import pytest
from doubles import calls
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import times

from nerode.datasets.readers import read_words, write_words
from nerode.errors import InputError
from nerode.sampling import uniform_words
from nerode.words import Alphabet


@pytest.fixture
def read(tmp_path):
    """Reads a file of the given text or bytes."""

    def read(content, alphabet=None):
        path = tmp_path / "words.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_words(path, alphabet)

    return read


@pytest.mark.parametrize(
    "text", ["3 4\n2 0 3\n0\n1 2\n", "3 4\n2 0 3 \n0 \n1 2", "3 4\r\n2 0 3\r\n0\r\n1 2\r\n\r\n", "3  4\n2 0 3\n0\n1\t2\n"]
)
def test_numbered(read, text):
    assert read(text) == ([(0, 3), (), (2,)], Alphabet.of_size(4))


def test_markers_are_stripped(read):
    text = "3 5\n4 3 0 2 4\n2 3 4\n3 3 1 4\n"
    assert read(text) == ([(0, 2), (), (1,)], Alphabet.of_size(3))
    assert read(text, Alphabet(("x", "y", "z"))) == ([(0, 2), (), (1,)], Alphabet(("x", "y", "z")))
    whole = Alphabet.of_size(5)
    assert read(text, whole) == ([(3, 0, 2, 4), (3, 4), (3, 1, 4)], whole)


@pytest.mark.parametrize("text", ["2 5\n3 3 0 4\n2 3 0\n", "2 5\n3 3 0 4\n4 3 3 0 4\n", "1 2\n2 0 1\n"])
def test_what_are_no_markers(read, text):
    words, alphabet = read(text)
    assert len(alphabet) == int(text.split()[1])
    assert len(words[0]) == int(text.split()[2])


@pytest.mark.parametrize(
    ("text", "words", "symbols"),
    [
        ("ab\n\nba\n", [(0, 1), (), (1, 0)], "ab"),
        ("ab\r\nε\r\nba", [(0, 1), (), (1, 0)], "ab"),
        ("\ufeffb\n", [(0,)], "b"),
        ("bca\n", [(1, 2, 0)], "abc"),
        ("low high\nhigh\n\n", [(0, 1), (1,), ()], ["low", "high"]),
        ("10 2\n9\n", [(2, 0), (1,)], ["2", "9", "10"]),
        ("01\n1\n", [(0, 1), (1,)], "01"),
        ("1 0 1\n0 0\n", [(1, 0, 1), (0, 0)], "01"),
        ("5 4\n\n", [(1, 0), ()], "45"),
        ("()\n(())\n", [(0, 1), (0, 0, 1, 1)], "()"),
    ],
)
def test_plain(read, text, words, symbols):
    assert read(text) == (words, Alphabet(tuple(symbols)))


def test_plain_with_an_alphabet(read):
    alphabet = Alphabet(("b", "a", "c"))
    assert read("ab\n\n", alphabet) == ([(1, 0), ()], alphabet)
    long = Alphabet(("low", "high"))
    assert read("high\nlow\n", long) == ([(1,), (0,)], long)
    epsilon = Alphabet(("ε", "a"))
    assert read("ε\naε\n", epsilon) == ([(0,), (1, 0)], epsilon)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        (b"\x80\x02}q\x00", "not a text file"),
        (b"PK\x03\x04\x00\x00", "not a text file"),
        ("\n\n", "give the alphabet"),
        ("3 2\n1 0\n1 1\n", "line 1: the header counts 3 words, but 2 lines follow"),
        ("1 2\n1 0\n1 1\n", "line 1: the header counts 1 words, but 2 lines follow"),
        ("3 2\n1 0\n2 1\n1 1\n", "line 3: the length is said to be 2, but 1 symbols follow"),
        ("3 2\n1 0\n\n1 1\n", "line 3: expected a length"),
        ("3 2\n1 0\n1 x\n1 1\n", "line 3: expected a length and symbols"),
        ("3 2\n1 0\n1 0\n1 2\n", "line 4: the symbol 2 is outside the alphabet 0 … 1"),
        ("2 2\n1 0\n1 -1\n", "line 3: the symbol -1 is negative"),
        ("1 0\n0\n", "counts no symbols"),
        ("1 1000001\n1 0\n", "counts 1000001 symbols; there may be 1 to 1,000,000"),
        ("1 99999999999\n1 0\n", "line 1: the header has a number of more than 9 digits"),
        (f"1 {'9' * 5000}\n1 0\n", "line 1: the header has a number of more than 9 digits"),
        (f"{'9' * 5000} 1\n1 0\n", "line 1: the header has a number of more than 9 digits"),
        ("a \x1b[2J\n", "control character"),
    ],
)
def test_bad_files(read, content, message):
    with pytest.raises(InputError) as caught:
        read(content)
    assert message in str(caught.value)
    assert "words.txt" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"), [("ab\nabd\n", "line 2: the symbol 'd'"), ("2 4\n1 0\n2 0 3\n", "line 3: the symbol 3 is outside")]
)
def test_symbols_outside_a_given_alphabet(read, text, message):
    with pytest.raises(InputError, match=message):
        read(text, Alphabet(("a", "b", "c")))


@pytest.mark.parametrize("line", ["0.63 ab", "0.63 a b", "ab\t1e-7", "0.63,ab", "1,ab,0", "-1;a;x"])
def test_a_number_beside_a_word_is_named(read, line):
    said = r"line 2: the symbol .* is not in the alphabet; each line is a word alone, so leave out the number beside it"
    with pytest.raises(InputError, match=said):
        read(f"a\n{line}\n", Alphabet(("a", "b")))


@pytest.mark.parametrize(("line", "symbols"), [("0 1 7", "01"), ("a x", "ab"), ("0.63 x", "ab"), ("a3b", "ab")])
def test_what_is_no_number_beside_a_word(read, line, symbols):
    with pytest.raises(InputError, match=r"is not in the alphabet$"):
        read(f"{line}\n", Alphabet(tuple(symbols)))


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match=r"absent\.txt: no such file"):
        read_words(tmp_path / "absent.txt")
    with pytest.raises(InputError, match="directory"):
        read_words(tmp_path)


alphabets = st.sampled_from([Alphabet(("a", "b")), Alphabet.of_size(3), Alphabet.of_size(12), Alphabet(("low", "high"))])


@settings(max_examples=times(150, 6000), deadline=None)
@given(st.data(), alphabets)
def test_round_trip(tmp_path_factory, data, alphabet):
    words = data.draw(st.lists(st.lists(st.integers(0, len(alphabet) - 1), max_size=5).map(tuple), min_size=1, max_size=6))
    path = tmp_path_factory.getbasetemp() / "round-trip.txt"
    write_words(path, words, alphabet)
    assert read_words(path, alphabet) == (words, alphabet)


def test_write_is_whole_or_not_at_all(tmp_path):
    path = tmp_path / "words.txt"
    alphabet = Alphabet(("a", "b"))
    write_words(path, [(0, 1), ()], alphabet)
    assert path.read_text(encoding="utf-8") == "ab\nε\n"
    with pytest.raises(IndexError):
        write_words(path, [(0,), (7,)], alphabet)
    with pytest.raises(InputError, match="no words to write"):
        write_words(path, [], alphabet)
    assert path.read_text(encoding="utf-8") == "ab\nε\n"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(InputError, match="cannot write"):
        write_words(tmp_path / "no" / "words.txt", [(0,)], alphabet)
    with pytest.raises(InputError, match="cannot write"):
        write_words(tmp_path, [(0,)], alphabet)


@pytest.mark.parametrize("alphabet", [Alphabet.of_size(4), Alphabet.of_size(40)])
def test_reading_is_fast(tmp_path, alphabet):
    path = tmp_path / "words.txt"
    rng = np.random.default_rng(0)
    write_words(path, uniform_words(rng, len(alphabet), rng.integers(50, size=10_000)), alphabet)
    assert calls(lambda: read_words(path)) < 12 * 10_000  # words have 25 letters in the mean


@pytest.mark.parametrize(
    ("name", "count", "letters", "markers"),
    [
        ("spice/0.spice.train", 20000, 4, 0),
        ("spice/4.spice.prefix.public", 748, 33, 0),
        ("taysir/datasets/1.1.taysir.valid.words", 10000, 4, 1),
        ("taysir/datasets/1.11.taysir.valid.words", 620, 25, 1),
        ("taysir/datasets/2.2.taysir.valid.words", 9090, 7, 1),
    ],
)
@pytest.mark.sampled(3)
def test_competition_files(shared, name, count, letters, markers):
    path = shared / name
    if not path.exists():
        pytest.skip(f"{name} is absent from the competition data")
    words, alphabet = read_words(path)
    assert alphabet == Alphabet.of_size(letters)
    assert max(max(word, default=0) for word in words) < letters
    lines = [line.split()[1:] for line in path.read_text().splitlines()[1:]]
    assert len(words) == count
    assert [list(map(str, word)) for word in words] == [
        line[markers : len(line) - markers] for line in lines if line or not markers
    ][:count]
