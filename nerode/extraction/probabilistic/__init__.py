"""Probabilistic deterministic automata of language models.

`method` has the stages. `pool` holds rows of prefixes; `fitting` makes cells of them, which become states, are split and
merged; `counterexamples` takes words apart. The cells are those of `automata/cells`, which `automata/quantise` shares.
"""
