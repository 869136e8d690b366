"""ONNX models as exporters write them, made with onnx.helper alone.

The tenth model of the tests, an ONNX LSTM, is what torch.onnx.export writes of Embedding, LSTM(batch_first=True) and Linear.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LETTERS = "abcd"
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
OPSET, FORMAT = 17, 8


class Maker:
    """Makes graphs node by node, with random weights."""

    def __init__(self, seed=0, opset=OPSET):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.weights, self.opset = [], [], opset

    def array(self, *shape):
        return (self.rng.normal(size=shape) * 0.7).astype(np.float32)

    def weight(self, array):
        name = f"weights.{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, kind, *inputs, outputs=1, **attributes):
        """Add an operator; arrays among its inputs are stored. Returns the name of its output, or the names."""
        names = [source if isinstance(source, str) else self.weight(source) for source in inputs]
        made = [f"{kind}.{len(self.nodes)}.{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, names, made, name=f"node_{len(self.nodes)}", **attributes))
        return made[0] if outputs == 1 else made

    def embedding(self, tokens, width=3):
        return self.node("Gather", self.array(len(LETTERS), width), tokens)

    def cells(self, kind, source, width, units, ways=1, **attributes):
        """Cells over (time, batch, width); initial states are computed of the shape, as torch writes them."""
        gates = GATES[kind] * units
        shape = self.node("Shape", source)
        batch = self.node("Gather", shape, np.array([1]))
        sizes = self.node("Concat", np.array([ways]), batch, np.array([units]), axis=0)
        zeros = self.node("ConstantOfShape", sizes)
        states = [zeros] * (2 if kind == "LSTM" else 1)
        more = {"direction": "bidirectional"} if ways == 2 else {}
        more |= {"linear_before_reset": 1} if kind == "GRU" else {}
        weights = self.array(ways, gates, width), self.array(ways, gates, units), self.array(ways, 2 * gates)
        outputs = 3 if kind == "LSTM" else 2
        return self.node(kind, source, *weights, "", *states, outputs=outputs, hidden_size=units, **(more | attributes))

    def linear(self, source, width, units):
        return self.node("Gemm", source, self.array(units, width), self.array(units), transB=1)

    def model(self, output, shape=("batch", "time"), kind=TensorProto.INT64, more=()):
        given = [helper.make_tensor_value_info("tokens", kind, shape), *more]
        answer = helper.make_tensor_value_info(output, TensorProto.FLOAT, None)
        graph = helper.make_graph(self.nodes, "main_graph", given, [answer], self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=FORMAT)


def last(make, outputs):
    """The output at the last token, (batch, units), of outputs (time, 1, batch, units), as torch writes it."""
    return make.node("Gather", make.node("Transpose", flat(make, outputs), perm=[1, 0, 2]), np.array(-1), axis=1)


def flat(make, outputs):
    return make.node("Squeeze", outputs, np.array([1]))


def side_by_side(make, outputs, units):
    """Outputs (batch, time, 2 · units) of outputs (time, 2, batch, units)."""
    turned = make.node("Transpose", outputs, perm=[0, 2, 1, 3])
    return make.node("Transpose", make.node("Reshape", turned, np.array([0, 0, 2 * units])), perm=[1, 0, 2])


def read(make):
    """The input vectors (time, batch, 3) of tokens."""
    return make.node("Transpose", make.embedding("tokens"), perm=[1, 0, 2])


def lstm(make):
    """The tenth model: Gather, Transpose, LSTM, Squeeze, Transpose, Gather, Gemm."""
    outputs, _, _ = make.cells("LSTM", read(make), 3, 6)
    return make.linear(last(make, outputs), 6, 2)


def simple(make):
    outputs, _ = make.cells("RNN", read(make), 3, 5, activations=["Relu"])
    return make.node("Sigmoid", make.linear(last(make, outputs), 5, 1))


def stacked(make):
    below, first = make.cells("GRU", read(make), 3, 5)
    _, second = make.cells("GRU", flat(make, below), 5, 5)
    states = make.node("Concat", first, second, axis=0)
    return make.linear(make.node("Gather", states, np.array(-1), axis=0), 5, 3)


def both_states(make):
    _, states, _ = make.cells("LSTM", read(make), 3, 4, ways=2)
    backward, forward = (make.node("Gather", states, np.array(place), axis=0) for place in (-1, -2))
    return make.linear(make.node("Concat", backward, forward, axis=1), 8, 3)  # the wrong way round, as people do


def both_mean(make):
    outputs, _ = make.cells("GRU", read(make), 3, 4, ways=2)
    return make.linear(make.node("ReduceMean", side_by_side(make, outputs, 4), axes=[1], keepdims=0), 8, 2)


def both_largest(make):
    outputs, _ = make.cells("GRU", read(make), 3, 4, ways=2)
    return make.linear(make.node("ReduceMax", side_by_side(make, outputs, 4), axes=[1], keepdims=0), 8, 2)


def both_end(make):
    outputs, _, _ = make.cells("LSTM", read(make), 3, 4, ways=2)
    end = make.node("Slice", side_by_side(make, outputs, 4), np.array([-1]), np.array([2**62]), np.array([1]))
    return make.linear(make.node("Squeeze", end, np.array([1])), 8, 2)


def sum_of_ways(make):
    outputs, _ = make.cells("GRU", read(make), 3, 4, ways=2)
    halves = make.node("Split", side_by_side(make, outputs, 4), np.array([4, 4]), outputs=2, axis=2)
    total = make.node("Add", *halves)
    return make.linear(make.node("ReduceMean", total, axes=[1], keepdims=0), 4, 3)


def backward(make):
    _, state, _ = make.cells("LSTM", read(make), 3, 5, direction="reverse")
    return make.linear(make.node("Squeeze", state, np.array([0])), 5, 3)


def one_hot(make):
    vectors = make.node("OneHot", "tokens", np.array(len(LETTERS)), np.array([0, 1]), axis=-1)
    outputs, _ = make.cells("GRU", make.node("Transpose", make.node("Cast", vectors, to=1), perm=[1, 0, 2]), len(LETTERS), 5)
    return make.linear(last(make, outputs), 5, 3)


def head(make):
    """Norms, functions, and what exporters write for SiLU."""
    outputs, _, _ = make.cells("LSTM", read(make), 3, 5)
    normed = make.node("LayerNormalization", last(make, outputs), make.array(5), make.array(5), epsilon=1e-5)
    first = make.linear(normed, 5, 6)
    spread = np.abs(make.array(6)) + np.float32(0.5)
    first = make.node("BatchNormalization", first, make.array(6), make.array(6), make.array(6), spread)
    second = make.linear(make.node("Mul", first, make.node("Sigmoid", first)), 6, 4)
    scaled = make.node("Add", make.node("MatMul", make.node("Tanh", second), make.array(4, 3)), make.array(3))
    return make.node("Softmax", scaled, axis=-1)


def time_first(make):
    outputs, _ = make.cells("GRU", make.embedding("tokens"), 3, 5)
    return make.linear(make.node("Gather", flat(make, outputs), np.array(-1), axis=0), 5, 3)


def language_model(make):
    outputs, _ = make.cells("GRU", read(make), 3, 6)
    each = make.node("Transpose", flat(make, outputs), perm=[1, 0, 2])
    return make.node("Add", make.node("MatMul", each, make.array(6, len(LETTERS))), make.array(len(LETTERS)))


def reset_first(make):
    """A GRU that resets its state before multiplying it, which is ONNX's default."""
    outputs, _ = make.cells("GRU", read(make), 3, 4, ways=2, linear_before_reset=0)
    return make.linear(make.node("ReduceMean", side_by_side(make, outputs, 4), axes=[1], keepdims=0), 8, 3)


