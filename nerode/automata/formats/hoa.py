"""The Hanoi omega-automata format (Babiak and others, 2015), `.hoa`, for automata on finite words.

The format describes automata on infinite words. The convention for finite words is that of Spot: the acceptance condition is
`Inf(0)`, and a word is accepted if its run ends in a state that is marked {0}.

A letter of the format says which propositions are true. Automata are written with one proposition a letter, of which one is true
at a time; the property `one-hot-letters` says so. Other files are read with one letter for each set of true propositions,
such as `a&!b`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import numpy as np

from nerode.automata.formats.document import MOST_CELLS, Document, check_size, whole
from nerode.automata.formats.machine import Machine, acceptor, deterministic
from nerode.automata.formats.saveable import Saveable
from nerode.errors import InputError, shown
from nerode.words import BoolArray

ONE_HOT = "one-hot-letters"
MOST_PROPOSITIONS = 8  # whose sets are letters
DEEPEST = 100  # of a formula
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*(?:"|\Z)|/\*.*?(?:\*/|\Z)|--[A-Z]+--|@[\w-]+|[A-Za-z_][\w-]*:?|\d+|\S', re.DOTALL | re.ASCII
)
_EDGE = re.compile(r"\[|\d+")


def write(automaton: Saveable) -> str:
    """Return a DFA of two classes as a deterministic automaton with state-based acceptance.

    Raises
    ------
    InputError : more classes
    """
    fields = acceptor(automaton, "the HOA format")
    letters = range(len(fields["alphabet"]))
    quoted = ['"' + symbol.replace("\\", "\\\\").replace('"', '\\"') + '"' for symbol in fields["alphabet"]]
    lines = ["HOA: v1", 'tool: "nerode"', f"States: {len(fields['labels'])}", f"Start: {fields['initial']}"]
    lines += [f"AP: {len(quoted)} {' '.join(quoted)}", "acc-name: Buchi", "Acceptance: 1 Inf(0)"]
    lines.append(f"properties: trans-labels explicit-labels state-acc deterministic {ONE_HOT}")
    lines += [f"Alias: @{a} {'&'.join(f'!{b}' if b != a else f'{b}' for b in letters)}" for a in letters]
    lines.append("--BODY--")
    for i, (row, label) in enumerate(zip(fields["transitions"], fields["labels"], strict=True)):
        lines.append(f"State: {i}" + " {0}" * (label == 1))
        lines += [f"[@{a}] {j}" for a, j in enumerate(row)]
    return "\n".join([*lines, "--END--", ""])


def read(text: str) -> Document:
    """Return the DFA of an automaton whose run ends in marked states for the accepted words.

    Raises
    ------
    InputError : another version or acceptance condition, marks on transitions, alternation, or text of another form
    """
    return _Reader(text).document()


class _Reader:
    """A position in the tokens of a file, and what was read so far."""

    def __init__(self, text: str) -> None:
        tokens = (token for token in _TOKEN.findall(text) if not token.startswith("/*"))
        self._rest: Iterator[str] = iter(tokens)
        self._next = next(self._rest, "")
        self._aliases: dict[str, BoolArray] = {}

    def document(self) -> Document:
        if (self._take(), self._take()) != ("HOA:", "v1"):
            raise InputError("it does not begin with 'HOA: v1'")
        headers = self._headers()
        if "".join(headers.get("Acceptance:", [])) != "1Inf(0)":
            raise InputError(
                "finite words need 'Acceptance: 1 Inf(0)', where a word is accepted if its run ends in a marked state"
            )
        count = headers.get("States:")
        states = MOST_CELLS if count is None else whole(" ".join(count), "the number of states (States:)")
        alphabet, self._truth = _alphabet(headers)
        start = headers.get("Start:", [])
        if "&" in start:
            raise InputError("it is alternating: words begin in several states at once")
        initial = tuple(_state(text, states) for text in start)
        tokens = headers.get("Alias:", [])
        self._define(tokens)
        labels: dict[int, int] = {}
        edges: list[tuple[int, int, int]] = []
        while self._next == "State:":
            state, accepting, found = self._state(states, len(alphabet))
            if state in labels:
                raise InputError(f"it defines state {state} twice")
            labels[state] = int(accepting)
            edges += found
            check_size(len(edges), "transitions")
        if self._next != "--END--":
            raise InputError(f"a state or --END-- is expected, not {shown(self._next)}")
        self._take()
        if self._next:
            raise InputError(f"after --END-- comes {shown(self._next)}; only one automaton a file is read")
        if count is None:
            states = 1 + max([*initial, *labels, *(target for _, _, target in edges)], default=-1)
        check_size(states * len(alphabet), "transitions")
        return deterministic(Machine(alphabet, initial, tuple(labels.get(i, 0) for i in range(states)), tuple(edges)))

    def _take(self) -> str:
        token, self._next = self._next, next(self._rest, "")
        return token

    def _headers(self) -> dict[str, list[str]]:
        """Return the tokens of each header; those of repeated ones follow each other, aliases with their names."""
        headers: dict[str, list[str]] = {}
        current = ""
        while self._next not in ("--BODY--", ""):
            token = self._take()
            if token.endswith(":") and token[:1].isalpha():
                current = token
                headers.setdefault(current, [])
            elif current:
                headers[current].append(token)
            else:
                raise InputError(f"a header is expected, not {shown(token)}")
        if self._take() != "--BODY--":
            raise InputError("it has no --BODY--")
        return headers

    def _define(self, tokens: list[str]) -> None:
        """Give the aliases of the header their meaning: each begins with a name that does not stand inside a formula."""
        rest, following = self._rest, self._next
        self._rest = iter(tokens)
        self._next = next(self._rest, "")
        while self._next:
            name = self._take()
            if not name.startswith("@"):
                raise InputError(f"an alias begins with @, unlike {shown(name)}")
            self._aliases[name] = self._formula(0)
        self._rest, self._next = rest, following

    def _state(self, states: int, letters: int) -> tuple[int, bool, list[tuple[int, int, int]]]:
        self._take()
        own = self._label()
        state = _state(self._take(), states)
        if self._next.startswith('"'):
            self._take()
        accepting = self._marked()
        edges, count = [], 0
        while _EDGE.fullmatch(self._next):
            truth = self._label()
            target = _state(self._take(), states)
            if truth is None and own is None:  # the letters follow each other
                if count >= letters:
                    raise InputError(f"state {state} has more transitions without a label than there are letters")
                truth = np.arange(letters) == count
            if self._next == "&":
                raise InputError("it is alternating: a transition leads to two states at once")
            if self._marked():
                raise InputError("its transitions are marked as accepting; only marks of states are read (autfilt -S)")
            chosen = truth if own is None else own
            assert chosen is not None
            edges += [(state, int(a), target) for a in np.flatnonzero(chosen)]
            check_size(len(edges), "transitions")
            count += 1
        return state, accepting, edges

    def _label(self) -> BoolArray | None:
        if self._next != "[":
            return None
        self._take()
        truth = self._formula(0)
        self._expect("]")
        return truth

    def _marked(self) -> bool:
        if self._next != "{":
            return False
        self._take()
        marks = set()
        while self._next not in ("}", ""):
            marks.add(self._take())
        self._expect("}")
        if not marks <= {"0"}:
            raise InputError("it has marks other than 0, which Inf(0) does not name")
        return bool(marks)

    def _expect(self, token: str) -> None:
        if (found := self._take()) != token:
            raise InputError(f"{token} is expected, not {shown(found)}")

    def _formula(self, depth: int) -> BoolArray:
        """Return the letters for which a formula is true; ! binds before & and & before |."""
        truth = self._conjunction(depth)
        while self._next == "|":
            self._take()
            truth = truth | self._conjunction(depth)
        return truth

    def _conjunction(self, depth: int) -> BoolArray:
        truth = self._atom(depth)
        while self._next == "&":
            self._take()
            truth = truth & self._atom(depth)
        return truth

    def _atom(self, depth: int) -> BoolArray:
        if depth > DEEPEST:
            raise InputError("a formula is nested too deeply")
        token = self._take()
        if token == "!":
            return ~self._atom(depth + 1)
        if token == "(":
            truth = self._formula(depth + 1)
            self._expect(")")
            return truth
        if token in ("t", "f"):
            return np.full(self._truth.shape[1], token == "t")
        if token in self._aliases:
            return self._aliases[token]
        if token.isdecimal() and whole(token, "a proposition") < len(self._truth):
            truth_of: BoolArray = self._truth[int(token)]
            return truth_of
        raise InputError(f"a formula has {shown(token)}, which is no proposition, alias or sign")


def _alphabet(headers: dict[str, list[str]]) -> tuple[tuple[str, ...], BoolArray]:
    """Return the letters, and which propositions are true in each (propositions, letters)."""
    count, *texts = headers.get("AP:", ["0"]) or [""]
    names = [re.sub(r"\\(.)", r"\1", text[1:-1]) for text in texts if text.startswith('"')]
    if len(names) != whole(count, "the number of propositions (AP:)") or len(names) != len(texts):
        raise InputError("the number of propositions (AP:) is not that of their names")
    if ONE_HOT in headers.get("properties:", []):
        check_size(len(names) ** 2, "literals")
        return tuple(names), np.eye(len(names), dtype=bool)
    if len(names) > MOST_PROPOSITIONS:
        raise InputError(
            f"it has {len(names)} propositions, and at most {MOST_PROPOSITIONS} are read, since each set is a letter"
        )
    # the first proposition is the least bit, as in transitions without labels
    truth = (
        np.array([bits[::-1] for bits in product((False, True), repeat=len(names))], bool).reshape(2 ** len(names), len(names)).T
    )
    letters = ["&".join(name if true else f"!{name}" for name, true in zip(names, bits, strict=True)) for bits in truth.T]
    return (tuple(letters) if names else ("t",)), truth


def _state(text: str, states: int) -> int:
    state = whole(text, "a state")
    if state >= states:
        raise InputError(f"it has {states:,} states, and refers to state {state:,}")
    return state
