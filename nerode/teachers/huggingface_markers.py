"""The markers around a word of a Hugging Face model, where its tokenizer says none.

A config names tokens that begin and end texts, often by defaults that nobody chose. It does not say that a program puts them
around words. They are used only where the kind of the model needs them, never if they are letters, and they are told:

language models    begin with `bos_token_id`, else with `eos_token_id`, because ε needs at least one token
encoder-decoders   read the class of a text at `eos_token_id`
classifiers        without any marker read for ε `bos_token_id`, else `eos_token_id`; if both are letters or missing, ε gets the
                   mean of the answers to the single letters
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nerode.errors import InputError
from nerode.teachers.huggingface_spelling import Spelling
from nerode.teachers.recognition import CONFIG

ROLES = ("bos", "eos", "pad", "cls", "sep")


@dataclass(frozen=True)
class Frame:
    """The tokens of the model around a word.

    Parameters
    ----------
    begin, finish : the markers before and after each word
    alone : the tokens of which each is read alone for ε; the mean of their answers is the answer to ε; none if ε has markers
    told : the markers that the tokenizer does not say, in sentences
    """

    begin: tuple[int, ...]
    finish: tuple[int, ...] = ()
    alone: tuple[int, ...] = ()
    told: str = ""


def vocabulary_of(model: Any) -> int:
    """Return the number of tokens that a model reads."""
    return int(model.get_input_embeddings().weight.shape[0])


def ids_of(path: Path, model: Any, role: str) -> tuple[int, ...]:
    """Return the tokens to which the config gives a role: none, one or several.

    Raises
    ------
    InputError : tokens that the model does not have
    """
    name = f"{role}_token_id"
    value = getattr(model.config.get_text_config(), name, None)
    ids = () if value is None else tuple(value) if isinstance(value, list) else (value,)
    if any(type(token) is not int or not 0 <= token < vocabulary_of(model) for token in ids):
        raise InputError(f"{name!r} in {path / CONFIG} is {value!r}, which is no token from 0 to {vocabulary_of(model) - 1}")
    return ids


def named_markers(model: Any, roles: Collection[str] = ROLES) -> set[int]:
    """Return all tokens to which the config gives a role. Some may be defaults outside the vocabulary, which do no harm."""
    config = model.config.get_text_config()
    named = [getattr(config, f"{role}_token_id", None) for role in roles]
    return {token for ids in named for token in (ids if isinstance(ids, list) else [ids]) if isinstance(token, int)}


def markers_of_numbers(model: Any) -> set[int]:
    """Return the tokens of a classifier without a tokenizer that are no letters unless the user says so."""
    return named_markers(model, ("pad", "eos") if model.config.is_encoder_decoder else ("pad",))


def frame_of_classifier(path: Path, model: Any, spelling: Spelling) -> Frame:
    """Return the markers of a model that is no language model.

    Raises
    ------
    InputError : an encoder with a decoder without a token for the end of texts, or with a letter in its place
    """
    begin, finish = spelling.begin, spelling.finish
    if model.config.is_encoder_decoder and not {*begin, *finish} & named_markers(model, ("eos",)):
        end = ids_of(path, model, "eos")[:1]
        if not end:
            raise InputError(
                f"{path / CONFIG} names no 'eos_token_id', at which {type(model).__name__} reads the class of a text"
            )
        if end[0] in spelling.used:
            raise InputError(
                f"{type(model).__name__} reads the class of a text at the token {end[0]} ('eos_token_id' in {path / CONFIG}), so "
                "that it cannot be a letter; leave it out of the alphabet"
            )
        told = f"{CONFIG} ends each word with {end[0]}, at which the model reads the class."
        return Frame(begin, (*finish, *end), told=told)
    if begin or finish:
        return Frame(begin, finish)
    named = [token for role in ("bos", "eos") for token in sorted(named_markers(model, (role,)))]
    free = [token for token in named if 0 <= token < vocabulary_of(model) and token not in spelling.used]
    if free:
        return Frame((), (), (free[0],), f"The empty word is read as {free[0]} ({CONFIG}); no marker stands around other words.")
    return Frame(
        (), (), spelling.used,
        "No marker stands around words, and the empty word gets the mean of the answers to single letters: an invented answer.",
    )  # fmt: skip


def frame_of_language_model(path: Path, model: Any, spelling: Spelling, ends: tuple[int, ...]) -> Frame:
    """Return the markers of a language model; the tokens in `ends` are no letters."""
    if spelling.begin:
        return Frame(spelling.begin)
    free = [token for token in (*ids_of(path, model, "bos"), *ends) if token not in spelling.used]
    return Frame((free[0],), told=f"Each word begins with {free[0]} ({CONFIG}).")
