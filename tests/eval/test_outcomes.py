"""Tables of labels and of probabilities, compared with words that are counted one by one."""

import json
from collections import Counter

import numpy as np
import pytest
from doubles import WholeWords, random_words, words_up_to

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval import columns
from nerode.eval.calibration import BINS, calibration
from nerode.eval.intervals import clopper_pearson
from nerode.eval.outcomes import Accuracy, Outcome, Outcomes, confusion, outcomes
from nerode.functions import function_teacher
from nerode.links import Binary, Multiclass, Value
from nerode.words import Alphabet

AB = Alphabet(("a", "b"))
EVEN = DFA(AB, [[1, 0], [0, 1]], [1, 0])
THREE = DFA(AB, [[1, 0], [2, 1], [0, 2]], [0, 1, 2], classes=3)
LAST = DFA(AB, [[1, 2], [1, 2], [1, 2]], [0, 1, 2], classes=3)
CHAIN = PDFA(AB, [[0, 1], [1, 0]], [[0.5, 0.25, 0.25], [0.1, 0.6, 0.3]])
OTHER = PDFA(AB, [[0, 1], [1, 0]], [[0.45, 0.25, 0.3], [0.05, 0.65, 0.3]])
WORDS = words_up_to(2, 6)


def weighted(seed, link, width=1, scale=2.0):
    rng = np.random.default_rng(seed)
    return WFA(AB, rng.normal(size=3), rng.normal(size=(2, 3, 3)) / scale, 3 * rng.normal(size=(3, width)), link)


class Silent(WholeWords):
    """Answers no number to words that begin with b."""

    def scores(self, words):
        words = self.inner.alphabet.words(words)
        scores = super().scores(words).copy()
        scores[[word[:1] == (1,) for word in words]] = np.nan
        return scores


class Short(WholeWords):
    longest = 4


@pytest.mark.parametrize(("student", "teacher"), [(EVEN, weighted(0, Binary())), (THREE, LAST), (Silent(LAST), THREE)])
def test_a_table_of_labels_counts_words(student, teacher):
    found = confusion(student, teacher, WORDS)
    expected = Counter()
    for word in WORDS:
        answer = student.scores([word])
        label = None if np.isnan(answer).any() else int(student.link.labels(answer)[0])
        expected[int(teacher.link.labels(teacher.scores([word]))[0]), label] += 1
    classes = range(len(found.counts))
    assert {(t, s): found.counts[t, s] for t in classes for s in classes if found.counts[t, s]} == {
        key: count for key, count in expected.items() if key[1] is not None
    }
    assert found.unanswered.tolist() == [expected[t, None] for t in classes]
    assert found.counts.sum() + found.unanswered.sum() == len(WORDS)
    assert ("no answer" in str(found)) == bool(found.unanswered.any())
    assert json.loads(json.dumps(found.to_json()))["counts"] == found.counts.tolist()


def probabilities(function, word):
    """The probabilities that belong to a word, one after another."""
    if function.link.task == "language-model":
        return np.concatenate([np.exp(function.scores([word[:k]])[0]) for k in range(len(word) + 1)])
    scores = function.scores([word])[0]
    if isinstance(function.link, Binary):
        return 1 / (1 + np.exp(-scores))
    return np.exp(scores) / np.exp(scores).sum()


PAIRS = [
    (weighted(0, Binary()), weighted(1, Binary())),
    (weighted(0, Multiclass(), 3), weighted(1, Multiclass(), 3)),
    (OTHER, CHAIN),
]


@pytest.mark.parametrize(("student", "teacher"), PAIRS)
def test_probabilities_are_compared_in_bins(student, teacher, monkeypatch):
    monkeypatch.setattr(columns, "CELLS", 500)
    found = calibration(student, teacher, WORDS)
    ours, theirs = (np.concatenate([probabilities(function, word) for word in WORDS]) for function in (student, teacher))
    assert sum(part.count for part in found.bins) == len(ours)
    for part in found.bins:
        assert part.high - part.low == pytest.approx(ours.max() / BINS)
        inside = (part.low <= ours) & (ours < part.high)
        inside |= (ours == ours.max()) & (part.high == pytest.approx(ours.max()))
        assert part.count == inside.sum()
        assert (part.student, part.teacher) == pytest.approx((ours[inside].mean(), theirs[inside].mean()))
    assert len(found.bins) > 2
    gap = sum(part.count * abs(part.student - part.teacher) for part in found.bins) / len(ours)
    assert found.gap == pytest.approx(gap)
    assert found.unscored == 0
    assert json.loads(json.dumps(found.to_json()))["bins"][0]["count"] == found.bins[0].count
    assert str(found).count("\n") == len(found.bins) + 1


