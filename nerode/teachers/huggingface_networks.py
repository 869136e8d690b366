"""Networks for models of the transformers library: classifiers and causal language models.

A network has a small vocabulary of its own: the letters of the alphabet first, then the markers. `table` maps these tokens to the
tokens of the model, so an `Encoding` without an offset suffices.

The distribution of a language model over its whole vocabulary is restricted to the letters of the alphabet and the end, and is
then renormalised.

A model of last hidden states with a head of its own is in `huggingface_heads`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from nerode.arrays import fetched
from nerode.errors import InputError
from nerode.teachers.encoding import Encoding
from nerode.teachers.huggingface_errors import in_one_sentence
from nerode.words import IntArray, RealArray

TOLERANCE = 1e-4  # largest float32 rounding difference between two evaluations, relative to the largest score


class HuggingFaceNetwork(nn.Module):
    """The base of both kinds of networks: a model, its table of tokens, and its greatest length.

    Parameters
    ----------
    model : a model of the transformers library
    table : the model's token for each token of the network, letters first
    longest : the number of tokens that the model has positions for; None if there is no limit
    """

    table: Tensor  # (letters + markers,)

    def __init__(self, model: Any, table: Sequence[int], longest: int | None) -> None:
        super().__init__()
        self.model = model
        self.longest = longest
        self.register_buffer("table", torch.tensor(table), persistent=False)

    def __str__(self) -> str:
        config = self.model.config.get_text_config()
        layers, hidden = getattr(config, "num_hidden_layers", None), getattr(config, "hidden_size", None)
        shape = f", {layers} layer{'s' * (layers != 1)} of {hidden}" if layers and hidden else ""
        limit = f", at most {self.longest} tokens" if self.longest else ""
        return f"{type(self.model).__name__}{shape}{limit}"

    def ask(self, tokens: Tensor, past: Any = None, **settings: Any) -> Any:
        """Return the model's output for tokens (n, length) of the network, which follow the tokens cached in `past`.

        A token attends to all earlier ones, unless `settings` give another attention mask.

        Raises
        ------
        InputError : more tokens than the model has positions for, or tokens that it cannot read
        """
        before = past.get_seq_length() if past is not None else 0
        length = before + tokens.shape[1]
        if past is not None:
            settings["past_key_values"] = past
        if "attention_mask" not in settings:
            self.check_length(length)
            # no token is padding; without a mask the library guesses which tokens are
            settings["attention_mask"] = torch.ones(len(tokens), length, dtype=torch.int64, device=tokens.device)
        with in_one_sentence("this network cannot read a word"):
            return self.model(input_ids=self.table[tokens], **settings)

    def check_length(self, length: int) -> None:
        """Raise InputError if a word with its markers has more tokens than the model has positions for."""
        if self.longest is not None and length > self.longest:
            raise InputError(f"this network reads at most {self.longest} tokens; a word with its markers has {length}")


class Classifier(HuggingFaceNetwork):
    """A classifier of whole sequences, or of their tokens.

    Parameters
    ----------
    margin : whether the only score is the margin of class 1 over class 0, for two classes
    alone : the tokens of the network of whose single answers the mean answers an empty sequence; none if words have markers
    place : of the token whose class is that of the word, counted from the end as −1, −2, …; None if a sequence has one class
    """

    def __init__(
        self,
        model: Any,
        table: Sequence[int],
        longest: int | None,
        margin: bool,
        alone: tuple[int, ...],
        place: int | None = None,
    ) -> None:
        super().__init__(model, table, longest)
        self.margin = margin
        self.alone = alone
        self.place = place

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, width) of tokens (n, length)."""
        if tokens.shape[1] == 0 and self.alone:
            return of_nothing(self, tokens, self.alone)
        logits: Tensor = self.ask(tokens).logits
        if self.place is not None:
            logits = logits[:, self.place]
        return logits[:, 1:] - logits[:, :1] if self.margin else logits


