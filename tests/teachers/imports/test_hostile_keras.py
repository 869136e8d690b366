"""Damaged and hostile Keras files: a sentence, and nothing outside the file is read."""

import io
import zipfile

import numpy as np
import pytest

from nerode.errors import InputError
from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.weights import import_weights

h5py = pytest.importorskip("h5py")

from models.keras_files import Maker, keras_file, weights_file, whole_file  # noqa: E402 - it needs h5py

LETTERS = "abcd"
PLACE = "layers/dense/vars/0"


def layers():
    make = Maker()
    return [make.embedding(4, 3), make.cells("LSTM", 3, 5), make.dense(5, 2)]


def refusal(file, content):
    file.write_bytes(content)
    with pytest.raises(InputError) as refused:
        import_weights(file, Wanted(LETTERS))
    said = str(refused.value)
    assert "\n" not in said
    return said


def altered(change):
    """A .keras archive whose weights were changed."""
    content = io.BytesIO(weights_file(layers()))
    with h5py.File(content, "r+") as file:
        del file[PLACE]
        change(file)
    return keras_file(layers(), weights=content.getvalue())


def cycle(file):
    file["layers/again"] = file["layers"]


HOSTILE = {
    "is a link": lambda file: file.update({PLACE: h5py.ExternalLink("/etc/passwd", "/")}),
    "links are not followed": lambda file: file.update({PLACE: h5py.SoftLink("/layers/lstm/cell/vars/0")}),
    "in another file": lambda file: file.create_dataset(PLACE, (5, 2), "f4", external=[("/etc/passwd", 0, 40)]),
    "compressed": lambda file: file.create_dataset(PLACE, data=np.zeros((2000, 2000), "f4"), compression="gzip"),
    "claims more numbers": lambda file: file.create_dataset(PLACE, (10**6, 10**6), "f4", chunks=(10, 10)),
    "more groups": cycle,
    "does not fit its kind": lambda file: file.create_dataset(PLACE, data=np.zeros(5, "f4")),
    "do not fit together": lambda file: file.create_dataset(PLACE, data=np.zeros((7, 2), "f4")),
}


@pytest.mark.parametrize("said", HOSTILE)
def test_hostile_weights_are_refused(tmp_path, said):
    assert said in refusal(tmp_path / "own.keras", altered(HOSTILE[said]))


def test_virtual_storage_is_refused(tmp_path):
    layout = h5py.VirtualLayout((5, 2), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (5, 2))
    content = altered(lambda file: file.create_virtual_dataset(PLACE, layout))
    assert "in another file" in refusal(tmp_path / "own.keras", content)


def test_an_archive_that_unfolds_is_refused(tmp_path):
    content = keras_file(layers(), weights=b"\0" * 10**7, compression=zipfile.ZIP_DEFLATED)
    assert "unfolds" in refusal(tmp_path / "own.keras", content)


@pytest.mark.parametrize(
    "document", [[], {}, {"class_name": "Sequential", "config": {"layers": [3]}}, {"class_name": "Own\x1b[1m", "config": {}}]
)
def test_strange_descriptions_are_refused(tmp_path, document):
    said = refusal(tmp_path / "own.keras", keras_file(layers(), document or [0]))
    assert "\x1b" not in said


@pytest.mark.parametrize(("suffix", "content"), [(".keras", keras_file), (".h5", whole_file)])
def test_damaged_files_are_refused_or_read(tmp_path, suffix, content):
    whole = content(layers())
    rng = np.random.default_rng(0)
    for _ in range(60):
        damaged = bytearray(whole)
        for place in rng.integers(len(whole), size=3):
            damaged[place] = rng.integers(256)
        file = tmp_path / f"own{suffix}"
        file.write_bytes(bytes(damaged[: rng.integers(len(whole)) if rng.random() < 0.3 else None]))
        try:
            import_weights(file, Wanted(LETTERS))
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017 - most are refused, and some are harmless
