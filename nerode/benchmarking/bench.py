"""`nerode.bench`: what a suite asks for is run as far as it is not there, and the results can be looked at."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nerode.benchmarking.cells import cells_of
from nerode.benchmarking.comparing import Change, changes
from nerode.benchmarking.groups import Group, by_teacher, groups_of
from nerode.benchmarking.rows import DONE, NAMES, NOT_RUN, WAITING, Row, row_of
from nerode.benchmarking.running import run_cells
from nerode.benchmarking.sources import natural
from nerode.benchmarking.store import Store
from nerode.benchmarking.suite import read_suite
from nerode.benchmarking.tables import as_csv, as_html, as_markdown, as_text, check_format, front_of, origin_of, tables_of
from nerode.errors import InputError
from nerode.eval.frames import frame
from nerode.eval.fronts import Front
from nerode.extraction.arguments import check_seed
from nerode.files import PathLike, write_whole
from nerode.plain import finite

if TYPE_CHECKING:
    import pandas as pd

STORE, MAGIC = ".db", b"SQLite format 3"
OTHERS = re.compile(r"[^\w.-]+")  # characters that names of pictures do not have


@dataclass(frozen=True)
class Bench:
    """The results of a suite.

    Parameters
    ----------
    name : of the suite, or of the file of results
    rows : a cell each; those that have not been run say so
    measures : that tables show beside the error
    """

    name: str
    rows: tuple[Row, ...] = field(repr=False)
    measures: tuple[str, ...] = ()

    @property
    def unfinished(self) -> bool:
        """Whether cells have not been run."""
        return any(row.status == WAITING for row in self.rows)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Cells that differ in their seeds alone, with their means."""
        return tuple(groups_of(self.rows))

    def frame(self) -> pd.DataFrame:
        """Return a pandas frame: a row for each cell.

        Raises
        ------
        InputError : pandas is not installed
        """
        columns = {name: [getattr(row, name) for row in self.rows] for name in NAMES if name != "identity"}
        return frame(columns, [row.identity for row in self.rows], "identity")

    def table(self) -> str:
        """Return the tables as text: one for each teacher, and one of all teachers and methods."""
        return as_text(tables_of(self.groups, self.measures), origin_of(self.rows))

    __str__ = table

    def fronts(self) -> dict[str, Front]:
        """Return the front of each teacher: which students no other matches in size and error."""
        return {name: front_of(groups) for name, groups in by_teacher(self.groups).items()}

    def compare(self, older: PathLike | Bench) -> Change:
        """Return what got better and what got worse since older results.

        Raises
        ------
        InputError : a file that has no results
        """
        return changes(older.rows if isinstance(older, Bench) else stored(older).rows, self.rows)

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        groups = [
            {
                "teacher": group.teacher, "method": group.rows[0].method, "size": group.rows[0].wanted,
                "seeds": [row.seed for row in group.rows], "error": vars(group.error), "bits": group.usual("bits"),
                "sentences": group.sentences,
            }
            for group in self.groups
        ]  # fmt: skip
        return finite({"suite": self.name, "groups": groups, "cells": [asdict(row) for row in self.rows]})  # type: ignore[no-any-return]

    def save(self, path: PathLike) -> None:
        """Write the tables in the format of the suffix: .csv has a line for each mean, and .json all cells too.

        Raises
        ------
        InputError : another suffix, or a path that cannot be written to
        """
        check_format(path)
        tables, origin = tables_of(self.groups, self.measures), origin_of(self.rows)
        writers: Mapping[str, Callable[[], str]] = {
            ".csv": lambda: as_csv(self.groups, self.measures),
            ".md": lambda: as_markdown(tables, origin),
            ".html": lambda: as_html(tables, origin, self.name),
            ".json": lambda: json.dumps(self.to_json(), indent=1, allow_nan=False) + "\n",
        }
        write_whole(path, writers[Path(path).suffix.lower()]())

    def plots(self, folder: PathLike) -> list[Path]:
        """Write the picture of each front as .svg into a folder, which is made where it is missing; return the files.

        Raises
        ------
        InputError : the folder cannot be written to
        """
        from nerode.eval.plots.figures import picture  # here, because matplotlib takes long to import

        place = Path(folder)
        try:
            place.mkdir(exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot make the folder {folder}: {error.strerror or error}") from error
        fronts = {name: found for name, found in sorted(self.fronts().items()) if found.points}
        written = [place / name for name in _names_of_pictures(fronts)]
        for path, found in zip(written, fronts.values(), strict=True):
            write_whole(path, picture(found.plot(), "svg"))
        return written


def _names_of_pictures(teachers: Iterable[str]) -> list[str]:
    """The names of files, which differ in more than the case of letters."""
    names: dict[str, str] = {}
    for teacher in teachers:
        plain = name = OTHERS.sub("-", teacher).strip("-") or "teacher"
        number = 1
        while name.lower() in names:
            number += 1
            name = f"{plain}-{number}"
        names[name.lower()] = f"{name}.svg"
    return list(names.values())


def bench(
    suite: PathLike,
    store: PathLike | None = None,
    *,
    data: PathLike | None = None,
    jobs: int = 1,
    seed: int = 0,
    retry: bool = False,
    progress: Callable[[str], None] = lambda said: None,
) -> Bench:
    """Run the cells of a suite that have no result yet, and return all results of the suite.

    Each cell is written to the store when it is finished. An interruption (Ctrl-C) ends the run, and what was finished by then is
    handed back; the same call goes on where it was.

    Parameters
    ----------
    suite : a TOML file; or the name of a suite that comes with nerode: "languages", "taysir"; or a store, which is only read
    store : the file of results; None for one of the name of the suite, here
    data : the folder below which relative paths of the suite are; None for that which the suite names, or for its own
    jobs : how many cells run side by side, in processes of their own
    seed : is added to the seeds of the suite
    retry : run cells anew that have no result, such as those that lacked a package or failed with an error of the program
    progress : is told what is being done

    Raises
    ------
    InputError : a suite or a store that cannot be used
    """
    for path in (suite, store, data):
        if not isinstance(path, str | os.PathLike | None):
            raise InputError(f"a suite, its store and its data are paths, and not {path!r}")
    if is_store(suite):
        if store is not None or data is not None:
            raise InputError(f"{suite} is a file of results, which is only read; name a suite to run it")
        return stored(suite)
    if os.path.isfile(suite) and os.fspath(suite).endswith(STORE):
        raise InputError(f"{suite} is no file of results: it is not SQLite")
    if type(jobs) is not int or jobs < 1:
        raise InputError(f"the number of jobs must be a whole number from 1 on, not {jobs!r}")
    check_seed(seed)
    wanted = read_suite(suite, data, seed)
    cells = cells_of(wanted)
    kept = Store(usual_store(suite) if store is None else store)
    try:
        if retry:
            mine = {cell.identity for cell in cells}
            kept.forget([row.identity for row in kept.rows() if row.status != DONE and row.identity in mine])
        run_cells(kept, cells, jobs, progress)
    except KeyboardInterrupt:
        pass  # the next run goes on; here are the cells that were finished
    finally:
        rows = {row.identity: row for row in kept.rows()}
        kept.close()
    names = [(rows.get(cell.identity) or row_of(cell, WAITING, sentence=NOT_RUN), cell) for cell in cells]
    found = tuple(replace(row, teacher=cell.source.name, method=cell.contender) for row, cell in names)
    return Bench(wanted.name, found, wanted.measures)


def is_store(path: PathLike) -> bool:
    """Return whether a path is that of a file of results, by its first bytes or, where there is none, by its suffix.

    Raises
    ------
    InputError : a file that may not be read
    """
    if not os.path.isfile(path):
        return Path(path).suffix.lower() == STORE
    try:
        with open(path, "rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error


def stored(path: PathLike) -> Bench:
    """Return all results of a store, of whatever suites.

    Raises
    ------
    InputError : there is no such file, it is another one, or it has no results
    """
    if not os.path.isfile(path):
        raise InputError(f"there is no file of results at {path}; `nerode bench SUITE.toml --store {path}` makes one")
    store = Store(path, read_only=True)
    try:
        rows = store.rows()
    finally:
        store.close()
    if not rows:
        raise InputError(f"{path} has no results yet")
    methods = list(dict.fromkeys(row.method for row in rows))
    ordered = sorted(rows, key=lambda row: (natural(row.teacher), methods.index(row.method), row.wanted or 0, row.seed))
    return Bench(Path(path).stem, tuple(ordered))


def usual_store(suite: PathLike) -> Path:
    """Return the store of a suite, where none is named."""
    return Path(f"{Path(suite).stem}{STORE}")
