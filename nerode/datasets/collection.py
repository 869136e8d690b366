"""Data sets as words, in three parts: to train on, to choose by, and held out.

The parts are the same for the same seed. Symbolisers see the part to train on alone. All copies of a labelled sequence are in
one part.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.loading import load_automaton
from nerode.datasets.cards import Card, DataSet
from nerode.datasets.entries import BY, ENTRIES
from nerode.datasets.languages import LANGUAGES, language
from nerode.datasets.material import PARTS, Material
from nerode.datasets.own import NAMES, SUFFIXES, is_own, of_signals, own
from nerode.datasets.samplers import training_words
from nerode.datasets.samples import Sample, classified
from nerode.datasets.splitting import split
from nerode.datasets.symbolisers import Symboliser, check_letters, to_json
from nerode.errors import InputError
from nerode.files import PathLike
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, NextSymbol
from nerode.protocols import Teacher
from nerode.words import Alphabet, IntArray, Word, Words, all_words

MLREGTEST = "mlregtest-"
RARE = 20  # words of a class: a language of fewer has them in all parts
SHARE = 0.15  # of the sequences, to choose by, and the same to hold out
WORDS, LONGEST, SHORT = 4000, 30, 500  # of a known language: drawn words, their letters, and the shortest words beside them
STATED, DRAWN = "as the source divides it", f"{1 - 2 * SHARE:.0%}, {SHARE:.0%} and {SHARE:.0%}, by the seed"
BENCHMARK = "van der Poel and others: MLRegTest, a benchmark for the machine learning of regular languages, JMLR 2024"

Part = tuple[Words, list[str] | None]
"""Words and the names of their classes."""


def dataset(
    name: PathLike,
    folder: PathLike | None = None,
    *,
    letters: int | None = None,
    symboliser: str | None = None,
    frame: int | None = None,
    seed: int = 0,
) -> DataSet:
    """Return a data set as words.

    Parameters
    ----------
    name : one of ENTRIES, "mlregtest-" and the name of a file of MLRegTest, or a language that `language` knows; or a
        file of your own: signals (`.csv`, also packed by gzip), texts (`.tsv`) or FASTA
    folder : with the files of the data set; known languages and what scikit-learn carries need none
    letters : of the alphabet, 2 to 64; None for the number that the entry of the data set gives
    symboliser : how sequences become letters: "sax", "codebook" or "deltas" of signals, "characters", "words" or "symbols" of
        texts of your own; None for that of the entry, or what suits a file
    frame : steps of a signal that become a letter, of a symboliser that is named or of a file; None for as many as give words of
        at most 100 letters
    seed : of the split, of the symboliser, and of words that are drawn

    Raises
    ------
    InputError : an unknown name, a folder or a file that is missing or cannot be read, or letters that the data cannot have
    """
    if not isinstance(name, str | os.PathLike) or not isinstance(folder, str | os.PathLike | None):
        raise InputError(f"a data set has a name and a folder, and not {name!r} and {folder!r}")
    if type(seed) is not int or seed < 0:
        raise InputError(f"the seed must be a whole number from 0 on, not {seed!r}")
    if letters is not None:
        check_letters(letters)
    if frame is not None and (type(frame) is not int or frame < 1):
        raise InputError(f"a frame has a whole number of steps from 1 on, and not {frame!r}")
    if symboliser is not None and symboliser not in NAMES:
        raise InputError(f"there is no symboliser {symboliser!r}; choose {', '.join(NAMES)}")
    rng = np.random.default_rng(seed)
    if is_own(name):
        if folder is not None:
            raise InputError(f"{name} is a file of your own, and needs no folder of data; leave --data out")
        entry, material = own(Path(name), symboliser, frame)
        name = Path(name).name
    elif (name := str(name)).lower().endswith(SUFFIXES):
        raise InputError(f"there is no file {name}; a file of your own ends in {', '.join(SUFFIXES)}")
    elif name not in ENTRIES:
        if letters is not None or symboliser is not None or frame is not None:
            raise InputError(
                f"{name} is a known language, whose name says how many letters it has; leave letters and symboliser out"
            )
        return _known(name, folder, seed, rng)
    else:
        entry = ENTRIES[name]
        material = entry.read(Path() if entry.needs is None else found_in(folder, entry.needs, name))
        if symboliser is not None:
            entry = replace(entry, fit=of_signals(symboliser, frame, material))
        elif frame is not None:
            raise InputError("a frame goes with a symboliser; say which, sax, codebook or deltas")
    rows = _divided(material, rng)
    fitted = entry.fit([material.sequences[row] for row in rows[0].tolist()], entry.letters if letters is None else letters, rng)
    parts: list[Part] = []
    left_out = 0
    for part in rows:
        words, kept = _words(fitted, material, part, entry.longest)
        left_out += len(part) - len(kept)
        parts.append((words, None if material.labels is None else [material.labels[row] for row in kept]))
    card = Card(
        name, entry.about, entry.kind, entry.source, entry.licence, entry.ships, entry.citation,
        DRAWN if material.parts is None else STATED, seed, left_out=left_out, symboliser=to_json(fitted),
    )  # fmt: skip
    return _made(card, fitted.alphabet, parts, fitted)


def _where(name: str) -> str:
    return f"; it is from {ENTRIES[name].source}" if name in ENTRIES else ""


def found_in(folder: PathLike | None, needs: str, name: str) -> Path:
    """Return the path of a file in the folder of the user.

    Raises
    ------
    InputError : no folder, or it lacks the file
    """
    if folder is None:
        raise InputError(f"the data set {name} is read from a file that you have, {needs}; name its folder with --data FOLDER")
    file = Path(folder) / needs
    if not file.is_file():
        raise InputError(f"the data set {name} is read from {needs}, and {folder} has no such file{_where(name)}")
    return file


def known_language(name: str, folder: PathLike | None, rng: np.random.Generator) -> Teacher:
    """Return the language of a name, from MLRegTest's files in a folder where the name says so.

    Raises
    ------
    InputError : an unknown name, or a file that is missing
    """
    if not name.startswith(MLREGTEST):
        try:
            return language(name, rng)
        except InputError as error:
            if any(name.startswith(re.split("[A-Z-]", pattern)[0]) for pattern in LANGUAGES):
                raise
            raise InputError(
                f"there is no data set {name!r}; there are {', '.join(ENTRIES)}, {MLREGTEST}NAME, and known languages, such as "
                "tomita-3"
            ) from error
    automaton = load_automaton(found_in(folder, f"mlregtest/{name.removeprefix(MLREGTEST)}.att", name))
    if not isinstance(automaton, DFA):
        raise InputError(f"the file of {name} holds no DFA; MLRegTest's files have no weights")
    order = sorted(range(len(automaton.alphabet)), key=lambda letter: automaton.alphabet.symbols[letter])
    alphabet = Alphabet(tuple(automaton.alphabet.symbols[letter] for letter in order))
    return DFA(alphabet, automaton.transitions[:, order], automaton.labels, automaton.initial)


def _known(name: str, folder: PathLike | None, seed: int, rng: np.random.Generator) -> DataSet:
    """Draw words of a known language.

    A labelled word that is in one part is in no other, but for classes of which this would leave fewer than RARE words.
    """
    target = known_language(name, folder, rng)
    model = isinstance(target.link, NextSymbol)
    drawn: list[Words] = [training_words(rng, target, WORDS, LONGEST)]
    drawn += [training_words(rng, target, WORDS // 4, LONGEST * 7 // 5) for _ in PARTS[1:]]
    if not model:
        drawn[0] = [*islice(all_words(len(target.alphabet), LONGEST), SHORT), *drawn[0]]
        seen = set(drawn[0])
        for place, words in enumerate(drawn[1:], start=1):
            drawn[place] = _unseen(target, words, seen)
            seen |= set(words)
    parts: list[Part] = [
        (words, None if model else [str(label) for label in target.link.labels(target.scores(words)).tolist()]) for words in drawn
    ]
    outside = name.startswith(MLREGTEST)
    card = Card(
        name, "a known language of MLRegTest" if outside else "a known language", "language",
        "MLRegTest" if outside else "nerode", BY if outside else "MIT", True, BENCHMARK * outside,
        "drawn" if model else f"{WORDS:,} words of up to {LONGEST} letters drawn to train on, and the {SHORT} shortest",
        seed, name,
    )  # fmt: skip
    return _made(card, target.alphabet, parts)


def _unseen(target: Teacher, words: Words, seen: set[Word]) -> Words:
    """Return the words that were not seen, and those of a class that has hardly any others."""
    labels, new = target.link.labels(target.scores(words)), np.array([word not in seen for word in words])
    for label in np.unique(labels):
        if np.count_nonzero(new & (labels == label)) < RARE:
            new |= labels == label
    return [words[row] for row in np.flatnonzero(new).tolist()]


def _made(card: Card, alphabet: Alphabet, parts: list[Part], symboliser: Symboliser | None = None) -> DataSet:
    """Return the data set with what is counted in its words on its card."""
    samples = [
        Sample(list(words), None, (), alphabet, card.name)
        if labels is None
        else classified(list(words), labels, alphabet, card.name)
        for words, labels in parts
    ]
    if any(sample.classes != samples[0].classes for sample in samples) or not all(sample.words for sample in samples):
        rare = f" without the {card.left_out} that have symbols which training never shows" if card.left_out else ""
        way = "ask for fewer letters, so that rare symbols are one" if rare else "take more of it"
        raise InputError(f"the data set {card.name} has too few words of some class to be divided{rare}; {way}")
    known = frozenset(samples[0].words)
    card = replace(
        card,
        task=CLASSIFIER if samples[0].classes else LANGUAGE_MODEL,
        letters=len(alphabet),
        classes=samples[0].classes,
        words=(len(samples[0].words), len(samples[1].words), len(samples[2].words)),
        longest=max(len(word) for sample in samples for word in sample.words),
        seen=(sum(map(known.__contains__, samples[1].words)), sum(map(known.__contains__, samples[2].words))),
    )
    return DataSet(card, samples[0], samples[1], samples[2], symboliser)


def _divided(material: Material, rng: np.random.Generator) -> tuple[IntArray, IntArray, IntArray]:
    """Return the rows of each part."""
    if material.parts is not None:
        parts = np.array(material.parts)
        first, second, third = (np.flatnonzero(parts == part) for part in PARTS)
        return first, second, third
    numbers: dict[Any, int] = {}
    keys = [sequence.tobytes() if isinstance(sequence, np.ndarray) else tuple(sequence) for sequence in material.sequences]
    words: list[Word] = [(numbers.setdefault(key, len(numbers)),) for key in keys]
    names = [""] * len(words) if material.labels is None else material.labels
    whole = classified(words, names, Alphabet.of_size(1), "")
    if material.labels is None:
        whole = Sample(words, None, (), whole.alphabet, "")
    rest, held_out = split(rng, whole, SHARE)
    left = Sample(
        [words[row] for row in rest], None if whole.labels is None else whole.labels[rest], whole.classes, whole.alphabet, ""
    )
    training, validation = split(rng, left, SHARE / (1 - SHARE))
    return rest[training], rest[validation], held_out


def _words(symboliser: Symboliser, material: Material, rows: IntArray, longest: int | None) -> tuple[list[Word], list[int]]:
    """Return the words of these rows, and the rows that have one: those without symbols that training never shows."""
    words, kept = [], []
    for row in rows.tolist():
        try:
            words += symboliser.words([material.sequences[row]])
        except InputError:
            continue
        kept.append(row)
    return [word[:longest] for word in words], kept
