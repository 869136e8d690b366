"""`--possible X`: the language of the words that a language model takes to be possible."""

import json

import numpy as np
import pytest
from pages import data_of
from shell import run

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.words import Alphabet

AB = Alphabet("ab")


@pytest.fixture
def model(tmp_path):
    """Words of a's, then b's; that an a comes after a b has a probability of .02."""
    path = tmp_path / "model.json"
    PDFA(AB, [[0, 1], [0, 1]], [[0.5, 0.3, 0.2], [0.02, 0.5, 0.48]]).save(path)
    return path


@pytest.fixture
def extracted(capsys, tmp_path, model):
    path = tmp_path / "language.json"
    shown = run(capsys, "extract", model, "--possible", 0.05, "--effort", 1, "--out", path)
    assert shown.code == 0
    assert "A word is accepted if each of its letters, and its end, is more likely than 0.05.\n" in shown.out
    assert "On the fresh words, which the model draws (half of them changed):" in shown.out
    assert "As a regular expression: a*b*\n" in shown.out
    assert "Of 500 random words of at most 20 letters that the automaton accepts, the network accepts 100 % (" in shown.out
    return path


def test_the_language_is_a_dfa(extracted):
    assert nerode.load_automaton(extracted).predict(["aabb", "aba", ""]).tolist() == [1, 0, 1]
    history = json.loads(extracted.read_text(encoding="utf-8"))["extraction"]
    assert (history["possible"], history["method"]) == (0.05, "lstar")


def test_what_is_accepted_and_not_possible_is_told(capsys, tmp_path, model):
    """A DFA of at most one state accepts everything, of which the model takes little to be possible."""
    shown = run(
        capsys, "extract", model, "--possible", 0.05, "--states", 1, "--effort", 1, "--out", tmp_path / "all.json", "--json"
    )
    accepted = shown.answer["accepted"]
    assert accepted["low"] <= accepted["agreed"] / accepted["words"] <= accepted["high"] < 0.6


def test_other_commands_ask_as_the_extraction_did(capsys, tmp_path, model, extracted):
    assert run(capsys, "eval", extracted, model, "--json").answer["metrics"]["error_rate"]["value"] == 0
    assert "On words that the model draws (half of them changed):" in run(capsys, "eval", extracted, model).out
    traced = run(capsys, "trace", extracted, "aab", "aba", "--teacher", model)
    assert (traced.code, "the labels part" in traced.out) == (0, False)
    assert run(capsys, "explain", extracted, model, "aab").code == 0
    page = tmp_path / "page.html"
    assert run(capsys, "report", extracted, model, "--out", page).code == 0
    assert "words in which each letter is more likely than 0.05" in json.dumps(data_of(page.read_text(encoding="utf-8")))


def test_a_bound_is_chosen_and_kept(capsys, tmp_path, model):
    path = tmp_path / "chosen.json"
    shown = run(capsys, "extract", model, "--possible", "auto", "--effort", 1, "--out", path)
    assert "The bound lies where few letters are: 0 in 100 places" in shown.out
    assert "As a regular expression: a*b*\n" in shown.out
    bound = json.loads(path.read_text(encoding="utf-8"))["extraction"]["possible"]
    assert 0.04 < bound < 0.15
    assert run(capsys, "eval", path, model, "--json").answer["metrics"]["error_rate"]["value"] == 0
    shown = run(capsys, "extract", model, "--possible", "auto", "--queries", 500, "--out", tmp_path / "no.json")
    assert (shown.code, "give the bound" in shown.err) == (2, True)


def test_another_bound_is_another_language(capsys, model, extracted):
    assert run(capsys, "eval", extracted, model, "--possible", 0.01, "--json").answer["metrics"]["error_rate"]["value"] > 0.1


def test_a_language_is_compared_with_other_languages(capsys, tmp_path, extracted):
    other = tmp_path / "other.json"
    DFA(AB, [[0, 1], [2, 1], [2, 2]], [1, 1, 0]).save(other)
    assert run(capsys, "eval", extracted, other, "--json").answer["metrics"]["error_rate"]["value"] == 0


def test_automata_of_several_bounds_need_one(capsys, tmp_path, model, extracted):
    """With .01 all words are possible, so that each automaton is right by its own bound alone."""
    other, page = tmp_path / "all.json", tmp_path / "page.html"
    assert run(capsys, "extract", model, "--possible", 0.01, "--effort", 1, "--out", other).code == 0
    shown = run(capsys, "report", extracted, other, model, "--out", page)
    assert (shown.code, "with --possible 0.05 and with --possible 0.01;" in shown.err, page.exists()) == (2, True, False)
    assert run(capsys, "report", extracted, other, model, "--possible", 0.05, "--out", page).code == 0


def test_a_classifier_beside_it_answers_as_it_is(capsys, tmp_path, model, extracted):
    out = tmp_path / "tree.json"
    others = ("--possible", 0.05, "--with", extracted, "--student", "tree", "--effort", 1, "--out", out)
    assert run(capsys, "distill", model, *others).code in (0, 3)


