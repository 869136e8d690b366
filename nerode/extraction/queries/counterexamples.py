"""What counterexamples teach: where along a word the hypothesis takes two words for one state that are not.

Rivest and Schapire: Inference of finite automata using homing sequences, Information and Computation 103 (1993). The search
begins at the end of the word, with steps that double (Isberner and Steffen: An abstract framework for counterexample
analysis in active automata learning, 2014): suffixes that are found are short, and few letters are read.
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

    After the access word of `state` and `letter`, and after that of `target`, where the hypothesis says that this leads, the
    labels of `suffix` differ.
    """

    state: int
    letter: int
    target: int
    suffix: Word


def evidence(hypothesis: DFA, continuations: Continuations, answers: Mapping[Word, int]) -> dict[Word, Evidence]:
    """For each counterexample a transition that leads to a wrong state, and a suffix that shows it; all words side by side.

    The answer changes somewhere when a growing prefix of the word is replaced by the access word of its state; such a place is
    found with some 2 log₂ |word| questions a word.

    Parameters
    ----------
    hypothesis : its states are those of the access words of `continuations`, in that order, and it labels access words as the
        teacher does
    answers : what the teacher says of words; those of which the hypothesis says the same are left out, and so is ε, which is
        an access word, so that the teacher has contradicted itself
    """
    words = [word for word in answers if word]
    if not words:
        return {}
    first = np.array([answers[word] for word in words], np.int64)
    symbols, lengths = pack(words)
    paths = states_along(hypothesis, symbols, hypothesis.initial)
    high = lengths.copy()  # from here on the answer is the hypothesis' own
    low = np.zeros_like(lengths)  # here it is the teacher's
    wrong = first != hypothesis.labels[paths[np.arange(len(words)), lengths]]
    width = np.ones_like(lengths)  # of the next step towards the beginning, 0 once the teacher's answer was seen
    while len(open_ := np.flatnonzero(wrong & (high - low > 1))):
        stepping = width[open_] > 0
        middle = np.where(stepping, np.maximum(high[open_] - width[open_], 0), (low[open_] + high[open_]) // 2)
        asked = middle > 0  # at 0 the word itself stands, whose answer is known
        said = first[open_]
        if asked.any():
            rows, cuts = open_[asked], middle[asked]
            said[asked] = _after(continuations, paths[rows, cuts], symbols[rows], lengths[rows], cuts)
        changed = said != first[open_]  # also where the teacher is unsure: what differs from it is looked for further on
        high[open_[changed]] = middle[changed]
        low[open_[~changed]] = middle[~changed]
        width[open_] = np.where(changed & stepping, 2 * width[open_], 0)
    return {
        word: Evidence(int(paths[i, cut - 1]), word[cut - 1], int(paths[i, cut]), word[cut:])
        for i, (word, cut) in enumerate(zip(words, high.tolist(), strict=True))
        if wrong[i]
    }


def _after(continuations: Continuations, states: IntArray, symbols: IntArray, lengths: IntArray, cuts: IntArray) -> IntArray:
    """Labels (n,) of the access words of states (n,) read on by what is left of words (n, longest) after cuts (n,)."""
    left = lengths - cuts
    places = cuts[:, None] + np.arange(int(left.max()))
    rest = np.take_along_axis(symbols, np.minimum(places, symbols.shape[1] - 1), axis=1)
    return continuations.last(states, rest, left)


def states_along(dfa: DFA, symbols: IntArray, starts: IntArray | int = 0) -> IntArray:
    """The states (n, longest + 1) that words (n, longest) pass, those at the start first; past their ends they mean nothing."""
    paths = np.empty((symbols.shape[0], symbols.shape[1] + 1), np.int64)
    paths[:, 0] = starts
    for place in range(symbols.shape[1]):
        paths[:, place + 1] = dfa.transitions[paths[:, place], symbols[:, place]]
    return paths


def disowned(hypothesis: DFA, answers: Mapping[Word, int]) -> int:
    """How many words that a search found to be counterexamples are none by these answers, or are ε: contradictions."""
    predicted = hypothesis.predict(list(answers)).tolist()
    return sum(said == label or not word for (word, said), label in zip(answers.items(), predicted, strict=True))


def outgrown(states: int) -> int:
    """States with which a learner has learned enough at a time: what it has should be looked at before it goes on.

    Of a function that is not regular a few counterexamples teach states without end.
    """
    return 2 * states + 10


def distinct(found: Iterable[Evidence]) -> list[Evidence]:
    """One for each wrong transition, that of the shortest suffix."""
    shortest: dict[tuple[int, int], Evidence] = {}
    for each in sorted(found, key=lambda each: len(each.suffix)):
        shortest.setdefault((each.state, each.letter), each)
    return list(shortest.values())
