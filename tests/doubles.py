"""Teachers made for tests: known functions that hide their states, remember what they were asked, or misbehave."""

import sys
from itertools import product

import numpy as np

from nerode.automata.wfa import WFA


class WholeWords:
    """A teacher without states that answers as another does, and remembers what it was asked."""

    def __init__(self, inner):
        self.inner = inner
        self.asked = []

    @property
    def alphabet(self):
        return self.inner.alphabet

    @property
    def width(self):
        return self.inner.width

    @property
    def link(self):
        return self.inner.link

    def scores(self, words):
        words = self.inner.alphabet.words(words)
        self.asked.extend(words)
        return self.inner.scores(words)


class Interrupting(WholeWords):
    """Somebody presses Ctrl-C while the teacher answers for the `calls`-th time."""

    def __init__(self, inner, calls):
        super().__init__(inner)
        self.calls = calls

    def scores(self, words):
        self.calls -= 1
        if self.calls == 0:
            raise KeyboardInterrupt
        return super().scores(words)


class Failing(WholeWords):
    """A service that goes away: the `calls`-th question and all after it fail, of whatever kind they are."""

    def __init__(self, inner, calls, error=None):
        super().__init__(inner)
        self.calls = calls
        self.error = error or ConnectionError("the service went away")

    def question(self):
        self.calls -= 1
        if self.calls <= 0:
            raise self.error

    def scores(self, words):
        self.question()
        return super().scores(words)


class Noisy(WholeWords):
    """A classifier that contradicts itself: the sign of a margin is turned with a probability, anew each time it is asked."""

    def __init__(self, inner, probability, seed):
        super().__init__(inner)
        self.probability = probability
        self.rng = np.random.default_rng(seed)

    def scores(self, words):
        scores = super().scores(words)
        return np.where(self.rng.random(scores.shape) < self.probability, -scores, scores)


class Stepping(WholeWords):
    """A stepping teacher that counts its steps and its answers."""

    def __init__(self, inner):
        super().__init__(inner)
        self.read_states = 0
        self.steps = 0

    @property
    def answers(self):
        return self.read_states + len(self.asked)

    def start(self):
        return self.inner.start()

    def advance(self, states, parents, symbols):
        self.steps += len(symbols)
        return self.inner.advance(states, parents, symbols)

    def read(self, states):
        self.read_states += len(states[0])
        return self.inner.read(states)


class Branching(Stepping):
    """A stepping teacher that can read several symbols after the same states."""

    def __init__(self, inner, tile=4096):
        super().__init__(inner)
        self.tile = tile

    def branch(self, states, symbols):
        rows = np.arange(len(states[0]))
        for symbol in symbols:
            yield self.advance(states, rows, np.full(len(rows), symbol))

    def read_later(self, states):
        return self.read(states)


class Tree(Stepping):
    """A stepping teacher that walks through tries of suffixes by itself, `group` nodes at a time."""

    def __init__(self, inner, tile=4096, group=5):
        super().__init__(inner)
        self.tile = tile
        self.group = group

    def read_tree(self, states, parents, symbols, wanted):
        assert len(parents) == len(symbols) == len(wanted)
        rows = np.arange(len(states[0]))
        after = {-1: states}
        for begin in range(0, len(symbols), self.group):
            scores = []
            for node in range(begin, min(begin + self.group, len(symbols))):
                after[node] = self.advance(after[parents[node]], rows, np.full(len(rows), symbols[node]))
                if wanted[node]:
                    scores.append(self.read(after[node]))
            yield np.array(scores).reshape(len(scores), len(rows), self.width)


class FailingStates(Failing):
    """Goes before a stepping double in the list of base classes."""

    def start(self):
        self.question()
        return super().start()

    def advance(self, states, parents, symbols):
        self.question()
        return super().advance(states, parents, symbols)

    def read(self, states):
        self.question()
        return super().read(states)


class FailingStepping(FailingStates, Stepping):
    """Fails in steps and answers."""


class FailingBranching(FailingStates, Branching):
    """Fails among the states after several symbols, too."""


class FailingTree(FailingStates, Tree):
    """Fails in the midst of a trie, too."""


def words_up_to(letters, longest):
    """All words of at most `longest` letters, in shortlex order, written down independently of the package."""
    return [word for length in range(longest + 1) for word in product(range(letters), repeat=length)]


def small_tables(states, letters):
    """Every table of transitions from state 0 whose states are all reached, but for the numbers of the states.

    They are numbered as they are met, row by row.
    """
    for flat in product(range(states), repeat=states * letters):
        met = 1
        for place, target in enumerate(flat):
            if target > met or place // letters >= met:
                break
            met = max(met, target + 1)
        else:
            if met == states:
                yield np.reshape(flat, (states, letters))


def random_words(rng, letters, count, longest):
    """Words with uniform letters and uniform lengths 0 … longest."""
    return [tuple(rng.integers(letters, size=length).tolist()) for length in rng.integers(longest + 1, size=count)]


def as_weights(dfa):
    """The weighted automaton of the margins, or of the one-hot classes, of a DFA."""
    n, letters = dfa.transitions.shape
    transitions = np.zeros((letters, n, n))
    for letter in range(letters):
        transitions[letter, np.arange(n), dfa.transitions[:, letter]] = 1
    return WFA(dfa.alphabet, np.eye(n)[dfa.initial], transitions, dfa.read((np.arange(n),)), dfa.link)


def calls(work):
    """How many functions are called, of Python and of C: a measure of work that is the same on every machine."""
    count = 0

    def watch(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count
