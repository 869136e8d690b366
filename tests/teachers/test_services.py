"""Services as teachers: a server on this machine, what it is sent, and where its answers are."""

import time

import numpy as np
import pytest
from serving import PARITY, WORDS

import nerode
from nerode.errors import InputError


def test_a_service_is_a_teacher(server):
    teacher = server.teacher()
    assert np.array_equal(teacher.scores(WORDS)[:, 0] > 0, PARITY)
    assert max(len(body["words"]) for body in server.posted) == 64
    assert server.posted[0]["words"][0] == ""
    result = nerode.extract(teacher, queries=1000)
    assert (result.method, result.automaton.states) == ("lstar", 2)


@pytest.mark.parametrize(
    ("options", "answered"),
    [
        ({}, lambda words: words),
        ({}, lambda words: {"predictions": words, "model": "m"}),
        ({"answer": "outputs.y"}, lambda words: {"outputs": [{"y": y, "other": [1]} for y in words], "more": []}),
        ({"answer": "outputs.0.y"}, lambda words: {"outputs": [{"y": words}]}),
        ({"batch": 7}, lambda words: {"answers": words}),
    ],
)
def test_where_answers_are(server, options, answered):
    server.reply = lambda body: (200, {}, answered(["yes" if "a" in word else "no" for word in body["words"]]))
    teacher = server.teacher(**options)
    assert teacher.meaning.classes == ("no", "yes")
    assert np.array_equal(teacher.scores(WORDS)[:, 0] > 0, [0 in word for word in WORDS])


@pytest.mark.parametrize(
    ("options", "of"),
    [
        ({"request": '{"inputs": [["{words}"]], "k": 1}'}, lambda body: [word.count("a") % 2 for word in body["inputs"][0][0]]),
        ({"request": '{"text": "{word}"}'}, lambda body: body["text"].count("a") % 2),
        ({"request": '["{word}"]', "answer": "x.1"}, lambda body: {"x": [None, body[0].count("a") % 2]}),
        ({"request": '{"text": "{word}"}', "answer": "y"}, lambda body: {"y": body["text"].count("a") % 2, "z": 3}),
        ({"reads": "symbols"}, lambda body: [word.count("a") % 2 for word in body["words"]]),
        ({"reads": "indices"}, lambda body: [word.count(0) % 2 for word in body["words"]]),
    ],
)
def test_requests(server, monkeypatch, options, of):
    monkeypatch.setattr("nerode.looking.SHORT", 20)
    monkeypatch.setattr("nerode.looking.RANDOM", 20)
    server.reply = lambda body: (200, {}, of(body))
    assert np.array_equal(server.teacher(**options).scores(WORDS)[:, 0] > 0, PARITY)


def test_the_rate_is_kept(server, monkeypatch):
    begun = time.monotonic()
    server.teacher(rate=100.0, batch=40)
    assert time.monotonic() - begun > (len(server.posted) - 1) / 100


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("http://", {}, "is no address of a service"),
        ("http://[", {}, "is no address of a service"),
        ("http://localhost:port/", {}, "is no address of a service"),
        ("http://me:secret@localhost/", {}, "without a password"),
        ("http://localhost:1/", {"request": "{"}, "is no JSON"),
        ("http://localhost:1/", {"request": "{}"}, 'must have either "{words}" or "{word}" where words belong'),
        ("http://localhost:1/", {"batch": 0}, "must be a whole number above 0, not 0"),
        ("http://localhost:1/", {"rate": 0}, "are numbers above 0"),
        ("http://localhost:1/", {"colour": 0}, "a service has no option 'colour'"),
    ],
)
def test_options_that_do_not_fit(name, options, said):
    with pytest.raises(InputError, match=said):
        nerode.load_teacher(name, alphabet="ab", **options)


def test_headers_are_sent(server, tmp_path):
    (tmp_path / "headers").write_text("Authorization: Bearer a:b\n\nX-Team:  us \n")
    server.teacher(headers=tmp_path / "headers")
    assert (server.headers["Authorization"], server.headers["X-Team"]) == ("Bearer a:b", "us")
    assert server.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("text", ["no header", "A b: c", "X: é\x01", "A: b\nA: c"])
def test_odd_headers_are_refused(tmp_path, text):
    (tmp_path / "headers").write_text(text)
    with pytest.raises(InputError, match="header"):
        nerode.load_teacher("http://localhost:1/", "ab", headers=tmp_path / "headers")


@pytest.mark.parametrize("headers", [{"X": 1}, {1: "a"}, [("a", "b")], {"Content-Length": "3"}, {"host": "x"}, 7])
def test_headers_that_cannot_be(headers):
    with pytest.raises(InputError, match="header"):
        nerode.load_teacher("http://localhost:1/", "ab", headers=headers)
