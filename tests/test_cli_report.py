"""`nerode extract --report`: the page is written, and the automaton is never lost for it."""

import json
import os
import shutil

import numpy as np
import pytest
from pages import data_of
from shell import DEMO, run

import nerode
from nerode.errors import InputError
from nerode.eval import page
from nerode.eval.page.amounts import Amounts
from nerode.extraction.queries.searches.phrases import looks_through
from nerode.extraction.queries.strategy import SEARCHES
from nerode.files import fingerprint
from nerode.shell import extract as extract_command
from nerode.shell import report as report_command
from nerode.teachers.recognition import fingerprint_of

pytestmark = pytest.mark.usefixtures("frugal")


@pytest.fixture(autouse=True)
def brief(monkeypatch):
    """Fewer words, where what matters is not how many."""
    monkeypatch.setattr(page, "amounts_for", lambda teacher, automata: Amounts(sample=200, kind=60, search=400))


def test_the_page_shows_the_automaton_and_those_of_other_sizes(capsys, tmp_path):
    out, report = tmp_path / "a.json", tmp_path / "r.html"
    shown = run(capsys, "extract", DEMO, "--out", out, "--report", report, "--sizes", "1,2", "--seed", 1, "--json")
    assert (shown.code, shown.err) == (0, "")
    assert shown.answer["report"] == str(report)
    data = data_of(report.read_text(encoding="utf-8"))
    assert [entry["size"] for entry in data["automata"]] == [each["states"] for each in shown.answer["sizes"]]
    assert len(data["automata"]) > 1
    assert data["automata"][-1]["name"] == "a"
    main = data["automata"][-1]
    assert {"error by size", "singular values"} <= {curve["name"] for curve in main["curves"]}
    facts = dict(main["card"]["facts"])
    assert (facts["method"], facts["seed"]) == ("spectral", 1)
    assert facts["queries"] == f"{shown.answer['queries']:,}"
    assert not data["automata"][0]["curves"]
    about = dict(data["about"])
    assert about["network"] == "tomita-5"
    assert about["SHA-256 of its files"] == fingerprint(DEMO, ("teacher.json", "weights.safetensors"))


def test_words_that_are_given_are_those_of_the_page(capsys, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("\n".join(format(number, "b") for number in range(200)), encoding="utf-8")
    shown = run(
        capsys,
        "extract",
        DEMO,
        "--method",
        "lstar",
        "--out",
        tmp_path / "a.json",
        "--words",
        words,
        "--report",
        tmp_path / "r.html",
    )
    assert shown.code == 0
    (entry,) = data_of((tmp_path / "r.html").read_text(encoding="utf-8"))["automata"]
    assert "given" in [kind["name"] for kind in entry["kinds"]["kinds"]]


@pytest.mark.parametrize(
    ("place", "said"), [("r.txt", "ends in .html or .htm"), ("missing/r.html", "missing"), (".", "ends in .html")], ids=str
)
def test_a_place_that_cannot_be_written_to_is_refused_at_once(capsys, tmp_path, monkeypatch, place, said):
    monkeypatch.chdir(tmp_path)
    shown = run(capsys, "extract", DEMO, "--out", "a.json", "--report", place)
    assert (shown.code, shown.out) == (2, "")
    assert said in shown.err
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("trouble", "code", "said"),
    [(KeyboardInterrupt(), 3, "no report, since it was interrupted"), (InputError("no ink"), 2, "no report: no ink")],
    ids=["interrupted", "refused"],
)
def test_an_automaton_is_not_lost_for_a_report(capsys, tmp_path, monkeypatch, trouble, code, said):
    def stop(*_, **__):
        raise trouble

    monkeypatch.setattr(report_command, "report_page", stop)
    out = tmp_path / "a.json"
    shown = run(capsys, "extract", DEMO, "--method", "lstar", "--out", out, "--report", tmp_path / "r.html", "--json")
    assert shown.code == code
    assert said in shown.err
    assert os.listdir(tmp_path) == ["a.json"]
    assert shown.answer["report"] is None
    assert shown.answer["states"] == len(json.loads(out.read_text(encoding="utf-8"))["labels"])


