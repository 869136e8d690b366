import numpy as np
import pytest
from doubles import random_words
from refining import LINKS, batch_of, collect, linked, never, parameters_of, perturbed

from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_wfa
from nerode.errors import BudgetExhausted
from nerode.extraction.losses import loss_of
from nerode.extraction.spectral.balancing import balancing
from nerode.extraction.spectral.batches import make_batch, prepared, read
from nerode.extraction.spectral.equations import curvature, equations_of
from nerode.extraction.spectral.least_squares import LeastSquaresSettings, mean_loss, refine_by_least_squares
from nerode.links import Binary, NextSymbol, Value
from nerode.stepping import prefix_scores


def moved(parameters, change, step):
    return tuple(part + step * by for part, by in zip(parameters, change, strict=True))


# derivatives and equations, against small steps and dense matrices


@pytest.mark.parametrize("name", LINKS)
def test_the_curvature_of_each_loss(rng, name):
    """The derivative by scores is known to be right; how it changes from where nothing is wrong is the second one."""
    link, width = LINKS[name]
    scores, changes = rng.normal(size=(2, 7, width))
    loss = loss_of(link, scores)
    slope = (loss(scores + 1e-5 * changes, scores)[1] - loss(scores - 1e-5 * changes, scores)[1]) / 2e-5
    np.testing.assert_allclose(curvature(loss, scores, changes), slope, rtol=1e-3, atol=1e-3 * np.abs(slope).max())
    assert (curvature(loss, scores, changes) * changes).sum() > 0
    assert not curvature(loss, scores, np.zeros_like(scores)).any()


@pytest.mark.parametrize("name", LINKS)
def test_the_equations_are_those_of_least_squares(rng, name):
    """Against a matrix of derivatives that is built column by column, one weight moved at a time."""
    link, width = LINKS[name]
    teacher, automaton = (linked(random_wfa(rng, states, 3, width), link) for states in (4, 2))
    batches = [batch_of(teacher, random_words(rng, 3, 9, 5)) for _ in range(3)]
    loss = loss_of(link, np.concatenate([batch.targets for batch in batches]))
    batches = [prepared(batch, loss) for batch in batches]
    chosen = batches[:2]  # for all but the gradient
    equations = equations_of(parameters_of(automaton), batches, chosen, loss, rng)
    count = len(equations.right)
    total, total_chosen = (sum(len(batch.parents) for batch in each) for each in (batches, chosen))

    def scores(unknowns, batch):
        parameters = moved(equations.parameters, equations._weights(unknowns), 1.0)
        return read(parameters, batch) @ parameters[2]

    matrix, right = np.zeros((count, count)), np.zeros(count)
    for batch in batches:
        columns = np.stack([(scores(1e-5 * e, batch) - scores(-1e-5 * e, batch)) / 2e-5 for e in np.eye(count)])
        now = scores(np.zeros(count), batch)
        counted = np.stack([curvature(loss, now, column) / total_chosen for column in columns])
        if any(batch is each for each in chosen):
            matrix += columns.reshape(count, -1) @ counted.reshape(count, -1).T
        right -= columns.reshape(count, -1) @ (loss.beside(now, batch.targets)[1] / total).ravel()
    np.testing.assert_allclose(equations.right, right, atol=1e-6 * np.abs(right).max())
    products = np.stack([equations.product(e) for e in np.eye(count)])
    np.testing.assert_allclose(products, matrix, atol=2e-3 * np.abs(matrix).max())
    damping = 0.1 * np.abs(matrix).max()
    change, promised = equations.solve(damping, 10 * count, never)
    solution = np.concatenate([(part / scale).ravel() for part, scale in zip(change, equations.scales, strict=True)])
    left = right - (matrix + damping * np.eye(count)) @ solution
    assert np.linalg.norm(left) < 5e-3 * np.linalg.norm(right)
    assert promised == pytest.approx(right @ solution - 0.5 * solution @ matrix @ solution, rel=1e-2)


def test_balanced_coordinates(rng):
    forward, backward = (part.T @ part for part in rng.normal(size=(2, 9, 4)) * 10.0 ** np.arange(4))
    to, fro, sizes = balancing(forward, backward)
    np.testing.assert_allclose(to @ fro, np.eye(4), atol=1e-6)
    np.testing.assert_allclose(to.T @ forward @ to, np.diag(sizes), atol=1e-6 * sizes[0])
    np.testing.assert_allclose(fro @ backward @ fro.T, np.diag(sizes), atol=1e-6 * sizes[0])
    assert (np.diff(sizes) <= 0).all()
    assert balancing(forward, 0 * backward) is None
    assert balancing(np.full((4, 4), np.inf), backward) is None


