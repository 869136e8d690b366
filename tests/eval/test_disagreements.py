"""The search for disagreements, compared with all short words and with faults that only a search finds."""

import json

import numpy as np
import pytest
from doubles import WholeWords, words_up_to

import nerode.eval.disagreements as module
from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval.apart import LIKELY, RELATIVE, compared
from nerode.eval.disagreements import END, ROUNDS, SHOWN, disagreements
from nerode.functions import function_teacher
from nerode.links import Binary, Multiclass, Value
from nerode.words import Alphabet

AB = Alphabet(("a", "b"))
EVEN = DFA(AB, [[1, 0], [0, 1]], [1, 0])
FOUR = DFA(AB, [[1, 0], [2, 1], [3, 2], [0, 3]], [1, 0, 0, 0])
ALL = DFA(AB, [[0, 0]], [1])
CHAIN = PDFA(AB, [[0, 1], [1, 0]], [[0.5, 0.25, 0.25], [0.1, 0.6, 0.3]])
OTHER = PDFA(AB, [[0, 1], [1, 1]], [[0.2, 0.55, 0.25], [0.1, 0.6, 0.3]])


def weighted(seed, link=Value(), width=1):  # noqa: B008  (frozen)
    rng = np.random.default_rng(seed)
    return WFA(AB, rng.normal(size=3), rng.normal(size=(2, 3, 3)) / 2, rng.normal(size=(3, width)), link)


def avoiding(pattern):
    """The words without a pattern, by the automaton of Knuth, Morris and Pratt."""
    n = len(pattern)
    after = [[max(k for k in range(j + 2) if (*pattern[:j], a)[j + 1 - k :] == pattern[:k]) for a in (0, 1)] for j in range(n)]
    return DFA(AB, [*after, [n, n]], [1] * n + [0])


class Short(WholeWords):
    longest = 5


PAIRS = {
    "dfa": (EVEN, FOUR),
    "dfa of a weighted classifier": (EVEN, weighted(1, Binary())),
    "weighted classifier": (weighted(0, Binary()), weighted(1, Binary())),
    "three classes": (weighted(0, Multiclass(), 3), weighted(1, Multiclass(), 3)),
    "language model": (OTHER, CHAIN),
    "values": (weighted(0), weighted(1)),
}


def find(automaton, teacher, queries=1000, seed=0, given=()):
    return disagreements(automaton, teacher, np.random.default_rng(seed), given, queries)


def slow(student, teacher, word):
    """Whether two functions disagree on a word, and by how much, written down for one word."""
    ours, theirs = student.scores([word])[0], teacher.scores([word])[0]
    if teacher.link.task == "scores":
        size = np.abs(ours - theirs).max()
        return bool((np.abs(ours - theirs) > RELATIVE * np.maximum(np.abs(ours), np.abs(theirs))).any()), size
    apart = student.link.labels(ours[None])[0] != teacher.link.labels(theirs[None])[0]
    if teacher.link.task == "language-model":
        likely = np.maximum(ours, theirs) >= np.log(LIKELY / len(ours))
        return apart, np.abs(ours - theirs)[likely].max()
    sure = [
        abs(scores[0]) if len(scores) == 1 else np.sort(scores)[-1] - np.sort(scores)[-2]
        for function, scores in ((student, ours), (teacher, theirs))
        if not isinstance(function, DFA)
    ]
    return apart, min(sure, default=1.0) * (1 if apart else -1)


@pytest.mark.parametrize("pair", PAIRS)
def test_answers_are_those_of_single_words(pair):
    student, teacher = PAIRS[pair]
    words = words_up_to(2, 6)
    found = compared(student, teacher, words)
    expected = [slow(student, teacher, word) for word in words]
    assert found.apart.tolist() == [apart for apart, _ in expected]
    np.testing.assert_allclose(found.sizes, [size for _, size in expected], rtol=1e-12)
    assert found.apart.any()


@pytest.mark.parametrize("pair", PAIRS)
def test_the_shortest_are_the_shortest_of_all_words(pair):
    student, teacher = PAIRS[pair]
    found = find(student, teacher)
    expected = [word for word in words_up_to(2, 7) if slow(student, teacher, word)[0]][:SHOWN]
    assert [one.word for one in found.shortest] == expected
    assert len(expected) == SHOWN


@pytest.mark.parametrize("pair", PAIRS)
def test_the_worst_are_worse_than_all_short_words(pair):
    student, teacher = PAIRS[pair]
    found = find(student, teacher)
    apart = [slow(student, teacher, word) for word in words_up_to(2, 6)]
    assert found.worst[0].size >= max(size for differ, size in apart if differ or size > 0) * (1 - 1e-9)
    sizes = [one.size for one in found.worst]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes == pytest.approx([slow(student, teacher, one.word)[1] for one in found.worst])


