"""Networks and teachers for models of the transformers library: classifiers and causal language models.

A network has a small vocabulary of its own: the letters of the alphabet first, then the markers. `table` maps these tokens to the
tokens of the model, so an `Encoding` without an offset suffices.

The distribution of a language model over its whole vocabulary is restricted to the letters of the alphabet and the end, and is
then renormalised.

`CachedTeacher` and `TreeReader` keep keys and values. `huggingface_choice` decides which models may use them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from nerode.arrays import fetched
from nerode.errors import InputError
from nerode.links import Link
from nerode.protocols import States, Teacher, take
from nerode.rounding import not_offered
from nerode.stepping import scores_by_stepping
from nerode.teachers.arrays import at_hand
from nerode.teachers.encoding import Encoding
from nerode.teachers.huggingface_errors import in_one_sentence
from nerode.teachers.trees import groups
from nerode.words import Alphabet, BoolArray, FloatArray, IntArray, RealArray, Words

TOLERANCE = 1e-4  # largest float32 rounding difference between two evaluations, relative to the largest score

TILE = 128  # prefixes continued together
TILE_OF_DEVICE = 2**10
GROUP = 64  # nodes of a trie evaluated together


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
    alone : the token of the network that replaces an empty sequence if words have no markers
    place : of the token whose class is that of the word, counted from the end as −1, −2, …; None if a sequence has one class
    """

    def __init__(
        self, model: Any, table: Sequence[int], longest: int | None, margin: bool, alone: int | None, place: int | None = None
    ) -> None:
        super().__init__(model, table, longest)
        self.margin = margin
        self.alone = alone
        self.place = place

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, width) of tokens (n, length)."""
        if tokens.shape[1] == 0 and self.alone is not None:
            tokens = tokens.new_full((len(tokens), 1), self.alone)
        logits: Tensor = self.ask(tokens).logits
        if self.place is not None:
            logits = logits[:, self.place]
        return logits[:, 1:] - logits[:, :1] if self.margin else logits


class LanguageModel(HuggingFaceNetwork):
    """A causal language model. Its scores are the logits of the letters as the next token, and of the end.

    If several tokens end a text, their probabilities add up, so the score of the end is the log-sum-exp of their logits.

    Parameters
    ----------
    letters : the tokens of the model that are letters
    ends : the tokens of the model that end a text
    """

    columns: Tensor  # (letters + ends,), the tokens whose logits are used

    def __init__(
        self, model: Any, table: Sequence[int], longest: int | None, letters: Sequence[int], ends: Sequence[int]
    ) -> None:
        super().__init__(model, table, longest)
        self.letters = len(letters)
        self.register_buffer("columns", torch.tensor([*letters, *ends]), persistent=False)
        self._restricted = self._restrict_readout()

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, letters + 1) after tokens (n, length)."""
        return self.scores_of(self.ask(tokens, use_cache=False))[:, -1]

    def scores_of(self, output: Any) -> Tensor:
        """Return the scores (n, length, letters + 1) after each token, from the model's output."""
        logits = output.logits if self._restricted else output.logits.index_select(2, self.columns)
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


class CachedTeacher:
    """A language model whose keys and values are kept, so that a further letter costs one token.

    The states of a batch are the keys and the values of each layer, each (n, heads, tokens, width of a head), and at the end
    the scores (n, width).
    """

    def __init__(self, alphabet: Alphabet, link: Link, encoding: Encoding, network: LanguageModel, width: int) -> None:
        self.alphabet = alphabet
        self.link = link
        self.width = width
        self._encoding = encoding
        self._network = network
        self._device = network.table.device

    @property
    def longest(self) -> int | None:
        """The number of letters of the longest words that the model has positions for; None if there is no limit."""
        return self._encoding.room(self._network.longest)

    def start(self) -> States:
        """Return the state after the begin markers."""
        return self._read_on(self._encoding.tokens([()]), None)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """Return the states after one step from each pair of a kept state and a symbol; see `SteppingTeacher`."""
        if not len(parents):  # models do not accept an empty batch
            longer = (part.new_empty(0, part.shape[1], part.shape[2] + 1, part.shape[3]) for part in states[:-1])
            return (*longer, states[-1][:0])
        if not np.array_equal(parents, np.arange(len(states[-1]))):  # no copy if each state has one child, in order
            states = take(states, self._on_device(parents))
        return self._read_on(symbols[:, None] + self._encoding.offset, self._past(states[:-1]))

    def read(self, states: States) -> RealArray:
        """Return the scores (n, width)."""
        return fetched(states[-1])

    def scores(self, words: Words) -> FloatArray:
        """Return the scores (n, width) of whole words."""
        return scores_by_stepping(self, words)

    def exact(self) -> Teacher:
        """Raise InputError: the library computes the network, so there is no exact mode."""
        raise not_offered(str(self._network))

    def _past(self, parts: States) -> Any:
        return _cache(parts)

    def _read_on(self, tokens: IntArray, past: Any) -> States:
        with torch.inference_mode():
            output = self._network.ask(self._on_device(tokens), past, use_cache=True)
            return (*_kept(output), self._network.scores_of(output)[:, -1])

    def _on_device(self, numbers: IntArray) -> Tensor:
        return torch.from_numpy(numbers).to(self._device)


