"""Context-free grammars against brute force: all words that rules derive, up to a length."""

import json
from itertools import product

import numpy as np
import pytest

import nerode
from nerode.automata import parsing
from nerode.automata.cfg import CFG, MOST_NONTERMINALS
from nerode.automata.derivations import Derivations
from nerode.automata.documents import Fields
from nerode.automata.parsing import LONGEST
from nerode.automata.reduction import reduced
from nerode.errors import InputError
from nerode.words import Alphabet, all_words

LETTERS = Alphabet(("a", "b"))
LENGTH = 5


def derived(grammar, length):
    """All words of at most so many letters that each nonterminal derives, by rounds of substitution until nothing is new."""
    words = {left: set() for left in range(grammar.states)}
    while True:
        before = {left: set(known) for left, known in words.items()}
        for left, right in grammar.rules:
            parts = [[(symbol,)] if symbol >= 0 else before[-1 - symbol] for symbol in right]
            words[left] |= {word for some in product(*parts) if len(word := sum(some, ())) <= length}
        if words == before:
            return words[grammar.initial]


def random_grammar(rng):
    """Rules of 0 to 3 symbols: some are useless, some derive ε, some only rename, and some go in a circle."""
    n = int(rng.integers(1, 5))
    rules = [
        (int(rng.integers(n)), tuple(int(symbol) for symbol in rng.integers(-n, 2, size=rng.choice([0, 1, 2, 2, 3]))))
        for _ in range(int(rng.integers(2, 9)))
    ]
    return CFG(LETTERS, tuple(f"N{i}" for i in range(n)), tuple(rules), int(rng.integers(n)))


def test_membership_is_derivation():
    rng = np.random.default_rng(0)
    words = list(all_words(2, LENGTH))
    sizes = set()
    for _ in range(150):
        grammar = random_grammar(rng)
        inside = derived(grammar, LENGTH)
        sizes.add(len(inside))
        found = grammar.predict(words)
        assert {word for word, label in zip(words, found, strict=True) if label} == inside, str(grammar)
    assert len(sizes) > 20


def test_grammars_of_many_nonterminals_take_several_numbers():
    chain = tuple((i, (i % 2, -2 - i)) for i in range(150))
    grammar = CFG(LETTERS, tuple(f"N{i}" for i in range(151)), (*chain, (150, ())))
    word = tuple(i % 2 for i in range(150))
    assert grammar.predict([word, word[:-1], (*word, 0), (1, *word[1:])]).tolist() == [1, 0, 0, 0]


def test_a_reduced_grammar_has_the_same_words():
    rng = np.random.default_rng(1)
    words = list(all_words(2, LENGTH))
    smaller = 0
    for _ in range(150):
        grammar = random_grammar(rng)
        less = reduced(grammar)
        np.testing.assert_array_equal(less.predict(words), grammar.predict(words), str(grammar))
        assert less.initial == 0
        assert less.nonterminals[0] == "S"
        smaller += less.states < grammar.states
    assert smaller > 25


def test_ends_are_written_behind_and_rules_are_shared():
    a, b = 0, 1
    grammar = CFG(LETTERS, ("X", "Y", "Z"), ((0, (a, -2)), (0, ()), (1, (b,)), (1, (a, -3, b)), (2, (b,)), (2, (a, -2, b))))
    assert reduced(grammar).lines() == ['S → ε | "a" S "b"']


def test_stepping_reads_as_whole_words_are_read():
    grammar = CFG(LETTERS, ("S",), ((0, ()), (0, (0, -1, 1))))
    words = [(), (0, 1), (0, 0, 1, 1), (1,), (0, 1, 1)]
    scores, offsets = nerode.stepping.prefix_scores(grammar, words)
    np.testing.assert_array_equal(scores[offsets[1:] - 1], grammar.scores(words))
    assert grammar.scores(["", "ab", "b"])[:, 0].tolist() == [1, 1, -1]


def test_there_and_back_by_json(tmp_path):
    grammar = CFG(Alphabet(("if", '"')), ("S", "A"), ((0, (0, -2)), (1, ()), (1, (1, -1, -1))), 1)
    again = CFG.from_json(Fields(json.loads(json.dumps(grammar.to_json()))))
    assert again.to_json() == grammar.to_json()
    grammar.save(tmp_path / "x.json", extraction={"seed": 1})
    loaded = nerode.load_automaton(tmp_path / "x.json")
    assert isinstance(loaded, CFG)
    assert loaded.to_json() == grammar.to_json()
    assert str(loaded) == '<CFG: 2 nonterminals, 3 rules, 2 symbols>\nA → ε | "\\"" S S\nS → "if" A'
    for suffix in ("svg", "dot", "graphml", "jff"):
        with pytest.raises(InputError, match=r"cannot hold a CFG; save it as \.json$"):
            grammar.save(tmp_path / f"x.{suffix}")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"nonterminals": []}, "1 to"),
        ({"nonterminals": ["S"] * 2}, "differ"),
        ({"nonterminals": ["S", "a b"]}, "white space"),
        ({"nonterminals": [f"N{i}" for i in range(MOST_NONTERMINALS + 1)]}, "1 to"),
        ({"nonterminals": ["S", 1]}, "list of strings"),
        ({"initial": 2}, "cannot begin"),
        ({"rules": [[0, [2]]]}, "does not have"),
        ({"rules": [[0, [-3]]]}, "does not have"),
        ({"rules": [[2, []]]}, "does not have"),
        ({"rules": [[0, [1.0]]]}, "pairs"),
        ({"rules": [[True, [1]]]}, "pairs"),
        ({"rules": [[0, [0] * 30_000]]}, "at most"),
        ({"rules": [[0, [0] * 1001]]}, "more than 1,000"),
        ({"rules": 7}, "pairs"),
    ],
)
def test_bad_fields_are_refused(change, said):
    fields = {"alphabet": ["a", "b"], "nonterminals": ["S", "A"], "initial": 0, "rules": []}
    with pytest.raises(InputError, match=said):
        CFG.from_json(Fields(fields | change))


