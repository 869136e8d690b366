"""Models of the PAutomaC competition (Verwer, Eyraud and de la Higuera, 2014), `.pautomac`.

Four tables: I, the initial distribution; F, the probability that the word ends in a state; S, that of a letter where it does not
end; and T, that of the next state after a letter. The probability of a step is therefore (1 − F) · S · T. Letters are numbers.
"""

from __future__ import annotations

import re

import numpy as np

from nerode.automata.formats.document import Document, check_size, document, real, whole
from nerode.automata.formats.saveable import Saveable
from nerode.errors import InputError, shown
from nerode.words import FloatArray

COLUMNS = {"I": 1, "F": 1, "S": 2, "T": 3}
TITLES = {"I": "(state)", "F": "(state)", "S": "(state,symbol)", "T": "(state,symbol,state)"}
_ROW = re.compile(r"\(([\d ,]+)\)\s*(\S+)", re.ASCII)
MOST_ENTRY = 1_000_000  # states and letters
CLOSE, ROUNDED = 1e-9, 1e-4  # of sums that are 1; files may have numbers of few digits


def write(automaton: Saveable) -> str:
    """Return the model of a PDFA, or of a WFA that is a probabilistic automaton.

    Raises
    ------
    InputError : weights that are no probabilities
    """
    initial, final, symbols, steps = _probabilities(automaton)
    lines = []
    for name, array in (("I", initial), ("F", final), ("S", symbols), ("T", steps)):
        lines.append(f"{name}: {TITLES[name]}")
        places = np.argwhere(np.ones_like(array) if name == "S" else array > 0).tolist()  # S shows all states and letters
        lines += [f"\t({','.join(map(str, place))}) {float(array[tuple(place)])!r}" for place in places]
    return "\n".join([*lines, ""])


def read(text: str) -> Document:
    """Return a PDFA where each letter has one next state, and else a WFA.

    In a PDFA, a letter of probability 0 without a next state stays in its state.

    Raises
    ------
    InputError : lines of another form, or tables that are no distributions
    """
    tables = _tables(text)
    n = 1 + max((place[0] for entries in tables.values() for place in entries), default=-1)
    n = max(n, 1 + max((place[2] for place in tables["T"]), default=-1))
    letters = 1 + max((place[1] for name in "ST" for place in tables[name]), default=-1)
    if not n or not letters:
        raise InputError("it has no state or no letter")
    deterministic = set(tables["I"].values()) <= {0.0, 1.0} and set(tables["T"].values()) <= {0.0, 1.0}
    check_size(n * (letters + 1), "transitions")
    initial, final, symbols = np.zeros(n), np.zeros(n), np.zeros((n, letters))
    for array, name in ((initial, "I"), (final, "F"), (symbols, "S")):
        for place, value in tables[name].items():
            array[place] = value
    if not np.isclose(initial.sum(), 1, rtol=0, atol=ROUNDED):
        raise InputError("the initial probabilities do not add up to 1")
    rows = np.column_stack([(1 - final)[:, None] * symbols, final])
    alphabet = [str(i) for i in range(letters)]
    sums = rows.sum(axis=1, keepdims=True)
    if deterministic and np.allclose(sums, 1, rtol=0, atol=ROUNDED):
        ends = [place for place, value in tables["T"].items() if value]
        if len({place[:2] for place in ends}) == len(ends) and initial.sum() == 1:
            table = np.broadcast_to(np.arange(n)[:, None], (n, letters)).copy()
            for i, a, j in ends:
                table[i, a] = j
            if {place[:2] for place in ends} >= {tuple(place) for place in np.argwhere(symbols > 0).tolist()}:
                values = {
                    "transitions": table.tolist(),
                    "probabilities": (rows / sums).tolist(),
                    "initial": int(initial.argmax()),
                }
                return document("pdfa", {"alphabet": alphabet, **values})
    check_size(letters * n * n, "weights")
    matrices = np.zeros((letters, n, n))
    for (i, a, j), value in tables["T"].items():
        matrices[a, i, j] = rows[i, a] * value
    totals = final + matrices.sum(axis=(0, 2))
    if (odd := ~np.isclose(totals, 1, rtol=0, atol=ROUNDED)).any():
        raise InputError(f"the probabilities of state {int(odd.argmax())} do not add up to 1")
    values = {"initial": initial.tolist(), "transitions": matrices.tolist(), "final": final[:, None].tolist()}
    return document("wfa", {"alphabet": alphabet, "link": {"name": "value"}, **values})


def _tables(text: str) -> dict[str, dict[tuple[int, ...], float]]:
    tables: dict[str, dict[tuple[int, ...], float]] = {name: {} for name in COLUMNS}
    current = ""
    for line in filter(None, map(str.strip, text.splitlines())):
        if line[:1] in COLUMNS and line[1:2] == ":":
            current = line[0]
            continue
        row = _ROW.fullmatch(line)
        if row is None or not current:
            raise InputError(f"a line such as '(0,1) 0.5' in one of the tables I, F, S and T is expected, not {shown(line)}")
        place = tuple(whole(part.strip(), "a state or a letter") for part in row[1].split(","))
        value = real(row[2], "a probability")
        if len(place) != COLUMNS[current] or max(place) >= MOST_ENTRY:
            raise InputError(f"{shown(line)} is no line of the table {current}, of the form {TITLES[current]}")
        if not 0 <= value <= 1 + CLOSE:
            raise InputError(f"a probability lies between 0 and 1, unlike that of {shown(line)}")
        tables[current][place] = min(value, 1.0)
    return tables


def _probabilities(automaton: Saveable) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return the tables I (n,), F (n,), S (n, Σ) and T (n, Σ, n)."""
    fields = automaton.to_json()
    if automaton.kind == "pdfa":
        rows = np.array(fields["probabilities"])
        n, letters = len(rows), len(automaton.alphabet)
        steps = np.zeros((n, letters, n))
        steps[np.arange(n)[:, None], np.arange(letters), fields["transitions"]] = 1
        return np.eye(n)[fields["initial"]], rows[:, -1], _shares(rows[:, :-1]), steps
    initial, matrices, final = (np.array(fields[name]) for name in ("initial", "transitions", "final"))
    total = final.sum(axis=1) + matrices.sum(axis=(0, 2))
    fits = final.shape[1] == 1 and fields["link"]["name"] == "value" and min(initial.min(), matrices.min(), final.min()) >= 0
    if not fits or not np.allclose([initial.sum(), *total], 1, rtol=0, atol=CLOSE):
        raise InputError("models of PAutomaC hold probabilities, and the weights of this automaton are none; save it as .json")
    letters_first = matrices.transpose(1, 0, 2)
    symbols = letters_first.sum(axis=2)
    return initial, final[:, 0], _shares(symbols), _shares(letters_first)


def _shares(parts: FloatArray) -> FloatArray:
    """Return the parts of each row divided by their sum, and 0 where this is 0."""
    wholes = np.broadcast_to(parts.sum(axis=-1, keepdims=True), parts.shape)
    shares: FloatArray = np.divide(parts, wholes, out=np.zeros_like(parts), where=wholes > 0)
    return shares
