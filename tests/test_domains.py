"""Domains against counting letters one by one."""

import json

import numpy as np
import pytest

from nerode.domains import Column, Domain, domain_of_words
from nerode.errors import InputError

WORDS = [(0, 1, 2), (0, 1, 0), (1, 1, 0), (1, 0, 0), (1, 0, 0)]
LABELS = np.array([0, 0, 1, 1, 1])
COLUMNS = (Column("age", (1.5, 30)), Column("home", categories=("own", "rent"), missing=True), Column("cards", (0.5,)))


def test_letters_are_counted_by_class_and_place():
    domain = domain_of_words(WORDS, LABELS, 3)
    for label in range(2):
        for place in range(3):
            found = [word[place] for word, own in zip(WORDS, LABELS, strict=True) if own == label]
            assert domain.counts[label, place].tolist() == [found.count(letter) for letter in range(3)]


def test_words_are_drawn_by_a_class_or_by_all(monkeypatch):
    monkeypatch.setattr("nerode.domains.PORTION", 2**16)  # several portions
    domain = domain_of_words(WORDS, LABELS, 3)
    drawn = np.array(domain.draw(np.random.default_rng(0), 40_000))
    assert drawn.shape == (40_000, 3)
    shares = domain.counts.sum(axis=0) / len(WORDS)
    for place in range(3):
        found = np.bincount(drawn[:, place], minlength=3) / len(drawn)
        assert np.abs(found - shares[place]).max() < 0.01
    of_class, of_all = 3 / 5 * 1 * 2 / 3, 3 / 5 * 3 / 5  # that a word begins with 1 0
    assert ((drawn[:, 0] == 1) & (drawn[:, 1] == 0)).mean() == pytest.approx((of_class + 3 / 5 * 2 / 5) / 2, abs=0.01)
    assert of_class != of_all


def test_a_domain_is_restored_from_json():
    domain = domain_of_words(WORDS, LABELS, 3, COLUMNS, "class")
    same = Domain.from_json(json.loads(json.dumps(domain.to_json())))
    assert same.counts.tolist() == domain.counts.tolist()
    assert (same.columns, same.label) == (COLUMNS, "class")


@pytest.mark.parametrize(
    "change",
    [
        {"counts": [[[1, 2], [1, 1]]]},
        {"counts": [[1, 2]]},
        {"counts": [[[1.5, 2.5]]]},
        {"counts": [[[-1, 2]]]},
        {"counts": [[[1, 2], [3]]]},
        {"counts": [[[True, 2]]]},
        {"counts": [[[2**62, 2**62]]]},
        {"counts": [[[10**400, 2]]]},
        {"counts": [[["x" * 1000, 1]]]},
        {"counts": [["ab"]]},
        {"counts": 3},
        {"columns": [{"name": "a", "cuts": [10**400], "categories": [], "missing": False}]},
        {"columns": [{"name": "a\x1b[2J", "cuts": [1], "categories": [], "missing": False}]},
        {"columns": [{"name": "a", "cuts": [], "categories": ["b", "\n"], "missing": False}]},
        {"label": "\x1b[2J"},
        {"columns": [{}]},
        {"columns": 1},
        {"columns": [{"name": "a", "cuts": [2, 1], "categories": [], "missing": False}]},
        {"columns": [{"name": "a", "cuts": ["x"], "categories": [], "missing": False}]},
        {"label": 3},
    ],
)
def test_what_is_no_domain_is_refused(change):
    with pytest.raises(InputError):
        Domain.from_json({"counts": [[[1, 2]]], "columns": [], "label": None} | change)


def test_letters_are_said_by_their_columns():
    age, home, cards = COLUMNS
    assert [age.said(letter) for letter in range(3)] == ["age ≤ 1.5", "1.5 < age ≤ 30", "age > 30"]
    assert [home.said(letter) for letter in range(3)] == ["home = own", "home = rent", "home missing"]
    assert cards.above(0) == "cards > 0.5"
