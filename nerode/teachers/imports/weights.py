"""Import of a network from a file of weights or an ONNX file, by its format."""

from __future__ import annotations

import shlex
from dataclasses import replace
from functools import partial
from pathlib import Path

from nerode.errors import InputError
from nerode.teachers import other_formats
from nerode.teachers.imports import keras, onnx_models
from nerode.teachers.imports.files import Weights, read_file
from nerode.teachers.imports.importing import Imported, Wanted, imported, imported_transformer
from nerode.teachers.imports.kept_vocabulary import Tables, tables_in, telling, with_kept
from nerode.teachers.imports.keras_layers import EPSILON
from nerode.teachers.imports.left_out import modules_of, without
from nerode.teachers.imports.networks import Network, named, networks_in
from nerode.teachers.imports.onnx_importing import import_onnx
from nerode.teachers.imports.proof import Answers
from nerode.teachers.imports.second_tries import Unread, proved_or_advised
from nerode.teachers.imports.transformers import Transformer
from nerode.teachers.recognition import format_of, is_hugging_face


def import_weights(path: str | Path, wanted: Wanted, answers: Answers | None = None) -> Imported:
    """Return the network in a file of weights. Of several networks, or outputs, answers tell which; without them the first.

    Raises
    ------
    InputError : a file that cannot be read or holds no network that is known, something that the file does not say and the user
        has to, or answers that no reading gives
    """
    path = Path(path)
    if path.is_dir():
        raise _of_folder(path)
    if keras.recognises(path) or onnx_models.recognises(path):
        if wanted.network is not None and keras.recognises(path):
            raise InputError("--network names one of several networks in a file, and this file has one; leave it out")
        if wanted.without:
            raise InputError(
                f"--without is for weights that torch or safetensors wrote, and not for {path.suffix} files; leave it out"
            )
        attempt = _keras if keras.recognises(path) else import_onnx
        return proved_or_advised(partial(attempt, path), wanted, answers)
    weights, whole = read_file(path)
    made = proved_or_advised(partial(_of_weights, path, weights, tables_in(whole)), wanted, answers, modules_of(weights))
    if wanted.without:
        said = f"{' and '.join(wanted.without)} take{'s' * (len(wanted.without) == 1)} no part in the answer, as --without says"
        made = replace(made, assumed=(said, *made.assumed))
    return made


def _of_weights(path: Path, weights: list[Weights], tables: Tables, wanted: Wanted, answers: Answers | None) -> Imported:
    """Return the network in weights that were read from a file."""
    networks = networks_in(without(weights, wanted.without))
    if wanted.network is not None:
        networks = [named(networks, wanted.network)]
    if len(networks) == 1:
        return _imported(path, networks[0], tables, wanted, answers)
    if answers is not None:
        return _agreeing(path, weights, networks, tables, wanted, answers)
    names = [network.place for network in networks]
    if networks[0].beside:
        raise InputError(
            f"{path} holds several networks, {' and '.join(names)}, and does not say whether they are of one program; name one, "
            f"--network {names[0]}, or give --check FILE with answers of your own program"
        )
    made = _imported(path, networks[0], tables, wanted, None)
    hold = f"{' and '.join(names[1:])} hold{'s' * (len(names) == 2)}"
    said = f"the weights are those of {names[0]}; {hold} a network, too (--network {networks[1].name})"
    return replace(made, assumed=(said, *made.assumed))


def _of_folder(path: Path) -> InputError:
    """Return what is said of a folder in place of a file of weights."""
    if is_hugging_face(path) or format_of(path) is not None:
        return InputError(f"{path} is a model that is read directly, without an import: nerode extract {shlex.quote(str(path))}")
    other_formats.refuse(path)
    return InputError(f"{path} is a folder; give the file of weights in it")


def _keras(path: Path, wanted: Wanted, answers: Answers | None) -> Imported:
    found = keras.read_keras(path)
    wanted = replace(wanted, epsilon=EPSILON)
    if wanted.padding is None and found.padding is not None:
        wanted = replace(wanted, padding=str(found.padding))
    if found.padding is not None and wanted.length is not None:
        raise InputError(f"{path} masks token {found.padding}, so that words are not padded here; leave --length out")
    if (length := found.length) is not None and wanted.length != length:
        here = "read without padding" if wanted.length is None else f"padded to {wanted.length} tokens"
        told = f"its input has the fixed length {length}, and words are {here}"
        told += "" if found.padding is not None else f" (--length {length} if your program pads them so)"
        found = found._replace(parts=replace(found.parts, told=(*found.parts.told, told)))
    return imported(found.parts, wanted, f"Keras model in {path.suffix} file", answers, found.reading)


def _agreeing(
    path: Path, weights: list[Weights], networks: list[Network], tables: Tables, wanted: Wanted, answers: Answers
) -> Imported:
    """Return the first of several networks that gives all answers.

    Raises
    ------
    InputError : none gives them, with what the first one is said to lack
    """
    for network in networks:
        try:
            return replace(_imported(path, network, tables, wanted, answers), network=network.place)
        except InputError:
            continue
    names = " and ".join(network.place for network in networks)
    try:
        first = replace(wanted, network=networks[0].name)
        return proved_or_advised(partial(_of_weights, path, weights, tables), first, answers, modules_of(weights))
    except InputError as error:
        raise InputError(f"{path} holds several networks, {names}, and none gives the answers; of the first: {error}") from error


def _imported(path: Path, network: Network, tables: Tables, wanted: Wanted, answers: Answers | None) -> Imported:
    origin = f"weights in {path.suffix} file{network.name and f', {network.name}'}"
    if isinstance(network.found, InputError) and is_hugging_face(path.parent):
        raise InputError(
            f"{path} holds no recurrent network that is imported, and is part of a Hugging Face directory, which is read without "
            f"an import: nerode extract {shlex.quote(str(path.parent))}"
        ) from network.found
    if isinstance(network.found, InputError):
        raise Unread(
            f"{path} cannot be imported: {network.found}. If some layers take no part in the answer, as a second head, leave "
            "them out with --without NAME. In Python, nerode.teacher(module, alphabet) asks any module"
        ) from network.found
    wanted, kept = with_kept(tables, network.found.tokens, wanted)
    if isinstance(network.found, Transformer):
        return telling(imported_transformer(network.found, wanted, origin, answers), kept)
    return telling(imported(network.found, wanted, origin, answers), kept)
