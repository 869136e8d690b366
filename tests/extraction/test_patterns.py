"""Grammars from patterns: the languages LG1 to LG15 as black boxes, from their own DFAs and by query learning."""

import numpy as np
import pytest

import nerode
from nerode.automata.cfg import CFG
from nerode.automata.dfa import DFA
from nerode.automata.operations import minimise
from nerode.datasets.nested import BROKEN, lg
from nerode.errors import InputError
from nerode.eval import depths as followed
from nerode.eval.depths import depths
from nerode.extraction.patterns.folding import folded
from nerode.extraction.patterns.spans import Part, confirmed, lengths_of, part_of, spans, supported
from nerode.links import Binary
from nerode.sampling import mutate
from nerode.stepping import scores_by_stepping
from nerode.words import all_words

GRAMMARS = {
    1: ['S → ε | "a" S "b"'],
    6: ['S → ε | "c" S A | "ab" S A', 'A → "f" | "de"'],
    7: ['S → "(" A ")" | "[" A "]"', 'A → ε | "(" A ")" A | "[" A "]" A'],
    12: ['S → ε | "(" A ")" | "{" B "}"', 'A → ε | "{" B "}"', 'B → ε | "(" A ")"'],
    15: ['S → "(" A ")"', 'A → ε | "d" A | "(" A ")" A | "abc" A'],
}


def shallow_dfa(language, deepest):
    """The minimal DFA of the words of a language in which no more pairs are open than that, by its own states."""
    letters = len(language.alphabet)
    number, waiting, table = {}, [tuple(part[0] for part in language.start())], []
    number[waiting[0]] = 0
    for state in waiting:
        batch = tuple(np.array([part], dtype=object if i == 3 else np.int64) for i, part in enumerate(state))
        after = language.advance(batch, np.zeros(letters, np.int64), np.arange(letters))
        row = []
        for letter in range(letters):
            following = tuple(int(part[letter]) for part in after)
            following = (BROKEN, 0, 0, 0) if following[0] == BROKEN or following[2] > deepest else following
            if following not in number:
                number[following] = len(number)
                waiting.append(following)
            row.append(number[following])
        table.append(row)
    batch = tuple(np.array(part, dtype=object if i == 3 else np.int64) for i, part in enumerate(zip(*waiting, strict=True)))
    return minimise(DFA(language.alphabet, np.array(table), language.read(batch)[:, 0] > 0))


@pytest.mark.parametrize("number", range(1, 16))
@pytest.mark.sampled(5)
def test_a_dfa_of_little_depth_gives_the_grammar_of_the_language(number, rng):
    language = lg(number)
    dfa = shallow_dfa(language, 3)
    found = spans(confirmed(part_of(dfa, 100), language.contains))
    grammar = folded(found, language.alphabet, language.contains)
    drawn = language.draw(rng, 300, 40)
    letters = len(language.alphabet)
    words = [*drawn, *mutate(rng, drawn, letters), *all_words(letters, 4)]
    np.testing.assert_array_equal(grammar.predict(words) == 1, language.contains(words))
    assert grammar.lines() == GRAMMARS.get(number, grammar.lines())


def test_patterns_that_are_not_folded_derive_the_dfa(rng):
    """Without any that recur the rules are those of the DFA, loops included."""
    checked = 0
    for _ in range(30):
        dfa = nerode.language("random-dfa-6-letters-2", rng)
        part = part_of(dfa, 100)
        whole = spans(part)
        if whole is None:
            continue
        grammar = folded(whole, dfa.alphabet, lambda words: np.zeros(len(words), bool))
        words = list(all_words(2, 7))
        np.testing.assert_array_equal(grammar.predict(words), dfa.predict(words))
        checked += 1
    assert checked > 20


def test_a_part_is_what_short_words_use():
    dfa = nerode.from_regex("ab|ac{3}b", "abc")
    assert lengths_of(dfa) == [2, 5]
    assert sorted(len(row) for row in part_of(dfa, 2).edges.values()) == [0, 1, 1]
    assert spans(part_of(dfa, 1)) is None
    whole = part_of(dfa, 5)
    kept = confirmed(whole, lambda words: np.array([len(word) < 5 for word in words]))
    assert {q: row for q, row in kept.edges.items() if row} == {q: row for q, row in part_of(dfa, 2).edges.items() if row}
    assert supported(whole, [(0, 1)] * 9 + [(0, 2, 2, 2, 1)], 0.2) == part_of(dfa, 2)
    assert supported(whole, [(0, 1)] * 9 + [(0, 2, 2, 2, 1)], 0.1) == whole
    assert supported(whole, [], 0.1) == Part(dfa.initial, {}, frozenset())


class Shallow:
    """A language, but wrong beyond a depth, as networks are."""

    def __init__(self, number, deepest):
        self.language, self.deepest = lg(number), deepest
        self.alphabet, self.width, self.link = self.language.alphabet, 1, Binary()

    def scores(self, words):
        return scores_by_stepping(self, words)

    def start(self):
        return self.language.start()

    def advance(self, states, parents, symbols):
        phase, node, depth, stack = self.language.advance(states, parents, symbols)
        return np.where(depth > self.deepest, BROKEN, phase), node, depth, stack

    def read(self, states):
        return self.language.read(states)


def test_query_learning_of_a_shallow_language_gives_the_whole_one(rng, monkeypatch):
    monkeypatch.setattr(followed, "MANY", followed.COUNT)
    number = 12
    teacher = Shallow(number, 6)
    result = nerode.extract(teacher, "cfg", words=teacher.language.words(rng, 300, 12), effort=1)
    assert isinstance(result.automaton, CFG)
    assert result.automaton.lines() == GRAMMARS[number]
    assert result.stop_reason == "settled"
    found = depths(result.automaton, teacher, rng)
    assert found.depth == 6
    assert {row.low: row.followed for row in found.by_depth} == {row.low: row.low <= 6 for row in found.by_depth}
    assert found.by_length[0].followed
    assert "The network follows the grammar to depth 6, and" in found.sentence()
    assert found.to_json()["by_depth"][0]["low"] == 0


def test_the_same_seed_gives_the_same_grammar(rng):
    words = lg(11).words(rng, 200, 10)
    one, other = (nerode.extract(lg(11), "cfg", words=words, queries=3000, seconds=None, seed=4) for _ in range(2))
    assert one.automaton.to_json() == other.automaton.to_json()
    assert [(done.states, done.error) for done in one.rounds] == [(done.states, done.error) for done in other.rounds]


def test_a_limit_on_nonterminals_holds(rng):
    result = nerode.extract(lg(13), "cfg", words=lg(13).words(rng, 200, 10), queries=5000, states=1)
    assert result.automaton.states == 1


def test_what_a_grammar_cannot_be_of(rng):
    with pytest.raises(InputError, match="3 classes"):
        nerode.extract(nerode.language("random-dfa-3-letters-2-classes-3", rng), "cfg")
    with pytest.raises(InputError, match="cfg"):
        nerode.extract(nerode.language("random-pdfa-3-letters-2", rng), "cfg")


def test_constants_answer_all_words_alike(rng):
    for expression, expected in (("(?!)", 0), ("[ab]*", 1)):
        result = nerode.extract(nerode.from_regex(expression, "ab"), "cfg", effort=1)
        assert result.automaton.predict(["", "ab", "bbb"]).tolist() == [expected] * 3
