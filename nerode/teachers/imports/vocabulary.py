"""Vocabularies: which token is which letter, from a file of the user or from what is left over.

Read are a JSON object of symbols and their tokens, a JSON list of symbols, Keras' tokenizer (`word_index`), torchtext's
vocabulary written as JSON (`itos` or `stoi`), and a text file with a symbol a line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from nerode.errors import InputError
from nerode.files import read_text
from nerode.teachers.encoding import Padding
from nerode.teachers.imports.assembly import Vocabulary
from nerode.words import Alphabet

STARTS = r"s|bos|sos|cls|start|begin|beg|startoftext"
ENDS = r"/s|eos|sep|end|fin|endoftext"
PADDINGS = r"pad|padding"
OTHERS = r"unk|unknown|mask|oov"
"""Names of tokens that are no letters, as vocabularies usually call them: in brackets, or in capitals."""


def read_vocabulary(file: str | Path) -> dict[str, int]:
    """Return the token of each symbol in a vocabulary file.

    Raises
    ------
    InputError : a file that cannot be read, or is in none of the forms
    """
    text = read_text(Path(file))
    try:
        found = table_of(json.loads(text))
    except RecursionError as error:
        raise InputError(f"{file} is no vocabulary: it is JSON that is nested too deep") from error
    except ValueError as error:
        if Path(file).suffix.lower() == ".json" or text.lstrip().startswith(('{"', '["')):
            raise InputError(f"{file} is not JSON ({error}); it is truncated or damaged") from error
        lines = text.split("\n")
        found = {line.rstrip("\r"): token for token, line in enumerate(lines[:-1] if lines[-1] == "" else lines)}
        if len(found) < len(lines) - (lines[-1] == ""):
            raise InputError(f"{file} has a symbol on two lines; each symbol is one token") from None
    if found is None:
        raise InputError(
            f"{file} is no vocabulary; give a JSON object of symbols and their tokens, a JSON list of symbols, Keras' "
            "tokenizer, torchtext's vocabulary as JSON, or a text file with a symbol a line"
        )
    return found


def table_of(document: Any) -> dict[str, int] | None:
    """Return the table of symbols and tokens in what JSON or torch loaded; None where it has none.

    Raises
    ------
    ValueError : a text that is not JSON
    """
    if isinstance(document, str):  # Keras writes JSON inside JSON
        return table_of(json.loads(document))
    if isinstance(document, list) and document and all(isinstance(symbol, str) for symbol in document):
        return {symbol: token for token, symbol in enumerate(document)} if len(set(document)) == len(document) else None
    if not isinstance(document, dict) or not document:
        return None
    if all(type(token) is int and token >= 0 for token in document.values()) and all(isinstance(name, str) for name in document):
        return dict(document) if len(set(document.values())) == len(document) else None
    for name in ("config", "word_index", "itos", "stoi", "vocab", "token_to_id", "char_to_idx", "char2idx", "vocabulary"):
        if name in document and (found := table_of(document[name])) is not None:
            return found
    if all(str(name).isdecimal() and isinstance(symbol, str) for name, symbol in document.items()):  # the other way round
        turned = {symbol: int(name) for name, symbol in document.items()}
        return turned if len(turned) == len(document) else None
    return None


def is_called(symbol: str, names: str) -> bool:
    """Return whether a symbol has one of the names (alternatives of a pattern) of tokens that are no letters."""
    if re.fullmatch(rf"[<\[{{_|]+({names})[>\]}}_|]+", symbol, re.IGNORECASE):
        return True
    return symbol.isupper() and len(symbol) > 2 and re.fullmatch(names, symbol.lower()) is not None


class OtherTokens(InputError):
    """More or fewer tokens than letters, and nobody said which are no letters.

    Parameters
    ----------
    left : the tokens of which nothing is known
    """

    def __init__(self, message: str, left: Sequence[int]) -> None:
        super().__init__(message)
        self.left = left


class Reads(Protocol):
    """A network that reads tokens."""

    @property
    def tokens(self) -> int:
        """The size of the vocabulary."""
        ...

    @property
    def table(self) -> Tensor | None:
        """The input vector of each token; None for one-hot input."""
        ...


def vocabulary_of(
    parts: Reads,
    alphabet: Sequence[str] | None,
    table: dict[str, int] | None,
    start: str | None = None,
    end: str | None = None,
    padding: str | None = None,
    length: int | None = None,
    left: bool | None = None,
) -> Vocabulary:
    """Return which token is which letter.

    Parameters
    ----------
    alphabet : the letters; without a table they are the tokens that are left, in order
    table : the token of each symbol, from `read_vocabulary`
    start, end, padding : tokens that are no letters, by number or by their name in the table; "none" for none. A table's usual
        names are known
    length, left : the number of tokens that every word is padded to, and on which side; None for no padding, and for the right

    Raises
    ------
    InputError : neither alphabet nor table, more or fewer letters than tokens, unknown names, or words that are padded with an
        unknown token; the message says what was seen
    """
    tokens = parts.tokens
    chosen = {"start": start, "end": end, "padding": padding}
    named = {kind: _token(name, table, tokens, kind) for kind, name in chosen.items()}
    told: list[str] = []
    others: tuple[int, ...] = ()
    if table is not None:
        beyond = [symbol for symbol, token in table.items() if token >= tokens]
        if beyond:
            raise InputError(
                f"the vocabulary gives {beyond[0]!r} the token {table[beyond[0]]}, and the network reads 0 to {tokens - 1}"
            )
        told += _by_name(table, alphabet, chosen, named)
        markers = {token for token in named.values() if token is not None}
        if alphabet is None:
            letters = sorted(
                (token, symbol) for symbol, token in table.items() if token not in markers and not is_special(symbol)
            )
            symbols, used = tuple(symbol for _, symbol in letters), tuple(token for token, _ in letters)
        else:
            missing = [symbol for symbol in alphabet if symbol not in table]
            if missing:
                raise InputError(f"the vocabulary has no symbol {missing[0]!r}, which --alphabet names")
            symbols, used = tuple(alphabet), tuple(table[symbol] for symbol in alphabet)
        rest = {token: symbol for symbol, token in table.items() if token not in {*used, named["start"], named["end"]}}
        others = tuple(sorted(rest))
        unnamed = sorted(set(range(tokens)) - set(table.values()))
        if unnamed:
            told.append(f"no word has the tokens that the vocabulary does not name: {ranges(unnamed)}")
        if unread := [repr(rest[token]) for token in others if length is None or token != named["padding"]]:
            told.append(f"no word has {', '.join(unread[:6])}{f' and {len(unread) - 6} more tokens' if len(unread) > 6 else ''}")
    elif alphabet is None:
        raise InputError(
            f"the network reads {tokens} tokens, and a file of weights does not say which is which letter; give --vocabulary "
            "FILE, or --alphabet SYMBOLS in the order of their tokens"
        )
    else:
        markers = {token for token in named.values() if token is not None}
        if not markers and tokens == len(alphabet) + 1 and parts.table is not None and not parts.table[0].any():
            markers = {0}
            named["padding"] = 0
            told.append("token 0 is padding, since its row of the embedding is zero and it is one more than the letters")
        remaining = [token for token in range(tokens) if token not in markers]
        if len(remaining) != len(alphabet):
            seen = f"the network reads {tokens} tokens, {len(remaining)} of which are left for the {len(alphabet)} symbols of the"
            how = "say which tokens are no letters (--padding N, --start N, --end N), or give --vocabulary FILE"
            raise OtherTokens(f"{seen} alphabet; {how}", remaining)
        symbols, used = tuple(alphabet), tuple(remaining)
        told.append(f"the letters are the tokens {ranges(remaining)}, in their order")
    if not symbols:
        raise InputError("the vocabulary has no letters")
    if parts.table is not None and not parts.table[0].any() and 0 in used:
        told.append(
            f"token 0 is the letter {symbols[used.index(0)]}, though its row of the embedding is zero, as that of padding is "
            "(--padding 0 if it is none)"
        )
    filling = None
    if length is not None:
        if named["padding"] is None:
            raise InputError(f"which token pads words to {length} tokens is not known; say --padding TOKEN")
        filling = Padding(named["padding"], length, bool(left))
        if left is None:
            told.append(f"words are {filling} (--padding-side left if not)")
    return Vocabulary(Alphabet(symbols), used, named["start"], named["end"], filling, others, tuple(told), named["padding"])


def is_special(symbol: str) -> bool:
    """Return whether a symbol is called like a token that is no letter."""
    return symbol in ("", "^", "$") or is_called(symbol, "|".join((STARTS, ENDS, PADDINGS, OTHERS)))


def _by_name(
    table: dict[str, int], alphabet: Sequence[str] | None, chosen: dict[str, str | None], named: dict[str, int | None]
) -> Iterator[str]:
    """Fill the tokens that nobody chose into `named`, by their names in the table, and yield what was taken for granted."""
    for kind, usual, mark in (("start", STARTS, "^"), ("end", ENDS, "$"), ("padding", PADDINGS, None)):
        known = [symbol for symbol in table if symbol == mark or is_called(symbol, usual)]
        known = [symbol for symbol in known if symbol not in (alphabet or ())]
        if known and chosen[kind] is None:
            named[kind] = table[known[0]]
            if kind != "padding":
                yield f"the {kind} of a word is the token {known[0]}, by its name (--{kind} none if no word has it)"


def _token(name: str | None, table: dict[str, int] | None, tokens: int, kind: str) -> int | None:
    if name is None or name == "none":
        return None
    if table is not None and name in table:
        return table[name]
    if not name.isdecimal():
        raise InputError(
            f"--{kind} is the number of a token{'' if table is None else ', or a symbol of the vocabulary'}, not {name!r}"
        )
    if int(name) >= tokens:
        raise InputError(f"--{kind} is {name}, and the network reads the tokens 0 to {tokens - 1}")
    return int(name)


def ranges(tokens: Sequence[int]) -> str:
    """Return tokens in words."""
    following = len(tokens) > 2 and list(tokens) == list(range(tokens[0], tokens[-1] + 1))
    return f"{tokens[0]} to {tokens[-1]}" if following else ", ".join(map(str, tokens))
