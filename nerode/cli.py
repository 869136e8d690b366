"""The shell: arguments to objects to printed result. No algorithm lives here, and nothing heavy is imported for --help."""

from __future__ import annotations

import argparse
import atexit
import json
import math
import os
import re
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from nerode import __version__
from nerode.console import BAD_INPUT, INTERRUPTED, STOPPED, Status, ignore_interruptions
from nerode.errors import BudgetExhausted, InputError, NerodeError

MOST = 10**7  # words, letters, cells: more would be refused later anyway, when memory runs out

EXACT = (
    "the network answers a word alike to the last bit, whatever is asked beside it; asking takes two to four times as long, "
    "and whole words of a causal transformer about ten times"
)

CHECKPOINT = "a checkpoint directory, a Hugging Face directory, a TAYSIR model, or an automaton file"

NO_MEMORY = ("can't allocate memory", "CUDA out of memory")  # which is how torch says it

EPILOG = """\
exit codes:
  0  done
  2  bad input; one sentence on stderr says what is wrong
  3  stopped by a limit or by Ctrl-C, with the best automaton so far written,
     unless stderr says that there was none yet
  130  interrupted by Ctrl-C with nothing to write
"""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the whole usage."""

    def error(self, message: str) -> NoReturn:
        """Exit with code 2."""
        self.exit(BAD_INPUT, f"{self.prog}: {message}; see {self.prog} --help\n")


def parser() -> Parser:
    """The whole command line."""
    top = Parser(
        prog="nerode",
        description="Extract readable automata from trained sequence models, and say how far they agree.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"nerode {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, summary: str, example: str) -> Parser:
        added: Parser = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.add_argument("--json", action="store_true", help="print one JSON object on stdout, everything else on stderr")
        added.add_argument("--seed", type=whole(0), default=0, help="the same seed gives the same answer (default: 0)")
        return added

    def network(added: Parser) -> None:
        """Options of the commands that ask a network."""
        added.add_argument(
            "--device",
            type=device,
            default="auto",
            metavar="NAME",
            help="where the network is asked: cpu, cuda, or cuda:N (default: auto, a CUDA device where there is one)",
        )
        added.add_argument(
            "--alphabet",
            type=alphabet,
            metavar="SYMBOLS",
            help="Hugging Face models: what words are made of, each symbol a token of the model; symbols between spaces, or, "
            'where there are no spaces, single characters; "$(cat FILE)" takes them from a file (default: all tokens that are '
            "no markers, where these are not too many)",
        )

    inspect = command("inspect", "say what a checkpoint holds and what asking it costs", "nerode inspect checkpoints/tomita-5")
    inspect.add_argument("checkpoint", type=place, help=CHECKPOINT)
    inspect.add_argument(
        "--check", type=whole(1, MOST), metavar="N", help="ask N random words in several ways and say how far the answers differ"
    )
    network(inspect)

    train = command(
        "train",
        "train a network on a known language",
        "nerode train tomita-5 --arch gru --out checkpoints/tomita-5",
    )
    train.add_argument("language", help="such as tomita-5, dyck-2-depth-4-fillers-3, counting-3, random-pdfa-5-letters-4")
    train.add_argument("--out", type=place, required=True, metavar="DIR", help="the checkpoint directory to write")
    train.add_argument("--force", action="store_true", help="overwrite a network that is there already")
    train.add_argument("--arch", choices=("rnn", "gru", "lstm", "transformer"), default="gru", help="default: gru")
    train.add_argument("--hidden", type=whole(1, MOST), default=32, help="width of the state (default: 32)")
    train.add_argument("--layers", type=whole(1, MOST), default=1, help="layers of cells or blocks (default: 1)")
    train.add_argument("--bidirectional", action="store_true", help="read in both directions (classifiers)")
    train.add_argument("--words", type=whole(4, MOST), default=4000, help="words to train on (default: 4000)")
    train.add_argument("--longest", type=whole(1, MOST), default=30, help="their greatest length (default: 30)")

    extract = command(
        "extract",
        "extract an automaton from a checkpoint",
        "nerode extract checkpoints/tomita-5 --method lstar --out tomita-5.json",
    )
    extract.add_argument("checkpoint", type=place, help=CHECKPOINT)
    extract.add_argument(
        "--method",
        choices=("lstar", "spectral"),
        default="spectral",
        help="lstar: a minimal DFA, for classifiers; spectral: a weighted automaton, for everything (default)",
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
        help="lstar: what it learns with, a discrimination tree, which asks less (default), or an observation table",
    )
    extract.add_argument(
        "--search",
        type=names,
        action="extend",
        metavar="NAME[,NAME…]",
        help="lstar: how counterexamples are looked for, in turn: white-box, given, hypothesis, access-words, transitions, "
        "w-method, random-w-method, difference, random, exact (default: those that suit the network)",
    )
    extract.add_argument(
        "--band", type=not_negative, metavar="X", help="lstar: words whose margin is X or less are no evidence (default: 0)"
    )
    extract.add_argument(
        "--letter-classes",
        action="store_const",
        const=True,
        help="lstar: take letters to be alike until something tells them apart",
    )
    extract.add_argument("--out", type=place, metavar="FILE", help="the automaton, .json (default: CHECKPOINT.METHOD.json here)")
    extract.add_argument("--states", type=whole(1), help="spectral: how many (default: chosen); lstar: at most so many")
    extract.add_argument(
        "--seconds", type=positive, default=60.0, help="stop by then with the best automaton so far (default: 60)"
    )
    extract.add_argument(
        "--queries", type=whole(1), help="ask the network at most so many words; a verdict asks up to 1,000 more"
    )
    extract.add_argument("--words", type=place, metavar="FILE", help="words like those that matter, to learn and judge with")
    extract.add_argument(
        "--plots",
        type=place,
        metavar="DIR",
        help="a folder for plots: error by number of states, singular values, visits of states, which letters move them, and the "
        "drawing; those that an earlier extraction left there are replaced",
    )
    extract.add_argument("--exact", action="store_true", help=EXACT)
    network(extract)

    evaluate = command(
        "eval",
        "say how far an automaton agrees with a checkpoint",
        "nerode eval tomita-5.json checkpoints/tomita-5 --sample 5000 --like words.txt",
    )
    evaluate.add_argument("automaton", type=place, help="an automaton file (.json)")
    evaluate.add_argument("checkpoint", type=place, help="the checkpoint to compare with")
    evaluate.add_argument("--words", type=place, metavar="FILE", help="compare on these words")
    evaluate.add_argument("--sample", type=whole(1, MOST), metavar="N", help="compare on N fresh random words (default: 1000)")
    evaluate.add_argument("--like", type=place, metavar="FILE", help="draw their lengths from the words of this file")
    evaluate.add_argument("--exact", action="store_true", help=EXACT)
    network(evaluate)

    render = command("render", "draw an automaton", "nerode render tomita-5.json --out tomita-5.svg")
    render.add_argument("automaton", type=place, help="an automaton file (.json)")
    render.add_argument("--out", type=place, required=True, metavar="FILE", help=".svg, .png, .pdf or .dot")
    render.add_argument("--hide-sinks", action="store_true", help="leave out states from which nothing more can happen")

    convert = command("convert", "write an automaton in another format", "nerode convert tomita-5.json --out tomita-5.dot")
    convert.add_argument("automaton", type=place, help="an automaton file (.json)")
    convert.add_argument("--out", type=place, required=True, metavar="FILE", help=".json, .dot, .graphml, .svg, .png or .pdf")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever called
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  (as long as the process lives)
    options = parser().parse_args(arguments)
    # networks of this size are asked fastest by one thread; two that wait for each other can be many times slower
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # being told to end is an interruption like Ctrl-C
    atexit.register(ignore_interruptions)  # by then there is nothing to interrupt but the exit code
    status = Status()
    try:
        commands = import_module("nerode.commands")
        code, answer, text = getattr(commands, options.command)(options, status)
        status.clear()
        _print(json.dumps(answer, allow_nan=False) if options.json else text)
        return int(code)
    except BudgetExhausted as error:
        status.say(f"nerode {options.command}: {error} before anything was learned, so nothing was written; raise the limit")
        return STOPPED
    except NerodeError as error:
        status.say(f"nerode {options.command}: {error}")
        return BAD_INPUT
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not any(words in str(error) for words in NO_MEMORY):
            raise
        status.say(f"nerode {options.command}: the memory does not suffice; ask for less, or use a machine that has more")
        return BAD_INPUT
    except KeyboardInterrupt:
        status.say(f"nerode {options.command}: interrupted; nothing was written")
        return INTERRUPTED
    finally:
        # an interruption inside exec(), as imports use it, makes Python end as if killed although it was caught; this resets it
        exec("")


def _print(text: str) -> None:
    """Print on stdout, whatever characters its encoding has.

    Raises
    ------
    InputError : stdout cannot be written to
    """
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left would fail once more at the end
        if not isinstance(error, BrokenPipeError):  # there, whoever read the output has enough
            raise InputError(f"cannot print the answer: {error.strerror or error}") from error


def whole(least: int, most: float = math.inf) -> Any:
    """The type of arguments that are whole numbers from `least` to `most`."""
    wanted = f"of at least {least}" if most == math.inf else f"from {least} to {most:,}"

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be a whole number {wanted}, not {text!r}")
        return value

    return parse


def place(text: str) -> Path:
    """The type of arguments that are paths; nothing at all, as an unset variable of the shell gives, is none."""
    if not text:
        raise argparse.ArgumentTypeError("must be a path, and not empty")
    return Path(text)


def device(text: str) -> str:
    """The type of arguments that name a device; whether there is one is seen when a network is asked."""
    if not re.fullmatch(r"auto|cpu|cuda(:(0|[1-9][0-9]?))?", text):  # torch takes more, and cuda:256 for cuda:0
        raise argparse.ArgumentTypeError(f"must be auto, cpu, cuda, or cuda:N, not {text!r}")
    return text


def alphabet(text: str) -> tuple[str, ...]:
    """The type of arguments that list symbols: those between white space, or single characters where there is none."""
    parts = text.split()
    symbols = tuple(text if parts == [text] else parts)
    if not symbols:
        raise argparse.ArgumentTypeError("must be symbols, and not empty")
    for i, symbol in enumerate(symbols):
        if symbol in symbols[:i]:
            raise argparse.ArgumentTypeError(
                f"has the symbol {symbol!r} twice; give different ones, with spaces between them where they are longer than a "
                "character"
            )
    return symbols


def names(text: str) -> tuple[str, ...]:
    """The type of arguments that list names between commas; whether they are known is seen where they are used."""
    return tuple(name.strip() for name in text.split(","))


def positive(text: str) -> float:
    """The type of arguments that are numbers above 0."""
    value = _number(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text!r}")
    return value


def not_negative(text: str) -> float:
    """The type of arguments that are numbers of at least 0."""
    value = _number(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number of at least 0, not {text!r}")
    return value


def _number(text: str) -> float:
    """What a text says, no number where it says none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
