"""The card of a trained network: what it was trained on, how good it is on words that it did not see, and how to make it again.

Its facts are `training` in teacher.json. `card.md` beside it says the same for people (Mitchell and others: Model cards for model
reporting, 2019).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nerode.files import write_whole
from nerode.teachers.recognition import CARD
from nerode.words import IntArray

if TYPE_CHECKING:  # torch takes long to import, and cards are shown without it
    from nerode.teachers.model import TrainedModel

LARGEST = 10**15  # whole number that is shown as a share
MOST_CLASSES = 30  # of a confusion matrix that is shown
SHARES = {
    "accuracy": "accuracy",
    "baseline_accuracy": "accuracy of the most frequent class",
    "balanced_accuracy": "mean accuracy of the classes",
}
NUMBERS = {
    "loss": "loss (mean cross entropy in nats)",
    "perplexity": "perplexity of a symbol",
    "unigram_perplexity": "perplexity of unigrams",
    "bigram_perplexity": "perplexity of bigrams",
}
COUNTS = {"training_words": "words trained on", "validation_words": "words judged with", "steps": "steps"}
TEXTS = {"language": "language", "words": "words of", "read_as": "read as", "stopped": "stopped by", "seed": "seed"}


def confusion(classes: Sequence[str], labels: IntArray, predicted: IntArray) -> dict[str, Any]:
    """Return how many words of each class (rows) are taken for each class (columns), with the names of the classes."""
    counts = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(counts, (labels, predicted), 1)
    return {"classes": list(classes), "counts": counts.tolist()}


def shown_facts(training: dict[str, Any]) -> dict[str, str]:
    """Return the facts of a training for people, those that are known, by what they are called."""
    shown = {title: str(training[name]) for name, title in TEXTS.items() if isinstance(training.get(name), str | int)}
    shown |= {title: f"{training[name]:,}" for name, title in COUNTS.items() if isinstance(training.get(name), int)}
    for names, form in ((SHARES, ".2%"), (NUMBERS, ".4g")):
        shown |= {title: format(training[name], form) for name, title in names.items() if _is_number(training.get(name))}
    return shown | ({"made by": training["command"]} if isinstance(training.get("command"), str) else {})


def shown_confusion(training: dict[str, Any]) -> list[str]:
    """Return the lines of the confusion matrix; none where there is none, or where it has too many classes."""
    table = _confusion(training)
    if table is None:
        return []
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    return ["words of each class (rows), taken for each class (columns):", *lines]


def write_card(folder: str | Path, model: TrainedModel, training: dict[str, Any]) -> None:
    """Write `card.md` in the folder of a checkpoint.

    Parameters
    ----------
    training : what teacher.json says of it

    Raises
    ------
    InputError : a folder that cannot be written to
    """
    write_whole(Path(folder) / CARD, "\n".join(_lines(Path(folder).resolve().name, model, training)) + "\n")


def _lines(name: str, model: TrainedModel, training: dict[str, Any]) -> Iterator[str]:
    letters = " ".join(model.alphabet.symbols)
    facts = {
        "architecture": model.architecture,
        "parameters": f"{model.parameters:,}",
        "task": model.link.task,
        "alphabet": f"{len(model.alphabet)} symbols: {letters}",
    }
    yield from (f"# {name}", "", "| | |", "|---|---|")
    for title, value in (facts | shown_facts(training)).items():
        yield f"| {title} | {_cell(value)} |"
    yield from ("", "Accuracy, loss and perplexity are those on the words judged with, which were not trained on.")
    table = _confusion(training)
    if table is not None:
        head, *rows = ([_cell(cell) for cell in row] for row in table)
        yield from ("", "Words of each class (rows), taken for each class (columns):", "")
        yield from (f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}")
        yield from (f"| {' | '.join(row)} |" for row in rows)


def _confusion(training: dict[str, Any]) -> list[list[str]] | None:
    """The confusion matrix with its headings, as texts; None where there is none that can be shown."""
    found = training.get("confusion")
    if not isinstance(found, dict) or not isinstance(found.get("classes"), list) or not isinstance(found.get("counts"), list):
        return None
    names, counts = found["classes"], found["counts"]
    sizes = [len(row) if isinstance(row, list) else 0 for row in counts]
    if not 0 < len(names) <= MOST_CLASSES or sizes != [len(names)] * len(names):
        return None
    return [["", *map(str, names)], *([str(name), *map(str, row)] for name, row in zip(names, counts, strict=True))]


def _is_number(value: Any) -> bool:
    return isinstance(value, float) or (type(value) is int and abs(value) <= LARGEST)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
