"""The loop of a bench: cells that have no result are run one after the other, or side by side in processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from nerode.benchmarking.cells import Cell
from nerode.benchmarking.measuring import measured
from nerode.benchmarking.rows import FAILED, row_of
from nerode.benchmarking.store import Store
from nerode.errors import InputError

POLL = 0.2  # seconds between two looks at what others do
DEATHS = 2  # of processes at one cell, after which it is given up
DIED = f"{DEATHS} processes that ran it were killed, perhaps for lack of memory"
NO_PROCESSES = (
    "the processes that run cells end at once; in a script, call bench under `if __name__ == '__main__':`, or leave jobs out"
)
INTERRUPTIONS = ("SIGINT", "SIGTERM", "SIGHUP")


def run_cells(store: Store, cells: Sequence[Cell], jobs: int, progress: Callable[[str], None]) -> None:
    """Run the cells that have no result, until all have one.

    Parameters
    ----------
    jobs : processes side by side; 1 for this one alone

    Raises
    ------
    KeyboardInterrupt : what is finished is kept
    """
    store.release_dead()
    told = Told(store, cells, jobs, progress)
    if told.left():
        (_alone if jobs == 1 else _side_by_side)(store, cells, jobs, told)


class Told:
    """Says how far a bench is: cells done, what runs, and how long the others take at the pace of those that are done."""

    def __init__(self, store: Store, cells: Sequence[Cell], jobs: int, progress: Callable[[str], None]) -> None:
        self._store, self._jobs, self._say = store, jobs, progress
        self._cells = {cell.identity: cell for cell in cells}
        self._far = ""

    def left(self) -> list[Cell]:
        """The cells without a result."""
        walls = self._store.walls()
        left = [cell for identity, cell in self._cells.items() if identity not in walls]
        pace = _pace([walls[identity] for identity in walls if identity in self._cells], left) / self._jobs
        rest = f", about {_duration(pace)} left" if pace else ""
        self._far = f"{len(self._cells) - len(left)} of {len(self._cells)} cells{rest}"
        return left

    def say(self, doing: str) -> None:
        """Say what is done."""
        self._say(f"{self._far}; {doing}")


def _pace(done: Sequence[tuple[str, float]], left: Sequence[Cell]) -> float:
    """How many seconds the other cells take, by the mean of each contender; 0 where nothing is known."""
    walls: dict[str, list[float]] = {}
    for method, wall in done:
        walls.setdefault(method, []).append(wall)
    means = {name: sum(each) / len(each) for name, each in walls.items()}
    usual = sum(means.values()) / len(means) if means else 0.0
    return sum(means.get(cell.contender, usual) for cell in left)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _alone(store: Store, cells: Sequence[Cell], jobs: int, told: Told) -> None:
    """Run cells in this process."""
    with _noted() as interruptions:
        try:
            while left := told.left():
                cell = store.claim(left)
                if cell is None:
                    told.say("waiting for another process")
                    time.sleep(POLL)
                    store.release_dead()
                    continue
                told.say(str(cell))
                row = measured(cell, _saying(told, str(cell)))
                if interruptions:  # learning hands back what it has by then, which is not what it would have learned
                    raise KeyboardInterrupt
                store.finish(row)
        finally:
            store.give_back()


def _saying(told: Told, cell: str) -> Callable[[str], None]:
    return lambda said: told.say(f"{cell}: {said}")


@contextmanager
def _noted() -> Iterator[list[int]]:
    """Ctrl-C and the like interrupt as always, and are noted, since what they interrupt may take no further notice."""
    noted: list[int] = []

    def note(number: int, frame: Any) -> None:
        noted.append(number)
        raise KeyboardInterrupt

    numbers = [getattr(signal, name) for name in INTERRUPTIONS if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    replaced = [number for number in numbers if signal.getsignal(number) is signal.default_int_handler]
    for number in replaced:
        signal.signal(number, note)
    try:
        yield noted
    finally:
        for number in replaced:
            signal.signal(number, signal.default_int_handler)


def _side_by_side(store: Store, cells: Sequence[Cell], jobs: int, told: Told) -> None:
    """Run cells in processes of their own, of one thread each."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    spawn = multiprocessing.get_context("spawn")
    workers: list[Any] = []
    deaths: Counter[str] = Counter()
    failures = 0
    try:
        while left := told.left():
            ended = [worker for worker in workers if not worker.is_alive()]
            workers = [worker for worker in workers if worker not in ended]
            given_up = store.release_dead()
            deaths.update(given_up)
            failures += sum(bool(worker.exitcode) for worker in ended) if not given_up else 0
            if failures > jobs:
                raise InputError(NO_PROCESSES)
            for cell in left:
                if deaths[cell.identity] >= DEATHS:
                    store.finish(row_of(cell, FAILED, sentence=DIED))
            doing = store.doing()
            if len(left) > len(doing) and len(workers) < min(jobs, len(left)):
                worker = spawn.Process(target=_work, args=(store.path, left), daemon=True)
                with _ignored():
                    worker.start()
                workers.append(worker)
            told.say(", ".join(doing) or "starting")
            wait([worker.sentinel for worker in workers], POLL)
    finally:
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.join()
        store.release_dead()


@contextmanager
def _ignored() -> Iterator[None]:
    """Processes that are started ignore Ctrl-C, which reaches all of a terminal: this one ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _work(path: Path, cells: Sequence[Cell]) -> None:
    """Run cells until none is free; end when the process that started this one does."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    store = Store(path)
    while (cell := store.claim(cells)) is not None:
        store.finish(measured(cell))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