def test_the_verdict_on_another_network_is_not_shown(capsys, tmp_path):
    """Files know from which network they come; those that do not, as older ones, are taken at their word."""
    out, other = tmp_path / "a.json", tmp_path / "other.json"
    assert run(capsys, "extract", DEMO, "--method", "lstar", "--out", out).code == 0
    nerode.language("tomita-4", np.random.default_rng(0)).save(other)
    kept = json.loads(out.read_text(encoding="utf-8"))
    assert kept["extraction"]["fingerprint"] == fingerprint(DEMO, ("teacher.json", "weights.safetensors"))
    older = tmp_path / "older.json"
    del kept["extraction"]["fingerprint"]
    older.write_text(json.dumps(kept), encoding="utf-8")
    verdict = "With 95 % confidence"
    for file, network, foreign in ((out, DEMO, False), (out, other, True), (older, other, False)):
        shown = run(capsys, "report", file, network, "--out", tmp_path / "r.html", "--json")
        assert shown.code == 0
        assert ("from another network" in shown.err) == foreign
        assert shown.answer["of_another_network"] == ([file.stem] if foreign else [])
        (entry,) = data_of((tmp_path / "r.html").read_text(encoding="utf-8"))["automata"]
        said = " ".join(entry["card"]["sentences"])
        assert (verdict.lower() in said.lower()) == (not foreign)
        assert ("from another network" in said) == foreign
        assert ("No counterexample" in said) == (not foreign)
        assert bool(entry["curves"]) == (not foreign)


def test_the_page_of_an_extraction_is_of_the_words_of_its_verdict(capsys, tmp_path):
    out, report = tmp_path / "a.json", tmp_path / "r.html"
    shown = run(capsys, "extract", DEMO, "--method", "lstar", "--out", out, "--report", report, "--json")
    data = data_of(report.read_text(encoding="utf-8"))
    (entry,) = data["automata"]
    assert entry["card"]["headline"].startswith("0 % of words get another label (95 % interval 0 to ")
    assert "50 fresh words)" in entry["card"]["headline"]  # the amounts of these tests
    assert "random words of 0 to 20 letters (half with runs) are of the same 50 fresh words" in entry["card"]["quiet"][0]
    assert f"As a regular expression: {shown.answer['regex']}" in entry["card"]["sentences"]
    run(capsys, "report", out, DEMO, "--out", report)
    (entry,) = data_of(report.read_text(encoding="utf-8"))["automata"]
    assert "200 random words)" in entry["card"]["headline"]
    assert "two samples" in entry["card"]["quiet"][0]


def test_what_was_not_reached_is_the_same_on_the_page_and_in_the_terminal(capsys, tmp_path):
    out, report = tmp_path / "a.json", tmp_path / "r.html"
    shown = run(capsys, "extract", DEMO, "--method", "lstar", "--queries", 200, "--out", out, "--report", report)
    missed = shown.out.partition("Not reached: ")[2].partition("\n")[0]
    said = {name for name in SEARCHES if f"{looks_through(name)} ({name})" in missed}
    (entry,) = data_of(report.read_text(encoding="utf-8"))["automata"]
    told = {
        name for name in SEARCHES if f"Not searched for counterexamples: {looks_through(name)}." in entry["card"]["unchecked"]
    }
    assert "difference" in said
    assert len(said) > 1
    assert told == said


def test_a_network_is_hashed_once(capsys, tmp_path, monkeypatch):
    hashed = []
    for command in (report_command, extract_command):
        monkeypatch.setattr(command, "fingerprint_at", lambda place: hashed.append(place) or fingerprint_of(place))
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    shown = run(capsys, "extract", DEMO, "--method", "lstar", "--out", files[0], "--report", tmp_path / "r.html")
    assert (shown.code, len(hashed)) == (0, 1)
    shutil.copy(files[0], files[1])
    assert run(capsys, "report", *files, DEMO, "--out", tmp_path / "r.html").code == 0
    assert len(hashed) == 2


def test_fingerprints_are_of_names_and_contents(tmp_path):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "a").write_bytes(b"1")
    (tmp_path / "net" / "b").write_bytes(b"2")
    first = fingerprint(tmp_path / "net")
    assert first == fingerprint(tmp_path / "net")
    (tmp_path / "net" / "b").rename(tmp_path / "net" / "c")
    assert fingerprint(tmp_path / "net") != first
    # echo -n 1 | sha256sum
    assert fingerprint(tmp_path / "net" / "a") == "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
    with pytest.raises(InputError, match="cannot read"):
        fingerprint(tmp_path / "none")


def test_what_lies_beside_a_network_does_not_change_its_fingerprint(tmp_path):
    for made in (
        {"teacher.json": "1", "weights.safetensors": "2"},
        {"config.json": "1", "model.safetensors": "2", "vocab.txt": "3"},
        {"config.json": "1", "pytorch_model.bin": "2", "spiece.model": "3"},
        {"config.json": "1", "pytorch_model-00001-of-00002.bin": "2", "sentencepiece.bpe.model": "3"},
    ):
        place = tmp_path / list(made)[-1]
        place.mkdir()
        for name, content in made.items():
            (place / name).write_text(content)
        first = fingerprint_of(place)
        for beside in ("dfa.json", "training_args.bin", "optimizer.bin"):
            (place / beside).write_text("what was written there later")
        assert fingerprint_of(place) == first
        for name, content in made.items():
            (place / name).write_text("other")
            assert fingerprint_of(place) != first
            (place / name).write_text(content)
