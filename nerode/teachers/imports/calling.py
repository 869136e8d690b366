"""How a torch module in memory is called: what it is given for words of one length, and where its answers stand.

A module may take token indices or one-hot vectors, the batch or the time first, and the lengths beside them. The ways are tried
on a few words. A way is right if a word gets the same answer beside others as alone.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product
from threading import RLock
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from nerode.errors import InputError, described, shown
from nerode.sampling import uniform_words
from nerode.teachers.encoding import Padding, answers_by_length, last_rows
from nerode.words import FloatArray, Words

BATCH = 256  # words in one call
AGAIN = 8  # times that the same words are asked, to see whether something in the module is random
LENGTH = 5  # of the words that are tried, in which each letter occurs
MOST = 1000  # letters of the longest words that are tried
PROOF = 300, 30  # words that prove a reading, and the letters of the longest
ASKING = RLock()  # another thread must not change the mode of a module that is being asked
CLOSE = 1e-3
"""How far the answer to a word beside others may be from that to the word alone, in parts of the largest answer if above 1."""

Encode = Callable[[list[tuple[int, ...]]], Any]


@dataclass(frozen=True)
class Calling:
    """A way to call a module.

    Parameters
    ----------
    tokens : the token of each letter
    begin, finish : the tokens before and after each word
    padding : what fills every word; None where nothing does
    encode : makes the module's input of words of one length, instead of all that follows
    vocabulary : the width of one-hot vectors; None for indices
    time_first : whether time comes before the batch, in the input and where the output has both
    lengths : whether the module takes the lengths beside the input
    """

    module: nn.Module
    tokens: tuple[int, ...]
    begin: tuple[int, ...] = ()
    finish: tuple[int, ...] = ()
    padding: Padding | None = None
    encode: Encode | None = None
    vocabulary: int | None = None
    time_first: bool = False
    lengths: bool = False

    def answers(self, words: Words) -> FloatArray:
        """Return the answers (n, k) to n words, k ≥ 1 numbers each.

        Raises
        ------
        ValueError : the output has no row for each word
        """
        with ASKING, evaluated(self.module), torch.inference_mode():
            return answers_by_length(words, BATCH, self._of_one_length)

    def told(self, size: int = LENGTH) -> str:
        """Return which of several results of the module is taken for the answer, in a sentence; it is empty if there is one."""
        with ASKING, evaluated(self.module), torch.inference_mode():
            output, _ = self._called([tuple(i % len(self.tokens) for i in range(size))])
        return _answer(output)[1]

    def _of_one_length(self, words: Words) -> FloatArray:
        output, length = self._called(words)
        return _rows(_answer(output)[0], len(words), length, self.time_first)

    def _called(self, words: Words) -> tuple[Any, int]:
        """Return what the module returns for words of one length, and the number of tokens of each."""
        if self.encode is not None:
            given = self.encode([tuple(word) for word in words])
            return self.module(*(given if isinstance(given, tuple) else (given,))), len(words[0])
        spelled = [[*self.begin, *(self.tokens[letter] for letter in word), *self.finish] for word in words]
        weights = next(iter(self.module.parameters()), torch.zeros(0))
        filled = np.array(spelled, np.int64) if self.padding is None else self.padding.filled(np.array(spelled, np.int64))
        tokens = torch.from_numpy(filled).to(weights.device)
        more = (torch.full((len(words),), len(spelled[0])),) if self.lengths else ()
        length = tokens.shape[1]
        tokens = tokens.T if self.time_first else tokens
        given = tokens if self.vocabulary is None else one_hot(tokens, self.vocabulary).to(weights.dtype)
        return self.module(given, *more), length


@contextmanager
def evaluated(module: nn.Module) -> Iterator[None]:
    """Put a module into evaluation mode, and afterwards all its parts into the modes in which they were."""
    modes = [(part, part.training) for part in module.modules()]
    if not any(training for _, training in modes):
        yield
        return
    module.eval()
    try:
        yield
    finally:
        if modes[0][1]:
            module.train()  # which a module may have its own way to do
        for part, training in modes:
            if part.training != training:
                part.training = training


def _answer(output: Any) -> tuple[Any, str]:
    """Return which part of what a module returns is its answer, and a sentence about it where there are several.

    Recurrent language models return their state beside the scores, and models of other libraries a record with logits.
    """
    said = ""
    while not isinstance(output, Tensor):
        if getattr(output, "logits", None) is not None:
            output, said = output.logits, "Of its results logits are taken. "
        elif isinstance(output, dict) and output:
            name = "logits" if "logits" in output else next(iter(output))
            said = said or (f"Of its results {shown(name)} is taken. " if len(output) > 1 else "")
            output = output[name]
        elif isinstance(output, tuple | list) and len(output):
            said = said or (f"It returns {len(output)} results, of which the first is taken. " if len(output) > 1 else "")
            output = output[0]
        else:
            break
    return output, said


def _rows(output: Any, count: int, length: int, time_first: bool) -> FloatArray:
    """Return the answers (count, k) in the output of a module: of each word, or after the last token of each word."""
    if not isinstance(output, Tensor):
        raise ValueError(f"it returns {type(output).__name__}, not a tensor")
    rows: FloatArray = last_rows(output, count, length, time_first).double().cpu().numpy()
    return rows


def called(
    module: nn.Module,
    tokens: Sequence[int],
    begin: tuple[int, ...],
    finish: tuple[int, ...],
    padding: Padding | None,
    encode: Encode | None,
) -> Calling:
    """Return the way to call a module.

    Raises
    ------
    InputError : no way in which a word gets the same answer beside others as alone
    """
    plain = Calling(module, tuple(tokens), begin, finish, padding, encode)
    if encode is not None:
        ways = [plain]
    else:
        needed = _needed(module)
        filling = () if padding is None else (padding.token,)
        widths = [None, max((*tokens, *begin, *finish, *filling)) + 1]
        widths += sorted({rnn.input_size for rnn in module.modules() if isinstance(rnn, nn.RNNBase)} - {widths[1]})
        ways = [
            replace(plain, vocabulary=width, time_first=first, lengths=lengths)
            for width, first, lengths in product(widths, (False, True), (needed > 1, needed <= 1))
        ]
    size = LENGTH if padding is None else max(1, min(LENGTH, padding.length - len(begin) - len(finish)))
    way, failure = right_way(ways, len(tokens), size)
    if way is None:
        raise InputError(
            f"the module cannot be asked about words of {size} letters ({failure}); give padding= and length= if its words are "
            "of one length, or encode=, a function that makes its input of a list of words of one length, each a tuple of letter "
            "indices"
        )
    return way


def proof_words(letters: int, longest: int | None) -> Words:
    """Return the words that prove a reading, of all lengths from 1 on, always the same."""
    count, most = PROOF
    rng = np.random.default_rng(0)
    return uniform_words(rng, letters, 1 + np.arange(count) % (most if longest is None else max(1, min(most, longest))))


def longest_read(calling: Calling) -> int | None:
    """Return the number of letters of the longest words that a module reads, found by trying; None if there seems no limit.

    Nothing is tried on a device, where an index that is out of range ends all computing.
    """
    if any(weights.device.type != "cpu" for weights in calling.module.parameters()):
        return None

    def reads(length: int) -> bool:
        try:
            calling.answers([(0,) * length])
        except Exception:  # a module may raise anything
            return False
        return True

    low, high = LENGTH, 2 * LENGTH
    while high <= MOST and reads(high):
        low, high = high, 2 * high
    if high > MOST:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if reads(middle) else (low, middle)
    return low


class Asked(Protocol):
    """A way to ask about words."""

    def answers(self, words: Words) -> FloatArray:
        """Return the answers (n, k) to n words."""
        ...


Way = TypeVar("Way", bound=Asked)


def right_way(ways: Sequence[Way], letters: int, size: int = LENGTH) -> tuple[Way | None, str]:
    """Return the first way in which a word gets the same answer beside others as alone; None, and why the first way fails.

    Parameters
    ----------
    size : the letters of each word that is tried

    Raises
    ------
    InputError : the same words get other answers each time
    """
    count = max(3, -(-letters // size))
    words = [tuple((size * i + i % 2 + j) % letters for j in range(size)) for i in range(count)]
    failures = []
    for way in ways:
        try:
            together = way.answers(words)
            alone = np.concatenate([way.answers([word]) for word in words])
            again = [way.answers(words) for _ in range(AGAIN)]
        except Exception as error:  # a model may raise anything
            failures.append(described(error))
            continue
        scale = max(1.0, float(np.abs(alone).max(initial=0.0)))
        if any(np.abs(answers - together).max() > CLOSE * scale for answers in again):
            raise InputError(
                "the model gives a word another answer each time; take out what is random in it, such as dropout that is "
                "always on"
            )
        if together.shape == alone.shape and np.abs(together - alone).max() <= CLOSE * scale:
            return way, ""
        known = np.isfinite(together).all() and np.isfinite(alone).all()
        failures.append("a word gets another answer beside others than alone" if known else "its answers are not finite numbers")
    return None, failures[0]


def _needed(module: nn.Module) -> int:
    """Return the number of arguments that the module needs."""
    try:
        parameters = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return 1
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(parameter.kind in positional and parameter.default is inspect.Parameter.empty for parameter in parameters)
