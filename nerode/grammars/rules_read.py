"""Reads rules in GBNF or EBNF as a context-free grammar.

Groups and repetitions become nonterminals of their own. Sizes and depths are bounded, since anyone may write such a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nerode.automata.cfg import CFG, MOST_NONTERMINALS, MOST_SYMBOLS
from nerode.automata.parsing import Rule
from nerode.automata.reduction import useful
from nerode.errors import InputError, shown
from nerode.grammars.notations import MOST_LETTERS, Notation, check_letters
from nerode.grammars.repetitions import with_letters
from nerode.words import Alphabet, Word

MOST_DEPTH = 100  # brackets in brackets
MOST_TIMES = 1000  # of a repetition
COUNT = re.compile(r"\{(\d*)(,(\d*))?\}")
OPERATORS = ("*", "+", "?")


@dataclass(frozen=True)
class Token:
    """A part of a text: its kind, the name of a group of `Notation.tokens`, its text, and the line that it begins in."""

    kind: str
    text: str
    line: int


def from_rules(text: str, notation: Notation, alphabet: Alphabet | None = None) -> CFG:
    """Return the grammar of a text. Rules from which no word is derived, and those that are not reached, are left out.

    Parameters
    ----------
    alphabet : the symbols; by default those of the first line, and where it names none the characters that occur

    Raises
    ------
    InputError : a text that is not of the notation, symbols that the alphabet does not have, or a grammar that is too large
    """
    tokens = _tokens(text, notation)
    if not tokens:
        raise InputError(f'there is no rule; {notation.title} has rules such as a ::= "b"')
    reader = _Reader(tokens, notation, alphabet or _named(text, notation) or _occurring(tokens, notation))
    grammar = reader.read()
    sides = useful(grammar)
    order = sorted(sides, key=lambda left: (left != grammar.initial, left))
    number = {left: i for i, left in enumerate(order)}
    rules = [
        (number[left], tuple(s if s >= 0 else -1 - number[-1 - s] for s in right)) for left in order for right in sides[left]
    ]
    told = "" if rules else f"no word is derived from {grammar.nonterminals[grammar.initial]}: its rules never come to an end"
    return CFG(grammar.alphabet, tuple(grammar.nonterminals[left] for left in order), tuple(rules), 0, told)


def _tokens(text: str, notation: Notation) -> list[Token]:
    tokens: list[Token] = []
    place, line = 0, 1
    while place < len(text):
        match = notation.tokens.match(text, place)
        if match is None or not match.lastgroup:
            raise InputError(f"line {line} cannot be read as {notation.title} from {shown(text[place : place + 20])} on")
        if match.lastgroup != "blank":
            tokens.append(Token(match.lastgroup, match[0], line))
        line += match[0].count("\n")
        place = match.end()
    return tokens


def _named(text: str, notation: Notation) -> Alphabet | None:
    """Return the alphabet that the first line names, or one after lines of comments; None where none is named."""
    before, _, after = notation.head.partition("{}")
    for line in map(str.rstrip, text.splitlines()):
        if line.startswith(before.rstrip()) and line.endswith(after.strip()):
            return Alphabet(tuple(line[len(before.rstrip()) : len(line) - len(after.strip())].split()))
        if line and not line.startswith(before.split()[0]):
            return None
    return None


def _occurring(tokens: list[Token], notation: Notation) -> Alphabet:
    """Return the alphabet of the characters that occur in literals and classes, in their order."""
    found: dict[str, None] = {}
    for token in tokens:
        if token.text == "." or (token.kind == "class" and token.text.startswith("[^")):
            head = notation.head.format("a b")
            how = f"name them in a first line such as {head}, or give it to `nerode convert --alphabet`"
            raise InputError(f"line {token.line}: {token.text} stands for symbols that the file does not name; {how}")
        if token.kind == "class":
            found |= dict.fromkeys(_members(token, notation))
        elif token.kind == "literal":
            found |= dict.fromkeys(_inside(token, notation))
        check_letters(found, token.line)
    if not found:
        raise InputError("there are no letters in it, neither in quotation marks nor in a first line that names the alphabet")
    return Alphabet(tuple(found))


def _inside(token: Token, notation: Notation) -> list[str]:
    """Return the characters of a literal."""
    quoted = token.text[0] in "\"'"
    text = token.text[1:-1] if quoted else token.text
    if quoted and not notation.escapes:
        return list(text)
    return [notation.plain(piece) for piece in notation.pieces.findall(text)]


def _members(token: Token, notation: Notation) -> list[str]:
    """Return the characters of a class, ranges spelt out, without the sign of a complement."""
    pieces = notation.pieces.findall(token.text[1:-1].removeprefix("^"))
    members: list[str] = []
    place = 0
    while place < len(pieces):
        first = notation.plain(pieces[place])
        if place + 2 < len(pieces) and pieces[place + 1] == "-":
            last = notation.plain(pieces[place + 2])
            if not 0 <= ord(last) - ord(first) <= MOST_LETTERS:
                most = f"or has more than {MOST_LETTERS:,} characters"
                raise InputError(f"line {token.line}: the range in {shown(token.text)} is empty {most}")
            members += map(chr, range(ord(first), ord(last) + 1))
            place += 3
        else:
            members.append(first)
            place += 1
    return members


class _Reader:
    """A parser by recursive descent, whose depth is bounded."""

    def __init__(self, tokens: list[Token], notation: Notation, alphabet: Alphabet) -> None:
        self._tokens, self._notation, self._alphabet = tokens, notation, alphabet
        self._index = {symbol: i for i, symbol in enumerate(alphabet)}
        self._at = 0
        self._names: dict[str, int] = {}
        self._defined: dict[str, int] = {}  # the line of each
        self._used: dict[str, int] = {}
        self._rules: list[Rule] = []
        self._repetitions: dict[int, Word] = {}  # the nonterminals of X*, and X
        self._size = 0
        self._inner = ""

    def read(self) -> CFG:
        while self._at < len(self._tokens):
            self._rule()
        for name, line in self._used.items():
            if name not in self._defined:
                raise InputError(f"line {line} uses {name}, and there is no rule for it")
        start = self._notation.start or next(iter(self._defined))
        if start not in self._defined:
            raise InputError(f"there is no rule for {start}, where {self._notation.title} begins")
        rules = with_letters(self._rules, self._repetitions, lambda left: self._fresh([*self._names][left]), self._check_size)
        return CFG(self._alphabet, tuple(self._names), tuple(rules), self._names[start])

    def _rule(self) -> None:
        name = self._tokens[self._at]
        if name.kind != "name" or not self._begins_rule():
            raise InputError(f'line {name.line}: a rule such as a ::= "b" is expected, not {shown(name.text)}')
        if name.text in self._defined:
            raise InputError(f"line {name.line}: there are two rules for {name.text}; write one, with | between its right sides")
        self._defined[name.text] = name.line
        self._inner = name.text
        self._at += 2
        for right in self._choice(0):
            self._add(self._number(name.text), right)

    def _begins_rule(self) -> bool:
        following = self._tokens[self._at + 1 : self._at + 2]
        return bool(following) and self._tokens[self._at].kind == "name" and following[0].kind == "is"

    def _choice(self, depth: int) -> list[Word]:
        """Read right sides with | between them, up to a closing bracket or the next rule."""
        rights = [self._sequence(depth)]
        while self._next() == "|":
            self._at += 1
            rights.append(self._sequence(depth))
        return rights

    def _sequence(self, depth: int) -> Word:
        right: list[int] = []
        while self._next() not in ("", "|", ")") and not self._begins_rule():
            item = self._item(depth)
            right += self._repeated(item)
            self._check_size(len(right))
        return tuple(right)

    def _item(self, depth: int) -> Word:
        token = self._tokens[self._at]
        self._at += 1
        if token.kind == "name":
            self._used.setdefault(token.text, token.line)
            return (-1 - self._number(token.text),)
        if token.kind == "literal":
            return self._letters(token)
        if token.kind == "class" or token.text == ".":
            return self._one_of([(letter,) for letter in self._class(token)])
        if token.text != "(":
            raise InputError(f"line {token.line}: {shown(token.text)} is not expected here")
        if depth >= MOST_DEPTH:
            raise InputError(f"line {token.line}: brackets are nested more than {MOST_DEPTH} deep")
        rights = self._choice(depth + 1)
        if self._next() != ")":
            raise InputError(f"line {token.line}: a bracket is not closed")
        self._at += 1
        return rights[0] if len(rights) == 1 else self._one_of(rights)

    def _letters(self, token: Token) -> Word:
        characters = _inside(token, self._notation)
        whole = "".join(characters)
        symbols = [whole] if whole in self._index else characters
        return tuple(self._letter(symbol, token) for symbol in symbols)

    def _letter(self, symbol: str, token: Token) -> int:
        if symbol not in self._index:
            raise InputError(f"line {token.line}: {shown(symbol)} is no symbol of the alphabet")
        return self._index[symbol]

    def _class(self, token: Token) -> list[int]:
        if token.text == ".":
            return list(range(len(self._alphabet)))
        letters = [self._letter(member, token) for member in _members(token, self._notation)]
        if not token.text.startswith("[^"):
            return letters
        excluded = set(letters)
        return [letter for letter in range(len(self._alphabet)) if letter not in excluded]

    def _repeated(self, item: Word) -> Word:
        """Read the repetitions behind an item."""
        while self._at < len(self._tokens) and (self._next() in OPERATORS or self._tokens[self._at].kind == "count"):
            token = self._tokens[self._at]
            self._at += 1
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(token.text) or self._counts(token)
            copies = item * least
            if most is None:
                again = self._fresh(self._inner)
                self._repetitions[again] = item
                self._add(again, ())
                self._add(again, (*item, -1 - again))
                item = (*copies, -1 - again)
            else:
                item = (*copies, *self._at_most(item, most - least))
            self._check_size(len(item))
        return item

    def _counts(self, token: Token) -> tuple[int, int | None]:
        match = COUNT.fullmatch(token.text)
        assert match is not None
        least, comma, most = match.groups()
        numbers = [int(digits[:5]) if digits else None for digits in (least, most)]
        low = numbers[0] or 0
        high = numbers[1] if comma else low
        if (not least and not most) or max(low, high or 0) > MOST_TIMES or (high is not None and high < low):
            raise InputError(f"line {token.line}: {token.text} is no repetition of at most {MOST_TIMES:,} times")
        return low, high

    def _at_most(self, item: Word, times: int) -> Word:
        """Return what an item at most so many times is: a chain of nonterminals."""
        after: Word = ()
        for _ in range(times):
            left = self._fresh(self._inner)
            self._add(left, ())
            self._add(left, (*item, *after))
            after = (-1 - left,)
        return after

    def _one_of(self, rights: list[Word]) -> Word:
        if len(rights) == 1:
            return rights[0]
        left = self._fresh(self._inner)
        for right in rights:
            self._add(left, right)
        return (-1 - left,)

    def _add(self, left: int, right: Word) -> None:
        self._size += 1
        self._check_size(len(right))
        self._size += len(right)
        self._rules.append((left, right))

    def _check_size(self, more: int) -> None:
        if self._size + more > MOST_SYMBOLS or len(self._names) > MOST_NONTERMINALS:
            raise InputError(
                f"the grammar is too large: more than {MOST_NONTERMINALS:,} nonterminals or {MOST_SYMBOLS:,} symbols"
            )

    def _number(self, name: str) -> int:
        return self._names.setdefault(name, len(self._names))

    def _fresh(self, name: str) -> int:
        """Return the number of a new nonterminal, named after the rule that it is in; names of files have no such sign."""
        return self._number(f"{name}:{len(self._names)}")

    def _next(self) -> str:
        return self._tokens[self._at].text if self._at < len(self._tokens) else ""
