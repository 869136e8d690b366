"""The report page as data: its numbers are those of `nerode.eval`, and nothing of a file can run in it."""

import hashlib
import json
import re
from base64 import b64encode
from itertools import chain

import numpy as np
import pytest
from doubles import random_words
from shell import run

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval import page
from nerode.eval.page import report_page
from nerode.eval.page.amounts import FEWEST, PATIENCE, Amounts, amounts_for
from nerode.eval.page.content import Origin, Shown
from nerode.eval.page.recorded import recorded
from nerode.eval.page.remembering import remembering
from nerode.eval.page.scenes import scenes, traffic
from nerode.eval.page.study import Evidence
from nerode.links import Binary, Multiclass
from nerode.shell.report import _numbered, command
from nerode.teachers.recognition import class_names
from nerode.words import Alphabet, all_words

AB = Alphabet(("a", "b"))
BRIEF = Amounts(sample=200, kind=60, search=400)
EVEN = DFA(AB, [[1, 0], [0, 1]], [1, 0])


@pytest.fixture
def brief(monkeypatch):
    """Fewer words, where what matters is not how many."""
    monkeypatch.setattr(page, "amounts_for", lambda teacher, automata: BRIEF)


def of(words):
    """Words over a and b, as text or as indices, to compare on."""
    return Evidence([word if isinstance(word, tuple) else tuple(map("ab".index, word)) for word in words])


def data_of(html):
    """The data block of a page."""
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)[1])


def random_dfa(rng, states, letters):
    alphabet = Alphabet(tuple("abcdefghijkl"[:letters]))
    return DFA(alphabet, rng.integers(0, states, (states, letters)), rng.integers(0, 2, states))


def test_a_page_needs_an_automaton_that_fits():
    with pytest.raises(InputError, match="at least one automaton"):
        report_page([], EVEN)
    other = DFA(Alphabet(("c",)), [[0]], [1])
    with pytest.raises(InputError, match="alphabet"):
        report_page([Shown("other", other)], EVEN)


@pytest.mark.usefixtures("brief")
def test_the_policy_names_the_one_script_and_the_one_style():
    html = report_page([Shown("even", EVEN)], EVEN, evidence=of(["", "a"])).html
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    script = re.search(r"</script>\n<script>(.*)</script>", html, re.DOTALL)[1]
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    for kind, text in (("script-src", script), ("style-src", style)):
        assert f"{kind} 'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert not re.search(r"\b(src|href)=\"(?!#|data:)", html)
    assert not re.search(r"\son\w+=|innerHTML|eval\(|new Function|fetch\(|XMLHttpRequest|import\(", html)


@pytest.mark.usefixtures("brief")
def test_no_symbol_leaves_the_data_block():
    nasty = ("</script><script>alert(1)</script>", "<!--", "&amp;", '"', "\\", "é\u202e")
    dfa = DFA(Alphabet(nasty), np.zeros((1, len(nasty)), np.int64), [1])
    made = report_page([Shown("<b>", dfa)], dfa, evidence=of([(0, 1), (4, 5)]), origin=Origin("</title><i>\u2028"))
    assert made.html.count("<script") == 2
    assert made.html.count("</script>") == 2
    assert data_of(made.html)["symbols"] == list(nasty)
    assert "<i>" not in made.html
    assert "<b>" not in made.html
    assert "\u2028" not in made.html


@pytest.mark.parametrize("states", [5, 150, 2000])
@pytest.mark.usefixtures("brief")
def test_a_page_is_of_modest_size(rng, states):
    dfa = random_dfa(rng, states, 6)
    assert report_page([Shown("large", dfa)], dfa, evidence=of(random_words(rng, 6, 300, 20))).size < 3_000_000


def test_traffic_counts_states_and_letters(rng):
    dfa = random_dfa(rng, 7, 3)
    words = random_words(rng, 3, 50, 9)
    reached, read = np.zeros(7), np.zeros((7, 3))
    for word in words:
        state = 0
        reached[state] += 1
        for letter in word:
            read[state, letter] += 1
            state = int(dfa.transitions[state, letter])
            reached[state] += 1
    found = traffic(dfa, words)
    np.testing.assert_array_equal(found[0], reached)
    np.testing.assert_array_equal(found[1], read)


