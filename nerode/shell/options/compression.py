"""Options of `shrink`."""

from __future__ import annotations

from nerode.shell.arguments import asked, names, place, positive, share, whole
from nerode.shell.options.common import Command


def add_shrink(command: Command) -> None:
    """Add the options of `shrink`."""
    shrink = command(
        "shrink",
        "make a network smaller: fewer neurons, fewer weights, fewer bits",
        "nerode shrink checkpoints/tomita-5 --by neurons,int8 --out small",
    )
    shrink.add_argument(
        "checkpoint", type=asked, help="a recurrent or feed-forward network or a transformer, in a checkpoint directory"
    )
    shrink.add_argument("--out", type=place, required=True, metavar="DIR", help="the checkpoint directory to write")
    shrink.add_argument("--force", action="store_true", help="overwrite a network that is there already")
    shrink.add_argument(
        "--by",
        type=names,
        default=("neurons",),
        metavar="WAY[,WAY…]",
        help="what is done, one after the other: neurons (and heads of attention, taken away layer by layer), magnitude (the "
        "smallest weights become 0), and one of shared (few different values), int8 and int4 (whole numbers times a scale) "
        "and int8-activations (of transformers and feed-forward networks, what affine maps read, too) (default: neurons)",
    )
    shrink.add_argument(
        "--error",
        type=positive,
        metavar="X",
        help="neurons: how far the network may be from the original: the share of words of another class, the divergence of "
        "language models in nats a symbol, the difference of values in parts of their spread (default: 0.01)",
    )
    shrink.add_argument(
        "--share", type=share, metavar="X", help="magnitude: the share of the weights that is kept (default: 0.4)"
    )
    shrink.add_argument(
        "--bits", type=whole(1, 8), metavar="N", help="shared: 2^N values for all weights of a matrix (default: 4)"
    )
    shrink.add_argument(
        "--words",
        type=place,
        metavar="FILE",
        help="words like those that matter, to learn from and to judge with; labels beside them are for judging alone",
    )
    shrink.add_argument("--plot", type=place, metavar="FILE", help="a picture of what each layer can spare, .svg, .png or .pdf")
    shrink.add_argument("--seconds", type=positive, help="stop by then (default: 60, and no limit where --effort is given)")
    shrink.add_argument("--effort", type=positive, metavar="N", help="ask for so much work instead, the same on every machine")
