"""A learner of visibly pushdown automata: a discrimination tree whose inner nodes are contexts of well-matched words.

Locations are classes of well-matched words. A context (u, v) tells two words x and y apart where only one of u·x·v and u·y·v is
accepted. A new word is asked the context of the root, then that of the node below, down to the leaf of its location. All words
that wait are asked at once. Each location has an access word; its transitions are those of its access word and an internal
letter, and of one access word, a call, another access word and a return.

Counterexamples are taken apart as by Rivest and Schapire (Information and Computation 103, 1993), adapted to nested words:
Isberner: Foundations of active automata learning, PhD thesis, Dortmund 2015, chapter 6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

import numpy as np

from nerode.automata.vpa import CALL, INTERNAL, RETURN, VPA
from nerode.errors import BudgetExhausted
from nerode.protocols import States
from nerode.stepping import step_through
from nerode.words import Alphabet, BoolArray, IntArray, Word, Words, shortlex

NONE = -1  # no child yet, or no leaf
Context = tuple[Word, Word]
Accepts = Callable[[Words], BoolArray]


@dataclass(frozen=True)
class Split:
    """What a counterexample shows: a location has a word that its access word does not stand for.

    Parameters
    ----------
    location : the location that is split
    word : the word that gets a location of its own
    context : that tells it from the access word
    accepted : whether the word is accepted in it
    """

    location: int
    word: Word
    context: Context
    accepted: bool

    @property
    def key(self) -> tuple[int, tuple[int, Word], tuple[int, Word], tuple[int, Word]]:
        """The order in which splits are preferred: by the length of the context, and of the word."""
        before, after = self.context
        return len(before) + len(after), shortlex(self.word), shortlex(before), shortlex(after)


class NestedLearner:
    """Learns a visibly pushdown automaton from the acceptance of words.

    Parameters
    ----------
    accepts : whether each word is accepted
    kinds : (Σ,), CALL, RETURN or INTERNAL
    most : locations, at most

    Attributes
    ----------
    access : the access word of each location
    contexts : that tell locations apart
    """

    def __init__(self, accepts: Accepts, alphabet: Alphabet, kinds: IntArray, most: int) -> None:
        self._accepts, self._alphabet, self._most = accepts, alphabet, most
        self._calls, self._returns, self._internals = (np.flatnonzero(kinds == kind) for kind in (CALL, RETURN, INTERNAL))
        self._kinds = kinds
        self.access: list[Word] = []
        self.contexts: list[Context] = [((), ())]  # of the inner nodes and, unused, of leaves
        self._children: list[list[int]] = [[NONE, NONE]]
        self._leaf: list[int] = [NONE]
        self._accepting: list[bool] = []
        self._transitions = np.zeros((0, len(self._internals)), np.int64)  # nodes of the tree, till they are leaves
        self._pops = np.zeros((0, len(self._returns), 0, len(self._calls)), np.int64)
        accepted = bool(accepts([()])[0])
        self._add((), accepted, self._grow(0, accepted))
        self._raw: VPA | None = None

    def propose(self) -> VPA:
        """Return a hypothesis; its locations are in the order in which they were found, and need not be minimal.

        Raises
        ------
        BudgetExhausted : it has more locations than are allowed
        """
        self._close()
        leaf = np.array(self._leaf)
        self._raw = VPA(
            self._alphabet, self._calls, self._returns, leaf[self._transitions], leaf[self._pops], np.array(self._accepting)
        )
        return self._raw

    def refine(self, words: Words) -> int:
        """Learn from words that the last hypothesis answers wrongly, and return how many locations it splits.

        The prefixes of a word are replaced, one after the other, by the access words on the stack of the hypothesis. Where the
        answer changes, the last letter leads to another location than the hypothesis says. Each location is split once, by the
        shortest context.
        """
        best: dict[int, Split] = {}
        for split in self._splits(words):
            if split.location not in best or split.key < best[split.location].key:
                best[split.location] = split
        for split in best.values():
            self._split(split)
        return len(best)

    def transition_words(self) -> list[Word]:
        """Return the words of all transitions."""
        inner = [(*word, letter) for word in self.access for letter in self._internals.tolist()]
        pairs = [(c, r) for c in self._calls.tolist() for r in self._returns.tolist()]
        return inner + [(*before, c, *body, r) for before in self.access for body in self.access for c, r in pairs]

    def _splits(self, words: Words) -> list[Split]:
        """Return what all the counterexamples show, each place of each word."""
        raw = self._raw
        assert raw is not None
        runs: list[list[tuple[int, Word]]] = [[] for _ in words]  # the location, and the stack as access words and calls

        def visit(length: int, rows: IntArray, lengths: IntArray, states: States) -> None:
            for row, location, stack in zip(rows.tolist(), states[0].tolist(), raw.stacks(states), strict=True):
                pending = chain.from_iterable((*self.access[q], int(self._calls[c])) for q, c in stack or ())
                runs[row].append((location, tuple(pending)))

        step_through(raw, words, visit)
        places = [(i, k) for i, word in enumerate(words) for k in range(len(word) + 1)]
        replaced = [(runs[i][k][1], self.access[runs[i][k][0]]) for i, k in places]
        answers = self._accepts([(*p, *w, *words[i][k:]) for (i, k), (p, w) in zip(places, replaced, strict=True)])
        found = []
        for at in np.flatnonzero(answers[1:] != answers[:-1]).tolist():
            (i, k), (before, _) = places[at], replaced[at + 1]
            letter = words[i][k] if k < len(words[i]) else NONE
            if places[at + 1][0] != i or self._kinds[letter] == CALL:
                continue
            long = (*replaced[at][0], *replaced[at][1], letter)  # the access words before, and the letter
            context = (before, words[i][k + 1 :])
            found.append(Split(runs[i][k + 1][0], long[len(before) :], context, bool(answers[at])))
        return found

    def _split(self, split: Split) -> None:
        """Put a context in the place of the leaf of a location, and the location and the new one below it."""
        node = self._leaf.index(split.location)
        self.contexts[node] = split.context
        self._leaf[node] = NONE
        self._leaf[self._grow(node, not split.accepted)] = split.location
        self._add(split.word, self._accepting[split.location], self._grow(node, split.accepted))

    def _grow(self, node: int, answer: bool) -> int:
        """Add a node below another."""
        self.contexts.append(((), ()))
        self._children.append([NONE, NONE])
        self._leaf.append(NONE)
        self._children[node][answer] = len(self._leaf) - 1
        return len(self._leaf) - 1

    def _add(self, word: Word, accepting: bool, node: int) -> None:
        """Add a location, whose transitions begin at the root."""
        if len(self.access) == self._most:
            raise BudgetExhausted("states")
        self._leaf[node] = len(self.access)
        self.access.append(word)
        self._accepting.append(accepting)
        self._transitions = np.pad(self._transitions, ((0, 1), (0, 0)))
        self._pops = np.pad(self._pops, ((0, 1), (0, 0), (0, 1), (0, 0)))

    def _close(self) -> None:
        """Lead all transitions down to leaves; a word that falls off the tree gets a location."""
        while True:
            inner = np.array(self._leaf) == NONE
            moves, turns = np.argwhere(inner[self._transitions]), np.argwhere(inner[self._pops])
            if not len(moves) and not len(turns):
                return
            words = [(*self.access[p], int(self._internals[a])) for p, a in moves.tolist()]
            for p, r, before, c in turns.tolist():
                words.append((*self.access[before], int(self._calls[c]), *self.access[p], int(self._returns[r])))
            nodes = np.concatenate([self._transitions[tuple(moves.T)], self._pops[tuple(turns.T)]])
            after = self._below(words, nodes)
            self._transitions[tuple(moves.T)], self._pops[tuple(turns.T)] = after[: len(moves)], after[len(moves) :]

    def _below(self, words: list[Word], nodes: IntArray) -> IntArray:
        """Return the node below that of each word."""
        contexts = [self.contexts[node] for node in nodes.tolist()]
        asked = [(*u, *word, *v) for word, (u, v) in zip(words, contexts, strict=True)]
        answers = self._accepts(asked).astype(np.int64)
        after = np.array(self._children)[nodes, answers]
        lost = sorted(np.flatnonzero(after == NONE).tolist(), key=lambda row: shortlex(words[row]))
        for row in lost:
            node, answer = int(nodes[row]), int(answers[row])
            if self._children[node][answer] == NONE:  # the least word that falls off; only the root lacks a child
                self._add(words[row], bool(answer), self._grow(node, bool(answer)))
            after[row] = self._children[node][answer]
        return after
