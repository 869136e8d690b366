"""How far tests search for counterexamples to what we claim: a little each time, and far in `script/test --thorough`."""

import os

THOROUGH = os.environ.get("NERODE_THOROUGH") == "1"


def up_to(few, many):
    """Numbers, such as seeds, from 0: few of them, and many in a thorough run."""
    return range(many if THOROUGH else few)
