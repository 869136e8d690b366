"""`nerode datasets`: a list of data sets, the card of one, and its words as files."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nerode.automata.diagram import counted
from nerode.datasets.cards import CARD, FILES, Card
from nerode.datasets.collection import MLREGTEST, dataset
from nerode.datasets.entries import ENTRIES
from nerode.datasets.languages import LANGUAGES
from nerode.errors import InputError
from nerode.eval.frames import lines_of
from nerode.shell.common import Answer
from nerode.shell.console import DONE, Status, uninterrupted


def run(options: Namespace, status: Status) -> Answer:
    """The list; or a card, and files of words."""
    if options.name is None:
        if any(value is not None for value in (options.data, options.out, options.letters, options.symboliser, options.frame)):
            raise InputError("name a data set; without one, all are listed, and no option but --json has a meaning")
        return _listed()
    status.show(f"reading {options.name}")
    found = dataset(
        options.name, options.data, letters=options.letters, symboliser=options.symboliser, frame=options.frame, seed=options.seed
    )
    answer: dict[str, Any] = {"card": asdict(found.card)}
    text = [_said(found.card)]
    if options.out is not None:
        made_folder(options.out)
        with uninterrupted():
            found.save(options.out)
        answer["files"] = [str(options.out / name) for name in (*FILES, CARD)]
        text.append(f"Written to {options.out}: {', '.join((*FILES, CARD))}.")
    return DONE, answer, "\n".join(text)


def made_folder(folder: Path) -> None:
    """Make a folder where it is missing.

    Raises
    ------
    InputError : it cannot be made
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder {folder}: {error.strerror or error}") from error


def _listed() -> Answer:
    rows = [("name", "kind", "letters", "from", "licence", "what")]
    rows += [
        (name, entry.kind, str(entry.letters), entry.needs or "scikit-learn", entry.licence, entry.about)
        for name, entry in ENTRIES.items()
    ]
    sets = [
        {"name": name, "kind": entry.kind, "letters": entry.letters, "needs": entry.needs, "source": entry.source}
        | {"licence": entry.licence, "ships": entry.ships, "about": entry.about, "citation": entry.citation}
        for name, entry in ENTRIES.items()
    ]
    text = [
        *lines_of(rows, left=(0, 1, 3, 4, 5)),
        "Files are read from the folder that --data names; nothing is fetched.",
        "A file of your own is a data set too: signals (.csv with columns tid and label), texts (.tsv) or FASTA (.fasta, .fa).",
        f"Known languages need no file: {', '.join(LANGUAGES)}.",
        f"{MLREGTEST}NAME is a language of MLRegTest, from mlregtest/NAME.att in the folder.",
    ]
    return DONE, {"datasets": sets, "languages": list(LANGUAGES)}, "\n".join(text)


def _said(card: Card) -> str:
    training, validation, held_out = card.words
    task = f"a classifier of {len(card.classes)} classes" if card.classes else "a language model"
    lines = [
        f"{card.name}: {card.about}",
        f"task: {task}; {card.letters} letters, words of at most {card.longest}",
        f"words: {training:,} to train on, {validation:,} to choose by, {held_out:,} held out; divided {card.split}",
        f"seen: {card.seen[1]:,} of the words held out and {card.seen[0]:,} of those to choose by are also words to train on",
        f"from: {card.source}; licence: {card.licence}; {'may' if card.ships else 'may not'} be handed on",
        *([f"cite: {card.citation}"] if card.citation else []),
        *([f"left out: {counted(card.left_out, 'word')} with symbols that training never shows"] if card.left_out else []),
    ]
    return "\n".join(lines)
