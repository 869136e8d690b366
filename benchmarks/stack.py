"""Visibly pushdown automata of networks of brackets, beside AALpy's KV, in one run on one thread.

    python benchmarks/stack.py [--only NETWORK] [--networks DIR] [--limit 60] [--json]

The networks are GRUs of width 50 that were trained on brackets of one to three kinds up to depth 6, with two other letters. Those
that the folder --networks has not got are trained, which takes some minutes. nerode is told nothing but the network. AALpy is
told which letters call and which return, and asks word by word, as its users do; its search draws random words. --limit is
its seconds. It is no dependency of nerode (pip install aalpy==2.0.0), and its rows are left out where it is not there.

right: whether the automaton is that of the language. depth, length: to which the network follows it, see docs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import numpy as np
from nested.networks import NETWORKS, PLACE, Network

from nerode.automata.stack_operations import equivalent, same_kinds
from nerode.automata.vpa import VPA
from nerode.eval.depths import depths
from nerode.extraction.loop import extract
from nerode.teachers.checkpoints import load_teacher

SEEDS = 3


def ours(network: Network, place: Path, seed: int) -> dict[str, Any]:
    """A row: the automaton of nerode's defaults."""
    teacher = load_teacher(place / network.name)
    result = extract(teacher, "vpa", seed=seed)
    automaton, truth = result.automaton, network.truth
    assert isinstance(automaton, VPA)
    followed = depths(automaton, teacher, np.random.default_rng(seed))
    return {
        "network": network.name,
        "learner": "nerode",
        "seed": seed,
        "states": automaton.states,
        "right": same_kinds(automaton, truth) and equivalent(automaton, truth),
        "queries": result.queries,
        "seconds": round(result.seconds, 2),
        "stopped": result.stop_reason,
        "depth": followed.depth,
        "length": followed.length,
    }


def theirs(network: Network, place: Path, limit: float) -> dict[str, Any]:
    """A row: AALpy's KV within a limit on seconds."""
    from nested.aalpy_kv import learned  # what is not there must not stop the other rows

    states, asked, seconds = learned(network.model(place), network.truth, limit)
    row = {"network": network.name, "learner": "AALpy KV, kinds given", "seed": 0, "states": states, "right": None}
    return row | {"queries": asked, "seconds": round(seconds, 2), "stopped": "time" if states is None else "no counterexample"}


def measured(only: str | None, place: Path, limit: float) -> Iterator[dict[str, Any]]:
    """All rows, network by network."""
    for network in NETWORKS:
        if only in (None, network.name):
            network.model(place)
            yield from (ours(network, place, seed) for seed in range(SEEDS))
            try:
                yield theirs(network, place, limit)
            except ModuleNotFoundError as error:
                print(f"no row of AALpy: {error}", file=sys.stderr)


def main() -> None:
    """Measure, and print rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=[network.name for network in NETWORKS])
    parser.add_argument("--networks", type=Path, default=PLACE)
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = []
    for row in measured(options.only, options.networks, options.limit):
        rows.append(row)
        if not options.json:
            print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    if options.json:
        print(json.dumps(rows))


if __name__ == "__main__":
    main()
