"""The data of the report page: its numbers are those of `nerode.eval`."""

import json
import re
from itertools import chain

import numpy as np
import pytest
from doubles import random_words
from pages import AB, EVEN, data_of, of, random_dfa
from shell import run

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.eval.page import report_page
from nerode.eval.page.content import Shown
from nerode.eval.page.recorded import recorded
from nerode.eval.page.scenes import scenes, traffic
from nerode.words import all_words


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
@pytest.mark.sampled(3)
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
