"""Benchmarks: teachers × methods × sizes × seeds, each cell done once and kept in a file of results."""
