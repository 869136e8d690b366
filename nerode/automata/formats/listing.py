"""What each file format holds: the table that `nerode convert --help` and docs/formats.md show.

Nothing heavy is imported here, so that the help is printed at once.
"""

from __future__ import annotations

from dataclasses import dataclass

WEIGHTED = ("dfa", "pdfa", "wfa")
FINITE = ("dfa", "mealy", "pdfa", "wfa")
EVERY = (*FINITE, "vpa")
DETERMINISTIC = ("dfa", "mealy")
PROBABILISTIC = ("pdfa", "wfa")


@dataclass(frozen=True)
class Listing:
    """A line of the table.

    Parameters
    ----------
    name : of the format, with the programs that use it
    reads, writes : the kinds of automata; empty where the format is not read
    lost : what a file does not hold of an automaton that is written to it
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    lost: str


LISTINGS = {
    ".json": Listing("nerode", (*EVERY, "cfg"), (*EVERY, "cfg"), "nothing"),
    ".dot": Listing("Graphviz, LearnLib, AALpy", DETERMINISTIC, EVERY, "of a DFA or Mealy machine nothing; weights are rounded"),
    ".graphml": Listing("GraphML, networkx", FINITE, FINITE, "nothing"),
    ".jff": Listing("JFLAP", DETERMINISTIC, DETERMINISTIC, "classes that no state has"),
    ".att": Listing("AT&T, OpenFst, Pynini, k2", WEIGHTED, WEIGHTED, "last digits of weights"),
    ".syms": Listing("symbols for .att", (), WEIGHTED, "all but the alphabet"),
    ".hoa": Listing("Hanoi omega-automata", ("dfa",), ("dfa",), "nothing"),
    ".adl": Listing("StaMinA", ("dfa",), ("dfa",), "nothing"),
    ".pautomac": Listing("PAutomaC model", PROBABILISTIC, PROBABILISTIC, "names of letters, last digits"),
    ".tex": Listing("LaTeX, TikZ", (), EVERY, "a picture"),
    ".mmd": Listing("Mermaid", (), EVERY, "a picture"),
    ".svg": Listing("SVG", (), EVERY, "a picture"),
    ".png": Listing("PNG", (), EVERY, "a picture"),
    ".pdf": Listing("PDF", (), EVERY, "a picture"),
}
NAMES = {"mealy": "Mealy"}
TITLES = ("suffix", "format", "reads", "writes", "lost")


def rows() -> list[tuple[str, ...]]:
    """Return the table: a row of TITLES, then one row of text per suffix."""
    lines = [(suffix, one.name, _kinds(one.reads), _kinds(one.writes), one.lost) for suffix, one in LISTINGS.items()]
    return [TITLES, *lines]


def as_text() -> str:
    """Return the table in columns for a terminal."""
    widths = [max(map(len, column)) for column in zip(*rows(), strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows()]
    return "\n".join(f"  {line}" for line in lines)


def as_markdown() -> str:
    """Return the table in Markdown."""
    first, *others = [f"| {' | '.join((f'`{row[0]}`' if row[0] in LISTINGS else row[0], *row[1:]))} |" for row in rows()]
    return "\n".join([first, "|---" * len(TITLES) + "|", *others])


def _kinds(kinds: tuple[str, ...]) -> str:
    every = kinds[: len(EVERY)] == EVERY
    names = [NAMES.get(kind, kind.upper()) for kind in kinds[len(EVERY) * every :]]
    return " ".join((["all"] if every else []) + names) or "–"