class TreeReader(CachedTeacher):
    """A language model that evaluates a trie of suffixes as one sequence. The model must accept masks and position ids."""

    @property
    def tile(self) -> int:
        """The number of prefixes that are continued together; see `TreeTeacher`."""
        return TILE if self._device.type == "cpu" else TILE_OF_DEVICE

    @torch.inference_mode()
    def read_tree(self, states: States, parents: IntArray, symbols: IntArray, wanted: BoolArray) -> Iterator[Any]:
        """Yield the scores after the nodes of a trie; see `TreeTeacher`."""
        prefix = states[:-1]
        count, depth = len(prefix[0]), prefix[0].shape[2]
        # all inputs are copied before the first group is computed, since a copy to a device waits for the work queued there
        prepared = []
        for group in groups(parents, GROUP):
            self._network.check_length(depth + int(group.depths.max()) + 1)
            letters, ends = symbols[group.nodes] + self._encoding.offset, np.flatnonzero(wanted[group.nodes])
            numbers = (letters, depth + group.depths, depth + group.kept, ends)
            prepared.append((_mask(group.sees, depth).to(prefix[0]), *map(self._on_device, numbers)))
        path = [part[:, :, :0] for part in prefix]
        for mask, tokens, places, kept, asked in prepared:
            output = self._network.ask(
                tokens.expand(count, -1),
                _cache([torch.cat(parts, 2) for parts in zip(prefix, path, strict=True)]),
                attention_mask=mask.expand(count, 1, -1, -1),
                position_ids=places.expand(count, -1),
                use_cache=True,
            )
            path = [part.index_select(2, kept) for part in _kept(output)]
            yield at_hand(self._network.scores_of(output).transpose(0, 1).index_select(0, asked))


def _mask(sees: BoolArray, before: int) -> Tensor:
    """Return the attention mask (k, before + p + k), which is added to the products of queries and keys.

    It is the least number of float32 where a token does not attend to one of the last p + k positions, else 0.
    """
    mask = torch.zeros(sees.shape[1], before + len(sees))
    mask[:, before:].masked_fill_(torch.from_numpy(~sees.T), torch.finfo(mask.dtype).min)
    return mask


def _kept(output: Any) -> Iterator[Tensor]:
    """Return the keys and the values of each layer in turn."""
    return (part for layer in output.past_key_values.layers for part in (layer.keys, layer.values))


def _cache(parts: Sequence[Tensor]) -> Any:
    """Return a cache of the library with the given keys and values. A longer cache gets new arrays, so these do not change."""
    from transformers.cache_utils import DynamicCache, DynamicLayer  # optional, and already imported if there are states

    cache = DynamicCache()
    for keys, values in zip(parts[::2], parts[1::2], strict=True):
        layer = DynamicLayer()
        layer.lazy_initialization(keys, values)
        layer.keys, layer.values = keys, values
        cache.layers.append(layer)
    return cache


def close(found: RealArray, expected: RealArray) -> bool:
    """Return whether two evaluations of one model differ by no more than rounding in float32."""
    return bool(np.abs(found - expected).max() <= TOLERANCE * max(np.abs(expected).max(), 1e-6))
