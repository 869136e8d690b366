import json
from pathlib import Path

import pytest

from nerode.datasets.sample_files import read_sample
from nerode.datasets.samples import check_classes, contradictions, described
from nerode.errors import InputError
from nerode.words import Alphabet

WORDS = [(), (0,), (0, 1), (1, 1, 0)]
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def read(tmp_path, text, alphabet=None, name="words.txt"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_sample(path, alphabet)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("no\t\nyes\ta\nyes\tab\nno\tbba\n", "label, then word, between tabs, each character a symbol"),
        ("no\tε\r\nyes\ta\r\nyes\tab\r\nno\tbba\r\n\r\n", "label, then word, between tabs, each character a symbol"),
        ("no,\nyes,a\nyes,ab\nno,bba", "label, then word, between commas, each character a symbol"),
        ("\ufeffε;no\na;yes\nab;yes\nbba;no\n", "word, then label, between semicolons, each character a symbol"),
        ('"no","ε"\n"yes","a"\n"yes","a b"\n"no","b b a"\n', "label, then word, between commas, symbols between spaces"),
        (
            "Text\tid\tLabel\nε\t1\tno\na\t2\tyes\na b\t3\tyes\nb b a\t4\tno\n",
            "word, then label, between tabs, symbols between sp",
        ),
        ("class,word\nno,\nyes,a\nyes,ab\nno,bba\n", "label, then word, between commas, each character a symbol"),
        (
            '{"word": "", "label": "no"}\n{"word": "a", "label": "yes"}\n{"word": "ab", "label": "yes"}\n'
            '{"word": "bba", "label": "no"}\n',
            "JSON, each character a symbol",
        ),
        (
            "\n".join(json.dumps({"Label": "no" if i in (0, 3) else "yes", "word": list(word)}) for i, word in enumerate(WORDS)),
            "JSON, symbols in lists",
        ),
        ("4 2\nno 0\nyes 1 0\nyes 2 0 1\nno 3 1 1 0\n", "Abbadingo, label, length and symbols"),
    ],
)
def test_labelled_forms(tmp_path, text, form):
    sample = read(tmp_path, text)
    assert sample.form.startswith(form)
    assert sample.words == WORDS
    assert sample.labels.tolist() == [0, 1, 1, 0]
    assert sample.classes == ("no", "yes")
    assert sample.alphabet.symbols in (("a", "b"), ("0", "1"))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("ε\na\nab\nbba\n", "one word a line"),
        ("\na\na b\nb b a\n", "one word a line"),
        ("4 2\n0\n1 0\n2 0 1\n3 1 1 0\n", "numbered"),
        ('{"word": ""}\n{"word": "a"}\n{"word": "ab"}\n{"word": "bba"}\n', "JSON"),
    ],
)
def test_forms_without_labels(tmp_path, text, form):
    sample = read(tmp_path, text)
    assert sample.form.startswith(form)
    assert (sample.words, sample.labels, sample.classes) == (WORDS, None, ())


def test_samples_of_stamina(tmp_path):
    sample = read(tmp_path, "+ 0 1 1\n- 0 1\n-\n+ 12 1\n")
    assert sample.form == "StaMinA, + or − and symbols"
    assert sample.classes == ("-", "+")
    assert sample.labels.tolist() == [1, 0, 0, 1]
    assert [[sample.alphabet.symbols[a] for a in word] for word in sample.words] == [["0", "1", "1"], ["0", "1"], [], ["12", "1"]]
    for sums in ("+ 1 - 2\n- 1\n", "+ 1\n+ 2\n", "+1 2\n-1 2\n"):  # + and − are symbols there
        assert read(tmp_path, sums).labels is None
    assert read_sample(tmp_path / "words.txt", Alphabet(("+1", "-1", "2"))).labels is None
    (tmp_path / "words.txt").write_text("+ 1\n- 2\n", encoding="utf-8")
    assert read_sample(tmp_path / "words.txt", Alphabet(("+", "-", "1", "2"))).labels is None
    for separator in "\t,;":
        columns = read(tmp_path, f"+{separator}0101\n-{separator}11\n+{separator}00\n-{separator}1\n")
        assert columns.form.endswith("each character a symbol")
        assert columns.alphabet.symbols == ("0", "1")