@pytest.mark.parametrize(("states", "letters"), [(6, 2), (40, 2), (200, 2), (1000, 3), (160, 12)])
def test_scenes_show_every_state_once_and_lead_there_by_shortest_words(rng, states, letters):
    dfa = random_dfa(rng, states, letters)
    words = random_words(rng, letters, 200, 30)
    told = scenes(dfa, words)
    named = [node["name"] for scene in told.scenes for node in scene["nodes"] if re.fullmatch(r"s\d+", node["name"])]
    assert sorted(named) == sorted(f"s{state}" for state in range(states))
    opened = [node["opens"] for scene in told.scenes for node in scene["nodes"] if node["opens"] is not None]
    assert sorted(opened) == list(range(1, len(told.scenes)))
    for scene in told.scenes:
        for node in scene["nodes"]:
            if node["opens"] is not None:
                below = told.scenes[node["opens"]]["nodes"]
                inside = [member.get("states") or [int(member["name"][1:])] for member in below if member["name"] != "elsewhere"]
                assert sorted(chain.from_iterable(inside)) == node["states"]
    lengths = {dfa.initial: 0}
    queue = [dfa.initial]
    for state in queue:
        for target in dfa.transitions[state].tolist():
            if target not in lengths:
                lengths[target] = lengths[state] + 1
                queue.append(target)
    for state in range(states):
        length, at = 0, state
        while at != dfa.initial and told.parents[at] >= 0:
            assert dfa.transitions[told.parents[at], told.letters[at]] == at
            at, length = int(told.parents[at]), length + 1
        assert (length if at == dfa.initial else None) == lengths.get(state)


def test_shares_of_arrows_are_those_of_letters(rng):
    dfa = random_dfa(rng, 5, 3)
    words = random_words(rng, 3, 100, 12)
    (scene,) = scenes(dfa, words).scenes
    counts = {}
    for word in words:
        state = 0
        for letter in word:
            target = int(dfa.transitions[state, letter])
            counts[f"s{state}", f"s{target}"] = counts.get((f"s{state}", f"s{target}"), 0) + 1
            state = target
    total = sum(counts.values())
    for edge in scene["edges"]:
        assert edge["share"] == pytest.approx(counts.get((edge["from"], edge["to"]), 0) / total, rel=1e-3)


def test_shares_in_groups_add_up_to_all_letters(rng):
    """But for letters that stay inside of a group, which the group's own scene shows."""
    dfa = random_dfa(rng, 300, 2)
    words = random_words(rng, 2, 100, 30)
    first = scenes(dfa, words).scenes[0]
    group_of = {state: node["name"] for node in first["nodes"] for state in node["states"] or [int(node["name"][1:])]}
    counts = {}
    for word in words:
        state = 0
        for letter in word:
            target = int(dfa.transitions[state, letter])
            counts[group_of[state], group_of[target]] = counts.get((group_of[state], group_of[target]), 0) + 1
            state = target
    total = sum(counts.values())
    for edge in first["edges"]:
        assert edge["share"] == pytest.approx(counts[edge["from"], edge["to"]] / total, rel=1e-3)


def test_recorded_answers_are_those_of_the_network(rng):
    weights = WFA(AB, rng.normal(size=3), rng.normal(size=(2, 3, 3)), rng.normal(size=(3, 1)))
    words = [(0, 1, 1), (0, 1), (1,), ()]
    found = recorded(weights, words)
    assert len(found.parents) == len({word[:k] for word in words for k in range(len(word) + 1)})
    for word in words:
        node = 0
        for letter in word:
            children = np.flatnonzero((found.parents == node) & (found.letters == letter))
            assert len(children) == 1
            node = int(children[0])
        assert found.numbers[node, 0] == pytest.approx(float(weights.scores([word])[0, 0]), rel=1e-12)
    assert found.labels is None


