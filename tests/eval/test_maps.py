"""Maps of weighted automata, compared with their states word by word, and with automata whose letters are known moves."""

import numpy as np
import pytest

from nerode.automata.dfa import DFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval.maps import LONGEST, MOST_PREFIXES, SHORTEST, map_of, metric_of
from nerode.eval.moves import AGAIN
from nerode.eval.plots.figures import Plot, picture
from nerode.eval.plots.plane import plane
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.sampling import uniform_words
from nerode.words import Alphabet

ABC = Alphabet(("a", "b", "c"))


def some_words(letters=3, count=60):
    rng = np.random.default_rng(0)
    return uniform_words(rng, letters, rng.integers(0, 9, count))


def affine(moves, start, height=(0.0, 1.0), link=Binary()):  # noqa: B008  (frozen)
    """The automaton of points of the plane: each letter is a matrix (2, 2) and a shift (2,), the margin a linear function."""
    transitions = []
    for matrix, shift in moves:
        step = np.zeros((3, 3))
        step[0, 0], step[0, 1:], step[1:, 1:] = 1.0, shift, matrix
        transitions.append(step)
    return WFA(
        Alphabet(tuple("abcdef"[: len(moves)])), [1.0, *start], np.array(transitions), [[0.0], *([h] for h in height)], link
    )


TURN = np.array([[np.cos(2 * np.pi / 5), np.sin(2 * np.pi / 5)], [-np.sin(2 * np.pi / 5), np.cos(2 * np.pi / 5)]])
MOVES = {
    "does nothing": (np.eye(2), [0, 0]),
    "resets": (np.zeros((2, 2)), [0.3, 0.2]),
    "forgets 50% at once": (0.5 * np.eye(2), [0.1, 0.1]),
    "swaps": (-np.eye(2), [0.2, 0.4]),
    "turns, back after 5": (TURN, [0, 0]),
    "keeps what was before, pushes 100% towards acceptance": (np.eye(2), [0, 0.5]),
}


def known():
    return affine(list(MOVES.values()), [0.1, -0.2])


def test_what_letters_do_is_said():
    found = map_of(known(), some_words(6, 150))
    said = dict(zip(MOVES, map(str, found.letters), strict=True))
    assert all(text.startswith(name) for name, text in said.items()), said
    forgets, fixed = found.letters[2], affine(list(MOVES.values()), [0.2, 0.2]).scores([()])[0, 0]
    assert f"repeated brings words near {fixed:+.2g}".replace("-", "−") in str(forgets)  # it leads from everywhere to (0.2, 0.2)
    assert found.height == "margin"
    assert found.shown == pytest.approx(1.0)
    assert found.constant_error < 1e-9


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("link", "width"), [(Binary(), 1), (Multiclass(), 3), (Value(), 1)], ids=str)
def test_points_and_arrows_are_the_states_of_the_automaton(seed, link, width):
    rng = np.random.default_rng(seed)
    automaton = WFA(ABC, rng.normal(size=5), rng.normal(size=(3, 5, 5)) / 3, rng.normal(size=(5, width)), link)
    found = map_of(automaton, some_words())
    for word, point in zip(found.prefixes, found.points, strict=True):
        state = automaton.initial
        for symbol in word:
            state = state @ automaton.transitions[symbol]
        np.testing.assert_allclose(state @ found.projection - found.origin, point, rtol=0, atol=1e-9)
        if found.height is not None:
            assert point[1] == pytest.approx(automaton.scores([word])[0, 0], abs=1e-9)
    place = {word: i for i, word in enumerate(found.prefixes)}
    for symbol, letter in enumerate(found.letters):
        for word, i in place.items():
            if (*word, symbol) in place:
                np.testing.assert_allclose(letter.after[i], found.points[place[*word, symbol]], rtol=0, atol=1e-9)


@pytest.mark.parametrize("link", [Binary(), Value()], ids=str)
def test_the_share_that_is_shown_is_that_of_regression(link):
    """The scores of continuations, regressed on the two coordinates."""
    rng = np.random.default_rng(4)
    automaton = WFA(ABC, rng.normal(size=5), rng.normal(size=(3, 5, 5)) / 3, rng.normal(size=(5, 1)), link)
    words = some_words()
    found = map_of(automaton, words)
    suffixes = sorted({word[k:] for word in words for k in range(len(word) + 1)}, key=lambda word: (len(word), word))[:200]
    block = np.array([automaton.scores([(*prefix, *suffix) for suffix in suffixes])[:, 0] for prefix in found.prefixes])
    centred = block - block.mean(axis=0)
    design = np.column_stack([found.points, np.ones(len(found.points))])
    left = centred - design @ np.linalg.lstsq(design, centred, rcond=None)[0]
    assert found.shown == pytest.approx(1 - (left**2).sum() / (centred**2).sum(), abs=1e-9)


