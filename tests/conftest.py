from pathlib import Path

import numpy as np
import pytest

import nerode


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20230711)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of competition data beside the repository; tests that need it are skipped where it is absent."""
    folder = (Path(__file__).resolve().parents[1] / ".." / "shared").resolve()
    if not (folder / "taysir").is_dir():
        pytest.skip("the competition data beside the repository (../shared/taysir) is absent")
    return folder


@pytest.fixture
def dfa(tmp_path):
    """The minimal DFA of the language that the demo network holds."""
    nerode.language("tomita-5", np.random.default_rng(0)).save(tmp_path / "dfa.json")
    return tmp_path / "dfa.json"
