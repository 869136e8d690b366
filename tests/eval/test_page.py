"""The report page as a file: nothing in it can run, what it says in words, and which input is refused."""

import hashlib
import re
from base64 import b64encode

import numpy as np
import pytest
from doubles import random_words
from pages import AB, BRIEF, EVEN, data_of, of, random_dfa
from shell import run

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval.page import report_page
from nerode.eval.page.content import Origin, Shown
from nerode.links import NextSymbol
from nerode.words import Alphabet


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
@pytest.mark.sampled(2)
def test_a_page_is_of_modest_size(rng, states):
    dfa = random_dfa(rng, states, 6)
    assert report_page([Shown("large", dfa)], dfa, evidence=of(random_words(rng, 6, 300, 20))).size < 3_000_000


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
    assert [entry["size"] for entry in entries] == [2, 9]


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
def test_what_the_likeliest_next_symbols_are_is_told_where_they_differ():
    pdfa = PDFA(AB, [[0, 0]], [[0.5, 0.3, 0.2]])
    other = PDFA(AB, [[0, 0]], [[0.2, 0.35, 0.45]])
    (entry,) = data_of(report_page([Shown("p", pdfa)], other, evidence=of(["ab"])).html)["automata"]
    assert entry["card"]["sentences"][0] == (
        "They are known to differ in the likeliest next symbol. After the shortest word that was found, ε, it is “a” for "
        "the automaton (0.5, then “b” with 0.3) and the end for the network (0.45, then “b” with 0.35)."
    )
    one = entry["disagreements"]["lists"][0][1][0]
    assert one["automaton"].endswith("likeliest: “a”")
    assert one["automaton"].startswith(("log p(“a”) ", "log p(“b”) ", "log p(end of the word) "))
    assert one["network"].endswith("likeliest: the end")
    assert "a constant answer is off by" in entry["card"]["headline"]
    (same,) = data_of(report_page([Shown("p", pdfa)], pdfa, evidence=of(["ab"])).html)["automata"]
    assert same["card"]["sentences"] == []


@pytest.mark.usefixtures("brief")
def test_an_automaton_that_is_larger_than_its_network_is_called_so(rng):
    for shown, network, larger in ((random_dfa(rng, 50, 2), EVEN, True), (EVEN, random_dfa(rng, 50, 2), False)):
        (entry,) = data_of(report_page([Shown("d", shown)], network, evidence=of(["ab"])).html)["automata"]
        said = [text for text in entry["card"]["sentences"] if "larger than the network" in text]
        assert bool(said) == larger
        assert all(f"{entry['costs']['student_bytes']:,} bytes" in text for text in said)


@pytest.mark.usefixtures("brief")
def test_the_version_is_told():
    found = data_of(
        report_page([Shown("even", EVEN)], EVEN, evidence=of(["a"]), origin=Origin("net", "abc", "nerode report")).html
    )
    about = dict(found["about"])
    assert about["nerode"] == nerode.__version__
    assert about["SHA-256 of its files"] == "abc"
    assert about["made by"] == "nerode report"


@pytest.mark.usefixtures("brief")
def test_symbols_are_quoted_in_what_letters_do():
    odd = Alphabet((")", ","))
    weights = np.array([[[0.2, 0.1], [0.3, 0.1]], [[0.5, 0.2], [0.1, 0.4]]])
    shown = WFA(odd, [1.0, 0.2], weights, [[0.1, 2.0, 0.3], [2.0, 0.2, 0.1]], NextSymbol(2))
    network = PDFA(odd, [[0, 1], [1, 0]], [[0.5, 0.3, 0.2], [0.1, 0.6, 0.3]])
    (entry,) = data_of(report_page([Shown("w", shown)], network, amounts=BRIEF).html)["automata"]
    told = [letter["does"] for letter in entry["map"]["letters"]]
    labels = [does.partition("then mostly ")[2] or does.partition("then most often ")[2] for does in told]
    assert all(label.startswith(("“)” (", "“,” (", "end (")) for label in labels)
    assert any(label.startswith("“") for label in labels)
    assert not any(re.search("network: [),]", text) for text in entry["map"]["agree"])
