import pytest

from nerode.extraction import loop, methods


@pytest.fixture
def frugal(monkeypatch):
    """Smaller numbers of words, where what matters is not how good the automaton is."""
    monkeypatch.setattr(methods, "SEARCH", 300)
    monkeypatch.setattr(loop, "FRESH", 50)
    monkeypatch.setattr(loop, "AROUND", 50)
    monkeypatch.setattr(methods, "BASIS", 300)
    monkeypatch.setattr(methods, "REFINED_ON", 2000)
    monkeypatch.setattr(methods, "QUANTISED_ON", 5000)
    monkeypatch.setattr(methods, "QUANTISED", 64)
    monkeypatch.setattr(loop, "WEIGHED", dict.fromkeys(loop.WEIGHED, 1000))
