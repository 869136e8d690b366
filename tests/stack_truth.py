"""Slow truth about visibly pushdown automata: a plain stack, letter by letter, and random automata."""

import numpy as np

from nerode.automata.stack_operations import minimise
from nerode.automata.vpa import VPA
from nerode.words import Alphabet


def accepts(vpa, word):
    """Membership by a Python list that is the stack."""
    location, stack = vpa.initial, []
    calls, returns, internals = (part.tolist() for part in (vpa.calls, vpa.returns, vpa.internals))
    for letter in word:
        if letter in calls:
            stack.append((location, calls.index(letter)))
            location = vpa.initial
        elif letter in returns:
            if not stack:
                return False
            source, call = stack.pop()
            location = vpa.pops[location, returns.index(letter), source, call]
        else:
            location = vpa.transitions[location, internals.index(letter)]
    return not stack and bool(vpa.accepting[location])


def random_vpa(rng, locations, internals, calls, returns):
    """Random transitions; the letters of the three kinds are mixed."""
    n, letters = locations, internals + calls + returns
    mixed = rng.permutation(letters)
    pops = rng.integers(0, n, (n, returns, n, calls))
    return VPA(
        Alphabet.of_size(letters),
        np.sort(mixed[:calls]),
        np.sort(mixed[calls : calls + returns]),
        rng.integers(0, n, (n, internals)),
        pops,
        rng.random(n) < 0.4,
        int(rng.integers(n)),
    )


def small_vpas(count, least=1):
    """Minimal random automata of at least so many locations."""
    found, seed = [], 0
    while len(found) < count:
        rng = np.random.default_rng(seed)
        made = minimise(random_vpa(rng, *(int(rng.integers(1, most)) for most in (7, 3, 3, 3))))
        if made.states >= least:
            found.append(made)
        seed += 1
    return found


def brackets(kinds):
    """Brackets of one kind or more, and a filler: one location, and a trap where there are several kinds."""
    n = min(kinds, 2)
    pops = np.full((n, kinds, n, kinds), n - 1)
    pops[0, np.arange(kinds), 0, np.arange(kinds)] = 0
    alphabet = Alphabet((*"()[]{}"[: 2 * kinds], "a"))
    calls = np.arange(0, 2 * kinds, 2)
    return VPA(alphabet, calls, calls + 1, np.arange(n)[:, None], pops, np.arange(n) == 0)
