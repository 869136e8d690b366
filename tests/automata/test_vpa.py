import itertools
import json

import numpy as np
import pytest
from stack_truth import accepts, brackets, random_vpa, small_vpas

from nerode.automata.diagram import EVERYTHING, DrawingSettings
from nerode.automata.loading import from_networkx, load_automaton
from nerode.automata.nested_words import NestedWords, heights_of, near_misses, respelt
from nerode.automata.stack_operations import access_words, equivalent, minimise, same_kinds, separating_word
from nerode.automata.vpa import CALL, INTERNAL, RETURN, VPA
from nerode.datasets.languages import Dyck
from nerode.errors import InputError
from nerode.words import Alphabet, all_words

RANDOM = [
    random_vpa(np.random.default_rng(seed), *sizes)
    for seed, sizes in enumerate(
        [(1, 1, 1, 1), (3, 1, 1, 1), (4, 0, 2, 1), (5, 1, 1, 2), (3, 2, 0, 0), (3, 1, 1, 0), (2, 1, 0, 1)]
    )
]


def words_of(vpa, most=3000):
    """All words up to the length that allows so many."""
    letters, length = len(vpa.alphabet), 0
    while sum(letters**k for k in range(length + 2)) <= most:
        length += 1
    return list(all_words(letters, length))


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("kinds", "transitions", "pops", "accepting"))


@pytest.mark.parametrize("vpa", RANDOM)
def test_scores_are_those_of_a_plain_stack(vpa):
    words = words_of(vpa)
    truth = [accepts(vpa, word) for word in words]
    assert vpa.predict(words).tolist() == truth
    assert len(words) > 300
    if len(vpa.calls) and len(vpa.returns):
        deep = [word for word, height in zip(words, heights_of(vpa.kinds, words), strict=True) if height > 1]
        assert deep


def test_brackets_are_brackets():
    for kinds in (1, 2, 3):
        language = Dyck(kinds, fillers=1)
        words = words_of(brackets(kinds))
        assert (brackets(kinds).scores(words) == language.scores(words)).all()


@pytest.mark.parametrize("vpa", RANDOM)
def test_files_and_graphs_keep_everything(vpa, tmp_path):
    vpa.save(tmp_path / "a.json")
    for again in (load_automaton(tmp_path / "a.json"), from_networkx(vpa.to_networkx())):
        assert isinstance(again, VPA)
        assert again.initial == vpa.initial
        assert same(again, vpa)
        with pytest.raises(ValueError, match="read-only"):
            again.pops[...] = 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"calls": [5]}, "letters 0 to 2"),
        ({"calls": [1, 0], "returns": [], "pops": []}, "ascending"),
        ({"calls": [0], "returns": [0]}, "both a call and a return"),
        ({"accepting": [2]}, "0 and 1"),
        ({"accepting": [], "pops": []}, "do not fit"),
        ({"transitions": [[7]]}, "location that it does not have"),
        ({"transitions": [[0, 0]]}, "do not fit"),
        ({"initial": 1}, "location that it does not have"),
        ({"pops": [[[1]]]}, "location that it does not have"),
        ({"pops": []}, "'pops'"),
        ({"pops": [[[0, 0]]]}, "the shape"),
        ({"calls": "("}, "'calls'"),
    ],
)
def test_files_that_do_not_fit(change, said, tmp_path):
    fields = brackets(1).to_json() | change
    (tmp_path / "a.json").write_text(json.dumps({"format": "nerode-automaton", "version": 1, "type": "vpa"} | fields))
    with pytest.raises(InputError, match="cannot be loaded") as refused:
        load_automaton(tmp_path / "a.json")
    assert said in str(refused.value)


@pytest.mark.parametrize("vpa", RANDOM)
def test_the_minimal_automaton_is_equivalent_and_minimal_and_canonical(vpa, rng):
    least = minimise(vpa)
    words = words_of(vpa)
    assert (least.scores(words) == vpa.scores(words)).all()
    assert equivalent(least, vpa)
    assert same(minimise(least), least)
    order = rng.permutation(vpa.states)  # the same automaton with its locations renamed
    name = np.argsort(order)
    renamed = VPA(
        vpa.alphabet, vpa.calls, vpa.returns, name[vpa.transitions[order]],
        name[vpa.pops[np.ix_(order, np.arange(len(vpa.returns)), order)]], vpa.accepting[order], int(name[vpa.initial]),
    )  # fmt: skip
    assert same(minimise(renamed), least)
    # all pairs of locations are told apart by a context of two words that the locations' words stand between
    access = access_words(least)
    assert list(access) == list(range(least.states))
    for p, q in itertools.combinations(range(least.states), 2):
        contexts = [(u, v) for u in words[:90] for v in words[:90]]
        asked = [[(*u, *access[state], *v) for u, v in contexts] for state in (p, q)]
        assert (least.predict(asked[0]) != least.predict(asked[1])).any()


