"""The teachers of a suite: checkpoints, also all that fit a pattern, and known languages, with their files of words."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from nerode.benchmarking.keys import MANY, Keys, as_list, is_text, is_texts, is_whole
from nerode.datasets.languages import language
from nerode.errors import InputError
from nerode.files import fingerprint
from nerode.protocols import Teacher
from nerode.teachers.checkpoints import load_teacher
from nerode.teachers.recognition import fingerprint_of

STAR = "*"
RANDOM = "random-"  # how the names of languages that are drawn begin


@dataclass(frozen=True)
class Source:
    """A teacher that can be loaded.

    Parameters
    ----------
    name : in tables
    checkpoint : its path; None for a language
    language, draw : its name, and the seed that a random one is drawn with
    alphabet : of a Hugging Face model; None for others
    words, test : files of words to learn from and to judge with; None where there are none
    content : a hash of all that it says: of the files, not of their names
    file : the name of the checkpoint with all suffixes; empty for a language
    """

    name: str
    checkpoint: Path | None = None
    language: str = ""
    draw: int = 0
    alphabet: tuple[str, ...] | None = None
    words: Path | None = None
    test: Path | None = None
    content: str = ""
    file: str = ""

    def load(self) -> Teacher:
        """Return the teacher.

        Raises
        ------
        InputError : a checkpoint that cannot be read
        """
        if self.checkpoint is None:
            return language(self.language, np.random.default_rng(self.draw))
        return load_teacher(self.checkpoint, self.alphabet)


def sources_of(where: str, table: Any, folder: Path) -> list[Source]:
    """Return the teachers of a table of a suite.

    Parameters
    ----------
    where : the file and the table, for errors
    folder : relative paths are below it

    Raises
    ------
    InputError : a key that is wrong, an unknown language, or files that are missing
    """
    keys = Keys(where, table)
    if "languages" in keys.table:
        names = as_list(keys.take("languages", is_texts, "names of languages"))
        draws = keys.take("draws", is_whole(1), "how many of each random language are drawn, a whole number from 1 on", 1)
        keys.end()
        if draws > MANY:
            raise InputError(f"{where}: 'draws' must be 1 to {MANY:,}")
        if draws > 1 and (known := [name for name in names if not name.startswith(RANDOM)]):
            raise InputError(f"{where}: 'draws' is for random languages, and {known[0]!r} is none; put it in another table")
        return [_language(where, name, draw) for name in names for draw in range(draws)]
    patterns = as_list(keys.take("checkpoints", is_texts, "paths, in which * stands for any name; or give 'languages'"))
    alphabet = keys.take("alphabet", is_texts, "the symbols of words", None)
    files = {key: keys.take(key, is_text, "the path of a file of words", None) for key in ("words", "test")}
    keys.end()
    symbols = None if alphabet is None else tuple(alphabet)
    found = []
    for pattern in patterns:
        for path, called, star in _fitting(where, pattern, folder):
            words, test = (_file(where, key, file, star, folder) for key, file in files.items())
            found.append(_checkpoint(where, called, folder / path, symbols, words, test))
    return found


def named_apart(where: str, sources: list[Source]) -> tuple[Source, ...]:
    """Return sources with different names: those that share one without suffixes are named with them.

    Raises
    ------
    InputError : two that have the same name with suffixes, too
    """
    count = Counter(source.name for source in sources)
    apart = [source if count[source.name] == 1 else replace(source, name=source.file or source.name) for source in sources]
    seen: dict[str, Source] = {}
    for source in apart:
        if (other := seen.setdefault(source.name, source)) is not source:
            paths = " and ".join(str(each.checkpoint or f"the language {each.language}") for each in (other, source))
            raise InputError(f"{where}: 'teachers' names {source.name!r} twice: {paths}; leave one of them out, or rename it")
    return tuple(apart)


def natural(text: str) -> list[tuple[int, str]]:
    """Return what texts are sorted by, so that 1.9 comes before 1.11."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text)]


def _language(where: str, name: str, draw: int) -> Source:
    try:
        language(name, np.random.default_rng(draw))
    except InputError as error:
        raise InputError(f"{where}: 'languages': {error}") from error
    shown = f"{name} ({draw + 1})" if draw else name
    return Source(shown, language=name, draw=draw, content=f"{name} {draw}")


def _fitting(where: str, pattern: str, folder: Path) -> list[tuple[str, tuple[str, str], str]]:
    """The paths that fit a pattern, the name of each without and with suffixes, and what the star stands for in it.

    The part of the path that has the star is the name: `nets/*/best` has that of the folder. Suffixes are all that stand in the
    pattern behind the star, or the last one of a file.
    """
    if pattern.count(STAR) > 1:
        raise InputError(f"{where}: 'checkpoints' has {pattern!r}; there can be one * in a path")
    if STAR not in pattern:
        path = Path(pattern)
        return [(pattern, (path.stem if (folder / pattern).is_file() else path.name, path.name), "")]
    before, after = pattern.split(STAR)
    found = glob.glob(glob.escape(pattern).replace("[*]", STAR), root_dir=folder)
    if not found:
        raise InputError(
            f"{where}: 'checkpoints': nothing in {folder} fits {pattern!r}; name the folder of the data by 'data' in the suite "
            "or by --data"
        )
    stars = [path[len(before) : len(path) - len(after)] for path in sorted(found, key=natural)]
    first, last = before.rpartition("/")[2], after.partition("/")[0]
    fitting = []
    for star in stars:
        suffixed = last.startswith(".") or (folder / f"{before}{star}{last}").is_file()
        bare = last.partition(".")[0] if suffixed else last
        fitting.append((f"{before}{star}{after}", (f"{first}{star}{bare}", f"{first}{star}{last}"), star))
    return fitting


def _file(where: str, key: str, file: str | None, star: str, folder: Path) -> Path | None:
    """The file of words of a checkpoint; a star in its name stands for what it stands for in that of the checkpoint."""
    if file is None:
        return None
    if STAR in file and not star:
        raise InputError(f"{where}: {key!r} has a *, and no * in 'checkpoints' says what it stands for")
    path = folder / file.replace(STAR, star)
    if not os.path.isfile(path):
        raise InputError(f"{where}: {key!r}: there is no file {path}")
    return path


def _checkpoint(
    where: str, called: tuple[str, str], path: Path, alphabet: tuple[str, ...] | None, words: Path | None, test: Path | None
) -> Source:
    if not os.path.exists(path):
        raise InputError(f"{where}: 'checkpoints': there is no checkpoint at {path}")
    hashes = [fingerprint_of(path), *("" if file is None else fingerprint(file) for file in (words, test))]
    content = " ".join([*hashes, *(alphabet or ())])
    return Source(called[0], path, alphabet=alphabet, words=words, test=test, content=content, file=called[1])
