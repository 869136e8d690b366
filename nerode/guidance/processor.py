"""A `LogitsProcessor` of the transformers library that keeps to a constraint.

Neither transformers nor torch is imported: what `generate` calls needs no base class, and its tensors make their own kin.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nerode.errors import InputError
from nerode.guidance.base import Constraint

ENDED = -1  # the state after the token that ends the text


class ConstraintProcessor:
    """Sets the scores of forbidden tokens to −∞, for one call of `generate`; beams and batches are fine.

    What stands in the first call is the prompt, which is not constrained. The text ends where the model chooses the end, or where
    nothing else is allowed.

        constraint = nerode.constrain(dfa, tokenizer)
        model.generate(**prompt, logits_processor=[nerode.ConstraintProcessor(constraint)])
    """

    def __init__(self, constraint: Constraint) -> None:
        if not isinstance(constraint, Constraint):
            raise InputError(
                f"a processor takes what nerode.constrain makes of an automaton and a tokenizer, and not {constraint!r}"
            )
        self._constraint = constraint
        self._prompt: int | None = None
        self._length = 0
        self._known: dict[bytes, Any] = {b"": constraint.initial}  # the states of the texts of the last call

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Return the scores (n, tokens) of the next token after each of n rows of tokens.

        Raises
        ------
        InputError : rows that do not continue those of the call before by one token, or no score of a token that is allowed
        """
        rows = np.ascontiguousarray(input_ids.cpu().numpy(), np.int64)
        if self._prompt is None:
            self._prompt = self._length = rows.shape[1]
        elif rows.shape[1] != self._length + 1:
            raise InputError("a processor serves one call of generate, a token at a time; make a new one")
        self._length = rows.shape[1]
        texts = rows[:, self._prompt :]
        states = [self._state(text) for text in texts]
        self._known = {text.tobytes(): state for text, state in zip(texts, states, strict=True)}
        allowed = np.zeros(tuple(scores.shape), np.bool_)  # there may be more or fewer scores than tokens
        for row, state in zip(allowed, states, strict=True):
            if state == ENDED:
                row[self._constraint.end] = True
            else:
                mask = self._constraint.mask(state)
                if mask[len(row) :].any():
                    raise InputError(
                        f"the model has scores for {len(row):,} tokens, and others are allowed; take its own tokenizer"
                    )
                row[: len(mask)] = mask[: len(row)]
        return scores.masked_fill(scores.new_tensor(~allowed).bool(), float("-inf"))

    def _state(self, text: Any) -> Any:
        """The state after a text, whose beginning was in the last call."""
        if not len(text):
            return self._constraint.initial
        before = self._known.get(text[:-1].tobytes())
        if before is None:
            raise InputError("a processor serves one call of generate, a token at a time; make a new one")
        token = int(text[-1])
        return ENDED if before == ENDED or token == self._constraint.end else self._constraint.after(before, token)
