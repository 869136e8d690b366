"""Letters that an automaton does not tell apart, and short names for them in drawings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nerode.automata.diagram import MOST_RUNS, runs, shorten
from nerode.words import Alphabet, IntArray

MOST_PLAIN = 8  # letters of an alphabet that is read as it is
MOST_LISTED = 40  # letters or ranges of one class in a legend
LATIN, SMALL, GREEK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "αβγδεζηθικλμνξοπρστυφχψω"


def letter_classes(transitions: IntArray) -> list[list[int]]:
    """The letters in classes of those that lead every state to the same state; classes in the order of their first letters.

    In a minimal DFA letters of one class can take each other's place in every word, and others cannot.

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
    """A name for each class that cannot be written shortly, "A", "B", …, and its letters; none is a symbol of the alphabet.

    Only where the alphabet is large. Classes of a few letters or ranges are best read as they are: "(", "a–z".
    """
    if len(alphabet) <= MOST_PLAIN or len(classes) == 1:
        return {}
    scattered = [members for members in classes if len(runs(alphabet, members)) > MOST_RUNS]
    families = [family for family in (LATIN, SMALL, GREEK) if len(family) >= len(scattered) and not {*family} & {*alphabet}]
    # symbols have no space in them, so that these are none
    names = families[0] if families else [f"class {i + 1}" for i in range(len(scattered))]
    return dict(zip(names, scattered, strict=False))


def legend(alphabet: Alphabet, named: dict[str, Sequence[int]]) -> str:
    """What a caption says of the named classes; empty where there are none."""
    if not named:
        return ""
    listed = (f"{name} = {', '.join(shorten(runs(alphabet, members), MOST_LISTED))}" for name, members in named.items())
    return f"letters: {'; '.join(listed)}"
