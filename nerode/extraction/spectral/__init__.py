"""Spectral learning of weighted automata, and their refinement."""