@pytest.mark.parametrize("pair", PAIRS)
def test_answers_and_the_place_where_classes_part_are_those_of_the_functions(pair):
    student, teacher = PAIRS[pair]
    found = find(student, teacher)
    for one in (*found.shortest, *found.worst):
        assert one.text == AB.text(one.word)
        if one.labels is not None:
            assert one.labels == (student.predict([one.word])[0], teacher.predict([one.word])[0])
        if teacher.link.task == "classifier":
            labels = [
                (student.predict([p])[0], teacher.predict([p])[0]) for p in (one.word[:k] for k in range(len(one.word) + 1))
            ]
            assert one.parts_at in (None, next(k for k, (ours, theirs) in enumerate(labels) if ours != theirs))
        else:
            assert one.parts_at is None
        assert (one.symbol is None) == (teacher.link.task != "language-model")
        if one.symbol is not None:
            symbol = ("a", "b", END).index(one.symbol)
            expected = student.scores([one.word])[0, symbol], teacher.scores([one.word])[0, symbol]
            assert (one.automaton, one.teacher) == pytest.approx(expected, rel=1e-12)
        if student.width == 1:
            expected = student.scores([one.word])[0, 0], teacher.scores([one.word])[0, 0]
            assert (one.automaton, one.teacher) == pytest.approx(expected, rel=1e-12)
    if teacher.link.task == "classifier":
        assert found.shortest[0].parts_at == len(found.shortest[0].word)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("queries", [20, 300])
def test_no_word_is_asked_twice_nor_more_than_there_are_queries(pair, queries):
    student, inner = PAIRS[pair]
    teacher = Short(inner)
    found = find(student, teacher, queries)
    searched = teacher.asked[: sum(asked for asked, _ in found.found.values())]
    assert len(set(searched)) == len(searched)
    assert len(searched) <= found.asked <= queries
    assert set(teacher.asked[len(searched) :]) <= {one.word[:k] for one in (*found.shortest, *found.worst) for k in range(6)}
    assert max(map(len, teacher.asked)) <= 5
    assert all(apart <= asked for asked, apart in found.found.values())


def test_climbing_finds_what_samples_do_not():
    """The network gives way on words with many a's: its margins say so, and random words have few."""
    few = function_teacher(lambda word: 13.5 - word.count("a"), "ab", gives="scores")
    found = find(ALL, few, 3000, given=[(0, 1) * 8] * 20)
    sampled = sum(apart for name, (_, apart) in found.found.items() if name not in ("climbing", "mutated"))
    assert found.found["climbing"][1] > 10 * max(1, sampled)
    assert all(one.word.count(0) >= 14 for one in found.worst)


def test_the_worst_of_the_words_that_climbing_made_of_one_stands_for_all(monkeypatch):
    monkeypatch.setattr(module, "KEPT", 1)
    few = function_teacher(lambda word: 13.5 - word.count("a"), "ab", gives="scores")
    found = find(ALL, few, 3000, given=[(0, 1) * 8] * 20)
    others = sum(apart for name, (_, apart) in found.found.items() if name != "climbing")
    assert found.found["climbing"][1] > 3 * SHOWN
    assert 0 < len(found.worst) <= others + ROUNDS


def test_words_around_states_find_what_few_words_reach():
    """The DFA errs on one word of eleven letters, next to a state that no shorter word reaches."""
    pattern = (0, 1, 1, 0, 1, 0, 0, 1, 1, 1)
    right = avoiding((*pattern, 1, 0))
    wrong = avoiding((*pattern, 1))
    found = find(wrong, right, 600)
    assert found.found["around states"][1] > 0
    assert found.shortest[0].word == (*pattern, 1)


def test_two_equal_functions_have_no_disagreement():
    found = find(EVEN, WholeWords(EVEN))
    assert (found.shortest, found.worst) == ((), ())
    assert "shortest: none" in str(found)


def test_an_answer_that_is_no_number_is_a_disagreement():
    huge = WFA(AB, [1.0, 1.0], [np.eye(2) * 1e200] * 2, [[1.0], [-1.0]], Binary())
    found = find(huge, FOUR)
    assert [one.word for one in found.shortest][:3] == [(), (1,), (0, 0)]  # margins of 0, and then none
    none = [one for one in found.worst + found.shortest if one.labels[0] is None]
    assert none
    assert none[0].automaton is None
    assert "no number" in str(found)
    json.dumps(found.to_json(), allow_nan=False)


@pytest.mark.parametrize("pair", PAIRS)
def test_the_same_seed_gives_the_same_answer(pair):
    found = find(*PAIRS[pair], seed=1).to_json()
    assert found == find(*PAIRS[pair], seed=1).to_json()
    assert json.loads(json.dumps(found, allow_nan=False))["shortest"][0]["text"]


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="at least 20 queries"):
        find(EVEN, FOUR, 10)
    with pytest.raises(InputError, match="the task of the student"):
        find(EVEN, CHAIN)
    with pytest.raises(InputError, match="is not a number"):
        find(EVEN, WFA(AB, [1.0, 1.0], [np.eye(2) * 1e200] * 2, [[1.0], [-1.0]], Binary()))
