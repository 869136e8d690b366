"""Shortens an expression by changes that are tried, and kept where the language stays the same.

Identities of Kleene algebra do not see that 0*(1+(0+1*)?)? is 0*1*0*1*. A change such as 1+ to 1* makes it visible, and
whether the language is still that of the DFA is decided exactly: each set of positions that a word leads to must stand for one
state of the minimal DFA.
"""

from __future__ import annotations

from collections.abc import Iterator

from nerode.automata.dfa import DFA
from nerode.automata.letters import letter_classes
from nerode.errors import InputError
from nerode.grammars.identities import choice, repeat, sequence
from nerode.grammars.positions import Part, Positions
from nerode.grammars.terms import EMPTY, Choice, Concatenation, Letters, Repeat, Term

LONGEST = 100  # characters of an expression that is shortened
MOST_CHECKS = 20_000  # sizes of all expressions tried, together


def shortened(term: Term, dfa: DFA) -> Term:
    """Return an expression of the same language that is as short or shorter.

    Parameters
    ----------
    dfa : the minimal DFA of the language of `term`
    """
    letters = [members[0] for members in letter_classes(dfa.transitions)]
    budget = MOST_CHECKS
    seen = {term}
    while term.size <= LONGEST:
        tried = {each: None for each in changes(term, frozenset(range(len(dfa.alphabet)))) if each.size <= term.size}
        for each in sorted(tried, key=lambda each: each.size):
            if each in seen:
                continue
            seen.add(each)
            budget -= each.size
            if budget < 0:
                return term
            if agrees(each, dfa, letters):
                term = each
                break
        else:
            break
    return term


def changes(term: Term, everything: frozenset[int]) -> Iterator[Term]:
    """Yield the term with one part of it changed."""
    yield from (other for other in _replaced(term, everything) if other.size <= term.size and other != term)
    match term:
        case Repeat():
            for changed in changes(term.term, everything):
                yield repeat(changed, term.least, term.most)
        case Concatenation() | Choice():
            build = sequence if isinstance(term, Concatenation) else choice
            for place, part in enumerate(term.parts):
                for changed in changes(part, everything):
                    yield build([*term.parts[:place], changed, *term.parts[place + 1 :]])


def _replaced(term: Term, everything: frozenset[int]) -> Iterator[Term]:
    """Yield terms to try in place of a term: ε, its parts alone or repeated, and any words over its letters."""
    yield EMPTY
    if isinstance(term, Letters):
        yield repeat(term, 0, 1)
        yield repeat(term, 0, None)
        return
    yield repeat(Letters(term.letters), 0, None)
    if term.letters != everything:
        yield repeat(Letters(everything), 0, None)
    inner = term.term if isinstance(term, Repeat) else term
    bounds = [(0, 1), (1, 1), (0, None), (1, None)]
    if isinstance(term, Repeat) and term.most is not None and term.most > 1:
        bounds += [(0, term.most), (1, term.most)]
    for least, most in bounds:
        yield repeat(inner, least, most)
    if isinstance(term, Choice):
        for place in range(len(term.parts)):
            yield choice([*term.parts[:place], *term.parts[place + 1 :]])
        if len(term.parts) == 2:
            a, b = term.parts
            for first, second in ((a, b), (b, a)):
                yield sequence([repeat(first, 0, 1), repeat(second, 0, 1)])
                yield sequence([repeat(first, 0, None), second])
    if isinstance(inner, Concatenation):
        for place in range(1, len(inner.parts)):
            pair = choice(inner.parts[place - 1 : place + 1])
            yield sequence([*inner.parts[: place - 1], pair, *inner.parts[place + 1 :]])
            yield sequence([*inner.parts[: place - 1], repeat(pair, 0, None), *inner.parts[place + 1 :]])


def agrees(term: Term, dfa: DFA, letters: list[int]) -> bool:
    """Return whether a term has the language of a minimal DFA.

    Parameters
    ----------
    letters : one of each class of letters that lead every state to the same state; the classes of `term` separate no others
    """
    positions = Positions()
    try:
        part = compiled(term, positions)
    except InputError:  # too many positions
        return False
    masks = [positions.mask(part, letter) for letter in letters]
    rows, labels = dfa.transitions[:, letters].tolist(), dfa.labels.tolist()
    if part.nullable != labels[dfa.initial]:
        return False
    meant = {-1: dfa.initial}  # the state that each set of positions stands for; −1 is the beginning
    waiting = [-1]
    while waiting:
        places = waiting.pop()
        following = part.first if places < 0 else positions.after(places)
        for mask, target in zip(masks, rows[meant[places]], strict=True):
            reached = following & mask
            if reached in meant:
                if meant[reached] != target:
                    return False
                continue
            if (reached & part.last != 0) != labels[target]:
                return False
            meant[reached] = target
            waiting.append(reached)
    return True


def compiled(term: Term, positions: Positions) -> Part:
    """Return the part of a term, with new positions.

    Raises
    ------
    InputError : too many positions
    """
    match term:
        case Letters():
            return positions.letters(term.symbols)
        case Repeat():
            return positions.repeat(compiled(term.term, positions), term.least, term.most)
        case Concatenation():
            whole = positions.empty()
            for part in term.parts:
                whole = positions.concatenate(whole, compiled(part, positions))
            return whole
        case Choice():
            whole = positions.nothing()
            for part in term.parts:
                whole = positions.choose(whole, compiled(part, positions))
            return whole
    raise TypeError(f"unknown term {type(term).__name__}")
