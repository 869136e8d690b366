"""From a network that was recognised, a vocabulary and answers to a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

from nerode.errors import InputError
from nerode.links import LANGUAGE_MODEL, Link
from nerode.teachers.encoding import Encoding
from nerode.teachers.imports import transformers
from nerode.teachers.imports.agreement import FEW, Agreement, outputs_of, probes_of, proved, rivals
from nerode.teachers.imports.assembly import Vocabulary, assembled, check_padding, task_of
from nerode.teachers.imports.parts import Norm, Parts, is_norm
from nerode.teachers.imports.proof import PROBED, Answers, Asked, doubt, framings_of, proved_in, rival_framings, words_of
from nerode.teachers.imports.readings import Reading, near, network_of, readings
from nerode.teachers.imports.transformers import Transformer, TransformerReading
from nerode.teachers.imports.vocabulary import Reads, vocabulary_of
from nerode.teachers.model import TrainedModel


@dataclass(frozen=True)
class Imported:
    """A network that was read from a file of weights.

    Parameters
    ----------
    model : the network with its alphabet
    reading : what is not in the weights; None for a network that was not read from them
    framing : the tokens around a word
    assumed : what was taken for granted, in sentences; with answers only what they do not show
    proof : how far the network agrees with the answers that were given; None where there were none
    asked : how a network that came with its program is asked, and why so, in a sentence
    network : which of several networks in a file gives the answers; None where there was one, or there were no answers
    tokens : the token of each letter, of the markers and of the padding, in words
    aside : the names of tensors in the file that are no weights of a layer and were left aside
    """

    model: TrainedModel
    reading: Reading | TransformerReading | None
    framing: str
    assumed: tuple[str, ...]
    proof: Agreement | None
    asked: str | None = None
    network: str | None = None
    tokens: str = ""
    aside: tuple[str, ...] = ()


OUTSIDE = (
    "; or the network computes more than is read from weights (such as a mean over a transformer without a causal mask, or a sum "
    "past a layer): nerode.teacher(module, alphabet) in Python asks any module as it is"
)
"""Where the fault may be, too, if no reading of weights gives the answers."""


PARAMETERS = {"leaky-relu": "has the slope 0.01", "elu": "has the scale 1", "gelu": "is the exact one"}
"""What is taken for granted about functions."""


@dataclass(frozen=True)
class Wanted:
    """What the user says about a network; None for what is not said.

    Parameters
    ----------
    alphabet : the letters, in the order of their tokens where there is no vocabulary
    vocabulary : the token of each symbol
    start, end, padding : tokens that are no letters, as text; see `vocabulary_of`
    length, left : the number of tokens that words are padded to, and whether on the left
    task : "classifier", "language-model" or "scores"
    pooling, nonlinearity : as in Reading
    activation : the functions between the affine layers of the read-out, "none" for none: one for all places, or one for each
    network : which of several networks in a file, by the names that lead to it
    without : the names of layers that take no part in the answer
    most : readings that are compared with answers
    epsilon : that of layer norms, where the library that wrote the weights has another default than torch
    """

    alphabet: Sequence[str] | None = None
    vocabulary: dict[str, int] | None = None
    start: str | None = None
    end: str | None = None
    padding: str | None = None
    length: int | None = None
    left: bool | None = None
    task: str | None = None
    pooling: str | None = None
    nonlinearity: str | None = None
    activation: tuple[str, ...] | None = None
    network: str | None = None
    without: tuple[str, ...] = ()
    most: int = 5000
    epsilon: float | None = None


def imported(parts: Parts, wanted: Wanted, origin: str, answers: Answers | None, known: Reading | None = None) -> Imported:
    """Return the model of a network in parts.

    Parameters
    ----------
    known : the reading, where the file says all of it
    """
    vocabulary = wanted_vocabulary(parts, wanted)
    task, taken = task_of(parts, vocabulary, wanted.task)
    check_padding(vocabulary, task)
    if known is not None:
        refuse_reading(wanted, "the file says what these options say")
    if parts.doubtful and answers is None:
        raise InputError(
            f"it holds weights that no recurrent network of nerode has: {', '.join(parts.doubtful[:6])}; give --check FILE with "
            "answers of your own program, which show whether they matter, or hand the module to nerode.teacher in Python"
        )
    reading, fixed = _given(parts, wanted)
    proof = None
    assumed = [*parts.told, *([taken] if taken else [])]
    if answers is not None:
        asked, framings = asked_about(vocabulary, wanted, answers, task)
        candidates = [known] if known else list(islice(readings(parts, reading, fixed), wanted.most + 1))
        beyond = "" if known else _without(parts.aside) + OUTSIDE
        if len(candidates) > wanted.most:
            candidates.pop()
            beyond = f"; only the {wanted.most:,} likeliest readings were tried, so say what you know by options{beyond}"
        make = partial(network_of, parts)
        reading, vocabulary, proof = proved_in(
            framings, asked, lambda tokens: proved(make, candidates, tokens, asked.answers, task),
            beyond,
        )  # fmt: skip
        probes = probes_of(parts.tokens, PROBED)
        others = rivals(make, reading, near(reading, candidates), probes, asked.tokens(vocabulary), asked.answers, task)
        assumed += doubted(reading, others, vocabulary, framings, asked, proof, make(reading))
    else:
        reading = known or reading
        assumed += [*vocabulary.told, *([] if known else _taken(parts, reading, fixed, task))]
    final, encoding, link = assembled(parts, vocabulary, task)
    return _imported(network_of(final, reading), encoding, link, reading, vocabulary, assumed, proof, origin, parts.aside)


def imported_transformer(found: Transformer, wanted: Wanted, origin: str, answers: Answers | None) -> Imported:
    """Return the model of a causal transformer, which answers have to prove: the weights do not say enough."""
    refuse_reading(
        wanted,
        "these options are for recurrent networks; transformers are read causal and at the last token, and in Python "
        "nerode.teacher(module, alphabet) asks any other module",
    )
    vocabulary = wanted_vocabulary(found, wanted)
    if answers is None:
        raise InputError(
            "the weights of a transformer do not say how many heads it has, where its norms stand, and its units; give --check "
            "FILE with answers of your own program, or hand the module to nerode.teacher in Python"
        )
    task, taken = task_of(found, vocabulary, wanted.task)
    check_padding(vocabulary, task)
    positions = found.spec.positions or None
    asked, framings = asked_about(vocabulary, wanted, answers, task, 1, positions)
    candidates = list(transformers.readings(found, transformers.possible_heads(found)))
    make = partial(transformers.network_of, found)
    reading, vocabulary, proof = proved_in(
        framings, asked, lambda tokens: proved(make, candidates, tokens, asked.answers, task), _without(found.aside) + OUTSIDE
    )
    if 0 not in asked.room(vocabulary):
        raise InputError(
            "its words have no marker, so that nothing answers for the empty word; in Python, nerode.teacher(module, alphabet) "
            "asks the module and invents that answer"
        )
    probes = probes_of(found.tokens, min(PROBED, positions or PROBED))
    others = rivals(make, reading, candidates, probes, asked.tokens(vocabulary), asked.answers, task)
    assumed = [*([taken] if taken else []), *doubted(reading, others, vocabulary, framings, asked, proof, make(reading))]
    final, encoding, link = transformers.assembled(found, reading, vocabulary, task)
    return _imported(final, encoding, link, reading, vocabulary, assumed, proof, origin, found.aside)


def refuse_reading(wanted: Wanted, reason: str) -> None:
    """Raise InputError for options about what is not in weights, where they do not count."""
    for name in ("pooling", "nonlinearity", "activation"):
        if getattr(wanted, name) is not None:
            raise InputError(f"{reason}; leave --{name} out")


def wanted_vocabulary(found: Reads, wanted: Wanted) -> Vocabulary:
    """Return which token is which letter, as the user says and as the network has it."""
    if wanted.left is not None and wanted.length is None:
        raise InputError("--padding-side says where words are padded; say to how many tokens, --length N, or leave it out")
    return vocabulary_of(
        found, wanted.alphabet, wanted.vocabulary, wanted.start, wanted.end, wanted.padding, wanted.length, wanted.left
    )


def asked_about(
    vocabulary: Vocabulary, wanted: Wanted, answers: Answers, task: str, least: int = 0, most: int | None = None
) -> tuple[Asked, list[Vocabulary]]:
    """Return what was asked of a network that reads `least` to `most` tokens, and the framings of its words that may be right."""
    asked = Asked(words_of(answers, vocabulary.alphabet), answers.numbers, task, least, most)
    free = [kind for kind, said in (("start", wanted.start), ("end", wanted.end), ("side", wanted.left)) if said is None]
    return asked, framings_of(vocabulary, free, asked)


def doubted(
    reading: object, others: Iterable[object], vocabulary: Vocabulary, framings: list[Vocabulary], asked: Asked, proof: Agreement,
    network: Any,
) -> list[str]:  # fmt: skip
    """Return sentences about another reading or framing that gives all answers too, and about answers that show little."""
    framed = rival_framings(vocabulary, framings, asked, partial(outputs_of, network))
    said = [doubt(reading, other) for other in islice(others, 1)]
    said += [doubt(vocabulary.framing, other.framing) for other in islice(framed, 1)]
    if proof.form == "labels":
        said.append("only classes were compared, which show a wrong reading less surely than numbers")
    if len(proof.errors) < FEW:
        count = len(proof.errors)
        said.append(f"only {count} word{' was' if count == 1 else 's were'} checked; give some hundred")
    return said


def _imported(
    network: Any, encoding: Encoding, link: Link, reading: Reading | TransformerReading, vocabulary: Vocabulary,
    assumed: list[str], proof: Agreement | None, origin: str, aside: tuple[str, ...],
) -> Imported:  # fmt: skip
    if link.task == LANGUAGE_MODEL and vocabulary.end is None:
        assumed.append("no token is the end of a word, so that no word ever ends, and no figure counts an end; --end N names one")
    model = TrainedModel(network, vocabulary.alphabet, link, encoding, network.spec.width, str(network.spec), origin)
    return Imported(model, reading, vocabulary.framing, tuple(assumed), proof, tokens=vocabulary.spelled, aside=aside)


def _without(aside: tuple[str, ...]) -> str:
    """Return a part of a sentence about tensors that were left aside and may be what is missing."""
    return f"; left aside were {', '.join(aside[:6])}{' …' if len(aside) > 6 else ''}" if aside else ""


def _given(parts: Parts, wanted: Wanted) -> tuple[Reading, frozenset[str]]:
    """Return the reading with what the user says, and the names of what is said."""
    said: dict[str, Any] = {name: value for name in ("pooling", "nonlinearity") if (value := getattr(wanted, name))}
    reading = replace(Reading(functions=("relu",) * parts.gaps, epsilon=wanted.epsilon or 1e-5), **said)
    if wanted.nonlinearity == "relu" and parts.cell != "rnn":
        raise InputError(f"its cells are of the kind {parts.cell}, which has no other nonlinearity; leave --nonlinearity out")
    if wanted.pooling == "end" and len(parts.layers[0]) == 1:
        reading = replace(reading, pooling="last")
    if wanted.activation is not None and not parts.gaps:
        raise InputError("its read-out is one affine layer, so that nothing stands between layers; leave --activation out")
    if wanted.activation is not None:
        if len(wanted.activation) not in (1, parts.gaps):
            raise InputError(
                f"--activation names {len(wanted.activation)} functions, and there are {parts.gaps} places between the affine "
                "layers of the read-out; name one for all of them, or one for each"
            )
        reading = replace(reading, functions=wanted.activation * (parts.gaps // len(wanted.activation)))
        said["functions"] = wanted.activation
    return reading, frozenset(said)


def _taken(parts: Parts, reading: Reading, fixed: frozenset[str], task: str) -> Iterator[str]:
    """Yield what is taken for granted of a reading that no answers prove.

    Raises
    ------
    InputError : functions between affine layers that nobody named
    """
    if parts.gaps and "functions" not in fixed:
        names = " and ".join(layer.name for layer in parts.head)
        raise InputError(
            f"the read-out has the layers {names}, and what stands between them is not in the file; say --activation relu, tanh, "
            "gelu … or none, or give --check FILE with answers of your own program"
        )
    if len(parts.head) > 1 and not any("follow each other" in said for said in parts.told):
        names = ", ".join(layer.name for layer in parts.head)
        yield f"the layers follow each other in this order: {names} (--without NAME if one takes no part, such as a second head)"
    for function in dict.fromkeys(reading.functions):
        if function in PARAMETERS:
            yield f"{function} {PARAMETERS[function]}, as in torch"
    if "pooling" not in fixed and task != LANGUAGE_MODEL:
        both = ", the last of each direction," if len(parts.layers[0]) > 1 else ""
        yield f"the last state{both} is read out (--pooling mean, max … if not)"
    if parts.cell == "rnn" and "nonlinearity" not in fixed:
        yield "the cells are of tanh units (--nonlinearity relu if not)"
    if any(isinstance(layer, Norm) for layer in parts.head):
        yield f"the epsilon of layer norms is {'1e-5, as in torch' if reading.epsilon == 1e-5 else '1e-3, as in Keras'}"
    if parts.gaps and any(map(is_norm, parts.head)):
        yield "functions stand behind norms, not before them"
    yield _nothing_else(parts)
    yield "nothing was compared with your own program; --check FILE does so"


def _nothing_else(parts: Parts) -> str:
    """Return a sentence about all that a program may do without weights."""
    places = "the cells and the read-out" if parts.table is None else "the embedding, the cells and the read-out"
    shortcut = ", no layer is passed by" if len(parts.layers) + len(parts.head) > 2 else ""
    state = "; of LSTM cells the hidden state is read, not the cell state" if parts.cell == "lstm" else ""
    return f"no function and no factor stands between {places}{shortcut}, and states begin at zero{state}"
