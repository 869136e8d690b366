"""The TAYSIR networks: the engine beside the way in which the competition's code answers.

That code calls the network once for each word, and once for each prefix of each word to a language model, from the first
letter every time; it cannot keep a state. The engine answers the same: the scores of the word, and of all its prefixes for a
language model.
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
from nerode.extraction.basis import cut
from nerode.extraction.hankel import tabulate
from nerode.links import LANGUAGE_MODEL
from nerode.stepping import prefix_scores
from nerode.teachers.checkpoints import load_model
from nerode.words import Word, Words

PREFIXES, SUFFIXES = 200, 100
CALLS = 1000  # of a network, in its own way


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

    sample = sample_of(rng, words, reads_prefixes)
    calls = [word[:length] for word in sample for length in range(len(word) + 1)] if reads_prefixes else sample
    own_words = one_by_one(model.network, model.encoding, calls)
    if reads_prefixes:
        engine_s, _ = fastest(lambda: prefix_scores(teacher, words))
        answers, _ = prefix_scores(teacher, sample)
    else:
        engine_s, _ = fastest(lambda: teacher.scores(words))
        answers = teacher.scores(sample)

    prefixes, suffixes = (side[:count] for side, count in zip(cut(rng, words), (PREFIXES, SUFFIXES), strict=True))
    table_s, values = fastest(lambda: tabulate(teacher, prefixes, suffixes))
    places = rng.permutation(len(prefixes) * len(suffixes))[:CALLS]
    cells = [prefixes[place // len(suffixes)] + suffixes[place % len(suffixes)] for place in places.tolist()]
    own_cells = one_by_one(model.network, model.encoding, cells)
    cells_apart = abs(own_cells.scores - values.reshape(-1, teacher.width)[places]).max() / abs(values).max()
    words_apart = abs(own_words.scores - answers).max() / abs(answers).max()

    own_words_rate, engine_words_rate = len(sample) / own_words.seconds, len(words) / engine_s
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
        "words_asked_own_way": len(sample),
        "deviation": float(max(cells_apart, words_apart)),
    }


def sample_of(rng: np.random.Generator, words: Words, reads_prefixes: bool) -> list[Word]:
    """Random words that take about CALLS calls of the network in its own way, at least 20 words where there are."""
    shuffled = [words[place] for place in rng.permutation(len(words)).tolist()]
    calls = np.cumsum([len(word) + 1 if reads_prefixes else 1 for word in shuffled])
    return shuffled[: max(20, int(np.searchsorted(calls, CALLS)))]
