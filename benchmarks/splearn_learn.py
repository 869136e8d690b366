"""What scikit-splearn learns from words, in the Python that has it: JSON from stdin to stdout. Run by `distributions.py`.

In: letters, words, the greatest length of rows and columns, and ranks, ascending. Out: for each rank below the size of the
matrix the automaton that it makes of the frequencies of prefixes (`version="prefix"`): initial, transitions and final weights.
"""

import json
import sys

import numpy as np
from splearn.datasets.data_sample import SplearnArray
from splearn.spectral import Spectral

given = json.load(sys.stdin)
words, longest = given["words"], max(map(len, given["words"]))
padded = np.array([word + [-1] * (longest - len(word)) for word in words], float)
sample = SplearnArray(padded, nbL=given["letters"], nbEx=len(words))
estimator = Spectral(
    rank=given["ranks"][0], lrows=given["longest"], lcolumns=given["longest"], version="prefix", mode_quiet=True
).fit(sample)
most = min(estimator.hankel.lhankel[0].shape)  # its decomposition of sparse matrices takes lower ranks only
learned = [estimator.hankel.to_automaton(rank, True) for rank in given["ranks"] if rank < most]
json.dump(
    [
        {
            "initial": np.ravel(automaton.initial).tolist(),
            "transitions": [np.asarray(letter).tolist() for letter in automaton.transitions],
            "final": np.ravel(automaton.final).tolist(),
        }
        for automaton in learned
    ],
    sys.stdout,
)
