"""The reasons why an extraction stops, and what they say in sentences."""

from __future__ import annotations

from nerode.extraction.verdict import EQUIVALENT

FAILED = "teacher failed"
INTERRUPTED = "interrupted"
NO_GAIN = "no gain"
TOO_DEEP, UNPAID = "too deep", "unpaid"
REFUSED = "refused"
LARGEST_SAMPLE = "largest sample"
LARGEST_LESSON = "largest lesson"
LARGEST_TREE, NO_TEST = "largest tree", "no test"
SIZE = "size"
SAME = "same automaton"
SETTLED, CONVERGED = "settled", "converged"
BUDGET_REASONS = ("time", "effort", "queries", "states", INTERRUPTED, FAILED)
"""The reasons to stop that left the extraction unfinished."""

STOP_SENTENCES = {
    EQUIVALENT: "Decided exactly: the automaton and the teacher are equivalent.",
    "no counterexample": "No counterexample was found by the searches; that is no proof that there is none.",
    "stalled": "Stopped because counterexamples taught nothing: the network contradicts itself near its threshold, or is unsure.",
    NO_GAIN: "Stopped because automata of far more states err hardly less on held-out words: they only learn single mistakes of "
    "the network.",
    UNPAID: "Stopped because automata of more locations explain less than it takes to describe them: they only learn single "
    "mistakes of the network.",
    TOO_DEEP: "Stopped at words that are nested deeper than the network follows.",
    REFUSED: "Stopped because the network refused a word, such as one that is longer than it can read.",
    CONVERGED: "Stopped because asking more words for the first automata gained hardly anything.",
    SETTLED: "Stopped because further DFAs of query learning gave no better grammar.",
    "largest block": "Stopped at the most words that are asked for the first automata.",
    "room kept": "Went on early from the first automata to refining the best of them, so that the limit left room for it.",
    "no room": "Stopped early: a larger block of words would take most of the limit.",
    LARGEST_SAMPLE: "Stopped at the largest sample of words that is learned from.",
    LARGEST_LESSON: "Stopped after the largest lesson; more words are not asked about.",
    LARGEST_TREE: "Stopped at the most leaves that a tree is grown to.",
    SIZE: "Stopped at the size that was asked for.",
    NO_TEST: "Stopped because the leaves agree with the network, or no test parts their words.",
    SAME: "Stopped because a larger sample of words gave the same automaton; that is no proof that it is right.",
    "time": "Stopped by the limit on time; this is the best automaton so far.",
    "effort": "Stopped by the limit on effort; this is the best automaton so far.",
    "queries": "Stopped by the limit on queries; this is the best automaton so far.",
    "states": "Stopped by the limit on states; this is the best automaton so far.",
    FAILED: "Stopped because the network failed; this is the best automaton so far.",
    INTERRUPTED: "Interrupted; this is the best automaton so far.",
}
