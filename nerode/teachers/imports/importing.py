"""From a network that was recognised, a vocabulary and answers to a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from nerode.errors import InputError
from nerode.links import LANGUAGE_MODEL, Link
from nerode.teachers.encoding import Encoding
from nerode.teachers.imports import transformers
from nerode.teachers.imports.assembly import Vocabulary, assembled, task_of
from nerode.teachers.imports.parts import Norm, Parts, is_norm
from nerode.teachers.imports.proof import Answers, Asked, doubt, framings_of, proved_in, rival_framings, words_of
from nerode.teachers.imports.readings import Agreement, Reading, network_of, outputs_of, proved, readings, rivals
from nerode.teachers.imports.transformers import Transformer, TransformerReading
from nerode.teachers.imports.vocabulary import Reads, vocabulary_of
from nerode.teachers.model import TrainedModel
from nerode.words import FloatArray, IntArray


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
    """

    model: TrainedModel
    reading: Reading | TransformerReading | None
    framing: str
    assumed: tuple[str, ...]
    proof: Agreement | None
    asked: str | None = None


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
    activation : the function between the affine layers of the read-out, "none" for none
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
    activation: str | None = None


def imported(parts: Parts, wanted: Wanted, origin: str, answers: Answers | None, known: Reading | None = None) -> Imported:
    """Return the model of a network in parts.

    Parameters
    ----------
    known : the reading, where the file says all of it
    """
    vocabulary = wanted_vocabulary(parts, wanted)
    task, taken = task_of(parts, vocabulary, wanted.task)
    reading, fixed = _given(parts, wanted)
    proof = None
    assumed = [*parts.told, *([taken] if taken else [])]
    if answers is not None:
        asked, framings = asked_about(vocabulary, wanted, answers, task)
        candidates = [known] if known else list(readings(parts, reading, fixed))
        reading, vocabulary, proof = proved_in(
            framings, asked, lambda tokens: proved(parts, candidates, tokens, asked.answers, task)
        )
        others = [] if known else rivals(parts, reading, fixed, asked.tokens(vocabulary), asked.answers, task)
        assumed += [doubt(reading, other) for other in islice(others, 1)]
        network = network_of(parts, reading)
        assumed += doubted(vocabulary, framings, asked, lambda tokens: outputs_of(network, tokens))
        if proof.form == "labels":
            assumed.append("only classes were compared, which show a wrong reading less surely than numbers")
    else:
        reading = known or reading
        assumed += [*vocabulary.told, *([] if known else _taken(parts, reading, fixed))]
    final, encoding, link = assembled(parts, vocabulary, task)
    return _imported(network_of(final, reading), encoding, link, reading, vocabulary, assumed, proof, origin)


def imported_transformer(found: Transformer, wanted: Wanted, origin: str, answers: Answers | None) -> Imported:
    """Return the model of a causal transformer, which answers have to prove: the weights do not say enough."""
    if wanted.pooling or wanted.nonlinearity or wanted.activation:
        raise InputError("--pooling, --nonlinearity and --activation are for recurrent networks; leave them out")
    vocabulary = wanted_vocabulary(found, wanted)
    if answers is None:
        raise InputError(
            "the weights of a transformer do not say how many heads it has, where its norms stand, and its units; give --check "
            "FILE with answers of your own program, or hand the module to nerode.teacher in Python"
        )
    task, taken = task_of(found, vocabulary, wanted.task)
    asked, framings = asked_about(vocabulary, wanted, answers, task)
    candidates = list(transformers.readings(found, transformers.possible_heads(found)))
    reading, vocabulary, proof = proved_in(
        framings, asked, lambda tokens: transformers.proved(found, candidates, tokens, asked.answers, task)
    )
    network = transformers.network_of(found, reading)
    assumed = [taken] if taken else []
    assumed += doubted(vocabulary, framings, asked, lambda tokens: transformers.outputs_of(network, tokens))
    final, encoding, link = transformers.assembled(found, reading, vocabulary, task)
    return _imported(final, encoding, link, reading, vocabulary, assumed, proof, origin)


def wanted_vocabulary(found: Reads, wanted: Wanted) -> Vocabulary:
    """Return which token is which letter, as the user says and as the network has it."""
    return vocabulary_of(
        found, wanted.alphabet, wanted.vocabulary, wanted.start, wanted.end, wanted.padding, wanted.length, wanted.left
    )


def asked_about(vocabulary: Vocabulary, wanted: Wanted, answers: Answers, task: str) -> tuple[Asked, list[Vocabulary]]:
    """Return what was asked, and the framings of its words that may be right."""
    asked = Asked(words_of(answers, vocabulary.alphabet), answers.numbers, task)
    free = [kind for kind, said in (("start", wanted.start), ("end", wanted.end), ("side", wanted.left)) if said is None]
    return asked, framings_of(vocabulary, free, max(map(len, asked.words)))


def doubted(
    vocabulary: Vocabulary, framings: list[Vocabulary], asked: Asked, outputs: Callable[[list[IntArray]], FloatArray]
) -> list[str]:
    """Return a sentence about another framing that gives all answers too, if there is one."""
    others = rival_framings(vocabulary, framings, asked, outputs)
    return [doubt(vocabulary.framing, other.framing) for other in islice(others, 1)]


def _imported(
    network: Any, encoding: Encoding, link: Link, reading: Reading | TransformerReading, vocabulary: Vocabulary,
    assumed: list[str], proof: Agreement | None, origin: str,
) -> Imported:  # fmt: skip
    if link.task == LANGUAGE_MODEL and vocabulary.end is None:
        assumed.append("no token is the end of a word, so that no word ever ends; --end N names one")
    model = TrainedModel(network, vocabulary.alphabet, link, encoding, network.spec.width, str(network.spec), origin)
    return Imported(model, reading, vocabulary.framing, tuple(assumed), proof)


def _given(parts: Parts, wanted: Wanted) -> tuple[Reading, frozenset[str]]:
    """Return the reading with what the user says, and the names of what is said."""
    said: dict[str, Any] = {name: value for name in ("pooling", "nonlinearity") if (value := getattr(wanted, name))}
    reading = replace(Reading(functions=("relu",) * parts.gaps), **said)
    if wanted.nonlinearity == "relu" and parts.cell != "rnn":
        raise InputError(f"its cells are of the kind {parts.cell}, which has no other nonlinearity; leave --nonlinearity out")
    if wanted.pooling == "end" and len(parts.layers[0]) == 1:
        reading = replace(reading, pooling="last")
    if wanted.activation is not None:
        reading = replace(reading, functions=(wanted.activation,) * parts.gaps)
        said["functions"] = wanted.activation
    return reading, frozenset(said)


def _taken(parts: Parts, reading: Reading, fixed: frozenset[str]) -> Iterator[str]:
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
    if "pooling" not in fixed:
        both = ", the last of each direction," if len(parts.layers[0]) > 1 else ""
        yield f"the last state{both} is read out (--pooling mean, max … if not)"
    if parts.cell == "rnn" and "nonlinearity" not in fixed:
        yield "the cells are of tanh units (--nonlinearity relu if not)"
    if any(isinstance(layer, Norm) for layer in parts.head):
        yield "the epsilon of layer norms is 1e-5, as in torch"
    if parts.gaps and any(map(is_norm, parts.head)):
        yield "functions stand behind norms, not before them"
    yield "nothing was compared with your own program; --check FILE does so"
