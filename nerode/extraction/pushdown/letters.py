"""Which letters call and which return, found from accepted words that can be pumped.

Where u·xᵏ·z·yᵏ·v is accepted for k = 0 … 3, and is rejected as soon as x and y are repeated unequally often, x and y are matched
brackets: a letter of x is a call and a letter of y is a return. Jia, Tan: V-Star: Learning visibly pushdown grammars from
program inputs, PLDI 2024, has these nesting patterns. Here all of them are asked at once, and accepted words are searched for.

Not every language can be pumped so simply. Where no word can, kinds are taken with which all accepted words are well-matched:
they are vectors of −1, 0 and 1 that are orthogonal to the counts of letters of each accepted word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice, product

import numpy as np

from nerode.automata.nested_words import heights_of
from nerode.automata.vpa import CALL, INTERNAL, RETURN
from nerode.extraction.pushdown.tree import Accepts
from nerode.words import Alphabet, IntArray, Word, Words, all_words, shortlex

WIDTHS = (3, 8)  # letters of a bracket: short ones are tried first
PUMPED = 60  # accepted words that are pumped, the shortest
LONGEST = 16  # letters of these
UNEQUAL = tuple((i, j) for i, j in product(range(6), repeat=2) if i != j and min(i, j) < 2)
CHECKED, MISMATCHED = 300, 0.1  # of so many shortest accepted words, what a network may accept by mistake
MOST = 20_000  # words: all words up to a length, and as many with two letters put into accepted words
STARTS = 20  # accepted words that get two more letters
DEEP = 2  # brackets in each other, without which a stack explains nothing
COMBINED = 10_000  # choices of kinds that are tried, at most


@dataclass(frozen=True)
class Pattern:
    """An accepted word u·x·z·y·v whose x and y can only be repeated equally often."""

    u: Word
    x: Word
    z: Word
    y: Word
    v: Word

    def power(self, i: int, j: int) -> Word:
        """Return u·xⁱ·z·yʲ·v."""
        return (*self.u, *self.x * i, *self.z, *self.y * j, *self.v)

    @property
    def size(self) -> tuple[int, int, Word]:
        """The order in which patterns are believed: short brackets first, then those at the ends of short words."""
        return len(self.x) + len(self.y), len(self.u) + len(self.z) + len(self.v), self.power(1, 1)


def accepted_words(accepts: Accepts, given: Words, letters: int, rng: np.random.Generator, most: int = MOST) -> list[Word]:
    """Return accepted words in shortlex order: some of the given ones, of all short words, and of those made from these.

    Two letters are put into short accepted words at all places, so that brackets are found that need others around them. At most
    `most` short words of at most LONGEST letters are asked, and as many that are made.
    """
    longest = 0
    while longest < LONGEST and sum(letters**length for length in range(longest + 2)) <= most:
        longest += 1
    found = _accepted(accepts, [*given, *all_words(letters, longest)])
    return sorted({*found, *_accepted(accepts, _widened(found[:STARTS], letters, rng, most))}, key=shortlex)


def patterns(accepts: Accepts, words: Words, most: int = MOST) -> list[Pattern]:
    """Return the patterns of accepted words, in the order in which they are believed; at most `most` cuts of words are tried."""
    short = [word for word in words if 0 < len(word) <= LONGEST][:PUMPED]
    for width in WIDTHS:
        tried = list(islice((pattern for word in short for pattern in _cuts(word, width)), most))
        tried = _kept(tried, accepts, ((2, 2), (0, 0)), True)
        tried = _kept(tried, accepts, ((3, 3),), True)
        if tried := _kept(tried, accepts, UNEQUAL, False):
            return sorted(tried, key=lambda pattern: pattern.size)
    return []


def kinds_from(found: Sequence[Pattern], words: Words, letters: int) -> tuple[IntArray, list[tuple[int, int, Pattern]]]:
    """Return the kinds of letters (Σ,) that patterns show, and the calls and returns with the pattern that showed them.

    Where x and y are letters, they are a call and a return. All such pairs are believed together, or else those that share
    letters, as long as the words are well-matched then. Of each longer pattern that is not explained by then, with as many calls
    in x as returns in y, those letters of x and y become a call and a return that explain most patterns.

    Parameters
    ----------
    words : accepted ones
    """
    kinds = np.full(letters, INTERNAL)
    shown: list[tuple[int, int, Pattern]] = []
    groups = _together([pattern for pattern in found if len(pattern.x) == len(pattern.y) == 1])
    for pairs in [list(chain.from_iterable(groups)), *groups]:
        changed = kinds.copy()
        for call, back, _ in pairs:
            changed[call], changed[back] = CALL, RETURN
        if (changed != kinds).any() and _matched(changed, words):
            kinds = changed
            shown += pairs
    opens, closes = (
        np.array([np.bincount(part, minlength=letters) for part in parts]).reshape(-1, letters)
        for parts in ([list(pattern.x) for pattern in found], [list(pattern.y) for pattern in found])
    )
    fits: dict[tuple[int, int], bool] = {}
    for row, pattern in enumerate(found):
        if 0 < opens[row] @ kinds == -closes[row] @ kinds:
            continue
        choices = []
        for call, back in product(dict.fromkeys(pattern.x), dict.fromkeys(pattern.y)):
            if call == back or kinds[call] == RETURN or kinds[back] == CALL or not fits.get((call, back), True):
                continue
            changed = kinds.copy()
            changed[call], changed[back] = CALL, RETURN
            explained = (opens @ changed > 0) & (opens @ changed == -(closes @ changed))
            if explained[row]:
                choices.append((np.count_nonzero(explained), call, back, changed))
        for _, call, back, changed in sorted(choices, key=lambda choice: -choice[0]):
            fits[call, back] = _matched(changed, words)
            if fits[call, back]:
                kinds, fits = changed, {}
                shown.append((call, back, pattern))
                break
    return kinds, shown


def _together(singles: Sequence[Pattern]) -> list[list[tuple[int, int, Pattern]]]:
    """Return calls and returns with their patterns, those that share letters in one list; later contradictions are left out."""
    groups: list[list[tuple[int, int, Pattern]]] = []
    calls, returns = set[int](), set[int]()
    for pattern in singles:
        call, back = pattern.x[0], pattern.y[0]
        if call == back or call in returns or back in calls:
            continue
        linked = [group for group in groups if any(call == c or back == r for c, r, _ in group)]
        if {call, back} <= calls | returns and len(linked) == 1:
            continue
        calls.add(call)
        returns.add(back)
        groups = [group for group in groups if group not in linked]
        groups.append([*(pair for group in linked for pair in group), (call, back, pattern)])
    return groups


def _matched(kinds: IntArray, words: Words) -> bool:
    """Return whether the shortest words are well-matched, but for some that a network may accept by mistake."""
    return bool(np.mean(heights_of(kinds, words[:CHECKED]) < 0) <= MISMATCHED)


def balanced_kinds(words: Words, letters: int) -> IntArray | None:
    """Return the kinds of letters (Σ,) with most calls and returns that make all words well-matched, or None.

    There are none where no word would then have DEEP calls that are open at once: a DFA describes such words as well.

    Parameters
    ----------
    words : accepted ones
    """
    counts = np.unique([np.bincount(np.array(word, np.int64), minlength=letters) for word in words], axis=0)
    used = np.flatnonzero(counts.any(axis=0))
    rows, pivots = _reduced(counts[:, used].tolist())
    free = [column for column in range(len(used)) if column not in pivots]
    if not free or 3 ** len(free) > COMBINED:
        return None
    signs = np.array(list(product((INTERNAL, CALL, RETURN), repeat=len(free))))
    chosen = np.zeros((len(signs), letters))
    chosen[:, used[free]] = signs
    if pivots:
        chosen[:, used[pivots]] = -signs @ np.array([[row[column] for column in free] for row in rows], float).T
    whole = np.isin(np.round(chosen, 9), (INTERNAL, CALL, RETURN)).all(axis=1)
    able = np.round(chosen[whole]).astype(np.int64)
    kinds: IntArray
    for kinds in able[np.argsort(-np.count_nonzero(able, axis=1), kind="stable")]:
        heights = heights_of(kinds, words)
        if heights.min() >= 0 and heights.max() >= DEEP:
            return kinds
    return None


def _reduced(rows: list[list[int]]) -> tuple[list[list[Fraction]], list[int]]:
    """Return the rows of the reduced echelon form that are not zero, and the columns of their pivots; exact."""
    exact = [[Fraction(value) for value in row] for row in rows]
    pivots: list[int] = []
    for column in range(len(exact[0]) if exact else 0):
        done = len(pivots)
        row = next((i for i in range(done, len(exact)) if exact[i][column]), None)
        if row is None:
            continue
        exact[done], exact[row] = exact[row], exact[done]
        exact[done] = [value / exact[done][column] for value in exact[done]]
        for i, other in enumerate(exact):
            if i != done and other[column]:
                exact[i] = [value - other[column] * unit for value, unit in zip(other, exact[done], strict=True)]
        pivots.append(column)
    return exact[: len(pivots)], pivots


def told(alphabet: Alphabet, found: Sequence[Pattern], shown: list[tuple[int, int, Pattern]]) -> str:
    """Return a sentence about the letters that were found, and from which words."""
    if not shown:
        why = "no accepted word has two parts that can only be repeated equally often"
        if found:
            p = found[0]
            parts = f"{alphabet.text(p.x)} and {alphabet.text(p.y)} in {alphabet.text(p.power(1, 1))}"
            why = f"some parts can only be repeated equally often, as {parts}, but then the same letters both open and close"
        return (
            f"No letters that call and return were found: {why}. So the automaton has no stack: it is a DFA, which lstar learns "
            "with fewer questions. --calls and --returns name letters."
        )
    pairs = [
        f"{alphabet.text((call,))} and {alphabet.text((back,))} in {alphabet.text(p.power(1, 1))}" for call, back, p in shown
    ]
    return f"Calls and returns were found in words whose parts can only be repeated equally often: {', '.join(pairs)}."


def _accepted(accepts: Accepts, words: Words) -> list[Word]:
    distinct = sorted(set(words), key=shortlex)
    return [distinct[i] for i in np.flatnonzero(accepts(distinct)).tolist()] if distinct else []


def _widened(words: Words, letters: int, rng: np.random.Generator, most: int) -> list[Word]:
    """Return words with two letters put in at any two places, or as many of them as are asked for."""
    places = [(word, i, j) for word in words for i in range(len(word) + 1) for j in range(i, len(word) + 1)]
    total = len(places) * letters**2
    chosen = rng.permutation(total)[:most] if total > most else np.arange(total)
    made = []
    for number in chosen.tolist():
        place, pair = divmod(number, letters**2)
        word, i, j = places[place]
        first, second = divmod(pair, letters)
        made.append((*word[:i], first, *word[i:j], second, *word[j:]))
    return made


def _cuts(word: Word, width: int) -> Iterator[Pattern]:
    """Yield the ways to cut a word into five parts, the second and the fourth of at most `width` letters."""
    n = len(word)
    for i in range(n):
        for j in range(i + 1, min(i + width, n) + 1):
            for k in range(j, n):
                for end in range(k + 1, min(k + width, n) + 1):
                    yield Pattern(word[:i], word[i:j], word[j:k], word[k:end], word[end:])


def _kept(tried: list[Pattern], accepts: Accepts, powers: Sequence[tuple[int, int]], wanted: bool) -> list[Pattern]:
    """Return the patterns whose powers are all accepted, or all rejected."""
    if not tried:
        return []
    words = [pattern.power(i, j) for pattern in tried for i, j in powers]
    number = {word: row for row, word in enumerate(dict.fromkeys(words))}
    answers = accepts(list(number)) == wanted
    good = answers[[number[word] for word in words]].reshape(len(tried), len(powers)).all(axis=1)
    return [pattern for pattern, kept in zip(tried, good.tolist(), strict=True) if kept]
