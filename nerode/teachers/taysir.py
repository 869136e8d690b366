"""Loader of the networks of the TAYSIR competition, from the files as they were published.

A file is a pickled torch module whose classes are not installed on the user's machine. Nothing that it names is imported or run.
torch's `weights_only` unpickler gets an allow-list that replaces each module class by an inert record. The loader then collects
the weights from the records.

Source: Eyraud, Lambert, Tahri Joutei, Gaffarov, Cabanne, Heinz, Shibata: TAYSIR Competition: Transformers + RNN: Algorithms to
Yield Simple and Interpretable Representations, ICGI 2023, PMLR 217:275–290.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from nerode.errors import InputError, first_line
from nerode.links import Binary, Link, Multiclass, NextSymbol, check_fit
from nerode.teachers import other_formats
from nerode.teachers.distilbert import DistilBertNetwork, DistilBertSpec
from nerode.teachers.encoding import Encoding
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.pickles import unpickled
from nerode.teachers.recognition import taysir_weights
from nerode.words import Alphabet


class Record:
    """A substitute for a pickled module. It holds the attributes of the module and has no behaviour."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


def _records() -> dict[str, type[Record]]:
    modules = "torch.nn.modules."
    distilbert = "transformers.models.distilbert."
    names = [
        "tnetwork.TNetwork",
        "lstmx.LSTMx",
        *(modules + name for name in ("rnn.RNN", "rnn.GRU", "rnn.LSTM", "rnn.LSTMCell", "linear.Linear", "dropout.Dropout")),
        *(modules + name for name in ("activation.Sigmoid", "activation.Softmax", "sparse.Embedding", "normalization.LayerNorm")),
        *(modules + name for name in ("container.Sequential", "container.ModuleList")),
        *(f"{distilbert}modeling_distilbert.{name}" for name in ("DistilBertForSequenceClassification", "DistilBertModel")),
        *(f"{distilbert}modeling_distilbert.{name}" for name in ("Embeddings", "Transformer", "TransformerBlock", "FFN")),
        f"{distilbert}modeling_distilbert.MultiHeadSelfAttention",
        f"{distilbert}configuration_distilbert.DistilBertConfig",
        "transformers.activations.GELUActivation",
        "torch._C._nn.gelu",
    ]
    return {name: type(name.rpartition(".")[2], (Record,), {}) for name in names}


RECORDS = _records()
CELL_OF = {
    RECORDS["torch.nn.modules.rnn.RNN"]: "rnn",
    RECORDS["torch.nn.modules.rnn.GRU"]: "gru",
    RECORDS["torch.nn.modules.rnn.LSTM"]: "lstm",
    RECORDS["lstmx.LSTMx"]: "lstm",
}


def load(path: Path) -> TrainedModel:
    """Read a TAYSIR model.

    Raises
    ------
    InputError : a truncated file, a file that names anything outside the allow-list, or weights that do not fit together
    """
    file = taysir_weights(path)
    assert file is not None  # `is_taysir` is true of every path that is loaded
    record = _unpickle(file)
    read = READERS.get(type(record))
    if read is None:
        if _weights_alone(record):
            raise InputError(f"{file} holds the weights of a network alone; {other_formats.imported(file.name)}")
        raise InputError(f"{file} holds no network of the TAYSIR competition; only those can be read from a pickle")
    try:
        # a tensor can claim any shape, with strides of zero or with a storage larger than its data in the file
        if sum(tensor.nbytes for tensor in _state_dict(record).values()) > file.stat().st_size:
            raise ValueError("its weights are larger than the file")
        model = read(record)
        check_fit(model.link, model.width, len(model.alphabet))
    except InputError as error:
        raise InputError(f"{file} cannot be used: {error}") from error
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"the weights in {file} do not fit the network that it describes ({first_line(error)})") from error
    return model


