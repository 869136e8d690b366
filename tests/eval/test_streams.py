"""Streams: what both arms share, what they are judged on, what an interruption leaves, and the shell."""

import json

import numpy as np
import pytest
from shell import run

import nerode
from nerode.errors import BudgetExhausted, InputError
from nerode.eval import streams
from nerode.eval.streamed import Gain, Streamed, StreamSettings
from nerode.eval.streams import WINDOWS, stream

RNG = np.random.default_rng(0)
WORDS = ["".join("ab"[i] for i in RNG.integers(2, size=RNG.integers(2, 6))) for _ in range(156)]
LABELS = ["yes" if word[-1] == "a" else "no" for word in WORDS]
SMALL = {"teacher": "rnn", "student": "rnn", "hidden": 4, "student_hidden": 2, "start": 20}


@pytest.fixture(autouse=True)
def _one_pass(monkeypatch):
    monkeypatch.setattr(streams, "PASSES", 1)


@pytest.fixture(scope="module")
def found():
    return stream(WORDS, LABELS, seeds=2, **SMALL)


def test_both_arms_are_one_until_distillation_begins(found):
    on, off = found.curves["on"], found.curves["off"]
    assert on.shape == off.shape == found.curves["teacher"].shape == (2, WINDOWS)
    assert (on[:, :19] == off[:, :19]).all()
    assert found.gain(1, 19) == Gain(0.0, None, None)  # two seeds do not say how sure it is
    assert found.network.scores(["abab"]).shape == (1, 1)
    assert (found.network.link.labels(found.network.scores(WORDS[-6:])) >= 0).all()


def test_what_is_taught_differs_and_the_same_seed_gives_the_same(monkeypatch):
    """Weights show what accuracies of few words may hide."""

    def weights(**more):
        made = stream(WORDS, LABELS, seeds=1, **SMALL | more)
        return made.network.to_bytes()

    never = weights(start=21)
    assert never == weights(start=21)
    assert len({never, weights(), weights(alpha=0.0), weights(temperature=4.0), weights(seed=3)}) == 5


def test_each_window_is_judged_on_the_part_after_it(monkeypatch):
    asked = []
    accuracy = streams._accuracy

    def noted(taken, learner, part):
        asked.append((part.start, part.stop))
        return accuracy(taken, learner, part)

    monkeypatch.setattr(streams, "_accuracy", noted)
    stream(WORDS, LABELS, seeds=1, **SMALL)
    assert asked[::3] == [(6 * k, 6 * k + 6) for k in range(5, 26)]


def test_the_most_frequent_class_is_that_of_the_window():
    labels = ["a"] * 36 + ["b"] * 120
    made = stream(WORDS, labels, seeds=1, **SMALL)
    assert made.majority.tolist() == [1.0] + 3 * [0.0] + 17 * [1.0]  # windows 2 to 4 still have more a than b


def test_gains_are_means_with_intervals():
    curves = {
        "teacher": np.ones((3, 3)),
        "on": np.array([[0.5, 0.7, 0.6], [0.5, 0.9, 0.6], [0.5, 0.8, 0.6]]),
        "off": np.full((3, 3), 0.5),
    }
    made = Streamed(StreamSettings(start=2), curves, np.full(3, 0.5), 9, ("a", "b"), "done", None)
    gains = made.gains
    assert gains["at once"].mean == pytest.approx(0.3)
    assert gains["since then"].mean == pytest.approx(0.2)
    assert gains["in the end"].mean == pytest.approx(0.1)
    assert gains["at once"].low == pytest.approx(0.3 - 4.30265 * 0.1 / 3**0.5, abs=1e-4)
    assert gains["at once"].sure == "better"
    assert gains["since then"].sure == "better"
    assert gains["in the end"].sure == "better"
    assert "gain in the end: +10.00 (+10.00 to +10.00) better" in str(made)
    assert Streamed(StreamSettings(start=4), curves, np.full(3, 0.5), 9, ("a", "b"), "time", None).gains == {}


@pytest.mark.parametrize(("seed", "window", "seeds", "windows"), [(1, 4, 1, 4), (2, 3, 1, WINDOWS)])
def test_an_interruption_keeps_what_was_done(seed, window, seeds, windows):
    def interrupt(said):
        if said == f"seed {seed} of 3, window {window} of {WINDOWS}":
            raise KeyboardInterrupt

    made = stream(WORDS, LABELS, seeds=3, progress=interrupt, **SMALL)
    assert (made.stop_reason, made.seeds, made.windows) == ("interrupted", seeds, windows)
    assert (made.asked, made.to_json()["seeds_asked"]) == (3, 3)
    assert made.to_json()["gains"].keys() == ({"at once", "since then", "in the end"} if windows == WINDOWS else set())


@pytest.mark.parametrize(
    ("seeds", "asked", "reason", "said"),
    [
        (1, None, "done", ["1 seed cannot say how sure a gain is; take 3 or more for intervals"]),
        (2, 2, "done", ["2 seeds cannot say how sure a gain is; take 3 or more for intervals"]),
        (3, 3, "done", []),
        (3, 5, "time", ["Stopped by the limit on time; this is what was done by then: 3 of 5 seeds."]),
        (1, 2, "interrupted", ["Interrupted; this is what was done by then: 1 of 2 seeds.", "1 seed cannot say how sure"]),
    ],
)
def test_what_a_gain_lacks_is_said(seeds, asked, reason, said):
    curves = dict.fromkeys(("teacher", "on", "off"), np.full((seeds, WINDOWS), 0.5))
    text = str(Streamed(StreamSettings(), curves, np.full(WINDOWS, 0.5), 200, ("a", "b"), reason, None, asked))
    assert all(sentence in text for sentence in said)
    assert ("how sure" in text) == (seeds < 3)
    assert ("by then" in text) == (reason != "done")


