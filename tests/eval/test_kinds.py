"""The error by kind and length of word, compared with words and answers that are looked at one by one; `nerode eval --kinds`."""

import json
from collections import Counter

import numpy as np
import pytest
from doubles import WholeWords, random_words, words_up_to
from shell import run

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval.drawn import KINDS, WordKinds
from nerode.eval.intervals import clopper_pearson
from nerode.eval.kinds import BINS, error_by_kind
from nerode.eval.report import compare
from nerode.links import Binary, Multiclass, Value
from nerode.words import Alphabet

AB = Alphabet(("a", "b"))
EVEN = DFA(AB, [[1, 0], [0, 1]], [1, 0])  # an even number of a's
FOUR = DFA(AB, [[1, 0], [2, 1], [3, 2], [0, 3]], [1, 0, 0, 0])  # a multiple of four
THREE = DFA(AB, [[1, 0], [2, 1], [0, 2]], [0, 1, 2], classes=3)
NOTHING = DFA(AB, [[0, 0]], [0])
CHAIN = PDFA(AB, [[0, 1], [1, 0]], [[0.5, 0.25, 0.25], [0.1, 0.6, 0.3]])
OTHER = PDFA(AB, [[0, 1], [1, 0]], [[0.4, 0.35, 0.25], [0.1, 0.6, 0.3]])


def weighted(seed, link=Value(), width=1):  # noqa: B008  (frozen)
    rng = np.random.default_rng(seed)
    return WFA(AB, rng.normal(size=3), rng.normal(size=(2, 3, 3)) / 3, rng.normal(size=(3, width)), link)


class Short(WholeWords):
    """Reads at most six letters."""

    longest = 6

    def scores(self, words):
        words = self.inner.alphabet.words(words)
        assert max(map(len, words), default=0) <= self.longest
        return super().scores(words)


PAIRS = {
    "classifier": (EVEN, FOUR),
    "weighted classifier": (weighted(0, Binary()), EVEN),
    "three classes": (THREE, weighted(3, Multiclass(), 3)),
    "language model": (OTHER, CHAIN),
    "values": (weighted(0), weighted(1)),
}


def drawn(pair, name, count=200, given=(), teacher=None):
    student, other = PAIRS[pair]
    return WordKinds(np.random.default_rng(0), student, teacher or other, list(given)).draw(name, count).words


def of(student, teacher, given=(), count=200):
    return error_by_kind(student, teacher, np.random.default_rng(0), given, count)


def near(word):
    """All words with one letter substituted, inserted or deleted."""
    found = {word[:k] + word[k + 1 :] for k in range(len(word))}
    found |= {(*word[:k], a, *word[k + 1 :]) for k in range(len(word)) for a in (0, 1)}
    return found | {(*word[:k], a, *word[k:]) for k in range(len(word) + 1) for a in (0, 1)}


@pytest.mark.parametrize("pair", PAIRS)
def test_kinds_have_the_report_of_compare(pair):
    student, teacher = PAIRS[pair]
    given = random_words(np.random.default_rng(1), 2, 150, 12)
    found = of(student, teacher, given)["given"]
    expected = compare(student, teacher, given)
    assert {name: metric.value for name, metric in found.report.metrics.items()} == pytest.approx(
        {name: metric.value for name, metric in expected.metrics.items()}
    )
    assert of(student, teacher, given).metric == next(iter(expected.metrics))


def test_bins_hold_the_errors_of_their_lengths():
    given = random_words(np.random.default_rng(1), 2, 150, 12)
    bins = of(EVEN, FOUR, given)["given"].by_length
    assert len(bins) == BINS
    assert sum(part.words for part in bins) == len(given)
    for part in bins:
        words = [word for word in given if part.shortest <= len(word) <= part.longest]
        wrong = sum(word.count(0) % 4 == 2 for word in words)
        assert (part.words, part.error) == (len(words), wrong / len(words))
        assert (part.low, part.high) == pytest.approx(clopper_pearson(wrong, len(words)))
    assert max(part.words for part in bins) < 2 * min(part.words for part in bins)
    assert [part.longest for part in bins][:-1] < [part.shortest for part in bins][1:]


def test_words_of_one_length_are_one_bin():
    (part,) = of(EVEN, FOUR, [(0, 1)] * 5)["given"].by_length
    assert (part.shortest, part.longest, part.words, part.error) == (2, 2, 5, 0.0)


def test_errors_of_values_are_means_over_the_words_of_a_bin():
    given = random_words(np.random.default_rng(1), 2, 100, 12)
    student, teacher = PAIRS["values"]
    for part in of(student, teacher, given)["given"].by_length:
        words = [word for word in given if part.shortest <= len(word) <= part.longest]
        ours, theirs = student.scores(words)[:, 0], teacher.scores(words)[:, 0]
        errors = np.abs(ours - theirs) / np.maximum(np.abs(ours), np.abs(theirs))
        assert part.error == pytest.approx(errors.mean())
        assert part.low < part.error < part.high


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", KINDS)
def test_no_word_is_longer_than_the_teacher_reads(pair, name):
    teacher = Short(PAIRS[pair][1])
    words = drawn(pair, name, given=[(0,) * 6, (1,) * 7, (0, 1)], teacher=teacher)
    assert max(map(len, words), default=0) <= 6
    assert words or name in ("automaton", "network")


