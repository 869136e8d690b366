"""How many words the parts of a page ask about: fewer where the network is slow."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from time import perf_counter

import numpy as np

from nerode.protocols import Teacher, longest_of
from nerode.sampling import uniform_words

PATIENCE = 120.0  # seconds that a page may wait for a slow network
ASKED = 45_000  # words that a page asks about for each automaton, about
SLOW = PATIENCE / ASKED  # seconds a word
LOOK, LOOK_LETTERS = 32, 10  # words, and their letters, by which the pace of a network is measured
LOOKS = 3  # at most; the fastest counts
MOST_AUTOMATA = 10  # of usual pages


@dataclass(frozen=True)
class Amounts:
    """How many words each part of a page asks a network about, for each automaton.

    Parameters
    ----------
    sample : fresh words to compare on
    kind : words of each kind
    search : in search of disagreements
    explained : words whose letters are explained; each is asked about with some hundred changes
    recorded : random words whose answers are brought along, with all prefixes
    block : prefixes, and suffixes, of the Hankel block
    letters : words with and without each letter, to see what it does
    """

    sample: int = 1000
    kind: int = 1000
    search: int = 10_000
    explained: int = 40
    recorded: int = 200
    block: int = 40
    letters: int = 15_000


FEWEST = Amounts(sample=50, kind=30, search=100, explained=2, recorded=10, block=8, letters=0)


def amounts_for(teacher: Teacher, automata: int) -> Amounts:
    """Return the usual amounts, or a part of them where the network would take longer than PATIENCE for a page."""
    pace = pace_of(teacher)
    usual = Amounts()
    if pace * automata <= SLOW:
        return usual
    part = SLOW / (pace * automata)
    numbers = {field.name: max(getattr(FEWEST, field.name), int(part * getattr(usual, field.name))) for field in fields(usual)}
    return replace(usual, **numbers | {"block": max(FEWEST.block, int(part**0.5 * usual.block))})


def pace_of(teacher: Teacher) -> float:
    """Return the seconds that a word takes: as a function says itself, or as a few words show."""
    said: float = getattr(teacher, "pace", 0.0)
    if said:
        return said
    rng = np.random.default_rng(0)
    longest = longest_of(teacher)
    length = LOOK_LETTERS if longest is None else min(LOOK_LETTERS, longest)
    words = uniform_words(rng, len(teacher.alphabet), np.full(LOOK, length))
    teacher.scores(words[:1])  # may pay for set-up
    times = []
    for _ in range(LOOKS):
        begun = perf_counter()
        teacher.scores(words)
        times.append(perf_counter() - begun)
        if times[-1] <= SLOW * LOOK / MOST_AUTOMATA:
            break  # fast enough for any page; a slow look may be due to another program
    return min(times) / LOOK
