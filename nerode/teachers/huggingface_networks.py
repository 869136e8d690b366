"""Models of the transformers library as networks of ours: classifiers, and language models that keep keys and values.

Both read tokens of their own small vocabulary: the letters of the alphabet first, then the markers. `table` says which
tokens of the model these are, so an `Encoding` without an offset spells the words.

A language model's distribution is the one that the model gives over its whole vocabulary, restricted to the letters of the
alphabet and the end, and normalised anew.

Which language models may be asked through kept keys and values is decided in `huggingface_choice`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from nerode.arrays import fetched
from nerode.errors import InputError, first_line
from nerode.links import Link
from nerode.protocols import States, Teacher, take
from nerode.rounding import not_offered
from nerode.stepping import scores_by_stepping
from nerode.teachers.arrays import at_hand
from nerode.teachers.encoding import Encoding
from nerode.teachers.trees import groups
from nerode.words import Alphabet, BoolArray, FloatArray, IntArray, RealArray, Words

TOLERANCE = 1e-4  # of the largest score: how far two ways to ask one model may differ by rounding in float32

TILE = 128  # prefixes read on side by side
TILE_OF_DEVICE = 2**10
GROUP = 64  # nodes of a trie read at once


@contextmanager
def in_one_sentence(what: str) -> Iterator[None]:
    """Whatever the library raises, as an `InputError` that says `what` cannot be done; but memory may suffice for less."""
    try:
        yield
    except (InputError, MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # the library promises no kinds of errors
        if isinstance(error, RuntimeError) and "can't allocate memory" in str(error):  # as torch says it of the processor
            raise
        raise InputError(f"{what} ({first_line(error)})") from error


class HuggingFaceNetwork(nn.Module):
    """What both kinds share: a model, the tokens it is given, and how many it can read.

    Parameters
    ----------
    model : a model of the transformers library
    table : the model's token for each of ours, letters first
    longest : how many tokens it has positions for; None where there is no limit
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
        """The model's output for tokens (n, length) of ours, after those of which `past` holds the keys and values.

        They are all read, one after the other, unless `settings` give another mask.

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
            # nothing is padding: told so, because the library guesses where it is not told
            settings["attention_mask"] = torch.ones(len(tokens), length, dtype=torch.int64, device=tokens.device)
        with in_one_sentence("this network cannot read a word"):
            return self.model(input_ids=self.table[tokens], **settings)

    def check_length(self, length: int) -> None:
        """Raise where a word with its markers has more tokens than the model has positions for."""
        if self.longest is not None and length > self.longest:
            raise InputError(f"this network reads at most {self.longest} tokens; a word with its markers has {length}")


class Classifier(HuggingFaceNetwork):
    """A classifier; with two classes its score is the margin of class 1 over class 0.

    Parameters
    ----------
    alone : the token of ours that is read in place of an empty sequence, where words have no markers
    """

    def __init__(self, model: Any, table: Sequence[int], longest: int | None, margin: bool, alone: int | None) -> None:
        super().__init__(model, table, longest)
        self.margin = margin
        self.alone = alone

    def forward(self, tokens: Tensor) -> Tensor:
        """Scores (n, width) of tokens (n, length)."""
        if tokens.shape[1] == 0 and self.alone is not None:
            tokens = tokens.new_full((len(tokens), 1), self.alone)
        logits: Tensor = self.ask(tokens).logits
        return logits[:, 1:] - logits[:, :1] if self.margin else logits


class LanguageModel(HuggingFaceNetwork):
    """A causal language model: its scores are those of the letters as the next token, and of the end.

    Where several tokens end a text, the score of the end is the logarithm of the sum of their exponentials, as their
    probabilities add up.

    Parameters
    ----------
    letters : the tokens of the model that are letters
    ends : the tokens of the model that end a text
    """

    columns: Tensor  # (letters + ends,), the tokens whose logits are asked for

    def __init__(
        self, model: Any, table: Sequence[int], longest: int | None, letters: Sequence[int], ends: Sequence[int]
    ) -> None:
        super().__init__(model, table, longest)
        self.letters = len(letters)
        self.register_buffer("columns", torch.tensor([*letters, *ends]), persistent=False)
        self._narrow = self._keep_columns()

    def forward(self, tokens: Tensor) -> Tensor:
        """Scores (n, letters + 1) after tokens (n, length)."""
        return self.scores_of(self.ask(tokens, use_cache=False))[:, -1]

    def scores_of(self, output: Any) -> Tensor:
        """Scores (n, length, letters + 1) after each token that the model read."""
        logits = output.logits if self._narrow else output.logits.index_select(2, self.columns)
        return torch.cat([logits[:, :, : self.letters], logits[:, :, self.letters :].logsumexp(2, keepdim=True)], 2)

    def _keep_columns(self) -> bool:
        """Compute no more of the read-out than is asked for, and say whether that is so: it is much of the work where the
        vocabulary is large.

        What models do to the logits afterwards (a scale, a cap) they do to each alone. A read-out that turns out to be of
        another kind is left as it is.
        """
        head = self.model.get_output_embeddings()
        if type(head) is not nn.Linear:
            return False
        probe = torch.zeros(1, 1, dtype=torch.int64)
        with torch.no_grad():
            expected = self.ask(probe, use_cache=False).logits[:, -1, self.columns]
            # in its place, not another layer instead: models share their read-outs with other parts, in ways of their own
            head.forward = partial(self._some_outputs, head)  # type: ignore[method-assign]
            found = self.ask(probe, use_cache=False).logits[:, -1]
        if found.shape == expected.shape and close(fetched(found), fetched(expected)):
            return True
        del head.forward
        return False

    def _some_outputs(self, head: nn.Linear, hidden: Tensor) -> Tensor:
        """Only some outputs of an affine layer."""
        weight, bias = (part if part is None else part.index_select(0, self.columns) for part in (head.weight, head.bias))
        return linear(hidden, weight, bias)


class CachedTeacher:
    """A language model that keeps the keys and values of what it has read: a letter costs one token.

    The states of a batch are the keys and the values of each layer, (n, heads, tokens, width of a head), and last the
    scores (n, width).
    """

    def __init__(self, alphabet: Alphabet, link: Link, encoding: Encoding, network: LanguageModel, width: int) -> None:
        self.alphabet = alphabet
        self.link = link
        self.width = width
        self._encoding = encoding
        self._network = network
        self._device = network.table.device

    def start(self) -> States:
        """The state after the begin markers."""
        return self._read_on(self._encoding.tokens([()]), None)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """One token for each pair of a kept state and a symbol; see `SteppingTeacher`."""
        if not len(parents):  # models cannot read nothing
            longer = (part.new_empty(0, part.shape[1], part.shape[2] + 1, part.shape[3]) for part in states[:-1])
            return (*longer, states[-1][:0])
        if not np.array_equal(parents, np.arange(len(states[-1]))):  # nothing is copied for single children in order
            states = take(states, self._here(parents))
        return self._read_on(symbols[:, None] + self._encoding.offset, _cache(states[:-1]))

    def read(self, states: States) -> RealArray:
        """Scores (n, width)."""
        return fetched(states[-1])

    def scores(self, words: Words) -> FloatArray:
        """Scores (n, width) of whole words."""
        return scores_by_stepping(self, words)

    def exact(self) -> Teacher:
        """Raises InputError: the arithmetic is the library's."""
        raise not_offered(str(self._network))

    def _read_on(self, tokens: IntArray, past: Any) -> States:
        with torch.inference_mode():
            output = self._network.ask(self._here(tokens), past, use_cache=True)
            return (*_kept(output), self._network.scores_of(output)[:, -1])

    def _here(self, numbers: IntArray) -> Tensor:
        return torch.from_numpy(numbers).to(self._device)