def test_labels_and_words_of_digits_between_tabs(tmp_path):
    """Half of the lines look like a length and so many symbols, too."""
    words = [format(k, "05b") for k in range(32)]
    sample = read(tmp_path, "".join(f"{word.count('1') % 2}\t{word}\n" for word in words))
    assert sample.form == "label, then word, between tabs, each character a symbol"
    assert ["".join(sample.alphabet.symbols[a] for a in word) for word in sample.words] == words
    assert sample.labels.tolist() == [word.count("1") % 2 for word in words]
    numbered = read(tmp_path, "3 2\n1\t0\n1\t1\n1\t1\n")
    assert (numbered.form, numbered.labels) == ("numbered, as PAutomaC and SPiCe", None)
    assert read(tmp_path, "3\t2\n1\t0\n1\t1\n1\t1\n").labels is None
    long = "01" * 3000
    assert read(tmp_path, f"{long}\t1\n{long}0\t0\n{long}1\t1\n10\t0\n").classes == ("0", "1")


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        ("0 1", ("0", "1")),
        ("+ -", ("-", "+")),
        ("accept reject", ("reject", "accept")),
        ("True False", ("False", "True")),
        ("-1 1", ("-1", "1")),
        ("10 9 2", ("2", "9", "10")),
        ("b c a", ("a", "b", "c")),
    ],
)
def test_the_order_of_classes(tmp_path, names, classes):
    text = "".join(f"{name}\ta{'b' * i}\n{name}\tb{'b' * i}\n" for i, name in enumerate(names.split()))
    assert read(tmp_path, text).classes == classes


def test_without_names_the_column_of_fewer_entries_has_the_labels(tmp_path):
    assert read(tmp_path, "a\t0\nb\t0\nc\t1\nd\t1\n").classes == ("0", "1")
    assert read(tmp_path, "a\ty\nb\tx\na\tx\nb\ty\n").classes == ("a", "b")  # as many: the first


def test_a_few_spaces_are_symbols_and_many_separate_them(tmp_path):
    few = read(tmp_path, "x\tab\nx\ta b\ny\tba\ny\tbb\n")
    assert few.alphabet.symbols == ("a", "b", "␣")
    assert few.words[1] == (0, 2, 1)
    many = read(tmp_path, "x\tab\nx\ta b\ny\tb a\ny\tbb\n")
    assert many.alphabet.symbols == ("a", "b", "ab", "bb")


def test_numbers_and_columns_that_are_read(tmp_path):
    assert read(tmp_path, "0.0\ta\n1.0\tb\n0.0\tab\n1.0\tba\n").classes == ("0.0", "1.0")
    assert read(tmp_path, "0.1 0.5 0.1\n0.5 0.5\n").alphabet.symbols == ("0.1", "0.5")  # symbols that are numbers
    assert read(tmp_path, "word\t0.5\tlabel\nab\t0.1\tx\nb\t0.2\tx\nba\t0.1\ty\na\t0.3\ty\n").classes == ("x", "y")
    assert read(tmp_path, "a,b,a\na,b\nb,a,a\n").alphabet.symbols == (",", "a", "b")  # no columns: lines differ
    assert read(tmp_path, "a,b,a\nb,b,a\n", Alphabet((",", "a", "b"))).words[0] == (1, 0, 2, 0, 1)


def test_a_given_alphabet_decides(tmp_path):
    assert read(tmp_path, "x\tab\nx\tc\ny\tc\ny\tab\n", Alphabet(("c", "ab"))).words == [(1,), (0,), (0,), (1,)]
    with pytest.raises(InputError, match="line 2: the symbol 'c' is not in the alphabet"):
        read(tmp_path, "x\tab\nx\tc\ny\ta\ny\tb\n", Alphabet(("a", "b")))


