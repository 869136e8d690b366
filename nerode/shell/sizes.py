"""What `nerode extract --sizes` writes and says: a file for each size beside the automaton, and a table of their errors."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from nerode.automata.dfa import DFA
from nerode.errors import InputError
from nerode.extraction.extracted import Extraction
from nerode.extraction.history import of_another_size
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES
from nerode.teachers.addresses import is_outside
from nerode.teachers.checkpoints import check_output

HELD_OUT = {
    CLASSIFIER: "share of wrong labels",
    LANGUAGE_MODEL: "error of log-probabilities, in nats a symbol",
    SCORES: "difference of scores",
}
"""What the errors of a task are."""


def check_sizes(out: Path, checkpoint: Path | str, sizes: tuple[int, ...] | None) -> None:
    """Refuse a name of the automaton beside which another size would replace the automaton that is asked.

    Raises
    ------
    InputError : such a name
    """
    if sizes is None or is_outside(checkpoint):
        return
    asked, beside = Path(os.path.realpath(checkpoint)), Path(os.path.realpath(out))
    if asked.parent == beside.parent and re.fullmatch(re.escape(beside.stem) + r"\.[0-9]+\.json", asked.name, re.IGNORECASE):
        raise InputError(f"a smaller automaton could replace {checkpoint}, which is asked; choose another name than {out}")


def save_sizes(result: Extraction, out: Path, history: dict[str, Any]) -> tuple[list[dict[str, Any]], str]:
    """Write each automaton of another size beside that of the extraction, whole or not at all.

    Parameters
    ----------
    history : how the automaton of the extraction was made; its verdicts are not those of the others

    Returns
    -------
    sized : states, error, one standard error, and file of each, the extraction's own among them; a file that could not be
        written is None
    unwritten : why, in a sentence; empty where all were
    """
    sized: list[dict[str, Any]] = []
    unwritten = ""
    alike = of_another_size(history)
    for each in result.sizes:
        errors = {"error": each.error, "spread": each.spread}
        file = out if each.automaton is result.automaton else out.with_suffix(f".{each.states}{out.suffix}")
        written: str | None = str(file)
        if file != out:
            try:
                check_output(file)
                each.automaton.save(file, extraction={**alike, "held_out": errors})
            except InputError as error:
                unwritten, written = str(error), None
        sized.append({"states": each.states, **errors, "file": written})
    return sized, unwritten


def sizes_table(result: Extraction, sized: list[dict[str, Any]], wanted: tuple[int, ...]) -> list[str]:
    """The lines of the table of sizes; none where none were wanted."""
    if not sized:
        return []
    rows = [("states", "error", "standard error", "file")]
    rows += [(f"{row['states']:,}", f"{row['error']:.3g}", f"{row['spread']:.2g}", row["file"] or "not written") for row in sized]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join([*(cell.rjust(width) for cell, width in zip(row[:-1], widths, strict=False)), row[-1]]) for row in rows]
    return ["", f"Sizes, by their {HELD_OUT[result.task]} on held-out words{_like(result)}:", *lines, *_missed(result, wanted)]


def _like(result: Extraction) -> str:
    """What held-out words are like, where this is known: other words give other errors."""
    if result.verdict is None or result.verdict_random is not None:
        return ", by which learning chooses"
    return f" ({result.verdict.distribution}, like the fresh ones; other words give other errors)"


def _missed(result: Extraction, wanted: tuple[int, ...]) -> list[str]:
    """Why automata have other numbers of states than were asked for, where they have."""
    states = {each.states for each in result.sizes}
    if states >= set(wanted):
        return []
    how = " Query learning jumps from size to size, and equal states are merged." if isinstance(result.automaton, DFA) else ""
    return [
        f"Sizes are at most so many: of each, the automaton that errs least, and none where a smaller one errs as little.{how}"
    ]