def test_equations_keep_the_function(rng):
    automaton = random_wfa(rng, 4, 3, 2)
    batch = batch_of(random_wfa(rng, 4, 3, 2), random_words(rng, 3, 30, 6))
    equations = equations_of(parameters_of(automaton), [batch], [batch], loss_of(Value(), batch.targets), rng)
    before, after = (read(now, batch) @ now[2] for now in (parameters_of(automaton), equations.parameters))
    np.testing.assert_allclose(after, before, atol=1e-9 * np.abs(before).max())


# refinement


@pytest.mark.parametrize("name", LINKS)
@pytest.mark.sampled(3)
def test_an_automaton_that_was_shaken_is_found_again(name):
    rng = np.random.default_rng(1)
    link, width = LINKS[name]
    teacher = linked(random_wfa(rng, 3, 3, width), link)
    shaken = perturbed(rng, teacher)
    words, others = random_words(rng, 3, 400, 8), random_words(rng, 3, 300, 8)
    wanted = teacher.scores(others)
    loss = loss_of(link, wanted)
    before = loss(shaken.scores(others), wanted)[0].mean()
    *_, last = refine_by_least_squares(shaken, teacher, [words], rng, never)
    assert (last.states, last.link) == (3, link)
    assert loss(last.scores(others), wanted)[0].mean() < 1e-8 * before


@pytest.mark.parametrize("name", LINKS)
@pytest.mark.sampled(3)
def test_every_automaton_has_a_lower_loss_than_the_one_before(rng, name):
    """The teacher has more states than the automaton; so something is left to the end."""
    link, width = LINKS[name]
    teacher, automaton = (linked(random_wfa(rng, states, 3, width), link) for states in (6, 2))
    words = random_words(rng, 3, 300, 8)
    targets = prefix_scores(teacher, words)[0]
    loss = loss_of(link, targets)
    batch = prepared(make_batch(words, targets), loss)
    made = refine_by_least_squares(automaton, teacher, [words], rng, never)
    losses = [mean_loss(parameters_of(each), [batch], loss) for each in (automaton, *made)]
    assert len(losses) > 3
    assert (np.diff(losses) < 0).all()


def test_a_seed_replays():
    def last(seed):
        teacher, start = (random_wfa(np.random.default_rng(5), states, 2) for states in (5, 3))
        words = random_words(np.random.default_rng(7), 2, 500, 8)
        settings = LeastSquaresSettings(rounds=3)
        return list(refine_by_least_squares(start, teacher, [words], np.random.default_rng(seed), never, settings))[-1]

    np.testing.assert_array_equal(last(1).transitions, last(1).transitions)
    assert (last(1).transitions != last(2).transitions).any()


@pytest.mark.parametrize("call", [1, 30])
def test_a_limit_comes_through_after_what_was_reached(rng, call):
    teacher, start = (random_wfa(rng, states, 2) for states in (6, 3))
    words = random_words(rng, 2, 300, 8)
    calls = iter(range(1, 10**6))

    def check():
        if next(calls) == call:
            raise BudgetExhausted("time")

    made = []
    refining = refine_by_least_squares(start, teacher, [words], rng, check)
    with pytest.raises(BudgetExhausted):
        collect(made, refining)
    assert bool(made) == (call > 1)


def positive(automaton):
    return WFA(automaton.alphabet, *(0.5 * np.abs(part) for part in parameters_of(automaton)), automaton.link)


ODD = {
    "no words": (2, 3, []),
    "ε alone": (2, 3, [()] * 20),
    "one state": (2, 1, [(0, 1, 1), (1,), (0,)]),
    "one letter": (1, 2, [(0,) * n for n in range(9)]),
    "one word": (2, 2, [(0, 1)]),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("link", ["binary", "next symbol"])
def test_odd_words(rng, name, link):
    """Scores are positive and small: where one is far from what is wanted, or across 0, no direction may lower the loss."""
    letters, states, words = ODD[name]
    link, width = (Binary(), 1) if link == "binary" else (NextSymbol(letters), letters + 1)
    teacher, start = (positive(linked(random_wfa(rng, n, letters, width), link)) for n in (2, states))
    made = list(refine_by_least_squares(start, teacher, [words], rng, never))
    if not words:
        assert made == []
        return
    wanted = prefix_scores(teacher, words)[0]
    loss = loss_of(link, wanted)
    before, after = (loss(prefix_scores(a, words)[0], wanted)[0].mean() for a in (start, made[-1]))
    assert after < before


def test_numbers_that_overflow_and_automata_that_are_zero_yield_nothing(rng):
    teacher = random_wfa(rng, 3, 2)
    words = random_words(rng, 2, 50, 20)
    start = random_wfa(rng, 3, 2)
    huge = WFA(start.alphabet, start.initial, start.transitions * 1e200, start.final, start.link)
    zero = WFA(start.alphabet, start.initial, start.transitions, 0 * start.final, start.link)
    assert list(refine_by_least_squares(huge, teacher, [words], rng, never)) == []
    assert list(refine_by_least_squares(zero, teacher, [words], rng, never)) == []
