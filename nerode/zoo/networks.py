"""The networks of a zoo that are there: their cards, a table, and a picture."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nerode.errors import CONTROL, InputError
from nerode.eval.frames import lines_of
from nerode.files import read_text, write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CARD = "zoo.json"
LARGEST = 1e15  # number on a card
Network = dict[str, Any]
"""The card of a network, as JSON."""


def is_made(folder: Path) -> bool:
    """Return whether a folder holds a network of a zoo: its card is written last."""
    return (folder / CARD).is_file()


def write_card(folder: Path, card: Network) -> None:
    """Write the card of a network."""
    lines = (f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in card.items())
    write_whole(folder / CARD, "{\n" + ",\n".join(lines) + "\n}\n")


def card_of(folder: Path) -> Network:
    """Return the card of a network, with the name that its folder has.

    Raises
    ------
    InputError : it cannot be read
    """
    damaged = f"{folder / CARD} is damaged; delete the folder and make the network again"
    try:
        card = json.loads(read_text(folder / CARD))
    except (ValueError, RecursionError) as error:
        raise InputError(damaged) from error
    if not _fits(card, FIELDS):
        raise InputError(damaged)
    return card | {"name": folder.name}  # type: ignore[no-any-return]


def _fits(value: Any, wanted: Any) -> bool:
    """Whether a value is an object with these fields, each of which fits; or what a function says of it."""
    if callable(wanted):
        return bool(wanted(value))
    return isinstance(value, dict) and all(name in value and _fits(value[name], each) for name, each in wanted.items())


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not CONTROL.search(value)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= LARGEST  # NaN is none


def _is_whole(value: Any) -> bool:
    return type(value) is int and abs(value) <= LARGEST


def _or_none(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


FIELDS: dict[str, Any] = {
    "recipe": {"data": _is_text, "seed": _is_whole},
    "data": {"kind": _is_text, "task": _is_text, "letters": _is_whole},
    "architecture": _is_text,
    "seconds": lambda value: isinstance(value, dict) and all(map(_is_number, value.values())),
    "parameters": _is_whole,
    "results": {"accuracy": _is_number, "baseline": _is_number, "learned": lambda value: isinstance(value, bool)},
    "difficulty": {
        "rank": _is_whole,
        "states": _or_none(_is_whole),
        "tried": _or_none(_is_whole),
        "grams": _or_none(_is_number),
        "near": _is_number,
        "follows": _or_none(_is_whole),
        "effort": _is_number,
    },
}
"""What a card must have."""


def networks_in(folder: Path) -> list[Network]:
    """Return the cards of the networks of a zoo, by the name of their data.

    Raises
    ------
    InputError : a folder without any, or a damaged card
    """
    try:
        found = sorted(each for each in folder.iterdir() if is_made(each) and not each.name.startswith("."))
    except OSError as error:
        raise InputError(f"cannot read the folder {folder}: {error.strerror or error}") from error
    if not found:
        raise InputError(f"{folder} has no networks of a zoo in it; nerode zoo make --out {folder} makes some")
    return sorted(map(card_of, found), key=lambda card: (card["data"]["kind"], card["name"]))


def table(networks: Sequence[Network]) -> list[str]:
    """Return a line for each network."""
    rows = [
        (
            "network", "kind", "task", "architecture", "letters", "parameters", "accuracy (%)", "baseline", "rank", "states",
            "3-grams err", "near", "follows", "seconds",
        )
    ]  # fmt: skip
    for card in networks:
        results, hard = card["results"], card["difficulty"]
        rows.append(
            (
                card["name"], card["data"]["kind"], card["data"]["task"], card["architecture"], str(card["data"]["letters"]),
                f"{card['parameters']:,}", _percent(results["accuracy"]) + ("" if results["learned"] else "!"),
                _percent(results["baseline"]), str(hard["rank"]), states_of(hard), _percent(hard["grams"]),
                _percent(hard["near"]), "" if hard["follows"] is None else str(hard["follows"]),
                f"{sum(card['seconds'].values()):.0f}",
            )
        )  # fmt: skip
    return lines_of(rows, left=(0, 1, 2, 3))


def states_of(difficulty: dict[str, Any]) -> str:
    """Return how many states an automaton needs: a number, "> 900" where 900 were not enough, or nothing."""
    if difficulty["states"] is not None:
        return f"{difficulty['states']:,}"
    return "" if difficulty["tried"] is None else f"> {difficulty['tried']:,}"


def picture_of(networks: Sequence[Network]) -> Figure:
    """Return a picture: the rank against the error of 3-grams, a point for each network, a colour for each kind of data."""
    from nerode.eval.plots.zoo import zoo_figure  # here, because matplotlib takes long to import

    return zoo_figure(networks)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"
