"""How far answers may lie apart by rounding, derived from the arithmetic and not from what was seen.

A sum of k terms that is rounded, in any order, is the exact sum of terms that are each changed a little: by about √k units u of
the precision where rounding errors are as good as independent (Higham, Mary: A new approach to probabilistic rounding error
analysis, SIAM Journal on Scientific Computing 41, 2019). So a network answers as it would do exactly if each weight were changed
by that part of itself. What such changes do to an answer depends on the network and on the word. It is measured in float64: all
weights are changed at random, by the same part in every step, which adds up further than what changes from step to step.
"""

from copy import deepcopy
from math import sqrt

import numpy as np
import torch

DRAWS = 6  # of the signs of changes
CHANGE = 2.0**-20  # of the weights, when it is measured what changes do: small enough for answers to change in proportion
FUNCTIONS = 16  # what a sigmoid, a softmax or a norm adds, counted in terms


def unit(precision):
    """Half the distance from 1 to the next number of a precision of torch or of numpy."""
    return float((torch if isinstance(precision, torch.dtype) else np).finfo(precision).eps) / 2


def allowed(precision, terms):
    """How far two answers may lie apart after sums of so many terms, where a change of the weights makes one as large."""
    return 2 * sqrt(terms + FUNCTIONS) * unit(precision)


@torch.inference_mode()
def rounding(network, tokens):
    """How far two answers of a network, in its own precision, may lie apart for any of these sequences of tokens; absolute."""
    by_length = {}
    for sequence in tokens:
        by_length.setdefault(len(sequence), []).append(list(sequence))
    batches = [torch.tensor(batch, dtype=torch.int64).reshape(len(batch), -1) for batch in by_length.values()]
    exact = deepcopy(network).double().eval()
    weights = {name: part.numpy().copy() for name, part in exact.named_parameters()}

    def answers(changed):
        for name, part in exact.named_parameters():
            part.copy_(torch.from_numpy(changed[name]))
        return np.concatenate([exact(batch).numpy() for batch in batches])

    terms = max(part.shape[-1] for part in weights.values()) + max(by_length)  # attention adds up over tokens
    return allowed(next(network.parameters()).dtype, terms) * condition(answers, weights)


def rounding_of_model(model, words):
    """The same for a trained model and these words."""
    return rounding(model.network, [model.encoding.tokens([word])[0].tolist() for word in words])


def rounding_of_automaton(wfa, words):
    """How far two scores of a weighted automaton may lie apart for any of these words; absolute."""

    def answers(changed):
        scores = []
        for word in words:
            state = changed["initial"]
            for letter in word:
                state = state @ changed["transitions"][letter]
            scores.append(state @ changed["final"])
        return np.array(scores)

    weights = {name: np.array(getattr(wfa, name)) for name in ("initial", "transitions", "final")}
    return allowed(torch.float64, len(wfa.initial)) * condition(answers, weights)


def condition(answers, weights):
    """The largest change of an answer over the relative change of all weights, by name, that makes it."""
    rng = np.random.default_rng(1)
    expected, largest = answers(weights), 0.0
    for _ in range(DRAWS):
        changed = {name: part * (1 + CHANGE * rng.choice([-1, 1], part.shape)) for name, part in weights.items()}
        largest = max(largest, float(np.abs(answers(changed) - expected).max()))
    return largest / CHANGE
