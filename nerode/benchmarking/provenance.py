"""What made a result: versions, processor, revision."""

from __future__ import annotations

import platform
import subprocess
import sys
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np

from nerode.version import __version__

PACKAGE = Path(__file__).resolve().parents[1]
PROCESSORS = Path("/proc/cpuinfo")


def provenance() -> dict[str, str | None]:
    """Return the versions of what computes, the processor, and the revision of nerode; torch is None where it was not needed."""
    torch = getattr(sys.modules.get("torch"), "__version__", None)
    versions = {"nerode": __version__, "python": platform.python_version(), "numpy": np.__version__}
    return {**versions, "torch": torch and str(torch), "processor": _processor(), "revision": _revision()}


@lru_cache
def _processor() -> str:
    """The name of the processor, as far as the system tells it."""
    with suppress(OSError):
        for line in PROCESSORS.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


@lru_cache
def _revision() -> str | None:
    """The commit that nerode is run from, marked if files were changed; None where it is no git checkout."""
    tracked = _git("ls-files", "--error-unmatch", "__init__.py")  # it may lie in the checkout of something else
    return tracked and _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(PACKAGE), *arguments], capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