class TreeReader(CachedTeacher):
    """A language model that reads whole tries of suffixes as one sequence: it lets masks and positions be given."""

    @property
    def tile(self) -> int:
        """How many prefixes are best read on side by side; see `TreeTeacher`."""
        return TILE if self._device.type == "cpu" else TILE_OF_DEVICE

    @torch.inference_mode()
    def read_tree(self, states: States, parents: IntArray, symbols: IntArray, wanted: BoolArray) -> Iterator[Any]:
        """Scores after the nodes of a trie; see `TreeTeacher`."""
        far = states[:-1]
        count, depth = len(far[0]), far[0].shape[2]
        # everything is on the device before the first group is read, since a copy to it waits for all work before
        prepared = []
        for group in groups(parents, GROUP):
            self._network.check_length(depth + int(group.depths.max()) + 1)
            letters, ends = symbols[group.nodes] + self._encoding.offset, np.flatnonzero(wanted[group.nodes])
            numbers = (letters, depth + group.depths, depth + group.kept, ends)
            prepared.append((_mask(group.sees, depth).to(far[0]), *map(self._here, numbers)))
        way = [part[:, :, :0] for part in far]
        for mask, tokens, places, kept, asked in prepared:
            output = self._network.ask(
                tokens.expand(count, -1),
                _cache([torch.cat(parts, 2) for parts in zip(far, way, strict=True)]),
                attention_mask=mask.expand(count, 1, -1, -1),
                position_ids=places.expand(count, -1),
                use_cache=True,
            )
            way = [part.index_select(2, kept) for part in _kept(output)]
            yield at_hand(self._network.scores_of(output).transpose(0, 1).index_select(0, asked))


def _mask(sees: BoolArray, before: int) -> Tensor:
    """What is added to products with keys (k, before + p + k): nearly −∞ for those of the last p + k that are not seen."""
    mask = torch.zeros(sees.shape[1], before + len(sees))
    mask[:, before:].masked_fill_(torch.from_numpy(~sees.T), torch.finfo(mask.dtype).min)
    return mask


def _kept(output: Any) -> Iterator[Tensor]:
    """The keys and the values of each layer."""
    return (part for layer in output.past_key_values.layers for part in (layer.keys, layer.values))


def _cache(parts: Sequence[Tensor]) -> Any:
    """The library's form of the keys and values of each layer; it makes new arrays of longer ones, and these stay as they are."""
    from transformers.cache_utils import DynamicCache, DynamicLayer  # optional, and loaded already where there are states

    cache = DynamicCache()
    for keys, values in zip(parts[::2], parts[1::2], strict=True):
        layer = DynamicLayer()
        layer.lazy_initialization(keys, values)
        layer.keys, layer.values = keys, values
        cache.layers.append(layer)
    return cache


def close(found: RealArray, expected: RealArray) -> bool:
    """Whether two ways to ask one model differ by no more than rounding in float32."""
    return bool(np.abs(found - expected).max() <= TOLERANCE * max(np.abs(expected).max(), 1e-6))
