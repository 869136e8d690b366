"""Options of the commands that read and make networks."""

from __future__ import annotations

from nerode.shell.arguments import alphabet, asked, names, place, positive, share, some_of, whole
from nerode.shell.options.common import CHECKPOINT, MOST, Command, network

FUNCTIONS = ("relu", "tanh", "sigmoid", "gelu", "silu", "elu", "leaky-relu", "none")
"""Those of a read-out; torch is not loaded for them."""


def add_inspect(command: Command) -> None:
    """Add the options of `inspect`."""
    inspect = command("inspect", "say what a checkpoint holds and what asking it costs", "nerode inspect checkpoints/tomita-5")
    inspect.add_argument("checkpoint", type=asked, help=CHECKPOINT)
    inspect.add_argument(
        "--check", type=whole(1, MOST), metavar="N", help="ask N random words in several ways and say how far the answers differ"
    )
    inspect.add_argument("--word", metavar="WORD", help="trees: show the path of this word, not the top of the tree")
    inspect.add_argument(
        "--lines",
        type=whole(1, MOST),
        default=20,
        metavar="N",
        help="lines of how a student or a grammar decides, at most (default: 20)",
    )
    network(inspect)


def add_import(command: Command) -> None:
    """Add the options of `import`."""
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
        type=some_of(*FUNCTIONS),
        metavar="NAME[,NAME…]",
        help=f"what stands between affine layers of the read-out: {', '.join(FUNCTIONS)}; one for all places, or one for each",
    )
    importing.add_argument(
        "--network",
        metavar="NAME",
        help="which of several networks in the file, such as ema or net.critic, or which output of an ONNX model (default: the "
        "one that gives the answers of --check, or else the first)",
    )
    importing.add_argument(
        "--without",
        type=names,
        default=(),
        metavar="NAME[,NAME…]",
        help="leave out the weights of layers that take no part in the answer, such as a second head",
    )
    importing.add_argument(
        "--check",
        type=place,
        metavar="FILE",
        help="words with the answers of your own program, which prove the reading and tell what the weights do not say: a word, "
        "a tab and numbers a line",
    )


def add_train(command: Command) -> None:
    """Add the options of `train`."""
    train = command(
        "train",
        "train a network on words or a table of your own, or on a known language",
        "nerode train words.tsv --arch gru --out checkpoints/mine",
    )
    train.add_argument(
        "source",
        metavar="FILE|NAME",
        help="a file of words, with labels (a classifier) or without (a language model); a CSV table with a header; a language, "
        "such as tomita-5, dyck-2-depth-4-fillers-3, lg7, counting-3, random-pdfa-5-letters-4; digits or breast-cancer, "
        "tables of scikit-learn; or a data set, which nerode datasets lists",
    )
    train.add_argument("--out", type=place, required=True, metavar="DIR", help="the checkpoint directory to write")
    train.add_argument("--force", action="store_true", help="overwrite a network that is there already")
    train.add_argument(
        "--arch",
        choices=("rnn", "gru", "lstm", "transformer", "mlp", "conv", "ssm", "gla", "encoder"),
        help="a recurrent network, a causal transformer, mlp: a feed-forward network on words of one length, conv: a convolution "
        "over time, ssm: a state-space model, gla: gated linear attention, encoder: a transformer encoder, for classifiers "
        "(default: gru, and for tables mlp)",
    )
    train.add_argument("--hidden", type=whole(1, MOST), default=32, help="width of the state (default: 32)")
    train.add_argument(
        "--layers", type=whole(1, MOST), help="layers of cells or blocks (default: 1; of ssm, gla and encoder 2, of conv 4)"
    )
    train.add_argument("--bidirectional", action="store_true", help="read in both directions (classifiers)")
    train.add_argument("--seconds", type=positive, help="stop by then with the best network so far (default: no limit)")
    train.add_argument("--steps", type=whole(1, MOST), help="stop after so many steps instead (default: 20000)")
    train.add_argument(
        "--schedule",
        choices=("constant", "cosine", "plateau"),
        default="constant",
        help="the learning rate: constant (default), or after a warm-up halved where nothing is gained (plateau) or falling to 0 "
        "at the last step (cosine)",
    )
    train.add_argument(
        "--thin",
        type=share,
        default=0.0,
        metavar="X",
        help="take neurons away while the network learns: 0.1 many, 0.03 fewer (default: none); recurrent and feed-forward "
        "networks and transformers",
    )
    train.add_argument(
        "--resume", action="store_true", help="go on with the training in --out that was interrupted or stopped by a limit"
    )
    train.add_argument("--alphabet", type=alphabet, metavar="SYMBOLS", help="FILE: its symbols (default: those that occur)")
    train.add_argument(
        "--label", metavar="COLUMN", help="FILE: a table whose labels are in this column (default: label, class, …)"
    )
    train.add_argument("--bins", type=whole(2, 100), metavar="N", help="tables: bins of a column of numbers (default: 8)")
    train.add_argument("--validation", type=share, metavar="X", help="FILE: the share of words to judge with (default: 0.15)")
    train.add_argument("--data", type=place, metavar="FOLDER", help="where the files of a data set are; see nerode datasets")
    train.add_argument("--words", type=whole(4, MOST), help="NAME: words to train on (default: 4000)")
    train.add_argument("--longest", type=whole(1, MOST), help="NAME: their greatest length (default: 30)")
