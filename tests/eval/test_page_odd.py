"""The report page of odd networks, odd numbers, odd files and odd words: it says what is so, and nothing is lost."""

import json

import numpy as np
import pytest
from pages import AB, BRIEF, EVEN, data_of, of, random_dfa
from shell import run

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.eval.page import report_page
from nerode.eval.page.amounts import FEWEST, PATIENCE, Amounts, amounts_for
from nerode.eval.page.content import Origin, Shown
from nerode.eval.page.histories import LARGEST, MOST
from nerode.eval.page.remembering import remembering
from nerode.eval.page.study import Evidence
from nerode.links import Binary, Multiclass
from nerode.shell.common import numbered
from nerode.shell.report import command
from nerode.teachers.recognition import class_names
from nerode.words import Alphabet


class Slow:
    """Labels, with a pause that is only told."""

    def __init__(self, automaton, pace):
        self.automaton, self.pace, self.asked = automaton, pace, 0
        self.alphabet, self.width, self.link = automaton.alphabet, automaton.width, automaton.link

    def scores(self, words):
        words = list(words)
        self.asked += len(words)
        return self.automaton.scores(words)


@pytest.mark.parametrize("automata", [1, 3])
def test_a_slow_network_is_asked_less_and_the_page_says_so(automata):
    slow = Slow(EVEN, 0.02)
    other = DFA(AB, [[1, 0], [1, 1]], [1, 0])
    found = data_of(report_page([Shown(str(k), other) for k in range(automata)], slow).html)
    assert slow.asked * slow.pace < 2 * PATIENCE
    assert "fewer words" in dict(found["about"])["asked less"]
    fast = data_of(report_page([Shown("other", other)], EVEN).html)
    assert dict(fast["about"])["asked less"] is None


def test_amounts_shrink_with_the_pace_and_have_a_least():
    assert amounts_for(Slow(EVEN, 1e-6), 5) == Amounts()
    assert amounts_for(Slow(EVEN, 0.04), 1).search == 666  # a fifteenth
    assert amounts_for(Slow(EVEN, 100.0), 1) == FEWEST


def test_a_large_alphabet_allows_few_explanations(rng):
    alphabet = Alphabet(tuple(f"t{k}" for k in range(3000)))
    large = DFA(alphabet, rng.integers(0, 3, (3, 3000)), [0, 1, 1])
    slow = Slow(large, 0.0)
    found = data_of(report_page([Shown("large", large)], slow, amounts=BRIEF).html)
    assert slow.asked < 150_000
    assert len(found["automata"][0]["explanations"]) < 20


ZERO = PDFA(AB, [[0, 1], [1, 0]], [[0.5, 0.5, 0.0], [0.0, 0.1, 0.9]])
WIDE = WFA(AB, [1.0], np.full((2, 1, 1), 1e200), [[1.0]])


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize(
    ("automaton", "teacher"),
    [
        (ZERO, PDFA(AB, [[0, 0]], [[0.3, 0.3, 0.4]])),
        (PDFA(AB, [[0, 0]], [[0.3, 0.3, 0.4]]), ZERO),
        (ZERO, ZERO),
        (WIDE, WFA(AB, [1.0], np.ones((2, 1, 1)), [[1.0]])),
        (WFA(AB, [1.0], np.full((2, 1, 1), -1e200), [[1.0]], Binary()), EVEN),
        (WFA(AB, [1.0], np.full((2, 1, 1), 1e200), [[1.0, 2.0, 0.5]], Multiclass()), DFA(AB, [[0, 0]], [2], classes=3)),
    ],
    ids=["student", "teacher", "both", "values", "margins", "classes"],
)
def test_numbers_that_are_not_finite_are_told_as_such(automaton, teacher):
    found = data_of(report_page([Shown("odd", automaton)], teacher).html)
    assert found["automata"][0]["states"] == automaton.states


@pytest.mark.usefixtures("brief")
def test_the_page_opens_with_what_the_extraction_hands_back(rng):
    shown = [Shown("main", EVEN, main=True), Shown("large", random_dfa(rng, 5, 2))]
    assert data_of(report_page(shown, EVEN).html)["chosen"] == 0
    assert data_of(report_page([Shown("small", EVEN), Shown("large", random_dfa(rng, 5, 2))], EVEN).html)["chosen"] == 1


@pytest.mark.usefixtures("brief")
def test_given_words_are_not_called_fresh():
    evidence = Evidence([(0,), (1,), (0, 1)], given=True)
    card = data_of(report_page([Shown("even", EVEN)], EVEN, evidence=evidence).html)["automata"][0]["card"]
    assert "3 given words" in card["headline"]
    assert "given" in card["unchecked"][0]
    assert "fresh" not in json.dumps(card)


VERDICT = {"words": 3, "errors": 0, "distribution": "words like those", "delta": 0.05, "equivalent": False}
RANDOM = VERDICT | {"words": 2, "distribution": "random words"}


