"""AT&T text of finite-state machines, `.att`, as OpenFst, Pynini and k2 read and write it.

A line is a transition, "source target letter letter weight", or a final state, "state weight". The source of the first line is
the initial state. Letters are text; a table of symbols beside the file, `NAME.syms`, gives the alphabet and its order, and
translates letters that are numbers. `<eps>` reads nothing.

A weight is −log of a number from 0 on, and a missing one is 0. The value of a word is the sum over its paths: the log semiring.
The tropical semiring takes the best path alone, and agrees where each word has one. Without any weight, a file is an acceptor.

Letters that are all numbers, in a file without a table, are those of OpenFst and k2, where 0 reads nothing. Where 0 is a letter,
`write` adds a state that no word reaches, whose arrow reads `<eps>`: a name, so that all letters are names.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nerode.automata.formats.att_lines import K2_END, NOTHING, Finals, Line, lines_of, table_of, translated, zero_is_nothing
from nerode.automata.formats.document import Document, check_size, document, real, text_of
from nerode.automata.formats.machine import Machine, acceptor, deterministic, indexed
from nerode.automata.formats.saveable import Saveable
from nerode.errors import InputError
from nerode.words import FloatArray

SYMBOLS = ".syms"
ROUNDED = 1e-5  # of sums that are 1: OpenFst keeps weights in single precision, and prints few digits


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
        return "\n".join([*lines, *(str(i) for i in order if fields["labels"][i] == 1), *_names(automaton, len(order), ""), ""])
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
    return "\n".join([*lines, *_names(automaton, max(first + 1, len(initial)), "\tInfinity"), ""])


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
    lines, finals, told = lines_of(text)
    table = None if symbols is None else table_of(symbols)
    found, said = translated(lines, table)
    first = text.split(None, 1)[0]
    marks = _marks(lines, finals, first)
    letters = [letter for letter, line in zip(found, lines, strict=True) if line[0] not in marks]
    lines = [line for line in lines if line[0] not in marks]
    names = list(dict.fromkeys([*(name for line in lines for name in line[:2]), *finals]))
    whole = {str(i) for i in range(len(names))}
    number = {name: i for i, name in enumerate(sorted(names, key=int) if set(names) == whole else names)}
    steps = [(number[i], symbol, number[j]) for (i, j, *_), symbol in zip(lines, letters, strict=True)]
    known = [] if table is None else [(0, symbol, 0) for key, symbol in table.items() if key != "0" and symbol not in NOTHING]
    alphabet, edges = indexed([*known, *steps])
    edges = edges[len(known) :]
    notes = "; ".join(filter(None, [told, said]))
    if all(weight is None for *_, weight in lines) and not any(finals.values()):
        labels = tuple(int(name in finals) for name in number)
        return deterministic(Machine(alphabet, (number[first],), labels, edges), notes)
    costs = [real(weight or "0", "a weight") for *_, weight in lines]
    ends = np.full(len(number), np.inf)
    for name, weight in finals.items():
        ends[number[name]] = real(weight or "0", "a weight")
    return replace(_weighted(alphabet, edges, costs, ends, number[first]), told=notes)


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


def _names(automaton: Saveable, state: int, weight: str) -> list[str]:
    """Return the line that says that letters are names, where they could be taken for numbers of which 0 reads nothing."""
    return [f"{state}\t{state}\t{NOTHING[0]}\t{NOTHING[0]}{weight}"] if zero_is_nothing(list(automaton.alphabet)) else []


def _marks(lines: list[Line], finals: Finals, first: str) -> set[str]:
    """Return the states whose only arrow leads from themselves to themselves and reads nothing; no word reaches them."""
    loops = {i for i, j, letter, _ in lines if i == j and letter in NOTHING} - {first} - finals.keys()
    return loops - {state for i, j, letter, _ in lines if i != j or letter not in NOTHING for state in (i, j)}


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
