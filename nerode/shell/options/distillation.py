"""Options of `distill`."""

from __future__ import annotations

import argparse

from nerode.distillation.students import STUDENTS
from nerode.distillation.training.table import TRAININGS
from nerode.distillation.transfers import TRANSFERS
from nerode.extraction.methods import METHODS
from nerode.shell.arguments import alphabet, asked, names, not_negative, numbers, place, positive, weights, whole
from nerode.shell.options.common import CHECKPOINT, MOST, Command, answering, labelled, network

OF_KINDS = ("order", "places", "hidden", "layers", "depth", "answer_by", "node_words")
"""The options that are settings of kinds of students; None where they are not given."""

SETTINGS = ("alpha", "temperature", "adversarial", "transfer", "training", "generations", *OF_KINDS)
"""The same of `distill`."""


NETWORKS = ("rnn", "gru", "lstm", "transformer", "mlp")

OF_STREAM = ("teacher", "student", "start", "hidden", "student_hidden", "alpha", "temperature")
"""The options that are settings of a stream; None where they are not given."""


def add_distill(command: Command) -> None:
    """Add the options of `distill`."""
    distill = command(
        "distill",
        "learn a simple student of a checkpoint: a regression, a tree, a small network, an automaton",
        "nerode distill checkpoints/tomita-5 --student tree --out tree.json",
    )
    distill.add_argument(
        "checkpoint", type=asked, help=f"{CHECKPOINT}; or a file of words or a table with labels, and no network"
    )
    distill.add_argument(
        "--student",
        required=True,
        choices=tuple(STUDENTS),
        help="; ".join(f"{name}: {student.summary}" for name, student in STUDENTS.items()),
    )
    distill.add_argument(
        "--out",
        type=place,
        metavar="PLACE",
        help="the student: a file, .json (default: CHECKPOINT.STUDENT.json here), or of networks a directory",
    )
    distill.add_argument("--force", action="store_true", help="networks: overwrite one that is there already")
    distill.add_argument(
        "--size",
        type=whole(1),
        metavar="N",
        help="at most so large: features of a regression, leaves of trees, parameters of networks, states of automata",
    )
    distill.add_argument(
        "--alpha",
        type=not_negative,
        metavar="X",
        help="the weight of labels beside the network's answers, 0 to 1 (default: 0): true ones where --words FILE has them, "
        "otherwise those of the network",
    )
    distill.add_argument(
        "--temperature", type=positive, metavar="T", help="at which answers are compared, from 1 to 1,000,000 (default: 1)"
    )
    distill.add_argument(
        "--adversarial",
        action="store_const",
        const=True,
        help="half of the words that are added to a lesson are those that the student is least sure of; for classifiers",
    )
    distill.add_argument(
        "--transfer",
        type=weights,
        metavar="NAME=X[,NAME=X…]",
        help="networks that learn from networks: what is learned beside the answers, and the weight of each loss; "
        + "; ".join(f"{name}: {transfer.summary}" for name, transfer in TRANSFERS.items()),
    )
    distill.add_argument(
        "--layers-of",
        type=place,
        metavar="CHECKPOINT",
        help="with --transfer: the network whose layers are read, where it is not the one that answers",
    )
    distill.add_argument(
        "--with",
        dest="others",
        type=asked,
        action="append",
        metavar="OTHER",
        help="another teacher, over the same alphabet and for the same question, which answers together with the checkpoint; "
        "more than once for more",
    )
    distill.add_argument(
        "--combine",
        choices=("mean", "confidence"),
        help="with --with: the mean of their probabilities or values (default), or one in which surer answers count more",
    )
    distill.add_argument(
        "--training",
        choices=tuple(TRAININGS),
        help="networks: how they are trained (default: offline); "
        + "; ".join(f"{name}: {training.summary}" for name, training in TRAININGS.items()),
    )
    distill.add_argument("--generations", type=whole(2, 100), metavar="N", help="born-again: how many there are (default: 3)")
    _of_kinds(distill)
    distill.add_argument("--words", type=place, metavar="FILE", help="words like those that matter, perhaps with labels")
    labelled(distill)
    distill.add_argument(
        "--seconds",
        type=positive,
        help="stop by then with the best student so far (default: 60, and no limit where --effort is given)",
    )
    distill.add_argument("--effort", type=positive, metavar="N", help="ask for so much work instead, the same on every machine")
    distill.add_argument("--queries", type=whole(1), help="ask the network at most so many words")
    answering(distill)
    network(distill)


def add_front(command: Command) -> None:
    """Add the options of `front`."""
    front = command(
        "front",
        "compare students of all kinds and sizes: which are as small and as good as no other",
        "nerode front checkpoints/tomita-5 --out front.svg",
    )
    front.add_argument("checkpoint", type=asked, help=CHECKPOINT)
    front.add_argument(
        "--students",
        type=names,
        metavar="NAME[,NAME…]",
        help="these kinds only, of those of `nerode distill` (default: all that fit)",
    )
    front.add_argument("--out", type=place, metavar="FILE", help="the picture, .svg, .png or .pdf")
    front.add_argument(
        "--report",
        type=place,
        metavar="FILE",
        help="a page about the automata on the front, with picture and table, .html",
    )
    front.add_argument(
        "--words", type=place, metavar="FILE", help="words like those that matter, to learn from and to judge with"
    )
    front.add_argument(
        "--seconds",
        type=positive,
        help="for all kinds together, in equal parts (default: 120, and no limit where --effort is given)",
    )
    front.add_argument("--effort", type=positive, metavar="N", help="the same as work, which is the same on every machine")
    answering(front)
    network(front)


