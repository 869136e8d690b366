"""Automata that tests draw, and what a picture says."""

import html
import re

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.diagram import Diagram
from nerode.words import Alphabet

LATIN = Alphabet(tuple("abcdefghijklmnopqrstuvwxyz"))


def even_zeros(symbols: tuple[str, ...] = ("0", "1")) -> DFA:
    return DFA(Alphabet(symbols), [[1, 0], [0, 1]], [1, 0])


def edges(diagram: Diagram) -> set[tuple[str, str, str]]:
    return {(edge.source, edge.target, edge.label) for edge in diagram.edges}


def random_dfa(states: int, alphabet: Alphabet, seed: int = 0) -> DFA:
    rng = np.random.default_rng(seed)
    return DFA(alphabet, rng.integers(0, states, (states, len(alphabet))), rng.integers(0, 2, states))


def in_words(svg: bytes) -> list[str]:
    return [html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg.decode())]
