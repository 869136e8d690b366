"""DFAs from transformers that learned Tomita's languages: are they the languages, and where not, what is the shortest difference?

    python benchmarks/tomita_transformers.py [--only NAME] [--networks DIR] [--training 600] [--seconds 60] [--json]

Networks, all of them unless --only names one or the beginning of several names, are two layers of 32 with 4 heads: causal
transformers, encoders that are read out by their mean, and state-space models, convolutions and gated linear attention beside
them. They are trained on 4,000 words of up to 16 letters and the shortest 500, until all held-out words of up to 22 letters
are right with a small loss, or for --training seconds. Where the folder --networks has one it is not trained again.

accuracy: the network's, on the held-out words. states: of the DFA by query learning, within --seconds. agreement: share of
10,000 uniform words of up to 16 letters that DFA and network label alike. equal: whether the DFA is the language; difference:
the shortest word that shows that it is not.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import numpy as np
from queries.networks import PLACE, Network
from queries.tables import Table

from nerode.automata.dfa import DFA
from nerode.automata.operations import separating_word
from nerode.errors import BudgetExhausted
from nerode.extraction.loop import extract
from nerode.sampling import uniform_words
from nerode.teachers.architectures import TrainingSettings

ARCHITECTURES = ("transformer", "encoder", "ssm", "conv", "gla")
LONGEST, JUDGED = 16, 10_000
NAMES = {"network": 22, "stopped": 22, "difference": 18}  # widths of columns of texts


@dataclass(frozen=True)
class Row:
    """What one network gave; without a DFA where the limits were reached before there was one."""

    network: str
    accuracy: float
    states: int | None
    truth: int
    agreement: float | None
    stopped: str
    equal: bool
    difference: str | None


def networks(training: float) -> list[Network]:
    """The networks, in the order of the table."""
    return [
        Network(
            f"{kind}-tomita-{number}", f"tomita-{number}",
            TrainingSettings(kind, 32, 4 if kind == "conv" else 2, seconds=training), 4000, LONGEST,
        )
        for kind in ARCHITECTURES
        for number in range(1, 8)
    ]  # fmt: skip


def rows(chosen: list[Network], place: Path, **limits: Any) -> Iterator[Row]:
    """Train, extract within the limits, and compare, one network after the other."""
    for network in chosen:
        model, truth = network.model(place), network.truth
        facts = json.loads((place / network.name / "teacher.json").read_text(encoding="utf-8"))["training"]
        try:
            found = extract(model.teacher, "lstar", **limits)
        except BudgetExhausted:
            yield Row(network.name, facts["accuracy"], None, truth.states, None, "before a DFA", False, None)
            continue
        dfa = found.automaton
        assert isinstance(dfa, DFA)
        rng = np.random.default_rng(1)
        words = uniform_words(rng, len(truth.alphabet), rng.integers(LONGEST + 1, size=JUDGED))
        alike = float(np.mean(dfa.predict(words) == model.link.labels(model.teacher.scores(words))))
        word = separating_word(dfa, truth)
        difference = None if word is None else truth.alphabet.text(word) or "ε"
        yield Row(network.name, facts["accuracy"], dfa.states, truth.states, alike, found.stop_reason, word is None, difference)


def main() -> None:
    """Print a table, or its rows in JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", metavar="NAME", default="", help="networks whose names begin so")
    options.add_argument("--networks", type=Path, default=PLACE, metavar="DIR", help="where networks are kept")
    options.add_argument("--training", type=float, default=600.0, metavar="N", help="seconds to train each network, at most")
    options.add_argument("--seconds", type=float, default=60.0, metavar="N", help="of each extraction")
    options.add_argument("--json", action="store_true", help="the rows as a list, for machines")
    chosen = options.parse_args()
    named = [network for network in networks(chosen.training) if network.name.startswith(chosen.only)]
    if not named:
        options.error(f"no network has a name that begins with {chosen.only!r}")
    table = Table("DFAs of networks that learned Tomita's languages", Row, NAMES, not chosen.json)
    table.add(rows(named, chosen.networks, seconds=chosen.seconds))
    if chosen.json:
        print(json.dumps(table.rows, indent=1))


if __name__ == "__main__":
    main()
