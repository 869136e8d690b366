"""Two sets of results beside each other: what got worse, cell by cell, and by tests for pairs.

A cell is paired with itself: the same teacher, method, settings, size, seed and limits, and so the same words to judge with. Two
questions are asked.

*Of one method on one teacher*: are its errors worse by more than seeds do? Student's t for the differences of seeds; of one
seed, or where all differences are equal, t has no spread to go by, and the 95 % intervals of the words are taken.

*Of one method on all teachers*: is it worse on more teachers than chance would have it? The sign test on the mean differences of
teachers (Demšar: Statistical comparisons of classifiers over multiple data sets, JMLR 7, 2006), since errors of different
teachers have no common scale and seeds of one teacher are no further teachers.

Many comparisons are made, and some look bad by chance; so the p-values of each question are corrected by Holm (1979).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from math import isinf
from pathlib import Path
from typing import Any

import numpy as np

from nerode.automata.diagram import counted
from nerode.benchmarking.groups import Group, groups_of
from nerode.benchmarking.rows import DONE, WAITING, Row
from nerode.benchmarking.significance import holm, interval_test, sign_test, t_test
from nerode.benchmarking.tables import Table, as_html, as_markdown, as_number, check_format, csv_text
from nerode.eval.metrics import METRICS
from nerode.files import PathLike, write_whole
from nerode.plain import finite

LEVEL = 0.05
TESTS = (
    "Pairs are cells with the same teacher, method, settings, size, seed and limits. p: Student's t for the differences of "
    "seeds (by the intervals of the words where there is one seed, or all differ alike), and the sign test over teachers; both "
    "two-sided, corrected for the number of comparisons (Holm)."
)


@dataclass(frozen=True)
class Pair:
    """A method on a teacher, before and now.

    Parameters
    ----------
    teacher, method, measure : what is compared
    older, newer : mean errors
    seeds : how many pairs
    p : of the test, corrected; None where nothing differs, or nothing is known of the spread
    """

    teacher: str
    method: str
    measure: str
    older: float
    newer: float
    seeds: int
    p: float | None

    @property
    def sure(self) -> bool:
        """Whether the difference is more than chance."""
        return self.p is not None and self.p <= LEVEL

    def __str__(self) -> str:
        shown = METRICS[self.measure]
        before, now = (as_number(self.measure, value) for value in (self.older, self.newer))
        p = "" if self.p is None else f", p = {self.p:.2g}"
        unit = " %" if shown.percent else ""
        return f"{self.method} on {self.teacher}: {shown.label} {before} → {now}{unit} ({counted(self.seeds, 'seed')}{p})"


@dataclass(frozen=True)
class Method:
    """A method on all teachers.

    Parameters
    ----------
    method : in tables
    worse, better, same : teachers
    p : of the sign test, corrected; None where nothing differs
    bits, cpu : of the zipped file, and seconds of the processor: the median ratio to those before; None where it is not known
    """

    method: str
    worse: int
    better: int
    same: int
    p: float | None
    bits: float | None
    cpu: float | None

    def __str__(self) -> str:
        p = "" if self.p is None else f", p = {self.p:.2g}"
        ratios = "".join(
            f", {name} × {value:.3g}" for name, value in (("bits", self.bits), ("processor time", self.cpu)) if value
        )
        return f"{self.method}: {counted(self.worse, 'teacher')} worse, {self.better} better, {self.same} the same{p}{ratios}"


@dataclass(frozen=True)
class Change:
    """What changed between two sets of results.

    Parameters
    ----------
    pairs : methods on teachers of which both have errors
    methods : the same over all teachers
    lost, won : cells that have no result any more, or have one now, in sentences
    older_only, newer_only : cells of one alone
    """

    pairs: tuple[Pair, ...]
    methods: tuple[Method, ...]
    lost: tuple[str, ...]
    won: tuple[str, ...]
    older_only: tuple[str, ...]
    newer_only: tuple[str, ...]

    @property
    def worse(self) -> tuple[Pair, ...]:
        """The pairs with more error, the surest first."""
        return _by_sureness(pair for pair in self.pairs if pair.newer > pair.older)

    @property
    def better(self) -> tuple[Pair, ...]:
        """The pairs with less error, the surest first."""
        return _by_sureness(pair for pair in self.pairs if pair.newer < pair.older)

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        return finite(asdict(self) | {"level": LEVEL, "tests": TESTS})  # type: ignore[no-any-return]

    def save(self, path: PathLike) -> None:
        """Write all pairs, the surest first, in the format of the suffix: .csv, .md, .html or .json.

        Raises
        ------
        InputError : another suffix, or a path that cannot be written to
        """
        check_format(path)
        table = Table(
            "What changed", str(self).splitlines()[0], self._rows(), [f"No result any more: {each}" for each in self.lost]
        )
        writers: dict[str, Callable[[], str]] = {
            ".csv": lambda: csv_text(table.rows),
            ".md": lambda: as_markdown([table], "", TESTS),
            ".html": lambda: as_html([table], "", "What changed", TESTS),
            ".json": lambda: json.dumps(self.to_json(), indent=1, allow_nan=False) + "\n",
        }
        write_whole(path, writers[Path(path).suffix.lower()]())

    def _rows(self) -> list[list[str]]:
        """The names of columns, and a row for each pair, what got worse first."""
        same = [pair for pair in self.pairs if pair.newer == pair.older]
        rows = [["teacher", "method", "measure", "before", "now", "seeds", "p", "surely"]]
        for pair in (*self.worse, *self.better, *same):
            before, now = (as_number(pair.measure, value) for value in (pair.older, pair.newer))
            p, word = "" if pair.p is None else f"{pair.p:.2g}", "worse" if pair.newer > pair.older else "better"
            rows.append(
                [pair.teacher, pair.method, METRICS[pair.measure].label, before, now, str(pair.seeds), p, word * pair.sure]
            )
        return rows

    def __str__(self) -> str:
        same = len(self.pairs) - len(self.worse) - len(self.better)
        lines = [f"{len(self.pairs)} compared: {len(self.worse)} worse, {len(self.better)} better, {same} the same."]
        if not self.pairs:
            lines.append(
                "No cell has a result in both: those are compared that have the same teacher, method, size, limits and seed."
            )
        for title, pairs in (("Worse", self.worse), ("Better", self.better)):
            lines += _listed(f"{title}, more than by chance", [str(pair) for pair in pairs if pair.sure])
            lines += _listed(f"{title}, perhaps by chance", [str(pair) for pair in pairs if not pair.sure])
        lines += _listed("No result any more", self.lost)
        lines += _listed("A result now", self.won)
        lines += _listed("Each method over all teachers", [str(method) for method in self.methods])
        lines += _listed("Only among the older results", self.older_only)
        lines += _listed("Only among the newer results", self.newer_only)
        return "\n".join([*lines, TESTS])


def changes(older: Sequence[Row], newer: Sequence[Row]) -> Change:
    """Return what changed between results; cells that have not been run are left out."""
    before, now = ({row.identity: row for row in rows if row.status != WAITING} for rows in (older, newer))
    both = [identity for identity in now if identity in before]
    done = {identity for identity in both if before[identity].status == now[identity].status == DONE}
    groups = groups_of(now[identity] for identity in both if identity in done and _known(before[identity], now[identity]))
    pairs = [_pair(group, before) for group in groups]
    corrected = holm([pair.p for pair in pairs])
    pairs = [Pair(**{**vars(pair), "p": p}) for pair, p in zip(pairs, corrected, strict=True)]
    methods = _methods(groups, pairs, before)
    lost = [f"{_name(now[each])}: {now[each].sentence}" for each in both if _status(before, each) and not _status(now, each)]
    won = [_name(now[each]) for each in both if _status(now, each) and not _status(before, each)]
    older_only = [_name(row) for identity, row in before.items() if identity not in now]
    newer_only = [_name(row) for identity, row in now.items() if identity not in before]
    return Change(tuple(pairs), tuple(methods), *map(tuple, (lost, won, older_only, newer_only)))


def _pair(group: Group, before: dict[str, Row]) -> Pair:
    newer, older = (np.array([row.error for row in rows], float) for rows in (group.rows, _older(group, before)))
    with np.errstate(invalid="ignore"):
        differences = np.where(newer == older, 0.0, newer - older)  # both may be infinite
    measure = str(group.rows[0].measure)
    p = t_test(differences)
    if p is None:
        both = zip(_older(group, before), group.rows, strict=True)
        p = interval_test(differences, np.array([[_width(old), _width(new)] for old, new in both]))
    return Pair(group.teacher, group.name, measure, float(older.mean()), float(newer.mean()), len(newer), p)


def _width(row: Row) -> float:
    """The width of the 95 % interval of an error; NaN where it is not known."""
    return np.nan if row.low is None or row.high is None else row.high - row.low


def _methods(groups: Sequence[Group], pairs: Sequence[Pair], before: dict[str, Row]) -> list[Method]:
    found = []
    for name in dict.fromkeys(pair.method for pair in pairs):
        mine = [(pair, group) for pair, group in zip(pairs, groups, strict=True) if pair.method == name]
        worse, better = (
            sum(sign * (pair.newer - pair.older) > 0 for pair, _ in mine if pair.newer != pair.older) for sign in (1, -1)
        )
        bits, cpu = (_ratio([group for _, group in mine], before, column) for column in ("bits", "cpu"))
        found.append(Method(name, worse, better, len(mine) - worse - better, sign_test(worse, better), bits, cpu))
    corrected = holm([method.p for method in found])
    return [Method(**{**vars(method), "p": p}) for method, p in zip(found, corrected, strict=True)]


def _ratio(groups: Iterable[Group], before: dict[str, Row], column: str) -> float | None:
    """The median over cells of a column in parts of what it was."""
    pairs = [(getattr(row, column), getattr(before[row.identity], column)) for group in groups for row in group.rows]
    ratios = [new / old for new, old in pairs if new and old]
    return float(np.median(ratios)) if ratios else None


def _older(group: Group, before: dict[str, Row]) -> list[Row]:
    return [before[row.identity] for row in group.rows]


def _known(*rows: Row) -> bool:
    return all(row.error is not None for row in rows)


def _status(rows: dict[str, Row], identity: str) -> bool:
    return rows[identity].status == DONE


def _name(row: Row) -> str:
    return f"{row.method}{'' if row.wanted is None else f' {row.wanted}'} on {row.teacher}, seed {row.seed}"


def _by_sureness(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    return tuple(
        sorted(pairs, key=lambda pair: (2.0 if pair.p is None else pair.p, not isinf(pair.newer), pair.older - pair.newer))
    )


def _listed(title: str, lines: Iterable[str]) -> list[str]:
    found = [f"  {line}" for line in lines]
    return [f"{title}:", *found] if found else []
