"""Options of `bench`."""

from __future__ import annotations

from nerode.shell.arguments import place, whole
from nerode.shell.options.common import Command


def add_bench(command: Command) -> None:
    """Add the options of `bench`."""
    bench = command(
        "bench",
        "run every method on every teacher of a suite, each cell once, and compare",
        "nerode bench languages --store results.db --out results.html",
    )
    bench.add_argument(
        "suite",
        nargs="?",
        type=place,
        help="a .toml file; or languages, taysir or zoo, which come with nerode; or a .db file of results, which is only shown",
    )
    bench.add_argument(
        "--store",
        type=place,
        metavar="FILE",
        help="the file of results, which are kept and not run again (default: SUITE.db here)",
    )
    bench.add_argument(
        "--data", type=place, metavar="DIR", help="the folder of the teachers (default: the suite says it, or is in it)"
    )
    bench.add_argument("--jobs", type=whole(1), default=1, metavar="N", help="run so many cells side by side (default: 1)")
    bench.add_argument("--retry", action="store_true", help="run cells anew that have no result")
    bench.add_argument("--out", type=place, metavar="FILE", help="the tables, .csv, .md, .html or .json")
    bench.add_argument("--plots", type=place, metavar="DIR", help="a folder for a picture of each teacher: size against error")
    bench.add_argument(
        "--compare",
        nargs=2,
        type=place,
        metavar=("OLD", "NEW"),
        help="two files of results: what got worse, with tests for pairs",
    )
    bench.add_argument("--example", action="store_true", help="print a suite to begin with, or the text of the one that is named")