def test_a_file_that_says_nonsense_is_not_followed(capsys, model, extracted):
    content = json.loads(extracted.read_text(encoding="utf-8"))
    content["extraction"]["possible"] = "0.05"
    extracted.write_text(json.dumps(content), encoding="utf-8")
    shown = run(capsys, "eval", extracted, model)
    assert shown.code == 2
    assert "--possible auto" in shown.err


def test_what_does_not_fit_is_refused(capsys, tmp_path, model):
    automaton = tmp_path / "dfa.json"
    DFA(AB, [[0, 0]], [1]).save(automaton)
    shown = run(capsys, "extract", automaton, "--possible", 0.1, "--out", tmp_path / "no.json")
    assert (shown.code, "only a language model says what may follow, and so which words are possible" in shown.err) == (2, True)
    shown = run(capsys, "extract", model, "--method", "lstar", "--out", tmp_path / "no.json")
    assert (shown.code, "by --possible auto (in Python possible_words)" in shown.err) == (2, True)
    shown = run(capsys, "extract", model, "--possible", 1, "--out", tmp_path / "no.json")
    assert (shown.code, "between 0 and 1" in shown.err) == (2, True)
    shown = run(capsys, "extract", model, "--possible", 0.1, "--method", "ngram", "--out", tmp_path / "no.json")
    assert shown.code == 2
    assert not (tmp_path / "no.json").exists()


def test_a_truncated_model_is_asked_again_as_it_was(capsys, tmp_path, model):
    """Of a's and then b's: the end never follows an a, and an a never a b."""
    out = tmp_path / "truncated.json"
    shown = run(capsys, "extract", model, "--method", "pdfa", "--top-k", 2, "--effort", 1, "--out", out, "--json")
    assert (shown.code, shown.err) == (0, "")
    history = json.loads(out.read_text(encoding="utf-8"))["extraction"]
    assert (history["top_k"], history["top_p"], history["possible"]) == (2, None, None)
    learned = nerode.load_automaton(out)
    chances = np.exp(learned.link.log_probabilities(learned.scores(["a", "ab"])))
    assert np.allclose(chances, [[0.625, 0.375, 0], [0, 50 / 98, 48 / 98]], atol=1e-3)
    for command in (("eval", out, model), ("trace", out, "ab", "--teacher", model)):
        shown = run(capsys, *command, "--json")
        assert shown.code == 0
    assert shown.answer["traces"][0]["teacher"] == pytest.approx(np.cumsum([0, np.log(0.625), np.log(0.375)]), abs=1e-6)
    assert run(capsys, "report", out, model, "--out", tmp_path / "r.html").code == 0
    (entry,) = data_of((tmp_path / "r.html").read_text(encoding="utf-8"))["automata"]
    assert dict(entry["card"]["facts"])["of the model, may follow"] == "the 2 likeliest symbols"
    both = tmp_path / "both.json"
    limits = ("--effort", 1, "--out", both)
    assert run(capsys, "extract", model, "--top-p", 0.9, "--possible", 0.05, *limits).code == 0
    history = json.loads(both.read_text(encoding="utf-8"))["extraction"]
    assert (history["top_p"], history["possible"], history["top_k"]) == (0.9, 0.05, None)
    shown = run(capsys, "extract", model, "--top-k", 0, "--out", both)
    assert (shown.code, "--top-k" in shown.err) == (2, True)


def test_automata_of_several_rules_need_one(capsys, tmp_path, model):
    """The rule of the one that has some is that of the page, whichever comes first."""
    paths = [tmp_path / f"{name}.json" for name in ("whole", "one", "two")]
    for path, rule in zip(paths, ((), ("--top-k", 2), ("--top-p", 0.9)), strict=True):
        assert run(capsys, "extract", model, "--method", "pdfa", *rule, "--effort", 1, "--out", path).code == 0
    page = tmp_path / "page.html"
    shown = run(capsys, "report", *paths, model, "--out", page)
    assert (shown.code, "with --top-k 2 and with --top-p 0.9; choose by --top-k and --top-p" in shown.err, page.exists()) == (
        2,
        True,
        False,
    )
    assert run(capsys, "report", *paths, model, "--top-k", 2, "--out", page).code == 0
    assert run(capsys, "report", *paths[:2], model, "--out", page).code == 0
    errors = [entry["card"]["headline"] for entry in data_of(page.read_text(encoding="utf-8"))["automata"]]
    assert errors[0] != errors[1]


def test_students_learn_it(capsys, tmp_path, model):
    out = tmp_path / "tree.json"
    assert run(capsys, "distill", model, "--possible", 0.05, "--student", "tree", "--effort", 1, "--out", out).code in (0, 3)
    shown = run(capsys, "eval", out, model, "--json")
    assert shown.answer["metrics"]["error_rate"]["value"] < 0.1
