"""Models of the transformers library as networks of ours: classifiers, and language models that keep keys and values.

Both read tokens of their own small vocabulary: the letters of the alphabet first, then the markers. `table` says which
tokens of the model these are, so an `Encoding` without an offset spells the words.

A language model's distribution is the one that the model gives over its whole vocabulary, restricted to the letters of the
alphabet and the end, and normalised anew.
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
from nerode.stepping import scores_by_stepping
from nerode.teachers.arrays import at_hand
from nerode.teachers.asking import teacher_of
from nerode.teachers.encoding import Encoding
from nerode.teachers.whole_words import WholeWordTeacher
from nerode.words import Alphabet, FloatArray, IntArray, RealArray, Words

TOLERANCE = 1e-4  # of the largest score: how far two ways to ask one model may differ by rounding in float32

TILE = 1024  # states advanced side by side


@contextmanager
def in_one_sentence(what: str) -> Iterator[None]:
    """Whatever the library raises, as an `InputError` that says `what` cannot be done."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # the library promises no kinds of errors
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

        Raises
        ------
        InputError : more tokens than the model has positions for, or tokens that it cannot read
        """
        before = past.get_seq_length() if past is not None else 0
        length = before + tokens.shape[1]
        if self.longest is not None and length > self.longest:
            raise InputError(f"this network reads at most {self.longest} tokens; a word with its markers has {length}")
        if past is not None:
            settings["past_key_values"] = past
        with in_one_sentence("this network cannot read a word"):
            return self.model(
                input_ids=self.table[tokens],
                # nothing is padding: told so, because the library guesses where it is not told
                attention_mask=torch.ones(len(tokens), length, dtype=torch.int64, device=tokens.device),
                **settings,
            )


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

    def __init__(
        self, model: Any, table: Sequence[int], longest: int | None, letters: Sequence[int], ends: Sequence[int]
    ) -> None:
        super().__init__(model, table, longest)
        self.letters = len(letters)
        self.columns = [*letters, *ends]
        self._keep_columns()

    def forward(self, tokens: Tensor) -> Tensor:
        """Scores (n, letters + 1) after tokens (n, length)."""
        return self.last_scores(self.ask(tokens, use_cache=False))

    def last_scores(self, output: Any) -> Tensor:
        """Scores (n, letters + 1) after the last token that the model read."""
        logits = output.logits[:, -1, self.columns]
        return torch.cat([logits[:, : self.letters], logits[:, self.letters :].logsumexp(1, keepdim=True)], 1)

    def _keep_columns(self) -> None:
        """Compute no more of the read-out than is asked for: it is much of the work where the vocabulary is large.

        What models do to the logits afterwards (a scale, a cap) they do to each alone. A read-out that turns out to be of
        another kind is left as it is.
        """
        head = self.model.get_output_embeddings()
        if type(head) is not nn.Linear:
            return
        probe = torch.zeros(1, 1, dtype=torch.int64)
        with torch.no_grad():
            expected = self.ask(probe, use_cache=False).logits[:, -1, self.columns]
            # in its place, not another layer instead: models share their read-outs with other parts, in ways of their own
            head.forward = partial(_some_outputs, head, torch.tensor(self.columns))  # type: ignore[method-assign]
            found = self.ask(probe, use_cache=False).logits[:, -1]
        if found.shape == expected.shape and _close(found, expected):
            self.columns = list(range(len(self.columns)))
        else:
            del head.forward


def _some_outputs(head: nn.Linear, rows: Tensor, hidden: Tensor) -> Tensor:
    """Only some outputs of an affine layer."""
    return linear(hidden, head.weight[rows], None if head.bias is None else head.bias[rows])


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
        return self._read_on(torch.from_numpy(self._encoding.tokens([()])), None)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """One token for each pair of a kept state and a symbol; see `SteppingTeacher`."""
        if not np.array_equal(parents, np.arange(len(states[-1]))):  # nothing is copied for single children in order
            states = take(states, torch.from_numpy(parents).to(self._device))
        return self._read_on(torch.from_numpy(symbols)[:, None] + self._encoding.offset, _cache(states))

    @property
    def tile(self) -> int:
        """How many states are best advanced side by side; see `BranchingTeacher`."""
        return TILE

    @property
    def family(self) -> int:
        """How many children are made at once."""
        return 1

    def branch(self, parents: Sequence[States], symbols: Sequence[Sequence[int]]) -> Iterator[States]:
        """The states after each symbol of each parent in turn; see `BranchingTeacher`."""
        for states, after in zip(parents, symbols, strict=True):
            for symbol in after:
                yield self._read_on(torch.full((len(states[-1]), 1), symbol + self._encoding.offset), _cache(states))

    def read(self, states: States) -> RealArray:
        """Scores (n, width)."""
        return fetched(states[-1])

    def read_later(self, states: States) -> Any:
        """Scores (n, width) that a device may still be computing; see `BranchingTeacher`."""
        return at_hand(states[-1])

    def scores(self, words: Words) -> FloatArray:
        """Scores (n, width) of whole words."""
        return scores_by_stepping(self, words)

    def _read_on(self, tokens: Tensor, past: Any) -> States:
        with torch.inference_mode():
            output = self._network.ask(tokens.to(self._device), past, use_cache=True)
            kept = (part for layer in output.past_key_values.layers for part in (layer.keys, layer.values))
            return (*kept, self._network.last_scores(output))


def _cache(states: States) -> Any:
    """The library's form of kept keys and values; it makes new arrays of longer ones, so that these stay as they are."""
    from transformers.cache_utils import DynamicCache, DynamicLayer  # optional, and loaded already where there are states

    cache = DynamicCache()
    for keys, values in zip(states[:-1:2], states[1:-1:2], strict=True):
        layer = DynamicLayer()
        layer.lazy_initialization(keys, values)
        layer.keys, layer.values = keys, values
        cache.layers.append(layer)
    return cache


@teacher_of.register
def _(network: LanguageModel, alphabet: Alphabet, link: Link, encoding: Encoding, width: int) -> Teacher:
    """Kept keys and values where all of a model's layers attend to everything before; whole words elsewhere.

    State-space layers and sliding windows keep something else. What a model keeps is seen by trying, and whether it then
    answers as it does for whole words: a model that also looks ahead does not.
    """
    whole = WholeWordTeacher(alphabet, link, encoding, network.eval(), width)
    with torch.inference_mode():
        first = network.ask(torch.from_numpy(encoding.tokens([()])).to(network.table.device), use_cache=True)
    room = network.longest is None or network.longest >= len(encoding.begin) + 2
    if not room or not _keeps_everything(getattr(first, "past_key_values", None), len(encoding.begin)):
        return whole
    teacher = CachedTeacher(alphabet, link, encoding, network, width)
    last = len(alphabet) - 1
    words = [(last, 0), (0, last), (last, last)]
    return teacher if _close(torch.from_numpy(teacher.scores(words)), torch.from_numpy(whole.scores(words))) else whole


def _keeps_everything(cache: Any, length: int) -> bool:
    """Whether a cache holds the keys and the values of all `length` tokens, for each layer alike, and nothing else."""
    from transformers.cache_utils import DynamicCache, DynamicLayer

    return type(cache) is DynamicCache and all(
        type(layer) is DynamicLayer
        and layer.is_initialized
        and layer.keys.shape[-2] == layer.values.shape[-2] == length
        and len(layer.keys) == len(layer.values) == 1
        for layer in cache.layers
    )


def _close(found: Tensor, expected: Tensor) -> bool:
    return bool((found - expected).abs().max() <= TOLERANCE * expected.abs().max().clamp(min=1e-6))
