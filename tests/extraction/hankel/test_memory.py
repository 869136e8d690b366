"""Memory that tables used is given back."""

import ctypes
import sys
from pathlib import Path

import numpy as np
import pytest

from nerode.extraction.hankel.memory import return_freed_memory, reuse_freed_memory


def resident():
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_freed_memory_goes_back_to_the_system():
    if not hasattr(ctypes.CDLL(None), "malloc_trim"):
        pytest.skip("another C library than glibc")
    reuse_freed_memory()
    blocks = [np.ones(2**18) for _ in range(100)]  # 200 MiB
    last = np.ones(2**17)  # above them, so that they cannot just be cut off the end
    del blocks
    return_freed_memory()
    before = resident()
    blocks = [np.ones(2**18) for _ in range(100)]
    full = resident()
    assert full - before > 150 * 2**20
    del blocks
    return_freed_memory()
    assert resident() - before < 50 * 2**20
    assert last.all()


@pytest.mark.parametrize("missing", [AttributeError, OSError, TypeError])
def test_another_library_is_left_alone(monkeypatch, missing):
    """One without the function, none at all, and a system where the program itself is no library."""
    asked = []

    def library(name):
        asked.append(name)
        if missing is not AttributeError:
            raise missing
        return object()

    monkeypatch.setattr(ctypes, "CDLL", library)
    return_freed_memory()
    assert asked == [None]
