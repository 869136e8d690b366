"""The bytes of the tokens of a vocabulary, as they continue a text.

Tokenizers of the transformers and the tokenizers library write tokens in a code: GPT-2's table of characters for bytes, or ▁ for
a space and <0x0A> for a byte. Their decoder says which. Nothing of a tokenizer is run but its description in JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from nerode.errors import InputError

BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
SPACE = "▁"


def bytes_of(vocabulary: Sequence[str | bytes | None] | Any) -> list[bytes | None]:
    """Return the bytes of each token; None for one that is no text.

    Parameters
    ----------
    vocabulary : texts, bytes and None; or a tokenizer of the transformers or tokenizers library

    Raises
    ------
    InputError : another object, or a tokenizer whose tokens cannot be told from their names
    """
    if isinstance(vocabulary, Sequence) and not isinstance(vocabulary, str | bytes):
        for token in vocabulary:
            if not isinstance(token, str | bytes | None):
                raise InputError(f"a token is text, bytes or None, not {token!r}")
        return [encoded(token, f"the token {token!r}") if isinstance(token, str) else token for token in vocabulary]
    return _of_library(_backend(vocabulary))


def encoded(text: str, what: str) -> bytes:
    """Return a text in UTF-8.

    Raises
    ------
    InputError : half of a pair of surrogates
    """
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{what} has a character that no text can have; leave it out") from error


def end_of(vocabulary: Any) -> int:
    """Return the token that ends a text, which tokenizers of the transformers library name.

    Raises
    ------
    InputError : there is none
    """
    end = getattr(vocabulary, "eos_token_id", None)
    if end is None:
        raise InputError("the vocabulary does not say which token ends a text; give it as `end`")
    return int(end)


def _backend(tokenizer: Any) -> Any:
    """The tokenizer of the tokenizers library itself."""
    if isinstance(tokenizer, dict):
        raise InputError("a dict is no vocabulary; give the text of each token in a list, in the order of their numbers")
    backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
    if not hasattr(backend, "to_str") or not hasattr(backend, "get_added_tokens_decoder"):
        raise InputError(
            f"{type(tokenizer).__name__} is no vocabulary; give the text of each token in a list, or a fast tokenizer of "
            "transformers"
        )
    return backend


def _of_library(tokenizer: Any) -> list[bytes | None]:
    """The bytes of the tokens of a tokenizer of the tokenizers library; special ones are no text."""
    decoder = json.loads(tokenizer.to_str()).get("decoder")
    if decoder is None:
        raise InputError("a tokenizer without a decoder puts spaces between its tokens; give the text of each token in a list")
    parts = decoder.get("decoders") or [decoder]
    if odd := sorted({str(part.get("type")) for part in parts if not _is_read(part)}):
        raise InputError(
            f"tokens of a tokenizer with the decoder {', '.join(odd)} cannot be told from their names; "
            "give the text of each token in a list"
        )
    kinds = {part["type"] for part in parts}
    added = tokenizer.get_added_tokens_decoder()
    tokens: list[bytes | None] = [None] * (1 + max(tokenizer.get_vocab().values(), default=-1))
    table = _byte_level() if "ByteLevel" in kinds else {}
    spaces = bool(kinds & {"Metaspace", "Replace"})
    for name, which in tokenizer.get_vocab().items():
        if which in added:
            tokens[which] = None if added[which].special else added[which].content.encode()
        elif "ByteLevel" in kinds:
            tokens[which] = bytes(table[character] for character in name) if set(name) <= table.keys() else name.encode()
        elif "ByteFallback" in kinds and (byte := BYTE.fullmatch(name)):
            tokens[which] = bytes([int(byte[1], 16)])
        else:
            tokens[which] = (name.replace(SPACE, " ") if spaces else name).encode()
    return tokens


def _is_read(decoder: dict[str, Any]) -> bool:
    """Whether this part of a decoder writes tokens in one of the codes that are read, or nothing but a first space changes."""
    match decoder.get("type"):
        case "ByteLevel" | "ByteFallback" | "Fuse":
            return True
        case "Metaspace":
            return bool(decoder["replacement"] == SPACE)
        case "Replace":
            return (decoder["pattern"], decoder["content"]) == ({"String": SPACE}, " ")
        case "Strip":
            return bool(decoder["content"] == " ")
    return False


def _byte_level() -> dict[str, int]:
    """GPT-2's table: printable characters of Latin-1 stand for themselves, the other bytes for those from 256 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + place): byte for place, byte in enumerate(others)}