def add_grid(command: Command) -> None:
    """Add the options of `grid`."""
    grid = command(
        "grid",
        "what a classifier's answers add to true labels: students for each weight α and temperature T, with several seeds",
        "nerode grid checkpoints/splice --student regression --words splice.tsv --out grid.svg",
    )
    grid.add_argument("checkpoint", type=asked, help=CHECKPOINT)
    kinds = tuple(name for name in STUDENTS if name not in METHODS)
    grid.add_argument("--student", required=True, choices=kinds, help="the kind of student, as in `nerode distill`")
    grid.add_argument("--words", required=True, type=place, metavar="FILE", help="words with their true labels")
    grid.add_argument(
        "--test", type=place, metavar="FILE", help="others to judge with, which the network was not trained on (default: a fifth)"
    )
    grid.add_argument("--alphas", type=numbers(0, 1), metavar="X[,X…]", help="weights of labels (default: 0,.1,.25,.5)")
    grid.add_argument("--temperatures", type=numbers(1), metavar="T[,T…]", help="at which answers are compared (default: 1,3,8)")
    grid.add_argument("--seeds", type=whole(1), default=5, metavar="N", help="students of each (default: 5)")
    grid.add_argument("--effort", type=positive, default=3.0, metavar="N", help="the work of each student (default: 3)")
    grid.add_argument("--out", type=place, metavar="FILE", help="the picture, .svg, .png or .pdf")
    _of_kinds(grid)
    answering(grid)
    network(grid)


def add_stream(command: Command) -> None:
    """Add the options of `stream`."""
    stream = command(
        "stream",
        "let a teacher and a student learn together from a stream of labelled words: what does distillation gain?",
        "nerode stream words.tsv --arch lstm --student gru --from 8 --out streamed --plot curves.svg",
    )
    stream.add_argument("source", type=place, metavar="FILE", help="words with labels, in the order in which they come")
    stream.add_argument("--out", type=place, required=True, metavar="DIR", help="the checkpoint directory of the student")
    stream.add_argument("--force", action="store_true", help="overwrite a network that is there already")
    stream.add_argument("--arch", dest="teacher", choices=NETWORKS, help="the teacher (default: lstm)")
    stream.add_argument("--student", choices=NETWORKS, help="the student (default: gru)")
    stream.add_argument(
        "--from",
        dest="start",
        type=whole(1, 21),
        metavar="N",
        help="the window from which on the student learns from the teacher too, of 21 (default: 8)",
    )
    stream.add_argument("--hidden", type=whole(1, MOST), metavar="N", help="the width of the teacher (default: 32)")
    stream.add_argument("--student-hidden", type=whole(1, MOST), metavar="N", help="the width of the student (default: 8)")
    stream.add_argument(
        "--alpha", type=not_negative, metavar="X", help="the weight of labels beside the teacher, below 1 (default: 0.5)"
    )
    stream.add_argument(
        "--temperature", type=positive, metavar="T", help="at which answers are compared, from 1 to 1,000,000 (default: 1)"
    )
    stream.add_argument("--seeds", type=whole(1), default=5, metavar="N", help="streams with other first weights (default: 5)")
    stream.add_argument("--plot", type=place, metavar="FILE", help="a picture of the curves, .svg, .png or .pdf")
    stream.add_argument("--alphabet", type=alphabet, metavar="SYMBOLS", help="of the words (default: those that occur)")
    stream.add_argument("--seconds", type=positive, help="stop by then with what was done (default: no limit)")


def _of_kinds(command: argparse.ArgumentParser) -> None:
    """Add the settings of kinds of students."""
    command.add_argument(
        "--order", type=whole(1), metavar="N", help="letters of the longest n-grams that are counted (default: 3)"
    )
    command.add_argument(
        "--places",
        type=whole(0),
        metavar="N",
        help="how many places from the start and from the end are looked at (default: 8, or all where all words are as long)",
    )
    command.add_argument("--hidden", type=whole(1, MOST), metavar="N", help="networks: the width of each layer (default: 8)")
    command.add_argument("--layers", type=whole(1, 10), metavar="N", help="networks: how many layers (default: 1)")
    command.add_argument(
        "--depth", type=whole(1), metavar="N", help="soft trees: filters from the root to a leaf, at most (default: 4)"
    )
    command.add_argument(
        "--answer-by",
        choices=("path", "mean"),
        help="soft trees: the answer of the leaf that a word most probably reaches (default), or the mean of all",
    )
    command.add_argument(
        "--node-words",
        type=whole(20),
        metavar="N",
        help="trepan: from at least so many words of a node its test is chosen (default: 1000)",
    )
