"""Of tests of many cases some are run each time."""

from types import SimpleNamespace

import thorough
from thorough import left_out_of


class Case:
    """Stands for a case of a test that pytest has collected."""

    def __init__(self, test, number, few):
        self.nodeid, self._few = f"tests/test_a.py::{test}[{number}]", few

    def get_closest_marker(self, name):
        return SimpleNamespace(args=(self._few,)) if name == "sampled" and self._few else None


def test_a_sample_is_the_same_whatever_the_order_and_another_for_each_test(monkeypatch):
    monkeypatch.setattr(thorough, "ALL_CASES", False)
    cases = [Case(test, number, few) for test, few in (("one", 4), ("two", 4), ("all", 0), ("few", 50)) for number in range(20)]
    left_out = left_out_of(cases)
    kept = {
        test: [case.nodeid.split("[")[1] for case in cases if f"::{test}[" in case.nodeid and case not in left_out]
        for test in ("one", "two", "all", "few")
    }
    assert {test: len(found) for test, found in kept.items()} == {"one": 4, "two": 4, "all": 20, "few": 20}
    assert kept["one"] != kept["two"]
    assert left_out_of(cases[::-1]) == left_out
    monkeypatch.setattr(thorough, "ALL_CASES", True)
    assert left_out_of(cases) == set()
