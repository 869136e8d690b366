"""The Hankel engine beside other ways of filling the same table, in one run on one thread.

    python benchmarks/hankel.py [--only NAME] [--size N] [--json]
    python benchmarks/hankel.py --taysir [--data ../shared/taysir] [--only 2.4] [--json]
    python benchmarks/hankel.py --streamed [--size N] [--json]
    python benchmarks/hankel.py --peers [--peer-python PATH] [--only NAME] [--json]
    python benchmarks/hankel.py --exact [--only NAME] [--size N] [--json]
    python benchmarks/hankel.py --library [--only NAME] [--size N] [--json]

The first form fills tables of networks with random weights, each case in a process of its own. With --streamed a weighted
automaton of 50 states is learned from the block of the first case with all shifted blocks, which is never in memory whole;
where it would fit, one is learned in memory too: mean errors of scores on fresh words, and the mean distance between the two.
With --exact tables and whole words are asked in exact mode too, by turns, in processor time.
With --library models of the transformers library that keep states of one size are read through these, and as whole words in
batches of one length (whole_words_s: EXTRAPOLATED from 4,096 random cells), by turns, in processor time.

one_by_one_s     the torch module called on one word at a time, no padding: EXTRAPOLATED from 500 random cells
packed_s         whole words in batches, from their symbols to their scores, in packed sequences of torch, as they come
                 (transformers: batches of one length); the best of three batch sizes: EXTRAPOLATED from a random sample of
                 40,960 cells where the table has more
tuned_s          the same as fast as it was made to go: words sorted by length, joined at once and without lists
engine_s         nerode.extraction.hankel.tables.tabulate on the whole table, values really computed: best of three runs in full
shifted          blocks beside the first: with 12, the rows are the distinct words among p and p·a; every way fills just those
bound_fraction   the time that the arithmetic alone would take, at the measured rate of matrix products, over engine_s
shared_fraction  the same where siblings share the product with the recurrent weights
peak_mib         peak memory of the process when the engine is done, resting_mib before it began (Python and its libraries),
                 table_mib the table itself
deviation        the largest difference between the ways, over the largest score in the table; above 1e-5 the benchmark fails
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import numpy as np
import peers
import torch
from engine import competition, exactly, streamed
from engine.bound import matmul_rate, work
from engine.cases import CASES, LETTERS, check_size
from engine.ways import fastest, in_batches, one_by_one, packed, tuned

from nerode.errors import InputError
from nerode.extraction.hankel.tables import tabulate

SAMPLE = 40_960  # cells asked in batches: ten of the largest batches
STREAMED = 10_000  # prefixes and suffixes of the block that is streamed
SINGLE = 500  # cells asked one at a time
TOLERANCE = 1e-5
Row = dict[str, Any]


def main() -> None:
    """Print a table in Markdown, or a list of rows in JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    part = options.add_mutually_exclusive_group()
    part.add_argument("--taysir", action="store_true", help="the competition's networks and their own way of answering")
    part.add_argument(
        "--streamed", action="store_true", help="learn from a block, of --size 10000 or less, that is never in memory"
    )
    part.add_argument("--peers", action="store_true", help="other packages on the same work")
    part.add_argument("--exact", action="store_true", help="what exact mode costs")
    part.add_argument("--library", action="store_true", help="models of the transformers library that keep states of one size")
    options.add_argument("--only", metavar="NAME", help="one row")
    options.add_argument("--size", type=int, metavar="N", help="prefixes, and suffixes, instead of those of the case")
    options.add_argument("--json", action="store_true", help="a list of rows for machines")
    options.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "taysir")
    options.add_argument("--peer-python", default=sys.executable, metavar="PATH", help="the Python that has scikit-splearn")
    chosen = options.parse_args()
    try:
        if chosen.taysir:
            show(competition.measured(chosen.data, chosen.only), chosen.json)
        elif chosen.streamed:
            show([streamed.measured(chosen.size or STREAMED, peak_mib)], chosen.json)
        elif chosen.exact:
            show(exactly.measured(chosen.only, chosen.size), chosen.json)
        elif chosen.library:
            from engine import library  # it takes an optional package

            show(library.measured(chosen.only, chosen.size), chosen.json)
        elif chosen.peers:
            show(peers.measured(chosen.peer_python, chosen.only), chosen.json)
        else:
            show(measured(chosen.only, chosen.size), chosen.json)
    except InputError as error:
        options.error(str(error))


