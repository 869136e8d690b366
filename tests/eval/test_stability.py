"""The report on how much answers depend on what else is asked, held to answers that are known by hand."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from doubles import random_words
from tolerances import rounding

from nerode.datasets.random_automata import random_dfa
from nerode.errors import InputError
from nerode.eval.stability import Stability, distance_to_another_label, stability
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.protocols import Wrapper
from nerode.rounding import exact
from nerode.teachers.asking import teacher_of
from nerode.teachers.encoding import Encoding
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.words import Alphabet


class Told:
    """A teacher of three letters whose answers are computed from the words of one call."""

    alphabet = Alphabet.of_size(3)

    def __init__(self, link, answer):
        self.link = link
        self.answer = answer
        self.width = np.shape(answer([()]))[1]
        self.calls = []

    def scores(self, words):
        self.calls.append(list(words))
        return np.asarray(self.answer(words), np.float64)


class WithExactMode(Wrapper):
    """A teacher that answers as another in exact mode."""

    def __init__(self, teacher, same):
        super().__init__(teacher)
        self._same = same

    def scores(self, words):
        return self._asked.scores(words)

    def exact(self):
        return self._same


def lengths(words):
    return np.array([[float(len(word))] for word in words])


WORDS = [(), (0,), (1, 1), (0, 1, 2), (2,) * 4]


def test_a_function_that_answers_alike():
    teacher = Told(Binary(), lambda words: lengths(words) - 2)
    assert stability(teacher, WORDS) == Stability(5, 2.0, 0.0, None, 0, 1)  # a margin of 0 is on the edge
    assert stability(WithExactMode(teacher, teacher), WORDS) == Stability(5, 2.0, 0.0, 0.0, 0, 1)


def test_what_depends_on_the_batch_is_found():
    """A margin of −0.5 … 3.5, moved by a thousandth for each word that is asked beside it."""
    teacher = Told(Binary(), lambda words: lengths(words) - 0.5 + len(words) / 1000)
    report = stability(WithExactMode(teacher, Told(Binary(), lambda words: lengths(words) - 0.5)), WORDS)
    assert report.largest_score == pytest.approx(3.5 + 0.005)  # all five at once
    assert report.deviation == pytest.approx(0.005 / 3.505)  # exact mode moves nothing
    assert report.exact_deviation == 0
    assert stability(teacher, WORDS).deviation == pytest.approx((0.005 - 0.001) / 3.505)  # the smallest batch is of one


def test_labels_that_differ_are_counted():
    """Class 1 where a word is asked alone, as the first of the small batches is, and the longest always."""
    teacher = Told(Binary(), lambda words: np.where(lengths(words) == 4, 1.0, 1.0 if len(words) == 1 else -1.0))
    report = stability(teacher, WORDS)
    assert (report.labels_differed, report.deviation) == (1, 2.0)  # the fifth, alone as well, is the longest


def test_exact_mode_is_judged_by_its_own_answers():
    """Answers that depend on the place in a batch, in what says that it is exact mode too."""
    teacher = Told(Value(), lambda words: np.arange(1.0, len(words) + 1)[:, None])
    report = stability(WithExactMode(teacher, teacher), [(0,)] * 50, seed=7)
    places = np.argsort(np.random.default_rng(7).permutation(50))
    assert report.exact_deviation == pytest.approx(np.abs(places - np.arange(50)).max() / 50)
    assert report.deviation >= report.exact_deviation


def test_values_have_no_labels():
    report = stability(Told(Value(), lengths), WORDS)
    assert (report.labels_differed, report.labels_at_risk) == (None, None)
    assert "label" not in str(report)


@pytest.mark.parametrize(
    ("link", "scores", "expected"),
    [
        (Binary(), [[0.25], [-3.0], [0.0]], [0.25, 3.0, 0.0]),
        (Multiclass(), [[1.0, 5.0, 2.0], [4.0, 4.0, 0.0], [0.0, -2.0, -1.0]], [1.5, 0.0, 0.5]),
        (NextSymbol(2), [[1.0, 5.0, 2.0, 4.9], [3.0, 0.0, 9.0, 99.0]], [1.5, 3.0]),  # the last column never follows
        (Multiclass(), [[np.inf, 0.0], [-np.inf, -np.inf], [0.0, -np.inf]], [np.inf, 0.0, np.inf]),
    ],
)
def test_the_distance_to_another_label(link, scores, expected):
    np.testing.assert_array_equal(distance_to_another_label(link, np.array(scores)), expected)


@pytest.mark.parametrize("link", [Binary(), Multiclass(), NextSymbol(3)])
def test_labels_change_beyond_the_distance_and_not_within(rng, link):
    scores = rng.normal(size=(200, 1 if link == Binary() else 4))
    labels, distance = link.labels(scores), distance_to_another_label(link, scores)[:, None]
    towards = np.ones_like(scores)
    towards[np.arange(200), labels if scores.shape[1] > 1 else 0] = -1  # the worst: the largest falls, all others rise
    if link == Binary():
        towards = -np.sign(scores)
    assert (link.labels(scores + 0.999 * distance * towards) == labels).all()
    assert (link.labels(scores + 1.001 * distance * towards) != labels).all()


def test_labels_at_risk_are_those_within_the_tolerance():
    """Of the largest score, 1000, the tolerance is 0.01."""
    margins = {(): 1000.0, (0,): 0.0099, (1,): -0.0099, (2,): 0.0101}
    teacher = Told(Binary(), lambda words: [[margins[word]] for word in words])
    assert stability(teacher, list(margins)).labels_at_risk == 2


def test_infinite_scores_that_agree_do_not_differ():
    teacher = Told(NextSymbol(3), lambda words: [[0.0, -np.inf, -np.inf, -2.0]] * len(words))
    assert stability(teacher, WORDS) == Stability(5, 2.0, 0.0, None, 0, 0)


def test_scores_that_are_not_numbers_are_refused():
    teacher = Told(Binary(), lambda words: [[np.nan if word == (1, 1) else 1.0] for word in words])
    with pytest.raises(InputError, match=r"the word 1 ?1 is not a number"):
        stability(teacher, WORDS)


def test_no_words_and_unknown_ones_are_refused(rng):
    dfa = random_dfa(rng, 3, 2)
    with pytest.raises(InputError, match="no word"):
        stability(dfa, [])
    with pytest.raises(InputError, match="unknown symbol"):
        stability(dfa, [(0, 2)])


def test_every_word_is_asked_in_every_way_and_progress_is_told(rng):
    teacher, same = Told(Value(), lengths), Told(Value(), lengths)
    words = random_words(rng, 3, 83, 5)
    told = []
    stability(WithExactMode(teacher, same), words, seed=3, progress=lambda done, total: told.append((done, total)))
    at_once, shuffled, *batches = teacher.calls
    assert same.calls == [at_once, shuffled]
    assert at_once == words
    assert shuffled != words
    assert sorted(shuffled) == sorted(words)
    assert [len(batch) for batch in batches[:5]] == [1, 3, 17, 61, 1]
    assert [word for batch in batches[:5] for word in batch] == words
    assert len(batches) == 5
    assert told[-1] == (415, 415)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_network_in_float32():
    """The plain one may round differently from call to call; in exact mode it does not."""
    spec = RecurrentSpec("gru", 3, 33, (1,))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        network = RecurrentNetwork(spec)
    teacher = teacher_of(network, Alphabet.of_size(3), Binary(), Encoding(), 1)
    words = random_words(np.random.default_rng(2), 3, 300, 12)
    report = stability(teacher, words)
    assert report.deviation * report.largest_score <= rounding(network, words)
    assert report.exact_deviation == 0
    same = stability(exact(teacher), words)
    assert same.deviation == 0
    assert stability(exact(teacher), words) == same


def test_it_speaks_plainly_and_goes_into_json():
    report = Stability(1234, 12.5, 3.1e-7, 0.0, 0, 1)
    assert str(report) == (
        "1,234 words, asked at once, in another order, in small batches, and in exact mode:\n"
        "  answers to one word differ by at most 3.1e-07 of the largest score; "
        "the largest score is 12.5, the tolerance 1e-05 of it\n"
        "  in exact mode answers to one word are the same to the last bit\n"
        "  the label really differed for 0 words\n"
        "  the label could differ within the tolerance for 1 word"
    )
    assert json.loads(json.dumps(asdict(report)))["labels_at_risk"] == 1
    assert str(replace(report, exact_deviation=None)).splitlines()[::2] == [
        "1,234 words, asked at once, in another order and in small batches:",
        "  exact mode is not offered for this teacher",
        "  the label could differ within the tolerance for 1 word",
    ]
