"""The TAYSIR networks: the engine beside the way in which the competition's code answers.

That code calls the network once for each word, and once for each prefix of each word to a language model, from the first
letter every time; it cannot keep a state. Its time is EXTRAPOLATED from random ones among these calls. The engine answers the
same, all of it: the scores of the words, and of all their prefixes for a language model.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.ways import fastest, one_by_one
from nerode.datasets.readers import read_words
from nerode.errors import InputError
from nerode.extraction.hankel.basis import Basis
from nerode.extraction.hankel.tables import tabulate
from nerode.links import LANGUAGE_MODEL
from nerode.stepping import prefix_scores
from nerode.teachers.checkpoints import load_model

PREFIXES, SUFFIXES = 200, 100
CALLS = 1000  # of a network that are measured in its own way, for the words and for the table


def measured(data: Path, only: str | None) -> Iterator[dict[str, Any]]:
    """A row for each network of the folder.

    Raises
    ------
    InputError : no network there, or none of that name
    """
    files = sorted((data / "models").glob("*.taysir.model"), key=lambda file: [int(part) for part in name(file).split(".")])
    chosen = [file for file in files if only in (None, name(file))]
    if not chosen:
        raise InputError(f"there is no network {only or ''} in {data / 'models'}; give the competition's folder with --data")
    for file in chosen:
        yield row(data, file)


def name(file: Path) -> str:
    """1.1 for 1.1.taysir.model."""
    return file.name.removesuffix(".taysir.model")


def row(data: Path, file: Path) -> dict[str, Any]:
    """Words a second and cells a second, both ways."""
    model = load_model(file)
    teacher = model.teacher
    words, _ = read_words(data / "datasets" / f"{name(file)}.taysir.valid.words", model.alphabet)
    reads_prefixes = model.link.task == LANGUAGE_MODEL
    rng = np.random.default_rng(0)

    calls = [word[:length] for word in words for length in range(len(word) + 1)] if reads_prefixes else words
    ask = (lambda: prefix_scores(teacher, words)[0]) if reads_prefixes else (lambda: teacher.scores(words))
    engine_s, answers = fastest(ask)
    # a long word takes the square of its length: calls are drawn and not words, or few words would decide the rate
    chosen = rng.permutation(len(calls))[:CALLS].tolist()
    own_words = one_by_one(model.network, model.encoding, [calls[place] for place in chosen])
    words_apart = abs(own_words.scores - answers[chosen]).max() / abs(answers).max()

    prefixes, suffixes = Basis(rng, words).grow(PREFIXES, SUFFIXES, None)
    table_s, values = fastest(lambda: tabulate(teacher, prefixes, suffixes))
    places = rng.permutation(len(prefixes) * len(suffixes))[:CALLS]
    cells = [prefixes[place // len(suffixes)] + suffixes[place % len(suffixes)] for place in places.tolist()]
    own_cells = one_by_one(model.network, model.encoding, cells)
    cells_apart = abs(own_cells.scores - values.reshape(-1, teacher.width)[places]).max() / abs(values).max()

    own_words_rate = len(words) * len(chosen) / len(calls) / own_words.seconds
    engine_words_rate = len(words) / engine_s
    own_cells_rate, engine_cells_rate = len(cells) / own_cells.seconds, len(prefixes) * len(suffixes) / table_s
    return {
        "name": name(file),
        "network": model.architecture,
        "words": len(words),
        "longest": max(map(len, words)),
        "threads": torch.get_num_threads(),
        "own_words_per_s": own_words_rate,
        "engine_words_per_s": engine_words_rate,
        "ratio_words": engine_words_rate / own_words_rate,
        "prefixes": len(prefixes),
        "suffixes": len(suffixes),
        "own_cells_per_s": own_cells_rate,
        "engine_cells_per_s": engine_cells_rate,
        "ratio_cells": engine_cells_rate / own_cells_rate,
        "calls": len(calls),
        "calls_measured": len(chosen),
        "deviation": float(max(cells_apart, words_apart)),
    }
