"""Reports of what a page cannot evaluate: trees, regressions, networks as students, and grammars."""

import json
from dataclasses import replace

import numpy as np
import pytest
from doubles import WholeWords
from pages import AB, BRIEF, data_of, of
from shell import DEMO, run

from nerode.automata.cfg import CFG
from nerode.automata.dfa import DFA
from nerode.automata.mealy import to_mealy
from nerode.domains import Domain
from nerode.errors import InputError
from nerode.eval.page import report_page
from nerode.eval.page.content import Shown
from nerode.eval.simplicity import zipped_bits
from nerode.eval.tracing import trace
from nerode.grammars.loading import load_automaton
from nerode.links import Binary, Multiclass, NextSymbol
from nerode.students.features import Features
from nerode.students.forest import Forest
from nerode.students.linear import Linear
from nerode.students.loading import load_student
from nerode.teachers.distilling import constant_network
from nerode.words import all_words

pytestmark = pytest.mark.usefixtures("brief")
FEATURES = Features(AB, ((0,), (1, 1)), ((0, 1),), length=True)
TREE = Forest(FEATURES, [0], [0, -1, -1], [0, 0, 0], [1, -1, -1], [2, -1, -1], [[0], [-1], [1]], [0.0], Binary())
NETWORK = DFA(AB, [[1, 0], [1, 2], [2, 2]], [0, 1, 0])
WORDS = of([word for word, _ in zip(all_words(2, 9), range(200), strict=False)])
STUDENTS = {
    "tree": TREE,
    "regression": Linear(FEATURES, [[1.0], [-2.0], [0.5], [0.25]], [0.1], Binary()),
    "CFG": CFG(AB, ("S",), ((0, (0, -1, 1)), (0, ()))),
    "RNN": constant_network(AB, Binary(), np.array([0.5])),
}


def page_of(*students, teacher=NETWORK):
    shown = [Shown(f"s{i}", student) for i, student in enumerate(students)]
    return report_page(shown, teacher, evidence=WORDS, amounts=BRIEF)


@pytest.mark.parametrize("name", STUDENTS)
def test_a_page_brings_the_answers_of_a_student(name):
    student = STUDENTS[name]
    (entry,) = data_of(page_of(student).html)["automata"]
    assert (entry["called"], entry["size"], entry["unit"]) == (name, student.size, student.unit)
    assert entry["simplicity"]["bits"] == zipped_bits(student)
    assert entry["model"]["file"] is None
    assert entry["card"]["what"].startswith(f"{'an' if name == 'RNN' else 'a'} {name} of ")
    assert entry["lines"]
    assert entry["kinds"]["kinds"]
    record = entry["recorded"]
    nodes = [()]
    for parent, letter in zip(record["parents"][1:], record["letters"][1:], strict=True):
        nodes.append((*nodes[parent], letter))
    assert np.allclose(record["numbers"], student.scores(nodes))
    assert record["labels"] == student.link.labels(student.scores(nodes)).tolist()
    for each in entry["explanations"]:
        word = tuple(each["word"])
        answer = student.scores([word, *(word[:k] + word[k + 1 :] for k in range(len(word)))])[:, 0]
        assert np.allclose(each["student"]["left_out"], answer[0] - answer[1:])


def test_the_file_of_a_student_is_saved_from_the_page(tmp_path):
    for name, load in (("tree", load_student), ("regression", load_student), ("CFG", load_automaton)):
        (entry,) = data_of(page_of(STUDENTS[name]).html)["automata"]
        (tmp_path / "a.json").write_text(json.dumps(entry["model"]["saved"]))
        assert np.array_equal(load(tmp_path / "a.json").scores(WORDS.words), STUDENTS[name].scores(WORDS.words))
    (entry,) = data_of(page_of(STUDENTS["RNN"]).html)["automata"]
    assert entry["model"]["saved"] is None