class ReadByToken(HuggingFaceNetwork):
    """A network that has scores after each token, so that a teacher may keep its states.

    Parameters
    ----------
    alone : the tokens of the network of whose single answers the mean answers ε; none if words have markers
    """

    def __init__(self, model: Any, table: Sequence[int], longest: int | None, alone: tuple[int, ...] = ()) -> None:
        super().__init__(model, table, longest)
        self.alone = alone

    @property
    def by_token(self) -> bool:
        """Whether the scores of a word are those after its last token."""
        return len(self.alone) <= 1

    def first(self, encoding: Encoding) -> IntArray:
        """Return the tokens (1, length) after which the network has the scores of ε."""
        return np.array([self.alone]) if self.alone else encoding.tokens([()])

    def scores_of(self, output: Any) -> Tensor:
        """Return the scores (n, length, width) after each token, from the model's output."""
        raise NotImplementedError


class LanguageModel(ReadByToken):
    """A causal language model. Its scores are the logits of the letters as the next token, and of the end.

    If several tokens end a text, their probabilities add up, so the score of the end is the log-sum-exp of their logits.

    Parameters
    ----------
    letters : the tokens of the model that are letters
    ends : the tokens of the model that end a text
    normalised : whether the scores are logarithms of the probabilities that the model gives among all its tokens
    """

    columns: Tensor  # (letters + ends,), the tokens whose logits are used

    def __init__(
        self,
        model: Any,
        table: Sequence[int],
        longest: int | None,
        letters: Sequence[int],
        ends: Sequence[int],
        normalised: bool = False,
    ) -> None:
        super().__init__(model, table, longest)
        self.letters = len(letters)
        self.register_buffer("columns", torch.tensor([*letters, *ends]), persistent=False)
        self._normalised = normalised
        self._restricted = not normalised and self._restrict_readout()

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, letters + 1) after tokens (n, length)."""
        return self.scores_of(self.ask(tokens, use_cache=False))[:, -1]

    def scores_of(self, output: Any) -> Tensor:
        """Return the scores (n, length, letters + 1) after each token, from the model's output."""
        logits = output.logits.log_softmax(2) if self._normalised else output.logits
        if not self._restricted:
            logits = logits.index_select(2, self.columns)
        return torch.cat([logits[:, :, : self.letters], logits[:, :, self.letters :].logsumexp(2, keepdim=True)], 2)

    def _restrict_readout(self) -> bool:
        """Restrict the read-out to the logits in use, and return whether this was possible.

        The read-out is a large part of the work if the vocabulary is large. Models process the logits further (by a scale or
        a cap), but each logit on its own. If a probe shows another kind of read-out, it is left as it is.
        """
        head = self.model.get_output_embeddings()
        if type(head) is not nn.Linear:
            return False
        probe = torch.zeros(1, 1, dtype=torch.int64)
        with torch.no_grad():
            expected = self.ask(probe, use_cache=False).logits[:, -1, self.columns]
            # the method is replaced rather than the layer, because models share the read-out with other parts
            head.forward = partial(self._used_outputs, head)  # type: ignore[method-assign]
            found = self.ask(probe, use_cache=False).logits[:, -1]
        if found.shape == expected.shape and close(fetched(found), fetched(expected)):
            return True
        del head.forward
        return False

    def _used_outputs(self, head: nn.Linear, hidden: Tensor) -> Tensor:
        """Return the outputs of an affine layer that are in use."""
        weight, bias = (part if part is None else part.index_select(0, self.columns) for part in (head.weight, head.bias))
        return linear(hidden, weight, bias)


def of_nothing(network: Callable[[Tensor], Tensor], tokens: Tensor, alone: Sequence[int]) -> Tensor:
    """Return the scores (n, width) for tokens (n, 0): the mean of those of single tokens."""
    return network(tokens.new_tensor(alone)[:, None]).mean(0, keepdim=True).expand(len(tokens), -1)


def close(found: RealArray, expected: RealArray) -> bool:
    """Return whether two evaluations of one model differ by no more than rounding in float32."""
    return bool(np.abs(found - expected).max() <= TOLERANCE * max(np.abs(expected).max(), 1e-6))
