"""Options of `extract`."""

from __future__ import annotations

from nerode.extraction.methods import METHODS
from nerode.shell.arguments import asked, names, not_negative, place, positive, sizes, whole
from nerode.shell.options.common import CHECKPOINT, Command, answering, labelled, network

SETTINGS = ("target", "refinement", "learner", "searches", "band", "letter_classes", "calls", "returns", "order")
"""The options of `extract` that are settings of a method; None where they are not given."""


def add_extract(command: Command) -> None:
    """Add the options of `extract`."""
    extract = command(
        "extract",
        "extract an automaton from a checkpoint",
        "nerode extract checkpoints/tomita-5 --method lstar --out tomita-5.json",
    )
    extract.add_argument(
        "checkpoint", type=asked, help=f"{CHECKPOINT}; or a file of words or a table with labels, and no network"
    )
    extract.add_argument(
        "--method",
        choices=tuple(METHODS),
        help="; ".join(f"{name}: {method.summary}" for name, method in METHODS.items())
        + " (default: lstar where a program or a service gives labels only, and with --possible; else spectral)",
    )
    extract.add_argument(
        "--target",
        choices=("scores", "labels", "probabilities"),
        help="what the spectral method learns: scores, the numbers before the decision (default); labels of a classifier; "
        "probabilities, the weighted automaton of the probabilities of a language model's words",
    )
    extract.add_argument(
        "--refinement",
        choices=("gradient", "least-squares", "none"),
        help="how the automaton of the spectral method is fitted to more words in the end: gradient (default), least-squares, or "
        "none",
    )
    extract.add_argument(
        "--learner",
        choices=("tree", "table"),
        help="lstar, cfg: what it learns with, a discrimination tree, which asks less (default), or an observation table",
    )
    extract.add_argument(
        "--search",
        dest="searches",
        type=names,
        action="extend",
        metavar="NAME[,NAME…]",
        help="lstar, cfg: how counterexamples are looked for, in turn: white-box, given, hypothesis, access-words, transitions, "
        "w-method, random-w-method, difference, random, exact (default: those that suit the network)",
    )
    extract.add_argument(
        "--band", type=not_negative, metavar="X", help="lstar, cfg: words whose margin is X or less are no evidence (default: 0)"
    )
    extract.add_argument(
        "--letter-classes",
        action="store_const",
        const=True,
        help="lstar, cfg: take letters to be alike until something tells them apart",
    )
    for option, what in (("calls", "push: they open brackets"), ("returns", "pop: they close brackets")):
        extract.add_argument(
            f"--{option}", metavar="SYMBOLS", help=f"vpa: the letters that {what}, as in a word (default: they are found)"
        )
    extract.add_argument(
        "--order",
        type=whole(1),
        metavar="N",
        help="ngram: symbols of an n-gram, the next one included (default: chosen on held-out words, 6 at most)",
    )
    extract.add_argument("--out", type=place, metavar="FILE", help="the automaton, .json (default: CHECKPOINT.METHOD.json here)")
    extract.add_argument(
        "--states", type=whole(1), help="spectral: how many (default: chosen); cfg: at most so many nonterminals; others: states"
    )
    extract.add_argument(
        "--sizes",
        type=sizes,
        metavar="N[,N…]",
        help="automata of at most so many states too, from the same extraction: a table of their errors, and a file "
        "NAME.STATES.json beside the automaton for each",
    )
    extract.add_argument(
        "--seconds",
        type=positive,
        help="stop by then with the best automaton so far (default: 60, and no limit where --effort is given)",
    )
    extract.add_argument(
        "--effort",
        type=positive,
        metavar="N",
        help="do so much work instead, the same on every machine; a unit takes 1 to 7 seconds, by the network",
    )
    extract.add_argument(
        "--queries", type=whole(1), help="ask the network at most so many words; a verdict asks up to 1,000 more"
    )
    extract.add_argument("--words", type=place, metavar="FILE", help="words like those that matter, to learn and judge with")
    labelled(extract)
    extract.add_argument(
        "--plots",
        type=place,
        metavar="DIR",
        help="a folder for plots: error by number of states, singular values, visits of states, which letters move them, and the "
        "drawing; those that an earlier extraction left there are replaced",
    )
    extract.add_argument("--report", type=place, metavar="FILE", help="a page about the result, .html, that opens in any browser")
    answering(extract)
    network(extract)
