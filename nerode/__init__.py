"""nerode: from a trained sequence model to an automaton, a diagram and a verdict."""

__version__ = "0.1.0"