def test_a_page_of_students_and_automata_in_a_browser(opened):
    page = opened(page_of(*STUDENTS.values(), NETWORK))
    count = page.locator("#size tbody tr").count()
    assert count == 5
    for row in range(count):
        page.locator("#size tbody tr").nth(row).click()
        name, kind = (page.locator("#size tbody tr").nth(row).locator("td").nth(k).inner_text() for k in (0, 1))
        page.locator("#trace input").fill("ab")
        rows = [[cell.strip() for cell in line.split("\t")] for line in page.locator("#trace tbody").inner_text().split("\n")]
        student = NETWORK if kind == "DFA" else STUDENTS[kind]
        truth = ["accepted" if score > 0 else "rejected" for score in student.scores([(), (0,), (0, 1)])[:, 0]]
        assert [line[-2].split()[-1] for line in rows] == truth
        page.locator("#trace input").fill("ab" * 30)
        told = page.locator("#trace").inner_text()
        assert ("not recorded" in told and f"evaluates no {kind}" in told) == (kind != "DFA"), name
    page.locator("#size tbody tr", has_text="RNN").click()
    assert "a folder with the weights" in page.locator("#save").inner_text()
    page.locator("#size tbody tr", has_text="tree").click()
    assert page.locator("#picture pre").inner_text().splitlines() == TREE.shown(80, ())
    assert page.locator("#numbers").inner_text().count("leaves") == 1


def test_words_that_were_not_asked_of_several_classes(opened):
    """The longest prefix that is known says which class the numbers are of."""
    student = Forest(FEATURES, [0], [0, -1, -1], [0, 0, 0], [1, -1, -1], [2, -1, -1], np.eye(3), [0.0] * 3, Multiclass())
    network = DFA(AB, [[1, 0], [1, 2], [2, 2]], [0, 1, 2], 0, 3)
    page = opened(page_of(student, teacher=network))
    page.locator("#trace input").fill("ab" * 20)
    told = page.locator("#trace").inner_text()
    assert "not recorded" in told
    assert not any(wrong in told for wrong in ("null", "undefined", "nothing to draw"))
    first = [cell.strip() for cell in page.locator("#trace tbody").inner_text().split("\n")[0].split("\t")]
    assert "class" in first[-2]
    assert first[-1].split()[0] not in ("–", "NaN")


class Rows(WholeWords):
    """Reads words of exactly five letters, as a network of a table."""

    domain = Domain(np.array([[[2, 2], [3, 1], [0, 4], [2, 2], [1, 3]]]))
    longest = 5

    def scores(self, words):
        words = self.alphabet.words(words)
        assert all(len(word) == 5 for word in words)
        return super().scores(words)


def test_a_page_about_words_of_one_length(opened):
    """Nothing is asked about other words, and only letters that stood at a place are put there."""
    network = Rows(NETWORK)
    student = Forest(
        replace(FEATURES, domain=Rows.domain),
        [0],
        [0, -1, -1],
        [0, 0, 0],
        [1, -1, -1],
        [2, -1, -1],
        [[0], [-1], [1]],
        [0.0],
        Binary(),
    )
    words = of(["ab" + "b" + "ab", "aabab", "abbbb", "babba"])
    made = report_page([Shown("tree", student)], network, evidence=words, amounts=BRIEF)
    data = data_of(made.html)
    (entry,) = data["automata"]
    assert len(data["block"]["words"]) == 0
    assert entry["disagreements"]["lists"][0][1]
    parted = {tuple(item["word"]) for _, items in entry["disagreements"]["lists"] for item in items}
    assert all(NETWORK.predict([word]) != student.predict([word]) for word in parted)
    known = [node for node, is_known in enumerate(data["recorded"]["known"]) if is_known]
    assert len(known) > 4
    page = opened(made)
    page.locator("#trace input").fill("aabab")
    rows = [[cell.strip() for cell in line.split("\t")] for line in page.locator("#trace tbody").inner_text().split("\n")]
    assert [row[-1] for row in rows[:-1]] == ["not recorded"] * 5
    assert ("accepted" if NETWORK.predict(["aabab"])[0] else "rejected") in rows[-1][-1]
    with pytest.raises(InputError, match="rows of a table, are read as a whole and have no trace"):
        trace(student, ["aabab"], network)


