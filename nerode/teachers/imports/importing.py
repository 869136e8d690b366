"""Import of a network from a file of weights: from weights, vocabulary and answers to a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nerode.errors import InputError
from nerode.links import LANGUAGE_MODEL, SCORES
from nerode.teachers.imports import keras, onnx_models
from nerode.teachers.imports.assembly import Vocabulary, assembled, encoding_of, kept_tokens, linked, task_of
from nerode.teachers.imports.chain import identity
from nerode.teachers.imports.files import read_weights
from nerode.teachers.imports.parts import Norm, Parts, is_norm
from nerode.teachers.imports.readings import (
    WITHIN,
    Agreement,
    Reading,
    agreement,
    network_of,
    outputs_of,
    proved,
    readings,
    rivals,
)
from nerode.teachers.imports.recognition import parts_of
from nerode.teachers.imports.vocabulary import vocabulary_of
from nerode.teachers.model import TrainedModel
from nerode.teachers.onnx_network import OnnxNetwork
from nerode.words import FloatArray, Words

ONNX = "ONNX model"


@dataclass(frozen=True)
class Imported:
    """A network that was read from a file of weights.

    Parameters
    ----------
    model : the network with its alphabet
    reading : what is not in the weights; None for a network that was not read from them
    assumed : what was taken for granted, in sentences; with answers only what they do not show
    proof : how far the network agrees with the answers that were given; None where there were none
    asked : how a network that came with its program is asked, and why so, in a sentence
    """

    model: TrainedModel
    reading: Reading | None
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
    task : "classifier", "language-model" or "scores"
    pooling, nonlinearity : as in Reading
    activation : the function between the affine layers of the read-out, "none" for none
    """

    alphabet: Sequence[str] | None = None
    vocabulary: dict[str, int] | None = None
    start: str | None = None
    end: str | None = None
    padding: str | None = None
    task: str | None = None
    pooling: str | None = None
    nonlinearity: str | None = None
    activation: str | None = None


def import_weights(path: str | Path, wanted: Wanted, answers: Answers | None = None) -> Imported:
    """Return the network in a file of weights.

    Raises
    ------
    InputError : a file that cannot be read or holds no network that is known, something that the file does not say and the user
        has to, or answers that no reading gives
    """
    if keras.recognises(Path(path)):
        found = keras.read_keras(path)
        if wanted.padding is None and found.padding is not None:
            wanted = replace(wanted, padding=str(found.padding))
        return imported(found.parts, wanted, f"Keras model in {Path(path).suffix} file", answers, found.reading)
    if onnx_models.recognises(Path(path)):
        try:
            return _imported_onnx(onnx_models.load(Path(path), wanted.task == SCORES), wanted, answers)
        except InputError as error:
            raise InputError(f"{path} cannot be imported: {error}") from error
    tensors, place, ordered = read_weights(path)
    try:
        parts = parts_of(tensors, ordered)
    except InputError as error:
        raise InputError(f"{path} cannot be imported: {error}") from error
    return imported(parts, wanted, f"weights in {Path(path).suffix} file{place and f', {place}'}", answers)


@dataclass(frozen=True)
class Answers:
    """Words and what the user's own program answers, as given: words as text or lists of symbols, and numbers (n, k)."""

    words: tuple[str | tuple[str, ...], ...]
    numbers: FloatArray


def imported(parts: Parts, wanted: Wanted, origin: str, answers: Answers | None, known: Reading | None = None) -> Imported:
    """Return the model of a network in parts.

    Parameters
    ----------
    known : the reading, where the file says all of it
    """
    vocabulary = vocabulary_of(parts, wanted.alphabet, wanted.vocabulary, wanted.start, wanted.end, wanted.padding)
    task, taken = task_of(parts, vocabulary, wanted.task)
    reading, fixed = _given(parts, wanted)
    proof = None
    if answers is not None:
        candidates = [known] if known else list(readings(parts, reading, fixed))
        reading, vocabulary, proof = _proved(parts, candidates, _vocabularies(vocabulary, wanted), task, answers)
    elif known:
        reading = known
    assumed = [*parts.told, *vocabulary.told, *([taken] if taken else [])]
    if proof is None and known is None:
        assumed += _taken(parts, reading, fixed)
    if task == LANGUAGE_MODEL and vocabulary.end is None:
        assumed.append("no token is the end of a word, so that no word ever ends; --end N names one")
    if proof is not None and known is None:
        words = vocabulary.encoded(vocabulary.alphabet.words(answers.words), task) if answers else []
        others = list(rivals(parts, reading, fixed, words, answers.numbers, task)) if answers else []
        if others:
            assumed.append(f"{reading}; the answers fit this one, too: {others[0]}. Give answers to more and longer words")
    if proof is not None and proof.form == "labels":
        assumed.append("only classes were compared, which show a wrong reading less surely than numbers")
    final, encoding, link = assembled(parts, vocabulary, task)
    network = network_of(final, reading)
    width = network.spec.width
    model = TrainedModel(network, vocabulary.alphabet, link, encoding, width, str(network.spec), origin)
    return Imported(model, reading, tuple(assumed), proof)


@dataclass(frozen=True)
class _Whole:
    """What is known of a model that is asked whole words: its tokens, its outputs, and the table of its embedding."""

    tokens: int
    outputs: int
    table: Tensor | None


