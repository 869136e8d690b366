"""The study of the zoo from the results of `nerode bench zoo`: which method is best where, at any size and at equal size.

    python benchmarks/study.py RESULTS.db [--json]

Three tables in Markdown:

methods   each method on all networks that it fits: how often it has the least error, the median of its error in parts of that of
          the simplest answer, and how often it is below a twentieth of that
3-grams   the spectral method beside 3-grams (a regression, or a model with back-off) at equal size: of the automata that need no
          more bits, the largest. "Less" and "more error" are those whose intervals do not overlap
networks  the error of every method on every network with its 95 % interval, in percent for classifiers and in nats a symbol
          (|Δ log p|) for language models; in brackets the size
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from nerode.automata.diagram import counted
from nerode.benchmarking.bench import stored
from nerode.benchmarking.groups import Group, by_teacher
from nerode.eval.metrics import METRICS

AUTOMATA = ("lstar", "pdfa", "spectral")
GRAMS = ("ngram", "regression")  # of language models, of classifiers
SPECTRAL = "spectral"
TWENTIETH = 1 / 20
Row = dict[str, Any]


def main() -> None:
    """Print the tables, or their rows in JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("results", type=Path, metavar="RESULTS.db")
    options.add_argument("--json", action="store_true", help="rows for machines")
    chosen = options.parse_args()
    teachers = by_teacher(stored(chosen.results).groups)
    parts = {"methods": methods(teachers), "3-grams": at_equal_size(teachers), "networks": networks(teachers)}
    if chosen.json:
        print(json.dumps(parts, indent=1))
        return
    for name, rows in parts.items():
        print("\n".join([f"\n### {name}\n", *markdown(rows)]))
    print("\n".join(["", *sentences(parts["3-grams"], teachers)]))


def learned(groups: Iterable[Group]) -> list[Group]:
    """Return the groups with an error."""
    return [group for group in groups if group.error.value is not None and isfinite(group.error.value)]


def methods(teachers: Mapping[str, Sequence[Group]]) -> list[Row]:
    """Return a row for each method: on how many networks, how often the best, and its error in parts of the simplest answer's."""
    found: dict[str, list[float]] = {}
    best: dict[str, int] = {}
    for groups in teachers.values():
        known = learned(groups)
        least = min((group.error.value for group in known), default=None)
        for group in known:
            found.setdefault(group.name, []).append(relative(group))
            best[group.name] = best.get(group.name, 0) + (group.error.value == least)
    return [
        {
            "method": name,
            "networks": len(parts),
            "least error": best[name],
            "error / simplest: median": share(float(np.median(parts))),
            "quartiles": " to ".join(share(float(part)) for part in np.quantile(parts, [0.25, 0.75])),
            "below a twentieth": sum(part <= TWENTIETH for part in parts),
        }
        for name, parts in found.items()
    ]


def relative(group: Group) -> float:
    """Return the error of a group in parts of that of the simplest answer."""
    baseline = group.usual("baseline")
    assert group.error.value is not None
    return group.error.value / baseline if baseline else float(group.error.value > 0)


def at_equal_size(teachers: Mapping[str, Sequence[Group]]) -> list[Row]:
    """Return a row for each network with 3-grams: the largest spectral automaton among those of no more bits."""
    rows = []
    for teacher, groups in teachers.items():
        known = learned(groups)
        grams = next((group for group in known if group.name in GRAMS and fits(group)), None)
        if grams is None:
            continue
        bits = grams.usual("bits") or 0.0
        small = [group for group in known if group.rows[0].learner == SPECTRAL and (group.usual("bits") or 0.0) <= bits]
        ours = max(small, key=lambda group: group.usual("bits") or 0.0, default=None)
        row: Row = {"network": teacher, "3-grams": shown(grams), "bits": f"{bits:,.0f}"}
        if ours is None:
            rows.append(row | {"spectral": "–", "its bits": "–", "": "no automaton is as small"})
            continue
        verdict = "less error" if below(ours, grams) else "more error" if below(grams, ours) else "equal"
        rows.append(row | {"spectral": shown(ours), "its bits": f"{ours.usual('bits') or 0:,.0f}", "": verdict})
    return rows


def below(one: Group, other: Group) -> bool:
    """Return whether the interval of one error lies below that of another."""
    return one.error.high is not None and other.error.low is not None and one.error.high < other.error.low


def fits(group: Group) -> bool:
    """Return whether 3-grams of this kind are the usual ones of the task."""
    return group.name == ("ngram" if group.done[0].task == "language-model" else "regression")


def networks(teachers: Mapping[str, Sequence[Group]]) -> list[Row]:
    """Return a row for each network: every method with its interval, or why there is none."""
    names = list(dict.fromkeys(group.name for groups in teachers.values() for group in groups))
    rows = []
    for teacher, groups in teachers.items():
        known = {group.name: group for group in groups}
        first = learned(groups)
        row: Row = {"network": teacher, "simplest": number(first[0], first[0].usual("baseline")) if first else "–"}
        rows.append(row | {name: shown(known[name]) if name in known else "–" for name in names})
    return rows


def shown(group: Group) -> str:
    """Return an error with its interval and size; "–" where there is none."""
    if not group.done or group.error.value is None:
        return "–"
    low, high = number(group, group.error.low), number(group, group.error.high)
    size = group.usual("size")
    return f"{number(group, group.error.value)} ({low}–{high}) [{size:,.0f}]"


def number(group: Group, value: float | None) -> str:
    """Return a value of the measure of a group, in percent where it is a share."""
    if value is None:
        return "–"
    return f"{100 * value if METRICS[str(group.done[0].measure)].percent else value:.3g}"


def share(part: float) -> str:
    """Return a part of the simplest answer's error."""
    return f"{part:.3f}"


def sentences(equal: Sequence[Row], teachers: Mapping[str, Sequence[Group]]) -> list[str]:
    """Return what the tables say, counted, and why cells have no number."""
    counts = {verdict: sum(row[""] == verdict for row in equal) for verdict in ("less error", "equal", "more error")}
    automata = [
        [relative(group) for group in learned(groups) if group.rows[0].learner in AUTOMATA] for groups in teachers.values()
    ]
    best = [min(parts) for parts in automata if parts]
    why: dict[str, int] = {}
    for groups in teachers.values():
        for group in groups:
            for sentence in group.sentences:
                text = re.sub(r"\d[\d,.]*", "N", f"{group.rows[0].learner}: {sentence}")
                why[text] = why.get(text, 0) + 1
    return [
        f"- At equal size the spectral method has less error than 3-grams on {counts['less error']} of {len(equal)} networks, "
        f"more on {counts['more error']}, and on {counts['equal']} intervals overlap.",
        f"- The best automaton of a network errs on {share(float(np.median(best)))} of the simplest answer's error (median); "
        f"on {sum(part <= TWENTIETH for part in best)} of {len(best)} networks on a twentieth or less. "
        f"{counted(len(automata) - len(best), 'network')} have no automaton.",
        *(f"- {text} ({counted(count, 'cell')})" for text, count in sorted(why.items(), key=lambda pair: -pair[1])),
    ]


def markdown(rows: Sequence[Row]) -> list[str]:
    """Return rows as a table in Markdown."""
    if not rows:
        return []
    names = list(rows[0])
    lines = [names, ["---"] * len(names), *([str(row.get(name, "–")) for name in names] for row in rows)]
    return ["| " + " | ".join(cells) + " |" for cells in lines]


if __name__ == "__main__":
    main()
