"""Recognises the parts of a recurrent network in named weights, by shape and name."""

from __future__ import annotations

import re
from itertools import pairwise

import torch
from torch import Tensor

from nerode.errors import InputError
from nerode.teachers.imports.arrangement import behind_the_first, divided, fits, place, through
from nerode.teachers.imports.beside import Tensors, is_harmless, is_of_classes, without_counts
from nerode.teachers.imports.parts import Affine, Direction, Norm, Parts, is_norm, output_of
from nerode.teachers.imports.weight_norms import without_norms_of_weights
from nerode.teachers.imports.widening import fitted, widened

CELL = re.compile(
    r"^(?P<module>.*?)(?P<kind>weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)(_l(?P<depth>\d+))?(?P<way>_reverse)?$"
)
CELL_OF_GATES = {1: "rnn", 3: "gru", 4: "lstm"}
LOSSES = re.compile(r"(^|[._])(loss|criterion|metrics?)([._]|$)|_loss\.|loss_fn", re.IGNORECASE)
EMBEDDINGS = re.compile(r"emb|wte|lookup|tok", re.IGNORECASE)
EMBEDDING = re.compile(r"emb|wte|lookup", re.IGNORECASE)
"""Names of tables of any width; `to_tokens` may be a read-out."""


def parts_of(tensors: Tensors, ordered: bool = True) -> Parts:
    """Return the parts of the recurrent network with these weights.

    Parameters
    ----------
    ordered : whether the weights are in the order in which the network was built

    Raises
    ------
    InputError : no recurrent layers, layers that no recurrent network of nerode has, or parts that do not fit together; the
        message says what was seen
    """
    try:
        parts = _parts(without_norms_of_weights(tensors), ordered)
        _check(parts)
        return parts
    except (RuntimeError, LookupError, ValueError, TypeError, ArithmeticError, StopIteration) as error:
        raise InputError(f"the shapes of the weights do not fit together; {seen(tensors)}") from error


def _check(parts: Parts) -> None:
    """Raise ValueError if the shapes do not fit together."""
    width = parts.layers[0][0].weight_ih.shape[1] if parts.table is None else parts.table.shape[1]
    for layer in parts.layers:
        for direction in layer:
            gates, hidden = len(direction.weight_hh), direction.weight_hr
            shapes = {(gates, width): direction.weight_ih, (gates,): direction.bias_ih}
            fit = all(tensor.shape == shape for shape, tensor in shapes.items()) and direction.bias_hh.shape == (gates,)
            if not fit or (hidden is not None and (len(hidden) != output_of(direction) or parts.cell != "lstm")):
                raise ValueError("the shapes of recurrent layers")
        width = sum(output_of(direction) for direction in layer)
    if not fits(parts.head, width) or any(layer.bias.shape != layer.weight.shape[:1] for layer in parts.head):
        raise ValueError("the shapes of the read-out")


def seen(tensors: Tensors) -> str:
    """Return what a file holds, for messages."""
    shown = [f"{name} ({' × '.join(map(str, tensor.shape)) or 'a number'})" for name, tensor in list(tensors.items())[:12]]
    return f"it holds {', '.join(shown)}{f' and {len(tensors) - 12} more' if len(tensors) > 12 else ''}"


