"""`nerode extract --sizes`: files beside the automaton, a table, and what is refused before the network is asked."""

import json
import os

import pytest
from shell import DEMO, run

import nerode
from nerode.shell import common
from nerode.shell import extract as extract_command

pytestmark = pytest.mark.usefixtures("frugal")


def test_sizes_are_files_beside_the_automaton_and_a_table(capsys, tmp_path):
    shown = run(capsys, "extract", DEMO, "--method", "lstar", "--out", tmp_path / "a.b.json", "--sizes", "1,3,9")
    assert (shown.code, shown.err) == (0, "")
    assert set(os.listdir(tmp_path)) == {"a.b.json", "a.b.1.json", "a.b.3.json"}
    like = "(random words of 0 to 20 letters (half with runs), like the fresh ones; other words give other errors)"
    assert f"Sizes, by their share of wrong labels on held-out words {like}:\nstates  error  standard error  file\n" in shown.out
    for states, name in ((1, "a.b.1.json"), (3, "a.b.3.json"), (4, "a.b.json")):
        automaton = nerode.load_automaton(tmp_path / name)
        assert automaton.states == states
        assert any(
            line.split()[0] == str(states) and line.endswith(f"  {tmp_path / name}") for line in shown.out.splitlines() if line
        )


def test_other_numbers_of_states_than_were_asked_for_are_explained(capsys, tmp_path):
    for sizes, explained in (("1,3,9", True), ("1,3,4", False)):
        shown = run(capsys, "extract", DEMO, "--method", "lstar", "--out", tmp_path / "a.json", "--sizes", sizes)
        assert ("Sizes are at most so many" in shown.out) == explained
        assert ("Query learning jumps from size to size" in shown.out) == explained


def test_sizes_are_answered_in_json(capsys, tmp_path):
    shown = run(capsys, "extract", DEMO, "--out", tmp_path / "a.json", "--sizes", "2,1", "--json")
    assert (shown.code, shown.err) == (0, "")
    sizes = shown.answer["sizes"]
    assert [list(each) for each in sizes] == [["states", "error", "spread", "file"]] * len(sizes)
    assert len(sizes) >= 2
    assert sizes[-1]["file"] == str(tmp_path / "a.json")
    for each in sizes[:-1]:
        written = json.loads((tmp_path / f"a.{each['states']}.json").read_text())
        assert written["extraction"]["held_out"] == {"error": each["error"], "spread": each["spread"]}
        assert written["extraction"]["seed"] == 0
        assert not {"verdict", "verdict_random", "rounds"} & set(written["extraction"])


def test_without_the_option_there_are_none(capsys, tmp_path):
    answer = run(capsys, "extract", DEMO, "--method", "lstar", "--out", tmp_path / "a.json", "--json").answer
    assert answer["sizes"] == []
    assert os.listdir(tmp_path) == ["a.json"]


@pytest.mark.parametrize("sizes", ["", "0", "2,", "2,x", "-1", "1.5", "2 4"])
def test_sizes_that_are_no_whole_numbers(capsys, tmp_path, sizes):
    shown = run(capsys, "extract", DEMO, "--out", tmp_path / "a.json", f"--sizes={sizes}")
    assert (shown.code, shown.out) == (2, "")
    assert shown.err.count("\n") == 1
    assert f"argument --sizes: must be whole numbers of at least 1 between commas, such as 2,4,8, not {sizes!r}" in shown.err
    assert os.listdir(tmp_path) == []


def test_the_automaton_that_is_asked_is_not_replaced(capsys, tmp_path, monkeypatch):
    def silent(options):
        raise AssertionError("asked")

    run(capsys, "extract", DEMO, "--method", "lstar", "--out", tmp_path / "a.4.json")
    before = (tmp_path / "a.4.json").read_bytes()
    monkeypatch.setattr(common, "asked", silent)
    monkeypatch.setattr(extract_command, "asked", silent)
    shown = run(capsys, "extract", tmp_path / "a.4.json", "--out", tmp_path / "a.json", "--sizes", 2)
    assert shown.code == 2
    assert shown.err.endswith(
        f"a smaller automaton could replace {tmp_path / 'a.4.json'}, which is asked; "
        f"choose another name than {tmp_path / 'a.json'}\n"
    )
    assert os.listdir(tmp_path) == ["a.4.json"]
    assert (tmp_path / "a.4.json").read_bytes() == before


def test_a_size_that_cannot_be_written_loses_neither_the_automaton_nor_the_others(capsys, tmp_path):
    (tmp_path / "a.1.json").mkdir()
    shown = run(capsys, "extract", DEMO, "--method", "lstar", "--out", tmp_path / "a.json", "--sizes", "1,3", "--json")
    assert shown.code == 2
    assert shown.err == f"nerode extract: cannot write {tmp_path / 'a.1.json'}: it is a folder; name a file in it\n"
    assert [each["file"] for each in shown.answer["sizes"]] == [None, str(tmp_path / "a.3.json"), str(tmp_path / "a.json")]
    assert shown.answer["verdict"] is not None
    assert nerode.load_automaton(tmp_path / "a.3.json").states == 3


def test_sizes_that_nobody_waits_for_leave_the_automaton_and_exit_code_3(capsys, tmp_path, monkeypatch):
    honest = extract_command.extract

    def interrupted(*arguments, progress, **options):
        def stop(message):
            if message.startswith("sizes"):
                raise KeyboardInterrupt

        return honest(*arguments, progress=stop, **options)

    monkeypatch.setattr(extract_command, "extract", interrupted)
    shown = run(capsys, "extract", DEMO, "--out", tmp_path / "a.json", "--sizes", "1,2", "--json")
    assert shown.code == 3
    assert shown.answer["stop_reason"] == "converged"
    assert (
        "Automata of other sizes are missing or not fitted to the end, since the extraction was interrupted."
        in shown.answer["left_out"]
    )
    assert shown.answer["verdict"] is not None
    assert nerode.load_automaton(tmp_path / "a.json").states == 4
