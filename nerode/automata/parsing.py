"""Membership in a context-free language, by the algorithm of Cocke, Younger and Kasami in bits.

Rules are binarised, and rules of one symbol or none are closed off beforehand: what a part of a word derives from is completed by
one table of nonterminals (Lange and Leiß: To CNF or not to CNF?, Informatica Didactica 8, 2009). A set of nonterminals is a row
of 64-bit numbers. The time for a word of n letters grows with n³, the memory with n².
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from nerode.compiled import compiled
from nerode.errors import InputError
from nerode.words import BoolArray, IntArray, Word, frozen_array

Rule = tuple[int, Word]
LONGEST = 1000  # letters of a word
MOST_CELLS = 50_000_000  # numbers of 64 bits in the table of a word
BITS = 64
PART = 1e8  # the sum of n³ over the words that are parsed without a pause, by a grammar of at most
FEW = 20  # rules; of more rules each takes as long


@dataclass(frozen=True)
class BinaryForm:
    """A grammar whose rules have two symbols, and what derives from what by rules of one symbol or none.

    Nonterminals of the grammar come first; then those of letters, and of ends of right sides.

    Parameters
    ----------
    count : nonterminals
    initial : the one of the whole word
    empty : whether ε is derived
    letters : (Σ,), the nonterminal of each letter, −1 for letters of no rule
    begin : (count + 1,), where the rules of each first symbol begin
    second, left : (rules,), the second symbol and the left side of each rule
    closure : (count, ⌈count / 64⌉), the bits of all nonterminals that derive each, itself included
    """

    count: int
    initial: int
    empty: bool
    letters: IntArray
    begin: IntArray
    second: IntArray
    left: IntArray
    closure: NDArray[np.uint64]


def binarised(rules: Sequence[Rule], nonterminals: int, initial: int) -> BinaryForm:
    """Return the binary form of a grammar; its size is linear in that of the grammar."""
    number: dict[tuple[int, ...], int] = {}

    def symbol(of: int) -> int:
        return -1 - of if of < 0 else rest((of,))

    def rest(right: Word) -> int:
        """The nonterminal of a letter, or of an end of a right side, which is shared."""
        return number.setdefault(right, nonterminals + len(number))

    pairs: dict[tuple[int, int, int], None] = {}
    units: dict[int, set[int]] = {}  # by what is derived: what it is derived from
    nullable: set[int] = set()
    split: set[Word] = set()

    def add(left: int, right: Word) -> None:
        while True:
            if not right:
                nullable.add(left)
                return
            if len(right) == 1:
                units.setdefault(symbol(right[0]), set()).add(left)
                return
            tail = right[1:]
            end = symbol(tail[0]) if len(tail) == 1 else rest(tail)
            pairs[left, symbol(right[0]), end] = None
            if len(tail) == 1 or tail in split:
                return
            split.add(tail)
            left, right = end, tail

    for left, right in rules:
        add(left, right)
    count = nonterminals + len(number)
    _close_empty(pairs, units, nullable)
    for left, first, second in pairs:
        if second in nullable:
            units.setdefault(first, set()).add(left)
        if first in nullable:
            units.setdefault(second, set()).add(left)
    order = sorted(pairs, key=lambda pair: pair[1])
    begin = np.searchsorted([first for _, first, _ in order], np.arange(count + 1))
    known = [letter[0] for letter in number if len(letter) == 1]
    letters = np.full(max(known, default=-1) + 1, -1)
    for letter in known:
        letters[letter] = number[(letter,)]
    return BinaryForm(
        count,
        initial,
        initial in nullable,
        frozen_array(letters, np.int64),
        frozen_array(begin, np.int64),
        frozen_array([second for _, _, second in order], np.int64),
        frozen_array([left for left, _, _ in order], np.int64),
        _closure(units, count),
    )


def _close_empty(pairs: dict[tuple[int, int, int], None], units: dict[int, set[int]], nullable: set[int]) -> None:
    """Add to the nonterminals that derive ε all that derive it through others."""
    uses: dict[int, list[tuple[int, int]]] = {}
    for left, first, second in pairs:
        uses.setdefault(first, []).append((left, second))
        uses.setdefault(second, []).append((left, first))
    waiting = list(nullable)
    while waiting:
        derived = waiting.pop()
        above = set(units.get(derived, ())) | {left for left, other in uses.get(derived, ()) if other in nullable}
        for left in above - nullable:
            nullable.add(left)
            waiting.append(left)


def _closure(units: dict[int, set[int]], count: int) -> NDArray[np.uint64]:
    """Return the bits (count, ⌈count / 64⌉) of what each nonterminal can be derived from by rules of one symbol."""
    bits = np.zeros((count, -(-count // BITS)), np.uint64)
    edges = [(derived, left) for derived, lefts in units.items() for left in lefts]
    rows, columns = np.array(edges or np.zeros((0, 2)), np.int64).T
    graph = coo_array((np.ones(len(edges)), (rows, columns)), (count, count)).tocsr()
    for derived in range(count):
        above = breadth_first_order(graph, derived, return_predecessors=False) if derived in units else np.array([derived])
        flags = np.zeros(bits.shape[1] * BITS, np.bool_)
        flags[above] = True
        bits[derived] = np.packbits(flags, bitorder="little").view("<u8")
    bits.setflags(write=False)
    return bits


def memberships(grammar: BinaryForm, symbols: IntArray, lengths: IntArray) -> BoolArray:
    """Return which of n words are derived (n,), given as concatenated symbols (total,) and lengths (n,).

    Equal words are parsed once.

    Raises
    ------
    InputError : a word that is too long
    """
    longest = int(lengths.max(initial=0))
    cells = (longest + 1) ** 2 * grammar.closure.shape[1]
    if longest > LONGEST or cells > MOST_CELLS:
        raise InputError(
            f"a word of {longest:,} letters takes a grammar too long; give words of at most {LONGEST:,}, or a smaller grammar"
        )
    derived = np.zeros(len(lengths), np.bool_)
    table = np.zeros((longest + 1, longest + 1, grammar.closure.shape[1]), np.uint64)
    known = np.full(max(len(grammar.letters), int(symbols.max(initial=-1)) + 1), -1)
    known[: len(grammar.letters)] = grammar.letters
    arrays = [np.array(part) for part in (grammar.begin, grammar.second, grammar.left, grammar.closure)]  # compiled for such
    ends = np.cumsum(lengths)
    work = np.cumsum(lengths.astype(np.float64) ** 3) * max(1.0, len(grammar.left) / FEW)
    begin = 0
    while begin < len(lengths):  # in parts, so that an interruption is seen
        end = max(begin + 1, int(np.searchsorted(work, PART + (work[begin - 1] if begin else 0.0), side="right")))
        part, first = np.zeros(end - begin, np.bool_), int(ends[begin] - lengths[begin])
        read = np.array(symbols[first : int(ends[end - 1])])
        _parse(read, np.array(lengths[begin:end]), known, *arrays, grammar.initial, grammar.empty, table, part)
        derived[begin:end] = part
        begin = end
    return derived


@compiled("void(i8[::1],i8[::1],i8[::1],i8[::1],i8[::1],i8[::1],u8[:,::1],i8,b1,u8[:,:,::1],b1[::1])")
def _parse(symbols, lengths, letters, begin, second, left, closure, initial, empty, table, derived):  # type: ignore[no-untyped-def]
    """Fill `derived` (n,). `table[i, j]` holds the bits of what derives the letters i … j − 1, `some` whether there are any."""
    size = closure.shape[1]
    longest = table.shape[0]
    some = np.zeros((longest, longest), np.bool_)
    one = np.uint64(1)
    at = 0
    for w in range(len(lengths)):
        n = lengths[w]
        if n == 0:
            derived[w] = empty
            continue
        dead = False
        for i in range(n):
            letter = letters[symbols[at + i]]
            for k in range(size):
                table[i, i + 1, k] = np.uint64(0) if letter < 0 else closure[letter, k]
            some[i, i + 1] = letter >= 0
            dead = dead or letter < 0
        at += n
        if dead:
            continue
        for j in range(2, n + 1):
            for i in range(j - 2, -1, -1):
                for k in range(size):
                    table[i, j, k] = np.uint64(0)
                found = False
                for m in range(i + 1, j):
                    if not (some[i, m] and some[m, j]):
                        continue
                    for k in range(size):
                        row = table[i, m, k]
                        bit = 0
                        while row != np.uint64(0):
                            while row & one == np.uint64(0):
                                shift = 1
                                if row & np.uint64(0xFFFF) == np.uint64(0):
                                    shift = 16
                                elif row & np.uint64(0xF) == np.uint64(0):
                                    shift = 4
                                row >>= np.uint64(shift)
                                bit += shift
                            first = 64 * k + bit
                            for r in range(begin[first], begin[first + 1]):
                                other = second[r]
                                if (table[m, j, other // 64] >> np.uint64(other % 64)) & one:
                                    up = left[r]
                                    if (table[i, j, up // 64] >> np.uint64(up % 64)) & one == np.uint64(0):
                                        for q in range(size):
                                            table[i, j, q] |= closure[up, q]
                                        found = True
                            row >>= one
                            bit += 1
                some[i, j] = found
        derived[w] = (table[0, n, initial // 64] >> np.uint64(initial % 64)) & one == one
