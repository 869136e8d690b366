"""Searches for counterexamples: one file for each kind of search, and `base.py` for what they share."""
