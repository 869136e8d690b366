"""Passive methods: baselines that learn from words which nobody chose, beside those that choose what they ask."""