def test_two_scores_and_their_margin_have_the_same_probabilities():
    """The probability of class 1 is compared, whether a classifier of two classes gives two scores or a margin."""
    found = []
    for seed in (0, 1):
        two = weighted(seed, Multiclass(), 2)
        found.append((two, WFA(AB, two.initial, two.transitions, two.final[:, 1:] - two.final[:, :1], Binary())))
    for student in found[0]:
        for teacher in found[1]:
            one, other = calibration(student, teacher, WORDS), calibration(found[0][1], found[1][1], WORDS)
            assert [part.count for part in one.bins] == [part.count for part in other.bins]
            assert one.gap == pytest.approx(other.gap)
            assert one.of == "class 1"
            assert len(one.bins) > 2


def test_a_student_is_calibrated_against_itself():
    assert calibration(CHAIN, CHAIN, WORDS).gap == 0
    assert calibration(Silent(CHAIN), CHAIN, WORDS).unscored == sum(word[:1] == (1,) for word in WORDS)


def test_labels_and_values_are_no_probabilities():
    labels = function_teacher(lambda word: word.count("a") % 2, "ab")
    assert labels.only_labels
    assert calibration(EVEN, weighted(0, Binary()), WORDS) is None
    assert calibration(weighted(0, Binary()), EVEN, WORDS) is None
    assert calibration(weighted(0, Binary()), labels, WORDS) is None
    assert calibration(weighted(0, Value()), weighted(1, Value()), WORDS) is None


def test_both_stand_beside_the_truth():
    words = random_words(np.random.default_rng(0), 2, 300, 6)
    true = [len(word) % 3 for word in words]
    found = outcomes(Silent(LAST), Short(THREE), words, true)
    read = [(word, label) for word, label in zip(words, true, strict=True) if len(word) <= 4]
    expected = Counter()
    for word, label in read:
        last = None if word[:1] == (1,) else 0 if not word else word[-1] + 1
        expected[label, word.count(0) % 3, last] += 1
    assert {(one.truth, one.teacher, one.student): one.count for one in found.outcomes} == expected
    assert [one.count for one in found.outcomes] == sorted(expected.values(), reverse=True)
    assert (found.words, found.left_out) == (len(read), len(words) - len(read))
    right = sum(count for (label, theirs, _), count in expected.items() if theirs == label)
    assert found.teacher.value == right / len(read)
    assert (found.teacher.low, found.teacher.high) == clopper_pearson(right, len(read))
    right = sum(count for (label, _, ours), count in expected.items() if ours == label)
    assert found.student.value == right / len(read)
    assert json.loads(json.dumps(found.to_json()))["outcomes"][0]["count"] == found.outcomes[0].count
    assert "too long for the network" in str(found)
    assert "no answer" in str(found)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: confusion(OTHER, CHAIN, WORDS), "is for classifiers"),
        (lambda: confusion(EVEN, EVEN, []), "no word to compare on"),
        (lambda: confusion(LAST, Silent(THREE), WORDS), "is not a number"),
        (lambda: calibration(EVEN, CHAIN, WORDS), "the task of the student"),
        (lambda: outcomes(EVEN, EVEN, ["a", "b"], [0]), "one for each of 2 words"),
        (lambda: outcomes(EVEN, EVEN, ["a", "b"], [0, 2]), "from 0 to 1"),
        (lambda: outcomes(EVEN, EVEN, ["a", "b"], [0.0, 1.0]), "whole numbers"),
        (lambda: outcomes(EVEN, Short(EVEN), ["aaaaa"], [0]), "are longer"),
    ],
)
def test_bad_input_is_refused(call, said):
    with pytest.raises(InputError, match=said):
        call()


def test_a_table_for_people_is_short_and_leaves_nothing_uncounted():
    many = tuple(Outcome(i, i, i + 1, 50 - i) for i in range(30))
    made = Outcomes(many, sum(each.count for each in many), Accuracy(1.0, None, None), Accuracy(0.0, None, None), 0)
    lines = str(made).splitlines()
    assert lines[21] == f"and {sum(50 - i for i in range(20, 30)):,} words of 10 other kinds, see --json"
    assert lines[22].startswith("accuracy of the network: 100.00%")
    assert len(made.to_json()["outcomes"]) == 30