def _unpickle(file: Path) -> Any:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror or error})") from error
    try:
        return unpickled(file, content, [(record, name) for name, record in RECORDS.items()])
    except pickle.UnpicklingError as error:
        raise InputError(
            f"{file} was not opened: it is no pickle of a known network, or it asks for code that nerode does not run; "
            f"{other_formats.weights_only('model.state_dict()')}"
        ) from error


def _weights_alone(content: Any) -> bool:
    """Return whether the content of a pickle is a dictionary of tensors, or one with such a dictionary in it."""
    if not isinstance(content, dict):
        return False
    each = [content, *(inner for inner in content.values() if isinstance(inner, dict))]
    return any(isinstance(value, Tensor) for inner in each for value in inner.values())


def _recurrent(record: Any) -> TrainedModel:
    """Return the model for a recurrent network.

    Its tokens are the letters 0 … n−1, start n, and end n+1. The description of the file counts one more token for padding, but
    the cells have no weights for it.
    """
    machines = [module for name, module in record._modules.items() if name.startswith("mach[")]
    linear = [m for m in record._modules["dense"]._modules.values() if type(m) is RECORDS["torch.nn.modules.linear.Linear"]]
    squashed = any(type(m) is RECORDS["torch.nn.modules.activation.Sigmoid"] for m in record._modules["dense"]._modules.values())
    cell, weights, layers = _cells(machines)
    hidden = weights["weight_hh_l0"].shape[1]
    tokens = weights["weight_ih_l0"].shape[1]
    letters = tokens - 2
    dense = [(m._parameters["weight"].detach(), m._parameters["bias"].detach()) for m in linear]
    language_model = record.task == "lm"
    link: Link
    if language_model:
        link = NextSymbol(letters, "sigmoid" if squashed else "none")
        order = [*range(letters), letters + 1, letters]  # the order of the scores: letters, end, start
        dense[-1] = dense[-1][0][order], dense[-1][1][order]
    elif len(dense[-1][1]) == 2:
        link = Binary()
        dense[-1] = dense[-1][0][1:] - dense[-1][0][:1], dense[-1][1][1:] - dense[-1][1][:1]
    else:
        link = Multiclass()
    bidirectional = "weight_hh_l0_reverse" in weights
    readout = tuple(len(bias) for _, bias in dense)
    spec = RecurrentSpec(cell, tokens, hidden, readout, layers, bidirectional)
    state = {f"cells.{name}": tensor for name, tensor in weights.items()}
    for i, (weight, bias) in enumerate(dense):
        state |= {f"readout.{i}.weight": weight, f"readout.{i}.bias": bias}
    network = _filled(RecurrentNetwork, spec, state)
    encoding = Encoding(begin=(letters,), finish=() if language_model else (letters + 1,))
    return TrainedModel(network, Alphabet.of_size(letters), link, encoding, readout[-1], str(spec), "TAYSIR pickle")


def _cells(machines: list[Any]) -> tuple[str, dict[str, Tensor], int]:
    """Return the type of cell, the weights under torch's names (`weight_ih_l0` …), and the number of layers."""
    weights: dict[str, Tensor] = {}
    layers = 0
    if len({bool(machine.bidirectional) for machine in machines}) > 1:
        raise ValueError("some of its layers read both ways and others one way, which is not known")
    for machine in machines:
        if getattr(machine, "nonlinearity", "tanh") != "tanh":
            raise ValueError("only tanh cells are known")
        named = _of_layers(machine) if type(machine) is RECORDS["lstmx.LSTMx"] else list(machine._parameters.items())
        depths = [int(name.split("_l")[1].split("_")[0]) for name, _ in named]
        if len(set(depths)) != machine.num_layers:
            raise ValueError(f"weights of {len(set(depths))} layers where it claims {machine.num_layers}")
        # each machine numbers its layers from 0; the layers of the next machine continue the numbers
        for depth, (name, tensor) in zip(depths, named, strict=True):
            weights[name.replace(f"_l{depth}", f"_l{layers + depth}")] = tensor.detach()
        layers += machine.num_layers
    (cell,) = {CELL_OF[type(machine)] for machine in machines}
    return cell, weights, layers