def cut_short(windows):
    curves = dict.fromkeys(("teacher", "on", "off"), np.full((1, windows), 0.5))
    return Streamed(StreamSettings(), curves, np.full(windows, 0.5), 200, ("a", "b"), "time", None, 5)


def test_a_stream_that_was_cut_short_says_so():
    text = str(cut_short(3))
    assert text.startswith(
        "Stopped by the limit on time; this is what was done by then: 3 of 21 windows of the first of 5 seeds."
    )
    assert text.endswith("no gain to tell, as the student was to be taught from window 8 on")


def test_a_limit_that_allows_nothing_is_refused():
    with pytest.raises(BudgetExhausted):
        stream(WORDS, LABELS, seconds=1e-9, **SMALL)


def test_the_picture_has_a_line_for_each(found):
    (axes,) = found.plot().axes
    assert len(axes.lines) == 5  # three curves, the most frequent class, and where distillation begins


@pytest.mark.parametrize(
    ("windows", "ticks"), [(1, [1]), (3, [1, 2, 3]), (7, [1, 3, 5, 7]), (10, [1, 3, 5, 7, 9]), (21, [1, 5, 9, 13, 17, 21])]
)
def test_the_picture_names_windows(windows, ticks):
    """Its axis ends with the last one, also where distillation would have begun later."""
    (axes,) = cut_short(windows).plot().axes
    assert axes.get_xticks().tolist() == ticks
    assert all((line.get_marker() == "o") == (windows == 1) for line in axes.lines[:4])
    assert axes.get_xlim()[1] <= 1.05 * windows + 0.5


@pytest.mark.parametrize(
    ("words", "labels", "settings", "message"),
    [
        (WORDS[:50], LABELS[:50], {}, "give 104 words or more, not 50"),
        (WORDS, LABELS[:-1], {}, "there are 156 words and 155 labels"),
        (WORDS, ["a"] * 156, {}, "all words of the stream have the label 'a'"),
        (WORDS, LABELS, {"start": 22}, "there are 21 windows, and distillation begins with one of them, not 22"),
        (WORDS, LABELS, {"alpha": 1.0}, "a number from 0 to below 1, not 1.0"),
        (WORDS, LABELS, {"temperature": 0.5}, "the temperature must be a number from 1 to"),
        (WORDS, LABELS, {"temperature": 1e200}, "the temperature must be a number from 1 to"),
        (WORDS, LABELS, {"seeds": 0}, "the number of seeds must be a whole number"),
        (WORDS, LABELS, {"seconds": 0}, "the limit on seconds must be a number above 0"),
        (WORDS, LABELS, {"student": "tree"}, "unknown architecture 'tree'"),
        (WORDS, LABELS, {"student": "mlp"}, "reads words of one length"),
        (WORDS, LABELS, {"student": ["gru"]}, "names of architectures"),
        (WORDS, LABELS, {"hidden": "a"}, "hidden is the width of a layer, a whole number from 1"),
        (WORDS, LABELS, {"student_hidden": 10**12}, "student_hidden is the width"),
        (WORDS, LABELS, {"width": 3}, "there is no setting 'width' of a stream"),
    ],
)
def test_what_is_refused(words, labels, settings, message):
    with pytest.raises(InputError, match=message):
        stream(words, labels, **settings)


def test_the_shell(capsys, tmp_path):
    file, out, plot = tmp_path / "words.tsv", tmp_path / "small", tmp_path / "curves.svg"
    file.write_text("label\tword\n" + "".join(f"{label}\t{word}\n" for label, word in zip(LABELS, WORDS, strict=True)))
    given = ["stream", file, "--arch", "rnn", "--student", "gru", "--hidden", "4", "--student-hidden", "2", "--seeds", "1"]
    made = run(capsys, *given, "--from", "3", "--out", out, "--plot", plot, "--json")
    assert (made.code, made.answer["windows"], plot.exists()) == (0, WINDOWS, True)
    assert nerode.load_teacher(out).alphabet.symbols == ("a", "b")
    assert json.loads((out / "teacher.json").read_text(encoding="utf-8"))["training"]["classes"] == ["no", "yes"]
    told = run(capsys, *given, "--out", out, "--force")
    assert "gain at once" in told.out
    unlabelled = tmp_path / "plain.txt"
    unlabelled.write_text("ab\nba\n")
    table = tmp_path / "table.csv"
    table.write_text("a,b,y\n1.5,2,yes\n2.5,1,no\n")
    for arguments, said in (
        ([*given, "--out", out], "holds a network already"),
        (["stream", unlabelled, "--out", tmp_path / "new"], "words without labels"),
        (["stream", table, "--out", tmp_path / "new"], "a table with a header is for nerode train"),
        ([*given, "--out", tmp_path / "new", "--plot", tmp_path / "curves.txt"], "the picture is written to"),
    ):
        refused = run(capsys, *arguments)
        assert (refused.code, said in refused.err) == (2, True), said
    assert run(capsys, *given, "--out", tmp_path / "new", "--seconds", "0.000001").code == 3
