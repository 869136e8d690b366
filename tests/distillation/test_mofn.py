"""m-of-n tests: what a search finds, against all tests that there are and against a slow search; chi-square against scipy."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from nerode.distillation import mofn
from nerode.distillation.mofn import Measure, best_test, literals_of, summed
from nerode.students.mofn_tree import Test


def entropy(targets):
    mean = targets.mean(axis=0) if len(targets) else np.ones(1)
    return -len(targets) * sum(share * np.log(share) for share in mean if share > 0)


def squares(targets):
    return ((targets - targets.mean(axis=0)) ** 2).sum() if len(targets) else 0.0


def gain(test, table, targets, spread):
    holds = test(table)
    return spread(targets) - spread(targets[holds]) - spread(targets[~holds])


def all_tests(table, longest):
    columns, thresholds = literals_of(table)
    for n in range(1, longest + 1):
        for places in combinations(range(len(columns)), n):
            at = list(places)
            for larger in product((False, True), repeat=n):
                for needed in range(1, n + 1):
                    yield Test(needed, columns[at], thresholds[at], np.array(larger))


def planted(rng, test, n=400, k=5, noise=0.0):
    table = rng.integers(0, 3, (n, k)).astype(float)
    labels = test(table) ^ (rng.random(n) < noise)
    return table, np.eye(2)[labels.astype(int)]


@pytest.mark.parametrize("seed", range(4))
def test_a_planted_test_is_found_and_no_other_is_better(seed):
    rng = np.random.default_rng(seed)
    needed = int(rng.integers(1, 4))
    hidden = Test(needed, rng.permutation(5)[:3], rng.choice([0.5, 1.5], 3), rng.random(3) < 0.5)
    table, targets = planted(rng, hidden)
    found = best_test(table, summed(targets), Measure(True, 2))
    assert gain(found, table, targets, entropy) == pytest.approx(entropy(targets))
    every = np.array(list(product(range(3), repeat=5)), float)
    assert len(set((found(every) ^ hidden(every)).tolist())) == 1  # the test or its complement, on all tables
    if seed == 0:
        assert max(gain(test, table, targets, entropy) for test in all_tests(table, 2)) <= entropy(targets)


def extensions(test, table, targets, spread):
    """The best extensions of a test that part words better than it, by either operator, each weighed on its own."""
    held = (table[:, test.columns] > test.thresholds) == test.larger
    for more in (0, 1) if len(test.columns) else (1,):
        better = []
        for column, side in product(range(table.shape[1]), (True, False) if len(test.columns) else (True,)):
            columns, larger = np.append(test.columns, column), np.append(test.larger, side)
            new = Test(test.needed + more, columns, np.full(len(columns), 0.5), larger)
            moved = ((table[:, column] > 0.5) == side)[held.sum(axis=1) == new.needed - 1]
            enough = min(moved.sum(), (~moved).sum(), new(table).sum(), (~new(table)).sum()) >= mofn.LEAST
            value = gain(new, table, targets, spread)
            if enough and column not in test.columns and value > gain(test, table, targets, spread) + 1e-9:
                better.append((value, new))
        yield from sorted(better, key=lambda pair: -pair[0])[: mofn.BEAM]


@pytest.mark.parametrize("classes", [True, False])
def test_the_search_is_the_slow_one(rng, monkeypatch, classes):
    monkeypatch.setattr(Measure, "needed", lambda self, compared: -1.0)
    monkeypatch.setattr(mofn, "LONGEST", 3)
    spread, lengths = entropy if classes else squares, []
    for _ in range(8):
        table = rng.integers(0, 2, (80, 6)).astype(float)
        targets = rng.dirichlet([0.5] * 3, 80) if classes else rng.normal(size=(80, 2))
        found = best_test(table, summed(targets), Measure(classes, targets.shape[1]))
        beam, best = [Test(0, np.zeros(0, int), np.zeros(0), np.zeros(0, bool))], 0.0
        for _ in range(3):
            longer = [pair for test in beam for pair in extensions(test, table, targets, spread)]
            different = {(test.needed, frozenset(zip(test.columns, test.larger, strict=True))): (v, test) for v, test in longer}
            beam = [test for _, test in sorted(different.values(), key=lambda pair: -pair[0])[: mofn.BEAM]]
            best = max([best, *(value for value, _ in longer)])
        assert gain(found, table, targets, spread) == pytest.approx(best)
        lengths.append(len(found.columns))
    assert max(lengths) == 3


def test_evidence_is_the_chi_square_of_the_table(rng):
    labels, side = rng.integers(0, 3, 300), rng.integers(0, 2, 300)
    rows = summed(np.eye(3)[labels])
    parts = np.stack([rows[side == 0].sum(axis=0), rows[side == 1].sum(axis=0)])
    counts = np.array([[np.sum((side == i) & (labels == j)) for j in range(3)] for i in range(2)])
    by_scipy = chi2_contingency(counts, correction=False)
    measure = Measure(True, 3)
    assert measure.evidence(rows.sum(axis=0), parts) == pytest.approx(by_scipy.statistic)
    assert by_scipy.dof == 2
    assert measure.spread(rows.sum(axis=0)) == pytest.approx(entropy(np.eye(3)[labels]))
    values = rng.normal(size=(300, 2))
    rows = summed(values)
    assert Measure(False, 2).spread(rows.sum(axis=0)) == pytest.approx(squares(values))


def test_chance_gives_no_test(rng):
    """Of 40 tables whose answers have nothing to do with them, one in twenty may give a test."""
    found = 0
    for _ in range(40):
        table, targets = rng.integers(0, 3, (200, 20)).astype(float), np.eye(2)[rng.integers(0, 2, 200)]
        found += best_test(table, summed(targets), Measure(True, 2)) is not None
    assert found <= 6
    assert best_test(np.ones((50, 3)), summed(np.ones((50, 1))), Measure(False, 1)) is None
    assert best_test(np.zeros((0, 3)), summed(np.zeros((0, 1))), Measure(False, 1)) is None


def test_thresholds_lie_between_values_and_are_not_too_many(rng):
    table = np.stack([rng.integers(0, 2, 500), rng.integers(0, 100, 500), np.full(500, 7)], axis=1).astype(float)
    columns, thresholds = literals_of(table)
    assert set(columns.tolist()) == {0, 1}
    assert thresholds[columns == 0].tolist() == [0.5]
    assert 8 <= np.sum(columns == 1) <= mofn.THRESHOLDS
    assert (thresholds % 1 == 0.5).all()
