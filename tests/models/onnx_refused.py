"""Refusals of ONNX files, and weights that are in another file."""

import pytest
from models.onnx_files import LETTERS
from onnx import TensorProto

from nerode.errors import InputError
from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.weights import import_weights


def refusal(file, made):
    """The sentence with which a model is refused that is written to a file."""
    file.write_bytes(made if isinstance(made, bytes) else made.SerializeToString())
    with pytest.raises(InputError) as refused:
        import_weights(file, Wanted(LETTERS))
    said = str(refused.value)
    assert said.startswith(str(file))
    assert "\n" not in said
    assert "\x1b" not in said
    return said


def outside(location):
    """Three numbers in another file."""
    tensor = TensorProto(name="given", data_type=TensorProto.FLOAT, dims=[3], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=location)
    return tensor
