"""Options of the commands about data sets and the zoo of networks trained on them."""

from __future__ import annotations

from nerode.shell.arguments import names, place, positive, whole
from nerode.shell.options.common import Command


def add_datasets(command: Command) -> None:
    """Add the options of `datasets`."""
    datasets = command(
        "datasets",
        "list data sets of many kinds, show the card of one, or write its words to files",
        "nerode datasets pendigits --data FOLDER --out pendigits",
    )
    datasets.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="a data set of the list, a known language, mlregtest-NAME, or a file of your own (default: list all)",
    )
    datasets.add_argument(
        "--data", type=place, metavar="FOLDER", help="where the files of data sets are; known languages and digits need none"
    )
    datasets.add_argument(
        "--out",
        type=place,
        metavar="DIR",
        help="a folder for train.tsv, validation.tsv, heldout.tsv and card.json; it is made where it is missing",
    )
    datasets.add_argument(
        "--letters", type=whole(2, 64), metavar="N", help="letters of the alphabet (default: what the data set has)"
    )
    datasets.add_argument(
        "--symboliser",
        choices=("sax", "codebook", "deltas", "characters", "words", "symbols"),
        help="how signals, or texts of your own, become letters (default: what suits them)",
    )
    datasets.add_argument("--frame", type=whole(1, 10**6), metavar="N", help="steps of a signal that become a letter")


def add_zoo(command: Command) -> None:
    """Add the options of `zoo`."""
    zoo = command(
        "zoo",
        "make many networks from one table of recipes, list them, measure how hard they are, or pack those that may be handed on",
        "nerode zoo make --data FOLDER --out zoo",
    )
    zoo.add_argument("action", choices=("make", "list", "measure", "pack"), help="what to do")
    zoo.add_argument(
        "zoo",
        nargs="?",
        type=place,
        metavar="DIR",
        help="list, measure, pack: the folder with the networks (list, default: the recipes)",
    )
    zoo.add_argument(
        "--out",
        type=place,
        metavar="DIR",
        help="make: the folder for the networks; those in it are not made again. pack: the .zip file",
    )
    zoo.add_argument(
        "--only", type=names, metavar="NAME,NAME…", help="make, measure, pack: these networks (default: all; zoo list names them)"
    )
    zoo.add_argument("--data", type=place, metavar="FOLDER", help="make, measure: where the files of data sets are")
    zoo.add_argument(
        "--effort", type=positive, help="make, measure: work for each automaton that tells how hard a network is (default: 4)"
    )
    zoo.add_argument("--plot", type=place, metavar="FILE", help="list: a picture of the zoo, .svg, .png or .pdf")
