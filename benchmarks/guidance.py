"""The tokens that may come next: a product that is made once, beside llguidance, which finds them at each step.

    python benchmarks/guidance.py [--seed 0]

Expressions are turned into DFAs, and tokens are random texts of up to eight of the characters that they use. On random texts, the
masks of both are compared at each step; a difference ends the benchmark. Needs llguidance.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import llguidance
import numpy as np

import nerode
from nerode.guidance.constraint import TokenConstraint
from nerode.words import Alphabet

EXPRESSIONS = {
    "date": "[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
    "number": r"-?(0|[1-9][0-9]*)(\.[0-9]+)?(e-?[0-9]+)?",
    "identifiers": "[a-z][a-z0-9]*(,[a-z][a-z0-9]*)*",
}
CHARACTERS = "0123456789-.,abcdefghijklmnopqrstuvwxyz"
SIZES = (1000, 10_000, 50_000)
TEXTS, STEPS = 20, 15


def main() -> None:
    """Print a table in Markdown."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seed", type=int, default=0)
    seed = options.parse_args().seed
    print(
        "| language | states | tokens | product, s | states | transitions | a mask, µs | llguidance, µs | ratio |\n"
        + "|---" * 9
        + "|"
    )
    for name, expression in EXPRESSIONS.items():
        dfa = nerode.from_regex(expression, Alphabet(tuple(CHARACTERS)))
        for size in SIZES:
            tokens = random_tokens(np.random.default_rng([seed, size]), size)
            begun = time.perf_counter()
            constraint = nerode.constrain(dfa, tokens, 0)
            seconds = time.perf_counter() - begun
            ours, theirs = masks(constraint, expression, tokens, np.random.default_rng(seed))
            row = (
                f"{constraint.states} | {len(constraint.tokens):,} | {ours * 1e6:.1f} | {theirs * 1e6:.1f} | {theirs / ours:.1f}"
            )
            print(f"| {name} | {dfa.states} | {size:,} | {seconds:.2f} | {row} |", flush=True)


def random_tokens(rng: np.random.Generator, size: int) -> list[str]:
    """The end, every character, and random texts of up to eight characters, half of them digits alone."""
    texts = dict.fromkeys(["<end>", *CHARACTERS])
    while len(texts) < size:
        letters = CHARACTERS[:10] if rng.random() < 0.5 else CHARACTERS
        texts["".join(rng.choice(list(letters), rng.integers(2, 9)))] = None
    return list(texts)


class Tokenizer:
    """A vocabulary as llguidance wants it."""

    eos_token_id, bos_token_id, special_token_ids = 0, None, [0]

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = [token.encode() for token in tokens]

    def __call__(self, text: str) -> list[int]:
        return [self.tokens.index(character.encode()) for character in text]


def masks(constraint: TokenConstraint, expression: str, tokens: list[str], rng: np.random.Generator) -> tuple[float, float]:
    """The mean seconds of a mask, ours and theirs, on the same random texts."""
    library = llguidance.LLTokenizer(llguidance.TokenizerWrapper(Tokenizer(tokens)))
    grammar = llguidance.LLMatcher.grammar_from_regex(expression)
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
                raise SystemExit(f"the masks of {expression} differ")
            token = int(rng.choice(np.flatnonzero(mask)))
            if token == 0:
                break
            matcher.consume_token(token)
            state = constraint.after(state, token)
    ours, theirs = (spent / count).tolist()
    return ours, theirs


if __name__ == "__main__":
    main()
