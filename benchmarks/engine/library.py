"""Models of the transformers library whose states have one size: read through kept states, and as whole words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
import transformers

from engine.cases import LETTERS, MARKED, NEXT, table
from nerode.errors import InputError
from nerode.extraction.hankel.tables import tabulate
from nerode.protocols import BranchingTeacher
from nerode.teachers import huggingface_choice  # noqa: F401 - it registers a case of `teacher_of`
from nerode.teachers.asking import teacher_of
from nerode.teachers.huggingface_networks import LanguageModel
from nerode.teachers.whole_words import WholeWordTeacher
from nerode.words import Alphabet

SIZE = 300  # prefixes, and suffixes
SAMPLE = 4096  # cells asked as whole words
RUNS = 3
SHAPE = {"vocab_size": LETTERS + 2, "hidden_size": 64, "num_hidden_layers": 2}  # letters, a begin and an end
MODELS = {
    "MambaForCausalLM": SHAPE,
    "FalconMambaForCausalLM": SHAPE,
    "Mamba2ForCausalLM": SHAPE | {"state_size": 16, "num_heads": 8, "head_dim": 16, "n_groups": 1, "chunk_size": 16},
    "RwkvForCausalLM": SHAPE,
    "xLSTMForCausalLM": SHAPE | {"hidden_size": 128, "num_heads": 2},  # 64 does not fit its heads
}


def measured(only: str | None, size: int | None) -> Iterator[dict[str, Any]]:
    """A row a model, with random weights. Both ways are of one run, on one thread, in processor time.

    Raises
    ------
    InputError : no such model
    """
    transformers.utils.logging.set_verbosity_error()
    names = [name for name in MODELS if only in (None, name)]
    if not names:
        raise InputError(f"there is no model {only!r}; there are {', '.join(MODELS)}")
    for name in names:
        yield row(name, size or SIZE)


def row(name: str, size: int) -> dict[str, Any]:
    """One model."""
    model, letters = made(name), range(LETTERS)
    network = LanguageModel(model, [*letters, LETTERS], None, letters, [LETTERS + 1])
    alphabet, width = Alphabet.of_size(LETTERS), LETTERS + 1
    teacher = teacher_of(network, alphabet, NEXT, MARKED, width)
    assert isinstance(teacher, BranchingTeacher)
    whole = WholeWordTeacher(alphabet, NEXT, MARKED, network, width)
    cells = table(size, shifted=False)
    sample = np.random.default_rng(1).permutation(cells.cells)[:SAMPLE].tolist()
    words = cells.words(sample)
    values, scores = tabulate(teacher, cells.rows, cells.suffixes), whole.scores(words)
    engine_s = whole_s = float("inf")
    for _ in range(RUNS):  # by turns, so that the machine's moods hit both alike
        engine_s = min(engine_s, processor_time(lambda: tabulate(teacher, cells.rows, cells.suffixes)))
        whole_s = min(whole_s, processor_time(lambda: whole.scores(words)) * cells.cells / len(words))
    return {
        "name": name,
        "prefixes": len(cells.prefixes),
        "suffixes": len(cells.suffixes),
        "whole_words_s": whole_s,
        "engine_s": engine_s,
        "ratio": whole_s / engine_s,
        "deviation": float(abs(scores - values.reshape(-1, width)[sample]).max() / abs(values).max()),
    }


def processor_time(work: Callable[[], Any]) -> float:
    """The seconds of the processor that some work takes."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def made(name: str) -> Any:
    """The model, the same each time."""
    kind = getattr(transformers, name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return kind(kind.config_class(**MODELS[name])).eval()