def test_memory_is_what_reading_again_shows():
    found = map_of(known(), some_words(6, 150))
    forgets = found.letters[2]
    np.testing.assert_allclose(forgets.spreads, 0.5 ** np.arange(AGAIN + 1))
    assert forgets.memory == pytest.approx(1.0)
    assert found.letters[4].period == 5
    assert found.letters[0].memory is None


def test_fixed_points_stay():
    automaton = known()
    found = map_of(automaton, some_words(6, 150))
    for letter in (found.letters[1], found.letters[2], found.letters[3]):
        np.testing.assert_allclose(letter.fixed @ letter.matrix + letter.shift, letter.fixed, atol=1e-9)


def test_probabilities_are_shown_by_what_follows():
    """Two states of which one is left for good; the words are drawn with these probabilities."""
    steps = np.array([[[0.5, 0.2], [0.0, 0.1]], [[0.1, 0.0], [0.0, 0.6]]])
    automaton = WFA(Alphabet(("a", "b")), [1.0, 0.0], steps, [[0.2], [0.3]], Value())
    found = map_of(automaton, some_words(2))
    assert found.height is None
    for word, state in zip(found.prefixes, found.states, strict=True):
        vector = automaton.initial
        for symbol in word:
            vector = vector @ steps[symbol]
        np.testing.assert_allclose(state, vector / vector.sum(), atol=1e-9)  # the sum over all continuations is 1 from each state
    assert set(found.labels.tolist()) <= {0, 1, 2}


def test_a_change_of_basis_changes_nothing():
    rng = np.random.default_rng(5)
    automaton = known()
    basis = rng.normal(size=(3, 3))
    inverse = np.linalg.inv(basis)
    steps = inverse @ automaton.transitions @ basis
    other = WFA(automaton.alphabet, automaton.initial @ basis, steps, inverse @ automaton.final, Binary())
    words = some_words(6)
    np.testing.assert_allclose(map_of(other, words).points, map_of(automaton, words).points, atol=1e-8)


def test_what_has_no_map_is_refused():
    with pytest.raises(InputError, match="a diagram shows a DFA"):
        map_of(DFA(ABC, [[0, 0, 0]], [1]), ["a"])
    with pytest.raises(InputError, match="at least one word"):
        map_of(known(), [])
    huge = WFA(Alphabet(("a",)), [1.0, 0.0], [np.eye(2) * 1e200], [[1.0], [1.0]], Binary())
    with pytest.raises(InputError, match="overflow"):
        map_of(huge, ["aaaaa"])


def test_one_state_and_one_word_are_enough():
    found = map_of(affine([(TURN, [0, 0])], [0, 0]), [""])
    assert found.points.shape == (1, 2)
    assert isinstance(plane(found, ("a",)), Plot)


@pytest.mark.parametrize("automaton", [known(), affine([(TURN, [0, 0])], [1, 0], link=Value())], ids=["moves", "one letter"])
def test_a_map_is_drawn(automaton):
    figure = plane(map_of(automaton, some_words(len(automaton.alphabet))), automaton.alphabet.symbols)
    assert isinstance(figure, Plot)
    assert b"<svg" in picture(figure, "svg")
    assert len(figure.axes) == 3 + len(automaton.alphabet)  # all states, and what all letters do in two parts


def test_shares_of_words_that_change_label_are_counted_one_by_one():
    rng = np.random.default_rng(0)
    automaton = WFA(ABC, rng.normal(size=4), rng.normal(size=(3, 4, 4)) / 2, rng.normal(size=(4, 1)), Binary())
    found = map_of(automaton, some_words())
    before = automaton.predict(found.prefixes)
    for symbol, letter in enumerate(found.letters):
        after = automaton.predict([(*word, symbol) for word in found.prefixes])
        up = sum(a == 0 and b == 1 for a, b in zip(before, after, strict=True)) / len(before)
        down = sum(a == 1 and b == 0 for a, b in zip(before, after, strict=True)) / len(before)
        assert letter.flips == pytest.approx((up, down))
    assert any(letter.flips != (0, 0) for letter in found.letters)


def test_of_many_prefixes_some_of_all_lengths_are_shown():
    words = uniform_words(np.random.default_rng(1), 6, np.full(400, 30))
    found = map_of(known(), words)
    lengths = np.array([len(prefix) for prefix in found.prefixes])
    every = sorted({word[:k] for word in words for k in range(31)}, key=lambda word: (len(word), word))
    assert len(found.prefixes) == MOST_PREFIXES == len(set(found.prefixes))
    assert list(found.prefixes[:SHORTEST]) == every[:SHORTEST]
    assert lengths.mean() == pytest.approx(np.mean([len(word) for word in every]), rel=0.1)
    assert set(lengths.tolist()) == set(range(31))


def test_what_drives_states_apart_is_not_said_to_keep_them():
    for move, said in (
        ((1.2 * np.eye(2), [0.0, 0.0]), "repeated drives states apart"),
        ((np.eye(2), [0.0, 0.5]), "keeps what was before"),
    ):
        found = map_of(affine([move], [0.1, -0.2]), [(0,) * 8])
        assert str(found.letters[0]).startswith(said)