def test_drawn_words_are_of_their_kind():
    assert all(word.count(0) % 2 == 0 for word in drawn("classifier", "automaton"))
    assert all(word.count(0) % 4 == 0 for word in drawn("classifier", "network"))
    assert drawn("weighted classifier", "automaton") == []
    labels = Counter(sum(symbol == 0 for symbol in word) % 3 for word in drawn("three classes", "automaton", 300))
    assert set(labels.values()) == {100}
    given = [(0, 0, 0), (1, 0)]
    assert sorted(drawn("values", "given", given=given)) == sorted(given)
    assert Counter(map(len, drawn("language model", "uniform", 2000))).keys() == set(range(21))


def test_mutated_words_are_near_to_accepted_or_given_ones():
    accepted = {word for word in words_up_to(2, 8) if word.count(0) % 2 == 0}
    reached = set().union(*(near(word) for word in accepted))
    for word in drawn("classifier", "mutated", given=words_up_to(2, 3)):
        assert word in reached or near(word) & reached
    for word in drawn("values", "mutated", given=[(0,) * 5]):
        assert word in near((0,) * 5) or near(word) & near((0,) * 5)
    share = np.mean([word in accepted for word in drawn("classifier", "mutated", 1000, words_up_to(2, 3))])
    assert 0.2 < share < 0.8  # they are on both sides of the border


@pytest.mark.parametrize(("name", "model"), [("automaton", OTHER), ("network", CHAIN)])
def test_language_models_draw_words_as_often_as_they_are_likely(name, model):
    counts = Counter(drawn("language model", name, 4000))
    for word in words_up_to(2, 2):
        logs = [model.scores([word[:k]])[0, symbol] for k, symbol in enumerate((*word, 2))]
        assert counts[word] / 4000 == pytest.approx(np.exp(sum(logs)), abs=0.03)


def test_kinds_that_cannot_be_drawn_say_why():
    found = of(NOTHING, NOTHING)
    assert list(found.kinds) == ["uniform", "mutated"]
    assert found.left_out["automaton"] == "the automaton accepts no word"
    assert found.left_out["network"].startswith("the network accepts none of")
    assert "given: left out, since no words were given" in str(found)
    assert set(of(*PAIRS["values"]).left_out) == {"given", "automaton", "network"}
    long = DFA(AB, [[min(i + 1, 9)] * 2 for i in range(10)], [0] * 9 + [1])
    assert "reads none of" in of(long, Short(EVEN)).left_out["automaton"]
    with pytest.raises(InputError, match="no words of the kind 'automaton': the automaton accepts no word"):
        found["automaton"]
    with pytest.raises(InputError, match="there are uniform, mutated"):
        found["nonsense"]


class OnlyA(WholeWords):
    """After a letter b nothing has a meaning."""

    def scores(self, words):
        words = self.inner.alphabet.words(words)
        scores = super().scores(words).copy()
        scores[[1 in word for word in words]] = np.nan
        return scores


def test_a_kind_with_words_that_have_no_answer_is_left_out():
    found = of(OTHER, OnlyA(CHAIN), [(0,), (0, 0)])
    assert "given" in found.kinds
    assert "is not a number" in found.left_out["uniform"]


def test_the_same_seed_gives_the_same_answer_and_json_is_whole():
    for student, teacher in PAIRS.values():
        found = of(student, teacher, [(0, 1)])
        document = json.loads(json.dumps(found.to_json(), allow_nan=False))
        assert document == of(student, teacher, [(0, 1)]).to_json()
        assert document["by_kind"]["given"]["words"] == 1
        assert str(found).count("\n") > 8


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="at least one word"):
        of(EVEN, FOUR, count=0)
    with pytest.raises(InputError, match="the task of the student"):
        of(EVEN, CHAIN)
    with pytest.raises(InputError, match="all given words are longer"):
        of(EVEN, Short(FOUR), [(0,) * 7])


def test_the_command(capsys, tmp_path):
    EVEN.save(tmp_path / "even.json")
    FOUR.save(tmp_path / "four.json")
    (tmp_path / "words").write_text("".join(f"{'a' * n}b\n" for n in range(40)))
    both = ("eval", tmp_path / "even.json", tmp_path / "four.json")
    answer = run(capsys, *both, "--words", tmp_path / "words", "--kinds", "--json").answer
    expected = error_by_kind(EVEN, FOUR, np.random.default_rng([0, 2]), ["a" * n + "b" for n in range(40)])
    assert answer["kinds"] == json.loads(json.dumps(expected.to_json()))
    assert answer["confusion"] == {"counts": [[20, 10], [0, 10]], "unanswered": [0, 0]}
    assert answer["costs"]["words"] == 40
    shown = run(capsys, *both, "--sample", 50, "--kinds").out
    plain = run(capsys, *both, "--sample", 50)
    assert shown.startswith(plain.out.rstrip())
    for title in ("By kind and length of word:", "Classes of random words:", "Costs of random words:"):
        assert title in shown
        assert title not in plain.out
    CHAIN.save(tmp_path / "chain.json")
    answer = run(capsys, "eval", tmp_path / "chain.json", tmp_path / "chain.json", "--sample", 30, "--kinds", "--json").answer
    assert (answer["kinds"]["metric"], "confusion" in answer) == ("log_prob_error_per_symbol", False)
