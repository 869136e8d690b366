"""How far tests search for counterexamples to what we claim: a little each time, and far in `script/test --thorough`."""

import os
from collections import defaultdict
from itertools import product
from operator import attrgetter

import numpy as np

THOROUGH = os.environ.get("NERODE_THOROUGH") == "1"
ALL_CASES = THOROUGH or os.environ.get("NERODE_ALL_CASES") == "1"


def times(few, many):
    """How often something is tried: a few times, and many times in a thorough run."""
    return many if THOROUGH else few


def up_to(few, many):
    """Numbers from 0, such as seeds: few of them, and many in a thorough run."""
    return range(times(few, many))


def some_of(everything, few, of=""):
    """All of it where all cases are run, and else a random choice, the same for the same `of`, in the order in which it comes."""
    everything = list(everything)
    if ALL_CASES or len(everything) <= few:
        return everything
    rng = np.random.default_rng([len(everything), *of.encode()])
    chosen = rng.choice(len(everything), few, replace=False)
    return [everything[index] for index in np.sort(chosen)]


def left_out_of(items):
    """Of the cases of tests, those that a run leaves out: of each test with the mark `sampled(few)` all but so many."""
    cases = defaultdict(list)
    for item in items:
        if marker := item.get_closest_marker("sampled"):
            cases[item.nodeid.partition("[")[0], *marker.args].append(item)
    left_out = set()
    for (name, few), found in cases.items():
        left_out |= {*found} - {*some_of(sorted(found, key=attrgetter("nodeid")), few, of=name)}
    return left_out


def paired(*factors, share=2):
    """All combinations in a thorough run, and else those whose numbers add up to a multiple of `share`.

    Each value of a factor still comes with every `share`-th value of each other, and with all of them where a third factor has as
    many values. It is for factors that have nothing to do with each other.
    """
    numbered = product(*(list(enumerate(factor)) for factor in factors))
    return [
        tuple(value for _, value in combination)
        for combination in numbered
        if THOROUGH or sum(number for number, _ in combination) % share == 0
    ]
