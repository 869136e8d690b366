"""Automata: thin, frozen types, and the algorithms beside them."""