def _parts(tensors: Tensors, ordered: bool) -> Parts:
    given = list(tensors)
    tensors, aside = without_counts(tensors)
    cells = {name: match for name in tensors if (match := CELL.match(name))}
    if not cells:
        raise InputError(
            f"it holds no layers of nn.RNN, nn.GRU or nn.LSTM, which are what is read from weights alone; {seen(tensors)}"
        )
    modules: dict[str, dict[str, Tensor]] = {}
    for name, match in cells.items():
        key = f"{match['kind']}_l{match['depth'] or 0}{match['way'] or ''}"
        modules.setdefault(match["module"], {})[key] = tensors[name]
    stacks = [_stack(name, weights) for name, weights in modules.items()]
    cell = stacks[0][0]
    if any(other != cell for other, _ in stacks):
        raise InputError(
            f"its recurrent layers are of several kinds ({', '.join(kind for kind, _ in stacks)}), which is not read"
        )
    names = ", ".join(name.rstrip(".") for name in modules)
    layers = _chained([layers for _, layers in stacks], names)
    order = list(tensors)
    first_cell, last_cell = (choose(map(order.index, cells)) for choose in (min, max))
    rest = {name: tensor for name, tensor in tensors.items() if name not in cells}
    told = []
    if len(modules) > 1:
        told.append(f"the recurrent layers are read one after the other, not side by side: {names}")
    for name in [name for name in rest if LOSSES.search(name)]:
        told.append(f"{name} belongs to the training and is left out")
        del rest[name]
    early = order[:first_cell] if ordered else order
    tables, layered, lone, unknown = _read(rest, layers[0][0].weight_ih.shape[1], early)
    if ordered:
        layered, tables = behind_the_first(tables, layered, order, first_cell)
    if len(tables) == 1 and not EMBEDDINGS.search(tables[0][0]) and order.index(tables[0][0]) > last_cell:
        (name, weight), tables = tables[0], []  # one-hot input, and a read-out without a bias
        layered.append(Affine(name.removesuffix(".weight"), weight, weight.new_zeros(len(weight))))
    width = sum(output_of(direction) for direction in layers[-1])
    taken, joined = {layer.weight.shape[-1] for layer in layered}, sum(_output(stack) for _, stack in stacks)
    if _alike([stack for _, stack in stacks]) and joined in taken and width not in taken:
        raise _side_by_side(names)
    before, head = divided(layered, layers[0][0].weight_ih.shape[1], width, tables, order, first_cell)
    between = [layer.name for layer in layered if first_cell < place(layer, order) < last_cell]
    placed = [place(layer, order) for layer in head]
    unsaid = not ordered or placed != sorted(placed)
    if ordered and between:
        raise InputError(f"layers that stand between the recurrent ones are not read: {', '.join(between[:6])}")
    table = None
    if tables:
        table = tables[0][1]
        for layer in before:
            table = through(layer, table)
        if before:
            told.append(f"no function stands behind {', '.join(layer.name for layer in before)}, before the recurrent layers")
    if len(tables) > 1 and not head:  # the same width twice: the second is the read-out
        head = [Affine(tables[1][0], tables[1][1], tables[1][1].new_zeros(len(tables[1][1])))]
    if not head and table is not None and tables[0][1].shape[1] == width:
        told.append(f"the read-out is tied to {tables[0][0]}, since there is no other")
        biases = [name for name in lone if rest[name].shape == (len(tables[0][1]),)]
        lone = [name for name in lone if name not in biases[:1]]
        head = [Affine(tables[0][0], tables[0][1], rest[biases[0]] if biases else tables[0][1].new_zeros(len(tables[0][1])))]
    used = {name for name, _ in tables[:1]} | {layer.name for layer in head}
    if unused := [name for name, _ in tables if name not in used]:
        raise InputError(f"it holds weights that no recurrent network of nerode has: {', '.join(unused[:6])}")
    if lone:
        raise InputError(f"it holds biases without weights: {', '.join(lone[:6])}")
    if len(head) > 1 and isinstance(head[-1], Norm) and head[-1].name and is_of_classes(head[-1].name, rest):
        aside.append(f"{head[-1].name}.weight")
        head = head[:-1]
    if not head or is_norm(head[-1]):
        raise InputError(f"no affine layer reads out the {width} outputs of the recurrent layers; {seen(tensors)}")
    final = fitted(head, layers)
    free = unsaid and all(layer is other for layer, other in zip(final, head, strict=True))
    if unsaid and not free and len(head) > 1:
        told.append(f"the layers follow each other in this order: {', '.join(layer.name for layer in head)}")
    widths = {output_of(direction) for layer in layers for direction in layer}
    widths |= {layer.weight.shape[-1] for layer in (*before, *head)} | ({layers[0][0].weight_ih.shape[1]} if tables else set())
    doubtful = [name for name in unknown if not is_harmless(name, rest[name], widths)]
    left = tuple(name for name in given if name in {*aside, *unknown})
    return Parts(cell, widened(layers), table, final, tuple(told), free, left, tuple(doubtful))


