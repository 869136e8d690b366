"""The study of the zoo from the results of `nerode bench zoo`: which method is best where, at any size and at equal size.

    python benchmarks/study.py RESULTS.db [--json]

Three tables in Markdown:

methods   each method on all networks that it fits: how often it has the least error, the median of its error in parts of that of
          the simplest answer, and how often it is below a twentieth of that
3-grams   the spectral method beside 3-grams (a regression, or a model with back-off) at equal size: of the automata that need no
          more bits, the largest of each seed. "Less" and "more error" are those whose intervals do not overlap. `equal_size.py`
          adds automata that are nearly as large; beside them is the DFA of L* where that needs no more bits either
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
SPECTRAL, LSTAR = "spectral", "lstar"
EQUAL = "equal"  # automata that `equal_size.py` adds
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
            if group.rows[0].method == EQUAL:
                continue
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
        ours, exact = (largest(learner, known, grams) for learner in (SPECTRAL, LSTAR))
        row: Row = {"network": teacher, "3-grams": shown(grams), "bits": bits_of(grams)}
        row |= {"spectral": shown(ours), "its bits": bits_of(ours), "lstar": shown(exact)}
        rows.append(row | {"means": of_means(ours or exact, grams), "": of_intervals(ours, grams)})
    return rows


def largest(learner: str, groups: Iterable[Group], grams: Group) -> Group | None:
    """Return the largest automaton of each seed that needs no more bits than 3-grams; None where a seed has none."""
    found = []
    for row in grams.done:
        bits = row.bits or 0
        small = [
            each
            for group in groups
            for each in group.done
            if each.learner == learner and each.seed == row.seed and (each.bits or 0) <= bits
        ]
        if not small:
            return None
        found.append(max(small, key=lambda each: each.bits or 0))
    return Group(tuple(found))


def of_means(ours: Group | None, grams: Group) -> str:
    """Return whether the mean error of an automaton is less or more than that of 3-grams."""
    if ours is None or ours.error.value is None or grams.error.value is None:
        return "–"
    return "less" if ours.error.value < grams.error.value else "more" if ours.error.value > grams.error.value else "same"


def of_intervals(ours: Group | None, grams: Group) -> str:
    """Return the same by intervals that do not overlap."""
    if ours is None:
        return "no automaton is as small"
    return "less error" if below(ours, grams) else "more error" if below(grams, ours) else "equal"


def bits_of(group: Group | None) -> str:
    """Return the bits of the zipped file, the mean over seeds; "–" where there is none."""
    return "–" if group is None else f"{group.usual('bits') or 0:,.0f}"


def below(one: Group, other: Group) -> bool:
    """Return whether the interval of one error lies below that of another."""
    return one.error.high is not None and other.error.low is not None and one.error.high < other.error.low


def fits(group: Group) -> bool:
    """Return whether 3-grams of this kind are the usual ones of the task."""
    return group.name == ("ngram" if group.done[0].task == "language-model" else "regression")


def networks(teachers: Mapping[str, Sequence[Group]]) -> list[Row]:
    """Return a row for each network: every method with its interval, or why there is none."""
    names = list(dict.fromkeys(group.name for groups in teachers.values() for group in groups if group.rows[0].method != EQUAL))
    rows = []
    for teacher, groups in teachers.items():
        known = {group.name: group for group in groups}
        first = learned(groups)
        row: Row = {"network": teacher, "simplest": number(first[0], first[0].usual("baseline")) if first else "–"}
        rows.append(row | {name: shown(known[name]) if name in known else "–" for name in names})
    return rows


def shown(group: Group | None) -> str:
    """Return an error with its interval and size; "–" where there is none."""
    if group is None or not group.done or group.error.value is None:
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
    of_spectral, of_dfa = (
        {
            each: sum(row["means"] == each for row in equal if (row["spectral"] == "–") == alone)
            for each in ("less", "more", "same")
        }
        for alone in (False, True)
    )
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
        *(
            f"- By the means, {told}, it errs less on {means['less']}, more on {means['more']} and as much on {means['same']}."
            for told, means in (("where a spectral automaton is as small", of_spectral), ("where a DFA of L* alone is", of_dfa))
        ),
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
