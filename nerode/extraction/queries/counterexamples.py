"""Counterexample analysis: find a wrong transition of the hypothesis, and a suffix that shows it.

Rivest and Schapire: Inference of finite automata using homing sequences, Information and Computation 103 (1993). The search
is exponential (Isberner and Steffen: An abstract framework for counterexample analysis in active automata learning, 2014): it
begins at the end of the word, and its steps double. The suffixes found are short, and few letters are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from nerode.automata.dfa import DFA
from nerode.extraction.queries.continuations import Continuations
from nerode.words import IntArray, Word, pack


@dataclass(frozen=True)
class Evidence:
    """A transition that leads to a wrong state.

    In the hypothesis, `letter` leads from `state` to `target`. The teacher labels access(state) · letter · suffix and
    access(target) · suffix differently.
    """

    state: int
    letter: int
    target: int
    suffix: Word


def evidence(hypothesis: DFA, continuations: Continuations, answers: Mapping[Word, int]) -> dict[Word, Evidence]:
    """Return, for each counterexample, a transition that leads to a wrong state, and a suffix that shows it.

    A prefix of the word is replaced by the access word of the state that it reaches in the hypothesis. The teacher's label
    changes at some length of the prefix. About 2 log₂ |word| queries a word find such a length. All words are analysed in
    one batch.

    Parameters
    ----------
    hypothesis : has one state for each access word of `continuations`, in the same order, and labels the access words as
        the teacher does
    answers : the teacher's labels of words. The result leaves out words with the hypothesis' label. It also leaves out ε:
        this is an access word, so a different label means that the teacher contradicts itself
    """
    words = [word for word in answers if word]
    if not words:
        return {}
    first = np.array([answers[word] for word in words], np.int64)
    symbols, lengths = pack(words)
    paths = states_along(hypothesis, symbols, hypothesis.initial)
    high = lengths.copy()  # a prefix length at which the label is not the teacher's label of the word
    low = np.zeros_like(lengths)  # a prefix length at which it is
    wrong = first != hypothesis.labels[paths[np.arange(len(words)), lengths]]
    width = np.ones_like(lengths)  # the next step towards the beginning; 0 once bisection has begun
    while len(open_ := np.flatnonzero(wrong & (high - low > 1))):
        stepping = width[open_] > 0
        middle = np.where(stepping, np.maximum(high[open_] - width[open_], 0), (low[open_] + high[open_]) // 2)
        asked = middle > 0  # at 0 nothing is replaced, and the label is known
        said = first[open_]
        if asked.any():
            rows, cuts = open_[asked], middle[asked]
            said[asked] = _after(continuations, paths[rows, cuts], symbols[rows], lengths[rows], cuts)
        changed = said != first[open_]  # an unsure answer counts as a change
        high[open_[changed]] = middle[changed]
        low[open_[~changed]] = middle[~changed]
        width[open_] = np.where(changed & stepping, 2 * width[open_], 0)
    return {
        word: Evidence(int(paths[i, cut - 1]), word[cut - 1], int(paths[i, cut]), word[cut:])
        for i, (word, cut) in enumerate(zip(words, high.tolist(), strict=True))
        if wrong[i]
    }


def _after(continuations: Continuations, states: IntArray, symbols: IntArray, lengths: IntArray, cuts: IntArray) -> IntArray:
    """Return the labels (n,) of the access words of states (n,), each followed by its word (n, longest) from its cut (n,) on."""
    left = lengths - cuts
    places = cuts[:, None] + np.arange(int(left.max()))
    rest = np.take_along_axis(symbols, np.minimum(places, symbols.shape[1] - 1), axis=1)
    return continuations.last(states, rest, left)


def states_along(dfa: DFA, symbols: IntArray, starts: IntArray | int = 0) -> IntArray:
    """Return the states (n, longest + 1) along the paths of words (n, longest), from `starts` on.

    Entries past the end of a word have no meaning.
    """
    paths = np.empty((symbols.shape[0], symbols.shape[1] + 1), np.int64)
    paths[:, 0] = starts
    for place in range(symbols.shape[1]):
        paths[:, place + 1] = dfa.transitions[paths[:, place], symbols[:, place]]
    return paths


def count_contradictions(hypothesis: DFA, answers: Mapping[Word, int]) -> int:
    """Count the contradictions of the teacher: counterexamples that these answers do not confirm, and ε."""
    predicted = hypothesis.predict(list(answers)).tolist()
    return sum(said == label or not word for (word, said), label in zip(answers.items(), predicted, strict=True))


def growth_limit(states: int) -> int:
    """Return the number of states at which a learner, now with `states` states, should propose its next hypothesis.

    For a function that is not regular, a few counterexamples can produce an unlimited number of states.
    """
    return 2 * states + 10


def distinct(found: Iterable[Evidence]) -> list[Evidence]:
    """Return one piece of evidence for each wrong transition, with the shortest suffix."""
    shortest: dict[tuple[int, int], Evidence] = {}
    for each in sorted(found, key=lambda each: len(each.suffix)):
        shortest.setdefault((each.state, each.letter), each)
    return list(shortest.values())
