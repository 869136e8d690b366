"""Services as teachers: words are posted as JSON over HTTP, and the answers are read from the response.

Requests go to the address that the user named and nowhere else: redirects and proxies are not followed. docs/functions.md has
the rules.
"""

from __future__ import annotations

import http.client
import json
import queue
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from nerode.asking import Ask, writer
from nerode.errors import InputError, TeacherError, first_line, shown
from nerode.words import Alphabet, Words

WORDS, WORD = "{words}", "{word}"  # what a request has in place of the words
TICK = 0.2  # seconds between looks at the clock
ATTEMPTS = 5
BACKOFF = 0.5  # seconds before the second attempt; each further one waits twice as long
LONGEST_WAIT = 600.0  # seconds that a service may ask for
LARGEST = 2**26  # bytes of a response
BUSY = (408, 425, 429)  # statuses that pass, beside those from 500 on

PASSING = (OSError, http.client.BadStatusLine, http.client.IncompleteRead)  # errors after which a request is made again
NAME, VALUE = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"), re.compile(r"[\t\x20-\x7e\xa0-\xff]*")  # of headers
OWN = ("content-length", "transfer-encoding", "host", "connection")  # headers that belong to the connection

Ticks = Generator[list[Any], None, Any]
"""Yields [] while it waits, so that the clock can be looked at."""


@dataclass(frozen=True)
class _Reply:
    """What came of a request: a body, or what went wrong, whether and when to ask again, and whether it was only busy."""

    body: bytes = b""
    wrong: str = ""
    again: bool = False
    wait: float = 0.0
    busy: bool = False


class Service:
    """A service that answers words.

    Parameters
    ----------
    address : where words are posted to
    request : the body of a request, as JSON with "{words}" or "{word}" in it
    answer : the way to the answers in a response; None where there is one list
    timeout : seconds that a response may take
    rate : requests a second at most; None for any number
    headers : further headers of each request, such as Authorization

    Raises
    ------
    InputError : an address without a host, a request that is no JSON or has no place for words, a rate or a timeout of 0, or
        headers that HTTP does not know

    Attributes
    ----------
    trouble : what was wrong with the last request, which is made again; None where nothing was, or the service was only busy
    """

    def __init__(
        self,
        address: str,
        request: str,
        answer: str | None,
        timeout: float,
        rate: float | None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if not _is_address(address):
            raise InputError(f"{address} is no address of a service; give http://HOST:PORT/PATH, without a password")
        if not timeout > 0 or (rate is not None and not rate > 0):
            raise InputError(f"the timeout and the rate of requests are numbers above 0, not {timeout!r} and {rate!r}")
        try:
            self._request = json.loads(request)
        except (ValueError, RecursionError) as error:
            raise InputError(
                f'the request {shown(request)} is no JSON ({error}); give a body such as {{"words": "{WORDS}"}}'
            ) from error
        places = [place for place in (WORDS, WORD) if _holds(self._request, place)]
        if len(places) != 1:
            raise InputError(f'the request {shown(request)} must have either "{WORDS}" or "{WORD}" where words belong')
        self._place = places[0]
        self._address = address
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
        for name, value in self._headers.items():
            if not (isinstance(name, str) and isinstance(value, str) and NAME.fullmatch(name) and VALUE.fullmatch(value)):
                raise InputError(f"{shown(name)} cannot be a header; a name has no spaces, and a value is one line of Latin-1")
            if name.lower() in OWN:
                raise InputError(f"the header {name} is made for each request; leave it out")
        self._way = [] if answer is None else answer.split(".")
        self._timeout = timeout
        self._pause = 0.0 if rate is None else 1 / rate
        self._next = 0.0  # when the next request may begin
        self.trouble: TeacherError | None = None
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())

    def asking(self, alphabet: Alphabet, reads: str | None, batch: int) -> Ask:
        """Return what asks the service, `batch` words a request at most, written as `reads` says; text is the default.

        Raises
        ------
        InputError : no whole number above 0, or another way of reading
        """
        if type(batch) is not int or batch < 1:
            raise InputError(f"the number of words in a request must be a whole number above 0, not {batch!r}")
        write = writer(reads or "text", alphabet)
        size = 1 if self._place == WORD else batch

        def ask(words: Words) -> Generator[Sequence[Any]]:
            for begin in range(0, len(words), size):
                some = words[begin : begin + size]
                written = [write(word) for word in some]
                body = _filled(self._request, self._place, written[0] if self._place == WORD else written)
                response = yield from self._posted(json.dumps(body).encode())
                yield self._answers(response, len(some), alphabet.text(some[0]))

        return ask

    def _answers(self, response: bytes, count: int, word: str) -> list[Any]:
        """Return the answers in the response to so many words, of which the first is named in errors."""
        try:
            document = json.loads(response)
        except (ValueError, RecursionError) as error:
            raise TeacherError(
                f"the service {self._address} answered {shown(response)}, which is no JSON; the first word was {word}"
            ) from error
        try:
            found = _at(document, self._way) if self._way else _only(document)
        except (LookupError, TypeError) as error:
            raise TeacherError(
                f"the response of {self._address} has no {'.'.join(self._way) or 'single list'}: {shown(document)}; say where "
                "answers are with --answer (answer=)"
            ) from error
        if self._place == WORD:
            return [found]
        if not isinstance(found, list) or len(found) != count:
            raise TeacherError(
                f"{count} answers are expected from {self._address} to {count} words, in a list, not {shown(found)}; the first "
                f"word was {word}; say where answers are with --answer (answer=)"
            )
        return found

    def _posted(self, body: bytes) -> Ticks:
        """Return the response to a request; it is made again where the service is busy or does not answer."""
        self.trouble = None
        attempts = 0
        while True:
            yield from _slept(self._next - time.monotonic())
            self._next = time.monotonic() + self._pause
            reply = yield from _in_background(lambda: self._post(body), self._timeout)
            self.trouble = None
            if not reply.wrong:
                return reply.body
            attempts += 1
            times = f", {attempts} times" if attempts > 1 else ""
            failure = TeacherError(f"the service {self._address} {reply.wrong}{times}; see that it runs and takes such requests")
            if not reply.again or reply.wait > LONGEST_WAIT or attempts == ATTEMPTS:
                raise failure
            self.trouble = None if reply.busy else failure
            yield from _slept(max(reply.wait, BACKOFF * 2 ** (attempts - 1)))

    def _post(self, body: bytes) -> _Reply:
        """Make a request, and return what came of it, whatever happened."""
        try:
            return self._received(body)
        except Exception as error:  # raised in a thread, it would be lost
            reason = getattr(error, "reason", error)
            said = first_line(reason) if isinstance(reason, Exception) else str(reason)
            return _Reply(wrong=f"does not answer ({said})", again=isinstance(error, PASSING))

    def _received(self, body: bytes) -> _Reply:
        request = urllib.request.Request(self._address, body, self._headers, method="POST")
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                received = response.read(LARGEST + 1)
                if len(received) > LARGEST:
                    return _Reply(wrong=f"answers more than {LARGEST:,} bytes")
                return _Reply(received, "breaks off its response" if response.length else "", again=True)
        except urllib.error.HTTPError as error:
            with error:
                return _refused(error)


