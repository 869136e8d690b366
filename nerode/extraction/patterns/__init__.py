"""Context-free grammars, by patterns that recur in the DFAs of query learning.

`method` has the stages, `spans` finds the patterns of a DFA, `folding` makes nonterminals of those that recur. The grammars are
`automata/cfg`, with `parsing` (membership), `reduction` (smaller grammars) and `derivations` (random words).
"""
