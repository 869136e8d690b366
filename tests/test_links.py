import math

import numpy as np
import pytest

from nerode.errors import InputError
from nerode.links import (
    CLASSIFIER,
    LANGUAGE_MODEL,
    SCORES,
    Binary,
    Link,
    Multiclass,
    NextSymbol,
    Value,
    check_fit,
    link_from_json,
    link_to_json,
)

ALL = [Binary(), Multiclass(), NextSymbol(3), NextSymbol(4, "sigmoid"), NextSymbol(2, ends=False), Value()]


def test_every_link_satisfies_the_protocol_and_names_its_task():
    assert all(isinstance(link, Link) for link in ALL)
    assert [link.task for link in ALL] == [CLASSIFIER, CLASSIFIER, *[LANGUAGE_MODEL] * 3, SCORES]


def test_a_margin_of_zero_is_class_0():
    labels = Binary().labels(np.array([[-2.0], [-0.0], [0.0], [1e-300], [3.0]]))
    assert labels.tolist() == [0, 0, 0, 1, 1]
    assert labels.dtype == np.int64


def test_the_first_of_equal_classes_decides():
    assert Multiclass().labels(np.array([[1.0, 2, 3], [3, 3, 1], [0, 5, 5], [-1, -2, -3]])).tolist() == [2, 0, 1, 0]


def test_log_probabilities_agree_with_sums_written_out(rng):
    scores = rng.normal(size=(20, 4)) * 3
    logs = NextSymbol(3).log_probabilities(scores)
    for row, log in zip(scores.tolist(), logs.tolist(), strict=True):
        total = sum(math.exp(score) for score in row)
        assert log == pytest.approx([math.log(math.exp(score) / total) for score in row], rel=1e-12)
    np.testing.assert_allclose(np.exp(logs).sum(axis=1), 1)


def test_a_sigmoid_comes_before_the_softmax(rng):
    scores = rng.normal(size=(20, 4)) * 3
    logs = NextSymbol(3, "sigmoid").log_probabilities(scores)
    for row, log in zip(scores.tolist(), logs.tolist(), strict=True):
        squashed = [1 / (1 + math.exp(-score)) for score in row]
        total = sum(map(math.exp, squashed))
        assert log == pytest.approx([math.log(math.exp(score) / total) for score in squashed], rel=1e-12)


def test_symbols_that_can_never_follow_take_part_in_the_normalisation():
    probabilities = np.array([[0.1, 0.2, 0.3, 0.4]])
    link = NextSymbol(2)
    np.testing.assert_allclose(np.exp(link.log_probabilities(np.log(probabilities))), [[0.1, 0.2, 0.3]])
    assert link.labels(np.log(probabilities)).tolist() == [2]


@pytest.mark.parametrize("squash", ["none", "sigmoid"])
def test_where_no_word_ends_the_score_of_the_end_means_nothing(squash):
    """The third column is that of the end, the fourth a symbol that never follows."""
    link, scores = NextSymbol(2, squash, ends=False), np.log([[0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 9.0, 0.4]])
    logs = link.log_probabilities(scores)
    given = np.exp(scores) if squash == "none" else np.exp(1 / (1 + np.exp(-scores)))
    np.testing.assert_allclose(np.exp(logs), np.tile([*given[0, :2] / given[0, [0, 1, 3]].sum(), 0], (2, 1)))
    assert link.labels(scores).tolist() == [1, 1]


def test_what_follows_each_prefix():
    logs = np.arange(15.0).reshape(5, 3)
    assert NextSymbol(2).followed(logs, [(1, 0), (), ()]).tolist() == [1, 3, 8, 11, 14]
    assert NextSymbol(2, ends=False).followed(logs, [(1, 0), (1,)]).tolist() == [1, 3, 0, 10, 0]
    assert NextSymbol(2).followed(logs[:0], []).tolist() == []


def test_extreme_scores_give_numbers():
    logs = NextSymbol(2).log_probabilities(np.array([[1000.0, -1000, 0], [-1e4, -1e4, -1e4], [0, -np.inf, 0]]))
    assert logs[0].tolist() == [0, -2000, -1000]
    np.testing.assert_allclose(logs[1], -math.log(3))
    np.testing.assert_allclose(logs[2], [-math.log(2), -np.inf, -math.log(2)])


@pytest.mark.parametrize("link", [NextSymbol(3), NextSymbol(3, "sigmoid"), NextSymbol(3, ends=False)])
def test_the_likeliest_symbol_is_that_of_the_largest_probability(rng, link):
    scores = rng.normal(size=(50, 5))
    assert (link.labels(scores) == link.log_probabilities(scores).argmax(axis=1)).all()


def test_values_have_no_labels():
    with pytest.raises(InputError, match="no labels"):
        Value().labels(np.zeros((2, 1)))


@pytest.mark.parametrize(
    ("link", "letters", "widths"),
    [
        (Binary(), 2, [1]),
        (Multiclass(), 2, [2, 3, 4]),
        (NextSymbol(2), 2, [3, 4]),
        (NextSymbol(2), 1, []),
        (NextSymbol(5), 2, []),
        (Value(), 2, [1, 2, 3, 4]),
    ],
    ids=str,
)
def test_a_link_fits_the_scores_that_it_can_read(link, letters, widths):
    for width in range(5):
        if width in widths:
            check_fit(link, width, letters)
        else:
            with pytest.raises(InputError, match=f"does not fit {width} scores a word over {letters} symbols"):
                check_fit(link, width, letters)


@pytest.mark.parametrize("link", ALL, ids=str)
def test_links_survive_json(link):
    document = link_to_json(link)
    assert type(document) is dict
    assert link_from_json(document) == link


def test_links_in_json_are_these():
    assert link_from_json({"name": "next-symbol", "letters": 4, "squash": "none"}) == NextSymbol(4)
    assert link_to_json(NextSymbol(4, "sigmoid")) == {"name": "next-symbol", "letters": 4, "squash": "sigmoid", "ends": True}
    assert link_to_json(Binary()) == {"name": "binary"}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "unknown link"),
        ("binary", "unknown link"),
        ({}, "unknown link"),
        ({"name": "softmax"}, "unknown link"),
        ({"name": ["binary"]}, "unknown link"),
        ({"name": "binary", "letters": 2}, "do not belong"),
        ({"name": "next-symbol"}, "do not belong"),
        ({"name": "next-symbol", "letters": 0}, "whole number from 1 on"),
        ({"name": "next-symbol", "letters": 2.0}, "whole number from 1 on"),
        ({"name": "next-symbol", "letters": True}, "whole number from 1 on"),
        ({"name": "next-symbol", "letters": 2, "squash": "tanh"}, "known are none and sigmoid"),
        ({"name": "next-symbol", "letters": 2, "ends": 1}, "whether words end is true or false"),
        ({"name": "next-symbol", "letters": 2, "squash": None}, "known are none and sigmoid"),
        ({"name": "value", "task": "classifier"}, "do not belong"),
    ],
)
def test_links_that_make_no_sense_are_refused(document, message):
    with pytest.raises(InputError, match=message):
        link_from_json(document)
