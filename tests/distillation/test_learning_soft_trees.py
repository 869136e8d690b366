"""Learning of soft trees: the loss by its definition, its gradient by finite differences, and the shell."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import csr_array
from shell import DEMO, run

import nerode
from nerode.distillation import soft_tree
from nerode.distillation.distill import distill
from nerode.distillation.responses import Response, answers_of
from nerode.distillation.soft_tree import DECAY, LEAST, PENALTY, Parts, objective
from nerode.errors import InputError
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.students.loading import load_student
from nerode.students.soft_tree import reached


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize(("link", "width"), [(Binary(), 1), (Multiclass(), 3), (NextSymbol(2), 3), (Value(), 2)])
def test_loss_and_gradient(depth, link, width):
    rng, n, k = np.random.default_rng(depth), 7, 4
    parts, table = Parts(k, depth, width), csr_array(rng.integers(0, 3, (n, k)).astype(float))
    inner = 2**depth - 1
    flat = rng.normal(size=k * inner + 2 * inner + (inner + 1) * width)
    answers, response = answers_of(link, rng.normal(size=(n, width))), Response(0.3, 2.0)
    found, gradient = objective(parts, flat, table, response, link, answers)

    filters, bias, log_beta, values = parts.of(flat)
    right = 1 / (1 + np.exp(-np.exp(log_beta) * (table @ filters + bias)))
    arriving = np.ones((n, 2 * inner + 1))
    for node in range(inner):
        arriving[:, 2 * node + 1] = arriving[:, node] * (1 - right[:, node])
        arriving[:, 2 * node + 2] = arriving[:, node] * right[:, node]
    loss = DECAY / 2 * (filters**2).sum()
    for leaf in range(inner + 1):
        costs = response(link, np.tile(values[leaf], (n, 1)), answers)[0]
        loss += (arriving[:, inner + leaf] * costs).mean()
    for node in range(inner):
        alpha = (arriving[:, node] * right[:, node]).sum() / arriving[:, node].sum()
        alpha = LEAST + (1 - 2 * LEAST) * alpha
        loss -= PENALTY * 0.5 ** int(np.log2(node + 1)) * (np.log(alpha) + np.log(1 - alpha)) / 2
    assert found == pytest.approx(loss)

    step = 1e-6
    for i in range(len(flat)):
        moved = [
            objective(parts, flat + sign * step * np.eye(len(flat))[i], table, response, link, answers)[0] for sign in (1, -1)
        ]
        assert gradient[i] == pytest.approx((moved[0] - moved[1]) / (2 * step), abs=1e-6)
    assert np.abs(gradient).min() > 0


def test_depth_helps_where_one_filter_is_not_enough(frugal):
    """The label says whether the first letter is the last: two filters, and no single one."""

    def same_ends(word):
        return bool(word) and word[0] == word[-1]

    result = distill(same_ends, "soft-tree", alphabet="ab", depth=2, queries=4000, effort=3.0, seconds=None)
    assert result.automaton.size == 4
    assert result.chosen.error < 0.1 * result.rounds[0].error
    assert result.chosen.error < 0.1 * min(done.error for done in result.rounds if done.states <= 2)


@pytest.mark.parametrize(("kind", "settings"), [("soft-tree", {"depth": 2}), ("regression", {})])
def test_words_of_one_length(frugal, kind, settings):
    """The answer is the last letter. All lengths are alike, so rounding must not pass for a spread of them."""
    words = list(map(tuple, np.random.default_rng(0).integers(0, 2, (2000, 6)).tolist()))
    limits = {"queries": 5000, "effort": 0.5, "seconds": None}
    result = distill(lambda word: word[-1:] == "b", kind, alphabet="ab", words=words, **settings, **limits)
    assert result.chosen.error == 0


def test_the_penalty_keeps_both_sides_in_use(monkeypatch):
    """Where it is large, half of the words go either way, however rare one class is."""
    rng, parts = np.random.default_rng(0), Parts(3, 2, 1)
    table = csr_array(rng.normal(size=(100, 3)))
    answers = answers_of(Binary(), 5.0 * (table.toarray()[:, :1] > 2) - 2.5)
    shares = {}
    for penalty in (0.0, 100.0):
        monkeypatch.setattr(soft_tree, "PENALTY", penalty)
        begin = np.random.default_rng(1).normal(size=3 * 3 + 3 + 3 + 4)
        found = minimize(
            lambda flat: objective(parts, flat, table, Response(), Binary(), answers),
            begin,
            method="L-BFGS-B",
            jac=True,
            options={"maxiter": 60},
        ).x
        filters, bias, log_beta, _ = parts.of(found)
        shares[penalty] = np.exp(reached(np.exp(log_beta) * (table @ filters + bias))).mean(axis=0)
    assert shares[100.0] == pytest.approx([0.25] * 4, abs=0.05)
    assert shares[0.0] != pytest.approx([0.25] * 4, abs=0.1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"depth": 0}, "the depth of a soft tree must be a whole number from 1 to 6, not 0"),
        ({"depth": 7}, "from 1 to 6, not 7"),
        ({"answer_by": "vote"}, "answers by path or mean"),
    ],
)
def test_settings_that_do_not_fit(settings, message):
    with pytest.raises(InputError, match=message):
        distill(nerode.load_teacher(DEMO), "soft-tree", **settings)


def test_the_shell_learns_and_shows_one(capsys, tmp_path, frugal):
    out, other = tmp_path / "soft.json", tmp_path / "tree.json"
    limits = ("--queries", "2000", "--effort", "0.6", "--seed", "1")
    made = run(
        capsys, "distill", DEMO, "--student", "soft-tree", "--depth", "2", "--answer-by", "mean", *limits, "--out", out, "--json"
    )
    assert made.code in (0, 3)
    assert made.answer["type"] == "soft-tree"
    student = load_student(out)
    assert student.answer_by == "mean"
    assert "bias" in run(capsys, "inspect", out).out
    lines = [len(run(capsys, "inspect", out, "--lines", str(count)).out.splitlines()) for count in (1, 2)]
    assert lines[1] == lines[0] + 1
    shown = run(capsys, "inspect", out, "--word", "0110", "--json").answer["decides"]
    assert shown == student.path("0110")
    assert run(capsys, "eval", out, DEMO).code == run(capsys, "explain", out, DEMO, "01").code == 0
    run(capsys, "distill", DEMO, "--student", "regression", *limits, "--out", other)
    for command, said in (
        (("inspect", other, "--word", "01"), "a regression takes no path to its answer"),
        (("inspect", DEMO, "--word", "01"), "--word is for trees"),
        (("render", out, "--out", tmp_path / "a.svg"), "is a student, and an automaton is expected here"),
    ):
        refused = run(capsys, *command)
        assert (refused.code, said in refused.err) == (2, True)
