"""The tokenizers of Hugging Face directories.

`tokenizer.json` holds tables and templates but no code, and is read by the tokenizers library. All other forms (`vocab.txt`,
`vocab.json` with `merges.txt`, sentencepiece models, tokenizers without files, each with `tokenizer_config.json`,
`added_tokens.json` and `special_tokens_map.json`) are read by the class of the transformers library that its `AutoTokenizer`
chooses. Code that a directory names is never run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nerode.errors import InputError
from nerode.files import read_text
from nerode.teachers.huggingface_errors import in_one_sentence

TOKENIZER, SETTINGS, MERGES, VOCABULARY = "tokenizer.json", "tokenizer_config.json", "merges.txt", "vocab.json"
# what a directory with another form of tokenizer has at least one of
OTHER_FORMS = (
    SETTINGS,
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    VOCABULARY,
    MERGES,
    "*.model",
    "*.tiktoken",
    "tekken.json",
)

PLACES = re.compile(r"vocab|merges|file|path|dir|dic|kwargs", re.IGNORECASE)  # settings that may name files


@dataclass(frozen=True)
class Tokenizer:
    """What is needed of a tokenizer.

    Parameters
    ----------
    place : what messages call it
    vocabulary : all tokens by name
    special : the tokens that are no text
    unknown : the token of what is not in the vocabulary; None if there is none
    read : returns the tokens of a text without markers, and their names
    write : returns the text of tokens
    frame : returns the markers before and after a text
    """

    place: Path
    vocabulary: dict[str, int]
    special: frozenset[int]
    unknown: int | None
    read: Callable[[str], tuple[list[int], list[str]]]
    write: Callable[[Sequence[int]], str]
    frame: Callable[[str], tuple[list[int], list[int]]]


def read_tokenizer(folder: Path) -> Tokenizer | None:
    """Return the tokenizer of a directory; None if it has none.

    Raises
    ------
    InputError : a tokenizer that is damaged, that is code of its own, or for which a file or a package is missing
    """
    _check_settings(folder / SETTINGS)
    if (folder / TOKENIZER).is_file():
        from tokenizers import Tokenizer as OfLibrary  # an optional package, installed with transformers

        text = read_text(folder / TOKENIZER)
        with in_one_sentence(f"{folder / TOKENIZER} is damaged or no tokenizer"):
            return _of_library(folder / TOKENIZER, OfLibrary.from_str(text))
    if any(next(folder.glob(name), None) for name in OTHER_FORMS):
        return _made_by_transformers(folder)
    return None


def _check_settings(file: Path) -> None:
    """Raise InputError if the settings of a tokenizer name code of its own, or files elsewhere."""
    if not file.is_file():
        return
    with in_one_sentence(f"{file} is damaged or no settings of a tokenizer"):
        settings = json.loads(read_text(file))
        code = settings.get("auto_map")
        named = {key: value for key, value in settings.items() if PLACES.search(key) and not key.endswith("name_or_path")}
    if code:
        raise InputError(
            f"{file} has 'auto_map': its tokenizer is code of its own, which is never run; use a tokenizer of a class that "
            f"transformers has, and save it as {TOKENIZER}"
        )
    for key, value in named.items():
        if any(Path(text).name != text for text in _texts(value)):
            raise InputError(f"{file} has {key!r}: it names a file elsewhere, which is not read; put the file beside it")


def _texts(value: Any) -> Iterator[str]:
    """Yield all texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _made_by_transformers(folder: Path) -> Tokenizer:
    from transformers import AutoTokenizer, utils  # optional, and already imported if a model is read

    if (folder / MERGES).is_file() and not (folder / VOCABULARY).is_file():
        raise InputError(f"{folder} has {MERGES} and no {VOCABULARY}, and a tokenizer of byte pairs needs both; add {VOCABULARY}")
    tables = sorted([*folder.glob("*.model"), *folder.glob("*.tiktoken")])
    for file in tables:
        package, there = "sentencepiece", utils.is_sentencepiece_available
        if "tiktoken" in file.name:
            package, there = "tiktoken", utils.is_tiktoken_available
        if not there():
            raise InputError(
                f"reading {file} takes a package: pip install {package}; or save the tokenizer as {TOKENIZER}, which takes none"
            )
    where = ", ".join(map(str, tables)) or folder
    with in_one_sentence(f"the tokenizer in {where} is damaged, or transformers cannot read it"):
        made = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        backend = getattr(made, "backend_tokenizer", None)
        tokenizer = _of_python(folder, made) if backend is None else _of_library(folder, backend)
    if not set(tokenizer.vocabulary.values()) - tokenizer.special:
        raise InputError(
            f"{folder} has parts of a tokenizer, but no vocabulary for {type(made).__name__}, with which transformers reads it; "
            f"add its file, or save the tokenizer as {TOKENIZER}"
        )
    return tokenizer


def _of_library(place: Path, tokenizer: Any) -> Tokenizer:
    """Return a tokenizer of the tokenizers library."""
    model = json.loads(tokenizer.to_str())["model"]
    tokenizer.no_padding()
    tokenizer.no_truncation()

    def read(text: str) -> tuple[list[int], list[str]]:
        found = tokenizer.encode(text, add_special_tokens=False)
        return found.ids, found.tokens

    def frame(text: str) -> tuple[list[int], list[int]]:
        found = tokenizer.encode(text)
        inner = [i for i, special in enumerate(found.special_tokens_mask) if not special]
        if not inner:
            raise InputError(f"{place} cannot be used: what it spells {text!r} with is all markers")
        return found.ids[: inner[0]], found.ids[inner[-1] + 1 :]

    return Tokenizer(
        place,
        tokenizer.get_vocab(),
        frozenset(token for token, added in tokenizer.get_added_tokens_decoder().items() if added.special),
        model.get("unk_id", tokenizer.token_to_id(model.get("unk_token") or "")),
        read,
        tokenizer.decode,
        frame,
    )


def _of_python(place: Path, tokenizer: Any) -> Tokenizer:
    """Return a tokenizer of transformers that is written in Python."""

    def read(text: str) -> tuple[list[int], list[str]]:
        tokens = tokenizer.encode(text, add_special_tokens=False)
        return tokens, tokenizer.convert_ids_to_tokens(tokens)

    def frame(text: str) -> tuple[list[int], list[int]]:
        inner, whole = tokenizer.encode(text, add_special_tokens=False), tokenizer.encode(text)
        for begin in range(len(whole) - len(inner) + 1):
            if inner and whole[begin : begin + len(inner)] == inner:
                return whole[:begin], whole[begin + len(inner) :]
        raise InputError(f"{place} cannot be used: its tokenizer reads {text!r} in another way with markers than without")

    return Tokenizer(
        place, tokenizer.get_vocab(), frozenset(tokenizer.all_special_ids), tokenizer.unk_token_id, read, tokenizer.decode, frame
    )
