"""Options of the commands that look at automata."""

from __future__ import annotations

from nerode.shell.arguments import asked, place, whole
from nerode.shell.options.common import EXACT, MOST, Command, network


def add_eval(command: Command) -> None:
    """Add the options of `eval`."""
    evaluate = command(
        "eval",
        "say how far an automaton agrees with a checkpoint",
        "nerode eval tomita-5.json checkpoints/tomita-5 --sample 5000 --like words.txt",
    )
    evaluate.add_argument("automaton", type=place, help="an automaton file (.json)")
    evaluate.add_argument("checkpoint", type=asked, help="the checkpoint to compare with")
    evaluate.add_argument("--words", type=place, metavar="FILE", help="compare on these words")
    evaluate.add_argument("--sample", type=whole(1, MOST), metavar="N", help="compare on N fresh random words (default: 1000)")
    evaluate.add_argument("--like", type=place, metavar="FILE", help="draw their lengths from the words of this file")
    evaluate.add_argument("--exact", action="store_true", help=EXACT)
    network(evaluate)


def add_render(command: Command) -> None:
    """Add the options of `render` and of `convert`."""
    render = command("render", "draw an automaton", "nerode render tomita-5.json --out tomita-5.svg")
    render.add_argument("automaton", type=place, help="an automaton file (.json)")
    render.add_argument("--out", type=place, required=True, metavar="FILE", help=".svg, .png, .pdf or .dot")
    render.add_argument("--hide-sinks", action="store_true", help="leave out states from which nothing more can happen")

    convert = command("convert", "write an automaton in another format", "nerode convert tomita-5.json --out tomita-5.dot")
    convert.add_argument("automaton", type=place, help="an automaton file (.json)")
    convert.add_argument("--out", type=place, required=True, metavar="FILE", help=".json, .dot, .graphml, .svg, .png or .pdf")
