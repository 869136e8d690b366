"""Hankel matrices of teachers: tables of scores over prefixes and suffixes, and their factorisations.

`tables` fills a table in one of three ways; `walks` is the engine, `streaming` fills blocks larger than memory. `factorisation`
gives singular values, `values` log-probabilities of words, `basis` prefixes and suffixes.
"""
