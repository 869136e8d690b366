"""Refuses a site that would fetch something from another host when a page is opened. Links may lead anywhere."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ELSEWHERE = re.compile(r"\s*(https?:)?//", re.IGNORECASE)
STYLED = re.compile(r"(?:url\(|@import)\s*[\"']?([^\"')\s;]+)")
FETCHING = ("src", "srcset", "poster", "data", "background", "action")


class Page(HTMLParser):
    """Collects the addresses that a browser fetches by itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched = STYLED.findall(text)
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what this tag fetches."""
        names = (*FETCHING, "href") if tag in ("link", "image", "use") else FETCHING
        self.fetched += [value for name, value in attrs if name in names and value]


def fetched(site: Path) -> list[str]:
    """Return the addresses on other hosts that pages and styles of a site fetch, each with its file."""
    found = []
    for file in sorted(site.rglob("*")):
        if file.suffix in (".html", ".css", ".svg"):
            text = file.read_text(encoding="utf-8")
            addresses = STYLED.findall(text) if file.suffix == ".css" else Page(text).fetched
            found += [f"{file.relative_to(site)}: {address}" for address in addresses if ELSEWHERE.match(address)]
    return found


def finished(app: Sphinx, error: Exception | None) -> None:
    """Check a site that was built; the exit code is 1 where it would fetch something."""
    if error is None and (found := fetched(Path(app.outdir))):
        print("the site would fetch:", *found, sep="\n", file=sys.stderr)
        app.statuscode = 1


def setup(app: Sphinx) -> dict[str, bool]:
    """Wait for the end of the build."""
    app.connect("build-finished", finished)
    return {"parallel_read_safe": True}