@pytest.mark.parametrize(
    ("sample", "judged", "said"),
    [
        (9, 3, "The first figure and the verdict on words like those are of the same 3 fresh words"),
        (2, 3, "The verdict on words like those is of 3 fresh words, and the first figure of the first 2 of them"),
        (9, 2, "The first figure is of 3 fresh words, and the verdict on words like those of the first 2 of them"),
    ],
)
def test_which_words_the_figures_of_a_card_share(sample, judged, said):
    evidence = Evidence([(0,), (1,), (0, 1)], given=True, fresh=True)
    amounts = Amounts(sample=sample, kind=60, search=400)
    history = {"verdict": VERDICT | {"words": judged}, "verdict_random": RANDOM}
    page = report_page([Shown("even", EVEN, history)], EVEN, evidence=evidence, amounts=amounts)
    quiet = data_of(page.html)["automata"][0]["card"]["quiet"]
    assert quiet[0].startswith(said + ", which learning did not see.")
    assert quiet[1] == "The verdict on random words is of other words."


def test_figures_of_other_words_than_those_of_the_verdicts_are_called_so():
    history = {"verdict": VERDICT, "verdict_random": RANDOM}
    amounts = Amounts(sample=60, kind=60, search=400)
    for shown, said in ((history, "three samples"), ({"verdict": VERDICT}, "two samples"), ({"verdict_random": RANDOM}, "two")):
        card = data_of(report_page([Shown("even", EVEN, shown)], EVEN, amounts=amounts).html)["automata"][0]["card"]
        assert said in card["quiet"][0]


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize(
    "odd",
    [
        *({"seconds": number} for number in (10**400, float("nan"), -1)),
        *({"queries": number} for number in (10**400, -1)),
        *({"delta": number} for number in (10**400, float("nan"), 0, 1, 5, -0.5)),
        *({"words": number} for number in (10**400, -2)),
        {"errors": 4},
        {"errors": -1},
    ],
    ids=range(15),
)
def test_numbers_of_files_that_cannot_be_are_not_shown(odd):
    known = {"seconds": 1.5, "queries": 7} | {name: odd[name] for name in ("seconds", "queries") if name in odd}
    verdict = VERDICT | {name: odd[name] for name in VERDICT if name in odd}
    card = data_of(report_page([Shown("even", EVEN, known | {"verdict": verdict})], EVEN).html)["automata"][0]["card"]
    facts = dict(card["facts"])
    assert (facts["seconds"], facts["queries"]) == (None if "seconds" in odd else "1.5", None if "queries" in odd else "7")
    assert any("erdict" in said for said in card["sentences"]) == (verdict == VERDICT)


@pytest.mark.usefixtures("brief")
def test_large_numbers_of_curves_are_drawn_or_left_out():
    """Numbers at the end of what is taken for a number, beyond which nothing is drawn."""
    for number, names in ((LARGEST, {"singular values", "error by size", "error and states by queries"}), (10 * LARGEST, set())):
        done = {"states": MOST - 1, "error": number, "queries": MOST - 1}
        curve = {"singular_values": [number, 1.0], "sizes": [{"states": 1, "error": number, "spread": number}]}
        history = {"rounds": [done, done], "chosen": done, "curve": curve}
        entry = data_of(report_page([Shown("even", EVEN, history)], EVEN).html)["automata"][0]
        assert {each["name"] for each in entry["curves"]} == names


@pytest.mark.usefixtures("brief")
def test_blocks_of_both_have_one_size_where_the_network_reads_short_words_only():
    short = Slow(EVEN, 0.0)
    short.longest = 3
    found = data_of(report_page([Shown("even", EVEN)], short, evidence=of(["", "a", "ab"])).html)
    ours, theirs = found["automata"][0]["block"], found["block"]["values"]
    assert np.shape(ours) == np.shape(theirs) == (3, 3)


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize(
    "history",
    [
        {"queries": "many", "seconds": None, "left_out": None},
        {"searched": [{"search": "x"}], "rounds": [{}], "chosen": 3},
        {"verdict": {"words": "x"}, "verdict_random": 7, "curve": {"singular_values": "x"}},
        {"stop_reason": ["time"], "command": {"a": 1}, "method": None},
        {
            "rounds": [{"states": 1, "error": 0.5, "queries": 1}],
            "chosen": {"states": 1, "error": None, "queries": 1},
            "curve": None,
        },
    ],
    ids=range(5),
)
def test_odd_histories_of_files_are_not_known(history):
    entry = data_of(report_page([Shown("even", EVEN, history)], EVEN).html)["automata"][0]
    assert entry["card"]["headline"].startswith("0 % of words")


def test_the_network_is_asked_about_each_word_once():
    asked = Slow(EVEN, 1e-9)
    remembered = remembering(asked)
    words = [(0,), (1, 0), (0,)]
    np.testing.assert_array_equal(remembered.scores(words), EVEN.scores(words))
    np.testing.assert_array_equal(remembered.scores([(1, 0), (0, 0)]), EVEN.scores([(1, 0), (0, 0)]))
    assert asked.asked == 3
    assert remembered.scores([]).shape == (0, 1)
    assert remembering(EVEN) is EVEN


