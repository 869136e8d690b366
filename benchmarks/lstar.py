"""Query learning beside AALpy, in one run on one thread: what it costs, how right it is, and whether its verdict holds.

    python benchmarks/lstar.py [--only PART] [--networks DIR] [--seeds 100] [--data ../shared/taysir] [--json]

Parts, all of them unless --only names one:

tomita      GRU-50 and LSTM-50 of the seven languages of Tomita
brackets    GRU-50 of two layers and LSTM-100 of brackets to depth 6 among 26 other letters; limits of time
bound       many short extractions from the networks of brackets: how often the error is within the verdict's bound;
            where that is less often than promised, and hardly by chance, the benchmark fails
pure        random minimal automata with exact equivalence, and how the work grows with their states
taysir      classifiers of the competition, beside its winner; the data are not part of this repository

Networks are trained where the folder --networks has not got them. seconds are of the processor, in brackets' limits of nerode and
in taysir on the clock. steps: letters that cells read, each for one word. queries: words whose labels were asked (nerode),
words run from the start (AALpy). uniform, structured: shares of 10,000 uniform words of up to 50 letters, and of 3,000 edited
accepted words of the language, that an automaton labels as the network does. AALpy has 30 s of the processor a run.

AALpy is no dependency of nerode; its rows are left out, with a sentence on stderr, where it is not there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

from queries import bound, competition, networks, pure, side_by_side
from queries.runs import Run
from queries.tables import Table

from nerode.errors import InputError

Rows = dict[str, list[dict[str, Any]]]
NAMES = {"network": 18, "learner": 14, "search": 16, "stopped": 18}  # widths of columns of texts


def main() -> None:
    """Print tables, or all rows in JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", choices=PARTS, help="one part")
    options.add_argument("--networks", type=Path, default=networks.PLACE, metavar="DIR", help="where networks are kept")
    options.add_argument("--seeds", type=int, default=bound.SEEDS, help="short extractions of each network (bound)")
    options.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "taysir")
    options.add_argument("--json", action="store_true", help="tables by name, as lists of rows, for machines")
    chosen = options.parse_args()
    shown: Rows = {}
    try:
        for name in [chosen.only] if chosen.only else PARTS:
            shown |= PARTS[name](chosen)
    except InputError as error:
        options.error(str(error))
    if chosen.json:
        print(json.dumps(shown, indent=1))
    broken = [row["network"] for row in shown.get("bound", []) if bound.broken(bound.Kept(**row))]
    if broken:
        sys.exit(f"the bound of the verdict holds less often than promised on {', '.join(broken)}")


def tomita(chosen: argparse.Namespace) -> Rows:
    """Small languages, and a summary."""
    return _side_by_side("tomita", side_by_side.tomita(networks.TOMITA, chosen.networks), chosen.json)


def brackets(chosen: argparse.Namespace) -> Rows:
    """Brackets, and a summary."""
    return _side_by_side("brackets", side_by_side.brackets(networks.BRACKETS, chosen.networks), chosen.json)


def held(chosen: argparse.Namespace) -> Rows:
    """Verdicts of short extractions."""
    table = Table("bound", bound.Kept, NAMES, not chosen.json)
    cases = (side_by_side.case(network, chosen.networks) for network in networks.BRACKETS)
    table.add(bound.measured(case, chosen.seeds, limit) for case in cases for limit in bound.LIMITS)
    return {"bound": table.rows}


def alone(chosen: argparse.Namespace) -> Rows:
    """Learners on automata."""
    beside, growing, growth = (
        Table(title, kind, {**NAMES, "sizes": 24}, not chosen.json)
        for title, kind in (("pure", pure.Learned), ("pure: growing", pure.Learned), ("pure: exponents", pure.Growth))
    )
    beside.add(pure.side_by_side())
    growing.add(pure.growing())
    growth.add([pure.growth([pure.Learned(**row) for row in growing.rows])])
    return {"pure": beside.rows, "growing": growing.rows, "exponents": growth.rows}


def taysir(chosen: argparse.Namespace) -> Rows:
    """The competition's networks."""
    table = Table("taysir", competition.Row, {**NAMES, "network": 7, "learned": 10, "winner": 20}, not chosen.json)
    table.add(competition.measured(chosen.data))
    return {"taysir": table.rows}


def _side_by_side(title: str, rows: Any, as_json: bool) -> Rows:
    table = Table(title, Run, NAMES, not as_json)
    table.add(rows)
    summary = Table(f"{title}: medians", side_by_side.Summary, NAMES, not as_json)
    summary.add(side_by_side.summaries([Run(**row) for row in table.rows]))
    return {title: table.rows, f"{title} medians": summary.rows}


PARTS: dict[str, Callable[[argparse.Namespace], Rows]] = {
    "tomita": tomita,
    "brackets": brackets,
    "bound": held,
    "pure": alone,
    "taysir": taysir,
}

if __name__ == "__main__":
    main()
