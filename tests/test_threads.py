"""While nerode works, torch uses one thread, and afterwards as many as before."""

import pytest
import torch

import nerode
from nerode.threads import one_thread


@pytest.fixture(autouse=True)
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_a_function_is_asked_with_one_thread():
    seen = set()

    def even(text):
        seen.add(torch.get_num_threads())
        return text.count("a") % 2 == 0

    found = nerode.extract(even, alphabet="ab", queries=2000, seconds=None)
    assert found.automaton.states == 2
    assert torch.get_num_threads() == 2
    nerode.compare(found.automaton, nerode.teacher(even, "ab"), ["a", "ab"])
    assert seen - {2} == {1}
    assert torch.get_num_threads() == 2


def test_the_number_comes_back_after_an_error():
    @one_thread()
    def fails():
        raise ValueError(torch.get_num_threads())

    with pytest.raises(ValueError, match="1"):
        fails()
    assert torch.get_num_threads() == 2
