"""Services that fail, that are slow, or that are not there: what an extraction does then."""

import re
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler

import numpy as np
import pytest
from serving import PARITY, WORDS, Quiet, Server

import nerode
from nerode.errors import BudgetExhausted, InputError, TeacherError
from nerode.extraction.budget import TeacherFailed, metered
from nerode.extraction.loop import FAILED
from nerode.extraction.meter import Meter
from nerode.teachers import services


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_busy_service_is_asked_again(server, status):
    server.first(3, (status, {}, b"busy"))
    assert np.array_equal(server.teacher().scores(WORDS)[:, 0] > 0, PARITY)


def test_it_waits_as_long_as_it_is_told(server, monkeypatch):
    waits = []
    monkeypatch.setattr(services, "_slept", lambda seconds: waits.append(seconds) or iter(()))
    server.first(1, (429, {"Retry-After": "7"}, b""))
    server.teacher()
    assert max(waits) == 7
    assert 50 < services._wait(formatdate(time.time() + 60)) <= 60
    assert [services._wait(value) for value in (None, "soon", "-1", formatdate(0))] == [0, 0, 0, 0]


BAD = {
    "always 500": ((500, {}, b"\x1b[2J oops"), r"answers with status 500: '\\x1b\[2J oops', 5 times; see that it runs"),
    "not found": ((404, {}, b"no such page"), "answers with status 404: 'no such page'; see that it runs"),
    "waits for hours": ((429, {"Retry-After": "9999"}, b""), "answers with status 429: ''; see that it runs"),
    "no JSON": ((200, {}, b"<html>"), "answered b'<html>', which is no JSON; the first word was ε"),
    "no list": ((200, {}, {"a": [1], "b": [2]}), "say where answers are with --answer"),
    "too few": ((200, {}, [1]), r"64 answers are expected from http.* to 64 words, in a list, not \[1\]; the first word was ε"),
    "nothing": ((200, {}, {}), "say where answers are with --answer"),
    "null": ((200, {}, [None] * 64), "the answer to the word ε is None; an answer is a label, a number or a list of numbers"),
}


@pytest.mark.parametrize("name", BAD)
def test_services_that_answer_badly(server, name):
    answer, said = BAD[name]
    server.reply = lambda body: answer
    with pytest.raises(TeacherError, match=said):
        server.teacher()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(server, status):
    other = Server()
    server.reply = lambda body: (status, {"Location": other.address}, b"")
    with pytest.raises(TeacherError, match=f"redirects to '{other.address}', which is not followed; name that address"):
        server.teacher()
    other.close()
    assert other.posted == []


def test_proxies_are_not_asked(server, monkeypatch):
    other = Server()
    monkeypatch.setenv("http_proxy", other.address)
    monkeypatch.delenv("no_proxy", raising=False)
    server.teacher()
    other.close()
    assert other.posted == []


def test_a_service_that_is_not_there(server):
    other = Server()
    other.close()
    with pytest.raises(TeacherError, match=r"does not answer \(.*refused\), 5 times; see that it runs and takes such requests"):
        other.teacher()


def test_a_service_that_breaks_off(server):
    server.reply = lambda body: (200, {"Content-Length": "1000"}, b"[1")
    with pytest.raises(TeacherError, match="breaks off its response, 5 times"):
        server.teacher()


@pytest.fixture
def never(server):
    """The service does not answer again."""
    done = threading.Event()

    def begin():
        server.reply = lambda body: done.wait(20) and (200, {}, [])

    yield begin
    done.set()


def test_a_slow_service(server, never, monkeypatch):
    teacher = server.teacher(timeout=0.05)
    monkeypatch.setattr(services, "ATTEMPTS", 2)
    never()
    with pytest.raises(TeacherError, match=r"does not answer \(timed out\), 2 times"):
        teacher.scores(WORDS)


def test_limits_on_time_hold_while_a_service_does_not_answer(server, never):
    teacher = metered(server.teacher(), Meter(0.1))
    never()
    with pytest.raises(BudgetExhausted):
        teacher.scores(WORDS)


@pytest.fixture
def until_it_waits(monkeypatch):
    """The time is up as soon as a request is waited for that is to be made again."""
    waiting = []

    def slept(seconds):
        if seconds > 0:
            waiting.append(seconds)
        yield []

    def check(meter):
        if waiting:
            raise BudgetExhausted("time")

    monkeypatch.setattr("nerode.functions.PART", -1.0)  # the clock is looked at whenever it can be
    monkeypatch.setattr(services, "_slept", slept)
    monkeypatch.setattr(Meter, "check", check)
    return waiting


GONE = r"^the service http.* answers with status 500: 'gone'; see that it runs"


def test_a_service_that_fails_until_the_time_is_up_has_failed(server, until_it_waits):
    teacher = metered(server.teacher(), Meter())
    server.first(1, (500, {}, b"gone"))
    with pytest.raises(TeacherFailed, match=GONE):
        teacher.scores(WORDS)
    until_it_waits.clear()
    assert np.array_equal(teacher.scores(WORDS)[:, 0] > 0, PARITY)  # it has recovered
    until_it_waits.append(1.0)
    with pytest.raises(BudgetExhausted):
        teacher.scores(WORDS)


@pytest.mark.parametrize(("status", "headers"), [(429, {}), (503, {"Retry-After": "7"})])
def test_a_service_that_is_busy_until_the_time_is_up_has_not(server, until_it_waits, status, headers):
    teacher = metered(server.teacher(), Meter())
    server.first(1, (status, headers, b"later"))
    with pytest.raises(BudgetExhausted):
        teacher.scores(WORDS)


def test_an_extraction_says_that_the_service_failed(server, until_it_waits):
    teacher = server.teacher()
    well, requests = server.reply, len(server.posted)
    server.reply = lambda body: well(body) if len(server.posted) < requests + 40 else (500, {}, b"gone")
    result = nerode.extract(teacher, seconds=None)
    assert result.stop_reason == FAILED
    assert isinstance(result.failure, TeacherError)
    assert re.search(GONE, str(result.failure))
    assert result.verdict is None
    until_it_waits.clear()
    with pytest.raises(InputError, match=r"failed before anything was learned \(the service .* status 500"):
        nerode.extract(teacher, seconds=None)


def test_a_response_that_drips_ends_at_the_timeout(monkeypatch):
    """Each read is within the limit of a socket, and the response as a whole is not."""
    monkeypatch.setattr(services, "ATTEMPTS", 1)
    done = threading.Event()

    class Dripping(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(200)
            self.send_header("Content-Length", "10000")
            self.end_headers()
            while not done.wait(0.05):
                self.wfile.write(b" ")
                self.wfile.flush()

        def log_message(self, *arguments):
            pass

    http = Quiet(("127.0.0.1", 0), Dripping)
    threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    try:
        with pytest.raises(TeacherError, match=r"takes longer than 0\.3 s to answer"):
            nerode.load_teacher(f"http://127.0.0.1:{http.server_port}/", "ab", timeout=0.3)
    finally:
        done.set()
        http.shutdown()
        http.server_close()


def test_an_address_that_cannot_be_is_asked_once(monkeypatch):
    slept = []
    monkeypatch.setattr(services, "_slept", lambda seconds: slept.append(seconds) or iter(()))
    with pytest.raises(TeacherError, match="does not answer") as refused:
        nerode.load_teacher("http://localhost:1/a b", "ab")
    assert len(slept) == 1
    assert "times" not in str(refused.value)
