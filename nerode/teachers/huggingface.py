"""Loader of Hugging Face models: a directory with `config.json` and `model.safetensors`, whole or in shards.

It reads classifiers of sequences or tokens, and causal language models. It downloads nothing, runs no code that a directory
contains or names, and reads weights from safetensors only. The classes of models are those of the transformers library. This
library is an optional extra and is imported when a model is read.

The library builds the model with its default settings, in float32. Weights in half precision are converted, because two scores
may differ by less than half precision resolves. The library chooses the attention implementation for each class (`sdpa` if
available). A few models (Falcon with ALiBi) give other scores with another implementation.

Words are encoded as `tokenizer.json` encodes texts, with its markers; see `huggingface_spelling`. Further rules for markers:

language models  A word begins with the begin markers of the tokenizer, else with `bos_token_id`, else with `eos_token_id`,
                 because ε needs at least one token. Finish markers are not used, because the next symbol is predicted.
classifiers      Without a tokenizer a word stands between `bos_token_id` and `eos_token_id`; if they are equal, the second is
                 left out. If a tokenizer has no markers, only ε gets one: `bos_token_id`, else `eos_token_id`. The class of a
                 word is that of its last token if tokens have classes; the class of ε is that of the last begin marker.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from nerode.errors import InputError, first_line
from nerode.files import read_text
from nerode.links import Binary, Link, Multiclass, NextSymbol, Value
from nerode.teachers import huggingface_choice  # noqa: F401 - it registers a case of `teacher_of`
from nerode.teachers.encoding import Encoding
from nerode.teachers.huggingface_errors import in_one_sentence
from nerode.teachers.huggingface_networks import Classifier, HuggingFaceNetwork, LanguageModel
from nerode.teachers.huggingface_spelling import TOKENIZER, Spelling, read_spelling
from nerode.teachers.huggingface_states import MEMORIES
from nerode.teachers.model import TrainedModel

CONFIG, WEIGHTS, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"
MOST_LAYERS = 1000  # layers take memory before the weights are read
LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers", "decoder_layers")
PROBLEMS = {"missing_keys": "misses", "mismatched_keys": "has the wrong shape for", "unexpected_keys": "has the unknown"}
# settings of a config that refer to something outside the two files, each with the reason for the refusal and the advice
ELSEWHERE = {
    "auto_map": "its class is code of its own, which is never run; use a model of a class that transformers has",
    "quantization_config": "its weights are quantised; save it with plain weights",
    "transformers_weights": f"its weights are in a file of another name; call it {WEIGHTS}",
}


def recognises(path: Path) -> bool:
    """Return whether the path is a Hugging Face directory."""
    return (path / CONFIG).is_file()


def load(path: Path, symbols: Sequence[str] | None = None) -> TrainedModel:
    """Read a model, with its weights converted to float32.

    Parameters
    ----------
    symbols : the alphabet; None for all tokens except markers, unless there are too many

    Raises
    ------
    InputError : transformers is not installed; the directory has missing, unknown, damaged or contradictory content; a
        symbol is not one token; the model cannot read ε or a letter
    """
    try:
        import transformers
    except ImportError as error:
        raise InputError(f'reading {path} takes an extra: pip install "nerode[transformers]" ({first_line(error)})') from error
    document = _description(path / CONFIG)
    stored = _count_stored(path)
    with _quiet_and_offline(transformers), in_one_sentence(f"{path} cannot be used by transformers {transformers.__version__}"):
        kind = _class(transformers, document, path)
        model = _read_weights(transformers, kind, path, stored)
        with in_one_sentence(f"{path} describes a network that cannot read a word"), torch.no_grad():
            if kind is transformers.AutoModelForCausalLM:
                return _language_model(path, model, symbols)
            return _classifier(path, model, symbols, of_tokens=kind is transformers.AutoModelForTokenClassification)


def _description(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(read_text(file))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is not JSON ({error}); it is damaged or was edited by hand") from error
    if not isinstance(document, dict):
        raise InputError(f"{file} must be an object that describes a model")
    for key, reason in ELSEWHERE.items():
        if document.get(key):
            raise InputError(f"{file} has {key!r}: {reason}")
    if (file.parent / "adapter_config.json").exists():
        raise InputError(f"{file.parent} is an adapter for a model that is elsewhere; merge it into the model and save that")
    for key in LAYERS:
        if isinstance(layers := document.get(key), int) and layers > MOST_LAYERS:
            raise InputError(f"{file} claims {layers} layers in {key!r}; at most {MOST_LAYERS} are read")
    return document


def _class(transformers: Any, document: dict[str, Any], path: Path) -> Any:
    """Return the Auto class of transformers for the architecture in the config."""
    names = transformers.models.auto.modeling_auto
    known = (
        (names.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES, transformers.AutoModelForSequenceClassification),
        (names.MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES, transformers.AutoModelForTokenClassification),
        (names.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, transformers.AutoModelForCausalLM),
    )
    kind, architectures = document.get("model_type"), document.get("architectures")
    if isinstance(kind, str) and isinstance(architectures, list) and len(architectures) == 1:
        for table, made_by in known:
            if table.get(kind) == architectures[0]:
                return made_by
    raise InputError(
        f"{path / CONFIG} names the architecture {architectures!r} of type {kind!r}, which is no classifier of texts or tokens "
        "and no causal language model that transformers has"
    )


def _count_stored(path: Path) -> int:
    """Return the number of stored parameters, from the headers of the weight files alone."""
    files = [WEIGHTS]  # the library prefers it to an index
    if not (path / WEIGHTS).is_file() and (path / INDEX).is_file():
        with in_one_sentence(f"{path / INDEX} is damaged or no index of weights"):
            files = sorted(set(json.loads(read_text(path / INDEX))["weight_map"].values()))
            for name in files:
                if Path(name).name != name or not name.endswith(".safetensors"):
                    raise InputError(f"{path / INDEX} names {name!r}, which is no safetensors file beside it")
    elif not (path / WEIGHTS).is_file():
        raise InputError(f"{path} has no {WEIGHTS}; pickled weights are not read, so save the model with safetensors")
    stored = 0
    for name in files:
        damaged = f"{path / name} is missing, truncated, damaged or no safetensors file"
        with in_one_sentence(damaged), safe_open(path / name, framework="pt") as file:
            stored += sum(prod(file.get_slice(key).get_shape()) for key in file.keys())  # noqa: SIM118
    return stored


def _read_weights(transformers: Any, kind: Any, path: Path, stored: int) -> Any:
    """Read the model and raise InputError unless the stored weights are exactly its weights."""
    settings = {"local_files_only": True, "trust_remote_code": False}
    config = transformers.AutoConfig.from_pretrained(path, **settings)
    # a config may name kernels, which would be downloaded and run; the default attention is used instead
    config._attn_implementation, config._experts_implementation = None, "eager"
    with torch.device("meta"):  # weights take no memory here, so a config cannot claim memory for weights that are not stored
        claimed = sum(weights.numel() for weights in kind.from_config(config, trust_remote_code=False).parameters())
    if claimed > 2 * stored:  # shared weights may be stored once and counted twice
        raise InputError(f"{path / CONFIG} describes a model of {claimed:,} numbers, but the weights beside it hold {stored:,}")
    model, found = kind.from_pretrained(
        path, config=config, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **settings
    )
    for problem, words in PROBLEMS.items():
        if names := sorted(map(str, found[problem])):
            raise InputError(f"the weights in {path} do not fit {CONFIG} beside them: the file {words} weights {names[0]!r}")
    return model.eval()


def _classifier(path: Path, model: Any, symbols: Sequence[str] | None, of_tokens: bool) -> TrainedModel:
    config = model.config.get_text_config()
    spelling = read_spelling(path, symbols, _markers(model), _vocabulary(model))
    begin, finish = spelling.begin, spelling.finish
    alone: tuple[int, ...] = ()
    if not (begin or finish):
        bos, eos = _ids(path, model, "bos_token_id")[:1], _ids(path, model, "eos_token_id")[:1]
        if not (bos or eos):
            raise InputError(
                f"{path} names no begin or end token, neither in {TOKENIZER} nor in {CONFIG}, so ε could not be read"
            )
        if (path / TOKENIZER).is_file():
            alone = bos or eos
        else:
            begin, finish = bos, eos if eos != bos else ()
    if of_tokens and not (begin or alone):
        raise InputError(f"{path} names no begin token, neither in {TOKENIZER} nor in {CONFIG}, so ε would have no class")
    if config.pad_token_id is None:
        config.pad_token_id = -1  # not a token; some models refuse batches if no padding token is set
    one_of_many = config.problem_type in (None, "single_label_classification")
    link: Link = {1: Value()}.get(config.num_labels, Multiclass()) if one_of_many else Value()
    if one_of_many and config.num_labels == 2:
        link = Binary()
    network = Classifier(
        model,
        [*spelling.tokens, *begin, *finish, *alone],
        _longest(model),
        margin=isinstance(link, Binary),
        alone=len(spelling.tokens) if alone else None,
        place=-1 - len(finish) if of_tokens else None,
    )
    return _checked(path, network, spelling, link, len(begin), len(finish))


def _language_model(path: Path, model: Any, symbols: Sequence[str] | None) -> TrainedModel:
    ends = _ids(path, model, "eos_token_id")
    if not ends:
        raise InputError(f"{path / CONFIG} names no 'eos_token_id', so the end of a word has no probability")
    spelling = read_spelling(path, symbols, _markers(model), _vocabulary(model))
    if same := [symbol for symbol, token in zip(spelling.alphabet, spelling.tokens, strict=True) if token in ends]:
        raise InputError(f"the symbol {same[0]!r} is the end of a text in {path}, so it cannot be a letter of words")
    begin = spelling.begin or _ids(path, model, "bos_token_id")[:1] or ends[:1]
    network = LanguageModel(model, [*spelling.tokens, *begin], _longest(model), spelling.tokens, ends)
    return _checked(path, network, spelling, NextSymbol(len(spelling.tokens)), len(begin), 0)


def _checked(path: Path, network: HuggingFaceNetwork, spelling: Spelling, link: Link, begin: int, finish: int) -> TrainedModel:
    """Return the model after it has read ε and a letter: some contradictions in a config appear only then."""
    letters = len(spelling.tokens)
    encoding = Encoding(tuple(range(letters, letters + begin)), tuple(range(letters + begin, letters + begin + finish)))
    widths = {network(torch.from_numpy(encoding.tokens([word]))).shape for word in ((), (0,))}
    ((_, width),) = widths
    try:
        return TrainedModel(network, spelling.alphabet, link, encoding, width, str(network), "Hugging Face directory")
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
    if type(model).__name__ in MEMORIES:
        return None
    limits = [getattr(model.config.get_text_config(), "max_position_embeddings", None)]
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            limits.append(module.num_embeddings - module.padding_idx - 1)
    return min((limit for limit in limits if isinstance(limit, int) and limit > 0), default=None)


@contextmanager
def _quiet_and_offline(transformers: Any) -> Iterator[None]:
    """Disable downloads, logs, progress bars and warnings of the library, and restore the user's settings afterwards.

    For some models the library downloads kernels even if it is told to use local files only.
    """
    from huggingface_hub import constants  # comes with the optional transformers

    logging = transformers.utils.logging
    verbosity, bars, offline = logging.get_verbosity(), logging.is_progress_bar_enabled(), constants.HF_HUB_OFFLINE
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    constants.HF_HUB_OFFLINE = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        constants.HF_HUB_OFFLINE = offline
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