def test_access_words_are_the_least():
    for vpa in RANDOM:
        found = access_words(vpa)
        matched = [word for word, h in zip(words_of(vpa), heights_of(vpa.kinds, words_of(vpa)), strict=True) if h >= 0]
        seen = {}
        for word in matched:
            states = vpa.start()
            for letter in word:
                states = vpa.advance(states, np.zeros(1, np.int64), np.array([letter]))
            seen.setdefault(int(states[0][0]), word)
        assert len(seen) > 0
        assert {state: found[state] for state in seen} == seen


def test_separating_words_are_the_least_of_all_words():
    met = set()
    for seed in range(30):
        rng = np.random.default_rng(seed)
        a, b = random_vpa(rng, 3, 1, 1, 1), random_vpa(rng, 2, 1, 1, 1)
        b = VPA(a.alphabet, a.calls, a.returns, b.transitions, b.pops, b.accepting)
        words = list(all_words(3, 7))
        apart = np.flatnonzero(a.predict(words) != b.predict(words))
        word = separating_word(a, b)
        if len(apart):
            assert word == words[apart[0]]
        else:
            assert word is None or len(word) > 7
        met.add(len(apart) > 0)
    assert met == {True, False}


def test_automata_that_cannot_be_compared():
    two = brackets(1)
    with pytest.raises(InputError, match="different alphabets"):
        separating_word(two, brackets(2))
    other = VPA(two.alphabet, [], [], [[0, 0, 0]], np.zeros((1, 0, 1, 0)), [1])
    assert not same_kinds(two, other)
    with pytest.raises(InputError, match="different calls or returns"):
        equivalent(two, other)


def test_drawn_words_have_their_height_and_length_and_are_uniform(rng):
    vpa = brackets(2)
    words = NestedWords(vpa, 6, 3)
    truth = {}
    for word, height in zip(all_words(5, 6), heights_of(vpa.kinds, list(all_words(5, 6))), strict=True):
        if height >= 0:
            truth.setdefault((int(height), len(word), accepts(vpa, word)), []).append(word)
    assert {(h, n, not q) for h, n, q in np.argwhere(words.possible).tolist()} == set(truth)
    drawn = words.draw(rng, np.full(8400, 2), np.full(8400, 6), np.array([True, False]))
    assert set(drawn) == set(truth[2, 6, True])
    assert len(set(drawn)) == 84
    assert max(abs(drawn.count(word) - 100) for word in set(drawn)) < 50  # five standard deviations
    assert words.draw(rng, np.array([3]), np.array([5]), np.ones(2, bool)) == []


def test_heights_and_words_close_to_others(rng):
    vpa = brackets(2)
    kinds = vpa.kinds
    assert kinds.tolist() == [CALL, RETURN, CALL, RETURN, INTERNAL]
    words = [vpa.alphabet.word(text) for text in ("", "a", "()", "([])a()", ")(", "((", "(()))")]
    assert heights_of(kinds, words).tolist() == [0, 0, 1, 2, -1, -1, -1]
    accepted = NestedWords(vpa, 8, 3).draw(rng, rng.integers(0, 4, 200), rng.integers(0, 9, 200), vpa.accepting)
    assert len(accepted) > 100
    for word, other in zip([word for word in accepted if word], respelt(rng, accepted, kinds), strict=True):
        assert kinds[list(word)].tolist() == kinds[list(other)].tolist()
        assert sum(a != b for a, b in zip(word, other, strict=True)) <= 1
    close = near_misses(rng, vpa, accepted)
    assert len(close) > 50
    assert not any(accepts(vpa, word) for word in close)


def test_a_drawing_looks_like_that_of_a_textbook():
    drawn = brackets(2).diagram()
    assert [(node.label, node.accepting) for node in drawn.nodes] == [("0", True)]
    assert [edge.label.split("\n") for edge in drawn.edges] == [["a", "( push (", "[ push [", ") pop (", "] pop ["]]
    assert drawn.caption == "Not drawn: 1 location (1), from which no word is accepted; missing arrows lead there."
    assert len(brackets(2).diagram(EVERYTHING).edges) == 5
    # XⁿYⁿ: ε and n ≥ 1 are told apart, so that stack symbols name their location
    pops = np.full((3, 1, 3, 1), 2)
    pops[:2, 0, 0, 0] = 1
    counter = VPA(Alphabet(("X", "Y")), [0], [1], np.zeros((3, 0)), pops, [1, 1, 0])
    words = list(all_words(2, 8))
    assert [accepts(counter, word) for word in words] == [
        word == (0,) * (len(word) // 2) + (1,) * (len(word) // 2) for word in words
    ]
    assert {(e.source, e.target, e.label) for e in counter.diagram().edges} == {
        ("s0", "s0", "X push 0X"), ("s0", "s1", "Y pop 0X"), ("s1", "s1", "Y pop 0X"),
    }  # fmt: skip
    assert counter.diagram(DrawingSettings(max_states=1)).edges == ()


def test_what_is_said_of_an_automaton():
    assert repr(brackets(2)) == "<VPA: 2 states, 5 symbols, 1 accepting, calls ([, returns )]>"
    assert str(brackets(1)).splitlines()[1:] == ["  location  accepts  a  ) pop 0(", "→ 0         yes      0  0"]


def test_small_automata_are_there():
    assert all(vpa.states >= 3 for vpa in small_vpas(5, 3))
