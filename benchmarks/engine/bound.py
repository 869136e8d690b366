"""How fast any way of stepping could be on this machine: the arithmetic that is left when nothing is read twice.

Nodes are what has to be stepped: a step for each row and each distinct non-empty prefix of a suffix, and one for each
distinct prefix of a row. Their floating-point operations, at the rate at which this machine multiplies matrices of the
shape of one step, and the read-out of every cell at the same rate, make the bound; it counts no sigmoid and no copying.

Siblings can share the product with the recurrent weights, which then is done once per node that has children. The bound
is counted a product a node, so an engine that shares products could pass it; the other figure, with shared products, it
cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, singledispatch

import torch
from torch import Tensor, nn

from engine.ways import fastest
from nerode.teachers.distilbert import DistilBertNetwork
from nerode.teachers.networks import RecurrentNetwork
from nerode.teachers.transformer import CausalTransformer
from nerode.words import Word, Words

ROWS = 256, 512, 1024, 2048, 4096, 8192
CALLS = 20  # products timed together
ROUNDS = 10


@dataclass(frozen=True)
class Work:
    """What filling a table takes at least.

    Parameters
    ----------
    nodes : steps
    flops : operations with a recurrent product a node, the read-out included
    shared : the same with a recurrent product for each node that has children
    product : (inner, outer), the weights of the largest product of a step
    """

    nodes: int
    flops: int
    shared: int
    product: tuple[int, int]


def matmul_rate(inner: int, outer: int) -> float:
    """Operations a second of (rows, inner) times (inner, outer) in float32, with the number of rows that does best.

    Both orders are tried: rows of states, and their transpose.
    """
    weight = torch.randn(inner, outer)
    best = 0.0
    with torch.inference_mode():
        for rows in ROWS:
            states, product = torch.randn(rows, inner), torch.empty(rows, outer)
            columns, transposed = states.T.contiguous(), torch.empty(outer, rows)
            for left, right, out in ((states, weight, product), (weight.T.contiguous(), columns, transposed)):
                seconds, _ = fastest(partial(_multiply, left, right, out), ROUNDS)
                best = max(best, 2 * rows * inner * outer * CALLS / seconds)
    return best


def _multiply(left: Tensor, right: Tensor, out: Tensor) -> Tensor:
    for _ in range(CALLS):
        torch.mm(left, right, out=out)
    return out


@singledispatch
def work(network: nn.Module, rows: Words, suffixes: Words) -> Work:
    """What filling the table takes at least, for a kind of network."""
    raise NotImplementedError(f"the arithmetic of {type(network).__name__} has not been written down")


@work.register
def _(network: RecurrentNetwork, rows: Words, suffixes: Words) -> Work:
    spec = network.spec
    gates = network.cells.weight_hh_l0.shape[0]
    directions = [(rows, suffixes)]
    if spec.bidirectional:
        directions.append(([word[::-1] for word in suffixes], [word[::-1] for word in rows]))
    nodes = sum(steps(*sides) for sides in directions)
    products = sum(parents(*sides) for sides in directions)
    product = 2 * spec.hidden * gates
    upper = nodes * product * (spec.layers - 1)  # the input of an upper layer differs from node to node
    read = len(directions) * len(rows) * len(suffixes) * 2 * spec.hidden * spec.width
    return Work(
        nodes, nodes * product * spec.layers + upper + read, products * product * spec.layers + upper + read, (spec.hidden, gates)
    )


@work.register
def _(network: CausalTransformer, rows: Words, suffixes: Words) -> Work:
    """Each new token is multiplied through all blocks and attends to itself and to all before it; nothing can be shared."""
    spec = network.spec
    nodes = steps(rows, suffixes)
    columns, prefixes = distinct_prefixes(suffixes), distinct_prefixes(rows)
    tokens = sum(1 + len(row) for row in rows) * (len(columns) - 1) + len(rows) * sum(map(len, columns))
    tokens += sum(1 + len(prefix) for prefix in prefixes)  # in sight of a new one, over all new ones
    affine = 2 * spec.dim * (4 * spec.dim + 2 * spec.feedforward)
    flops = spec.layers * (nodes * affine + tokens * 4 * spec.dim) + len(rows) * len(suffixes) * 2 * spec.dim * spec.width
    return Work(nodes, flops, flops, (spec.dim, 3 * spec.dim))


@work.register
def _(network: DistilBertNetwork, rows: Words, suffixes: Words) -> Work:
    """Nothing can be kept between words: the nodes are the tokens, three of them markers, of the distinct words."""
    spec = network.spec
    lengths = [len(word) + 3 for word in {row + suffix for row in rows for suffix in suffixes}]
    nodes = sum(lengths)
    affine = 2 * spec.dim * (4 * spec.dim + 2 * spec.feedforward)
    attention = 4 * spec.dim * sum(length * length for length in lengths)
    flops = spec.layers * (nodes * affine + attention) + len(lengths) * 2 * spec.dim * (spec.dim + spec.width)
    return Work(nodes, flops, flops, (spec.dim, spec.dim))


def distinct_prefixes(words: Words) -> set[Word]:
    """The nodes of the trie of some words; ε is the root."""
    return {word[:length] for word in words for length in range(len(word) + 1)}


def steps(rows: Words, suffixes: Words) -> int:
    """Nodes stepped: those of the trie of suffixes but its root from each row, and those of the trie of rows."""
    return len(rows) * (len(distinct_prefixes(suffixes)) - 1) + len(distinct_prefixes(rows))


def parents(rows: Words, suffixes: Words) -> int:
    """Products that cannot be shared: those of nodes that have children, in both tries as in `steps`."""
    inner = [{node[:-1] for node in distinct_prefixes(words) if node} for words in (suffixes, rows)]
    return len(rows) * len(inner[0]) + len(inner[1])
