"""The page as one file of HTML: data, style and script inside, and a policy that forbids all else.

The Content Security Policy names the hashes of the one style and the one script, and allows images only as data. So nothing that
a file brings along can run or ask a server.
"""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from pathlib import Path
from string import Template
from typing import Any

ASSETS = Path(__file__).parent / "assets"
SCRIPTS = ("model.js", "dom.js", "charts.js", "diagram.js", "plane.js", "tracer.js", "page.js")
ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""Characters that could end the data block; in JSON they occur in texts alone, where escapes mean the same."""


def document(content: dict[str, Any], title: str) -> str:
    """Return the page that shows a content, see `content`."""
    style = _asset("page.css")
    script = '"use strict";\n(() => {\n' + "\n".join(map(_asset, SCRIPTS)) + "})();\n"
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    data = json.dumps(content, allow_nan=False, separators=(",", ":")).translate(ESCAPES)
    drawn = {"network": escape(content["network"]), "verdict": _verdict(content)}
    parts = drawn | {"policy": policy, "title": escape(title), "style": style, "data": data, "script": script}
    return Template(_asset("page.html")).substitute(parts)


def _verdict(content: dict[str, Any]) -> str:
    """Return the card of the automaton that the page opens with as HTML, for readers without JavaScript."""
    entry = content["automata"][content["chosen"]]
    card = entry["card"]
    said = [
        f"{entry['name']}, {card['what']}, stands for {content['network']}: {card['headline']}",
        *card["sentences"],
        *card["quiet"],
    ]
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in said)
    listed = "".join(f"<li>{escape(text)}</li>" for text in card["unchecked"])
    return paragraphs + (f"<p>What was not checked:</p><ul>{listed}</ul>" if listed else "")


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
