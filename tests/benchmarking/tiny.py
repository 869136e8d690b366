"""A suite whose cells take some hundredths of a second, and what of a result does not depend on the clock."""

from dataclasses import asdict

import numpy as np

import nerode
from nerode.benchmarking import running
from nerode.benchmarking.provenance import provenance
from nerode.extraction import loop
from nerode.extraction.queries import method as queries

SUITE = """
seeds = 2
effort = 0.1
fresh = 100

[teachers.known]
languages = ["tomita-5", "random-dfa-6-letters-2"]

[methods.lstar]
searches = ["random"]

[methods.small]
method = "lstar"
searches = ["random"]
sizes = [2]

[methods.ngram]
"""
CELLS = 12
OF_THE_CLOCK = {"seconds", "wall", "cpu", "date", "torch"}
FEWER = (
    (loop, "WEIGHED", dict.fromkeys(loop.WEIGHED, 200)),
    (loop, "FRESH", 50),
    (loop, "AROUND", 50),
    (queries, "SEARCH", 300),
)
"""Words that learning asks, where what matters is not how good it is."""


def written(folder, text=SUITE):
    """The suite as a file."""
    path = folder / "suite.toml"
    path.write_text(text, encoding="utf-8")
    return path


def lasting(rows):
    """What two runs of the same cells have in common, by cell."""
    return {row.identity: {name: value for name, value in asdict(row).items() if name not in OF_THE_CLOCK} for row in rows}


def warm():
    """Ask fewer words from now on, and learn once, so that what is imported and compiled is there."""
    for module, name, value in FEWER:
        setattr(module, name, value)
    nerode.distill(nerode.language("tomita-1", np.random.default_rng(0)), "lstar", effort=0.1, searches=("random",))
    provenance()


def logged(log):
    """Write a line for each cell that is begun from now on."""
    run = running.measured

    def measured(cell, progress):
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{cell.identity}\n")
        return run(cell, progress)

    running.measured = measured
