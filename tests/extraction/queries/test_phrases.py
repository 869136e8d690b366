"""What each search looks through, in plain words."""

from nerode.extraction.queries.searches.phrases import PHRASES, looks_through
from nerode.extraction.queries.strategy import SEARCHES


def test_every_search_has_its_own_phrase():
    assert set(SEARCHES) <= set(PHRASES)
    assert len(set(PHRASES.values())) == len(PHRASES)
    assert not any(name in phrase for name, phrase in PHRASES.items() if "-" in name)


def test_a_search_that_is_not_known_is_quoted():
    """Anyone may write a file of an automaton."""
    assert looks_through("x\n") == "“x\\n”"
    assert looks_through("random") == "random words"
