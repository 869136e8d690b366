"""Soft decision trees over features of words: each inner node is a filter, each leaf has scores.

A filter is a linear function of all features; a word goes to the right with the probability σ(β · filter). The tree is complete:
the children of node i are 2i + 1 and 2i + 2, and the leaves come last, from left to right.
Frosst and Hinton: Distilling a neural network into a soft decision tree, 2017.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, ClassVar, Self

import numpy as np
from scipy.special import logsumexp

from nerode.automata.decimals import decimal
from nerode.automata.documents import Fields
from nerode.errors import InputError
from nerode.links import Binary, Link, Value
from nerode.students.features import Features
from nerode.students.student import Student
from nerode.words import Alphabet, FloatArray, Word, frozen_array

ANSWERS = ("path", "mean")
PORTION = 2**22  # cells of a table of words and leaves in memory
STRONGEST = 4  # features of a filter that are shown


@dataclass(frozen=True, eq=False, repr=False)
class SoftTree(Student):
    """A complete soft tree.

    Parameters
    ----------
    features : k of them
    filters : (k, inner), the weights of each filter; inner = 2^depth − 1
    bias : (inner,), of each filter
    beta : (inner,), the inverse temperature of each filter, above 0
    values : (2^depth, width), the scores of the leaves
    answer_by : "path" for the scores of the leaf that is reached most probably, "mean" for the mean distribution of all leaves,
        or the mean value
    link : the meaning of the scores

    Raises
    ------
    InputError : shapes that do not fit each other, a β that is not above 0, or another answer
    """

    features: Features
    filters: FloatArray
    bias: FloatArray
    beta: FloatArray
    values: FloatArray
    answer_by: str
    link: Link
    kind: ClassVar[str] = "soft-tree"
    unit: ClassVar[str] = "leaf"

    def __post_init__(self) -> None:
        for name in ("filters", "bias", "beta", "values"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))
        inner = len(self.values) - 1
        whole = self.values.ndim == 2 and inner >= 1 and not inner & (inner + 1)
        shapes = (self.filters.shape, self.bias.shape, self.beta.shape)
        if not whole or shapes != ((len(self.features), inner), (inner,), (inner,)):
            raise InputError("the arrays of a soft tree have shapes that do not fit each other")
        if not (self.beta > 0).all():
            raise InputError("the inverse temperatures of a soft tree must be above 0")
        if self.answer_by not in ANSWERS:
            raise InputError(f"a soft tree answers by {' or '.join(ANSWERS)}, not by {self.answer_by!r}")

    @property
    def alphabet(self) -> Alphabet:  # type: ignore[override]
        return self.features.alphabet

    @property
    def width(self) -> int:
        return int(self.values.shape[1])

    @property
    def size(self) -> int:
        return len(self.values)

    @property
    def parameters(self) -> int:
        return self.filters.size + self.bias.size + self.beta.size + self.values.size

    def leaves(self, words: Iterable[Any]) -> FloatArray:
        """Return the logarithm (n, leaves) of the probability that each word reaches each leaf."""
        table = self.features.matrix(self.alphabet.words(words))
        return reached(self.beta * (table @ self.filters + self.bias))

    def scores(self, words: Iterable[Any]) -> FloatArray:
        parsed = self.alphabet.words(words)
        portion = max(1, PORTION // self.values.size)
        parts = [self._scores(parsed[i : i + portion]) for i in range(0, len(parsed), portion)]
        return np.concatenate([np.zeros((0, self.width)), *parts])

    def _scores(self, words: list[Any]) -> FloatArray:
        logs = self.leaves(words)
        if self.answer_by == "path":
            chosen: FloatArray = self.values[logs.argmax(axis=1)]
            return chosen
        return mixed(self.link, logs, self.values)

    def rounded(self, words: Sequence[Word], step: float) -> Self:
        unit = step * self.spread(words)
        if not unit:
            return self
        beta = decimal(self.beta, step * self.beta)
        steps = step / np.outer(self.features.sizes(words), self.beta)  # a filter changes its margin by the step
        filters, bias = decimal(self.filters, steps), decimal(self.bias, step / self.beta)
        return replace(self, filters=filters, bias=bias, beta=beta, values=decimal(self.values, unit))

    def fields(self) -> dict[str, Any]:
        arrays = {name: getattr(self, name).tolist() for name in ("filters", "bias", "beta", "values")}
        return {"features": self.features.to_json(), **arrays, "answer_by": self.answer_by}

    @classmethod
    def from_fields(cls, alphabet: Alphabet, link: Link, fields: Fields) -> Self:
        features, bias = Features.from_json(alphabet, fields["features"]), fields.numbers("bias", 1)
        filters = fields.numbers("filters", 2) if len(features) else np.zeros((0, len(bias)))
        beta, values = fields.numbers("beta", 1), fields.numbers("values", 2)
        return cls(features, filters, bias, beta, values, fields.text("answer_by"), link)

    def shown(self, lines: int, classes: Sequence[str] = ()) -> list[str]:
        """Return the top nodes with the strongest features of their filters, and the scores of leaves."""
        found: list[str] = []
        waiting = [(0, 0, "")]
        while waiting and len(found) < lines - 1:
            node, depth, answer = waiting.pop()
            found.append(f"{'  ' * depth}{answer}{self.said(node, classes)}")
            if node < len(self.bias):
                waiting += [(2 * node + 1, depth + 1, "left: "), (2 * node + 2, depth + 1, "right: ")]
        return [*found, *(["…"] if waiting else [])]

    def path(self, word: Any, classes: Sequence[str] = ()) -> list[str]:
        """Return the way to the leaf that a word reaches most probably: a filter and its probability a line, then the leaf."""
        parsed = self.alphabet.words([word])
        here = self.features.matrix(parsed)
        right = 1 / (1 + np.exp(-self.beta * (here @ self.filters + self.bias)[0]))
        node = int(self.leaves(parsed)[0].argmax()) + len(self.bias)
        nodes = [node]
        while node:
            node = (node - 1) // 2
            nodes.insert(0, node)
        found = []
        for node, after in pairwise(nodes):
            to_right = after == 2 * node + 2
            likely = right[node] if to_right else 1 - right[node]
            found.append(f"{self.said(node, here=here.toarray()[0])} → {'right' if to_right else 'left'} ({likely:.2f})")
        return [*found, self.said(nodes[-1], classes)]

    def said(self, node: int, classes: Sequence[str] = (), here: FloatArray | None = None) -> str:
        """Return what a node holds: the strongest features of its filter times β, or the class and the scores of the leaf.

        Parameters
        ----------
        here : the features of one word; then what these give is shown, and not what the filter weighs
        """
        inner = len(self.bias)
        if node >= inner:
            return self.leaf(self.values[node - inner], classes)
        names, weights = self.features.names(), self.beta[node] * self.filters[:, node]
        weights = weights if here is None else weights * here
        order = np.argsort(-np.abs(weights), kind="stable")[:STRONGEST]
        by = "·" if here is None else "by"
        strongest = ", ".join(f"{weights[i]:+.3g} {by} {names[i]}" for i in order.tolist() if here is None or weights[i])
        return f"{strongest or 'no feature'}; bias {self.beta[node] * self.bias[node]:+.3g}"


def reached(margins: FloatArray) -> FloatArray:
    """Return the logarithm (n, inner + 1) of the probability of each leaf, from the margins (n, inner) of all filters."""
    right, left = -np.logaddexp(0.0, -margins), -np.logaddexp(0.0, margins)
    logs, first = np.zeros((len(margins), 1)), 0
    while first < margins.shape[1]:
        here = slice(first, 2 * first + 1)
        logs = np.stack([logs + left[:, here], logs + right[:, here]], axis=2).reshape(len(margins), -1)
        first = 2 * first + 1
    return logs


def mixed(link: Link, logs: FloatArray, values: FloatArray) -> FloatArray:
    """Return the scores (n, width) of mixtures of leaves: the mean distribution, or the mean of values.

    Parameters
    ----------
    logs : (n, leaves), log-probabilities
    values : (leaves, width), scores
    """
    if isinstance(link, Value):
        mean: FloatArray = np.exp(logs) @ values
        return mean
    wide = np.concatenate([np.zeros_like(values), values], axis=1) if isinstance(link, Binary) else values
    classes = wide - logsumexp(wide, axis=1, keepdims=True)  # (leaves, classes)
    found: FloatArray = logsumexp(logs[:, :, None] + classes[None], axis=1)
    return found[:, 1:] - found[:, :1] if isinstance(link, Binary) else found
