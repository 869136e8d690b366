"""The file of results: SQLite, one row a cell, each written in one transaction when the cell is finished.

A process claims a cell before it runs it, so that two processes on one file do no cell twice. A claim names the process by its
number and by when it was started, since numbers are used again; claims of processes that are gone are given up.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nerode.benchmarking.cells import Cell
from nerode.benchmarking.rows import COLUMNS, NAMES, Row, read_row
from nerode.errors import InputError, first_line
from nerode.files import PathLike, check_writable

APPLICATION, VERSION = 0x6E65726F, 1  # of the file: "nero", and the form of its tables
PATIENCE = 60.0  # seconds that another process may hold the file
CELLS = ", ".join(f"{name} {kind}{' PRIMARY KEY' * (name == 'identity')}" for name, kind in COLUMNS.items())
CLAIMS = "identity TEXT PRIMARY KEY, process TEXT, doing TEXT"


class Store:
    """A file of results.

    Parameters
    ----------
    path : made where there is none
    read_only : it is there, and nothing is written. Only what a process that died had begun to write is undone

    Raises
    ------
    InputError : a file that is something else, or a place that cannot be written to
    """

    def __init__(self, path: PathLike, read_only: bool = False) -> None:
        self.path = Path(path)
        self._claimed: str | None = None  # the cell that was claimed last and has no result yet
        if not read_only:
            check_writable(self.path)
        name = f"file:{quote(str(self.path.absolute()))}{'?mode=rw' if read_only else ''}"
        with _told(path):
            self._open = sqlite3.connect(name, timeout=PATIENCE, isolation_level=None, uri=True)
        try:
            with _told(path):
                if not read_only:
                    self._make()
                self._check()
        except InputError:
            self.close()
            raise

    def _make(self) -> None:
        """Make the tables in an empty file."""
        with self._transaction():
            (tables,) = self._open.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if not tables:
                self._open.execute(f"PRAGMA application_id = {APPLICATION}")
                self._open.execute(f"PRAGMA user_version = {VERSION}")
                self._open.execute(f"CREATE TABLE cells ({CELLS})")
                self._open.execute(f"CREATE TABLE claims ({CLAIMS})")

    def _check(self) -> None:
        """Refuse files of others."""
        (application,) = self._open.execute("PRAGMA application_id").fetchone()
        (version,) = self._open.execute("PRAGMA user_version").fetchone()
        if application != APPLICATION:
            raise InputError(f"{self.path} is no file of results of nerode; choose another name")
        if version != VERSION:
            raise InputError(f"{self.path} is of another version of nerode; choose another name, and run the suite anew")
        self._open.execute(f"SELECT {', '.join(NAMES)} FROM cells LIMIT 0")
        self._open.execute("SELECT identity, process, doing FROM claims LIMIT 0")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing of what is done; no other process writes meanwhile."""
        with _told(self.path):
            try:
                self._open.execute("BEGIN IMMEDIATE")
                yield
                self._open.execute("COMMIT")
            except BaseException:  # such as an interruption just behind any of these lines
                if self._open.in_transaction:
                    self._open.execute("ROLLBACK")
                raise

    def _all(self, question: str) -> list[tuple[Any, ...]]:
        """What the file says."""
        with _told(self.path):
            return self._open.execute(question).fetchall()

    def rows(self) -> list[Row]:
        """Return all results, as they were finished."""
        found = self._all(f"SELECT {', '.join(NAMES)} FROM cells ORDER BY rowid")
        return [read_row(self.path, values) for values in found]

    def finished(self) -> set[str]:
        """Return the identities of the cells that have a result."""
        return {identity for (identity,) in self._all("SELECT identity FROM cells")}

    def walls(self) -> dict[str, tuple[str, float]]:
        """Return the method and the seconds of each cell that has a result."""
        found = self._all("SELECT identity, method, coalesce(wall, 0) FROM cells")
        return {identity: (method, wall) for identity, method, wall in found}

    def claim(self, cells: Iterable[Cell]) -> Cell | None:
        """Claim the first cell that is neither finished nor claimed, and return it; None where there is none."""
        with self._transaction():
            taken = self.finished() | {identity for (identity,) in self._all("SELECT identity FROM claims")}
            cell = next((cell for cell in cells if cell.identity not in taken), None)
            if cell is not None:
                self._claimed = cell.identity  # before anything is written, so that an interruption leaves no claim behind
                self._open.execute("INSERT INTO claims VALUES (?, ?, ?)", (cell.identity, _itself(), str(cell)))
        return cell

    def finish(self, row: Row) -> None:
        """Write the result of a cell, and end its claim."""
        with self._transaction():
            self._open.execute(f"INSERT OR IGNORE INTO cells VALUES ({', '.join('?' * len(NAMES))})", astuple(row))
            self._open.execute("DELETE FROM claims WHERE identity = ?", (row.identity,))
        self._claimed = None

    def give_back(self) -> None:
        """End the last claim without a result, if there is one."""
        if self._claimed is not None:
            with self._transaction():
                self._open.execute("DELETE FROM claims WHERE identity = ? AND process = ?", (self._claimed, _itself()))
            self._claimed = None

    def release_dead(self) -> list[str]:
        """End the claims of processes that are gone; return their cells."""
        claims = self._all("SELECT identity, process FROM claims")
        dead = [(identity, process) for identity, process in claims if not _lives(process)]
        if dead:
            with self._transaction():
                self._open.executemany("DELETE FROM claims WHERE identity IS ? AND process IS ?", dead)
        return [identity for identity, _ in dead]

    def forget(self, identities: Sequence[str]) -> None:
        """Take results away, so that these cells run anew."""
        with self._transaction():
            self._open.executemany("DELETE FROM cells WHERE identity = ?", [(identity,) for identity in identities])

    def doing(self) -> list[str]:
        """Return the claimed cells, in words."""
        return [doing for (doing,) in self._all("SELECT doing FROM claims ORDER BY rowid")]

    def close(self) -> None:
        """Close the file."""
        self._open.close()


@contextmanager
def _told(path: PathLike) -> Iterator[None]:
    """What SQLite says of a file is told in a sentence."""
    try:
        yield
    except sqlite3.Error as error:
        raise InputError(f"{path} cannot be used as a file of results: {first_line(error)}") from error


def _itself() -> str:
    """This process: its number, and when it was started."""
    return f"{os.getpid()} {_started(os.getpid())}"


def _lives(process: str) -> bool:
    number, _, started = str(process).partition(" ")
    return bool(started) and number.isdecimal() and len(number) < 20 and _started(int(number)) == started


def _started(number: int) -> str:
    """When a process was started, as the system tells it; empty for one that is gone."""
    try:
        if os.path.isdir("/proc/self"):
            after_name = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            return "" if after_name[0] in "ZX" else after_name[19]  # field 22 of proc(5); a zombie has ended
        found = subprocess.run(["ps", "-o", "lstart=", "-p", str(number)], capture_output=True, text=True, check=False)
        return " ".join(found.stdout.split())
    except (OSError, IndexError):
        return ""
