"""Classes of letters with the same transitions, and short names for these classes in drawings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nerode.automata.diagram import MOST_RUNS, runs, shorten
from nerode.words import Alphabet, IntArray

MOST_PLAIN = 8  # letters; a larger alphabet gets names for classes
MOST_LISTED = 40  # letters or ranges that a legend lists for one class
LATIN, SMALL, GREEK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "αβγδεζηθικλμνξοπρστυφχψω"


def letter_classes(transitions: IntArray) -> list[list[int]]:
    """Return the classes of letters that lead every state to the same state, ordered by their first letters.

    In a minimal DFA, two letters are interchangeable in every word exactly if they are in the same class.

    Parameters
    ----------
    transitions : (n, Σ), of a DFA
    """
    _, first, which = np.unique(transitions, axis=1, return_index=True, return_inverse=True)
    members: dict[int, list[int]] = {name: [] for name in np.argsort(first).tolist()}
    for letter, name in enumerate(which.tolist()):
        members[name].append(letter)
    return list(members.values())


def class_names(alphabet: Alphabet, classes: Sequence[Sequence[int]]) -> dict[str, Sequence[int]]:
    """Return the names ("A", "B", …) of the classes that have no short description, each with its letters.

    No name is a symbol of the alphabet. A small alphabet gets no names. Classes of a few letters or ranges keep their own
    description, such as "(" or "a–z".
    """
    if len(alphabet) <= MOST_PLAIN or len(classes) == 1:
        return {}
    scattered = [members for members in classes if len(runs(alphabet, members)) > MOST_RUNS]
    families = [family for family in (LATIN, SMALL, GREEK) if len(family) >= len(scattered) and not {*family} & {*alphabet}]
    # symbols contain no space, so none of them equals such a name
    names = families[0] if families else [f"class {i + 1}" for i in range(len(scattered))]
    return dict(zip(names, scattered, strict=False))


def legend(alphabet: Alphabet, named: dict[str, Sequence[int]]) -> str:
    """Return the part of a caption that lists the named classes; empty without names."""
    if not named:
        return ""
    listed = (f"{name} = {', '.join(shorten(runs(alphabet, members), MOST_LISTED))}" for name, members in named.items())
    return f"letters: {'; '.join(listed)}"