def test_recorded_answers_of_a_language_model_add_up(rng):
    pdfa = PDFA(AB, [[0, 1], [1, 0]], [[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    words = [(0, 1, 0), (1, 1)]
    found = recorded(pdfa, words)
    nodes = {(): 0}
    for node in range(1, len(found.parents)):
        word = next(word for word, other in nodes.items() if other == found.parents[node])
        nodes[(*word, int(found.letters[node]))] = node
    for word, node in nodes.items():
        state, total = 0, 0.0
        for letter in word:
            total += np.log(pdfa.probabilities[state, letter])
            state = int(pdfa.transitions[state, letter])
        assert found.numbers[node, 0] == pytest.approx(total)
        assert found.labels[node] == pdfa.probabilities[state].argmax()


def test_numbers_are_those_of_eval(capsys, tmp_path):
    """Point by point what `nerode eval --json` answers, on the same words and seed."""
    other = DFA(AB, [[1, 0], [1, 1]], [1, 0])
    other.save(tmp_path / "other.json")
    EVEN.save(tmp_path / "even.json")
    evaluated = run(capsys, "eval", tmp_path / "other.json", tmp_path / "even.json", "--seed", 3, "--json")
    done = run(
        capsys, "report", tmp_path / "other.json", tmp_path / "even.json", "--seed", 3, "--out", tmp_path / "r.html", "--json"
    )
    assert (evaluated.code, done.code) == (0, 0)
    answer = json.loads(evaluated.out)
    (entry,) = data_of((tmp_path / "r.html").read_text(encoding="utf-8"))["automata"]
    assert entry["report"] == {key: answer[key] for key in ("words", "metrics")}
    assert 0 < answer["metrics"]["error_rate"]["value"] < 1
    assert entry["card"]["value"] == answer["metrics"]["error_rate"]["value"]
    assert json.loads(done.out)["bytes"] == (tmp_path / "r.html").stat().st_size


def test_errors_by_kind_are_those_of_eval(capsys, tmp_path):
    """And with the true labels of a file, the table of all three."""
    DFA(AB, [[1, 0], [1, 1]], [1, 0]).save(tmp_path / "other.json")
    EVEN.save(tmp_path / "even.json")
    (tmp_path / "words.tsv").write_text("word\tlabel\nab\t1\naab\t1\nbb\t1\nb\t0\naba\t0\na\t0\n", encoding="utf-8")
    (tmp_path / "words.txt").write_text("ab\naab\nbb\nb\naba\na\n", encoding="utf-8")
    files = (tmp_path / "other.json", tmp_path / "even.json")
    done = run(capsys, "report", *files, "--words", tmp_path / "words.tsv", "--out", tmp_path / "r.html")
    answered = run(capsys, "eval", *files, "--words", tmp_path / "words.txt", "--kinds", "--json")
    assert (done.code, answered.code) == (0, 0)
    right = json.loads(answered.out)
    (entry,) = data_of((tmp_path / "r.html").read_text(encoding="utf-8"))["automata"]
    assert entry["report"] == {key: right[key] for key in ("words", "metrics")}
    assert entry["confusion"] == right["confusion"]
    kinds = right["kinds"]["by_kind"]
    assert [kind["name"] for kind in entry["kinds"]["kinds"]] == list(kinds)
    for kind in entry["kinds"]["kinds"]:
        whole = kinds[kind["name"]]["metrics"]["error_rate"]
        assert [kind[end] for end in ("value", "low", "high")] == [whole[end] for end in ("value", "low", "high")]
        lengths = kinds[kind["name"]]["by_length"]
        assert [(part["value"], part["low"], part["words"]) for part in kind["lengths"]] == [
            (part["error"], part["low"], part["words"]) for part in lengths
        ]
    truth = {"ab": 1, "aab": 1, "bb": 1, "b": 0, "aba": 0, "a": 0}
    other = nerode.load_automaton(tmp_path / "other.json")
    counted = {}
    for word, label in truth.items():
        key = (label, int(EVEN.predict([word])[0]), int(other.predict([word])[0]))
        counted[key] = counted.get(key, 0) + 1
    assert {(row["truth"], row["teacher"], row["student"]): row["count"] for row in entry["outcomes"]["outcomes"]} == counted


@pytest.mark.usefixtures("brief")
def test_automata_stand_side_by_side_smallest_first(capsys, tmp_path, rng):
    dfa = random_dfa(rng, 9, 2)
    for name, automaton in (("large", dfa), ("small", EVEN)):
        automaton.save(tmp_path / f"{name}.json")
    done = run(
        capsys, "report", *(tmp_path / f"{name}.json" for name in ("large", "small", "small")), "--out", tmp_path / "r.html"
    )
    assert done.code == 0
    entries = data_of((tmp_path / "r.html").read_text(encoding="utf-8"))["automata"]
    assert [entry["states"] for entry in entries] == [2, 9]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["even.json"], "a report needs an automaton"),
        (["even.json", "even.json", "--out", "r.txt"], "ends in .html or .htm"),
        (["even.json", "even.json", "--out", "missing/r.html"], "missing"),
        (["even.json", "other.json", "--out", "r.html"], "alphabet"),
        ([".", "even.json", "--out", "r.html"], "is a folder"),
        (["none.json", "even.json", "--out", "r.html"], "none.json"),
    ],
)
def test_bad_input_gets_a_sentence(capsys, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    EVEN.save("even.json")
    DFA(Alphabet(("c",)), [[0]], [1]).save("other.json")
    before = sorted(tmp_path.iterdir())
    done = run(capsys, "report", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert said in done.err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.usefixtures("brief")
def test_a_page_in_a_notebook_is_a_frame_without_rights():
    made = report_page([Shown("even", EVEN)], EVEN, evidence=of(["", "a", "ab"]))
    shown = made._repr_html_()
    assert 'sandbox="allow-scripts allow-downloads"' in shown
    assert "allow-same-origin" not in shown
    assert shown.count("<iframe") == 1
    assert "<script" not in shown


@pytest.mark.usefixtures("brief")
def test_the_block_holds_the_answers_of_both(rng):
    words = list(all_words(2, 4))
    other = random_dfa(rng, 4, 2)
    found = data_of(report_page([Shown("other", other)], EVEN, evidence=of(words)).html)
    shown = [tuple(word) for word in found["block"]["words"]]
    assert shown == list(all_words(2, 12))[: len(shown)]
    assert len(shown) == 40
    for i, p in enumerate(shown[::7]):
        for j, s in enumerate(shown[::5]):
            assert found["block"]["values"][7 * i][5 * j] == EVEN.scores([(*p, *s)])[0, 0]
            assert found["automata"][0]["block"][7 * i][5 * j] == other.scores([(*p, *s)])[0, 0]


@pytest.mark.usefixtures("brief")
def test_the_version_is_told():
    found = data_of(
        report_page([Shown("even", EVEN)], EVEN, evidence=of(["a"]), origin=Origin("net", "abc", "nerode report")).html
    )
    about = dict(found["about"])
    assert about["nerode"] == nerode.__version__
    assert about["SHA-256 of its files"] == "abc"
    assert about["made by"] == "nerode report"


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
    assert amounts_for(Slow(EVEN, 0.04), 1).search == 1000
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
    assert _numbered(labels, names, classes) == numbers


def test_names_of_classes_are_those_that_a_network_was_trained_on(tmp_path):
    (tmp_path / "teacher.json").write_text('{"training": {"classes": ["no", "yes"]}}')
    assert class_names(tmp_path) == ("no", "yes")
    for text in ("{", "[]", '{"training": {"classes": [1]}}', '{"training": {}}'):
        (tmp_path / "teacher.json").write_text(text)
        assert class_names(tmp_path) is None
    assert class_names(tmp_path / "none") is None
