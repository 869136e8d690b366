"""Trained networks as functions from words to scores. The only part that imports torch."""
