"""Import of a network from a file of weights or an ONNX file, by its format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nerode.errors import InputError
from nerode.teachers.imports import keras, onnx_models
from nerode.teachers.imports.files import read_weights
from nerode.teachers.imports.importing import Imported, Wanted, imported, imported_transformer
from nerode.teachers.imports.onnx_importing import import_onnx
from nerode.teachers.imports.proof import Answers
from nerode.teachers.imports.recognition import parts_of
from nerode.teachers.imports.transformers import Transformer, is_transformer, transformer_of


def import_weights(path: str | Path, wanted: Wanted, answers: Answers | None = None) -> Imported:
    """Return the network in a file of weights.

    Raises
    ------
    InputError : a file that cannot be read or holds no network that is known, something that the file does not say and the user
        has to, or answers that no reading gives
    """
    if keras.recognises(Path(path)):
        found = keras.read_keras(path)
        if wanted.padding is None and found.padding is not None:
            wanted = replace(wanted, padding=str(found.padding))
        return imported(found.parts, wanted, f"Keras model in {Path(path).suffix} file", answers, found.reading)
    if onnx_models.recognises(Path(path)):
        return import_onnx(Path(path), wanted, answers)
    tensors, place, ordered = read_weights(path)
    origin = f"weights in {Path(path).suffix} file{place and f', {place}'}"
    try:
        found_in = transformer_of(tensors) if is_transformer(tensors) else parts_of(tensors, ordered)
    except InputError as error:
        raise InputError(
            f"{path} cannot be imported: {error}. In Python, nerode.teacher(module, alphabet) asks any module"
        ) from error
    if isinstance(found_in, Transformer):
        return imported_transformer(found_in, wanted, origin, answers)
    return imported(found_in, wanted, origin, answers)
