"""Features of words against counting them one by one."""

import json
import tracemalloc

import numpy as np
import pytest

from nerode.domains import Column, Domain
from nerode.errors import InputError
from nerode.students.features import Features, gram_of, longest_gram
from nerode.words import Alphabet

ABC = Alphabet(("a", "b", "c"))


def counted(features, word):
    """The features of one word, by definition."""
    found = [sum(word[i : i + len(gram)] == gram for i in range(len(word) - len(gram) + 1)) for gram in features.grams]
    found += [int(place < len(word) and word[place] == letter) for place, letter in features.first]
    found += [int(place < len(word) and word[-1 - place] == letter) for place, letter in features.last]
    found += [int(any(x == a and y == b for i, x in enumerate(word) for y in word[i + 1 :])) for a, b in features.pairs]
    return found + ([len(word)] if features.length else [])


def random_features(rng):
    def some(rows):
        return tuple({tuple(row) for row in rows.tolist()})

    grams = {tuple(rng.integers(3, size=order).tolist()) for order in rng.integers(1, 4, size=6).tolist()}
    places = np.stack([rng.integers(0, 5, 4), rng.integers(0, 3, 4)], axis=1)
    ends = np.stack([rng.integers(0, 5, 4), rng.integers(0, 3, 4)], axis=1)
    return Features(ABC, tuple(grams), some(places), some(ends), some(rng.integers(0, 3, (4, 2))), bool(rng.integers(2)))


@pytest.mark.parametrize("seed", range(10))
def test_features_are_counted(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    features = random_features(rng)
    words = [tuple(rng.integers(3, size=length).tolist()) for length in rng.integers(0, 9, size=50)]
    if seed % 2:
        monkeypatch.setattr("nerode.students.features.CELLS", 30)  # several portions
    assert features.matrix(words).toarray().tolist() == [counted(features, word) for word in words]
    assert len(features.names()) == len(features) == features.matrix([]).shape[1]
    columns = np.flatnonzero(rng.integers(2, size=len(features)))
    assert (features.only(columns).matrix(words).toarray() == features.matrix(words).toarray()[:, columns]).all()
    assert Features.from_json(ABC, features.to_json()) == features


def test_names_say_what_is_counted():
    features = Features(ABC, ((0, 1),), ((0, 2),), ((1, 0),), ((1, 2),), True)
    assert features.names() == ["count of ab", "c at place 1", "a at place 2 from the end", "b before c", "length"]


def test_counts_are_asked_in_words_that_mean_the_same():
    features = Features(ABC, ((0,), (0, 1)), length=True)
    columns, thresholds = np.array([0, 0, 1, 1, 2, 2]), np.array([0.5, 0.5, 1.5, 2.0, 0.5, 3.5])
    asked = features.questions(columns, thresholds, np.array([True, False, True, False, True, False]))
    assert asked == [
        "a occurs", "a does not occur", "ab occurs 2 times or more", "ab occurs 2 times at most", "1 letter or more",
        "3 letters at most",
    ]  # fmt: skip


def test_cuts_of_columns_are_asked():
    columns = (Column("age", (1, 2.5), missing=True), Column("home", categories=("own", "rent")))
    domain = Domain(np.ones((1, 2, 4), np.int64), columns, "class")  # the last letter is that of a missing age
    alphabet = Alphabet(("0", "1", "2", "?"))
    features = Features(alphabet, first=((0, 3), (1, 0)), above=((0, 0), (0, 1)), domain=domain)
    words = [(age, home) for age in range(4) for home in range(2)]
    expected = [[age == 3, home == 0, 0 < age < 3, 1 < age < 3] for age, home in words]
    assert features.matrix(words).toarray().tolist() == expected
    assert features.names() == ["age missing", "home = own", "age > 1", "age > 2.5"]
    assert features.questions(np.array([2, 1]), np.array([0.5, 1.5])) == ["age > 1", "home = own > 1.5"]
    kept = features.only(np.array([1, 3]))
    assert kept.names() == ["home = own", "age > 2.5"]
    assert (kept.matrix(words).toarray() == np.array(expected)[:, [1, 3]]).all()
    same = Features.from_json(alphabet, json.loads(json.dumps(features.to_json())))
    assert same.names() == features.names()
    with pytest.raises(InputError, match="cuts of columns that are not there"):
        Features(alphabet, above=((1, 0),), domain=domain)


def test_codes_of_n_grams_are_numbers_of_their_letters():
    assert gram_of(3 * 3 * 2 + 1, 3, 3) == (2, 0, 1)
    assert 1000 ** longest_gram(1000) < 2**62 <= 1000 ** (longest_gram(1000) + 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"grams": ((0, 3),)}, "that words over 3 symbols do not have"),
        ({"grams": ((),)}, "at least one letter"),
        ({"first": ((-1, 0),)}, "do not have"),
        ({"last": ((0,),)}, "do not have"),
        ({"first": ((10**30, 0),)}, "a place that no word"),
        ({"last": ((2**62, 0),)}, "a place that no word"),
        ({"pairs": ((0, 1, 2),)}, "a pair has two"),
        ({"grams": ((0,) * 60,)}, "have at most"),
    ],
)
def test_what_cannot_be_counted_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        Features(ABC, **change)


def test_many_cuts_take_little_memory():
    letters = 2000
    column = Column("n", tuple(range(letters - 1)))
    domain = Domain(np.ones((1, 1, letters), np.int64), (column,))
    above = tuple((0, cut) for cut in reversed(range(letters - 1)))
    features = Features(Alphabet.of_size(letters), above=above, domain=domain)
    tracemalloc.start()
    matrix = features.matrix([(3,), (0,), (1, 5)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [np.flatnonzero(row).tolist() for row in matrix.toarray()] == [[1996, 1997, 1998], [], [1998]]
    assert peak < 2**21  # a table of letters and cuts has as many cells as twice that
