"""Regular expressions and right-linear grammars of automata, as text."""

from nerode.grammars.regular_expressions import from_regex, to_regex
from nerode.grammars.right_linear import from_grammar, to_grammar

__all__ = ["from_grammar", "from_regex", "to_grammar", "to_regex"]
