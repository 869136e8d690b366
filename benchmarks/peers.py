"""Other packages on the same work, called by `benchmarks/hankel.py --peers`.

They are no dependencies of nerode and a row is left out, with a sentence on stderr, where its package is not there:

    pip install aalpy==2.0.0
    pip install scikit-splearn==1.2.1       or into an environment of its own, whose Python is given by --peer-python

scikit-splearn fills its Hankel matrices from a dictionary of words and values; nothing in it asks a network. Here the
dictionary holds what the network answered when asked word by word, as its users do it, and its `Hankel` is built from that.
That part runs on NumPy 2 as well (its automata do not: `np.float_`). One number a word: the network is a classifier.

AALpy learns a GRU-50 that was trained on the fifth of Tomita's languages: L* with random words, the network stepped symbol by
symbol behind the `SUL` interface with its state kept, one word at a time. Every word that AALpy asked is then asked by
nerode in one call, which answers, as a `SUL` does, for all prefixes of a word.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from engine.cases import CLASSIFIER, LETTERS, Case, table
from engine.ways import REPEATS, fastest, one_by_one

from nerode.datasets.languages import tomita
from nerode.datasets.samplers import training_words
from nerode.errors import InputError
from nerode.extraction.hankel.tables import tabulate
from nerode.stepping import prefix_scores
from nerode.teachers.architectures import TrainingSettings
from nerode.teachers.lessons import lessons
from nerode.teachers.model import TrainedModel
from nerode.teachers.training import train
from nerode.words import Word, shortlex

SIZE = 100  # prefixes, and suffixes, of the block that scikit-splearn fills
LESSONS, LONGEST_LESSON = 2000, 20  # words that its network is trained on
SEED = 0
SPLEARN = Path(__file__).with_name("splearn_fill.py")


def measured(peer_python: str, only: str | None) -> Iterator[dict[str, Any]]:
    """A row for each peer that can be run.

    Raises
    ------
    InputError : no peer of that name
    """
    if only not in (None, *PEERS):
        raise InputError(f"there is no peer {only!r}; there are {', '.join(PEERS)}")
    for name, measure in PEERS.items():
        if only in (None, name):
            try:
                yield measure(peer_python)
            except ModuleNotFoundError as error:
                print(f"{name} is left out: {error}", file=sys.stderr)


def splearn(peer_python: str, size: int = SIZE) -> dict[str, Any]:
    """scikit-splearn fills a block and its shifted blocks from values asked word by word; the engine fills the same.

    Raises
    ------
    ModuleNotFoundError : the given Python has no scikit-splearn, or is none
    """
    try:
        found = subprocess.run([peer_python, "-c", "import splearn.hankel"], capture_output=True, check=False).returncode == 0
    except OSError as error:
        raise ModuleNotFoundError(f"{peer_python} cannot be run ({error.strerror})") from error
    if not found:
        raise ModuleNotFoundError(f"{peer_python} has no scikit-splearn; give one that has with --peer-python")
    case = Case("gru-64", CLASSIFIER)
    network = case.network()
    teacher = case.teacher(network)
    cells = table(size, shifted=True)
    prefixes, suffixes = sorted(cells.prefixes, key=shortlex), sorted(cells.suffixes, key=shortlex)  # its own order
    words = list(dict.fromkeys(cells.words(range(cells.cells))))

    asked = one_by_one(network, case.encoding, words)
    sides = {"letters": LETTERS, "prefixes": prefixes, "suffixes": suffixes}
    given = json.dumps({**sides, "words": words, "values": asked.scores[:, 0].tolist()})
    run = subprocess.run([peer_python, str(SPLEARN)], input=given, stdout=subprocess.PIPE, text=True, check=True)
    filled = json.loads(run.stdout)

    engine_s, values = fastest(lambda: tabulate(teacher, cells.rows, suffixes))
    row_of = {row: place for place, row in enumerate(cells.rows)}
    blocks = [prefixes, *([(*prefix, letter) for prefix in prefixes] for letter in range(LETTERS))]
    ours = np.stack([values[[row_of[word] for word in block], :, 0] for block in blocks])  # (Σ + 1, P, S)
    return {
        "name": "scikit-splearn",
        "work": f"{size} × {size} with {LETTERS} shifted blocks, GRU-64",
        "threads": torch.get_num_threads(),
        "words": len(words),
        "steps": sum(map(len, words)),
        "network_s": asked.seconds,
        "peer_s": asked.seconds + filled["seconds"],
        "engine_s": engine_s,
        "ratio_network": asked.seconds / engine_s,
        "ratio": (asked.seconds + filled["seconds"]) / engine_s,
        "deviation": float(abs(np.array(filled["matrices"]) - ours).max() / abs(ours).max()),
    }


def aalpy(_peer_python: str) -> dict[str, Any]:
    """AALpy's L* on a trained network; nerode answers the words that came up, in one call.

    Raises
    ------
    ModuleNotFoundError : AALpy is not installed
    """
    from engine.aalpy_lstar import learned  # what is not there must not stop the other rows

    model = trained()
    runs = [learned(model, SEED) for _ in range(REPEATS)]
    peer_s, states, system = min(runs, key=lambda run: run[0])
    engine_s, (scores, offsets) = fastest(lambda: prefix_scores(model.teacher, system.words))
    labels = model.link.labels(scores)
    skipped = [word != () for word in system.words]  # a label for ε is given to the word ε alone
    ours = np.concatenate([labels[a + skip : b] for a, b, skip in zip(offsets, offsets[1:], skipped, strict=False)])
    return {
        "name": "aalpy",
        "work": f"L* of Tomita 5 from a GRU-50: {states} states",
        "threads": torch.get_num_threads(),
        "words": len(system.words),
        "steps": sum(map(len, system.words)),
        "network_s": min(run[2].seconds for run in runs),
        "peer_s": peer_s,
        "engine_s": engine_s,
        "ratio_network": min(run[2].seconds for run in runs) / engine_s,
        "ratio": peer_s / engine_s,
        "deviation": float((ours != np.concatenate(system.answers)).mean()),
    }


def trained() -> TrainedModel:
    """A GRU-50 that knows the fifth of Tomita's languages."""
    rng, language = np.random.default_rng(SEED), tomita(5)

    def draw(rng: np.random.Generator, count: int, longest: int) -> list[Word]:
        return training_words(rng, language, count, longest)

    training, held_out = lessons(language, draw, LESSONS, LONGEST_LESSON, LONGEST_LESSON * 7 // 5, rng)
    model, _ = train(language.alphabet, language.link, training, held_out, TrainingSettings("gru", 50), rng)
    return model


PEERS: dict[str, Callable[[str], dict[str, Any]]] = {"scikit-splearn": splearn, "aalpy": aalpy}
