"""Linear students: a weight for each feature of a word. With labels they are logistic and softmax regressions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from nerode.automata.decimals import decimal
from nerode.automata.diagram import counted
from nerode.automata.documents import Fields
from nerode.errors import InputError
from nerode.links import Link
from nerode.students.features import Features
from nerode.students.student import Student
from nerode.words import Alphabet, FloatArray, Word, frozen_array


@dataclass(frozen=True, eq=False, repr=False)
class Linear(Student):
    """Scores that are sums: score(w) = bias + features(w) · weights.

    Parameters
    ----------
    features : k of them
    weights : (k, width)
    bias : (width,)
    link : the meaning of the scores

    Raises
    ------
    InputError : shapes that do not fit each other
    """

    features: Features
    weights: FloatArray
    bias: FloatArray
    link: Link
    kind: ClassVar[str] = "regression"
    unit: ClassVar[str] = "feature"

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", frozen_array(self.weights, np.float64))
        object.__setattr__(self, "bias", frozen_array(self.bias, np.float64))
        if self.bias.ndim != 1 or self.weights.shape != (len(self.features), len(self.bias)):
            raise InputError(
                f"{len(self.features)} features cannot have weights of shape {self.weights.shape} and a bias of {self.bias.shape}"
            )

    @property
    def alphabet(self) -> Alphabet:  # type: ignore[override]
        return self.features.alphabet

    @property
    def width(self) -> int:
        return len(self.bias)

    @property
    def size(self) -> int:
        return len(self.features)

    @property
    def parameters(self) -> int:
        return self.weights.size + self.bias.size

    def scores(self, words: Iterable[Any]) -> FloatArray:
        found: FloatArray = self.features.matrix(self.alphabet.words(words)) @ self.weights + self.bias
        return found

    def rounded(self, words: Sequence[Word], step: float) -> Self:
        unit = step * self.spread(words)
        if not unit:
            return self
        steps = (unit / self.features.sizes(words))[:, None]
        return replace(self, weights=decimal(self.weights, steps), bias=decimal(self.bias, unit))

    def fields(self) -> dict[str, Any]:
        return {"features": self.features.to_json(), "weights": self.weights.tolist(), "bias": self.bias.tolist()}

    @classmethod
    def from_fields(cls, alphabet: Alphabet, link: Link, fields: Fields) -> Self:
        features, bias = Features.from_json(alphabet, fields["features"]), fields.numbers("bias", 1)
        weights = fields.numbers("weights", 2) if len(features) else np.zeros((0, len(bias)))
        return cls(features, weights, bias, link)

    def shown(self, lines: int, classes: Sequence[str] = ()) -> list[str]:
        """Return the features with the largest weights, and their weights."""
        names, largest = self.features.names(), np.abs(self.weights).max(axis=1, initial=0.0)
        order = np.argsort(-largest, kind="stable")[: lines - 1]
        rows = [(names[which], " ".join(f"{weight:+.3g}" for weight in self.weights[which])) for which in order.tolist()]
        widest = max((len(name) for name, _ in rows), default=0)
        of = f" for {', '.join(classes)}" if len(classes) == self.width > 1 else ""
        title = f"{len(rows)} of {counted(self.size, self.unit)}, by their weights{of}:" if rows else "no features"
        return [title, *(f"  {name:<{widest}}  {weights}" for name, weights in rows)]
