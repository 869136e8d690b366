"""Spectral automata as large as 3-grams, for the study of the zoo: adds cells to the results of `nerode bench zoo`.

    python benchmarks/equal_size.py RESULTS.db ZOO [--jobs 1]

Of each network and seed, the largest number of states is looked for whose automaton needs no more bits of a zipped file than
3-grams do: it is doubled until the file is too large, and then halved in steps. Sizes that the results have already are not run
again. `benchmarks/study.py` then compares the two at equal size. An interrupted run goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

from study import EQUAL, GRAMS, SPECTRAL

from nerode.benchmarking.cells import Cell
from nerode.benchmarking.rows import DONE, Row
from nerode.benchmarking.running import run_cells
from nerode.benchmarking.sources import Source
from nerode.benchmarking.store import Store
from nerode.benchmarking.suite import Suite, read_suite

MOST = 128  # states


def main() -> None:
    """Run cells until no size is left to try."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("results", type=Path, metavar="RESULTS.db")
    options.add_argument("zoo", type=Path, metavar="ZOO", help="the folder of the networks")
    options.add_argument("--jobs", type=int, default=1, help="cells that run side by side")
    chosen = options.parse_args()
    suite, store = read_suite("zoo", chosen.zoo), Store(chosen.results)
    while cells := wanted(suite, store.rows()):
        print(f"{len(cells)} sizes to try", file=sys.stderr, flush=True)
        run_cells(store, cells, chosen.jobs, lambda said: None)
    store.close()


def wanted(suite: Suite, rows: Iterable[Row]) -> list[Cell]:
    """Return the cells to run next: of each network and seed at most one."""
    known: dict[tuple[str, int], list[Row]] = {}
    there = set()
    for row in rows:
        there.add(row.identity)
        if row.status == DONE and row.error is not None:
            known.setdefault((row.content, row.seed), []).append(row)
    cells = [
        cell_of(suite, source, seed, states)
        for seed in suite.seeds
        for source in suite.sources
        if (states := next_size(known.get((source.content, seed), []))) is not None
    ]
    return [cell for cell in cells if cell.identity not in there]  # some have no result and never will


def next_size(rows: Iterable[Row]) -> int | None:
    """Return the number of states to try next, from the cells of one network and seed; None where that is settled."""
    rows = list(rows)
    bits = [row.bits for row in rows if row.method == (GRAMS[0] if row.task == "language-model" else GRAMS[1])]
    tried = {row.wanted or row.size: row for row in rows if row.learner == SPECTRAL}
    if not bits or not tried:
        return None
    small = max((states for states, row in tried.items() if row.bits <= bits[0]), default=0)
    large = min((states for states, row in tried.items() if row.bits > bits[0] and states > small), default=None)
    if large is None:
        whole = tried[small].size < small  # it has no more states than that, whatever is asked for
        return None if whole or small >= MOST else 2 * small
    return None if large - small == 1 else (small + large) // 2


def cell_of(suite: Suite, source: Source, seed: int, states: int) -> Cell:
    """Return the cell of a spectral automaton of so many states."""
    return Cell(source, EQUAL, SPECTRAL, {}, states, seed, suite.limits, suite.fresh)


if __name__ == "__main__":
    main()
