"""Sequences of the user's own as data sets: signals, texts, and sequences of biology, each in one file."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nerode.datasets.entries import Entry, Fit
from nerode.datasets.fitting import fit_codebook, fit_deltas, fit_vocabulary
from nerode.datasets.material import (
    Material,
    plain_letters,
    plain_words,
    read_fasta,
    read_signals,
    read_texts,
    symbols_between_spaces,
)
from nerode.datasets.symbolisers import MOST, Sax
from nerode.errors import InputError
from nerode.files import PathLike

SIGNALS, TEXTS, FASTA = (".csv", ".csv.gz"), (".tsv",), (".fasta", ".fa", ".faa", ".fna")
SUFFIXES = (*SIGNALS, *TEXTS, *FASTA)
FRAMES = 100  # letters of the longest word of a signal, where nobody says how many steps a frame has
SIGNS = 27  # letters of delta signs at most, unless a number is given

SYMBOLS: dict[str, Callable[[str], list[str]]] = {
    "characters": plain_letters,
    "words": plain_words,
    "symbols": symbols_between_spaces,
}
"""What texts are cut into."""
LETTERS = {"sax": 8, "codebook": 16, "deltas": SIGNS}
"""The symbolisers of signals, and their letters unless a number is given."""
NAMES = (*LETTERS, *SYMBOLS)


def is_own(name: PathLike) -> bool:
    """Return whether a name is that of a file of sequences."""
    return os.path.isfile(name) and str(name).lower().endswith(SUFFIXES)


def own(file: Path, symboliser: str | None, frame: int | None) -> tuple[Entry, Material]:
    """Return the entry of a file, as those of the table are, and its sequences.

    Parameters
    ----------
    symboliser : one of NAMES; None for what suits the file: SAX of one dimension, a codebook of several, characters of texts
    frame : steps of a signal that become a letter; None for as many as give words of at most FRAMES letters

    Raises
    ------
    InputError : a file that cannot be read, or a symboliser that does not fit it
    """
    name = file.name.lower()
    if name.endswith(SIGNALS):
        material = read_signals(file)
        kind, chosen = "signals", symboliser or ("sax" if material.sequences[0].shape[1] == 1 else "codebook")
        fit, letters = of_signals(chosen, frame, material), LETTERS.get(chosen, MOST)
    else:
        fasta = name.endswith(FASTA)
        kind, chosen = ("biology", symboliser or "symbols") if fasta else ("text", symboliser or "characters")
        if chosen not in SYMBOLS or (fasta and chosen != "symbols"):
            fitting, has = ("symbols", "sequences of biology") if fasta else (", ".join(SYMBOLS), "texts")
            raise InputError(f"the symboliser {chosen} does not fit {file}, which has {has}; choose {fitting} or leave it out")
        if frame is not None:
            raise InputError(f"a frame has steps of a signal, and {file} has none; leave it out")
        material = read_fasta(file) if fasta else read_texts(file, SYMBOLS[chosen], header=True)
        fit, letters = _vocabulary, MOST
    about = f"sequences of {file.name}"
    if material.labels is not None and len(set(material.labels)) == 1:
        about += f", all with the label {material.labels[0]}, which is no class"
        material = Material(material.sequences, None, material.parts)
    entry = Entry(about, kind, None, file.name, "not known", False, "", lambda _: material, fit, letters)
    return entry, material


def of_signals(symboliser: str, frame: int | None, material: Material) -> Fit:
    """Return the fit of a symboliser of signals.

    Raises
    ------
    InputError : one of something else, or one that does not fit the dimensions
    """
    if symboliser not in LETTERS or not all(isinstance(signal, np.ndarray) for signal in material.sequences):
        raise InputError(
            f"signals become letters by {', '.join(LETTERS)}, and texts by {', '.join(SYMBOLS)}, not by {symboliser}"
        )
    dimensions = material.sequences[0].shape[1]
    if symboliser == "sax" and dimensions > 1:
        raise InputError(f"SAX takes signals of one dimension, and these have {dimensions}; choose codebook or deltas")
    step = frame or -(-max(map(len, material.sequences)) // FRAMES)
    fits: dict[str, Fit] = {
        "sax": lambda signals, letters, rng: Sax(letters, step),
        "codebook": lambda signals, letters, rng: fit_codebook(signals, letters, rng, step),
        "deltas": lambda signals, letters, rng: fit_deltas(signals, letters, step),
    }
    return fits[symboliser]


def _vocabulary(sequences: Sequence[Any], letters: int, rng: np.random.Generator) -> Any:
    return fit_vocabulary(sequences, letters)
