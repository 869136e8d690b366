"""Tables as words against reading each cell by hand."""

import numpy as np
import pytest

from nerode.datasets.tables import alphabet_of, columns_of, label_in, labels_in, read_cells, words_of_rows
from nerode.errors import InputError

TABLE = '''age;home;cards;class
18;own;1;yes
25.5;"rent; or ""free""";;no
41;own;3;yes
63;own;2;no
'''


@pytest.fixture
def write(tmp_path):
    def written(text):
        (tmp_path / "table.csv").write_text(text, encoding="utf-8")
        return tmp_path / "table.csv"

    return written


def learned(path, bins=8, label="class", training=None):
    cells = read_cells(path)
    rows = np.arange(len(cells.rows)) if training is None else np.array(training)
    columns = columns_of(cells, label, rows, bins)
    return cells, columns, alphabet_of(columns)


def test_rows_become_words(write):
    cells, columns, alphabet = learned(write(TABLE))
    assert [column.name for column in columns] == ["age", "home", "cards"]
    assert columns[1].categories == ("own", 'rent; or "free"')
    assert alphabet.symbols == ("0", "1", "2", "3", "?")
    assert [alphabet.text(word) for word in words_of_rows(cells, columns, alphabet)] == ["000", "11?", "202", "301"]
    assert labels_in(cells, "class") == ["yes", "no", "yes", "no"]
    assert label_in(cells.header) == "class"


@pytest.mark.parametrize("bins", [2, 3, 8])
def test_bins_hold_about_as_many_training_rows_each(write, bins):
    rng = np.random.default_rng(bins)
    values = np.round(rng.lognormal(size=300), 3)
    path = write("x,z,label\n" + "".join(f"{value},0,{i % 2}\n" for i, value in enumerate(values)))
    training = np.arange(200)
    cells, columns, alphabet = learned(path, bins, "label", training)
    letters = np.array(words_of_rows(cells, columns, alphabet))[:, 0]
    assert letters.tolist() == [sum(value > cut for cut in columns[0].cuts) for value in values]
    counts = np.bincount(letters[training])
    assert len(counts) == bins
    assert counts.min() >= 200 // bins - 2
    assert all(len(f"{cut:.12g}") <= 6 for cut in columns[0].cuts)  # cuts are short numbers


def test_other_rows_are_read_by_the_same_bins(write):
    _, columns, alphabet = learned(write(TABLE))
    others = read_cells(write("cards,more,home,age\n-7,x,own,1e9\nNA,y,own,41\n"))
    assert [alphabet.text(word) for word in words_of_rows(others, columns, alphabet)] == ["300", "20?"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("age,home\n1,own\n", "has no column 'cards'"),
        ("age,home,cards\n,own,1\n", "line 2: the cell of the column 'age' has no value"),
        ("age,home,cards\n1,castle,1\n", "line 2: the cell of the column 'home' is 'castle'"),
        ("age,home,cards\nold,own,1\n", "must be a number"),
        ("age,home,cards\n1,own\n", "line 2: 2 cells between commas, and the header names 3"),
        ("age,home,cards\n", "has a header and no rows"),
        ("age,age,cards\n1,own,1\n", "must name each column"),
        ('age,home,cards\n1,"own,1\n', "a quote in a cell is written twice"),
    ],
)
def test_rows_that_do_not_fit_are_refused(write, text, said):
    _, columns, alphabet = learned(write(TABLE))
    with pytest.raises(InputError, match=said):
        words_of_rows(read_cells(write(text)), columns, alphabet)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('a;class\n"1,5";0\n2;1\n', "numbers with commas, such as 1,5; write decimal points"),
        ("a,b,class\n,1,0\nNA,2,1\n", "the column 'a' has no values"),
        ("a,b,class\n" + "".join(f"t{i},1,{i % 2}\n" for i in range(101)), "has 101 different texts"),
        ("a,b,class\n" + "".join(f"{i if i else 'x'},1,{i % 2}\n" for i in range(101)), "such as 'x' among numbers"),
    ],
)
def test_columns_that_cannot_be_read_are_refused(write, text, said):
    with pytest.raises(InputError, match=said):
        learned(write(text))


def test_labels_must_be_there_and_be_classes(write):
    with pytest.raises(InputError, match="line 3: the label, in the column 'class', is missing"):
        labels_in(read_cells(write("a,b,class\n1,2,x\n1,2,\n")), "class")
    with pytest.raises(InputError, match="no labels of classes"):
        labels_in(read_cells(write("a,b,class\n1,2,0.5\n1,2,0.7\n")), "class")


@pytest.mark.parametrize("none", ["-", "--", ".", "None", "N/A", "?", "", "NaN", "NULL"])
def test_cells_without_a_number(write, none):
    """Among numbers a dash stands for nothing; among texts it is one."""
    cells, columns, alphabet = learned(write(f"age;home;class\n18;own;yes\n{none};rent;no\n41;own;yes\n63;own;no\n"))
    assert not columns[0].categories
    assert columns[0].missing
    assert [alphabet.text(word) for word in words_of_rows(cells, columns, alphabet)] == ["00", "?1", "10", "20"]
    texts = learned(write("age;home;class\n18;own;yes\n19;-;no\n41;None;yes\n63;own;no\n"))[1]
    assert (texts[1].categories, texts[1].missing) == (("-", "None", "own"), False)
    with pytest.raises(InputError, match="has numbers with commas, such as 1,5"):
        learned(write(f"age;home;class\n1,5;own;yes\n{none};rent;no\n2,5;own;yes\n3;own;no\n"))
    alone = learned(write("age;home;class\n-;own;yes\n-;rent;no\n.;own;yes\n-;own;no\n"))[1]
    assert alone[0].categories == ("-", ".")
