"""Tables of a bench: one for each teacher, all teachers beside all methods, and the same as text, Markdown, HTML and CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from io import StringIO
from math import isinf
from pathlib import Path

from nerode.automata.diagram import counted
from nerode.benchmarking.groups import Group, Mean, by_teacher
from nerode.benchmarking.rows import DRAWN, OF_WORDS, TEST, WAITING, Row
from nerode.errors import InputError
from nerode.eval.fronts import Front, Point, marked
from nerode.eval.metrics import METRICS
from nerode.files import PathLike, check_writable

BAR = "\\|"  # in a cell of Markdown
BEST, NOTHING = "●", "–"
LEGEND = f"{BEST} none is smaller and as good, or as small and better. Errors are means over seeds with 95 % intervals."
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}table{border-collapse:collapse}"
    "td,th{padding:.15rem .7rem;text-align:right;border-bottom:1px solid #ddd}"
    "td:nth-child(-n+2),th:nth-child(-n+2){text-align:left}"
)
FORMATS = (".csv", ".md", ".html", ".json")
MADE_BY = ("nerode", "revision", "python", "numpy", "torch", "processor")
SPENT = ("seconds", "effort", "queries")
ERROR, COLUMNS = ("error", "low", "high"), ("size", "states", "parameters", "bits", *SPENT)
HEADER = (
    "teacher",
    "task",
    "method",
    "settings",
    "limits",
    "wanted",
    "seeds",
    "measure",
    *ERROR,
    *COLUMNS,
    "unit",
    "stop_reason",
)


@dataclass(frozen=True)
class Table:
    """A table as text.

    Parameters
    ----------
    title, said : what is in it, and a sentence about it
    rows : the names of the columns first
    notes : sentences below it
    """

    title: str
    said: str
    rows: Sequence[Sequence[str]]
    notes: Sequence[str]


def check_format(path: PathLike) -> None:
    """Check that tables can be written to a path.

    Raises
    ------
    InputError : another suffix than those of FORMATS, or a path that cannot be written to
    """
    if Path(path).suffix.lower() not in FORMATS:
        raise InputError(f"tables are written to a file that ends in {', '.join(FORMATS)}, not to {path}")
    check_writable(path)


def front_of(groups: Sequence[Group]) -> Front:
    """Return the students of one teacher, smallest first; cells without a result are told in sentences."""
    points = []
    for group in groups:
        error, bits = group.error, group.usual("bits")
        if error.value is not None and bits is not None and not isinf(error.value):
            first, size = group.done[0], round(group.usual("size") or 0)
            points.append(
                Point(first.method, size, str(first.unit), round(bits), error.value, error.low, error.high, False, group)
            )
    measure = _measure(groups)
    measured = METRICS[measure] if measure else None
    words = max((row.words or 0 for group in groups for row in group.done), default=0)
    left_out = tuple(f"{group.name}: {sentence}" for group in groups for sentence in group.sentences)
    return Front(marked(points), measured.label if measured else "", bool(measured and measured.percent), words, left_out)


def tables_of(groups: Sequence[Group], measures: Sequence[str]) -> list[Table]:
    """Return a table for each teacher, and one of all teachers and methods where there are several."""
    teachers = by_teacher(groups)
    tables = [_of_teacher(name, each, measures) for name, each in teachers.items()]
    return [*tables, _overview(teachers)] if len(teachers) > 1 else tables


def _of_teacher(name: str, groups: Sequence[Group], measures: Sequence[str]) -> Table:
    if all(row.status == WAITING for group in groups for row in group.rows):
        return Table(name, "not run yet", [["", "method"], *(["", group.name] for group in groups)], ())
    front = front_of(groups)
    best = {id(point.student) for point in front.best}
    measure = _measure(groups)
    more = [each for each in measures if each != measure and any(group.measured(each).value is not None for group in groups)]
    error = f"{front.measure or 'error'}{' (%)' if front.percent else ''}"
    rows = [["", "method", "size", "bits", error, "95 % interval", *more, "seeds", *SPENT, "stopped"]]
    for group in groups:
        if not group.done:
            rows.append(["", group.name, *[NOTHING] * (len(rows[0]) - 2)])
            continue
        size = counted(round(group.usual("size") or 0), str(group.done[0].unit))
        others = [_shown(each, group.measured(each))[0] for each in more]
        spent = [_rounded(group.usual(each) or 0.0) for each in SPENT]
        mark, bits = BEST if id(group) in best else "", f"{group.usual('bits') or 0:,.0f}"
        reasons = group.told("stop_reason")
        rows.append([mark, group.name, size, bits, *_shown(measure, group.error), *others, str(len(group.done)), *spent, reasons])
    return Table(name, _about(groups, front), rows, front.left_out)


def _about(groups: Sequence[Group], front: Front) -> str:
    """What the errors of a teacher are about, in a sentence."""
    done = [row for group in groups for row in group.done]
    if not done:
        return "No method gave a student."
    where = {DRAWN: "drawn", TEST: "given to judge with", OF_WORDS: "kept of those given"}[str(done[0].judged_on)]
    baseline = as_number(done[0].measure, next(group for group in groups if group.done).usual("baseline"))
    task = str(done[0].task).replace("-", " ")
    return f"{task}; {counted(front.words, 'word')} {where}; the error of the simplest answer is {baseline}"


def _overview(teachers: Mapping[str, Sequence[Group]]) -> Table:
    """All teachers beside all methods, the least error of each marked."""
    names = list(dict.fromkeys(group.name for groups in teachers.values() for group in groups))
    rows = [["", "teacher", "error", *names]]
    for teacher, groups in teachers.items():
        measure, errors = _measure(groups), {group.name: group.error.value for group in groups}
        known = [value for value in errors.values() if value is not None]
        cells = [
            NOTHING
            if (value := errors.get(name)) is None
            else f"{BEST if value == min(known) else ''}{as_number(measure, value)}"
            for name in names
        ]
        shown = METRICS[measure] if measure else None
        rows.append(["", teacher, f"{shown.label}{' (%)' if shown.percent else ''}" if shown else "", *cells])
    return Table("All teachers", f"{BEST} marks the least error of a teacher", rows, ())


def _measure(groups: Sequence[Group]) -> str | None:
    return next((row.measure for group in groups for row in group.done), None)


def as_number(measure: str | None, value: float | None) -> str:
    """Return an error for people, in percent where it is a share."""
    if value is None or measure is None:
        return NOTHING
    return "∞" if isinf(value) else f"{100 * value if METRICS[measure].percent else value:.3g}"


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"


def _shown(measure: str | None, mean: Mean) -> tuple[str, str]:
    """A mean, and its interval."""
    known = mean.low is not None and mean.high is not None
    return as_number(
        measure, mean.value
    ), f"{as_number(measure, mean.low)} to {as_number(measure, mean.high)}" if known else NOTHING


def origin_of(rows: Iterable[Row]) -> str:
    """Return in a sentence what made results: each version, processor and revision that occurs, and the days."""
    made = [row for row in rows if row.date]
    if not made:
        return "Nothing has been run."
    each = {name: sorted({str(getattr(row, name)) for row in made if getattr(row, name)}) for name in MADE_BY}
    versions = ", ".join(f"{name} {' and '.join(found)}" for name, found in each.items() if found)
    days = sorted({str(row.date)[:10] for row in made})
    return f"Made by {versions}, on {' to '.join(dict.fromkeys((days[0], days[-1])))}."


def as_text(tables: Iterable[Table], origin: str) -> str:
    """Return tables for a terminal."""
    parts = []
    for table in tables:
        widths = [max(map(len, column)) for column in zip(*table.rows, strict=True)]
        ends = [str.ljust if column < 2 else str.rjust for column in range(len(widths))]
        lines = ["  ".join(end(cell, width) for end, cell, width in zip(ends, row, widths, strict=True)) for row in table.rows]
        parts.append("\n".join([f"{table.title}: {table.said}", *map(str.rstrip, lines), *table.notes]))
    return "\n\n".join([*parts, f"{LEGEND}\n{origin}"])


def as_markdown(tables: Iterable[Table], origin: str, legend: str = LEGEND) -> str:
    """Return tables in Markdown."""
    parts = []
    for table in tables:
        head, *rows = [f"| {' | '.join(cell.replace('|', BAR) for cell in row)} |" for row in table.rows]
        rule = "|---|---" + "|--:" * (len(table.rows[0]) - 2) + "|"
        notes = "".join(f"\n- {note}" for note in table.notes)
        parts.append("\n".join([f"## {table.title}\n\n{table.said}\n", head, rule, *rows]) + ("\n" + notes if notes else ""))
    return "\n\n".join(filter(None, [*parts, legend, origin])) + "\n"


def as_html(tables: Iterable[Table], origin: str, title: str, legend: str = LEGEND) -> str:
    """Return a page with tables; it has no script and asks no server."""
    parts = [f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title><style>{STYLE}</style>"]
    parts.append(f"<h1>{escape(title)}</h1><p>{escape(legend)} {escape(origin)}</p>")
    for table in tables:
        head, *body = table.rows
        cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
        lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in body)
        notes = "".join(f"<li>{escape(note)}</li>" for note in table.notes)
        parts.append(
            f"<h2>{escape(table.title)}</h2><p>{escape(table.said)}</p><table><tr>{cells}</tr>\n{lines}</table>"
            + (f"<ul>{notes}</ul>" if notes else "")
        )
    return "\n".join([*parts, "</html>\n"])


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV."""
    file = StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()


def as_csv(groups: Iterable[Group], measures: Sequence[str]) -> str:
    """Return a line for each teacher, method and size: means over seeds, and why there are none."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    ends = [f"{name}{end}" for name in measures for end in ("", "_low", "_high")]
    writer.writerow([*HEADER, *ends, "sentences"])
    for group in groups:
        first, kept = group.rows[0], group.done[0] if group.done else group.rows[0]
        seeds = " ".join(str(row.seed) for row in group.rows)
        more = [end for name in measures for end in vars(group.measured(name)).values()]
        asked = [group.teacher, kept.task, first.method, first.settings, first.limits, first.wanted, seeds, kept.measure]
        found = [*vars(group.error).values(), *(group.usual(name) for name in COLUMNS), kept.unit, group.told("stop_reason")]
        writer.writerow([*asked, *found, *more, " ".join(group.sentences)])
    return file.getvalue()
