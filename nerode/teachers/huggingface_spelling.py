"""The encoding of words for a Hugging Face model: the tokens of each symbol, and the markers around a word.

A word is the tokens of its symbols one after another. Whether the tokenizer reads the symbols in a text as the same tokens is
tried on some words, and told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from nerode.errors import InputError
from nerode.functions import alphabet_of
from nerode.teachers.huggingface_errors import in_one_sentence
from nerode.teachers.huggingface_tokenizers import TOKENIZER, Tokenizer, read_tokenizer
from nerode.teachers.recognition import CONFIG
from nerode.words import Alphabet

MOST_SYMBOLS = 1000  # more symbols are a vocabulary rather than an alphabet
MOST_TOKENS = 32  # of a symbol
PAIRS, LONGER = 1000, 50  # words of two symbols on which a way to write words is tried, and longer ones
FORMS = {" ": "with spaces between them", "": "with nothing between them"}


@dataclass(frozen=True)
class Spelling:
    """An alphabet and the tokens of the model for it.

    Parameters
    ----------
    tokens : one or several for each symbol, no two symbols alike
    begin, finish : the markers that the tokenizer puts before and after a text; empty without a tokenizer
    told : how words are spelled, in a sentence or two; empty if there is nothing to say
    """

    alphabet: Alphabet
    tokens: tuple[tuple[int, ...], ...]
    begin: tuple[int, ...] = ()
    finish: tuple[int, ...] = ()
    told: str = ""

    @property
    def several(self) -> bool:
        """Whether some symbol has several tokens."""
        return any(len(tokens) > 1 for tokens in self.tokens)

    @property
    def used(self) -> tuple[int, ...]:
        """All tokens of symbols, each once, in the order of the symbols."""
        return tuple(dict.fromkeys(token for tokens in self.tokens for token in tokens))


def read_spelling(
    folder: Path, symbols: Sequence[str] | None, markers: Collection[int], vocabulary: int, of_numbers: Collection[int]
) -> Spelling:
    """Return the spelling of a given alphabet, or of all tokens except markers.

    A symbol is a token as the vocabulary writes it, or else a text that the tokenizer encodes as known tokens. Without a
    tokenizer, the symbols are the numbers of the tokens.

    Parameters
    ----------
    symbols : the alphabet; None for all tokens except markers
    markers : tokens to leave out if `symbols` is None, in addition to the special tokens of the tokenizer
    vocabulary : the number of tokens of the model
    of_numbers : tokens to leave out if `symbols` is None and there is no tokenizer

    Raises
    ------
    InputError : a damaged tokenizer, too large a vocabulary, a symbol that is not made of known tokens, or two symbols with the
        same tokens
    """
    if symbols is not None:
        symbols = _alphabet(folder, symbols).symbols
    tokenizer = read_tokenizer(folder)
    if tokenizer is None:
        spelling = _numbers(folder, symbols, of_numbers, vocabulary)
    else:
        spelling = _with_tokenizer(tokenizer, symbols, markers)
    if (highest := max((*spelling.used, *spelling.begin, *spelling.finish))) >= vocabulary:
        raise InputError(
            f"the alphabet needs the token {highest}, but the model in {folder} reads the tokens 0 to {vocabulary - 1}"
        )
    seen: dict[tuple[int, ...], str] = {}
    for symbol, tokens in zip(spelling.alphabet, spelling.tokens, strict=True):
        if (other := seen.setdefault(tokens, symbol)) != symbol:
            alike = "one token" if len(tokens) == 1 else "the same tokens"
            raise InputError(f"the symbols {other!r} and {symbol!r} are {alike} of {folder}; give only one of them")
    return spelling


def _with_tokenizer(tokenizer: Tokenizer, symbols: Sequence[str] | None, markers: Collection[int]) -> Spelling:
    with in_one_sentence(f"{tokenizer.place} cannot spell the alphabet"):
        spelled: dict[str, tuple[int, ...]]
        if symbols is None:
            left_out = {*tokenizer.special, *markers, tokenizer.unknown}
            spelled = {symbol: (token,) for symbol, token in tokenizer.vocabulary.items() if token not in left_out}
        else:
            spelled = {symbol: _tokens(tokenizer, symbol) for symbol in symbols}
    alphabet = _alphabet(tokenizer.place, symbols or sorted(spelled, key=spelled.__getitem__))
    tokens = tuple(spelled[symbol] for symbol in alphabet)
    with in_one_sentence(f"{tokenizer.place} cannot spell the word {alphabet.symbols[0]!r}"):
        begin, finish = tokenizer.frame(alphabet.symbols[0])
        told = _several(tokenizer, alphabet, tokens) + _told(tokenizer, alphabet, tokens)
    return Spelling(alphabet, tokens, tuple(begin), tuple(finish), told)


def _tokens(tokenizer: Tokenizer, symbol: str) -> tuple[int, ...]:
    if (token := tokenizer.vocabulary.get(symbol)) is not None:
        return (int(token),)
    tokens, names = tokenizer.read(symbol)
    if not tokens or len(tokens) > MOST_TOKENS or tokenizer.unknown in tokens:
        pieces = " ".join(repr(piece) for piece in names[:5]) or "none"
        raise InputError(
            f"the symbol {symbol!r} is not made of 1 to {MOST_TOKENS} known tokens of {tokenizer.place} (it reads: {pieces}); "
            "give symbols that its vocabulary has"
        )
    return tuple(tokens)


def _several(tokenizer: Tokenizer, alphabet: Alphabet, tokens: Sequence[tuple[int, ...]]) -> str:
    """Return a sentence about the symbols that have several tokens; it is empty if there are none."""
    longer = [(symbol, spelled) for symbol, spelled in zip(alphabet, tokens, strict=True) if len(spelled) > 1]
    if not longer:
        return ""
    symbol, spelled = longer[0]
    names = {token: name for name, token in tokenizer.vocabulary.items()}
    pieces = " ".join(repr(names.get(token, str(token))) for token in spelled)
    return f"{len(longer)} of {len(alphabet)} symbols have several tokens, such as {symbol!r}: {pieces}. "


def _told(tokenizer: Tokenizer, alphabet: Alphabet, tokens: Sequence[tuple[int, ...]]) -> str:
    """Return a sentence that says in which texts the tokenizer reads the tokens of words."""
    texts = [
        symbol if tuple(tokenizer.read(symbol)[0]) == spelled else tokenizer.write(spelled)
        for symbol, spelled in zip(alphabet, tokens, strict=True)
    ]
    fails = {}
    for between, form in FORMS.items():
        for word in _tried(len(tokens)):
            text = between.join(texts[i] for i in word)
            found, names = tokenizer.read(text)
            if found != [token for i in word for token in tokens[i]]:
                fails[between] = f"{text!r} as {' '.join(map(repr, names)) or 'nothing'}"
                break
        else:
            return f"A word is the tokens of its symbols, as the tokenizer reads the symbols in a text {form}."
    read = ", and ".join(dict.fromkeys(fails.values()))
    return (
        f"A word is the tokens of its symbols, which is not how the tokenizer reads texts: it reads {read}, so that the network "
        "may have learned from other tokens."
    )


def _tried(symbols: int) -> Iterator[tuple[int, ...]]:
    """Yield words on which a way to write words is tried: all of one symbol, all or some of two, and longer ones."""
    rng = np.random.default_rng(0)
    yield from ((i,) for i in range(symbols))
    if symbols**2 <= PAIRS:
        yield from product(range(symbols), repeat=2)
    else:
        yield from map(tuple, rng.integers(symbols, size=(PAIRS, 2)).tolist())
    for length in rng.integers(3, 12, size=LONGER):
        yield tuple(rng.integers(symbols, size=length).tolist())


def _numbers(folder: Path, symbols: Sequence[str] | None, markers: Collection[int], vocabulary: int) -> Spelling:
    if symbols is None:
        tokens = [token for token in range(vocabulary) if token not in markers]
        alphabet = _alphabet(folder, [str(token) for token in tokens])
        others = ", ".join(map(str, sorted(set(range(vocabulary)) - set(tokens))))
        told = f"The letters are all its tokens but {others}, to which {CONFIG} gives a role." if others else ""
        return Spelling(alphabet, tuple((token,) for token in tokens), told=told)
    for symbol in symbols:
        if not (symbol.isascii() and symbol.isdecimal() and len(symbol) < 10):
            raise InputError(f"the symbol {symbol!r} is no token number; {folder} has no {TOKENIZER}, so its symbols are numbers")
    return Spelling(_alphabet(folder, symbols), tuple((int(symbol),) for symbol in symbols))


def _alphabet(where: Path, symbols: Sequence[str]) -> Alphabet:
    """Return the alphabet of symbols in a list, or in a text as `alphabet_of` reads it."""
    try:
        listed = alphabet_of(symbols).symbols if isinstance(symbols, str) else tuple(symbols)
        if len(listed) <= MOST_SYMBOLS:
            return Alphabet(listed)
    except InputError as error:
        raise InputError(f"there is no such alphabet for {where}: {error}") from error
    raise InputError(
        f"an alphabet has at most {MOST_SYMBOLS:,} symbols, and for {where} there are {len(listed):,}; "
        "give those that words are made of"
    )