def _is_address(address: str) -> bool:
    """Return whether an address has a host and no password."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: it becomes an error."""

    def redirect_request(self, *arguments: Any) -> None:
        """Return nothing, which means that the redirect is not followed."""


def _refused(error: urllib.error.HTTPError) -> _Reply:
    """Return the reply of a status that is an error."""
    if 300 <= error.code < 400:
        return _Reply(
            wrong=f"redirects to {shown(error.headers.get('Location'))}, which is not followed; name that address instead"
        )
    said = shown(error.read(200).decode(errors="replace"))
    again = error.code in BUSY or error.code >= 500
    wait = _wait(error.headers.get("Retry-After"))
    wrong = f"answers with status {error.code}: {said}"
    return _Reply(wrong=wrong, again=again, wait=wait, busy=again and (error.code in BUSY or wait > 0))


def _wait(value: str | None) -> float:
    """Return the seconds of a Retry-After header, which has a number or a date; 0 where there is none."""
    if value is None:
        return 0.0
    try:
        return max(0.0, float(value) if value.strip().isdigit() else parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0


def _slept(seconds: float) -> Ticks:
    """Wait."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(TICK, left))
        yield []


def _in_background(call: Callable[[], _Reply], timeout: float) -> Ticks:
    """Return what a call returns. One that takes longer is left alone: a socket's own limit is one for each of its reads."""
    box: queue.SimpleQueue[_Reply] = queue.SimpleQueue()
    threading.Thread(target=lambda: box.put(call()), daemon=True).start()
    end = time.monotonic() + timeout + TICK  # the socket's own limit comes first, and says more
    while time.monotonic() < end:
        try:
            return box.get(timeout=TICK)
        except queue.Empty:
            yield []
    return _Reply(wrong=f"takes longer than {timeout:g} s to answer", again=True)


def _holds(document: Any, place: str) -> bool:
    """Return whether a string of the document is the place of words."""
    if isinstance(document, dict | list):
        return any(_holds(part, place) for part in (document.values() if isinstance(document, dict) else document))
    return bool(document == place)


def _filled(document: Any, place: str, words: Any) -> Any:
    """Return the document with words in their place."""
    if isinstance(document, dict):
        return {key: _filled(value, place, words) for key, value in document.items()}
    if isinstance(document, list):
        return [_filled(value, place, words) for value in document]
    return words if document == place else document


def _at(document: Any, way: list[str]) -> Any:
    """Return what lies at the end of a way: names of fields, and places in lists; a name goes into each item of a list.

    Raises
    ------
    LookupError, TypeError : there is no such way
    """
    for step in way:
        if not isinstance(document, list):
            document = document[step]
        elif step.isdigit():
            document = document[int(step)]
        else:
            document = [item[step] for item in document]
    return document


def _only(document: Any) -> Any:
    """Return the only list among the fields of an object, its only field, or what is no object."""
    if not isinstance(document, dict):
        return document
    lists = [value for value in document.values() if isinstance(value, list)] or list(document.values())
    if len(lists) != 1:
        raise LookupError
    return lists[0]