def _stack(name: str, weights: dict[str, Tensor]) -> tuple[str, tuple[tuple[Direction, ...], ...]]:
    """Return the cell and the layers of one recurrent module."""
    depths = sorted({int(key.split("_l")[1].split("_")[0]) for key in weights})
    ways = ("", "_reverse") if any(key.endswith("_reverse") for key in weights) else ("",)
    if depths != list(range(len(depths))):
        raise InputError(
            f"the recurrent layers {name.rstrip('.')} are numbered {', '.join(map(str, depths))}, so that some are missing"
        )
    layers, kinds = [], set()
    for depth in depths:
        directions = []
        for way in ways:
            part = {
                kind: weights.get(f"{kind}_l{depth}{way}")
                for kind in ("weight_ih", "weight_hh", "weight_hr", "bias_ih", "bias_hh")
            }
            into, recurrent, projection = part["weight_ih"], part["weight_hh"], part["weight_hr"]
            if into is None or recurrent is None or into.dim() != 2 or recurrent.dim() != 2 or len(into) != len(recurrent):
                raise InputError(f"the recurrent layer {name.rstrip('.') or 'of the network'} lacks weights or has wrong shapes")
            hidden = recurrent.shape[1] if projection is None else projection.shape[1]
            gates, rest = divmod(len(recurrent), hidden)
            if rest or gates not in CELL_OF_GATES:
                raise InputError(
                    f"the weights of {name.rstrip('.')} have {len(recurrent)} rows for {hidden} units, not 1, 3 or 4 for each"
                )
            kinds.add(CELL_OF_GATES[gates])
            zero = into.new_zeros(len(into))
            biases = [zero if part[kind] is None else part[kind] for kind in ("bias_ih", "bias_hh")]
            directions.append(Direction(into, recurrent, biases[0], biases[1], projection))  # type: ignore[arg-type]
        layers.append(tuple(directions))
    (cell,) = kinds
    return cell, tuple(layers)


Stack = tuple[tuple[Direction, ...], ...]
"""The layers of one recurrent module, lowest first."""


def _output(stack: Stack) -> int:
    """Return the width of the outputs of a module, of all directions together."""
    return sum(output_of(direction) for direction in stack[-1])


def _alike(stacks: list[Stack]) -> bool:
    """Return whether there are several modules, which take as many numbers each."""
    return len(stacks) > 1 and len({stack[0][0].weight_ih.shape[1] for stack in stacks}) == 1


def _side_by_side(names: str) -> InputError:
    return InputError(
        f"by their widths the recurrent modules {names} read the same input side by side, and then only a module in "
        "memory can be asked (nerode.teacher in Python)"
    )


def _chained(stacks: list[Stack], names: str) -> Stack:
    """Return the layers of all modules, each module after that which it reads."""
    layers = tuple(layer for stack in stacks for layer in stack)
    for below, above in pairwise(layers):
        width = sum(output_of(direction) for direction in below)
        if any(direction.weight_ih.shape[1] != width for direction in above) or len(above) != len(below):
            if _alike(stacks):
                raise _side_by_side(names)
            raise InputError(
                "its recurrent layers do not follow each other: the inputs of one are not the outputs of that before it"
            )
    return layers


def _read(
    rest: Tensors, width: int, early: list[str]
) -> tuple[list[tuple[str, Tensor]], list[Affine | Norm], list[str], list[str]]:
    """Return the tables without a bias, which are (rows, width) or called so before the cells, and the affine layers and norms.

    The names of biases without weights follow, and those of tensors that belong to no layer.
    """
    tables: list[tuple[str, Tensor]] = []
    layered: list[Affine | Norm] = []
    used = set()
    for name, weight in rest.items():
        module, _, kind = name.rpartition(".")
        if kind != "weight":
            continue
        prefix = f"{module}." if module else ""
        bias, mean, variance = (rest.get(prefix + other) for other in ("bias", "running_mean", "running_var"))
        used |= {prefix + other for other in ("weight", "bias", "running_mean", "running_var") if prefix + other in rest}
        if weight.dim() == 2 and bias is None and (weight.shape[1] == width or (name in early and EMBEDDING.search(name))):
            tables.append((name, weight))
        elif weight.dim() == 2:
            layered.append(Affine(module, weight, weight.new_zeros(len(weight)) if bias is None else bias))
        elif weight.dim() == 1 and mean is not None and variance is not None:  # a batch norm is affine once it is trained
            scale = weight / torch.sqrt(variance + 1e-5)
            shift = (0 if bias is None else bias) - mean * scale
            layered.append(Affine(module, torch.diag(scale), shift, norm=True))
        elif weight.dim() == 1:
            layered.append(Norm(module, weight, torch.zeros_like(weight) if bias is None else bias))
        else:
            raise InputError(f"the weights {name} are of no layer that is read ({' × '.join(map(str, weight.shape))})")
    lone = [name for name in rest if name not in used and name.endswith("bias") and rest[name].dim() == 1]
    unknown = [name for name in rest if name not in used and name not in lone]
    named = [table for table in tables if EMBEDDINGS.search(table[0])]
    return named + [table for table in tables if not EMBEDDINGS.search(table[0])], layered, lone, unknown
