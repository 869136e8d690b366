"""How fast a program is asked, beside the same program between files.

    python benchmarks/programs.py [--words N] [--json]

Each is the best of three runs, by turns.

asked       words a second through nerode, with all that makes scores of the answers
flushed     the same program from a file to a file, flushing each line as the protocol wants
buffered    the same without flushing
pipe_share  asked / flushed: 1 where nerode costs nothing
slow_share  the same for a program that works 0.1 ms on each word; below 0.8 the benchmark fails
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import nerode
from nerode.sampling import uniform_words

PROGRAM = """
import sys, time
work, flush = float(sys.argv[1]), sys.argv[2] == "flush"
for line in sys.stdin:
    end = time.perf_counter() + work
    while time.perf_counter() < end:
        pass
    print(line.count("a") % 2, flush=flush)
"""
WORK = 1e-4  # seconds that the slow program takes for a word
LEAST = 0.8


def asked(command: list[str], words: list[tuple[int, ...]]) -> float:
    """Words a second through nerode."""
    teacher = nerode.load_teacher(f"exec:{shlex.join(command)}", alphabet="ab")
    begun = time.perf_counter()
    teacher.scores(words)
    return len(words) / (time.perf_counter() - begun)


def between_files(command: list[str], file: Path, count: int) -> float:
    """Words a second from a file to a file, without the start of the program."""

    def seconds(source: Path) -> float:
        begun = time.perf_counter()
        with source.open() as words, tempfile.TemporaryFile() as answers:
            subprocess.run(command, stdin=words, stdout=answers, check=True)
        return time.perf_counter() - begun

    empty = file.with_name("empty")
    empty.touch()
    return count / (seconds(file) - seconds(empty))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--words", type=int, default=50_000)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    words = uniform_words(np.random.default_rng(0), 2, np.full(given.words, 20))
    with tempfile.TemporaryDirectory() as folder:
        program, file = Path(folder) / "program.py", Path(folder) / "words"
        program.write_text(PROGRAM)
        file.write_text("".join("".join("ab"[letter] for letter in word) + "\n" for word in words))
        start = [sys.executable, "-S", "-E", str(program)]
        ways = {
            "asked": lambda: asked([*start, "0", "flush"], words),
            "flushed": lambda: between_files([*start, "0", "flush"], file, len(words)),
            "buffered": lambda: between_files([*start, "0", "no"], file, len(words)),
            "slow_asked": lambda: asked([*start, str(WORK), "flush"], words),
            "slow_flushed": lambda: between_files([*start, str(WORK), "flush"], file, len(words)),
        }
        runs = [{name: measure() for name, measure in ways.items()} for _ in range(3)]
    figures = {name: max(run[name] for run in runs) for name in ways}
    figures["pipe_share"] = figures["asked"] / figures["flushed"]
    figures["slow_share"] = figures["slow_asked"] / figures["slow_flushed"]
    print(json.dumps(figures) if given.json else "\n".join(f"{name:<12}  {value:,.2f}" for name, value in figures.items()))
    if figures["slow_share"] < LEAST:
        sys.exit(f"a slow program is asked at {figures['slow_share']:.0%} of its speed, and {LEAST:.0%} is promised")


if __name__ == "__main__":
    main()
