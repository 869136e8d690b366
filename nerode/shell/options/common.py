"""What the options of several commands share. Nothing heavy is imported here, so that --help answers at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NoReturn

from nerode.shell.arguments import alphabet, classes, device, place, positive, share, share_or_auto, whole
from nerode.shell.console import BAD_INPUT

MOST = 10**7  # words, letters, cells: more would be refused later anyway, when memory runs out

EXACT = (
    "the network answers a word alike to the last bit, whatever is asked beside it and on every processor; asking takes up to "
    "three times as long; not for models whose arithmetic is the transformers library's, and not on a CUDA device"
)

CHECKPOINT = (
    "a checkpoint directory, a Hugging Face directory, a TAYSIR model, an automaton file, a program (exec:COMMAND), or a service "
    "(http://HOST/PATH)"
)
OUTSIDE = ("reads", "gives", "classes", "longest", "tags", "timeout", "batch", "rate", "request", "answer", "headers")
"""The options of programs and services; None where they are not given."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the whole usage. Options are not abbreviated: `--alpha` is no `--alphabet`."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **{"allow_abbrev": False, **settings})

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Return the options; what a command does not know is told in its name."""
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            name = f"{self.prog} {found.command}"
            self.exit(BAD_INPUT, f"{name}: unrecognized arguments: {' '.join(unknown)}; see {name} --help\n")
        return found

    def error(self, message: str) -> NoReturn:
        """Exit with code 2."""
        self.exit(BAD_INPUT, f"{self.prog}: {message}; see {self.prog} --help\n")


POSSIBLE = (
    "a language model is asked which words are possible: a word is accepted if each of its letters, and its end, has a "
    "probability of more than X; methods of classifiers then learn the language (auto: X lies where few letters are)"
)
Command = Callable[[str, str, str], Parser]
"""Makes the parser of a command from its name, a summary, and an example."""


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
        help="Hugging Face models: what words are made of, each symbol one or several tokens of the model; symbols between "
        'spaces, or, where there are no spaces, single characters; "$(cat FILE)" takes them from a file (default: all tokens '
        "that are no markers, where these are not too many); programs and services need it",
    )
    added.add_argument(
        "--head",
        type=place,
        metavar="FILE",
        help="Hugging Face base models: the weights of a linear head, .pt or .safetensors",
    )
    added.add_argument(
        "--pooling",
        choices=("last", "first", "mean"),
        help="what the head reads: the last hidden state (default), the first, or their mean",
    )
    outside(added)


def answering(added: Parser) -> None:
    """Options of the commands that compare or learn, on how a network answers."""
    added.add_argument("--exact", action="store_true", help=EXACT)
    added.add_argument("--possible", type=share_or_auto, metavar="X", help=POSSIBLE)
    added.add_argument(
        "--top-k", type=whole(1, MOST), metavar="K", help="of a language model: the K likeliest symbols alone may follow"
    )
    added.add_argument(
        "--top-p", type=share, metavar="X", help="the same: the fewest likeliest symbols that have the probability X together"
    )


def labelled(added: Parser) -> None:
    """The option of the commands that take a table in the place of a network."""
    added.add_argument(
        "--label",
        metavar="COLUMN",
        help="a table in the place of a network: its labels are in this column (default: label, class, …)",
    )


def outside(added: Parser) -> None:
    """Options of programs and services."""
    group = added.add_argument_group("programs and services (exec:COMMAND, http://HOST/PATH)")
    group.add_argument(
        "--reads",
        choices=("text", "symbols", "indices"),
        help="how words are written: joined (default), apart, or as numbers",
    )
    group.add_argument(
        "--gives",
        choices=("labels", "scores", "values", "probabilities", "next"),
        help="what answers are (default: what a look at some hundred of them says)",
    )
    group.add_argument("--classes", type=classes, metavar="NAME,NAME…", help="all labels, in the order of their classes")
    group.add_argument("--longest", type=whole(0, MOST), metavar="N", help="ask no words of more letters")
    group.add_argument(
        "--tags",
        action="store_const",
        const=True,
        help="an answer for each letter of a word, as a tagger gives (default: what a look says)",
    )
    group.add_argument("--timeout", type=positive, metavar="X", help="seconds that an answer may take (default: 60)")
    group.add_argument("--batch", type=whole(1, MOST), metavar="N", help="services: words in a request (default: 64)")
    group.add_argument("--rate", type=positive, metavar="X", help="services: requests a second at most")
    group.add_argument(
        "--request",
        metavar="JSON",
        help='services: the body, with "{words}" for a list of words or "{word}" for one (default: {"words": "{words}"})',
    )
    group.add_argument("--answer", metavar="A.B.C", help="services: where the answers are in a response")
    group.add_argument("--headers", type=place, metavar="FILE", help="services: headers of requests, a line Name: value each")
