"""Options of the commands that look at automata."""

from __future__ import annotations

from pathlib import Path

from nerode.automata.formats.listing import as_text
from nerode.shell.arguments import alphabet, asked, automaton, place, whole
from nerode.shell.options.common import MOST, Command, Parser, answering, network

FILE = "an automaton file (.json, or a format that `nerode convert --help` lists)"
STUDENT = f"{FILE}, or another student: its file, or the directory of a network"


def add_eval(command: Command) -> None:
    """Add the options of `eval`."""
    evaluate = command(
        "eval",
        "say how far an automaton or another student agrees with a checkpoint",
        "nerode eval tomita-5.json checkpoints/tomita-5 --sample 5000 --like words.txt",
    )
    evaluate.add_argument("automaton", type=place, help=STUDENT)
    evaluate.add_argument(
        "checkpoint", type=asked, help="the checkpoint to compare with, or a file of words with labels, or a table with them"
    )
    evaluate.add_argument("--words", type=place, metavar="FILE", help="compare on these words")
    evaluate.add_argument("--sample", type=whole(1, MOST), metavar="N", help="compare on N random words (default: 1000)")
    evaluate.add_argument("--like", type=place, metavar="FILE", help="draw their lengths from the words of this file")
    evaluate.add_argument(
        "--kinds", action="store_true", help="also the error by kind and length of word, the confusion of classes, and the costs"
    )
    answering(evaluate)
    network(evaluate)


def add_trace(command: Command) -> None:
    """Add the options of `trace`."""
    trace = command(
        "trace",
        "follow words through an automaton, letter by letter",
        "nerode trace tomita-5.json abba aab --teacher checkpoints/tomita-5",
    )
    trace.add_argument("automaton", type=place, help=FILE)
    words(trace, "standard input, a word a line")
    trace.add_argument("--teacher", dest="checkpoint", type=asked, metavar="CHECKPOINT", help="show its answers beside them")
    answering(trace)
    network(trace)


def add_explain(command: Command) -> None:
    """Add the options of `explain`."""
    explain = command(
        "explain",
        "say what each letter of a word does to the answer, in an automaton and in its network",
        "nerode explain tomita-5.json checkpoints/tomita-5 abba aab",
    )
    explain.add_argument("automaton", type=place, help=STUDENT)
    explain.add_argument("checkpoint", type=asked, help="the checkpoint that it was extracted from")
    words(explain, "random words, of which only a summary is shown")
    explain.add_argument("--sample", type=whole(2, MOST), metavar="N", help="so many random words (default: 200)")
    answering(explain)
    network(explain)


def add_report(command: Command) -> None:
    """Add the options of `report`."""
    report = command(
        "report",
        "make a page that shows automata or students beside their network: it opens offline in any browser",
        "nerode report tomita-5.json checkpoints/tomita-5 --out report.html",
    )
    report.add_argument(
        "automaton",
        type=asked,
        nargs="+",
        metavar="AUTOMATON… CHECKPOINT",
        help="files of automata or students, and last the checkpoint that they stand for",
    )
    report.add_argument("--out", type=place, default=Path("report.html"), metavar="FILE", help="the page (default: report.html)")
    report.add_argument("--words", type=place, metavar="FILE", help="compare on these words (default: 1000 fresh random words)")
    answering(report)
    network(report)


def add_compare(command: Command) -> None:
    """Add the options of `compare`."""
    compare = command(
        "compare", "say how two automata or students differ", "nerode compare dfa.json other.json --out differences.svg"
    )
    compare.add_argument("automaton", type=place, help=FILE)
    compare.add_argument("other", type=place, help="another one")
    compare.add_argument(
        "--sample", type=whole(1, MOST), default=1000, metavar="N", help="so many random words of 0 to 30 letters (default: 1000)"
    )
    compare.add_argument("--out", type=place, metavar="FILE", help="draw where DFAs or PDFAs differ: .svg, .png, .pdf or .dot")


def words(added: Parser, otherwise: str) -> None:
    """Add the words that a command looks at."""
    added.add_argument("word", nargs="*", default=[], metavar="WORD", help=f"words, '' for the empty one (default: {otherwise})")
    added.add_argument("--words", type=place, metavar="FILE", help="the words of this file")


def add_render(command: Command) -> None:
    """Add the options of `render` and of `convert`."""
    render = command("render", "draw an automaton", "nerode render tomita-5.json --out tomita-5.svg")
    render.add_argument("automaton", type=place, help=FILE)
    render.add_argument("--out", type=place, required=True, metavar="FILE", help=".svg, .png, .pdf, .tex, .mmd or .dot")
    render.add_argument("--hide-sinks", action="store_true", help="leave out states from which nothing more can happen")

    convert = command(
        "convert",
        "write an automaton in the format of another program, or read one",
        f"nerode convert tomita-5.json --out tomita-5.jff\n\nformats, by the suffix:\n{as_text()}\n"
        "  .regex and .grammar: the regular expression and the right-linear grammar of a DFA, and back\n"
        "  .gbnf and .ebnf: a context-free grammar, or the regular expression of a DFA, in the notation of llama.cpp and\n"
        "    xgrammar, or of the W3C; and back, as a CFG",
    )
    convert.add_argument(
        "automaton",
        type=automaton,
        help=f"{FILE}; or re:EXPRESSION, a regular expression in the syntax of Python",
    )
    convert.add_argument("--out", type=place, required=True, metavar="FILE", help="its suffix chooses the format")
    convert.add_argument(
        "--alphabet",
        type=alphabet,
        metavar="SYMBOLS",
        help="the symbols of a regular expression or a grammar: between spaces, or, where there are no spaces, single characters "
        "(default: those in the first line of the file)",
    )
    convert.add_argument(
        "--as",
        dest="reading",
        choices=("dfa", "mealy", "cfg"),
        help="a Mealy machine, whose outputs belong to letters, of a DFA whose classes belong to states, or back; or the "
        "context-free grammar of an automaton with a stack",
    )
