import pytest

from nerode.extraction import loop
from nerode.extraction.queries import method as queries
from nerode.extraction.spectral import method as spectral


@pytest.fixture
def frugal(monkeypatch):
    """Smaller numbers of words, where what matters is not how good the automaton is."""
    monkeypatch.setattr(queries, "SEARCH", 300)
    monkeypatch.setattr(loop, "FRESH", 50)
    monkeypatch.setattr(loop, "AROUND", 50)
    monkeypatch.setattr(spectral, "BASIS", 300)
    monkeypatch.setattr(spectral, "REFINED_ON", 2000)
    monkeypatch.setattr(queries, "QUANTISED_ON", 5000)
    monkeypatch.setattr(queries, "QUANTISED", 64)
    monkeypatch.setattr(loop, "WEIGHED", dict.fromkeys(loop.WEIGHED, 1000))
