"""The tokens that may come next: nerode beside llguidance.

    python benchmarks/guidance.py [--seed 0]

Expressions are turned into DFAs, of which nerode makes the product with all tokens once; of the grammar, of brackets of two kinds
with other characters among them, both find the tokens at each step. Tokens are random texts of up to eight characters. On random
texts, the masks of both are compared at each step; a difference ends the benchmark. Needs llguidance.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import llguidance
import numpy as np

import nerode
from nerode.automata.base import Automaton
from nerode.automata.cfg import CFG
from nerode.guidance.base import Constraint
from nerode.guidance.constraint import TokenConstraint
from nerode.words import Alphabet

EXPRESSIONS = {
    "date": "[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
    "number": r"-?(0|[1-9][0-9]*)(\.[0-9]+)?(e-?[0-9]+)?",
    "identifiers": "[a-z][a-z0-9]*(,[a-z][a-z0-9]*)*",
}
CHARACTERS = "0123456789-.,abcdefghijklmnopqrstuvwxyz"
BRACKETS = CHARACTERS + "([)]"
LARK = 'start: each*\neach: "(" start ")" | "[" start "]" | TEXT\nTEXT: /[-.,0-9a-z]+/'
SIZES = (1000, 10_000, 50_000)
TEXTS, STEPS = 20, 15


def main() -> None:
    """Print a table in Markdown."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seed", type=int, default=0)
    seed = options.parse_args().seed
    print(
        "| language | states or rules | tokens | product, s | states | transitions | a mask, µs | llguidance, µs | ratio |\n"
        + "|---" * 9
        + "|"
    )
    for name, expression in EXPRESSIONS.items():
        dfa = nerode.from_regex(expression, Alphabet(tuple(CHARACTERS)))
        compare(name, dfa, CHARACTERS, llguidance.LLMatcher.grammar_from_regex(expression), seed)
    compare("brackets", brackets(), BRACKETS, llguidance.LLMatcher.grammar_from_lark(LARK), seed)


def compare(name: str, language: Automaton, characters: str, grammar: str, seed: int) -> None:
    """Print the rows of a language. `grammar` is the same for llguidance."""
    for size in SIZES:
        tokens = random_tokens(np.random.default_rng([seed, size]), characters, size)
        begun = time.perf_counter()
        constraint = nerode.constrain(language, tokens, 0)
        seconds = time.perf_counter() - begun
        ours, theirs = masks(constraint, grammar, tokens, np.random.default_rng(seed))
        of_product = "– | –"
        if isinstance(constraint, TokenConstraint):
            of_product = f"{constraint.states} | {len(constraint.tokens):,}"
        row = f"{of_product} | {ours * 1e6:.1f} | {theirs * 1e6:.1f} | {theirs / ours:.3g}"
        rules = len(language.rules) if isinstance(language, CFG) else language.states
        print(f"| {name} | {rules} | {size:,} | {seconds:.2f} | {row} |", flush=True)


def brackets() -> CFG:
    """S → (S)S | [S]S | cS for each other character c | ε."""
    pairs = [(0, (BRACKETS.index(opening), -1, BRACKETS.index(closing), -1)) for opening, closing in ("()", "[]")]
    others = [(0, (letter, -1)) for letter in range(len(CHARACTERS))]
    return CFG(Alphabet(tuple(BRACKETS)), ("S",), (*pairs, *others, (0, ())))


def random_tokens(rng: np.random.Generator, characters: str, size: int) -> list[str]:
    """The end, every character, and random texts of up to eight characters, half of them digits alone."""
    texts = dict.fromkeys(["<end>", *characters])
    while len(texts) < size:
        letters = characters[:10] if rng.random() < 0.5 else characters
        texts["".join(rng.choice(list(letters), rng.integers(2, 9)))] = None
    return list(texts)


class Tokenizer:
    """A vocabulary as llguidance wants it."""

    eos_token_id, bos_token_id, special_token_ids = 0, None, [0]

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = [token.encode() for token in tokens]

    def __call__(self, text: str) -> list[int]:
        return [self.tokens.index(character.encode()) for character in text]


def masks(constraint: Constraint, grammar: str, tokens: list[str], rng: np.random.Generator) -> tuple[float, float]:
    """The mean seconds of a mask, ours and theirs, on the same random texts."""
    library = llguidance.LLTokenizer(llguidance.TokenizerWrapper(Tokenizer(tokens)))
    spent, count = np.zeros(2), 0
    for _ in range(TEXTS):
        matcher, state = llguidance.LLMatcher(library, grammar), constraint.initial
        for _ in range(STEPS):
            times = [time.perf_counter()]
            mask = constraint.mask(state)
            times.append(time.perf_counter())
            bits = matcher.compute_bitmask()
            times.append(time.perf_counter())
            spent, count = spent + np.diff(times), count + 1
            other = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little")[: constraint.size] > 0
            if (mask != other).any():
                raise SystemExit(f"the masks differ at {count}: {np.flatnonzero(mask != other)[:10]}")
            token = int(rng.choice(np.flatnonzero(mask)))
            if token == 0:
                break
            matcher.consume_token(token)
            state = constraint.after(state, token)
    ours, theirs = (spent / count).tolist()
    return ours, theirs


if __name__ == "__main__":
    main()
