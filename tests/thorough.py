"""How far tests search for counterexamples to what we claim: a little each time, and far in `script/test --thorough`."""

import os

THOROUGH = os.environ.get("NERODE_THOROUGH") == "1"


def times(few, many):
    """How often something is tried: a few times, and many times in a thorough run."""
    return many if THOROUGH else few


def up_to(few, many):
    """Numbers from 0, such as seeds: few of them, and many in a thorough run."""
    return range(times(few, many))
