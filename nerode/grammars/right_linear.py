"""Right-linear grammars of deterministic automata, as text.

Each state is a nonterminal, and a rule says what may follow in it: `S0 -> "a" S1 | "b" S0 | ε`. The start is on the left of the
first rule. The rules of a PDFA have probabilities: `"a" S1 [0.25]`. Terminals are written as JSON strings, so any symbol may be
one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import pairwise

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.operations import reachable
from nerode.automata.pdfa import PDFA
from nerode.errors import InputError
from nerode.grammars.elimination import useful_states
from nerode.grammars.positions import MOST_POSITIONS, MOST_WORK, Part, Positions
from nerode.words import EPSILON, Alphabet

TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^\s"|\[\]]+|\S)')
NAME = re.compile(r"[^\W\d]\w*")
ARROW, ARROWS = "->", ("->", "→")  # what is written, and what is read
Rule = tuple[str, list[int], str]
"""Nonterminal, terminals, and the nonterminal at the end, empty if there is none."""


def to_grammar(automaton: Automaton) -> str:
    """Return a right-linear grammar, a rule a line.

    The grammar of a DFA of two classes derives its accepted words. States from which none can be reached have no rules. The rules
    of a PDFA have their probabilities, with as many digits as they need; those of probability 0 are left out.

    Raises
    ------
    InputError : an automaton of another type, or a DFA of more than two classes
    """
    if isinstance(automaton, PDFA):
        return _probabilistic(automaton)
    if not isinstance(automaton, DFA) or automaton.classes != 2:
        raise InputError(f"{automaton!r} has no right-linear grammar; DFAs of two classes and PDFAs have one")
    dfa = reachable(automaton)
    useful = useful_states(dfa)
    if not useful:  # the start needs a rule, and a word of this one never ends
        return _rule(dfa.initial, [f"{_terminal(symbol)} S{dfa.initial}" for symbol in dfa.alphabet])
    lines = []
    for state in useful:
        row = zip(dfa.alphabet, dfa.transitions[state].tolist(), strict=True)
        ways = [f"{_terminal(symbol)} S{target}" for symbol, target in row if target in useful]
        lines.append(_rule(state, ways + [EPSILON] * int(dfa.labels[state] == 1)))
    return "\n".join(lines)


def _probabilistic(pdfa: PDFA) -> str:
    order = [pdfa.initial, *(state for state in range(pdfa.states) if state != pdfa.initial)]
    lines = []
    for state in order:
        *following, end = pdfa.probabilities[state].tolist()
        row = zip(pdfa.alphabet, pdfa.transitions[state].tolist(), following, strict=True)
        ways = [f"{_terminal(symbol)} S{target} [{p!r}]" for symbol, target, p in row if p > 0]
        lines.append(_rule(state, ways + [f"{EPSILON} [{end!r}]"] * (end > 0)))
    return "\n".join(lines)


def _rule(state: int, ways: list[str]) -> str:
    return f"S{state} {ARROW} {' | '.join(ways)}"


def _terminal(symbol: str) -> str:
    return json.dumps(symbol, ensure_ascii=False)


def from_grammar(text: str, alphabet: Alphabet | Iterable[str]) -> DFA:
    """Return the minimal DFA of the words that a right-linear grammar derives.

    A rule has any number of terminals and then at most one nonterminal on its right side; `ε` alone is the empty word. Several
    lines may have rules of one nonterminal, and a line that begins with `#` is a comment.

    Raises
    ------
    InputError : a line that is no such rule, an unknown symbol, rules with probabilities, or a grammar that is too large
    """
    symbols = alphabet if isinstance(alphabet, Alphabet) else Alphabet(tuple(alphabet))
    rules = _rules(text, symbols)
    if not rules:
        raise InputError('the grammar has no rules; write some, such as S -> "a" S | ε')
    missing = {target for _, _, target in rules if target} - {left for left, _, _ in rules}
    if missing:
        raise InputError(f"the nonterminal {min(missing)} of the grammar has no rules; write some, or leave it out")
    positions = Positions()
    if sum(len(word) for _, word, _ in rules) > MOST_POSITIONS:
        raise InputError(f"the grammar has more than {MOST_POSITIONS:,} terminals; make it smaller")
    places = [[positions.letters(frozenset([letter])).begin for letter in word] for _, word, _ in rules]
    first, nullable = _beginnings(rules, places)
    last = 0
    for (_, _, target), at in zip(rules, places, strict=True):
        for before, after in pairwise(at):
            positions.follow[before] = 1 << after
        if at:
            positions.follow[at[-1]] = first.get(target, 0)
            last |= (not target or nullable.get(target, False)) << at[-1]
    start = rules[0][0]
    return positions.dfa(Part(0, len(positions.follow), first[start], last, nullable[start]), symbols)


def single_terminals(text: str) -> tuple[str, ...]:
    """Return the terminals of a grammar in the order in which they occur; none where one is not a single character."""
    found: dict[str, None] = {}
    for line in text.splitlines():
        for token in [] if line.startswith("#") else TOKEN.findall(line):
            if token[0] == '"':
                inside = _unquoted(token)
                if inside is None or len(inside) != 1:
                    return ()
                found[inside] = None
    return tuple(found)


def _unquoted(token: str) -> str | None:
    try:
        return str(json.loads(token))
    except ValueError:
        return None


def _beginnings(rules: list[Rule], places: list[list[int]]) -> tuple[dict[str, int], dict[str, bool]]:
    """Return, for each nonterminal, the positions at which its words may begin, as bits, and whether ε is one of them.

    Raises
    ------
    InputError : too many passes over the rules without terminals
    """
    first = dict.fromkeys((left for left, _, _ in rules), 0)
    nullable = dict.fromkeys(first, False)
    chains = []
    for (left, word, target), at in zip(rules, places, strict=True):
        if word:
            first[left] |= 1 << at[0]
        elif target:
            chains.append((left, target))
        else:
            nullable[left] = True
    work, changed = 0, True
    while changed:
        changed = False
        work += len(chains)
        if work > MOST_WORK:
            raise InputError("the grammar has too many rules that are one nonterminal alone; put its rules in their place")
        chains.reverse()  # rules are often written in the order of derivations, or against it
        for left, target in chains:
            if first[target] & ~first[left] or nullable[target] > nullable[left]:
                changed = True
                first[left] |= first[target]
                nullable[left] |= nullable[target]
    return first, nullable


def _rules(text: str, alphabet: Alphabet) -> list[Rule]:
    """Return the rules of a grammar."""
    rules: list[Rule] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            left, arrow, *right = TOKEN.findall(line.rstrip())
        except ValueError:
            left = arrow = ""
        if arrow not in ARROWS or not NAME.fullmatch(left):
            raise InputError(f'line {number} of the grammar is no rule such as S -> "a" S | ε')
        ways: list[list[str]] = [[]]
        for token in right:
            if token == "|":
                ways.append([])
            else:
                ways[-1].append(token)
        rules += [(left, *_way(way, alphabet, number)) for way in ways]
    return rules


def _way(tokens: list[str], alphabet: Alphabet, number: int) -> tuple[list[int], str]:
    """Return the terminals of one right side, and its nonterminal."""
    if any(token.startswith("[") for token in tokens):
        raise InputError(f"line {number} of the grammar has probabilities, which are written and not read; take the .json file")
    if tokens == [EPSILON]:
        return [], ""
    target = tokens.pop() if tokens and NAME.fullmatch(tokens[-1]) and tokens[-1] != EPSILON else ""
    if not (tokens or target) or not all(len(token) > 1 and token[0] == token[-1] == '"' for token in tokens):
        raise InputError(
            f"line {number} of the grammar needs terminals in quotes and then at most one nonterminal, or ε alone; "
            "grammars that are not right-linear are read from .gbnf and .ebnf files"
        )
    try:
        return list(alphabet.word([json.loads(token) for token in tokens])), target
    except ValueError as error:
        raise InputError(f"line {number} of the grammar has a terminal that is no string of JSON") from error
    except InputError as error:
        raise InputError(f"line {number} of the grammar cannot be read: {error}") from error