def _of_layers(machine: Any) -> list[tuple[str, Tensor]]:
    """Return the weights of the competition's own LSTM under torch's names.

    It has one cell for each layer and direction. The cells are called `forward_layers[0]` …, and in a bidirectional LSTM also
    `reverse_layers[0]` ….
    """
    expected = {
        f"{direction}_layers[{depth}]": f"_l{depth}{suffix}"
        for direction, suffix in (("forward", ""), ("reverse", "_reverse"))[: 2 if machine.bidirectional else 1]
        for depth in range(sum(name.startswith("forward_layers[") for name in machine._modules))
    }
    cells = {name: cell for name, cell in machine._modules.items() if name != "drop_layer"}  # dropout, used in training alone
    if set(cells) != set(expected):
        raise ValueError(
            f"an LSTM that reads {'both ways' if machine.bidirectional else 'one way'} has the layers "
            f"{', '.join(sorted(expected)) or 'forward_layers[0] …'}, not {', '.join(sorted(cells)) or 'none'}"
        )
    return [
        (weights + suffix, tensor) for name, suffix in expected.items() for weights, tensor in cells[name]._parameters.items()
    ]


def _distilbert(record: Any) -> TrainedModel:
    """Return the model for a DistilBERT classifier.

    A word is read between the symbols start n and end n+1; the letters are 0 … n−1. Token 1 comes first, and then each symbol
    plus 2. The network is read out at the first token.
    """
    config = record.config
    state = _state_dict(record)
    letters = config.vocab_size - 4
    difference = {name: state[f"classifier.{name}"] for name in ("weight", "bias")}
    binary = len(difference["bias"]) == 2
    if binary:
        state |= {f"classifier.{name}": tensor[1:] - tensor[:1] for name, tensor in difference.items()}
    width = len(state["classifier.bias"])
    spec = DistilBertSpec(
        config.vocab_size, config.max_position_embeddings, config.n_layers, config.dim, config.n_heads, config.hidden_dim, width
    )
    weights = {name: tensor for name, tensor in state.items() if not name.endswith("position_ids")}
    network = _filled(DistilBertNetwork, spec, weights)
    link: Link = Binary() if binary else Multiclass()
    encoding = Encoding(begin=(1, letters + 2), finish=(letters + 3,), offset=2)
    return TrainedModel(network, Alphabet.of_size(letters), link, encoding, width, str(spec), "TAYSIR pickle")


def _state_dict(record: Any) -> dict[str, Tensor]:
    """Return the tensors of a module by name.

    A module that occurs in several places is read only once. Otherwise a small file could expand without end.
    """
    tensors: dict[str, Tensor] = {}
    seen: set[int] = set()
    waiting = [("", record)]
    while waiting:
        prefix, module = waiting.pop()
        if id(module) not in seen:
            seen.add(id(module))
            tensors |= {prefix + name: tensor.detach() for name, tensor in {**module._parameters, **module._buffers}.items()}
            waiting += [(f"{prefix}{name}.", inner) for name, inner in module._modules.items()]
    return tensors


def _filled(make: Callable[[Any], nn.Module], spec: Any, weights: dict[str, Tensor]) -> nn.Module:
    """Return a network with these weights. Sizes in `spec` that the weights do not have take no memory."""
    with torch.device("meta"):
        network = make(spec)
    network.load_state_dict({name: tensor.float() for name, tensor in weights.items()}, assign=True)
    return network


READERS: dict[type[Record], Callable[[Any], TrainedModel]] = {
    RECORDS["tnetwork.TNetwork"]: _recurrent,
    RECORDS["transformers.models.distilbert.modeling_distilbert.DistilBertForSequenceClassification"]: _distilbert,
}