def test_words_are_not_overwritten_by_a_report_about_them(capsys, tmp_path):
    EVEN.save(tmp_path / "even.json")
    (tmp_path / "w.html").write_text("ab\n")
    done = run(
        capsys,
        "report",
        tmp_path / "even.json",
        tmp_path / "even.json",
        "--words",
        tmp_path / "w.html",
        "--out",
        tmp_path / "w.html",
    )
    assert done.code == 2
    assert "would be overwritten" in done.err
    assert (tmp_path / "w.html").read_text() == "ab\n"


def test_commands_are_told_without_what_may_be_secret(monkeypatch):
    arguments = [
        "nerode",
        "extract",
        "https://host/score?key=1",
        "--request",
        '{"key": "2"}',
        "--request={3}",
        "--alphabet",
        "ab",
    ]
    monkeypatch.setattr("sys.argv", arguments)
    assert command() == "nerode extract 'https://host/score?…' --request '…' '--request=…' --alphabet ab"


def test_words_that_refuted_other_automata_are_asked_first(capsys, tmp_path, rng):
    """A word that no search of the page would find is known from the file of the automaton."""
    letters = Alphabet(tuple("abcdefgh"))
    rare = (3, 1, 4, 1, 5, 2, 6, 5, 3, 5, 0, 7)
    states = len(rare) + 2
    transitions = np.full((states, 8), states - 1)
    for state, letter in enumerate(rare):
        transitions[state, letter] = state + 1
    network = DFA(letters, transitions, np.arange(states) == len(rare))
    nothing = DFA(letters, np.zeros((1, 8), np.int64), [0])
    told = [list(rare), [99]]
    for history, known in ((None, []), ({"counterexamples": [*told, "x"]}, []), ({"counterexamples": told}, [rare])):
        (entry,) = data_of(report_page([Shown("nothing", nothing, history)], network, amounts=BRIEF).html)["automata"]
        assert [tuple(one["word"]) for one in entry["disagreements"]["lists"][0][1]] == known
        assert any("known to disagree" in text for text in entry["card"]["sentences"]) == bool(known)


def test_counterexamples_are_kept_with_an_automaton():
    fifths = DFA(AB, [[1, 0], [2, 1], [3, 2], [4, 3], [0, 4]], [1, 0, 0, 0, 0])
    result = nerode.extract(Slow(fifths, 0.0), "lstar", effort=0.3)
    assert result.counterexamples
    assert all(result.automaton.predict([word]) == fifths.predict([word]) for word in result.counterexamples)
    assert max(map(len, result.counterexamples)) >= 3


@pytest.mark.parametrize(
    ("labels", "names", "classes", "numbers"),
    [
        (("0", "1"), None, 2, [0, 1]),
        (("accepted", "rejected"), None, 2, [1, 0]),
        (("no", "yes"), ("no", "yes"), 2, [0, 1]),
        (("yes", "no"), ("no", "yes"), 2, [1, 0]),
        (("1", "0"), ("1", "0"), 2, [0, 1]),
        (("2", "0"), None, 3, [2, 0]),
        (("accepted", "0"), None, 3, None),
        (("no", "yes"), None, 2, None),
        (("0", "2"), None, 2, None),
    ],
)
def test_labels_of_files_are_numbers_or_names_of_classes(labels, names, classes, numbers):
    assert numbered(labels, names, classes) == numbers


def test_names_of_classes_are_those_that_a_network_was_trained_on(tmp_path):
    (tmp_path / "teacher.json").write_text('{"training": {"classes": ["no", "yes"]}}')
    assert class_names(tmp_path) == ("no", "yes")
    for text in ("{", "[]", '{"training": {"classes": [1]}}', '{"training": {}}'):
        (tmp_path / "teacher.json").write_text(text)
        assert class_names(tmp_path) is None
    assert class_names(tmp_path / "none") is None


def test_classes_have_the_names_that_are_known():
    last = DFA(AB, [[1, 2], [1, 2], [1, 2]], [2, 0, 1], 0, 3)
    made = report_page(
        [Shown("last", last)], last, evidence=of(["a", "ab"]), origin=Origin("net", classes=("ham", "<spam>", "none"))
    )
    data = data_of(made.html)
    assert data["classes"] == ["ham", "<spam>", "none"]
    assert dict(data["about"])["classes"] == "0 is ham, 1 is <spam>, 2 is none"
    assert [node["label"] for node in data["automata"][0]["scenes"]["scenes"][0]["nodes"]] == ["0\nnone", "1\nham", "2\n<spam>"]
    for names in (None, ("ham", "spam")):
        data = data_of(report_page([Shown("last", last)], last, evidence=of(["a"]), origin=Origin("net", classes=names)).html)
        assert data["classes"] is None
        assert data["automata"][0]["scenes"]["scenes"][0]["nodes"][0]["label"] == "0\nclass 2"
