"""What tests of distillation share."""

import pytest

from nerode.distillation.training import course


@pytest.fixture
def few_passes(monkeypatch):
    monkeypatch.setattr(course, "STAGES", ((32, 1.0), (64, 1.0)))
    monkeypatch.setattr(course, "LEAST", 32)
    monkeypatch.setattr(course, "MOST", 2)
