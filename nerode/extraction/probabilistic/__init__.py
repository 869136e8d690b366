"""Probabilistic deterministic automata of language models."""
