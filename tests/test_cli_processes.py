"""The shell as a process of its own: exit codes, closed and full streams, interruptions."""

import os
import subprocess
import sys

import pytest
from shell import ended, needs_full_device, started


def test_a_process_ends_with_one_sentence_and_code_2(tmp_path):
    outcome = ended(started("extract", "nothing", "--json", cwd=tmp_path))
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == (
        "nerode extract: there is no checkpoint at nothing; give the path of a checkpoint directory, of a downloaded Hugging "
        "Face directory, or of a TAYSIR model\n"
    )
    assert os.listdir(tmp_path) == []


@needs_full_device
def test_an_answer_that_cannot_be_printed(dfa, tmp_path):
    with open("/dev/full", "w") as full:
        outcome = ended(started("convert", dfa, "--out", tmp_path / "a.dot", stdout=full))
    assert outcome.code == 2
    assert outcome.err == "nerode convert: cannot print the answer: No space left on device\n"


def test_streams_may_be_closed(dfa, tmp_path):
    command = f'exec "{sys.executable}" -m nerode convert "{dfa}" --out "{tmp_path / "a.dot"}" >&- 2>&-'
    assert subprocess.run(["sh", "-c", command], check=False).returncode == 0
    assert (tmp_path / "a.dot").read_text(encoding="utf-8").startswith("digraph")


PRETENDED = """
import atexit, os, signal, sys, types
import nerode.cli

atexit.register(os.kill, os.getpid(), signal.SIGINT)  # comes last
command = types.ModuleType("nerode.shell.inspect")
command.run = {inspect}
sys.modules["nerode.shell.inspect"] = command
sys.exit(nerode.cli.main(["inspect", "x"]))
"""


@pytest.mark.parametrize(
    ("inspect", "expected"),
    [
        # Python notes an interruption inside exec(), which named tuples are made by, and would end as if killed by it
        ('lambda *_: exec("raise KeyboardInterrupt")', (130, "", "nerode inspect: interrupted; nothing was written\n")),
        ('lambda *_: (3, {}, "the answer")', (3, "the answer\n", "")),
    ],
)
def test_interruptions_inside_imports_and_at_the_end_leave_the_exit_code(tmp_path, inspect, expected):
    (tmp_path / "pretended.py").write_text(PRETENDED.replace("{inspect}", inspect))
    process = subprocess.run([sys.executable, "-m", "pretended"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (process.returncode, process.stdout, process.stderr) == expected
