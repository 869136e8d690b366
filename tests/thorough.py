"""How far tests search for counterexamples to what we claim: a little each time, and far in `script/test --thorough`."""

import os

import numpy as np

THOROUGH = os.environ.get("NERODE_THOROUGH") == "1"


def times(few, many):
    """How often something is tried: a few times, and many times in a thorough run."""
    return many if THOROUGH else few


def up_to(few, many):
    """Numbers from 0, such as seeds: few of them, and many in a thorough run."""
    return range(times(few, many))


def some_of(everything, few):
    """All of it in a thorough run, and else a random choice, always the same one, in the order in which it comes."""
    everything = list(everything)
    if THOROUGH or len(everything) <= few:
        return everything
    chosen = np.random.default_rng(len(everything)).choice(len(everything), few, replace=False)
    return [everything[index] for index in np.sort(chosen)]
