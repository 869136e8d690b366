"""Searches for counterexamples: a file a kind of search, and `base.py`, what they have in common."""
