"""The config and the weights of a Hugging Face directory, read by the transformers library without anything of it being run.

Weights are read from safetensors only. A config that names code, files or kernels elsewhere is refused, and the library is kept
offline.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from nerode.errors import InputError
from nerode.files import read_text
from nerode.teachers.huggingface_errors import in_one_sentence
from nerode.teachers.recognition import CONFIG

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
MOST_LAYERS = 1000  # layers take memory before the weights are read
LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers", "decoder_layers")
PROBLEMS = {"missing_keys": "misses", "mismatched_keys": "has the wrong shape for", "unexpected_keys": "has the unknown"}
# settings of a config that refer to something outside the two files, each with the reason for the refusal and the advice
ELSEWHERE = {
    "auto_map": "its class is code of its own, which is never run; use a model of a class that transformers has",
    "quantization_config": "its weights are quantised; save it with plain weights",
    "transformers_weights": f"its weights are in a file of another name; call it {WEIGHTS}",
}


def read_description(file: Path) -> dict[str, Any]:
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


def class_of(transformers: Any, document: dict[str, Any], path: Path) -> Any:
    """Return the Auto class of transformers for the architecture in the config; AutoModel for a base model."""
    names = transformers.models.auto.modeling_auto
    known = (
        (names.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES, transformers.AutoModelForSequenceClassification),
        (names.MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES, transformers.AutoModelForTokenClassification),
        (names.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, transformers.AutoModelForCausalLM),
        (names.MODEL_MAPPING_NAMES, transformers.AutoModel),
    )
    kind, architectures = document.get("model_type"), document.get("architectures")
    if isinstance(kind, str) and isinstance(architectures, list) and len(architectures) == 1:
        for table, made_by in known:
            if table.get(kind) == architectures[0]:
                return made_by
    raise InputError(
        f"{path / CONFIG} names the architecture {architectures!r} of type {kind!r}, which is no classifier of texts or tokens "
        "and no causal language model that transformers has, and no base model; in Python, nerode.teacher(scores, alphabet) asks "
        "any function of words, such as one that calls this model"
    )


def count_stored(path: Path) -> int:
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


def read_model(transformers: Any, kind: Any, path: Path, stored: int) -> Any:
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
        names = sorted(map(str, found[problem]))
        if kind is transformers.AutoModel:  # which needs no pooler, since the last hidden state is read
            names = [name for name in names if not name.startswith("pooler.")]
        if names:
            raise InputError(f"the weights in {path} do not fit {CONFIG} beside them: the file {words} weights {names[0]!r}")
    return model.eval()


@contextmanager
def quiet_and_offline(transformers: Any) -> Iterator[None]:
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
