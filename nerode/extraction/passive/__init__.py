"""Passive methods: baselines that learn from words which nobody chose, beside those that choose what they ask.

`samples` grows samples and gives a hypothesis of each. `rpni` and `edsm` merge states of labelled words (`merging`); `alergia`
and `ngram` learn from words that a model draws.
"""
