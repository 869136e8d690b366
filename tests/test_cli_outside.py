"""The shell where programs and services are asked."""

import json
import os
import shlex
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from shell import ended, run, started

import nerode
from nerode.shell.arguments import classes
from nerode.shell.options.common import OUTSIDE
from nerode.teachers import services
from nerode.teachers.outside import ServiceOptions

ALPHABET = ("--alphabet", "ab")


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A program whose rule makes the answer to `word`; `count` words were asked."""
    monkeypatch.chdir(tmp_path)

    def named(rule, name="parity.py"):
        (tmp_path / name).write_text(
            "import os, sys, time\ncount = 0\n"
            f"for line in sys.stdin:\n    word, count = line.rstrip('\\n'), count + 1\n    print({rule}, flush=True)\n"
        )
        return f"exec:{shlex.quote(sys.executable)} -S -E {name}"

    return named


def test_a_program_from_inspection_to_comparison(capsys, program, tmp_path, frugal):
    name = program("'even' if word.count('a') % 2 == 0 else 'odd'")
    shown = run(capsys, "inspect", name, *ALPHABET)
    assert shown.code == 0
    assert "Answers are taken for labels (class 0 is 'even', 1 is 'odd')" in shown.out
    answer = run(capsys, "inspect", name, *ALPHABET, "--json").answer
    assert (answer["format"], answer["task"], answer["device"]) == ("program", "classifier", "where it runs")
    shown = run(capsys, "extract", name, *ALPHABET, "--out", "out.json", "--json")
    assert (shown.code, shown.err) == (0, "")
    assert (shown.answer["states"], shown.answer["type"]) == (2, "dfa")
    assert shown.answer["answers"].startswith("Answers are taken for labels")
    kept = json.loads((tmp_path / "out.json").read_text())["extraction"]
    assert (kept["checkpoint"], kept["method"], kept["answers"]) == (name, "lstar", shown.answer["answers"])
    assert "error rate    0 %" in run(capsys, "eval", "out.json", name).out  # with the automaton's alphabet
    shown = run(capsys, "extract", name, *ALPHABET, "--method", "spectral", "--states", 2, "--classes", "odd,even")
    assert shown.code == 0
    assert shown.out.startswith("Answers are taken for labels (class 0 is 'odd', 1 is 'even')")


def test_a_tagger_is_a_mealy_machine(capsys, program, tmp_path, frugal):
    name = program("' '.join('odd' if word[:end].count('a') % 2 else 'even' for end in range(1, len(word) + 1))")
    for more in ((), ("--tags",)):
        shown = run(capsys, "extract", name, *ALPHABET, *more, "--out", "out.json", "--json")
        assert (shown.code, shown.answer["type"], shown.answer["states"]) == (0, "mealy", 2)
        assert shown.answer["answers"].startswith("It answers after each letter.")
        assert json.loads((tmp_path / "out.json").read_text())["extraction"]["classes"] == ["even", "odd"]
        assert "error rate    0 %" in run(capsys, "eval", "out.json", name).out
    for suffix in ("dot", "json", "mmd"):
        assert run(capsys, "convert", "out.json", "--out", f"there.{suffix}").code == 0
        assert run(capsys, "convert", "there.dot", "--out", f"back.{suffix}").code == 0
        assert (tmp_path / f"back.{suffix}").exists()
    assert (tmp_path / "back.mmd").read_text() == (tmp_path / "there.mmd").read_text()
    assert "s0 --> s0: b #47; even" in (tmp_path / "back.mmd").read_text()
    assert json.loads((tmp_path / "back.json").read_text())["extraction"] == {"classes": ["even", "odd"]}
    name = program("__import__('json').dumps([int('ab' in word[:end]) for end in range(1, len(word) + 1)])", "lists.py")
    for symbols, more in (("ab", ()), ("a", ("--tags",)), ("ab", ("--longest", 2))):
        shown = run(
            capsys, "extract", name, "--alphabet", symbols, *more, "--classes", "0,1", "--effort", 0.2, "--out", "lists.json"
        )
        assert shown.code == 0, shown.err
    assert run(capsys, "convert", "out.json", "--out", "drawn.svg").code == 0
    assert run(capsys, "render", "out.json", "--out", "drawn.dot").code == 0
    assert "a / odd" in (tmp_path / "drawn.dot").read_text()
    assert (
        run(capsys, "extract", program("1 - 2 * (word.count('a') % 2)", "signs.py"), *ALPHABET, "--out", "signs.json").code == 0
    )
    assert json.loads((tmp_path / "signs.json").read_text())["extraction"]["classes"] == ["-1", "1"]
    shown = run(capsys, "extract", program("word", "echo.py"), *ALPHABET, "--tags")
    assert (shown.code, shown.out) == (2, "")
    assert "letters is expected, as is said by tags=True (--tags)" in shown.err


def test_the_method_and_the_file_are_named_by_the_answers(capsys, program, tmp_path, frugal):
    for rule, limits in (("0.5 ** len(word)", ("--queries", 300, "--refinement", "none")), ("word.count('a') % 2", ())):
        assert run(capsys, "extract", program(rule), *ALPHABET, *limits).code in (0, 3)
    name = program("word.count('a') % 2")
    assert {file for file in os.listdir(tmp_path) if file.endswith(".json")} == {"parity.spectral.json", "parity.lstar.json"}
    assert run(capsys, "extract", name, *ALPHABET, "--target", "labels").err.startswith("nerode extract: the method lstar has no")


def test_what_was_learned_of_a_program_that_fails_is_written(capsys, program, frugal):
    name = program("word.count('a') % 3 if count < 1900 else 'broken'")
    shown = run(capsys, "extract", name, *ALPHABET, "--out", "out.json")
    assert shown.code == 3
    assert "Stopped because the network failed: the answer to the word " in shown.out
    assert "is 'broken', and the classes are 0, 1, 2; name all classes; this is the best automaton so far." in shown.out
    assert nerode.load_automaton("out.json").states == 3


def test_a_service_that_goes_away(capsys, tmp_path, monkeypatch, frugal):
    monkeypatch.setattr(services, "BACKOFF", 0.001)
    left = [1900]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            words = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["words"]
            left[0] -= len(words)
            data = json.dumps([word.count("a") % 3 for word in words]).encode() if left[0] > 0 else b""
            self.send_response(200 if data else 503)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments):
            pass

    monkeypatch.chdir(tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/v1/predict"
        shown = run(capsys, "extract", address, *ALPHABET)
        server.shutdown()
        thread.join()
    assert shown.code == 3
    assert f"Stopped because the network failed: the service {address} answers with status 503: '', 5 times" in shown.out
    assert nerode.load_automaton("predict.lstar.json").states == 3


def test_errors_are_sentences(capsys, program):
    for command in (("inspect",), ("extract",)):
        shown = run(capsys, *command, "exec:./no-such-program", *ALPHABET)
        assert (shown.code, shown.out) == (2, "")
        assert "the program './no-such-program' cannot be started: No such file or directory" in shown.err
        assert "give an alphabet, such as --alphabet ab" in run(capsys, *command, program("0")).err
        assert "longest, rate: only for programs and services" in run(
            capsys, *command, "a", "--longest", 3, "--rate", 4
        ).err.replace("rate, longest", "longest, rate")
    assert run(capsys, "extract", program("1/0"), *ALPHABET).err.count("ZeroDivisionError: division by zero") == 1
    assert "exact mode is not offered" in run(capsys, "extract", program("len(word) % 2"), *ALPHABET, "--exact").err


def test_nothing_that_a_file_names_is_run(capsys, tmp_path, monkeypatch, dfa):
    monkeypatch.chdir(tmp_path)
    document = json.loads(dfa.read_text())
    for field in ("checkpoint", "teacher"):
        document.setdefault("extraction", {})[field] = f"exec:touch {tmp_path}/ran"
    dfa.write_text(json.dumps(document))
    (tmp_path / "exec:touch ran").write_text(json.dumps(document))
    for command in (
        ("inspect", dfa), ("extract", dfa, "--queries", 300, "--out", "a.json"), ("eval", dfa, dfa),
        ("render", dfa, "--out", "a.dot"), ("convert", dfa, "--out", "b.json"), ("inspect", "./exec:touch ran"),
    ):  # fmt: skip
        run(capsys, *command)
    nerode.load_automaton(dfa)
    with pytest.raises(nerode.InputError, match="is no checkpoint that nerode knows"):
        nerode.load_teacher(tmp_path / "exec:touch ran")
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc")
def test_an_interruption_leaves_no_program_behind(program, tmp_path):
    name = program(
        "(open('pids', 'a').write(f'{os.getpid()}\\n') if count == 1 else time.sleep(0.01)) and '' or word.count('a') % 2"
    )
    process = started("extract", name, *ALPHABET, "--out", "out.json", "--seconds", 60)
    deadline = time.monotonic() + 60
    while not (tmp_path / "pids").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    assert ended(process).code in (3, 130)
    for pid in (tmp_path / "pids").read_text().split():
        assert not os.path.exists(f"/proc/{pid}")


def test_options_are_those_of_the_teachers():
    assert set(OUTSIDE) == set(ServiceOptions.__dataclass_fields__)
    assert (classes("no, yes"), classes("0,1"), classes("0,x")) == (("no", "yes"), (0, 1), ("0", "x"))
