"""AT&T text of finite-state machines, `.att`, as OpenFst, Pynini and k2 read and write it.

A line is a transition, "source target letter letter weight", or a final state, "state weight". The source of the first line is
the initial state. Letters are text; a table of symbols beside the file, `NAME.syms`, gives the alphabet and its order, and
translates letters that are numbers. `<eps>` reads nothing.

A weight is −log of a number from 0 on, and a missing one is 0. The value of a word is the sum over its paths: the log semiring.
The tropical semiring takes the best path alone, and agrees where each word has one. Without any weight, a file is an acceptor.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nerode.automata.formats.document import Document, check_size, document, real, text_of
from nerode.automata.formats.machine import Machine, acceptor, deterministic, indexed
from nerode.automata.formats.saveable import Saveable
from nerode.errors import InputError, shown
from nerode.words import FloatArray

SYMBOLS = ".syms"
NOTHING = ("<eps>", "<EPS>", "<epsilon>")
K2_END = "-1"  # the letter of k2's own text that leads to the final state
ROUNDED = 1e-5  # of sums that are 1: OpenFst keeps weights in single precision, and prints few digits
Line = tuple[str, str, str, str | None]
"""Source, target, letter, and weight."""


def write(automaton: Saveable) -> str:
    """Return the lines of an automaton: a DFA without weights, others with them.

    Raises
    ------
    InputError : more than two classes, weights below 0, several values a word, or a letter that means nothing in this format
    """
    _check_letters(automaton)
    if automaton.kind == "dfa":
        fields = acceptor(automaton, "AT&T text")
        order = _first(fields["initial"], len(fields["labels"]))
        lines = [f"{i}\t{j}\t{a}\t{a}" for i in order for a, j in zip(fields["alphabet"], fields["transitions"][i], strict=True)]
        return "\n".join([*lines, *(str(i) for i in order if fields["labels"][i] == 1), ""])
    initial, matrices, final = _weights(automaton)
    start = np.flatnonzero(initial)
    lines = []
    if len(start) == 1 and initial[start[0]] == 1:
        first = int(start[0])
    else:  # a state of its own, from which words pass to the others without a letter
        first = len(initial)
        lines += [f"{first}\t{first}\t{a}\t{a}\tInfinity" for a in automaton.alphabet]  # no path, but the order of the letters
        lines += [f"{first}\t{i}\t{NOTHING[0]}\t{NOTHING[0]}\t{_cost(initial[i])}" for i in start.tolist() or [0]]
    for i in _first(first, len(initial)) if first < len(initial) else range(len(initial)):
        for a, matrix in zip(automaton.alphabet, matrices, strict=True):
            targets = np.flatnonzero(~np.isnan(matrix[i])).tolist() or ([i] if i == first else [])
            lines += [f"{i}\t{j}\t{a}\t{a}\t{_cost(np.nan_to_num(matrix[i, j]))}" for j in targets]
    lines += [f"{i}\t{_cost(weight)}" for i, weight in enumerate(final.tolist())]
    return "\n".join([*lines, ""])


def write_symbols(automaton: Saveable) -> str:
    """Return the table of symbols that OpenFst's tools take as `--isymbols` and `--osymbols`.

    Raises
    ------
    InputError : a letter that means nothing in this format
    """
    _check_letters(automaton)
    return "\n".join([f"{NOTHING[0]}\t0", *(f"{symbol}\t{i + 1}" for i, symbol in enumerate(automaton.alphabet)), ""])


def read(text: str, symbols: str | None = None) -> Document:
    """Return a DFA where there are no weights, a PDFA where they are distributions of one path a word, and else a WFA.

    Parameters
    ----------
    symbols : the text of a table of symbols

    Raises
    ------
    InputError : lines of another form, a transducer, or letters that the table does not have
    """
    lines, finals = _lines(text)
    table = None if symbols is None else _table(symbols)
    names = list(dict.fromkeys([*(name for line in lines for name in line[:2]), *finals]))
    first = text.split(None, 1)[0]
    whole = {str(i) for i in range(len(names))}
    number = {name: i for i, name in enumerate(sorted(names, key=int) if set(names) == whole else names)}
    letters = [(number[i], symbol, number[j]) for (i, j, *_), symbol in zip(lines, _translated(lines, table), strict=True)]
    known = [] if table is None else [(0, symbol, 0) for key, symbol in table.items() if symbol not in NOTHING]
    alphabet, edges = indexed([*known, *letters])
    edges = edges[len(known) :]
    if all(weight is None for *_, weight in lines) and not any(finals.values()):
        labels = tuple(int(name in finals) for name in number)
        return deterministic(Machine(alphabet, (number[first],), labels, edges))
    costs = [real(weight or "0", "a weight") for *_, weight in lines]
    ends = np.full(len(number), np.inf)
    for name, weight in finals.items():
        ends[number[name]] = real(weight or "0", "a weight")
    return _weighted(alphabet, edges, costs, ends, number[first])


def read_file(path: Path, text: str) -> Document:
    """Return the automaton of a file; see `read`. The table of symbols beside it is used where there is one."""
    beside = path.with_suffix(SYMBOLS)
    return read(text, text_of(beside) if beside.is_file() else None)


def _check_letters(automaton: Saveable) -> None:
    for symbol in automaton.alphabet:
        if symbol in NOTHING:
            raise InputError(f"AT&T text reads {symbol} as nothing, so it cannot be a letter; save the automaton as .json")
        if symbol == K2_END:
            raise InputError(
                f"k2 ends words with the letter {symbol}, so it cannot be one of AT&T text; save the automaton as .json"
            )


def _first(first: int, states: int) -> list[int]:
    return [first, *(i for i in range(states) if i != first)]


def _cost(weight: float) -> str:
    return "Infinity" if weight == 0 else repr(-float(np.log(weight)) + 0.0)


def _weights(automaton: Saveable) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the initial weights (n,), the matrices (Σ, n, n), NaN where there is no transition, and the final weights (n,)."""
    fields = automaton.to_json()
    if automaton.kind == "pdfa":
        probabilities = np.array(fields["probabilities"])
        n, letters = len(probabilities), len(automaton.alphabet)
        matrices = np.full((letters, n, n), np.nan)
        matrices[np.arange(letters), np.arange(n)[:, None], fields["transitions"]] = probabilities[:, :-1]
        return np.eye(n)[fields["initial"]], matrices, probabilities[:, -1]
    initial, matrices, final = (np.array(fields[name]) for name in ("initial", "transitions", "final"))
    if final.shape[1] != 1 or fields["link"]["name"] != "value":
        raise InputError("AT&T text holds one value a word, and this automaton gives other scores; save it as .json")
    if min(initial.min(), matrices.min(), final.min()) < 0:
        raise InputError("AT&T text holds weights from 0 on, and this automaton has some below 0; save it as .json")
    return initial, np.where(matrices == 0, np.nan, matrices), final[:, 0]


