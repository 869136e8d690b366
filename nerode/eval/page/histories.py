"""The history that the file of an automaton keeps, as far as it can be trusted: anyone may write such a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nerode.extraction.history import of_another_size

FOREIGN = "Extracted from another network, with other files than this one: its verdict is not shown."
MOST, LARGEST = 2**63, 1e100  # what whole numbers are below, and other numbers at most; those of real histories are far smaller
Check = Callable[[Any], bool]


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < MOST


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def _duration(value: Any) -> bool:
    return _number(value) and 0 <= value < MOST


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _list_of(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _record(**checks: Check) -> Check:
    """Return whether a value is an object with at least these fields."""
    return lambda value: isinstance(value, dict) and all(name in value and check(value[name]) for name, check in checks.items())


_ROUND = _record(states=_whole, error=_or_none(_number), queries=_whole)
_VERDICT_FIELDS = _record(
    words=_whole, errors=_whole, distribution=_text, delta=_number, equivalent=lambda value: type(value) is bool
)


def _verdict(value: Any) -> bool:
    return _VERDICT_FIELDS(value) and value["errors"] <= value["words"] and 0 < value["delta"] < 1


FIELDS: dict[str, Check] = {
    "method": _text,
    "queries": _whole,
    "seconds": _duration,
    "seed": lambda value: type(value) is int,
    "checkpoint": _text,
    "fingerprint": _or_none(_text),
    "command": _text,
    "possible": _or_none(_number),
    "top_k": _or_none(_whole),
    "top_p": _or_none(_number),
    "stop_reason": _text,
    "verdict": _or_none(_verdict),
    "verdict_random": _or_none(_verdict),
    "counterexamples": _list_of(_list_of(_whole)),
    "left_out": _list_of(_text),
    "searched": _list_of(_record(search=_text, looks=_whole)),
    "chosen": _ROUND,
    "rounds": _list_of(_ROUND),
    "curve": _or_none(
        _record(
            singular_values=_list_of(_number),
            sizes=_list_of(
                lambda size: _record(states=_whole, error=_or_none(_number), spread=_or_none(_number))(size) and len(size) == 3
            ),
        )
    ),
}
"""What a page reads of a history, and what each field has to be; see `nerode.extraction.history`."""


def checked_history(history: dict[str, Any] | None) -> dict[str, Any]:
    """Return the fields of a history that are what they ought to be; others are not known."""
    known = history or {}
    return {name: known[name] for name, check in FIELDS.items() if name in known and check(known[name])}


def is_foreign(history: dict[str, Any] | None, fingerprint: str | None) -> bool:
    """Return whether an automaton was extracted from another network than that of this hash; not where one is not known."""
    known = checked_history(history).get("fingerprint")
    return known is not None and fingerprint is not None and known != fingerprint


def history_beside(history: dict[str, Any] | None, fingerprint: str | None) -> dict[str, Any]:
    """Return what a page may tell of a history beside a network: of another network, neither verdicts nor errors."""
    known = checked_history(history)
    if not is_foreign(known, fingerprint):
        return known
    return {name: value for name, value in of_another_size(known).items() if name != "left_out"}