def measured(only: str | None, size: int | None) -> Iterator[Row]:
    """The rows of the cases, each measured in a fresh process so that its memory is its own.

    Raises
    ------
    InputError : no such case, or a size that no table has
    """
    if size is not None:
        check_size(size)  # here, before a process begins
    names = [case.name for case in CASES if only in (None, case.name)]
    if not names:
        raise InputError(f"there is no case {only!r}; there are {', '.join(case.name for case in CASES)}")
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as fresh:
        for name in names:
            yield fresh.submit(row, name, size).result()


def row(name: str, size: int | None) -> Row:
    """Measure one case. The engine comes first, so that the peak of the memory is its own."""
    (case,) = (case for case in CASES if case.name == name)
    network = case.network()
    teacher = case.teacher(network)
    cells = case.table(size)
    resting = peak_mib()
    engine_s, values = fastest(lambda: tabulate(teacher, cells.rows, cells.suffixes))
    peak = peak_mib()

    sample = np.random.default_rng(1).permutation(cells.cells)[:SAMPLE].tolist()
    words = cells.words(sample)
    asked = [one_by_one(network, case.encoding, words[:SINGLE])]
    asked += (in_batches(way, network, case.encoding, words) for way in (packed, tuned))
    ours = values.reshape(-1, case.width)[sample]
    deviation = max(abs(way.scores - ours[: len(way.scores)]).max() for way in asked) / abs(values).max()
    one_by_one_s, packed_s, tuned_s = (way.seconds * cells.cells / len(way.scores) for way in asked)
    least = work(network, cells.rows, cells.suffixes)
    rate = matmul_rate(*least.product)
    return {
        "name": name,
        "prefixes": len(cells.prefixes),
        "suffixes": len(cells.suffixes),
        "letters": LETTERS,
        "shifted": LETTERS if case.shifted else 0,
        "threads": torch.get_num_threads(),
        "one_by_one_s": one_by_one_s,
        "packed_s": packed_s,
        "engine_s": engine_s,
        "ratio_one_by_one": one_by_one_s / engine_s,
        "ratio_packed": packed_s / engine_s,
        "bound_fraction": least.flops / rate / engine_s,
        "peak_mib": peak,
        "tuned_s": tuned_s,
        "ratio_tuned": tuned_s / engine_s,
        "nodes": least.nodes,
        "shared_fraction": least.shared / rate / engine_s,
        "matmul_gflops": rate / 1e9,
        "batch": asked[1].batch,
        "words_in_batches": len(asked[1].scores),
        "words_one_by_one": len(asked[0].scores),
        "resting_mib": resting,
        "table_mib": values.nbytes / 2**20,
        "deviation": float(deviation),
    }


def peak_mib() -> float:
    """The most memory that this process has held so far, in MiB. Linux counts in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def show(rows: Iterable[Row], as_json: bool) -> None:
    """Print rows as they come, in Markdown, or all at the end in JSON; fail where the ways disagree."""
    shown: list[Row] = []
    for line in rows:
        if not as_json:
            if not shown:
                print("| " + " | ".join(line) + " |\n" + "|---" * len(line) + "|")
            print("| " + " | ".join(map(text, line.values())) + " |", flush=True)
        shown.append(line)
    if as_json:
        print(json.dumps(shown, indent=1))
    apart = [f"{line['name']} ({line['deviation']:.1e})" for line in shown if not line.get("deviation", 0.0) <= TOLERANCE]
    if apart:
        sys.exit(f"the ways of asking do not agree to {TOLERANCE:g} of the largest score on {', '.join(apart)}")


def text(value: Any) -> str:
    """A number for people: whole ones with their thousands apart, others to three digits."""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else "–" if value is None else str(value)


if __name__ == "__main__":
    main()
