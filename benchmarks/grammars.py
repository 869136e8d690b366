"""Grammars of networks that learned LG1 to LG15 (Yellin and Weiss, TACAS 2021), and of these languages themselves.

    python benchmarks/grammars.py --networks DIR [--only 1 7] [--seconds 60] [--seed 0]
    python benchmarks/grammars.py --language-models DIR
    python benchmarks/grammars.py --black-box

A network that is not in the folder is trained. Classifiers are LSTMs of 50, as by `nerode train lg1 --arch lstm --hidden 50
--words 12000`. The extraction is given 500 words of at most 30 letters, half of them accepted. Language models are such
LSTMs, too, trained on 20,000 accepted words alone, as the code of Yellin and Weiss trains theirs, and are asked which words
are possible (`nerode.possible_words`). Their extraction is given no words. A grammar counts as equal if it derives the same
words of at most so many letters as the language, all of them compared, and agrees on 5,000 sampled words of at most 60 letters.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import numpy as np

import nerode
from nerode.automata.cfg import CFG
from nerode.datasets.nested import Nested, lg
from nerode.eval.depths import depths
from nerode.protocols import Teacher, own_words_of
from nerode.teachers.checkpoints import load_teacher
from nerode.words import Word

LONGEST, MOST = 10, 200_000  # letters of the words that are all compared, and words of all nonterminals at most
GIVEN, GIVEN_LETTERS = 500, 30
DRAWN, PAIRS, ANOTHER = 20_000, 20, 0.8  # words that a language model is trained on, pairs at most, and the chance of one more
SAMPLED, SAMPLED_LETTERS = 5000, 60


def main() -> None:
    """Print a row of a table in Markdown for each language, and the grammar below it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--networks", type=Path, help="the folder of classifiers")
    options.add_argument("--language-models", type=Path, help="the folder of language models")
    options.add_argument("--black-box", action="store_true", help="ask the languages themselves")
    options.add_argument("--only", type=int, nargs="+", default=list(range(1, 16)))
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    if sum((chosen.networks is not None, chosen.language_models is not None, chosen.black_box)) != 1:
        options.error("give either --networks DIR, --language-models DIR or --black-box")
    print("| language | network errs | equal | letters | grammar errs | rules | rounds | queries | seconds | stopped | depth |")
    print("|---|---|---|---|---|---|---|---|---|---|---|", flush=True)
    for number in chosen.only:
        if chosen.language_models is not None:
            teacher: Teacher = nerode.possible_words(language_model(chosen.language_models, number), seed=chosen.seed)
        else:
            teacher = lg(number) if chosen.black_box else network(chosen.networks, number)
        print(row(number, teacher, chosen.seconds, chosen.seed), flush=True)


def network(folder: Path, number: int) -> Teacher:
    """The network of a language, trained if it is not there."""
    place = folder / f"lg{number}"
    if not place.exists():
        train(f"lg{number} --words 12000 --out {place}")
    return load_teacher(place)


def language_model(folder: Path, number: int) -> Teacher:
    """The language model of a language, trained if it is not there."""
    place = folder / f"lg{number}"
    if not place.exists():
        folder.mkdir(parents=True, exist_ok=True)
        language, symbols = lg(number), lg(number).alphabet.symbols
        lines = ["".join(symbols[letter] for letter in word) for word in accepted_words(language, np.random.default_rng(number))]
        file = folder / f"lg{number}.txt"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        train(f"{file} --alphabet {''.join(symbols)} --schedule plateau --out {place}")
    return load_teacher(place)


def accepted_words(language: Nested, rng: np.random.Generator) -> list[Word]:
    """Words whose numbers of pairs are about geometric, so that one pair more has a chance of about .8; ε is one of them.

    With a uniform number of pairs, a model learns the greatest one, and that no pair is possible beyond it.
    """
    shortest = min(len(word) for word in language.draw(rng, 100, GIVEN_LETTERS))
    words = language.draw(rng, 5 * DRAWN, PAIRS * shortest)
    if language.contains([()])[0]:
        words[:: PAIRS + 1] = [()] * len(words[:: PAIRS + 1])
    weights = ANOTHER ** (np.array([len(word) for word in words]) / shortest)
    return [words[place] for place in rng.choice(len(words), DRAWN, p=weights / weights.sum()).tolist()]


def train(options: str) -> None:
    """Train an LSTM of 50 from the shell."""
    os.spawnlp(os.P_WAIT, "nerode", "nerode", "train", *options.split(), "--arch", "lstm", "--hidden", "50")


def row(number: int, teacher: Teacher, seconds: float, seed: int) -> str:
    """Extract the grammar of a language, and return its row, with the grammar behind it."""
    language, rng = lg(number), np.random.default_rng([seed, number])
    words = language.words(rng, GIVEN, GIVEN_LETTERS)
    begun = time.process_time()
    given = None if own_words_of(teacher) else words
    result = nerode.extract(teacher, "cfg", words=given, seconds=seconds, seed=seed)
    spent = time.process_time() - begun
    grammar = result.automaton
    assert isinstance(grammar, CFG)
    sampled = language.words(rng, SAMPLED, SAMPLED_LETTERS)
    truth = language.contains(sampled)
    errs = [float(np.mean((each.link.labels(each.scores(sampled)) == 1) != truth)) for each in (teacher, grammar)]
    equal, letters = same_words(grammar, language.grammar())
    followed = depths(grammar, teacher, rng).depth
    cells = [
        f"LG{number}", f"{errs[0]:.4f}", "yes" if equal and not errs[1] else "no", letters, f"{errs[1]:.4f}", len(grammar.rules),
        len(result.rounds) - 1, f"{result.queries:,}", f"{spent:.0f}", result.stop_reason, followed if followed >= 0 else "–",
    ]  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |\n{'; '.join(grammar.lines())}"


def same_words(one: CFG, other: CFG) -> tuple[bool, int]:
    """Whether two grammars derive the same words of at most so many letters, and how many letters: as many as can be compared."""
    for length in range(LONGEST + 1):
        words, others = derived(one, length), derived(other, length)
        if words is None or others is None:
            return True, length - 1
        if words != others:
            return False, length
    return True, LONGEST


def derived(grammar: CFG, length: int) -> set[Word] | None:
    """All words of at most so many letters that a grammar derives, by substitution until nothing is new; None if too many."""
    words: dict[int, list[set[Word]]] = {left: [set() for _ in range(length + 1)] for left in range(grammar.states)}  # by length
    size = -1
    while size != (size := sum(len(some) for each in words.values() for some in each)):
        for left, right in grammar.rules:
            begun: list[set[Word]] = [{()}, *(set() for _ in range(length))]
            for symbol in right:
                after = [set(), {(symbol,)}] if symbol >= 0 else words[-1 - symbol]
                longer: list[set[Word]] = [set() for _ in range(length + 1)]
                for first, some in enumerate(begun):
                    for second, others in enumerate(after[: length + 1 - first]):
                        if len(some) * len(others) > MOST:
                            return None
                        longer[first + second].update((*word, *more) for word in some for more in others)
                begun = longer
            for known, new in zip(words[left], begun, strict=True):
                known |= new
        if size > MOST:
            return None
    return set().union(*words[grammar.initial])


if __name__ == "__main__":
    main()