def test_the_letter_that_undoes_another_is_named():
    """Brackets: one letter adds to a coordinate what the other takes away."""
    found = map_of(affine([(np.eye(2), [1.0, -1.0]), (np.eye(2), [-1.0, 1.0]), (TURN, [0, 0])], [0.0, 0.5]), some_words(3))
    assert [letter.undone[0] for letter in found.letters[:2]] == ["b", "a"]
    assert [letter.undone[1] for letter in found.letters[:2]] == pytest.approx([0, 0], abs=1e-9)
    assert "undone by b" in str(found.letters[0])
    assert "undone" not in str(found.letters[2])


def test_rising_is_counted_one_by_one():
    rng = np.random.default_rng(0)
    automaton = WFA(ABC, rng.normal(size=4), rng.normal(size=(3, 4, 4)) / 2, rng.normal(size=(4, 1)), Binary())
    found = map_of(automaton, some_words())
    before = automaton.scores(found.prefixes)[:, 0]
    for symbol, letter in enumerate(found.letters):
        after = automaton.scores([(*word, symbol) for word in found.prefixes])[:, 0]
        low, high = np.quantile(before, [0.25, 0.75])
        changes = [b - a for a, b in zip(before, after, strict=True)]
        rises = [0.5 if abs(change) <= 0.1 * (high - low) / 1.349 else float(change > 0) for change in changes]
        assert letter.rises == pytest.approx(np.mean(rises))
        assert letter.push == pytest.approx(np.mean(after - before))


@pytest.mark.parametrize("squash", ["none", "sigmoid"])
@pytest.mark.parametrize("ends", [True, False])
def test_the_metric_is_the_divergence_up_to_second_order(squash, ends):
    """KL(p ‖ q) of two distributions that are near to each other is half of the square of their distance."""
    rng = np.random.default_rng(2)
    link = NextSymbol(3, squash, ends)
    scores = rng.normal(size=5)  # of three letters, the end, and a symbol that never follows
    step = 1e-4 * rng.normal(size=5)

    def distribution(row):
        logits = 1 / (1 + np.exp(-row)) if squash == "sigmoid" else row.copy()
        logits[3] = logits[3] if ends else -np.inf
        return np.exp(logits) / np.exp(logits).sum()

    p, q = distribution(scores), distribution(scores + step)
    likely = p > 0
    divergence = float((p[likely] * np.log(p[likely] / q[likely])).sum())
    distance = step @ metric_of(link, scores[None])
    assert (distance @ distance) / 2 == pytest.approx(divergence, rel=1e-2)


def test_what_follows_a_letter_is_told_where_answers_are_several():
    rng = np.random.default_rng(3)
    automaton = WFA(ABC, rng.normal(size=4), rng.normal(size=(3, 4, 4)) / 2, rng.normal(size=(4, 4)), NextSymbol(3))
    found = map_of(automaton, some_words())
    for symbol, letter in enumerate(found.letters):
        labels = automaton.predict([(*word, symbol) for word in found.prefixes]).tolist()
        counts = [labels.count(label) / len(labels) for label in range(4)]
        assert letter.leads[1] == pytest.approx(max(counts))
        assert letter.leads[0] == ("a", "b", "c", "end")[int(np.argmax(counts))]
        assert f"{letter.leads[0]} ({letter.leads[1]:.0%})" in str(letter)


@pytest.mark.parametrize("symbols", [("$x^$", "^$"), ("\u202eab", r"$\frac$")], ids=["powers", "others"])
def test_letters_that_figures_would_read_as_formulas_are_drawn(symbols):
    steps = [np.eye(3), np.roll(np.eye(3), 1, axis=0)]
    automaton = WFA(Alphabet(symbols), [1.0, 0.0, 0.0], steps, np.eye(3), Multiclass())
    figure = plane(map_of(automaton, some_words(2)), symbols)
    assert b"<svg" in picture(figure, "svg")


def test_words_of_thousands_of_letters_are_shown_up_to_a_hundred():
    found = map_of(known(), [(0, 1, 2) * 2000])
    assert max(map(len, found.prefixes)) == LONGEST


def test_names_of_words_stay_in_their_panel():
    rng = np.random.default_rng(1)
    automaton = WFA(ABC, rng.normal(size=4), rng.normal(size=(3, 4, 4)) / 2, rng.normal(size=(4, 1)), Binary())
    figure = plane(map_of(automaton, some_words()), ("a long letter", "another", "the third of them"))
    figure.draw_without_rendering()
    axes = figure.axes[0]
    panel, names = axes.get_window_extent(), [text.get_window_extent() for text in axes.texts if text.get_text()]
    assert names
    assert all(panel.x0 <= name.x0 and name.x1 <= panel.x1 for name in names)
