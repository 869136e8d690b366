"""The checkpoint format of nerode: a directory with `teacher.json` and `weights.safetensors`.

`teacher.json` describes the network. Neither file can contain code. `teacher.json` is one object:

    format        "nerode-teacher"
    version       1
    architecture  {"kind": a name from ARCHITECTURES, and the fields of its specification}
    alphabet      the symbols, in the order of their indices
    link          as `nerode.links.link_to_json` writes it
    encoding      {"begin": tokens, "finish": tokens, "offset": number}, and where words are padded
                  "padding": {"token": token, "length": number, "left": true or false}
    origin        a text that says where the model comes from
    training      an object with facts about the training: command, seed, language, measured accuracy
    domain        only where all words trained on have one length: {"counts": …, "columns": …, "label": …}, see `nerode.domains`
    packing       where some weights are stored in few bits: an object with how, by their names (see `storage`)
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes
from torch import Tensor, nn

from nerode.domains import Domain
from nerode.errors import CONTROL, InputError, first_line
from nerode.files import read_text, write_whole
from nerode.links import check_fit, link_from_json, link_to_json
from nerode.teachers.convolution import ConvolutionNetwork, ConvolutionSpec
from nerode.teachers.distilbert import DistilBertNetwork, DistilBertSpec
from nerode.teachers.encoder import Encoder, EncoderSpec
from nerode.teachers.encoding import Encoding, Padding
from nerode.teachers.feedforward import FeedForward, FeedForwardSpec
from nerode.teachers.linear_attention import LinearAttentionNetwork, LinearAttentionSpec
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.onnx_network import OnnxNetwork, OnnxSpec
from nerode.teachers.recognition import CARD, DESCRIPTION, UNFINISHED, WEIGHTS
from nerode.teachers.state_space import StateSpaceNetwork, StateSpaceSpec
from nerode.teachers.storage import PACKINGS, described, packed, unpacked
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.words import Alphabet, Word

FORMAT = "nerode-teacher"
VERSION = 1
FIELDS = {"format", "version", "architecture", "alphabet", "link", "encoding", "origin", "training"}
PACKING = "packing"  # a field that may be left out

# a network is made from its specification and keeps it as `spec`; the `width` of the specification is the number of scores
ARCHITECTURES: dict[str, tuple[Callable[..., Any], type[Any]]] = {
    "recurrent": (RecurrentSpec, RecurrentNetwork),
    "transformer": (TransformerSpec, CausalTransformer),
    "distilbert": (DistilBertSpec, DistilBertNetwork),
    "onnx": (OnnxSpec, OnnxNetwork),
    "feedforward": (FeedForwardSpec, FeedForward),
    "encoder": (EncoderSpec, Encoder),
    "convolution": (ConvolutionSpec, ConvolutionNetwork),
    "state-space": (StateSpaceSpec, StateSpaceNetwork),
    "linear-attention": (LinearAttentionSpec, LinearAttentionNetwork),
}


def save(path: str | Path, model: TrainedModel, training: dict[str, Any]) -> None:
    """Write a checkpoint directory. An existing checkpoint is replaced.

    An old description is deleted first, with the card and the unfinished training beside it, and the new one is written last. If
    the function is interrupted, the directory is not recognised as a checkpoint.

    Raises
    ------
    InputError : a path that cannot be written to, or a network that is not in ARCHITECTURES
    """
    path = Path(path)
    kinds = [kind for kind, (_, network) in ARCHITECTURES.items() if type(model.network) is network]
    if not kinds:
        raise InputError(
            f"a network of type {type(model.network).__name__} cannot be saved; known are {', '.join(ARCHITECTURES)}"
        )
    spec: Any = model.network.spec
    document = {
        "format": FORMAT,
        "version": VERSION,
        "architecture": {"kind": kinds[0], **asdict(spec)},
        "alphabet": model.alphabet.symbols,
        "link": link_to_json(model.link),
        "encoding": {name: value for name, value in asdict(model.encoding).items() if value is not None},
        "origin": model.origin,
        "training": training,
        **({} if model.domain is None else {"domain": model.domain.to_json()}),
        **({PACKING: dict(model.packing)} if model.packing else {}),
    }
    lines = (f"  {json.dumps(name)}: {_indented(name, value)}" for name, value in document.items())
    description = "{\n" + ",\n".join(lines) + "\n}\n"
    weights = weights_file(model)
    try:
        path.mkdir(exist_ok=True)
        for name in (DESCRIPTION, CARD, UNFINISHED):  # of another network
            (path / name).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the directory {path}: {error.strerror or error}") from error
    write_whole(path / WEIGHTS, weights)
    write_whole(path / DESCRIPTION, description)


def weights_file(model: TrainedModel) -> bytes:
    """Return the file of the weights of a model."""
    return tensors_to_bytes(packed(model.network.state_dict(), model.packing))


def load(path: str | Path) -> TrainedModel:
    """Read a checkpoint directory.

    Raises
    ------
    InputError : missing, unknown, damaged or contradictory content; the message names the file
    """
    file = Path(path) / DESCRIPTION
    document = _description(file)
    try:
        alphabet, link, encoding = (
            _alphabet(document["alphabet"]),
            link_from_json(document["link"]),
            _encoding(document["encoding"]),
        )
        network = _network(document["architecture"])
        packing = _packing(document.get(PACKING, {}))
        _check_tokens(network.spec.tokens, alphabet, encoding)
        check_fit(link, network.spec.width, len(alphabet))
        domain = Domain.from_json(document["domain"]) if "domain" in document else None
    except InputError as error:
        raise InputError(f"{file} cannot be used: {error}") from error
    _load_weights(network, Path(path) / WEIGHTS, packing)
    try:
        model = TrainedModel(
            network.eval(),
            alphabet,
            link,
            encoding,
            network.spec.width,
            described(network.spec, packing),
            document["origin"],
            domain=domain,
            packing=packing,
        )
    except InputError as error:
        raise InputError(f"{Path(path) / WEIGHTS} cannot be used: {error}") from error
    _check_reading(model, file)
    return model


def _indented(name: str, value: Any) -> str:
    """The JSON of a field; a domain has many numbers, so it stands on one line."""
    if name == "domain":
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value, indent=2, ensure_ascii=False).replace("\n", "\n  ")


def _description(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(read_text(file))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is not JSON ({error}); it is damaged or was edited by hand") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError(f'{file} does not describe a checkpoint of nerode; its "format" must be "{FORMAT}"')
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise InputError(f'the "version" in {file} must be a whole number of at least 1, not {version!r}')
    if version > VERSION:
        raise InputError(f"{file} has version {version}; this nerode reads up to version {VERSION}, so install a newer one")
    _check_keys(document, FIELDS | ({"domain", PACKING} & set(document)), str(file))
    if not isinstance(document["origin"], str) or CONTROL.search(document["origin"]):
        raise InputError(f'"origin" in {file} must be text without control characters')
    if not isinstance(document["training"], dict):
        raise InputError(f'"training" in {file} must be an object')
    return document


def _check_keys(document: Any, expected: set[str], where: str) -> None:
    if not isinstance(document, dict):
        raise InputError(f"{where} must be an object with the fields {', '.join(sorted(expected))}")
    wrong = [f"misses {name!r}" for name in sorted(expected - set(document))]
    wrong += [f"has the unknown field {name!r}" for name in sorted(set(document) - expected)]
    if wrong:
        raise InputError(f"{where} {' and '.join(wrong)}")


def _alphabet(symbols: Any) -> Alphabet:
    if not isinstance(symbols, list) or not all(isinstance(symbol, str) for symbol in symbols):
        raise InputError("the alphabet must be a list of texts")
    return Alphabet(tuple(symbols))


def _packing(document: Any) -> dict[str, str]:
    if not isinstance(document, dict) or not all(isinstance(kind, str) and kind in PACKINGS for kind in document.values()):
        raise InputError(f"the packing must be an object that says how weights are stored: {', '.join(PACKINGS)}")
    return document


def _encoding(document: Any) -> Encoding:
    padded = isinstance(document, dict) and "padding" in document
    _check_keys(document, {"begin", "finish", "offset"} | ({"padding"} if padded else set()), "the encoding")
    begin, finish, offset = document["begin"], document["finish"], document["offset"]
    if not isinstance(begin, list) or not isinstance(finish, list) or any(type(t) is not int for t in (*begin, *finish, offset)):
        raise InputError("begin and finish of the encoding must be lists of whole numbers and its offset a whole number")
    return Encoding(tuple(begin), tuple(finish), offset, _padding(document["padding"]) if padded else None)


def _padding(document: Any) -> Padding:
    _check_keys(document, {"token", "length", "left"}, "the padding")
    return Padding(document["token"], document["length"], document["left"])


def _network(architecture: Any) -> Any:
    """Return the network without its weights.

    It is made on torch's meta device, where weights take no memory. Sizes that a description falsely claims are therefore
    harmless. Layers do take memory, and specifications bound their number.
    """
    if not isinstance(architecture, dict) or not isinstance(architecture.get("kind"), str):
        raise InputError('the architecture must be an object with a "kind"')
    fields = dict(architecture)
    kind = fields.pop("kind")
    if kind not in ARCHITECTURES:
        raise InputError(f"unknown architecture {kind!r}; known are {', '.join(ARCHITECTURES)}")
    make_spec, make_network = ARCHITECTURES[kind]
    try:
        with torch.device("meta"):
            return make_network(make_spec(**fields))
    except (TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        raise InputError(f"the fields of the architecture {kind!r} do not make a network ({first_line(error)})") from error


def _check_tokens(tokens: int, alphabet: Alphabet, encoding: Encoding) -> None:
    filling = [] if encoding.padding is None else [encoding.padding.token]
    used = (*encoding.begin, *encoding.finish, *filling, encoding.offset, encoding.offset + len(alphabet) - 1)
    if min(used) < 0 or max(used) >= tokens:
        raise InputError(
            f"the network reads the tokens 0 to {tokens - 1}, but alphabet and encoding need {min(used)} to {max(used)}"
        )


def _load_weights(network: nn.Module, file: Path, packing: dict[str, str]) -> None:
    """Load the weights into the network. Their names, shapes and types must be exactly those of the network."""
    expected, stored = network.state_dict(), _tensors(file)
    try:
        weights = unpacked(stored, packing, {name: tensor.shape for name, tensor in expected.items()})
    except InputError as error:
        raise InputError(f"{file} cannot be used: {error}") from error
    if wrong := sorted(set(expected) ^ set(weights)):
        missing = "misses" if wrong[0] in expected else "has the unknown"
        raise InputError(f"{file} does not fit {DESCRIPTION} beside it: it {missing} weights {wrong[0]!r}")
    for name, tensor in weights.items():
        if (tensor.shape, tensor.dtype) != (expected[name].shape, expected[name].dtype):
            raise InputError(
                f"{file} does not fit {DESCRIPTION} beside it: the weights {name!r} are {_kind(tensor)} "
                f"where the network has {_kind(expected[name])}"
            )
    # copied, because the tensors are views of the bytes of the file, whose alignment is arbitrary
    network.load_state_dict({name: tensor.clone() for name, tensor in weights.items()}, assign=True)


def _tensors(file: Path) -> dict[str, Tensor]:
    try:
        return tensors_from_bytes(file.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read the weights {file}: {error.strerror or error}") from error
    except (SafetensorError, ValueError, RuntimeError, KeyError) as error:
        raise InputError(f"{file} is truncated, damaged or no safetensors file ({first_line(error)})") from error


def _kind(tensor: Tensor) -> str:
    return f"{' × '.join(map(str, tensor.shape)) or 'a number'} of {str(tensor.dtype).removeprefix('torch.')}"


def _check_reading(model: TrainedModel, file: Path) -> None:
    """Raise if the network cannot read ε and a letter, or a word of its length: some contradictions appear only then."""
    words: list[Word] = [(), (0,)]
    if isinstance(model.network, FeedForward):
        length = model.network.spec.length
        words = [(0,) * length]
        if model.domain is not None and model.domain.length != length:
            raise InputError(
                f"{file} has a domain of words of {model.domain.length} letters, and its network reads words of {length}"
            )
    try:
        with torch.inference_mode():
            for word in words:
                model.network(torch.from_numpy(model.encoding.tokens([word])))
    except (InputError, TypeError, ValueError, LookupError, ArithmeticError, RuntimeError) as error:
        raise InputError(f"{file} describes a network that cannot read a word ({first_line(error)})") from error
