"""The context-free grammar of a visibly pushdown automaton.

For locations p and q, a nonterminal derives the well-matched words that lead from p to q: ε where they are one, an internal
letter and what leads on, or a call, a well-matched word, a return, and what leads on (Alur and Madhusudan, 2004).
"""

from __future__ import annotations

from collections.abc import Iterator

from nerode.automata.cfg import CFG, MOST_SYMBOLS
from nerode.automata.diagram import counted
from nerode.automata.parsing import Rule
from nerode.automata.reduction import reduced
from nerode.automata.stack_operations import minimise
from nerode.automata.vpa import VPA
from nerode.errors import InputError


def grammar_of(vpa: VPA) -> CFG:
    """Return a grammar of the words that a visibly pushdown automaton accepts, with few rules.

    Raises
    ------
    InputError : an automaton of so many locations that its grammar is too large
    """
    vpa = minimise(vpa)
    n = vpa.states
    steps = len(vpa.internals) + 4 * n * len(vpa.calls) * len(vpa.returns)
    if n * n * steps > MOST_SYMBOLS:
        raise InputError(
            f"the grammar of an automaton of {counted(n, 'location')} has too many rules; take one of fewer locations"
        )
    names = ("S", *(f"N{p}-{q}" for p in range(n) for q in range(n)))
    return reduced(CFG(vpa.alphabet, names, tuple(_rules(vpa))))


def _rules(vpa: VPA) -> Iterator[Rule]:
    n = vpa.states

    def words(p: int, q: int) -> int:
        """The symbol of the nonterminal of the words that lead from p to q; the first nonterminal is S."""
        return -2 - (p * n + q)

    accepting = [q for q in range(n) if vpa.accepting[q]]
    yield from ((0, (words(vpa.initial, q),)) for q in accepting)
    for p in range(n):
        for q in range(n):
            left = -1 - words(p, q)
            if p == q:
                yield left, ()
            for letter, after in zip(vpa.internals.tolist(), vpa.transitions[p].tolist(), strict=True):
                yield left, (letter, words(after, q))
            for pushed, call in enumerate(vpa.calls.tolist()):
                for r in range(n):
                    for popped, back in enumerate(vpa.returns.tolist()):
                        after = int(vpa.pops[r, popped, p, pushed])
                        yield left, (call, words(vpa.initial, r), back, words(after, q))
