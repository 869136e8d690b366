"""Automata: small immutable types, and algorithms on them in separate modules."""
