"""The fifteen context-free languages LG1 to LG15 of Yellin and Weiss (TACAS 2021), as functions from words to labels.

Words are made of tokens: some open, some close, some do neither. A token is a sequence of letters, and no token begins another.
A batch of words is read letter by letter in a trie of the tokens, beside a stack of the kinds that are open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from nerode.automata.cfg import CFG
from nerode.errors import InputError
from nerode.links import Binary, Link
from nerode.protocols import States
from nerode.sampling import mutate, words_with_runs
from nerode.stepping import scores_by_stepping
from nerode.words import Alphabet, FloatArray, IntArray, Word, frozen_array

OPEN, CLOSE, NEUTRAL = range(3)
BROKEN, BEGUN, OPENING, CLOSING, ENDED = range(-1, 4)  # phases: ENDED comes after the outermost pair
NO_NODE = -1


@dataclass(frozen=True)
class Nested:
    """Words of nested tokens; satisfies `SteppingTeacher`.

    Parameters
    ----------
    pairs : for each kind the words that open it and those that close it
    neutral : words that may stand anywhere within a pair
    linear : whether a pair holds one other at most, as in XⁿYⁿ, where n may be 0; else a word is one pair, which holds any number
        of pairs
    alternate : whether a pair of a kind must stand in one of another kind
    """

    pairs: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    neutral: tuple[str, ...] = ()
    linear: bool = False
    alternate: bool = False
    alphabet: Alphabet = field(init=False)
    _tokens: tuple[tuple[Word, int, int], ...] = field(init=False, repr=False)  # letters, role, kind
    _trie: IntArray = field(init=False, repr=False)  # (nodes, letters): the node after a letter; −2 − i for the end of token i

    def __post_init__(self) -> None:
        spelt = [(word, OPEN, kind) for kind, (opening, _) in enumerate(self.pairs) for word in opening]
        spelt += [(word, CLOSE, kind) for kind, (_, closing) in enumerate(self.pairs) for word in closing]
        spelt += [(word, NEUTRAL, 0) for word in self.neutral]
        alphabet = Alphabet(tuple(dict.fromkeys("".join(word for word, _, _ in spelt))))
        tokens = tuple((alphabet.word(list(word)), role, kind) for word, role, kind in spelt)
        rows = [[NO_NODE] * len(alphabet)]
        for number, (letters, _, _) in enumerate(tokens):
            node = 0
            for letter in letters[:-1]:
                if rows[node][letter] == NO_NODE:
                    rows[node][letter] = len(rows)
                    rows.append([NO_NODE] * len(alphabet))
                node = rows[node][letter]
            rows[node][letters[-1]] = NO_NODE - 1 - number
        for name, value in (("alphabet", alphabet), ("_tokens", tokens), ("_trie", frozen_array(rows, np.int64))):
            object.__setattr__(self, name, value)

    @property
    def width(self) -> int:
        return 1

    @property
    def link(self) -> Link:
        return Binary()

    def scores(self, words: Sequence[Word]) -> FloatArray:
        """Return margins (n, 1): +1 for members, −1 for all other words."""
        return scores_by_stepping(self, words)

    def contains(self, words: Sequence[Word]) -> NDArray[np.bool_]:
        """Return the membership (n,) of n words."""
        return self.scores(words)[:, 0] > 0

    def start(self) -> States:
        """Return the phase, the node of the trie, the depth, and the open kinds as digits of a Python integer."""
        return np.array([BEGUN]), np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1, object)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        phases, nodes, depths, stacks = (part[parents] for part in states)
        nodes = np.where(phases == BROKEN, 0, self._trie[nodes, symbols])
        broken = (phases == BROKEN) | (nodes == NO_NODE) | (phases == ENDED)
        whole = (nodes < NO_NODE) & ~broken
        token = np.where(whole, NO_NODE - 1 - nodes, 0)
        roles = np.array([role for _, role, _ in self._tokens])[token]
        kinds = np.array([kind for _, _, kind in self._tokens])[token]
        count = len(self.pairs)
        inside, tops = depths > 0, (stacks % count).astype(np.int64)
        opens, closes = whole & (roles == OPEN), whole & (roles == CLOSE)
        broken |= whole & (roles == NEUTRAL) & ~inside
        broken |= closes & (~inside | (tops != kinds)) | opens & (phases == CLOSING)
        if self.alternate:
            broken |= opens & inside & (tops == kinds)
        depths = np.where(broken, 0, depths + opens.astype(np.int64) - closes)
        stacks = np.where(opens, stacks * count + kinds, np.where(closes, stacks // count, stacks))
        after = np.where(opens, OPENING, np.where(closes & self.linear, CLOSING, phases))
        after = np.where(closes & (depths == 0), ENDED, after)
        nodes = np.where(whole | broken, 0, nodes)
        return np.where(broken, BROKEN, after), nodes, depths, np.where(broken, 0, stacks)

    def read(self, states: States) -> FloatArray:
        """Return margins ±1 (n, 1)."""
        phases, nodes, _, _ = states
        ended = (phases == ENDED) | ((phases == BEGUN) & (nodes == 0) & self.linear)
        return np.where(ended, 1.0, -1.0)[:, None]

    def grammar(self) -> CFG:
        """Return a grammar of the language."""
        kinds = range(len(self.pairs))
        pairs = [
            (kind, opening, closing) for kind in kinds for opening in self._of(OPEN, kind) for closing in self._of(CLOSE, kind)
        ]
        whole, names = -1, ["S"]
        if not self.linear:
            inside = -2
            rules = [(0, (*opening, inside, *closing)) for _, opening, closing in pairs] + [(1, ())]
            rules += [(1, (*letters, inside)) for letters in self._of(NEUTRAL, 0)]
            rules += [(1, (*opening, inside, *closing, inside)) for _, opening, closing in pairs]
            return CFG(self.alphabet, ("S", "A"), tuple(rules))
        within = {kind: -2 - kind if self.alternate else whole for kind in kinds}  # what may stand in a pair of each kind
        names += [f"A{kind}" for kind in kinds if self.alternate]
        rules = [(-1 - place, ()) for place in {whole, *within.values()}]
        for kind, opening, closing in pairs:
            outer = {whole, *(within[other] for other in kinds if other != kind)}
            rules += [(-1 - place, (*opening, within[kind], *closing)) for place in outer]
        return CFG(self.alphabet, tuple(names), tuple(rules))

    def _of(self, role: int, kind: int) -> list[Word]:
        """Return the tokens of a role and a kind."""
        return [letters for letters, its, of in self._tokens if its == role and of == kind]

    def draw(self, rng: np.random.Generator, count: int, longest: int) -> list[Word]:
        """Draw `count` accepted words of at most `longest` letters; the number of their pairs is uniform as far as they fit.

        Raises
        ------
        InputError : no accepted word but ε is so short
        """
        return [_joined(tokens) for tokens in self._draw(rng, count, longest)]

    def words(self, rng: np.random.Generator, count: int, longest: int) -> list[Word]:
        """Draw words to train on: half of them accepted, the others accepted ones damaged, and words with runs of few letters.

        A half of the damaged words has tokens left out, doubled or replaced, the other half letters. Without the former a network
        does not learn to count where little is open.
        """
        accepted = self._draw(rng, count, longest)
        damaged, edited = accepted[count // 2 : count * 11 // 16], accepted[count * 11 // 16 : count * 7 // 8]
        letters, rest = len(self.alphabet), count - count * 7 // 8
        return [
            *map(_joined, accepted[: count // 2]),
            *(_joined(self._damaged(rng, tokens)) for tokens in damaged),
            *mutate(rng, [_joined(tokens) for tokens in edited], letters),
            *words_with_runs(rng, letters, rng.integers(longest + 1, size=rest)),
        ]

    def _damaged(self, rng: np.random.Generator, tokens: list[Word]) -> list[Word]:
        """Return tokens of which one to three are left out, doubled or replaced by any other."""
        tokens = list(tokens)
        for _ in range(int(rng.integers(1, 4))):
            place, how = int(rng.integers(len(tokens))), int(rng.integers(3))
            other = self._tokens[int(rng.integers(len(self._tokens)))][0]
            tokens[place : place + 1] = ([], [tokens[place]] * 2, [other])[how]
            if not tokens:
                break
        return tokens

    def _draw(self, rng: np.random.Generator, count: int, longest: int) -> list[list[Word]]:
        """Draw accepted words as lists of tokens."""
        least = min(len(_joined(self._word(rng, [1, -1]))) for _ in range(20))
        if least > longest:
            raise InputError(f"no word of at most {longest} letters has a pair; allow {least} letters or more")
        most, words = longest // least, list[list[Word]]()
        while len(words) < count:
            pairs = int(rng.integers(1, most + 1))
            word = self._word(rng, [1] * pairs + [-1] * pairs if self.linear else _shape(rng, pairs - 1))
            if len(_joined(word)) <= longest:
                words.append(word)
        return words

    def _word(self, rng: np.random.Generator, shape: list[int]) -> list[Word]:
        """Return the tokens of a word of a shape of openings, 1, and closings, −1, with random kinds and neutral words."""
        word: list[Word] = []
        stack: list[int] = []
        neutral = self._of(NEUTRAL, 0)
        for step in shape:
            if step > 0:
                kinds = [kind for kind in range(len(self.pairs)) if not (self.alternate and stack and stack[-1] == kind)]
                stack.append(int(rng.choice(kinds)))
            kind = stack[-1] if step > 0 else stack.pop()
            role = OPEN if step > 0 else CLOSE
            ways = self._of(role, kind)
            word.append(ways[int(rng.integers(len(ways)))])
            while stack and neutral and rng.random() < 0.4:
                word.append(neutral[int(rng.integers(len(neutral)))])
        return word


def _joined(tokens: list[Word]) -> Word:
    return tuple(chain.from_iterable(tokens))


def _shape(rng: np.random.Generator, pairs: int) -> list[int]:
    """Return a balanced sequence of 1 and −1 within one outer pair, uniform among those of so many inner pairs.

    By the cycle lemma: of the rotations of a sequence with one step down more than up, one is balanced but for its last step.
    """
    steps = rng.permutation([1] * pairs + [-1] * (pairs + 1))
    cut = int(np.cumsum(steps).argmin()) + 1
    return [1, *np.roll(steps, -cut).tolist()]


def _brackets(kinds: int) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    return tuple(((pair[0],), (pair[1],)) for pair in ("()", "[]", "{}", "<>")[:kinds])


_LG: dict[int, Nested] = {
    1: Nested(((("a",), ("b",)),), linear=True),
    2: Nested(((("a", "b"), ("c", "d")),), linear=True),
    3: Nested(((("ab", "cd"), ("ef", "gh")),), linear=True),
    4: Nested(((("ab",), ("cd",)),), linear=True),
    5: Nested(((("abc",), ("def",)),), linear=True),
    6: Nested(((("ab", "c"), ("de", "f")),), linear=True),
    7: Nested(_brackets(2)),
    8: Nested(_brackets(3)),
    9: Nested(_brackets(4)),
    10: Nested(((("(abc",), ("xyz)",)),)),
    11: Nested(((("ab", "c"), ("de", "f")),)),
    12: Nested(((("(",), (")",)), (("{",), ("}",))), linear=True, alternate=True),
    13: Nested(_brackets(1), ("a", "b", "c")),
    14: Nested(_brackets(2), ("a", "b", "c")),
    15: Nested(_brackets(1), ("abc", "d")),
}


def lg(number: int) -> Nested:
    """Return one of the languages LG1 to LG15 (Yellin and Weiss, TACAS 2021).

    1–6: XⁿYⁿ, with one or two words X and Y · 7–9: brackets of 2, 3, 4 kinds within one pair · 10, 11: brackets that are words ·
    12: two kinds of brackets that alternate · 13–15: brackets with neutral words inside. LG10 has brackets of 4 letters, one of
    the three lengths of the paper.

    Raises
    ------
    InputError : a number outside 1 … 15
    """
    if number not in _LG:
        raise InputError(f"there are the languages lg1 to lg15, and no number {number}")
    return _LG[number]