def test_what_was_read_is_said(tmp_path):
    sample = read(tmp_path, "no\ta\nno\tb\nno\tab\nyes\tbb\nyes\tb\n")
    assert described(sample) == (
        "label, then word, between tabs, each character a symbol; 5 words; 2 classes: no (60 %), yes (40 %); alphabet of 2: a b"
    )
    assert contradictions(sample) == [((1,), [0, 1])]
    plain = read(tmp_path, "a\nb\n")
    assert described(plain) == "one word a line; 2 words; no labels, so a language model; alphabet of 2: a b"
    assert contradictions(plain) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("no\ta\nyes\tb\nyes\nno\tba\n", "line 3: expected 2 columns between tabs"),
        ("no\ta\nyes\tb\n\nno\tba\n", "line 3: the line is blank"),
        ("no\ta\n\tb\nno\tbb\nyes\tba\n", "line 2: expected a label and a word"),
        ("no,a\nyes,b\nyes,a,b\nno,ba\n", "line 3: expected 2 columns between commas"),
        ('no,a\nyes,"b\nyes,ab\nno,ba\n', "line 2: expected 2 columns between commas"),
        ("label\tword\n", "has a header and no words"),
        ("yes a\nno b\nyes ab\nno ba\nno bba\n", "unclear whether a line is a label and a word"),
        ("0.63 a\n0.2 b\n0.63 ab\n0.2 ba\n", "^.*: 0.63 and the other numbers beside the words are no labels of classes"),
        ("0.63 a\n1e-7 b b a\n", "0.63 and the other numbers beside the words are no labels"),
        ("0.63\ta\n1\tb\n0.2\tab\n", "0.63 and the other numbers beside the words are no labels"),
        ("ab,0.1\nba,0.25\n", "0.1 and the other numbers beside the words are no labels"),
        ("word,label\nab,0.1\nba,0.25\n", "0.1 and the other numbers beside the words are no labels"),
        ("1,a,0\n2,b,1\n", "each line has 3 columns between commas; name those of the word and its label in a first line"),
        ("id\tinput\tresult\n1\ta\t0\n2\tb\t1\n", "each line has 3 columns between tabs; name those of the word"),
        ('{"word": "a", "label": 0}\n{"word": "b"}\n', "line 2: expected a label and a word"),
        ('{"word": "a", "label": 0}\n{"word": ["b"], "label": 0}\n', "line 2: expected a label and a word"),
        ('{"word": "a", "label": 0}\n{"word": 3, "label": 0}\n', "line 2: expected {"),
        ('{"word": "a", "label": 0}\n["a"]\n', "line 2: expected {"),
        ('{"word": "a", "label": 0}\n{"word": "b", "lab\n', "line 2: expected one JSON object a line"),
        ('{"word": "a", "label": [0]}\n', "line 1: the label must be"),
        ("4 2\nno 0\nyes 1 0\nyes 3 0 1\nno 3 1 1 0\n", "line 4: expected a label, a length and as many symbols"),
        ("4 2\nno 0\nyes 1 0\nyes 2 0 7\nno 3 1 1 0\n", "line 4: the symbol '7' is not in the alphabet"),
        ("5 2\nno 0\nyes 1 0\nyes 2 0 1\nno 3 1 1 0\n", "line 1: the header counts 5 words, but 4"),
        ("no\ta\nno\tb\nyes\t" + "ab" * 5001 + "\nyes\tb\n", "word 3 has 10,002 symbols, and at most 10,000"),
        (" ".join(map(str, range(1001))), "1,001 different symbols .*at most 1,000"),
        ("a\n" * 6000 + "a" * 9999, "6,001 words of up to 9,999 symbols do not fit the memory"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, text, said):
    with pytest.raises(InputError, match=said) as error:
        read(tmp_path, text)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yes\ta\nyes\tb\n", "all 2 words have the label 'yes'"),
        ("no\ta\nyes\tb\nyes\tab\nyes\tba\n", "the class 'no' has one word only"),
        (
            "outcome\tinput\nno\ta\nno\tb\nyes\tc\nyes\td\n",
            "the class 'outcome' has one word only.*a header must name its columns",
        ),
    ],
)
def test_classes_that_nothing_can_be_trained_with(tmp_path, text, said):
    sample = read(tmp_path, text)
    with pytest.raises(InputError, match=said) as error:
        check_classes(tmp_path, sample)
    assert "\n" not in str(error.value)


def test_bars_are_symbols_of_words_too(tmp_path):
    sample = read(tmp_path, "y|x\nx|y\n")
    assert set(sample.alphabet.symbols) == set("xy|")


def test_blank_lines_are_words_of_no_letters_or_no_sample(tmp_path):
    with pytest.raises(InputError):
        read(tmp_path, "\n\n")


def test_a_label_that_is_the_name_of_a_column_is_a_label_where_the_alphabet_is_given(tmp_path):
    path = tmp_path / "y.tsv"
    path.write_text("y\ta\nn\tb\nn\tab\n", encoding="utf-8")
    assert read_sample(path, Alphabet("ab")).classes == ("n", "y")


@pytest.mark.skipif(not DATA.is_dir(), reason="the folder of shared data is absent")
@pytest.mark.parametrize(
    ("name", "count", "classes", "symbols"),
    [("promoters", 106, 2, 4), ("splice", 3190, 3, 8), ("names", 20050, 18, 83), ("hospital-process", 1143, 2, 43)],
)
def test_public_data(name, count, classes, symbols):
    sample = read_sample(DATA / f"{name}.tsv")
    assert (len(sample.words), len(sample.classes), len(sample.alphabet)) == (count, classes, symbols)
