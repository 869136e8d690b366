"""Searches for counterexamples: a file for each kind, `base.py` for what they share, `phrases.py` for what they do."""
