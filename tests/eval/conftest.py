import pytest
from pages import BRIEF

from nerode.eval import page


@pytest.fixture
def brief(monkeypatch):
    """Fewer words, where what matters is not how many."""
    monkeypatch.setattr(page, "amounts_for", lambda teacher, automata: BRIEF)
