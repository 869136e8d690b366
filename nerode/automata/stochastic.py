"""Weighted automata whose scores are probabilities of words: from a PDFA, in stochastic form, and as a source of words."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nerode.automata.linear import trim
from nerode.automata.pdfa import PDFA
from nerode.automata.sums import future
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.links import Value
from nerode.words import FloatArray, IntArray, Word, unpack

ROUNDING = 1e-9  # relative; sums closer to 1, and negative weights closer to 0, than this count as such
BATCH = 4096  # words drawn side by side


@dataclass(frozen=True)
class Drawn:
    """Words drawn from an automaton, and how often it had to be helped.

    Parameters
    ----------
    words : as many as were asked for
    cut : how many of them had not ended at the greatest length; they are mere prefixes
    steps : how many letters and ends were drawn
    clipped : in how many of these something had a negative probability, which was taken as 0
    """

    words: tuple[Word, ...]
    cut: int
    steps: int
    clipped: int


def from_pdfa(pdfa: PDFA) -> WFA:
    """The automaton of the probabilities of words, with the states of the PDFA."""
    n, letters = pdfa.transitions.shape
    transitions = np.zeros((letters, n, n))
    transitions[np.arange(letters), np.arange(n)[:, None], pdfa.transitions] = pdfa.probabilities[:, :-1]
    return WFA(pdfa.alphabet, np.arange(n) == pdfa.initial, transitions, pdfa.probabilities[:, -1:], Value())


def stochastic_form(a: WFA) -> WFA:
    """The automaton of f_a as a probabilistic automaton: no weight is negative, the initial weights sum to 1, and so do, for each
    state, its final weight and its transitions.

    Each state is scaled by the sum of the scores of all words read from it. That is the only diagonal change of basis that can
    do it, so that a form with the same states is found wherever there is one; whether another basis, or more states, would do
    is not known in general.

    Raises
    ------
    InputError : more than one score a word, scores whose sum is not 1, or no such form by this method
    """
    need_one_score(a)
    a = trim(a)
    following = future(a)[:, 0]  # (r,)
    whole = float(a.initial @ following)
    if abs(whole - 1) > ROUNDING:
        raise InputError(
            f"the scores of all words sum to {whole:.6g}; only probabilities, which sum to 1, have a stochastic form"
        )
    if not following.all():
        raise InputError("no stochastic form was found: the words read from a state have scores that sum to 0")
    initial = a.initial * following
    transitions = a.transitions * following / following[:, None]
    final = a.final / following[:, None]
    lowest = min(initial.min(), transitions.min(), final.min())
    if lowest < -ROUNDING:
        raise InputError(
            f"no stochastic form was found: with each state scaled by the sum of what follows it, weights as low as {lowest:.4g} "
            "are left"
        )
    return replace(a, initial=initial.clip(0), transitions=transitions.clip(0), final=final.clip(0))


def draw_words(a: WFA, rng: np.random.Generator, count: int, longest: int) -> Drawn:
    """Words drawn with the probabilities that the automaton gives them, side by side, a letter a step.

    A letter is drawn by the sum of the scores of all words that go on with it. Learned automata give some words negative scores:
    negative sums are taken as 0 and counted, and where nothing positive is left the word ends. Scores need not sum to 1.

    Parameters
    ----------
    longest : words that have not ended after so many letters are cut there

    Raises
    ------
    InputError : more than one score a word, or scores without a finite and positive sum
    """
    need_one_score(a)
    a = trim(a)
    following = future(a)
    if not a.initial @ following[:, 0] > 0:
        raise InputError("the scores of all words do not have a positive sum; words cannot be drawn by them")
    weigh = np.column_stack([*(letter @ following for letter in a.transitions), a.final])  # (r, Σ + 1)
    batches = [_draw_batch(a, weigh, rng, min(BATCH, count - begin), longest) for begin in range(0, count, BATCH)]
    return Drawn(
        tuple(word for batch in batches for word in batch.words),
        sum(batch.cut for batch in batches),
        sum(batch.steps for batch in batches),
        sum(batch.clipped for batch in batches),
    )


def _draw_batch(a: WFA, weigh: FloatArray, rng: np.random.Generator, count: int, longest: int) -> Drawn:
    letters = len(a.alphabet)
    symbols: list[IntArray] = []  # (count,) a step; `longest` may be far more than is ever needed
    lengths = np.zeros(count, np.int64)
    running = np.arange(count)
    states = np.tile(a.initial, (count, 1))
    steps = clipped = 0
    for length in range(longest + 1):
        weights = states @ weigh  # (running, Σ + 1)
        steps += len(running)
        magnitude = np.abs(weights).max(axis=1)
        clipped += int(np.count_nonzero(weights.min(axis=1) < -ROUNDING * magnitude))
        sums = weights.clip(0).cumsum(axis=1)
        drawn = (sums <= rng.random((len(sums), 1)) * sums[:, -1:]).sum(axis=1).clip(max=letters)
        going = np.flatnonzero(drawn < letters)
        lengths[running] = length  # and more for those that go on
        running = running[going]
        if length == longest or not len(running):
            break
        symbols.append(np.zeros(count, np.int64))
        symbols[-1][running] = drawn[going]
        # only the direction of a state matters for what comes next
        (states,) = a.advance((states / np.where(magnitude > 0, magnitude, 1.0)[:, None],), going, drawn[going])
    packed = np.stack(symbols, axis=1) if symbols else np.zeros((count, 0), np.int64)
    return Drawn(tuple(unpack(packed, lengths)), len(running), steps, clipped)


def need_one_score(a: WFA) -> None:
    """Refuse an automaton whose scores cannot be probabilities of words, since there are several a word."""
    if a.width != 1:
        raise InputError(f"the automaton gives {a.width} scores a word; one is needed, the word's probability")
