"""The reasons why an extraction stopped, in sentences."""

from __future__ import annotations

from nerode.extraction.loop import FAILED, INTERRUPTED
from nerode.extraction.verdict import EQUIVALENT

STOP_SENTENCES = {
    EQUIVALENT: "Decided exactly: the automaton and the teacher are equivalent.",
    "no counterexample": "No counterexample was found by the searches; that is no proof that there is none.",
    "stalled": "Stopped because counterexamples taught nothing: the network contradicts itself near its threshold, or is unsure.",
    "no gain": "Stopped because hypotheses of far more states were hardly better on held-out words: there may be no end to them.",
    "refused": "Stopped because the network refused a word, such as one that is longer than it can read.",
    "converged": "Stopped because asking more words for the first automata gained hardly anything.",
    "largest block": "Stopped at the most words that are asked for the first automata.",
    "room kept": "Went on early from the first automata to refining the best of them, so that the limit left room for it.",
    "time": "Stopped by the limit on time; this is the best automaton so far.",
    "effort": "Stopped by the limit on effort; this is the best automaton so far.",
    "queries": "Stopped by the limit on queries; this is the best automaton so far.",
    "states": "Stopped by the limit on states; this is the best automaton so far.",
    FAILED: "Stopped because the network failed; this is the best automaton so far.",
    INTERRUPTED: "Interrupted; this is the best automaton so far.",
}
