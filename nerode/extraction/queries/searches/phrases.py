"""What each search for counterexamples looks through, in plain words."""

from __future__ import annotations

from nerode.automata.diagram import quoted

PHRASES = {
    "exact": "the network itself, as a DFA",
    "given": "words that were given, or that the model draws",
    "white-box": "the states of the recurrent network beside those of the automaton",
    "transitions": "words through all transitions of the automaton",
    "w-method": "all words that test the states of the automaton, shortest first",
    "random-w-method": "random words that test the states of the automaton",
    "access-words": "words that lead to the states of the automaton, with random ends",
    "hypothesis": "words drawn from the automaton",
    "random": "random words",
    "difference": "words on which a weighted automaton of the same network answers differently",
    "grammars": "words near those of the last grammars",
    "contexts": "words around the places of the automaton, in contexts that tell these apart",
    "nested": "nested words drawn from the automaton",
    "changed": "nested words with letters or brackets changed",
}
"""By the name of the search. The last three are those of pushdown automata."""


def looks_through(name: str) -> str:
    """Return what the search of a name looks through; the name in quotes where there is no such search."""
    return PHRASES.get(name, quoted(name))
