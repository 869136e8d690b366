"""The options of every command: a module for commands that belong together."""

from __future__ import annotations

import argparse

from nerode.shell.arguments import whole
from nerode.shell.options.automata import add_compare, add_eval, add_explain, add_render, add_report, add_trace
from nerode.shell.options.benchmarking import add_bench
from nerode.shell.options.common import Parser
from nerode.shell.options.compression import add_shrink
from nerode.shell.options.distillation import add_distill, add_front, add_grid, add_stream
from nerode.shell.options.extraction import add_extract
from nerode.shell.options.models import add_import, add_inspect, add_train
from nerode.shell.options.zoo import add_datasets, add_zoo

EPILOG = """\
exit codes:
  0  done
  2  bad input; one sentence on stderr says what is wrong
  3  stopped by a limit or by Ctrl-C, with the best automaton so far written,
     unless stderr says that there was none yet
  130  interrupted by Ctrl-C with nothing to write
"""

COMMANDS = (
    add_inspect,
    add_import,
    add_datasets,
    add_train,
    add_zoo,
    add_extract,
    add_distill,
    add_front,
    add_grid,
    add_stream,
    add_shrink,
    add_bench,
    add_eval,
    add_report,
    add_trace,
    add_explain,
    add_compare,
    add_render,
)  # in the order of --help


def parser(version: str) -> Parser:
    """The whole command line."""
    top = Parser(
        prog="nerode",
        description="Extract readable automata from trained sequence models, and say how far they agree.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"nerode {version}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, summary: str, example: str) -> Parser:
        added: Parser = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}{'.' * (not summary.endswith('?'))}",
            epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.add_argument("--json", action="store_true", help="print one JSON object on stdout, everything else on stderr")
        added.add_argument("--seed", type=whole(0), default=0, help="the same seed gives the same answer (default: 0)")
        return added

    for add in COMMANDS:
        add(command)
    return top
