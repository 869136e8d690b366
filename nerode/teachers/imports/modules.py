"""Torch modules in memory as teachers.

A recurrent module is recognised by its weights, and the reading of them is proved by its own answers. It is then asked by the
engine that keeps states. Any other module is asked whole words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import is_dataclass, replace
from typing import Any

import numpy as np
from scipy.special import softmax
from torch import nn

from nerode.errors import InputError
from nerode.functions import alphabet_of, in_batches, looked_at
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES
from nerode.protocols import SteppingTeacher, Teacher, TwoWayTeacher
from nerode.teachers.imports import transformers
from nerode.teachers.imports.assembly import Vocabulary, assembled, task_of
from nerode.teachers.imports.calling import BATCH, Calling, Encode, called, proof_words
from nerode.teachers.imports.parts import Parts
from nerode.teachers.imports.readings import Reading, network_of, proved, readings
from nerode.teachers.imports.recognition import parts_of
from nerode.teachers.imports.transformers import Transformer, transformer_of
from nerode.teachers.model import TrainedModel
from nerode.teachers.transformer import CausalTransformer
from nerode.teachers.whole_words import WholeWordTeacher
from nerode.words import Alphabet, FloatArray, Words

MEANS = {
    CLASSIFIER: "Its answers are taken for scores of classes; of a single one, for the margin of class 1.",
    LANGUAGE_MODEL: "Its answers are taken for scores of the next token.",
    SCORES: "Its answers are taken for values.",
}
TASKS = {"labels": CLASSIFIER, "scores": CLASSIFIER, "probabilities": CLASSIFIER, "values": SCORES, "next": LANGUAGE_MODEL}


def module_teacher(
    module: nn.Module,
    alphabet: str | Iterable[str],
    *,
    encode: Encode | None = None,
    tokens: Sequence[int] | None = None,
    start: int | None = None,
    end: int | None = None,
    gives: str | None = None,
    classes: Sequence[Any] | None = None,
    longest: int | None = None,
) -> Teacher:
    """Return a torch module as a teacher. The module is put into evaluation mode, and its weights are copied where they are read.

    `told` of the teacher says in a sentence how it is asked, and why not faster.

    Parameters
    ----------
    alphabet : the symbols
    encode : makes the module's input, a tensor or a tuple of arguments, of a list of words of one length, each a tuple of letter
        indices; None for indices or one-hot vectors of tokens
    tokens : the token of each letter; None for 0, 1, …, or 1, 2, … where the module's embedding has padding at 0
    start, end : tokens that a classifier reads around each word; a language model reads the start and predicts the end
    gives, classes, longest : as in `nerode.functions.function_teacher`

    Raises
    ------
    InputError : a module that cannot be asked, or whose answers do not have one meaning
    """
    known = alphabet_of(alphabet)
    module.eval()
    if gives is not None and gives not in TASKS:
        raise InputError(f"answers cannot be {gives!r}; choose one of {', '.join(TASKS)}")
    task = TASKS[gives] if gives else None
    vocabulary = Vocabulary(known, _tokens(module, known, tokens, start, end), start, end)
    parts, reason = _recognised(module, encode, start, classes)
    if task is None and parts is not None:
        if parts.outputs == parts.tokens > 2 and end is None:
            raise InputError(
                f"the module has as many outputs as tokens, {parts.tokens}; say gives='next' if they are of the next token, or "
                "gives='scores' or 'probabilities' if they are of classes"
            )
        task, _ = task_of(parts, vocabulary, None)
    begin = () if start is None else (start,)
    calling = called(module, vocabulary.tokens, begin, (), encode)
    if task is None and _as_many_as_tokens(calling):
        task = LANGUAGE_MODEL
    if end is not None and task != LANGUAGE_MODEL:
        calling = replace(calling, finish=(end,))
    if isinstance(parts, Transformer) and parts.spec.positions:
        room = parts.spec.positions - len(calling.begin) - len(calling.finish)
        longest = room if longest is None else min(longest, room)
    words = proof_words(len(known), longest)
    answers = calling.answers(words)
    if parts is not None and task is not None:
        try:
            model, reading, error = _read(module, parts, vocabulary, task, words, answers)
        except InputError as failure:
            reason = str(failure)
        else:
            kept = isinstance(model.teacher, SteppingTeacher | TwoWayTeacher)
            asked = (
                "States are kept" if kept else "It is asked whole words, since its layers read both ways and mix what they read"
            )
            if longest is not None:
                _limit(model, longest)
            proof = f"which gives its answers to {len(words)} words up to {error:.0e}"
            return _telling(
                model.teacher, f"The module is read as {model.architecture} ({reading}), {proof}. {asked}. {MEANS[task]}"
            )
    return _whole_words(calling, vocabulary, task, gives, classes, longest, reason)


def _tokens(
    module: nn.Module, alphabet: Alphabet, tokens: Sequence[int] | None, start: int | None, end: int | None
) -> tuple[int, ...]:
    """Return the token of each letter."""
    if tokens is not None:
        if len(tokens) != len(alphabet):
            raise InputError(f"tokens has {len(tokens)} numbers for the {len(alphabet)} symbols of the alphabet")
        return tuple(map(int, tokens))
    paddings = {table.padding_idx for table in module.modules() if isinstance(table, nn.Embedding)}
    others = {start, end, *paddings}
    return tuple([token for token in range(len(alphabet) + len(others)) if token not in others][: len(alphabet)])


def _recognised(
    module: nn.Module, encode: Encode | None, start: int | None, classes: Sequence[Any] | None
) -> tuple[Parts | Transformer | None, str]:
    """Return the network that a module is by its weights, or None and the reason why it is none."""
    if encode is not None:
        return None, "what encode makes of words is not known"
    if classes is not None:
        return None, "its answers are labels, whose classes are given"
    tensors = {name: tensor.detach().cpu() for name, tensor in module.state_dict().items()}
    try:
        if not any(isinstance(part, nn.TransformerEncoder) for part in module.modules()):
            return parts_of(tensors), ""
        if start is None:
            return None, "a transformer keeps states where words begin with a marker alone, which start= names"
        return transformer_of(tensors), ""
    except (InputError, RuntimeError, KeyError) as error:
        return None, str(error).partition("; it holds")[0]


def _read(
    module: nn.Module, parts: Parts | Transformer, vocabulary: Vocabulary, task: str, words: Words, answers: FloatArray
) -> tuple[TrainedModel, str, float]:
    """Return the model that gives the answers of the module to the words, its reading, and its largest error.

    Raises
    ------
    InputError : no reading gives them
    """
    tokens = vocabulary.encoded(words, task)
    network: nn.Module
    if isinstance(parts, Transformer):
        spec, error = transformers.proved(parts, module, tokens, answers, task)
        network, encoding, link = transformers.assembled(parts, spec, vocabulary, task)
        said = f"{spec.activation} units, {'' if spec.scaled else 'not '}scaled embeddings"
    else:
        reading, agreement = proved(parts, readings(parts, Reading(), frozenset()), tokens, answers, task)
        if not agreement.holds or agreement.form == "labels":
            raise InputError(f"it is no plain stack of its layers: the nearest reading ({reading}) errs by {agreement.worst:.1g}")
        final, encoding, link = assembled(parts, vocabulary, task)
        network = network_of(final, reading)
        said, error = str(reading), agreement.worst
    shape: Any = network.spec
    return TrainedModel(network, vocabulary.alphabet, link, encoding, shape.width, str(shape), "torch module"), said, error


def _limit(model: TrainedModel, longest: int) -> None:
    """Say that words are of at most `longest` letters; the network may be asked about no longer ones."""
    teacher: Any = model.teacher
    if isinstance(teacher, WholeWordTeacher):
        network: Any = model.network
        if not isinstance(network, CausalTransformer):  # which says it itself
            network.longest = longest + len(model.encoding.begin) + len(model.encoding.finish)
    else:
        both = isinstance(teacher, TwoWayTeacher)
        parts: list[Any] = [teacher.forward, teacher.backward] if both else [teacher]
        for part in parts:
            part.longest = longest


def _telling(teacher: Any, told: str) -> Teacher:
    if is_dataclass(teacher):
        return replace(teacher, told=told)  # type: ignore[return-value,type-var]
    teacher.told = told
    return teacher  # type: ignore[no-any-return]


def _whole_words(
    calling: Calling,
    vocabulary: Vocabulary,
    task: str | None,
    gives: str | None,
    classes: Sequence[Any] | None,
    longest: int | None,
    reason: str,
) -> Teacher:
    """Return a teacher that asks the module whole words."""
    language_model = task == LANGUAGE_MODEL

    def ask(words: Words) -> list[list[float]]:
        answers = _with_empty(calling, words)
        return (_next_symbols(answers, vocabulary) if language_model else answers).tolist()  # type: ignore[no-any-return]

    asked = looked_at(
        in_batches(ask, BATCH), vocabulary.alphabet, gives="next" if language_model else gives, classes=classes, longest=longest
    )
    told = f"The module is asked whole words, since {reason}."
    if language_model:
        told += " Probabilities are those of the letters and the end alone, which are made to add up to 1."
    asked.told = f"{told} {asked.told}"
    return asked


def _as_many_as_tokens(calling: Calling) -> bool:
    """Return whether the module has an output for each token, more than there are letters."""
    width = calling.answers([(0,)]).shape[1]
    tables = [len(table.weight) for table in calling.module.modules() if isinstance(table, nn.Embedding)]
    return width in tables and width > max(2, len(calling.tokens))


def _with_empty(calling: Calling, words: Words) -> FloatArray:
    """Return the answers (n, k) to words. A module that cannot read ε is given the mean of its answers to the letters for it."""
    if all(words) or calling.begin or calling.finish:
        return calling.answers(words)
    letters = calling.answers([(letter,) for letter in range(len(calling.tokens))])
    try:
        empty = calling.answers([()])[0]
    except Exception:  # a module may raise anything
        empty = np.full(letters.shape[1], np.nan)
    if np.isnan(empty).any():
        empty = letters.mean(axis=0) if (letters != np.round(letters)).any() else letters[0]
    answers = np.tile(empty, (len(words), 1))
    filled = [i for i, word in enumerate(words) if word]
    if filled:
        answers[filled] = calling.answers([words[i] for i in filled])
    return answers


def _next_symbols(answers: FloatArray, vocabulary: Vocabulary) -> FloatArray:
    """Return the probabilities (n, letters + 1) of the letters and of the end, of answers (n, tokens) of a language model."""
    known = (answers >= 0).all() and np.allclose(answers.sum(axis=1), 1, atol=1e-3)
    probabilities = answers if known else softmax(answers, axis=1)
    end = np.zeros((len(answers), 1)) if vocabulary.end is None else probabilities[:, [vocabulary.end]]
    chosen: FloatArray = np.concatenate([probabilities[:, list(vocabulary.tokens)], end], axis=1)
    chosen /= np.maximum(chosen.sum(axis=1, keepdims=True), 1e-300)
    return chosen
