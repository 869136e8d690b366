"""Trained networks as functions from words to scores. Only this package imports torch."""
