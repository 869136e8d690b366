"""The options of every command. Nothing heavy is imported here, so that --help answers at once."""

from __future__ import annotations

import argparse
from typing import NoReturn

from nerode.extraction.methods import METHODS
from nerode.shell.arguments import alphabet, asked, classes, device, names, not_negative, place, positive, share, whole
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
OUTSIDE = ("reads", "gives", "classes", "longest", "timeout", "batch", "rate", "request", "answer", "headers")
"""The options of programs and services; None where they are not given."""


EPILOG = """\
exit codes:
  0  done
  2  bad input; one sentence on stderr says what is wrong
  3  stopped by a limit or by Ctrl-C, with the best automaton so far written,
     unless stderr says that there was none yet
  130  interrupted by Ctrl-C with nothing to write
"""

SETTINGS = ("target", "refinement", "learner", "searches", "band", "letter_classes")
"""The options of `extract` that are settings of a method; None where they are not given."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the whole usage."""

    def error(self, message: str) -> NoReturn:
        """Exit with code 2."""
        self.exit(BAD_INPUT, f"{self.prog}: {message}; see {self.prog} --help\n")


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

    inspect = command("inspect", "say what a checkpoint holds and what asking it costs", "nerode inspect checkpoints/tomita-5")
    inspect.add_argument("checkpoint", type=asked, help=CHECKPOINT)
    inspect.add_argument(
        "--check", type=whole(1, MOST), metavar="N", help="ask N random words in several ways and say how far the answers differ"
    )
    network(inspect)

    importing = command(
        "import",
        "make a checkpoint of a file of weights: a torch or Lightning state dict, safetensors, a Keras or an ONNX model",
        "nerode import own.pt --alphabet abc --check answers.tsv --out own",
    )
    importing.add_argument(
        "weights",
        type=place,
        metavar="FILE",
        help="weights of recurrent layers and a read-out: .pt, .ckpt, .safetensors …, Keras' .keras, .h5, or any model in .onnx",
    )
    importing.add_argument("--out", type=place, required=True, metavar="DIR", help="the checkpoint directory to write")
    importing.add_argument("--force", action="store_true", help="overwrite a network that is there already")
    importing.add_argument(
        "--alphabet", type=alphabet, metavar="SYMBOLS", help="the letters; without --vocabulary in the order of their tokens"
    )
    importing.add_argument(
        "--vocabulary",
        type=place,
        metavar="FILE",
        help="which token is which symbol: a JSON object or list, Keras' tokenizer, torchtext's vocabulary as JSON, or a symbol "
        "a line",
    )
    for kind, read in (("start", "read before each word"), ("end", "read after each word; of a language model, its end")):
        importing.add_argument(f"--{kind}", metavar="TOKEN", help=f"the token {read}, by its number or symbol; none for none")
    importing.add_argument("--padding", metavar="TOKEN", help="the token for padding, which no word has")
    importing.add_argument(
        "--length",
        type=whole(1, MOST),
        metavar="N",
        help="pad each word to N tokens, markers included, as your own program does; longer words are not asked about",
    )
    importing.add_argument("--padding-side", choices=("left", "right"), help="where padding stands (default: right)")
    importing.add_argument(
        "--task",
        choices=("classifier", "language-model", "scores"),
        help="what the outputs are: of classes, of the next token, or values (default: by their number)",
    )
    importing.add_argument(
        "--pooling",
        choices=("last", "end", "mean", "max", "sum"),
        help="what the read-out takes: the last state (default), which reads backward at the first symbol; the output at the end "
        "of the word; or the mean, the largest or the sum over the word",
    )
    importing.add_argument("--nonlinearity", choices=("tanh", "relu"), help="the units of nn.RNN (default: tanh)")
    importing.add_argument(
        "--activation",
        choices=("relu", "tanh", "sigmoid", "gelu", "silu", "elu", "leaky-relu", "none"),
        help="what stands between the affine layers of the read-out",
    )
    importing.add_argument(
        "--check",
        type=place,
        metavar="FILE",
        help="words with the answers of your own program, which prove the reading and tell what the weights do not say: a word, "
        "a tab and numbers a line",
    )

    train = command(
        "train",
        "train a network on words of your own, or on a known language",
        "nerode train words.tsv --arch gru --out checkpoints/mine",
    )
    train.add_argument(
        "source",
        metavar="FILE|NAME",
        help="a file of words, with labels (a classifier) or without (a language model); or a language, such as tomita-5, "
        "dyck-2-depth-4-fillers-3, counting-3, random-pdfa-5-letters-4",
    )
    train.add_argument("--out", type=place, required=True, metavar="DIR", help="the checkpoint directory to write")
    train.add_argument("--force", action="store_true", help="overwrite a network that is there already")
    train.add_argument("--arch", choices=("rnn", "gru", "lstm", "transformer"), default="gru", help="default: gru")
    train.add_argument("--hidden", type=whole(1, MOST), default=32, help="width of the state (default: 32)")
    train.add_argument("--layers", type=whole(1, MOST), default=1, help="layers of cells or blocks (default: 1)")
    train.add_argument("--bidirectional", action="store_true", help="read in both directions (classifiers)")
    train.add_argument("--seconds", type=positive, help="stop by then with the best network so far (default: no limit)")
    train.add_argument("--steps", type=whole(1, MOST), help="stop after so many steps instead (default: 20000)")
    train.add_argument("--alphabet", type=alphabet, metavar="SYMBOLS", help="FILE: its symbols (default: those that occur)")
    train.add_argument("--validation", type=share, metavar="X", help="FILE: the share of words to judge with (default: 0.15)")
    train.add_argument("--words", type=whole(4, MOST), help="NAME: words to train on (default: 4000)")
    train.add_argument("--longest", type=whole(1, MOST), help="NAME: their greatest length (default: 30)")

    extract = command(
        "extract",
        "extract an automaton from a checkpoint",
        "nerode extract checkpoints/tomita-5 --method lstar --out tomita-5.json",
    )
    extract.add_argument("checkpoint", type=asked, help=CHECKPOINT)
    extract.add_argument(
        "--method",
        choices=tuple(METHODS),
        help="; ".join(f"{name}: {method.summary}" for name, method in METHODS.items())
        + " (default: lstar where a program or a service gives labels only, else spectral)",
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
        dest="searches",
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
    evaluate.add_argument("checkpoint", type=asked, help="the checkpoint to compare with")
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
