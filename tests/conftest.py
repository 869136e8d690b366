import gc
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from shell import contents, run
from thorough import THOROUGH, left_out_of

import nerode
from nerode.extraction import loop
from nerode.extraction.passive import samples
from nerode.extraction.patterns import method as patterns
from nerode.extraction.probabilistic import method as pdfa
from nerode.extraction.pushdown import method as pushdown
from nerode.extraction.pushdown import searches
from nerode.extraction.queries import method as queries
from nerode.extraction.spectral import method as spectral
from nerode.extraction.spectral import refinement, smaller
from nerode.extraction.spectral.refinement import RefinementSettings


@pytest.hookimpl(trylast=True)  # what -k and --lf leave out is left out before
def pytest_collection_modifyitems(config, items):
    """Leave what is expensive to a thorough run. Cases that are chosen on the command line are run."""
    for item in items:
        if item.get_closest_marker("thorough") and not THOROUGH:
            item.add_marker(pytest.mark.skip(reason="an expensive search, for script/test --thorough"))
    if config.getoption("keyword") or config.getoption("lf", default=False) or any("::" in place for place in config.args):
        return
    left_out = left_out_of(items)
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish():
    """What is there now stays: the garbage collector need not look through torch and thousands of tests again and again."""
    gc.collect()
    gc.freeze()


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
def briefly_refined(monkeypatch):
    """Refinement by gradient takes a few steps, where what matters is not how good it is."""
    monkeypatch.setattr(refinement, "RefinementSettings", partial(RefinementSettings, steps=100))


@pytest.fixture
def frugal(monkeypatch, briefly_refined):
    """Smaller numbers of words, where what matters is not how good the automaton is."""
    monkeypatch.setattr(queries, "SEARCH", 300)
    monkeypatch.setattr(loop, "FRESH", 50)
    monkeypatch.setattr(loop, "AROUND", 50)
    monkeypatch.setattr(spectral, "BASIS", 300)
    monkeypatch.setattr(spectral, "REFINED_ON", 2000)
    monkeypatch.setattr(queries, "QUANTISED_ON", 2000)
    monkeypatch.setattr(queries, "QUANTISED", 64)
    monkeypatch.setattr(queries, "SIZED_ON", 2000)
    for name, few in {"SEARCH": 500, "LENGTHS": 3, "ENOUGH": 3, "DERIVED": 10, "DEEPEST": 3}.items():
        monkeypatch.setattr(patterns, name, few)
    monkeypatch.setattr(pushdown, "MOST", 500)
    monkeypatch.setattr(pushdown, "LOOKED_AT", 200)
    monkeypatch.setattr(pushdown, "HIGHEST", 3)
    monkeypatch.setattr(searches, "DRAWN", 100)
    monkeypatch.setattr(searches, "COMPOSED", 200)
    monkeypatch.setattr(smaller, "FITTED_ON", 2000)
    monkeypatch.setattr(smaller, "STEPS", 60)
    monkeypatch.setattr(samples, "LABELLED_WORDS", (50, 150))
    monkeypatch.setattr(samples, "DRAWN_WORDS", (50, 150))
    monkeypatch.setattr(pdfa, "BLOCKS", ((200, 6), (1000, 10)))
    monkeypatch.setattr(pdfa, "WORDS", 500)
    monkeypatch.setattr(pdfa, "SEARCHED", 50)
    monkeypatch.setattr(pdfa, "MOST", 60)
    monkeypatch.setattr(loop, "WEIGHED", dict.fromkeys(loop.WEIGHED, 400))


@pytest.fixture
def dfa(tmp_path):
    """The minimal DFA of the language that the demo network holds."""
    nerode.language("tomita-5", np.random.default_rng(0)).save(tmp_path / "dfa.json")
    return tmp_path / "dfa.json"


@pytest.fixture
def refused(capsys, tmp_path, monkeypatch):
    """Run `nerode` in a folder with all kinds of bad files, expect a refusal, and hand back its sentence."""
    monkeypatch.chdir(tmp_path)

    def refuse(*arguments):
        before, names = contents(tmp_path), sorted(tmp_path.rglob("*"))
        outcome = run(capsys, *arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err.count("\n") == 1
        assert outcome.err.endswith("\n")
        assert outcome.err.startswith("nerode")
        assert not outcome.err.rstrip().endswith(".")
        assert (contents(tmp_path), sorted(tmp_path.rglob("*"))) == (before, names)
        return outcome.err

    return refuse
