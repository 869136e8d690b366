"""What scikit-splearn does, in the Python that has it: JSON from stdin to stdout. Run by `benchmarks/peers.py`.

In: letters, prefixes and suffixes in shortlex order, words with their values. Out: the matrices, the block first and then one a
letter, and the seconds that building them took.
"""

import json
import sys
import time
from types import SimpleNamespace

from splearn.hankel import Hankel

given = json.load(sys.stdin)
sample = {tuple(word): value for word, value in zip(given["words"], given["values"], strict=True)}
prefixes, suffixes = ([tuple(word) for word in given[side]] for side in ("prefixes", "suffixes"))
known = SimpleNamespace(
    nbL=given["letters"], nbEx=1, sample=sample, pref=dict.fromkeys(prefixes, 1), suff=dict.fromkeys(suffixes, 1), fact={}
)
seconds = float("inf")
for _ in range(3):
    begun = time.perf_counter()
    filled = Hankel(known, prefixes, suffixes, partial=True, sparse=False, mode_quiet=True)
    seconds = min(seconds, time.perf_counter() - begun)
json.dump({"seconds": seconds, "matrices": [matrix.tolist() for matrix in filled.lhankel]}, sys.stdout)
