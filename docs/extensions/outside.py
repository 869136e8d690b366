"""Pages whose text is a file outside docs/, such as ARCHITECTURE.md: the site shows the file, and links to it lead to the page.

Such a page is a stub in project/, so that links are right in the repository as well as on the site.
"""

import re
from os.path import dirname, normpath, relpath

from sphinx.application import Sphinx

PAGES = {
    "../ARCHITECTURE.md": "project/architecture.md",
    "../CONTRIBUTING.md": "project/contributing.md",
    "../CHANGELOG.md": "project/changes.md",
    "../benchmarks/RESULTS.md": "project/measurements.md",
}
"""file -> page, both as seen from docs/."""
LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)\s#]+)")


def turned(text: str, written: str, shown: str) -> str:
    """Return a text in which links that were written in one file fit another place, and lead to the pages of outside files."""

    def target(match: re.Match[str]) -> str:
        path = normpath(f"{dirname(written)}/{match[1]}" if dirname(written) else match[1])
        return relpath(PAGES.get(path, path), dirname(shown) or ".")

    return LINK.sub(target, text)


def read(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the text of the outside file in place of the stub."""
    page = f"{docname}.md"
    written = next((file for file, stub in PAGES.items() if stub == page), page)
    if written != page:
        source[0] = (app.srcdir / written).read_text(encoding="utf-8")
        app.env.note_dependency(str((app.srcdir / written).resolve()))
    source[0] = turned(source[0], written, page)


def setup(app: Sphinx) -> dict[str, bool]:
    """Listen to what is read."""
    app.connect("source-read", read)
    return {"parallel_read_safe": True}
