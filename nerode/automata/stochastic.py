"""Weighted automata whose scores are probabilities of words: conversion from a PDFA, stochastic form, and random words."""

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

ROUNDING = 1e-9  # relative; a sum this close to 1 counts as 1, a negative weight this close to 0 as 0
BATCH = 4096  # words drawn in parallel


@dataclass(frozen=True)
class Drawn:
    """Words drawn from an automaton, and how many draws needed a correction.

    Parameters
    ----------
    words : as many as requested
    cut : the number of words that had not ended at the greatest length; they are only prefixes
    steps : the number of letters and ends drawn
    clipped : the number of these draws in which a negative probability was replaced by 0
    """

    words: tuple[Word, ...]
    cut: int
    steps: int
    clipped: int


def from_pdfa(pdfa: PDFA) -> WFA:
    """Return the automaton of the probabilities of words, with the states of the PDFA."""
    n, letters = pdfa.transitions.shape
    transitions = np.zeros((letters, n, n))
    transitions[np.arange(letters), np.arange(n)[:, None], pdfa.transitions] = pdfa.probabilities[:, :-1]
    return WFA(pdfa.alphabet, np.arange(n) == pdfa.initial, transitions, pdfa.probabilities[:, -1:], Value())


def stochastic_form(a: WFA) -> WFA:
    """Return the automaton of f_a as a probabilistic automaton.

    No weight is negative, the initial weights sum to 1, and the final weight and transitions of each state sum to 1. Each state
    is scaled by the sum of the scores of all words read from it. No other diagonal change of basis can do this, so a form with
    the same states is found if there is one. Whether another basis or more states would do is not known in general.

    Raises
    ------
    InputError : more than one score per word, scores whose sum is not 1, or no such form by this method
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
    """Draw words with the probabilities that the automaton gives them, in parallel, one letter per step.

    The probability of a letter is the sum of the scores of all words that continue with it. Learned automata give some words
    negative scores. Negative sums are replaced by 0 and counted; if no positive sum is left, the word ends. Scores need not sum
    to 1.

    Parameters
    ----------
    longest : the length at which words that have not ended are cut

    Raises
    ------
    InputError : more than one score per word, or scores without a finite and positive sum
    """
    need_one_score(a)
    a = trim(a)
    following = future(a)
    if not a.initial @ following[:, 0] > 0:
        raise InputError("the scores of all words do not have a positive sum; words cannot be drawn by them")
    next_weights = np.column_stack([*(letter @ following for letter in a.transitions), a.final])  # (r, Σ + 1)
    batches = [_draw_batch(a, next_weights, rng, min(BATCH, count - begin), longest) for begin in range(0, count, BATCH)]
    return Drawn(
        tuple(word for batch in batches for word in batch.words),
        sum(batch.cut for batch in batches),
        sum(batch.steps for batch in batches),
        sum(batch.clipped for batch in batches),
    )


def _draw_batch(a: WFA, next_weights: FloatArray, rng: np.random.Generator, count: int, longest: int) -> Drawn:
    letters = len(a.alphabet)
    symbols: list[IntArray] = []  # (count,) per step; a list, since `longest` may be far more than needed
    lengths = np.zeros(count, np.int64)
    running = np.arange(count)
    states = np.tile(a.initial, (count, 1))
    steps = clipped = 0
    for length in range(longest + 1):
        weights = states @ next_weights  # (running, Σ + 1)
        steps += len(running)
        magnitude = np.abs(weights).max(axis=1)
        clipped += int(np.count_nonzero(weights.min(axis=1) < -ROUNDING * magnitude))
        sums = weights.clip(0).cumsum(axis=1)
        drawn = (sums <= rng.random((len(sums), 1)) * sums[:, -1:]).sum(axis=1).clip(max=letters)
        going = np.flatnonzero(drawn < letters)
        lengths[running] = length  # overwritten for words that go on
        running = running[going]
        if length == longest or not len(running):
            break
        symbols.append(np.zeros(count, np.int64))
        symbols[-1][running] = drawn[going]
        # only the direction of a state determines what follows
        (states,) = a.advance((states / np.where(magnitude > 0, magnitude, 1.0)[:, None],), going, drawn[going])
    packed = np.stack(symbols, axis=1) if symbols else np.zeros((count, 0), np.int64)
    return Drawn(tuple(unpack(packed, lengths)), len(running), steps, clipped)


def need_one_score(a: WFA) -> None:
    """Raise `InputError` if the automaton has several scores per word, which cannot be probabilities of words."""
    if a.width != 1:
        raise InputError(f"the automaton gives {a.width} scores a word; one is needed, the word's probability")
