"""Hankel matrices of teachers: tables of scores over prefixes and suffixes, and their factorisations."""
