"""ONNX models: how they are asked, and the recurrent network that they are, if their own answers prove it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from nerode.errors import InputError
from nerode.links import SCORES
from nerode.teachers.imports.agreement import Agreement, proved
from nerode.teachers.imports.calling import LENGTH, proof_words, right_way
from nerode.teachers.imports.chain import parts_of_chain
from nerode.teachers.imports.onnx_embedding import embedding_of
from nerode.teachers.imports.onnx_graphs import followed
from nerode.teachers.imports.onnx_scores import take_output, uncover
from nerode.teachers.imports.onnx_values import Graph, Value, tensor
from nerode.teachers.imports.parts import Affine, Parts
from nerode.teachers.imports.readings import Reading, network_of
from nerode.teachers.onnx_files import read_onnx, safe
from nerode.teachers.onnx_inputs import MOST_TOKENS, reads_vectors, shapes_of, told_beside
from nerode.teachers.onnx_network import BATCH, NO_SCORES, TOO_SLOW, Calling, OnnxNetwork, OnnxSpec, session_of
from nerode.words import Words

SUFFIX = ".onnx"
TRIED = (1024, 2048, 4096)  # tokens of words that are tried; a model that reads them is taken to read any
EXAMPLES = (*range(1, 13), 16, 20, 32, 64, 128)  # batches and lengths of the examples with which models are exported
MOST_PROBED = 8  # tokens that are tried as letters
PATIENCE = 5.0  # seconds that a word may take for one of twice its length to be tried


class Read(NamedTuple):
    """A network that a graph is, with its reading, and how far it gives the answers of the graph."""

    parts: Parts
    reading: Reading
    proof: Agreement


class Found(NamedTuple):
    """An ONNX model.

    Parameters
    ----------
    content : the model with its scores as the first output
    calling : how it is asked
    outputs, tokens : how many numbers it answers, and how many tokens it reads; None where it does not say
    table : the table of its embedding, where it has one
    longest : the tokens of the longest words that it reads; None for any
    tried : the tokens of the longest words that were tried
    told : what its inputs beside the words are given, and more that was taken for granted, in sentences
    names : the outputs of the file, that which was taken first
    read : the recurrent network that it is, or the reason why it is none
    """

    content: bytes
    calling: Calling
    outputs: int
    tokens: int | None
    table: Tensor | None
    longest: int | None
    tried: int
    told: tuple[str, ...]
    names: tuple[str, ...]
    read: Read | str

    def network(self, numbers: Sequence[int], last: Affine) -> OnnxNetwork:
        """Return the model as a network for whole words, with an affine layer behind it.

        Parameters
        ----------
        numbers : the number that the model reads for each token
        """
        way = self.calling
        network = OnnxNetwork(
            OnnxSpec(
                len(self.content), self.outputs, len(last.bias), tuple(numbers), way.vectors, way.time_first, way.batch,
                self.longest,
            )
        )  # fmt: skip
        content = torch.frombuffer(bytearray(self.content), dtype=torch.uint8)
        network.load_state_dict({"model": content, "weight": last.weight, "bias": last.bias})
        return network.eval()


def recognises(path: Path) -> bool:
    """Return whether the path has the suffix of an ONNX file."""
    return path.suffix.lower() == SUFFIX


def load(path: Path, values: bool, output: str | None = None, padding: int | None = None) -> Found:
    """Return the model in an ONNX file.

    Parameters
    ----------
    values : whether its answers are values, so that a function at its end belongs to it
    output : the output that is its answer; None for the first
    padding : the token of padding, of which alone no word consists

    Raises
    ------
    InputError : a missing, damaged or hostile file, a missing package, or a model that cannot be asked about words of any length
    """
    model = read_onnx(path)
    names = take_output(model, output)
    told = () if values else uncover(model)
    session = session_of(model)
    vectors = None
    if reads_vectors(session):
        vectors = shapes_of(session)[2]
        if not isinstance(vectors, int) or vectors < 1:
            raise InputError("its input is vectors, and it does not say how many tokens there are")
        if vectors > MOST_TOKENS:
            raise InputError(f"its input is vectors of {vectors:,} numbers, and one-hot vectors have at most {MOST_TOKENS:,}")
    graph, _ = followed(model, vectors, False)
    _look_up(graph, model)
    tokens = graph.tokens or 2
    letters = [token for token in (tokens - 1, *range(min(tokens - 1, MOST_PROBED))) if token != padding] or [0]
    calling = _calling(session, vectors, tokens, letters[0])
    letter, longest, tried = _longest(calling, letters)
    graph, value = followed(model, vectors, calling.time_first)
    _look_up(graph, model)
    words = _read_words(calling, proof_words(tokens, longest), letter)
    answers = calling.answers(words)
    return Found(
        model.SerializeToString(), calling, answers.shape[1], graph.tokens,
        None if graph.table is None else tensor(graph.table), longest, tried,
        (*told, *told_beside(session)), names, _read(graph, value, words, answers),
    )  # fmt: skip


def _look_up(graph: Graph, model: Any) -> None:
    """Take the embedding of a graph that was not followed as far as there."""
    if graph.tokens is None:
        graph.table = embedding_of(model)
        graph.tokens = None if graph.table is None else len(graph.table)


def _read(graph: Graph, value: Value | InputError, words: Any, answers: Any) -> Read | str:
    """Return the network that the steps to an output make, if it gives the answers to the words, or the reason why not."""
    if isinstance(value, InputError):
        return str(value)
    if len(value.rows) > 1:
        return "its output has an axis of directions"
    try:
        parts, reading = parts_of_chain(None if graph.table is None else tensor(graph.table), value.rows[0])
        reading, proof = proved(
            partial(network_of, parts), [reading], [np.array(word, np.int64) for word in words], answers, SCORES
        )
    except InputError as error:
        return str(error)
    except (RuntimeError, IndexError, ValueError):
        return "its layers do not fit together as those of a recurrent network of nerode"
    if not proof.holds:
        return f"the network of its layers ({reading}) does not give its answers; it errs by {proof.worst:.1g}"
    return Read(parts, reading, proof)


def _calling(session: Any, vectors: int | None, tokens: int, letter: int) -> Calling:
    """Return the way to ask a session. The letter is a token that words may consist of.

    Raises
    ------
    InputError : there is none in which a word gets the same answer beside others as alone
    """
    shape = shapes_of(session)
    named = " × ".join(safe(size if size is not None else "any") for size in shape)
    if any(isinstance(size, int) and size > BATCH for size in shape[:2]):
        raise InputError(
            f"its input has the fixed shape {named}, and nerode asks words of all lengths, {BATCH} at once at most; "
            "export it with dynamic axes (dynamic_axes or dynamic_shapes of torch.onnx.export)"
        )
    ways = [
        Calling(session, vectors, time_first, size if isinstance(size, int) else None)
        for time_first, size in ((False, shape[0]), (True, shape[1]))
        if size != 0
    ]
    way, failure = right_way(ways, tokens)
    if way is not None:
        return way
    if any(isinstance(size, int) and size > 1 for size in shape[:2]):
        raise InputError(
            f"its input has the fixed shape {named}, and nerode asks words of all lengths without padding; export it with a "
            "dynamic axis for the length (dynamic_axes or dynamic_shapes of torch.onnx.export)"
        )
    if TOO_SLOW not in failure and (said := _fixed_inside(Calling(session, vectors), named, letter)):
        raise InputError(said)
    raise InputError(
        f"it cannot be asked about words of {LENGTH} tokens ({failure}); if it was exported for words of one length, export it "
        "with a dynamic axis for the length"
    )


def _fixed_inside(calling: Calling, named: str, letter: int) -> str | None:
    """Return what is said of a model that computes one batch or length alone, though its shape allows others; None if not so."""

    def failure(batch: int, length: int) -> str:
        try:
            calling.of_one_length(np.full((batch, length), letter, np.int64))
        except InputError as error:
            return str(error)
        return ""

    def computes(batch: int, length: int) -> bool:
        return not failure(batch, length)

    found = next(((batch, length) for length in (LENGTH, *EXAMPLES) for batch in EXAMPLES if computes(batch, length)), None)
    if found is None or (found[0] == 1 and NO_SCORES in failure(2, found[1])):  # it computes, such as a sum over all words
        return None
    batch, length = found
    fixed = [] if computes(batch + 1, length) else [f"the batch is fixed to {batch} inside of it"]
    fixed += [] if computes(batch, length + 1) else [f"the length is fixed to {length} inside of it"]
    if not fixed:
        return None
    return (
        f"its input {named} allows others, but {' and '.join(fixed)}, which is the example that it was exported with; let the "
        "code take both from the shape of its input (x.shape[0], x.shape[1]), and export it again with dynamic axes for both"
    )


def _reads(calling: Calling, letter: int, length: int) -> bool:
    """Return whether a model answers a word of one letter again and again."""
    try:
        calling.of_one_length(np.full((1, length), letter, np.int64))
    except InputError:
        return False
    return True


def _read_words(calling: Calling, words: Words, letter: int) -> Words:
    """Return words with another letter in place of a token of which alone a word has no answer, as padding has none."""
    alone = {word[0] for word in words if len(set(word)) == 1}
    unread = {token for token in alone if not _reads(calling, token, 1)}
    return [(letter,) * len(word) if set(word) <= unread else word for word in words]


def _longest(calling: Calling, letters: Sequence[int]) -> tuple[int, int | None, int]:
    """Return a letter that is read, the tokens of the longest words that are, None for any, and of the longest that were tried.

    Parameters
    ----------
    letters : tokens that may be letters; those that are none may have no answer alone

    Raises
    ------
    InputError : short words are not read
    """
    letter = next((letter for letter in letters if all(_reads(calling, letter, length) for length in (1, 2, 3))), None)
    if letter is None:
        raise InputError("it does not read words of 1, 2 and 3 tokens; export it with a dynamic axis for the length")
    least = LENGTH
    for most in TRIED:
        begun = time.monotonic()
        if not _reads(calling, letter, most):
            break
        least = most
        if time.monotonic() - begun > PATIENCE:
            return letter, None, least
    else:
        return letter, None, least
    tried = most
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (middle, most) if _reads(calling, letter, middle) else (least, middle)
    return letter, least, tried
