"""Loader of Hugging Face models: a directory with `config.json` and `model.safetensors`, whole or in shards.

It reads classifiers of sequences or tokens, causal language models, and base models with a linear head of the user's. It
downloads nothing, runs no code that a directory contains or names, and reads weights from safetensors only. The classes of models
are those of the transformers library. This library is an optional extra and is imported when a model is read.

The library builds the model with its default settings, in float32. Weights in half precision are converted, because two scores
may differ by less than half precision resolves. The library chooses the attention implementation for each class (`sdpa` if
available). A few models (Falcon with ALiBi) give other scores with another implementation.

Words are encoded as the tokenizer encodes texts, with its markers; see `huggingface_spelling`. Markers that only a config names
are in `huggingface_markers`. Language models do not read the finish markers, because the next symbol is predicted. The class of a
word is that of its last token if tokens have classes; the class of ε is that of the last begin marker.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from nerode.errors import InputError, first_line
from nerode.links import Binary, Link, Multiclass, NextSymbol, Value
from nerode.teachers import huggingface_choice  # noqa: F401 - it registers a case of `teacher_of`
from nerode.teachers.encoding import Encoding
from nerode.teachers.huggingface_directory import class_of, count_stored, quiet_and_offline, read_description, read_model
from nerode.teachers.huggingface_errors import in_one_sentence
from nerode.teachers.huggingface_heads import LAST, POOLINGS, HeadedModel, read_head
from nerode.teachers.huggingface_markers import (
    Frame,
    frame_of_classifier,
    frame_of_language_model,
    ids_of,
    markers_of_numbers,
    named_markers,
    vocabulary_of,
)
from nerode.teachers.huggingface_networks import Classifier, HuggingFaceNetwork, LanguageModel
from nerode.teachers.huggingface_spelling import Spelling, read_spelling
from nerode.teachers.huggingface_states import MEMORIES, known_as
from nerode.teachers.huggingface_symbols import Code, SpelledModel, check_prefix_free
from nerode.teachers.model import TrainedModel
from nerode.teachers.recognition import CONFIG


def load(
    path: Path, symbols: Sequence[str] | None = None, head: str | Path | None = None, pooling: str | None = None
) -> TrainedModel:
    """Read a model, with its weights converted to float32.

    Parameters
    ----------
    symbols : the alphabet; None for all tokens except markers, unless there are too many
    head : a file with the weights of a linear head, for base models
    pooling : the hidden state that the head reads, one of POOLINGS; None for the last

    Raises
    ------
    InputError : transformers is not installed; the directory has missing, unknown, damaged or contradictory content; a
        symbol is not made of known tokens; the model cannot read ε or a letter; a base model without a head, or a head for a
        model that has one
    """
    try:
        import transformers
    except ImportError as error:
        raise InputError(f'reading {path} takes an extra: pip install "nerode[transformers]" ({first_line(error)})') from error
    document = read_description(path / CONFIG)
    stored = count_stored(path)
    with quiet_and_offline(transformers), in_one_sentence(f"{path} cannot be used by transformers {transformers.__version__}"):
        kind = class_of(transformers, document, path)
        _check_head(path, kind is transformers.AutoModel, document, head, pooling)
        model = read_model(transformers, kind, path, stored)
        with in_one_sentence(f"{path} describes a network that cannot read a word"), torch.no_grad():
            if kind is transformers.AutoModelForCausalLM:
                return _language_model(path, model, symbols)
            if head is not None:
                return _headed(path, model, symbols, Path(head), pooling)
            return _classifier(path, model, symbols, of_tokens=kind is transformers.AutoModelForTokenClassification)


def _check_head(path: Path, bare: bool, document: dict[str, Any], head: str | Path | None, pooling: str | None) -> None:
    """Raise InputError if a base model has no head, or another model is given one."""
    name = document["architectures"][0]
    if bare and head is None:
        raise InputError(
            f"{path} is the base model {name}, whose hidden states say nothing of classes or next tokens; give the weights of a "
            "linear head with --head FILE (head=FILE in Python), or save the model with its head"
        )
    if not bare and (head is not None or pooling is not None):
        raise InputError(f"{path} is a {name}, which has a head of its own; leave the head and its pooling out")
    if pooling is not None and pooling not in POOLINGS:
        raise InputError(f"the pooling of a head is one of {', '.join(POOLINGS)}, not {pooling!r}")


def _classifier(path: Path, model: Any, symbols: Sequence[str] | None, of_tokens: bool) -> TrainedModel:
    config = model.config.get_text_config()
    spelling = read_spelling(path, symbols, named_markers(model), vocabulary_of(model), markers_of_numbers(model))
    frame = frame_of_classifier(path, model, spelling)
    if of_tokens and not (frame.begin or frame.alone):
        raise InputError(f"{path} names no begin token, neither in its tokenizer nor in {CONFIG}, so ε would have no class")
    if config.pad_token_id is None:
        config.pad_token_id = -1  # not a token; some models refuse batches if no padding token is set
    one_of_many = config.problem_type in (None, "single_label_classification")
    link: Link = {1: Value()}.get(config.num_labels, Multiclass()) if one_of_many else Value()
    if one_of_many and config.num_labels == 2:
        link = Binary()
    network = Classifier(
        model,
        _table(spelling, frame),
        _longest(model),
        margin=isinstance(link, Binary),
        alone=_alone(spelling, frame),
        place=-1 - len(frame.finish) if of_tokens else None,
    )
    return _checked(path, network, spelling, link, frame)


def _headed(path: Path, model: Any, symbols: Sequence[str] | None, file: Path, pooling: str | None) -> TrainedModel:
    if model.config.is_encoder_decoder:
        raise InputError(f"{path} has an encoder and a decoder; a head is for models with one of them")
    spelling = read_spelling(path, symbols, named_markers(model), vocabulary_of(model), markers_of_numbers(model))
    frame = frame_of_classifier(path, model, spelling)
    head, link = read_head(file, model.config.get_text_config().hidden_size)
    network = HeadedModel(
        model,
        _table(spelling, frame),
        _longest(model),
        head,
        pooling or LAST,
        marked=bool(frame.finish),
        alone=_alone(spelling, frame),
    )
    marker = ", a marker" if frame.finish else ""
    told = "" if pooling else f"The head of {file.name} reads the hidden state of the last token{marker} (--pooling last)."
    return _checked(path, network, spelling, link, frame, told)


def _table(spelling: Spelling, frame: Frame) -> list[int]:
    """Return the tokens of the model that the network reads: those of letters, the markers, and what is read for ε alone."""
    alone = [token for token in frame.alone if token not in spelling.used]
    return [*spelling.used, *frame.begin, *frame.finish, *alone]


def _alone(spelling: Spelling, frame: Frame) -> tuple[int, ...]:
    """Return the tokens of the network that are read for ε alone."""
    table = _table(spelling, frame)
    return tuple(table.index(token) for token in frame.alone)


def _language_model(path: Path, model: Any, symbols: Sequence[str] | None) -> TrainedModel:
    ends = ids_of(path, model, "eos")
    if not ends:
        raise InputError(f"{path / CONFIG} names no 'eos_token_id', so the end of a word has no probability")
    markers = named_markers(model)
    spelling = read_spelling(path, symbols, markers, vocabulary_of(model), markers)
    for symbol, tokens in zip(spelling.alphabet, spelling.tokens, strict=True):
        if set(tokens) & set(ends):
            what = "is" if len(tokens) == 1 else "has in it"
            raise InputError(f"the symbol {symbol!r} {what} the end of a text in {path}, so it cannot be a letter of words")
    check_prefix_free(spelling.alphabet, spelling.tokens, path)
    frame = frame_of_language_model(path, model, spelling, ends)
    network = LanguageModel(
        model, [*spelling.used, *frame.begin], _longest(model), spelling.used, ends, normalised=spelling.several
    )
    return _checked(path, network, spelling, NextSymbol(len(spelling.alphabet)), frame)


def _checked(
    path: Path, network: HuggingFaceNetwork, spelling: Spelling, link: Link, frame: Frame, told: str = ""
) -> TrainedModel:
    """Return the model after it has read ε and a token: some contradictions in a config appear only then."""
    letters, begin, finish = len(spelling.used), len(frame.begin), len(frame.finish)
    encoding = Encoding(tuple(range(letters, letters + begin)), tuple(range(letters + begin, letters + begin + finish)))
    widths = {network(torch.from_numpy(encoding.tokens([word]))).shape for word in ((), (0,))}
    ((_, width),) = widths
    if isinstance(link, NextSymbol):
        width = link.letters + 1
    place = {token: i for i, token in enumerate(spelling.used)}
    code = Code(tuple(tuple(place[token] for token in tokens) for tokens in spelling.tokens))
    told = " ".join(filter(None, (spelling.told, frame.told, told)))
    try:
        return SpelledModel(network, spelling.alphabet, link, encoding, width, str(network), "Hugging Face directory", code, told)
    except InputError as error:
        raise InputError(f"{path} cannot be used: {error}") from error


def _longest(model: Any) -> int | None:
    """Return the number of tokens that the model has positions for; None if there is no limit.

    RoBERTa and related models number positions from the one after the padding token. They have fewer than their config says.
    Models whose state has one size have no positions, whatever their config says.
    """
    if known_as(model) in MEMORIES:
        return None
    limits = [getattr(model.config.get_text_config(), "max_position_embeddings", None)]
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            limits.append(module.num_embeddings - module.padding_idx - 1)
    return min((limit for limit in limits if isinstance(limit, int) and limit > 0), default=None)
