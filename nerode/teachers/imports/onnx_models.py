"""ONNX models: how they are asked, and the recurrent network that they are, if their own answers prove it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from nerode.errors import InputError
from nerode.links import SCORES
from nerode.teachers.imports.calling import LENGTH, proof_words, right_way
from nerode.teachers.imports.chain import parts_of_chain
from nerode.teachers.imports.onnx_graphs import followed
from nerode.teachers.imports.onnx_values import Graph, Value, tensor
from nerode.teachers.imports.parts import Affine, Parts
from nerode.teachers.imports.readings import Agreement, Reading, network_of, proved
from nerode.teachers.onnx_files import library, read_onnx, safe
from nerode.teachers.onnx_network import Calling, OnnxNetwork, OnnxSpec, reads_vectors, session_of, shapes_of

SUFFIX = ".onnx"
MOST = 1024  # tokens of the longest words that are tried; a model that reads them is taken to read any
SHAPING = frozenset(("Identity", "Cast", "Squeeze", "Reshape", "Flatten"))
MEANING = frozenset(("Softmax", "LogSoftmax", "Sigmoid", "ArgMax"))
"""Operators at the end of a model that say what scores mean. The scores are what stands before."""


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
    read : the recurrent network that it is, or the reason why it is none
    """

    content: bytes
    calling: Calling
    outputs: int
    tokens: int | None
    table: Tensor | None
    longest: int | None
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


def load(path: Path, values: bool) -> Found:
    """Return the model in an ONNX file.

    Parameters
    ----------
    values : whether its answers are values, so that a function at its end belongs to it

    Raises
    ------
    InputError : a missing, damaged or hostile file, a missing package, or a model that cannot be asked about words of any length
    """
    model = read_onnx(path)
    if not values:
        _uncover(model)
    session = session_of(model)
    vectors = None
    if reads_vectors(session):
        vectors = shapes_of(session)[2]
        if not isinstance(vectors, int) or vectors < 1:
            raise InputError("its input is vectors, and it does not say how many tokens there are")
    graph, _ = followed(model, vectors, False)
    calling = _calling(session, vectors, graph.tokens or 2)
    longest = _longest(calling)
    graph, value = followed(model, vectors, calling.time_first)
    letters = proof_words(graph.tokens or 2, longest)
    answers = calling.answers(letters)
    return Found(
        model.SerializeToString(), calling, answers.shape[1], graph.tokens,
        None if graph.table is None else tensor(graph.table), longest, _read(graph, value, letters, answers),
    )  # fmt: skip


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


def _uncover(model: Any) -> None:
    """Make the scores the only output of a model: what stands before a function that says what they mean."""
    onnx = library()
    makers = {name: node for node in model.graph.node for name in node.output}
    output = model.graph.output[0]
    name = output.name
    while name in makers and makers[name].op_type in SHAPING:
        name = makers[name].input[0]
    if name not in makers or makers[name].op_type not in MEANING:
        return
    node = makers[name]
    axes = [attribute.i for attribute in node.attribute if attribute.name == "axis"]
    if axes and axes[0] not in (-1, 1, 2):
        return
    kind = output.type.tensor_type.elem_type
    if node.op_type == "ArgMax":
        inferred = onnx.shape_inference.infer_shapes(model).graph.value_info
        kinds = {info.name: info.type.tensor_type.elem_type for info in inferred}
        kind = kinds.get(node.input[0], onnx.TensorProto.FLOAT)
    scores = onnx.helper.make_tensor_value_info(node.input[0], kind, None)
    del model.graph.output[:]
    model.graph.output.append(scores)


def _calling(session: Any, vectors: int | None, tokens: int) -> Calling:
    """Return the way to ask a session.

    Raises
    ------
    InputError : there is none in which a word gets the same answer beside others as alone
    """
    shape = shapes_of(session)
    ways = [
        Calling(session, vectors, time_first, size if isinstance(size, int) else None)
        for time_first, size in ((False, shape[0]), (True, shape[1]))
        if size != 0
    ]
    way, failure = right_way(ways, tokens)
    if way is not None:
        return way
    if any(isinstance(size, int) and size > 1 for size in shape[:2]):
        named = " × ".join(safe(size if size is not None else "any") for size in shape)
        raise InputError(
            f"its input has the fixed shape {named}, and nerode asks words of all lengths without padding; export it with a "
            "dynamic axis for the length (dynamic_axes or dynamic_shapes of torch.onnx.export)"
        )
    raise InputError(
        f"it cannot be asked about words of {LENGTH} tokens ({failure}); if it was exported for words of one length, export it "
        "with a dynamic axis for the length"
    )


def _longest(calling: Calling) -> int | None:
    """Return the tokens of the longest words that are read; None for any.

    Raises
    ------
    InputError : short words are not read
    """

    def reads(length: int) -> bool:
        try:
            calling.of_one_length(np.zeros((1, length), np.int64))
        except InputError:
            return False
        return True

    if not all(map(reads, (1, 2, 3))):
        raise InputError("it does not read words of 1, 2 and 3 tokens; export it with a dynamic axis for the length")
    if reads(MOST):
        return None
    least, most = LENGTH, MOST
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (middle, most) if reads(middle) else (least, middle)
    return least
