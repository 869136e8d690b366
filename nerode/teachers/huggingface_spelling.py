"""The encoding of words for a Hugging Face model: one token for each symbol, and the markers around a word.

A tokenizer is read from `tokenizer.json`, which contains tables and templates but no code.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nerode.errors import InputError
from nerode.files import read_text
from nerode.teachers.huggingface_errors import in_one_sentence
from nerode.words import Alphabet

TOKENIZER = "tokenizer.json"
MOST_SYMBOLS = 1000  # more symbols are a vocabulary rather than an alphabet


@dataclass(frozen=True)
class Spelling:
    """An alphabet and the tokens of the model for it.

    Parameters
    ----------
    tokens : one for each symbol, all different
    begin, finish : the markers that the tokenizer puts before and after a text; empty without a tokenizer
    """

    alphabet: Alphabet
    tokens: tuple[int, ...]
    begin: tuple[int, ...] = ()
    finish: tuple[int, ...] = ()


def read_spelling(folder: Path, symbols: Sequence[str] | None, markers: Collection[int], vocabulary: int) -> Spelling:
    """Return the spelling of a given alphabet, or of all tokens except markers.

    A symbol is a token as the vocabulary writes it, or else a text that the tokenizer encodes as exactly one token. Without
    a tokenizer, the symbols are the numbers of the tokens.

    Parameters
    ----------
    symbols : the alphabet; None for all tokens except markers
    markers : tokens to leave out if `symbols` is None, in addition to the special tokens of the tokenizer
    vocabulary : the number of tokens of the model

    Raises
    ------
    InputError : a damaged tokenizer, too large a vocabulary, a symbol that is not exactly one token, or two symbols with the
        same token
    """
    if symbols is not None:
        symbols = _alphabet(folder, symbols).symbols
    if (folder / TOKENIZER).is_file():
        spelling = _with_tokenizer(folder / TOKENIZER, symbols, markers)
    else:
        spelling = _numbers(folder, symbols, markers, vocabulary)
    if (highest := max((*spelling.tokens, *spelling.begin, *spelling.finish))) >= vocabulary:
        raise InputError(
            f"the alphabet needs the token {highest}, but the model in {folder} reads the tokens 0 to {vocabulary - 1}"
        )
    seen: dict[int, str] = {}
    for symbol, token in zip(spelling.alphabet, spelling.tokens, strict=True):
        if (other := seen.setdefault(token, symbol)) != symbol:
            raise InputError(f"the symbols {other!r} and {symbol!r} are one token of {folder}; give only one of them")
    return spelling


def _with_tokenizer(file: Path, symbols: Sequence[str] | None, markers: Collection[int]) -> Spelling:
    from tokenizers import Tokenizer  # an optional package, installed with transformers

    text = read_text(file)
    with in_one_sentence(f"{file} is damaged or no tokenizer"):
        tokenizer = Tokenizer.from_str(text)
        model = json.loads(text)["model"]
        tokenizer.no_padding()
        tokenizer.no_truncation()
        special = {token for token, added in tokenizer.get_added_tokens_decoder().items() if added.special}
        unknown = model.get("unk_id", tokenizer.token_to_id(model.get("unk_token") or ""))
        if symbols is None:
            left_out = {*special, *markers, unknown}
            tokens = {symbol: token for symbol, token in tokenizer.get_vocab().items() if token not in left_out}
        else:
            tokens = {symbol: _token(tokenizer, symbol, unknown, file) for symbol in symbols}
    alphabet = _alphabet(file, symbols or sorted(tokens, key=tokens.__getitem__))
    with in_one_sentence(f"{file} cannot spell the word {alphabet.symbols[0]!r}"):
        encoded = tokenizer.encode(alphabet.symbols[0])
    inner = [i for i, special in enumerate(encoded.special_tokens_mask) if not special]
    if not inner:
        raise InputError(f"{file} cannot be used: what it spells {alphabet.symbols[0]!r} with is all markers")
    begin, finish = encoded.ids[: inner[0]], encoded.ids[inner[-1] + 1 :]
    return Spelling(alphabet, tuple(tokens[symbol] for symbol in alphabet), tuple(begin), tuple(finish))


def _token(tokenizer: Any, symbol: str, unknown: int | None, file: Path) -> int:
    if (token := tokenizer.token_to_id(symbol)) is not None:
        return int(token)
    read = tokenizer.encode(symbol, add_special_tokens=False)
    if len(read.ids) != 1 or read.ids[0] == unknown:
        pieces = " ".join(repr(piece) for piece in read.tokens[:5]) or "none"
        raise InputError(
            f"the symbol {symbol!r} is not exactly one known token of {file} (it reads: {pieces}); "
            "give symbols that its vocabulary has"
        )
    return int(read.ids[0])


def _numbers(folder: Path, symbols: Sequence[str] | None, markers: Collection[int], vocabulary: int) -> Spelling:
    if symbols is None:
        tokens = [token for token in range(vocabulary) if token not in markers]
        return Spelling(_alphabet(folder, [str(token) for token in tokens]), tuple(tokens))
    for symbol in symbols:
        if not (symbol.isascii() and symbol.isdecimal() and len(symbol) < 10):
            raise InputError(f"the symbol {symbol!r} is no token number; {folder} has no {TOKENIZER}, so its symbols are numbers")
    return Spelling(_alphabet(folder, symbols), tuple(int(symbol) for symbol in symbols))


def _alphabet(where: Path, symbols: Sequence[str]) -> Alphabet:
    if len(symbols) > MOST_SYMBOLS:
        raise InputError(
            f"an alphabet has at most {MOST_SYMBOLS:,} symbols, and for {where} there are {len(symbols):,}; "
            "give those that words are made of"
        )
    try:
        return Alphabet(tuple(symbols))
    except InputError as error:
        raise InputError(f"there is no such alphabet for {where}: {error}") from error