def test_words_that_are_too_long_are_refused():
    grammar = CFG(LETTERS, ("S",), ((0, ()), (0, (0, -1))))
    assert grammar.predict([(0,) * LONGEST])[0] == 1
    with pytest.raises(InputError, match="too long"):
        grammar.predict([(0,) * (LONGEST + 1)])


def test_derivations_have_the_depth_that_is_asked_for():
    rng = np.random.default_rng(0)
    pairs = CFG(LETTERS, ("S",), ((0, (0, 1)), (0, (0, -1, 1))))
    for depth in range(5):
        assert Derivations(pairs).draw(rng, 10, depth, 50) == [(0,) * (depth + 1) + (1,) * (depth + 1)]
    assert Derivations(pairs).draw(rng, 10, 30, 50) == []
    brackets = CFG(LETTERS, ("S",), ((0, ()), (0, (0, -1, 1, -1))))
    drawn = 0
    for depth in range(1, 6):
        for word in Derivations(brackets).draw(rng, 30, depth, 40):
            assert max(np.cumsum([1 - 2 * letter for letter in word])) == depth
            drawn += brackets.predict([word])[0]
    assert drawn > 80
    lists = CFG(LETTERS, ("S",), ((0, (0,)), (0, (0, -1))))
    assert not Derivations(lists).possible(1)
    assert Derivations(CFG(LETTERS, ("S",), ((0, (0, -1)),))).empty


def test_random_grammars_derive_what_is_drawn():
    rng = np.random.default_rng(2)
    count = 0
    for _ in range(100):
        grammar = random_grammar(rng)
        derivations = Derivations(grammar)
        words = [word for depth in range(3) for word in derivations.draw(rng, 5, depth, 12)]
        assert grammar.predict(words).all()
        assert not (words and derivations.empty)
        count += len(words)
    assert count > 100


def test_right_sides_are_looked_through_once_for_each_depth(monkeypatch):
    """So that grammars over thousands of letters are drawn from in no time."""
    seen = []
    places = Derivations._places
    monkeypatch.setattr(Derivations, "_places", lambda *given: seen.append(given) or places(*given))
    letters = Alphabet.of_size(300)
    grammar = CFG(letters, ("S",), ((0, ()), *((0, (letter, -1)) for letter in range(300))))
    assert len(Derivations(grammar).draw(np.random.default_rng(0), 50, 0, 40)) > 10
    assert 301 < len(seen) <= 3 * 301  # twice until nothing is new, and once to draw


def test_long_chains_of_nonterminals_take_no_square_of_their_number(monkeypatch):
    seen = []
    places, length = Derivations._places, Derivations._length
    monkeypatch.setattr(Derivations, "_places", lambda *given: seen.append(given) or places(*given))
    monkeypatch.setattr(Derivations, "_length", lambda *given: seen.append(given) or length(*given))
    chain = CFG(LETTERS, tuple(f"N{i}" for i in range(300)), (*((i, (-2 - i,)) for i in range(299)), (299, (0,))))
    assert Derivations(chain).draw(np.random.default_rng(0), 1, 0, 20) == [(0,)]
    assert 600 < len(seen) < 10 * 300


@pytest.mark.parametrize(("nonterminals", "parts"), [(3, 1), (30, 12)])
def test_words_of_large_grammars_are_parsed_one_by_one_so_that_interruptions_are_seen(monkeypatch, nonterminals, parts):
    calls = []
    monkeypatch.setattr(parsing, "_parse", lambda *given: calls.append(given))
    n = nonterminals
    rules = [(i, (-1 - j, -1 - (i + j) % n)) for i in range(n) for j in range(n)]
    grammar = CFG(LETTERS, tuple(f"N{i}" for i in range(n)), (*rules, *((i, (i % 2,)) for i in range(n))))
    words = np.random.default_rng(0).integers(0, 2, (12, 130))
    grammar.predict([tuple(word) for word in words.tolist()])
    assert len(calls) == parts


def test_large_grammars_are_made_and_asked_at_once():
    """Long right sides of what may be empty: all their ends derive each other's."""
    sides = tuple((0, (-2,) * length) for length in range(990, 1000))
    grammar = CFG(LETTERS, ("S", "A"), (*sides, (1, ()), (1, (0,))))
    assert grammar.predict(["", "a", "aaa", "ab"]).tolist() == [1, 1, 1, 0]
    with pytest.raises(InputError, match="more than 1,000 symbols"):
        CFG(LETTERS, ("S",), ((0, (0,) * 1001),))
