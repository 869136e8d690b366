"""The chain of the shell for automata with a stack."""

import json

import pytest
from shell import run
from stack_truth import brackets

import nerode
from nerode.automata.stack_operations import equivalent
from nerode.eval import depths
from nerode.extraction import loop
from nerode.extraction.pushdown import method, searches


@pytest.fixture(autouse=True)
def few_words(monkeypatch):
    monkeypatch.setattr(loop, "FRESH", 100)
    monkeypatch.setitem(loop.WEIGHED, "classifier", 500)
    monkeypatch.setattr(method, "MOST", 4000)
    monkeypatch.setattr(method, "HIGHEST", 4)
    monkeypatch.setattr(searches, "DRAWN", 200)
    monkeypatch.setattr(depths, "COUNT", 80)
    monkeypatch.setattr(depths, "LONGEST", 29)


@pytest.fixture
def asked(tmp_path):
    brackets(2).save(tmp_path / "asked.json")
    return tmp_path / "asked.json"


def test_extract(capsys, tmp_path, asked):
    out = tmp_path / "out.json"
    shown = run(capsys, "extract", asked, "--method", "vpa", "--out", out, "--plots", tmp_path / "plots")
    assert (shown.code, shown.err) == (0, "")
    assert "The network follows the automaton to depth 12 or more" in shown.out
    assert "Calls and returns were found in words whose parts can only be repeated equally often: ( and ) in ()" in shown.out
    assert "<VPA: 2 states, 5 symbols, 1 accepting, calls ([, returns )]>" in shown.out
    assert equivalent(nerode.load_automaton(out), brackets(2))
    assert {path.stem for path in (tmp_path / "plots").iterdir()} == {"size-error", "automaton"}
    named = run(
        capsys, "extract", asked, "--method", "vpa", "--calls", "([", "--returns", ")]", "--out", out, "--json", "--sizes", "1,2"
    )
    assert named.code == 0
    assert named.answer["depths"]["depth"] == 12
    assert named.answer["depths"]["by_depth"][2]["accepted_agreed"] > 50
    assert named.answer["told"] == []
    assert [each["states"] for each in named.answer["sizes"]] == [1, 2]
    kept = json.loads(out.read_text())["extraction"]
    assert (kept["calls"], kept["returns"]) == ("([", ")]")
    again = run(capsys, "extract", asked, "--method", "vpa", "--calls", "([", "--returns", ")]", "--out", out, "--json").answer
    assert [again[name] for name in ("queries", "states", "depths")] == [
        named.answer[name] for name in ("queries", "states", "depths")
    ]


def test_what_is_made_of_it(capsys, tmp_path, asked):
    evaluated = run(capsys, "eval", asked, asked, "--sample", 100, "--kinds", "--json").answer
    assert evaluated["depths"]["depth"] == 12
    assert evaluated["kinds"]["by_kind"]["automaton"]["words"] == 100
    traced = run(capsys, "trace", asked, "(a]", "--teacher", asked, "--json").answer
    assert traced["traces"][0]["stacks"] == ["–", "0(", "0(", "–"]
    assert run(capsys, "explain", asked, asked, "(a)").code == 0
    assert "letter classes       5" in run(capsys, "inspect", asked).out
    assert run(capsys, "compare", asked, asked).out.splitlines()[2] == "equal (labels of words)"
    for suffix in ("svg", "dot", "tex", "mmd"):
        assert run(capsys, "render", asked, "--out", tmp_path / f"a.{suffix}").code == 0
    assert ") pop (" in (tmp_path / "a.dot").read_text()
    report = run(capsys, "report", asked, asked, "--out", tmp_path / "r.html")
    assert report.code == 0
    page = (tmp_path / "r.html").read_text()
    assert "data:image/svg+xml;base64," in page
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    (line,) = data["automata"][0]["stack"]["grammar"]
    assert line.startswith("S → ε | ")


def test_what_is_refused(capsys, tmp_path, asked):
    for suffix in ("graphml", "jff", "att", "hoa", "adl", "pautomac", "regex", "grammar"):
        shown = run(capsys, "convert", asked, "--out", tmp_path / f"a.{suffix}")
        assert (shown.code, shown.err.count("\n")) == (2, 1)
        assert not (tmp_path / f"a.{suffix}").exists()
    shown = run(capsys, "compare", asked, asked, "--out", tmp_path / "a.svg")
    assert (shown.code, shown.err) == (
        2, "nerode compare: there is no drawing of how other automata differ, only of two DFAs or two PDFAs\n",
    )  # fmt: skip
    shown = run(capsys, "extract", asked, "--method", "vpa", "--calls", "(")
    assert (shown.code, shown.err) == (
        2, "nerode extract: calls and returns are named together; name both, or neither to have them found\n",
    )  # fmt: skip
    shown = run(capsys, "extract", asked, "--method", "lstar", "--calls", "(", "--returns", ")")
    assert (shown.code, shown.err.split(";")[0]) == (2, "nerode extract: the method lstar has no setting 'calls'")