def _imported_onnx(found: onnx_models.Found, wanted: Wanted, answers: Answers | None) -> Imported:
    """Return an ONNX model as the recurrent network that it is, or else as one that is asked whole words."""
    if not isinstance(found.read, str):
        read = found.read
        made = imported(read.parts, wanted, ONNX, answers, read.reading)
        words = len(read.proof.errors)
        asked = f"read into nerode's own engine, which gives onnxruntime's answers to {words} words up to {read.proof.worst:.0e}"
        return replace(made, asked=asked)
    named = [name for name in (wanted.start, wanted.end, wanted.padding) if name and name.isdecimal()]
    tokens = found.tokens or max(  # a model without an embedding does not say them
        len(wanted.alphabet or ()) + len(set(named)), 1 + max((wanted.vocabulary or {}).values(), default=0)
    )
    whole = _Whole(tokens, found.outputs, found.table)
    vocabulary = vocabulary_of(whole, wanted.alphabet, wanted.vocabulary, wanted.start, wanted.end, wanted.padding)
    task, taken = task_of(whole, vocabulary, wanted.task)
    same = identity(found.outputs, torch.zeros(0, dtype=torch.float64))
    proof = None
    if answers is not None:
        network = found.network(range(tokens), same)
        vocabulary, proof = _agreeing(network, _vocabularies(vocabulary, wanted), task, answers)
    last, link = linked(same, vocabulary, task)
    network = found.network(kept_tokens(vocabulary), last)
    spec = network.spec
    model = TrainedModel(network, vocabulary.alphabet, link, encoding_of(vocabulary, task), spec.width, str(spec), ONNX)
    assumed = (*vocabulary.told, *([taken] if taken else []), *(_empty_word(model)))
    return Imported(model, None, assumed, proof, f"asked whole words through onnxruntime, since {found.read}")


def _empty_word(model: TrainedModel) -> Iterator[str]:
    if not model.encoding.begin and not model.encoding.finish:
        yield "the empty word gets the mean of the answers to the single tokens"


def _agreeing(
    network: OnnxNetwork, vocabularies: Iterator[Vocabulary], task: str, answers: Answers
) -> tuple[Vocabulary, Agreement]:
    """Return the markers with which a model gives all answers.

    Raises
    ------
    InputError : it does not
    """
    tried = []
    for vocabulary in vocabularies:
        tokens = vocabulary.encoded(vocabulary.alphabet.words(answers.words), task)
        found = agreement(outputs_of(network, tokens), answers.numbers, task)
        if found.holds:
            return vocabulary, found
        tried.append((vocabulary, found))
    vocabulary, found = min(tried, key=lambda pair: float(np.median(pair[1].errors)))
    raise InputError(f"the model (answers as {found.form}) {_failing(vocabulary, found, answers)}")


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


def _vocabularies(vocabulary: Vocabulary, wanted: Wanted) -> Iterator[Vocabulary]:
    """Yield the vocabulary, and then without markers that were taken for granted by their names."""
    yield vocabulary
    guessed = [kind for kind in ("start", "end") if getattr(wanted, kind) is None and getattr(vocabulary, kind) is not None]
    for without in [guessed[:1], guessed[1:], guessed] if len(guessed) == 2 else [guessed] if guessed else []:
        none: dict[str, Any] = dict.fromkeys(without)
        yield replace(vocabulary, **none)


def _proved(
    parts: Parts, candidates: list[Reading], vocabularies: Iterator[Vocabulary], task: str, answers: Answers
) -> tuple[Reading, Vocabulary, Agreement]:
    """Return the reading and the markers that give all answers.

    Raises
    ------
    InputError : answers that no reading gives; the message names the first word on which the nearest one fails
    """
    nearest: tuple[Reading, Vocabulary, Agreement] | None = None
    for vocabulary in vocabularies:
        words: Words = vocabulary.alphabet.words(answers.words)
        reading, found = proved(parts, candidates, vocabulary.encoded(words, task), answers.numbers, task)
        if found.holds:
            return reading, vocabulary, found
        if nearest is None or np.median(found.errors) < np.median(nearest[2].errors):
            nearest = reading, vocabulary, found
    assert nearest is not None  # there is at least one vocabulary
    reading, vocabulary, found = nearest
    raise InputError(
        f"no reading of the weights gives the answers of your program: the nearest ({reading}; answers as {found.form}) "
        f"{_failing(vocabulary, found, answers)}"
    )


def _failing(vocabulary: Vocabulary, found: Agreement, answers: Answers) -> str:
    """Return on which word a reading fails first, and what to look at."""
    row = int((found.errors > WITHIN).argmax())
    words = vocabulary.alphabet.words(answers.words)
    return (
        f"fails first on the word {vocabulary.alphabet.text(words[row])}, where your program says "
        f"{_numbers(answers.numbers[row])}, by {found.errors[row]:.2g}; it agrees on "
        f"{int((found.errors <= WITHIN).sum()):,} of {len(words):,} words. See that the vocabulary and the markers are right, "
        "and that the program was in evaluation mode"
    )


def _numbers(row: FloatArray) -> str:
    return " ".join(f"{value:.6g}" for value in row[:6]) + (" …" if len(row) > 6 else "")
