"""From a DFA to a regular expression that a person can read, and back.

The syntax is that of Python's `re`, and a word is matched as `re.fullmatch` matches it. Every expression that is written is read
again, and its DFA compared with the one that it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, reduce

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.operations import equivalent, minimise, product
from nerode.errors import InputError
from nerode.grammars import positions
from nerode.grammars.elimination import MOST_SIZE, expressions
from nerode.grammars.positions import Branch
from nerode.grammars.reading import Reader
from nerode.grammars.shortening import shortened
from nerode.grammars.spaces import check_spelled
from nerode.grammars.terms import Term
from nerode.grammars.writing import complement_written, written
from nerode.words import Alphabet, IntArray

MOST_STATES = 150
LINE_STATES, LINE_CHARACTERS = 8, 60  # of a DFA that is also shown as a regular expression
LINE_LETTERS = 1000  # of such a DFA: over the tokens of a language model, hardly any expression is short, and to look takes long
CANDIDATES = 3  # expressions that are shortened
AROUND = 6  # characters at least that (?!…$)…* takes
CLEARLY = 0.6  # the complement is shown where it is at most so long, as a part of the expression itself


def to_regex(dfa: DFA, seed: int = 0) -> str:
    """Return a regular expression of the accepted words of a DFA, in the syntax of Python's `re`.

    `re.fullmatch` matches exactly the accepted words. Where some symbol is longer than one character, the expression matches
    words with a space after each symbol: `(open close )*`. If the words that are not accepted have a much shorter expression, it
    is `(?!(…)$)[…]*`, with that expression in the middle. No word matches `(?!)`, and `()` matches ε.

    Parameters
    ----------
    seed : for the random ones among the orders of state elimination that are tried

    Raises
    ------
    InputError : more than two classes or 150 states, or no expression of at most 10,000 characters was found
    """
    text = regex_within(dfa, MOST_SIZE, seed)
    if text is None:
        raise InputError(
            f"no regular expression of at most {MOST_SIZE:,} characters was found for this DFA of {dfa.states} states; "
            "take a smaller one, or a grammar"
        )
    return text


def regex_in_a_line(automaton: Automaton) -> str | None:
    """Return the regular expression of a small DFA of two classes; None of others, and where it is too long for a line."""
    if not isinstance(automaton, DFA) or automaton.classes != 2:
        return None
    if automaton.states > LINE_STATES or len(automaton.alphabet) > LINE_LETTERS:
        return None
    return _in_a_line(
        automaton.alphabet, tuple(map(tuple, automaton.transitions.tolist())), tuple(automaton.labels.tolist()), automaton.initial
    )


@lru_cache(maxsize=100)
def _in_a_line(alphabet: Alphabet, transitions: tuple[tuple[int, ...], ...], labels: tuple[int, ...], initial: int) -> str | None:
    """Return the regular expression of a DFA by its parts: an extraction shows it more than once, and to find it takes long."""
    return regex_within(DFA(alphabet, np.array(transitions), np.array(labels), initial), LINE_CHARACTERS)


def regex_within(dfa: DFA, most: int, seed: int = 0) -> str | None:
    """Return the regular expression of a DFA as `to_regex` does, None if it is longer than `most` characters.

    Raises
    ------
    InputError : more than two classes or 150 states
    """
    dfa = _readable(dfa)
    direct = _shortest(dfa, seed, most)
    text = None if direct is None else written(direct, dfa.alphabet)
    shorter = most if text is None else int(CLEARLY * len(text))
    refused = _shortest(DFA(dfa.alphabet, dfa.transitions, 1 - dfa.labels), seed, shorter - AROUND)
    if refused is not None:
        other = complement_written(refused, dfa.alphabet)
        text = other if text is None or len(other) <= shorter else text
    if text is None or len(text) > most:
        return None
    if not equivalent(from_regex(text, dfa.alphabet), dfa):
        raise RuntimeError(
            f"this is an error of nerode, please report it: the DFA {dfa.to_json()} has another language than {text}"
        )
    return text


def to_term(dfa: DFA, seed: int = 0) -> Term:
    """Return the regular expression of the accepted words of a DFA as a term, without complements.

    Raises
    ------
    InputError : more than two classes or 150 states, or an expression of more than 10,000 characters
    """
    dfa = _readable(dfa)
    term = _shortest(dfa, seed, MOST_SIZE)
    if term is None:
        raise InputError(f"the regular expression of this DFA of {dfa.states} states has more than {MOST_SIZE:,} characters")
    return term


def _readable(dfa: DFA) -> DFA:
    """Return the minimal DFA.

    Raises
    ------
    InputError : more than two classes or 150 states
    """
    if dfa.classes != 2:
        raise InputError(f"a regular expression stands for a DFA of two classes, and this one has {dfa.classes}")
    dfa = minimise(dfa)
    if dfa.states > MOST_STATES:
        raise InputError(
            f"a DFA of {dfa.states:,} states has no regular expression that could be read; at most {MOST_STATES} may be"
        )
    return dfa


def _shortest(dfa: DFA, seed: int, most: int) -> Term | None:
    """Return the shortest expression of a minimal DFA that is found, None if there is none of about `most` characters."""
    if most < 0:
        return None
    found = expressions(dfa, np.random.default_rng(seed), most)[:CANDIDATES]
    return min((shortened(term, dfa) for term in found), key=lambda term: len(written(term, dfa.alphabet)), default=None)


def from_regex(text: str, alphabet: Alphabet | Iterable[str]) -> DFA:
    """Return the minimal DFA of a regular expression in the syntax of Python's `re`.

    It accepts the words over the alphabet that `re.fullmatch` matches. Where some symbol is longer than one character, a word is
    matched with a space after each symbol. Read is the regular part of the syntax: see docs/regular-expressions.md.

    Parameters
    ----------
    alphabet : the symbols; in a text each character is one

    Raises
    ------
    InputError : an expression that cannot be read, with the place; one whose DFA is too large; or one that matches texts without
        the spaces
    """
    symbols = alphabet if isinstance(alphabet, Alphabet) else Alphabet(tuple(alphabet))
    characters = symbols.symbols if symbols.single_characters else tuple(sorted({" ", *"".join(symbols.symbols)}))
    reader = Reader(text, characters)
    branches = reader.read()
    letters = Alphabet.of_size(len(characters))
    plain = [branch.part for branch in branches if not branch.conditions]
    dfas = [reader.positions.dfa(reduce(reader.positions.choose, plain), letters)] if plain else []
    dfas += [_conditioned(reader, branch, letters) for branch in branches if branch.conditions]
    whole = reduce(lambda a, b: _combined(a, b, np.maximum), dfas)
    columns = [_reads(whole, name if symbols.single_characters else f"{name} ", characters) for name in symbols]
    read = minimise(DFA(symbols, np.stack(columns, axis=1), whole.labels, whole.initial))
    if not symbols.single_characters:
        check_spelled(text, whole, symbols, characters, read)
    return read


def _conditioned(reader: Reader, branch: Branch, letters: Alphabet) -> DFA:
    """Return the DFA of the words that a part matches and that meet its conditions."""
    whole = reader.positions.dfa(branch.part, letters)
    for condition in branch.conditions:
        other = reader.positions.dfa(condition.part, letters)
        whole = _combined(whole, other, _first_alone if condition.negative else np.minimum)
    return whole


def _combined(a: DFA, b: DFA, combine: Callable[[IntArray, IntArray], IntArray]) -> DFA:
    """Return the minimal DFA whose label of a word is `combine` of the labels that two DFAs give it.

    Raises
    ------
    InputError : too many states
    """
    try:
        return minimise(product(a, b, combine, most=positions.MOST_STATES))
    except InputError as error:
        raise InputError(f"the lookaheads of the regular expression are too large: {error}") from error


def _first_alone(a: IntArray, b: IntArray) -> IntArray:
    """Return 1 where the first label is 1 and the second 0."""
    return a & (1 - b)


def _reads(dfa: DFA, text: str, characters: tuple[str, ...]) -> IntArray:
    """Return the states (n,) that a DFA over characters is in after a text."""
    states = np.arange(dfa.states)
    for character in text:
        states = dfa.transitions[states, characters.index(character)]
    return states