def _lines(text: str) -> tuple[list[Line], dict[str, str | None]]:
    """Return the transitions, and the final states with their weights."""
    rows = [row for line in text.splitlines() if (row := line.split())]
    arcs = [row for row in rows if len(row) > 2]
    widths = {len(row) for row in arcs}
    if not rows or max(map(len, rows)) > 5:
        raise InputError("each line must have 1 or 2 columns for a final state, and 3 to 5 for a transition")
    if widths == {4}:
        transducer = all(row[2] == row[3] for row in arcs) or not all(map(_is_number, (row[3] for row in arcs)))
    else:
        transducer = 5 in widths
    if transducer and 3 in widths:
        raise InputError("some transitions have an output letter, and others have none")
    if transducer and (apart := [row for row in arcs if row[2] != row[3]]):
        raise InputError(f"it is a transducer that turns {shown(apart[0][2])} into {shown(apart[0][3])}; only acceptors are read")
    if any(row[2] == K2_END for row in arcs):
        raise InputError("it has the letter -1 of k2's own text; write it with k2.to_str(…, openfst=True)")
    place = 4 if transducer else 3
    lines = [(row[0], row[1], row[2], row[place] if len(row) > place else None) for row in arcs]
    return lines, {row[0]: row[1] if len(row) == 2 else None for row in rows if len(row) < 3}


def _is_number(text: str) -> bool:
    try:
        real(text, "")
    except InputError:
        return False
    return True


