"""Pages whose text is a file outside docs/, such as ARCHITECTURE.md: the site shows the file, and links to it lead to the page.

Such a page is a stub in project/, so that links are right in the repository as well as on the site.
"""

from __future__ import annotations

import re
from os.path import dirname, join, normpath, relpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PAGES = {
    "ARCHITECTURE.md": "docs/project/architecture.md",
    "CONTRIBUTING.md": "docs/project/contributing.md",
    "CHANGELOG.md": "docs/project/changes.md",
    "examples/README.md": "docs/project/examples.md",
    "benchmarks/RESULTS.md": "docs/project/measurements.md",
}
"""file -> page, both as seen from the root of the repository."""
LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)\s#]+)")


def turned(text: str, written: str, shown: str) -> str:
    """Return a text with links that fit the page where it is shown, and not the file in which it was written.

    Links to outside files lead to their pages.
    """

    def target(match: re.Match[str]) -> str:
        path = normpath(join(dirname(written), match[1]))
        return relpath(PAGES.get(path, path), dirname(shown))

    return LINK.sub(target, text)


def read(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the text of the outside file in place of the stub."""
    page = f"docs/{docname}.md"
    written = next((file for file, stub in PAGES.items() if stub == page), page)
    if written != page:
        path = (app.srcdir.parent / written).resolve()
        source[0] = path.read_text(encoding="utf-8")
        app.env.note_dependency(str(path))
    source[0] = turned(source[0], written, page)


def setup(app: Sphinx) -> dict[str, bool]:
    """Listen to what is read."""
    app.connect("source-read", read)
    return {"parallel_read_safe": True}
