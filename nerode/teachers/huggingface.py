"""Loader of Hugging Face models: a directory with `config.json` and `model.safetensors`, whole or in shards.

It reads classifiers of sequences or tokens, causal language models, and base models with a linear head of the user's. It
downloads nothing, runs no code that a directory contains or names, and reads weights from safetensors only. The classes of models
are those of the transformers library. This library is an optional extra and is imported when a model is read.

The library builds the model with its default settings, in float32. Weights in half precision are converted, because two scores
may differ by less than half precision resolves. The library chooses the attention implementation for each class (`sdpa` if
available). A few models (Falcon with ALiBi) give other scores with another implementation.

Words are encoded as the tokenizer encodes texts, with its markers; see `huggingface_spelling`. Further rules for markers:

language models  A word begins with the begin markers of the tokenizer, else with `bos_token_id`, else with `eos_token_id`,
                 because ε needs at least one token. Finish markers are not used, because the next symbol is predicted.
classifiers      Without a tokenizer a word stands between `bos_token_id` and `eos_token_id`; if they are equal, the second is
                 left out. If a tokenizer has no markers, only ε gets one: `bos_token_id`, else `eos_token_id`. The class of a
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
    spelling = read_spelling(path, symbols, _markers(model), _vocabulary(model))
    begin, finish, alone = _around(path, model, spelling)
    if of_tokens and not (begin or alone):
        raise InputError(f"{path} names no begin token, neither in its tokenizer nor in {CONFIG}, so ε would have no class")
    if config.pad_token_id is None:
        config.pad_token_id = -1  # not a token; some models refuse batches if no padding token is set
    one_of_many = config.problem_type in (None, "single_label_classification")
    link: Link = {1: Value()}.get(config.num_labels, Multiclass()) if one_of_many else Value()
    if one_of_many and config.num_labels == 2:
        link = Binary()
    network = Classifier(
        model,
        [*spelling.used, *begin, *finish, *alone],
        _longest(model),
        margin=isinstance(link, Binary),
        alone=len(spelling.used) if alone else None,
        place=-1 - len(finish) if of_tokens else None,
    )
    return _checked(path, network, spelling, link, len(begin), len(finish))


def _headed(path: Path, model: Any, symbols: Sequence[str] | None, file: Path, pooling: str | None) -> TrainedModel:
    if model.config.is_encoder_decoder:
        raise InputError(f"{path} has an encoder and a decoder; a head is for models with one of them")
    spelling = read_spelling(path, symbols, _markers(model), _vocabulary(model))
    begin, finish, alone = _around(path, model, spelling)
    head, link = read_head(file, model.config.get_text_config().hidden_size)
    network = HeadedModel(
        model,
        [*spelling.used, *begin, *finish, *alone],
        _longest(model),
        head,
        pooling or LAST,
        marked=bool(finish),
        alone=len(spelling.used) if alone else None,
    )
    assumed = (
        f"The head of {file.name} reads the hidden state of the last token{', a marker' if finish else ''} (--pooling last)."
    )
    told = "" if pooling else assumed
    return _checked(path, network, spelling, link, len(begin), len(finish), told)


def _around(path: Path, model: Any, spelling: Spelling) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Return the markers before and after a word of a model that is no language model, and the token of ε if there are none."""
    if spelling.begin or spelling.finish:
        return spelling.begin, spelling.finish, ()
    bos, eos = _ids(path, model, "bos_token_id")[:1], _ids(path, model, "eos_token_id")[:1]
    if not (bos or eos):
        raise InputError(f"{path} names no begin or end token, neither in its tokenizer nor in {CONFIG}, so ε could not be read")
    if spelling.told:  # a tokenizer without markers
        return (), (), bos or eos
    return bos, eos if eos != bos else (), ()


def _language_model(path: Path, model: Any, symbols: Sequence[str] | None) -> TrainedModel:
    ends = _ids(path, model, "eos_token_id")
    if not ends:
        raise InputError(f"{path / CONFIG} names no 'eos_token_id', so the end of a word has no probability")
    spelling = read_spelling(path, symbols, _markers(model), _vocabulary(model))
    for symbol, tokens in zip(spelling.alphabet, spelling.tokens, strict=True):
        if set(tokens) & set(ends):
            what = "is" if len(tokens) == 1 else "has in it"
            raise InputError(f"the symbol {symbol!r} {what} the end of a text in {path}, so it cannot be a letter of words")
    check_prefix_free(spelling.alphabet, spelling.tokens, path)
    begin = spelling.begin or _ids(path, model, "bos_token_id")[:1] or ends[:1]
    used = spelling.used
    network = LanguageModel(model, [*used, *begin], _longest(model), used, ends, normalised=spelling.several)
    return _checked(path, network, spelling, NextSymbol(len(spelling.alphabet)), len(begin), 0)


def _checked(
    path: Path, network: HuggingFaceNetwork, spelling: Spelling, link: Link, begin: int, finish: int, told: str = ""
) -> TrainedModel:
    """Return the model after it has read ε and a token: some contradictions in a config appear only then."""
    letters = len(spelling.used)
    encoding = Encoding(tuple(range(letters, letters + begin)), tuple(range(letters + begin, letters + begin + finish)))
    widths = {network(torch.from_numpy(encoding.tokens([word]))).shape for word in ((), (0,))}
    ((_, width),) = widths
    if isinstance(link, NextSymbol):
        width = link.letters + 1
    place = {token: i for i, token in enumerate(spelling.used)}
    code = Code(tuple(tuple(place[token] for token in tokens) for tokens in spelling.tokens))
    told = " ".join(filter(None, (spelling.told, told)))
    try:
        return SpelledModel(network, spelling.alphabet, link, encoding, width, str(network), "Hugging Face directory", code, told)
    except InputError as error:
        raise InputError(f"{path} cannot be used: {error}") from error


def _ids(path: Path, model: Any, name: str) -> tuple[int, ...]:
    """Return the tokens that the config gives under this name: none, one or several."""
    value = getattr(model.config.get_text_config(), name, None)
    ids = () if value is None else tuple(value) if isinstance(value, list) else (value,)
    if any(type(token) is not int or not 0 <= token < _vocabulary(model) for token in ids):
        raise InputError(f"{name!r} in {path / CONFIG} is {value!r}, which is no token from 0 to {_vocabulary(model) - 1}")
    return ids


def _markers(model: Any) -> set[int]:
    """Return all tokens that the config gives a role. Some may be defaults outside the vocabulary, which do no harm."""
    config = model.config.get_text_config()
    named = [getattr(config, f"{role}_token_id", None) for role in ("bos", "eos", "pad", "cls", "sep")]
    return {token for ids in named for token in (ids if isinstance(ids, list) else [ids]) if isinstance(token, int)}


def _vocabulary(model: Any) -> int:
    return int(model.get_input_embeddings().weight.shape[0])


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
