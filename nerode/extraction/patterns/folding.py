"""Folds the patterns of a DFA into the rules of a grammar: patterns that recur at another depth are one nonterminal.

Two patterns are the same if the teacher accepts the words of each in the place of the other. It is asked about short words of
both, between the access word of a pattern and the shortest way from its exit to the end. A pattern is compared with those before
it, which lie less deep, where the network is more often right and the DFA complete. For each letter of a nonterminal its patterns
vote on what follows.

Yellin and Weiss compare each DFA with the one before, and count how often a pattern is grafted. Here a DFA is compared with
itself, and the teacher is asked; see docs/decisions/pattern-rules.md.
"""

from __future__ import annotations

from collections import Counter

from nerode.automata.cfg import CFG, MOST_SYMBOLS
from nerode.automata.parsing import Rule
from nerode.automata.reduction import reduced
from nerode.extraction.patterns.spans import Accepts, Spans
from nerode.words import Alphabet, Word

EXAMPLES = 24  # words of each pattern, at most
AGREED = 0.9  # share of the words that must be accepted in the place of each other


def folded(spans: Spans, alphabet: Alphabet, accepts: Accepts) -> CFG | None:
    """Return the grammar of the patterns of a DFA, those that recur made one; None if it is larger than grammars may be.

    Parameters
    ----------
    accepts : which words (n,) the teacher accepts
    """
    kinds = _kinds(spans, accepts)
    votes: dict[int, dict[int | None, Counter[tuple[int, ...]]]] = {}
    for state in spans.access:  # those less deep come first, and decide where votes are equal
        for letter, states in spans.rules[state].items():
            following = tuple(kinds[each] for each in states)
            votes.setdefault(kinds[state], {}).setdefault(letter, Counter())[following] += 1
    number = {kind: i + 1 for i, kind in enumerate(votes)}
    rules: list[Rule] = [(0, tuple(-1 - number[kinds[state]] for state in spans.begin))]
    for kind, ways in votes.items():
        for letter, counted in ways.items():
            best = counted.most_common(1)[0][0]
            right = (*(() if letter is None else (letter,)), *(-1 - number[each] for each in best))
            rules.append((number[kind], right))
    if sum(1 + len(right) for _, right in rules) > MOST_SYMBOLS:
        return None
    return reduced(CFG(alphabet, tuple(f"N{i}" for i in range(len(number) + 1)), tuple(rules)))


def _kinds(spans: Spans, accepts: Accepts) -> dict[int, int]:
    """Return for each state the first one whose pattern is the same."""
    kinds: dict[int, int] = {}
    examples: dict[int, list[Word]] = {}  # of the first ones
    for state in spans.access:
        own = spans.examples(state, EXAMPLES)
        asked: list[Word] = []
        parts: list[tuple[int, int]] = []
        for first, theirs in examples.items():
            begun = len(asked)
            asked += [(*spans.access[first], *word, *spans.rest[first]) for word in own]
            asked += [(*spans.access[state], *word, *spans.rest[state]) for word in theirs]
            parts.append((first, begun))
        answers = accepts(asked) if asked else None
        kinds[state] = state
        for (first, begun), (_, end) in zip(parts, [*parts[1:], (-1, len(asked))], strict=False):
            assert answers is not None
            if answers[begun:end].mean() >= AGREED:
                kinds[state] = first
                break
        else:
            examples[state] = own
    return kinds
