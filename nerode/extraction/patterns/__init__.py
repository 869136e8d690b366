"""Context-free grammars, by patterns that recur in the DFAs of query learning."""
