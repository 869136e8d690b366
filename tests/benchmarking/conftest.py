import pytest
from tiny import FEWER, written

import nerode


@pytest.fixture(scope="package")
def results(tmp_path_factory):
    """Those of a whole run."""
    folder = tmp_path_factory.mktemp("bench")
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in FEWER:
            patch.setattr(module, name, value)
        return nerode.bench(written(folder), folder / "results.db")
