"""Right-linear grammars derive the words that their automata accept, or draw with the same probability."""

import json
import re

import numpy as np
import pytest

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.operations import equivalent, minimise
from nerode.automata.wfa import WFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa, random_pdfa
from nerode.errors import InputError
from nerode.grammars import from_grammar, right_linear, to_grammar
from nerode.words import Alphabet, all_words

WAY = re.compile(r'"((?:[^"\\]|\\.)*)" (S\d+)(?: \[(.*?)\])?|(ε)(?: \[(.*?)\])?')


def derived(grammar, alphabet, longest):
    """The probability of each word, by following the rules; 1 for each derivation where there are no probabilities."""
    rules = {line.split(" -> ")[0]: WAY.findall(line.split(" -> ")[1]) for line in grammar.splitlines()}
    found = dict.fromkeys(all_words(len(alphabet), longest), 0.0)
    waiting = [((), next(iter(rules)), 1.0)]
    while waiting:
        word, left, probability = waiting.pop()
        for symbol, target, p, end, q in rules[left]:
            if end:
                found[word] += probability * float(q or 1)
            elif len(word) < longest:
                letter = alphabet.symbols.index(json.loads(f'"{symbol}"'))
                waiting.append(((*word, letter), target, probability * float(p or 1)))
    return found


def test_the_grammar_of_a_small_dfa():
    assert to_grammar(tomita(4)).splitlines() == [
        'S0 -> "0" S1 | "1" S0 | ε',
        'S1 -> "0" S2 | "1" S0 | ε',
        'S2 -> "1" S0 | ε',
    ]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.sampled(4)
def test_dfas_there_and_back(seed):
    rng = np.random.default_rng(seed)
    dfa = random_dfa(rng, int(rng.integers(1, 7)), int(rng.integers(1, 4)))
    grammar = to_grammar(dfa)
    words = list(all_words(len(dfa.alphabet), 5))
    assert [derived(grammar, dfa.alphabet, 5)[word] for word in words] == dfa.predict(words).tolist()
    assert equivalent(from_grammar(grammar, dfa.alphabet), dfa)


@pytest.mark.parametrize("seed", range(6))
def test_probabilities_of_words(seed):
    rng = np.random.default_rng(seed)
    pdfa = random_pdfa(rng, int(rng.integers(1, 6)), 2)
    found = derived(to_grammar(pdfa), pdfa.alphabet, 5)
    for word, probability in found.items():
        state, true = pdfa.initial, 1.0
        for letter in word:
            true *= pdfa.probabilities[state, letter]
            state = pdfa.transitions[state, letter]
        assert probability == pytest.approx(true * pdfa.probabilities[state, -1], rel=1e-12)


def test_any_symbols():
    alphabet = Alphabet(('"', "\\", "|", "->", "ε", "S0", "[1]", "#"))
    dfa = minimise(DFA(alphabet, np.random.default_rng(1).integers(0, 4, (4, 8)), [1, 0, 0, 1]))
    assert equivalent(from_grammar(to_grammar(dfa), alphabet), dfa)


@pytest.mark.parametrize("transitions", [[[0, 0]], [[1, 1], [1, 0]], [[1, 2], [2, 2], [2, 2]]])
def test_no_words(transitions):
    dfa = DFA(Alphabet(("a", "b")), transitions, [0] * len(transitions))
    assert to_grammar(dfa) == 'S0 -> "a" S0 | "b" S0'
    assert equivalent(from_grammar(to_grammar(dfa), dfa.alphabet), dfa)


@pytest.mark.parametrize(
    ("grammar", "expression"),
    [
        ('S -> "a" "b" S | ε', "(ab)*"),
        ('S → "a" "b" S | ε', "(ab)*"),
        ('S -> "a" S | "a" T\nT -> "b" | ε', "a+b?"),
        ('S -> T | U\nT -> "a" T | ε\nU -> "b" U | ε', "a*|b*"),
        ('# a comment\n\nS -> T\nT -> S | "a"', "a"),
        ('S -> "a" T\nS -> "b"\nT -> ε', "a|b"),
        ('S -> "a" T | "b" S\nT -> U\nU -> S | "b"', "(a|b)*ab"),
    ],
)
def test_grammars_written_by_hand(grammar, expression):
    assert equivalent(from_grammar(grammar, "ab"), nerode.from_regex(expression, "ab"))


def tangled(count):
    """Rules of one nonterminal alone, in an order that is neither that of derivations nor the other one."""
    order = np.random.default_rng(0).permutation(count).tolist()
    return "\n".join(["S -> N0", *(f'N{i} -> N{i + 1} | "a" N{i}' for i in order), f'N{count} -> "b"'])


def test_rules_of_one_nonterminal_alone_follow_each_other(monkeypatch):
    expected = nerode.from_regex("a*b", "ab")
    assert equivalent(from_grammar(tangled(30), "ab"), expected)
    backwards = tangled(300).splitlines()
    ordered = [backwards[0], *sorted(backwards[1:], key=lambda line: int(line.split()[0][1:]))]
    monkeypatch.setattr(right_linear, "MOST_WORK", 2000)
    assert equivalent(from_grammar("\n".join(ordered), "ab"), expected)
    assert equivalent(from_grammar("\n".join([ordered[0], *reversed(ordered[1:])]), "ab"), expected)
    with pytest.raises(InputError, match="too many rules that are one nonterminal alone"):
        from_grammar(tangled(300), "ab")


@pytest.mark.parametrize(
    ("grammar", "said"),
    [
        ("", "the grammar has no rules"),
        ("# only this", "the grammar has no rules"),
        ("S", "line 1 of the grammar is no rule"),
        ('S = "a"', "line 1 of the grammar is no rule"),
        ('"a" -> S', "line 1 of the grammar is no rule"),
        ('S -> "a"\nS -> S "a"', "line 2 of the grammar needs terminals in quotes"),
        ("S -> a S", "line 1 of the grammar needs terminals in quotes"),
        ("S -> ", "line 1 of the grammar needs terminals in quotes"),
        ('S -> "a" T', "the nonterminal T of the grammar has no rules"),
        ('S -> "a" |', "line 1 of the grammar needs terminals in quotes"),
        ('S -> "a" ε', "line 1 of the grammar needs terminals in quotes"),
        ('S -> "a', "line 1 of the grammar needs terminals in quotes"),
        ('S -> "c" S', "line 1 of the grammar cannot be read: unknown symbol 'c'"),
        ('S -> "\\q" S', "line 1 of the grammar has a terminal that is no string of JSON"),
        ('S -> "a" S [0.5] | ε [0.5]', "line 1 of the grammar has probabilities"),
        ("S -> " + '"a" ' * 20_001, "more than 20,000 terminals"),
    ],
)
def test_bad_grammars_are_refused(grammar, said):
    with pytest.raises(InputError, match=re.escape(said)):
        from_grammar(grammar, "ab")


def test_other_automata_have_no_grammar(rng):
    with pytest.raises(InputError, match="has no right-linear grammar"):
        to_grammar(random_dfa(rng, 3, 2, 3))
    with pytest.raises(InputError, match="has no right-linear grammar"):
        to_grammar(WFA(Alphabet.of_size(1), [1.0], [[[0.5]]], [[1.0]]))
