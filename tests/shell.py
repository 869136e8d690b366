"""Running the shell in a test: in this process, which is fast, or in one of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from nerode.cli import main

needs_full_device = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")

DEMO = Path(__file__).resolve().parents[1] / "examples" / "tomita-5"
ROUGH = ("--states", 2, "--refinement", "none")  # soon done


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def answer(self):
        """The one JSON object on stdout; all else there is an error."""
        assert self.out.count("\n") == 1
        return json.loads(self.out, parse_constant=refuse)


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


def code_of(*arguments) -> int:
    """Run `nerode` with these arguments in this process, and hand back its exit code."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as end:
        return end.code
    finally:
        signal.signal(signal.SIGTERM, handler)


def run(capsys, *arguments) -> Outcome:
    """`nerode` with these arguments, in this process."""
    capsys.readouterr()
    return Outcome(code_of(*arguments), *capsys.readouterr())


def started(*arguments, **options) -> subprocess.Popen:
    """`nerode` with these arguments, in a process of its own."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **options.pop("env", {})}
    command = [sys.executable, "-m", "nerode", *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.Popen(command, text=True, encoding="utf-8", env=environment, **pipes)


def ended(process: subprocess.Popen) -> Outcome:
    """What the process said, and its exit code."""
    with process:
        try:
            out, err = process.communicate(timeout=600)
        finally:
            process.kill()
    return Outcome(process.returncode, out or "", err or "")


def contents(folder):
    """Every file below a folder with its bytes."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def copy_of_demo(folder):
    shutil.copytree(DEMO, folder)
    return folder