def parity(make):
    """An LSTM that accepts the words with an even number of a, by weights that saturate it; its forget gate is closed.

    Units u and v say "even, and no a was read" and "odd, and an a was read": their sum is the state, and 1 at the start.
    """
    table = np.array([[1], [0], [0], [0]], np.float32)
    one, open_, shut = np.tanh(1.0), 30.0, -30.0  # an output is ±tanh(1)
    into = np.array([[0, 0, 0, 0, 0, 0, -20, 20]], np.float32).reshape(1, 8, 1)
    back = np.zeros((1, 8, 2), np.float32)
    back[0, 6:] = np.array([[10, 10], [-10, -10]]) / one
    bias = np.array([[*[open_] * 4, *[shut] * 2, 10, -30, *[0] * 8]], np.float32)
    vectors = make.node("Transpose", make.node("Gather", table, "tokens"), perm=[1, 0, 2])
    outputs, _, _ = make.node("LSTM", vectors, into, back, bias, outputs=3, hidden_size=2)
    weight, shift = np.array([[1, 1]], np.float32), np.array([1.5 * one / 2], np.float32)
    return make.node("Gemm", last(make, outputs), weight, shift, transB=1)


READ = {
    name.__name__.replace("_", " "): name
    for name in (lstm, simple, stacked, both_states, both_mean, both_largest, both_end, sum_of_ways, backward, one_hot, head,
                 time_first, language_model, reset_first)
}  # fmt: skip
"""Models that are read into the engine."""


def clipped(make):
    outputs, _, _ = make.cells("LSTM", read(make), 3, 5, clip=0.5)
    return make.linear(last(make, outputs), 5, 3)


def hard_gates(make):
    outputs, _ = make.cells("GRU", read(make), 3, 5, activations=["HardSigmoid", "Tanh"])
    return make.linear(last(make, outputs), 5, 3)


def bag(make):
    """No recurrent layers: the mean of the embeddings."""
    mean = make.node("ReduceMean", make.embedding("tokens"), axes=[1], keepdims=0)
    return make.node("Softmax", make.linear(mean, 3, 3), axis=1)


def residual(make):
    source = read(make)
    below, _ = make.cells("GRU", source, 3, 3)
    total = make.node("Add", flat(make, below), source)
    return make.linear(make.node("Gather", total, np.array(-1), axis=0), 3, 3)


def learned_start(make):
    weights = make.array(1, 20, 3), make.array(1, 20, 5), make.array(1, 40)
    shape = make.node("Shape", "tokens")
    batch = make.node("Gather", shape, np.array([0]))
    sizes = make.node("Concat", np.array([1]), batch, np.array([5]), axis=0)
    start = make.node("Expand", make.array(1, 1, 5), sizes)
    outputs, _, _ = make.node("LSTM", read(make), *weights, "", start, start, outputs=3, hidden_size=5)
    return make.linear(last(make, outputs), 5, 3)


WHOLE = {clipped: "has peepholes, a clip", hard_gates: "has the activations hardsigmoid",
         bag: "has no recurrent layers", residual: "joins what different layers make",
         learned_start: "does not give its answers"}  # fmt: skip
"""Models that are asked whole words, and what is said of them."""


def model(build, **options):
    """The model of a graph; the options are those of Maker.model."""
    make = Maker()
    return make.model(build(make), **options)


if __name__ == "__main__":
    onnx.save(model(lstm), "lstm.onnx")
