"""Options of the commands about data sets and the zoo of networks trained on them."""

from __future__ import annotations

from nerode.shell.arguments import place, whole
from nerode.shell.options.common import Command


def add_datasets(command: Command) -> None:
    """Add the options of `datasets`."""
    datasets = command(
        "datasets",
        "list data sets of many kinds, show the card of one, or write its words to files",
        "nerode datasets pendigits --data FOLDER --out pendigits",
    )
    datasets.add_argument(
        "name", nargs="?", metavar="NAME", help="a data set of the list, a known language, or mlregtest-NAME (default: list all)"
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
