"""ONNX models that onnxruntime computes, as networks that are asked whole words.

A model stands in a checkpoint directory as bytes among the weights. It is looked at with suspicion each time it is opened, gets
no more memory than MEMORY, and is stopped after SECONDS. Words are asked in batches of one length, so nothing is padded.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from nerode.errors import InputError, first_line
from nerode.teachers.encoding import answers_by_length, last_rows
from nerode.teachers.networks import check_sizes
from nerode.teachers.onnx_files import library, onnx_model, safe
from nerode.teachers.onnx_inputs import MOST_TOKENS, beside, kind_of, one_hot, told_beside
from nerode.words import FloatArray, IntArray, Words

BATCH = 256  # words in one call
TOO_SLOW = "it has no answer after"  # what is said of one that was stopped
NO_SCORES = "which is no score of each word"  # how a refusal of answers of a wrong shape ends
MEMORY = 8 << 30  # bytes that all ONNX models may use
SECONDS = 300.0  # that one call may take


@dataclass(frozen=True)
class OnnxSpec:
    """How an ONNX model is asked.

    Parameters
    ----------
    size : bytes of the model
    outputs, width : the numbers that the model answers, and the scores that are made of them
    numbers : the number that the model reads for each token
    vectors : the width of one-hot vectors; None for indices
    time_first : whether time comes before the batch
    batch : the number of words that each call has; None for any
    longest : the tokens of the longest words that it reads; None for any
    """

    size: int
    outputs: int
    width: int
    numbers: tuple[int, ...]
    vectors: int | None = None
    time_first: bool = False
    batch: int | None = None
    longest: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", tuple(self.numbers))
        sizes = [size for size in (self.vectors, self.batch, self.longest) if size is not None]
        check_sizes("an ONNX model", (self.size, self.outputs, self.width, *sizes), len(sizes))
        if (self.batch or 1) > BATCH or (self.vectors or 1) > MOST_TOKENS:
            raise InputError(f"an ONNX model reads at most {BATCH} words at once, and vectors of {MOST_TOKENS:,} tokens")
        if not self.numbers or any(
            type(number) is not int or not 0 <= number < (self.vectors or 2**31) for number in self.numbers
        ):
            raise InputError("the tokens of an ONNX model must be numbers that it reads")
        if type(self.time_first) is not bool:
            raise InputError("the field time_first of an ONNX model is true or false")

    def __str__(self) -> str:
        return f"ONNX model of {self.size:,} bytes, asked whole words through onnxruntime"

    @property
    def tokens(self) -> int:
        """The number of tokens."""
        return len(self.numbers)


@dataclass(frozen=True)
class Calling:
    """A way to ask a session: the fields are those of OnnxSpec."""

    session: Any
    vectors: int | None = None
    time_first: bool = False
    batch: int | None = None

    def answers(self, words: Words) -> FloatArray:
        """Return the answers (n, k) to words of the model's own tokens, none of them empty.

        Raises
        ------
        InputError : onnxruntime fails, or the output has no row for each word
        """
        return answers_by_length(words, BATCH, lambda part: self.of_one_length(np.array(part, np.int64)))

    def of_one_length(self, tokens: IntArray) -> FloatArray:
        """Return the answers (n, k) to words of one length, tokens (n, length); errors are those of `answers`."""
        size = self.batch or BATCH
        parts = []
        for begin in range(0, len(tokens), size):
            part = tokens[begin : begin + size]
            filled = part if self.batch is None else np.concatenate([part, np.repeat(part[:1], size - len(part), axis=0)])
            parts.append(self._called(filled)[: len(part)])
        return np.concatenate(parts)

    def _called(self, tokens: IntArray) -> FloatArray:
        count, length = tokens.shape
        first, *others = self.session.get_inputs()
        given: Any = tokens.T if self.time_first else tokens
        if self.vectors is not None:
            given = one_hot(given, self.vectors, kind_of(first))
        fed = {first.name: np.ascontiguousarray(given, kind_of(first))}
        fed |= {other.name: beside(other, count, length, self.time_first)[0] for other in others}
        output = _run(self.session, fed)
        try:
            return np.asarray(last_rows(output, count, length, self.time_first), np.float64)
        except ValueError as error:
            raise InputError(f"{error}, {NO_SCORES}") from error


class OnnxNetwork(nn.Module):
    """An ONNX model, and an affine layer that makes scores of its answers."""

    def __init__(self, spec: OnnxSpec) -> None:
        super().__init__()
        self.spec = spec
        self.register_buffer("model", torch.zeros(spec.size, dtype=torch.uint8))
        self.weight = nn.Parameter(torch.zeros(spec.width, spec.outputs, dtype=torch.float64))
        self.bias = nn.Parameter(torch.zeros(spec.width, dtype=torch.float64))

    @property
    def longest(self) -> int | None:
        """The tokens of the longest words that the model reads; None for any."""
        return self.spec.longest

    @cached_property
    def calling(self) -> Calling:
        """The way to ask the model."""
        content: Tensor = self.model  # type: ignore[assignment]  # of all buffers
        session = session_of(onnx_model(content.numpy().tobytes()))
        return Calling(session, *(getattr(self.spec, field.name) for field in fields(Calling)[1:]))

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Return the network where it is: onnxruntime computes on the processor."""
        return self

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, width) of token sequences (n, length ≥ 0).

        A model cannot be trusted to read no token at all. ε without markers gets the mean of the answers to the tokens.
        """
        numbers = np.array(self.spec.numbers, np.int64)
        if tokens.shape[1] == 0:
            each = self.calling.of_one_length(numbers[:, None])
            answers = np.repeat(each.mean(axis=0, keepdims=True), len(tokens), axis=0)
        else:
            answers = self.calling.of_one_length(numbers[tokens.cpu().numpy()])
        if answers.shape[1] != self.spec.outputs:
            raise InputError(f"the ONNX model answers {answers.shape[1]} numbers, and {self.spec.outputs} are expected")
        return torch.from_numpy(answers) @ self.weight.T + self.bias


def session_of(model: Any) -> Any:
    """Return a session of onnxruntime for a model that was checked; operators of other libraries are never loaded.

    Raises
    ------
    InputError : a model that onnxruntime does not compute, or with inputs that are no words
    """
    library()
    import onnxruntime

    _limit_memory()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # failures are told in a sentence
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # its own arithmetic, and no folding
    options.add_session_config_entry("session.use_env_allocators", "1")
    try:
        content, providers = model.SerializeToString(), ["CPUExecutionProvider"]
        session = onnxruntime.InferenceSession(content, options, providers=providers, enable_fallback=0)  # which would print
        for given in (*session.get_inputs(), *session.get_outputs()):
            repr((given.name, given.type, given.shape))  # a damaged name is no text
    except Exception as error:  # onnxruntime and protobuf have errors of many kinds
        raise InputError(f"onnxruntime does not compute it ({_said(error)})") from error
    if not session.get_inputs() or not session.get_outputs():
        raise InputError("it has no input, or no output")
    told_beside(session)
    return session


@cache
def _limit_memory() -> None:
    """Give all sessions one allocator, which refuses claims beyond MEMORY."""
    import onnxruntime

    place = onnxruntime.OrtMemoryInfo("Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT)
    settings = onnxruntime.OrtArenaCfg({"max_mem": MEMORY, "arena_extend_strategy": 1})
    try:
        onnxruntime.create_and_register_allocator(place, settings)
    except Exception:  # the program that uses nerode has registered one of its own
        return


def _run(session: Any, fed: dict[str, Any]) -> Any:
    """Return the first output of a session, (…, …) numbers.

    Raises
    ------
    InputError : it fails, or takes more than SECONDS
    """
    import onnxruntime

    options = onnxruntime.RunOptions()
    clock = threading.Timer(SECONDS, setattr, (options, "terminate", True))
    clock.daemon = True
    clock.start()
    try:
        output = session.run([session.get_outputs()[0].name], fed, options)[0]
    except Exception as error:  # onnxruntime has errors of many kinds
        said = f"{TOO_SLOW} {SECONDS:g} seconds" if options.terminate else _said(error)
        raise InputError(f"onnxruntime cannot compute it ({said})") from error
    finally:
        clock.cancel()
    if not isinstance(output, np.ndarray) or output.dtype.kind != "f":
        raise InputError(f"its output {safe(session.get_outputs()[0].name)} is no score, and words have scores")
    if not np.isfinite(output).all():
        raise InputError("it answers what is no finite number")
    return output


def _said(error: Exception) -> str:
    """Return what onnxruntime says, without its codes and places in its source."""
    said = str(error).partition(" Status Message: ")[2] or str(error)
    return first_line(Exception(re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : |/onnxruntime_src/\S+ .*?\) ", "", said)))
