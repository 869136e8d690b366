"""The networks of a zoo that may be handed on, with their words, as one file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nerode.datasets.cards import CARD as DATA_CARD
from nerode.datasets.cards import FILES
from nerode.errors import InputError
from nerode.teachers.recognition import DESCRIPTION, WEIGHTS
from nerode.zoo.networks import CARD, Network

PACKED = (DESCRIPTION, WEIGHTS, *FILES, DATA_CARD, CARD)  # of each network; nothing else of its folder
LICENCES = "LICENCES.md"
DATE = (1980, 1, 1, 0, 0, 0)  # of every file, so that the same networks give the same bytes
HEAD = """# Networks of the zoo

`nerode zoo list` shows them, and every command reads their folders. The weights were made by `nerode zoo make` and have the
licence of nerode, MIT. Words are those of the data sets, under their licences; `card.json` in each folder names the work to cite.

| network | data set | licence | source |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Packed:
    """A zip file of networks.

    Attributes
    ----------
    content : its bytes
    networks : the names of those in it
    left_out : the licences of the data of the others, by name
    """

    content: bytes
    networks: tuple[str, ...]
    left_out: dict[str, str]


def packed(networks: Sequence[Network], folder: Path, say: Callable[[str], None]) -> Packed:
    """Return the networks whose data may be handed on, each in a folder of its name, and a table of licences.

    Parameters
    ----------
    networks : their cards
    folder : in which they are

    Raises
    ------
    InputError : a network without one of its files, or none that may be handed on
    """
    kept = [card for card in networks if card["data"].get("ships") is True]
    left_out = {card["name"]: str(card["data"].get("licence")) for card in networks if card not in kept}
    if not kept:
        raise InputError(f"no network in {folder} may be handed on: the licences of their data do not allow it")
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        rows = (_row(card["name"], *(str(card["data"].get(name)) for name in ("name", "licence", "source"))) for card in kept)
        _add(file, LICENCES, (HEAD + "".join(rows)).encode())
        for card in kept:
            say(f"packing {card['name']}")
            for name in PACKED:
                try:
                    content = (folder / card["name"] / name).read_bytes()
                except OSError as error:
                    raise InputError(f"{folder / card['name']} has no {name}; make the network again") from error
                _add(file, f"{card['name']}/{name}", content)
    return Packed(written.getvalue(), tuple(card["name"] for card in kept), left_out)


def _add(file: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, DATE)
    entry.external_attr = 0o644 << 16
    file.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"