def test_a_page_opens_with_the_least_error():
    wrong = DFA(AB, [[0, 0]], [1])
    data = data_of(page_of(wrong, NETWORK, TREE).html)
    errors = [entry["card"]["value"] for entry in data["automata"]]
    assert errors[data["chosen"]] == min(errors) == 0
    assert errors[-1] > 0


def test_mealy_machines_are_shown_as_their_dfas():
    (entry,) = data_of(page_of(to_mealy(NETWORK)).html)["automata"]
    assert (entry["kind"], entry["size"]) == ("dfa", 3)


def test_the_origin_of_a_student_is_saved_with_it(tmp_path):
    history = {"classes": ["no", "yes"], "command": "nerode distill", "possible": 0.25}
    for student in (TREE, STUDENTS["CFG"]):
        shown = [Shown("a", student, history)]
        (entry,) = data_of(report_page(shown, NETWORK, evidence=WORDS, amounts=BRIEF).html)["automata"]
        assert entry["model"]["saved"]["extraction"] == history


def test_a_page_of_a_student_of_a_language_model(opened):
    model = constant_network(AB, NextSymbol(2), np.log([0.5, 0.25, 0.25]))
    student = Forest(FEATURES, [0], [-1], [0], [-1], [-1], [np.log([0.25, 0.5, 0.25])], [0.0, 0.0, 0.0], NextSymbol(2))
    page = opened(page_of(student, teacher=model))
    page.locator("#trace input").fill("ab")
    rows = page.locator("#trace tbody").inner_text().split("\n")
    numbers = [[float(cell.replace("−", "-")) for cell in row.split("\t")[-2:]] for row in rows]
    assert np.allclose(numbers, np.cumsum([[0, 0], np.log([0.25, 0.5]), np.log([0.5, 0.25])], axis=0), atol=1e-3)


@pytest.mark.usefixtures("frugal")
def test_students_in_the_shell(capsys, tmp_path):
    tree, network, report = tmp_path / "tree.json", tmp_path / "small", tmp_path / "r.html"
    assert run(capsys, "distill", DEMO, "--student", "tree", "--out", tree).code == 0
    assert run(capsys, "distill", DEMO, "--student", "rnn", "--out", network, "--effort", 2).code in (0, 3)
    assert run(capsys, "report", tree, network, DEMO, "--out", report).code == 0
    entries = {entry["name"]: entry for entry in data_of(report.read_text(encoding="utf-8"))["automata"]}
    assert {name: entry["called"] for name, entry in entries.items()} == {"tree": "tree", "small": "RNN"}
    assert all(dict(entry["card"]["facts"])["made by"] for entry in entries.values())
    assert all(entry["costs"]["student_bytes"] > 0 for entry in entries.values())
    shown = run(capsys, "trace", tree, "01", "--teacher", DEMO, "--json")
    (traced,) = shown.answer["traces"]
    student = load_student(tree)
    assert np.allclose(traced["automaton"], student.scores([(), (0,), (0, 1)])[:, 0])
    assert traced["states"] is None
    compared = run(capsys, "compare", tree, network, "--json")
    assert compared.code == 0
    assert (compared.answer["equal"] is False) == bool(compared.answer["words"])
    same = run(capsys, "compare", tree, tree, "--json")
    assert (same.code, same.answer["equal"], same.answer["words"]) == (0, None, [])
    STUDENTS["CFG"].save(tmp_path / "grammar.json")
    shown = run(capsys, "extract", tmp_path / "grammar.json", "--method", "cfg", "--out", tmp_path / "g.json", "--report", report)
    assert shown.code == 0
    (entry,) = data_of(report.read_text(encoding="utf-8"))["automata"]
    assert entry["lines"] == load_automaton(tmp_path / "g.json").lines()
    shown = run(capsys, "report", tmp_path, DEMO, "--out", report)
    assert shown.code == 2
    assert "is a folder without a network" in shown.err