def _table(text: str) -> dict[str, str]:
    """Return the symbols of a table by their numbers as text, in its order; number 0 is the letter that reads nothing."""
    rows = [row for line in text.splitlines() if (row := line.split())]
    if not all(len(row) == 2 and row[1].isdecimal() for row in rows):
        raise InputError("each line of a table of symbols must be a symbol and its number")
    return {number: NOTHING[0] if number == "0" else symbol for symbol, number in rows}


def _translated(lines: list[Line], table: dict[str, str] | None) -> list[str | None]:
    """Return the symbol of each line, or None where it reads nothing.

    Letters are names of the table; where one of them is none, all are its numbers.
    """
    letters = [line[2] for line in lines]
    if table is not None:
        names, numbers = {*table.values(), *NOTHING}, table.keys() | NOTHING
        if unknown := [letter for letter in letters if letter not in names and letter not in numbers]:
            raise InputError(f"the table of symbols does not have the letter {shown(unknown[0])}")
        if only_numbers := [letter for letter in letters if letter not in names]:
            if only_names := [letter for letter in letters if letter not in numbers]:
                kinds = f"{shown(only_names[0])} is a name and {shown(only_numbers[0])} a number"
                raise InputError(f"{kinds} of the table of symbols; write all letters as names")
            letters = [table.get(letter, letter) for letter in letters]
    return [None if letter in NOTHING else letter for letter in letters]


def _weighted(alphabet: tuple[str, ...], edges: Any, costs: list[float], ends: FloatArray, start: int) -> Document:
    n, letters = len(ends), len(alphabet)
    if not letters:
        raise InputError("it has no letter")
    with np.errstate(over="ignore"):
        weights, final = np.exp(-np.array(costs)), np.exp(-ends)
    if not np.isfinite([*weights, *final]).all():
        raise InputError("a weight is so far below 0 that it stands for no finite number")
    if (pdfa := _distributions(alphabet, edges, weights, final, start)) is not None:
        return pdfa
    check_size((letters + 1) * n * n, "weights")
    matrices = np.zeros((letters + 1, n, n))  # the last one reads nothing
    for (i, a, j), weight in zip(edges, weights.tolist(), strict=True):
        matrices[a, i, j] += weight
    silent, matrices = matrices[-1], matrices[:-1]
    initial, star, power, length = np.eye(n)[start], np.eye(n), silent, 1
    with np.errstate(over="ignore", invalid="ignore"):  # numbers that are not finite are refused later
        while power.any():  # 1 + E + E² + E³ + … = (1 + E)(1 + E²)(1 + E⁴) …
            if length > n:
                raise InputError("it has a circle of transitions that read nothing; remove them first (fstrmepsilon)")
            star, power, length = star + star @ power, power @ power, 2 * length
        initial, matrices = initial @ star, matrices @ star
    # a state from which words only pass to others without a letter has done its work
    passes = any(i == start and a < 0 for i, a, _ in edges)
    used = matrices[:, start].any() or matrices[:, :, start].any() or final[start] or silent[:, start].any()
    kept = np.arange(n) if used or not passes else np.delete(np.arange(n), start)
    return document(
        "wfa",
        {
            "alphabet": list(alphabet),
            "link": {"name": "value"},
            "initial": initial[kept].tolist(),
            "final": final[kept, None].tolist(),
            "transitions": matrices[:, kept][:, :, kept].tolist(),
        },
    )


def _distributions(alphabet: tuple[str, ...], edges: Any, weights: FloatArray, final: FloatArray, start: int) -> Document | None:
    """Return a PDFA, or None if a state has two ways for one letter, or weights that are no distribution but for rounding.

    Letters that lead nowhere are impossible, and stay in their state.
    """
    n, letters = len(final), len(alphabet)
    check_size(n * (letters + 1), "transitions")
    table = np.full((n, letters), -1)
    rows = np.zeros((n, letters + 1))
    rows[:, -1] = final
    for (i, a, j), weight in zip(edges, weights.tolist(), strict=True):
        if a < 0 or table[i, a] >= 0:
            return None
        table[i, a], rows[i, a] = j, weight
    sums = rows.sum(axis=1, keepdims=True)
    if not np.allclose(sums, 1, rtol=0, atol=ROUNDED):
        return None
    rows /= sums
    table = np.where(table < 0, np.arange(n)[:, None], table)
    return document(
        "pdfa",
        {"alphabet": list(alphabet), "initial": start, "transitions": table.tolist(), "probabilities": rows.tolist()},
    )
