"""The documents: each page is on the site, each link leads somewhere, and each command and number on a page is right."""

import argparse
import importlib.util
import re
import shlex
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import nerode
from nerode.shell.options import parser
from nerode.words import all_words

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *PAGES, *sorted(ROOT.glob("benchmarks/*.md")), *sorted(ROOT.glob("examples/*.md"))]
BLOCK = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")


def extension(name):
    """The module of an extension of the site; Sphinx is not needed."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / "extensions" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(path):
    return path.read_text(encoding="utf-8")


def prose(path):
    return BLOCK.sub("", read(path))


def anchors(path):
    """The anchors of the headings of a document, as GitHub and the site make them."""
    titles = re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def listed(page):
    """The pages that the toctrees of a page list, in order."""
    found = []
    for _, kind, text in BLOCK.findall(read(page)):
        if kind == "{toctree}":
            entries = [line for line in text.splitlines() if line.strip() and not line.startswith(":")]
            for entry in entries:
                name = re.sub(r".*<(.*)>", r"\1", entry)
                names = sorted(page.parent.glob(f"{name}.md"))
                assert names, f"{page}: there is no page {name}"
                found += [each for each in names if each != page]
    return found


def test_each_page_is_once_in_the_contents():
    waiting, found = [DOCS / "index.md"], []
    while waiting:
        found.append(waiting.pop())
        waiting += listed(found[-1])
    assert sorted(found) == PAGES


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_link_leads_somewhere(document):
    for target in LINK.findall(prose(document)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (document.parent / path).resolve() if path else document
        assert place.exists(), target
        if anchor:
            assert anchor in anchors(place), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_table_is_whole(document):
    """A blank line would end it, and the rows behind would be text."""
    tables = re.findall(r"^ *\| .*\n(?: *\|.*\n?)*", prose(document), re.MULTILINE)
    assert [table for table in tables if not re.match(r".*\n *\|[-:| ]+\|\n", table)] == []


def test_the_lengths_of_words_of_a_known_language():
    found = nerode.dataset("tomita-5")
    longest = [max(map(len, part.words)) for part in (found.training, found.held_out)]
    assert longest[0] == 32
    assert found.card.longest == 44
    assert "those of `tomita-5` have up to 32 and 44" in read(DOCS / "data.md")


def test_links_are_found_at_all():
    assert len([target for document in DOCUMENTS for target in LINK.findall(prose(document))]) > 150


def commands():
    """Every `nerode` command in a code block, with the document."""
    for document in DOCUMENTS:
        for _, kind, text in BLOCK.findall(read(document)):
            if kind in ("", "sh"):
                for line in text.splitlines():
                    words = shlex.split(line.strip().removeprefix("$ "), comments=True) if "nerode " in line else []
                    if words and words[0] == "nerode" and not {"COMMAND", "|"} & set(words):
                        for part in " ".join(map(shlex.quote, words)).split(" '&&' "):
                            yield str(document.relative_to(ROOT)), shlex.split(part)[1:]


def test_each_command_is_understood():
    found = list(commands())
    assert len(found) > 30
    for document, arguments in found:
        try:
            parser("").parse_args(arguments)
        except SystemExit:
            pytest.fail(f"{document}: nerode {shlex.join(arguments)}")


def test_the_reference_names_everything_public():
    text = read(DOCS / "api.md")
    named = set(re.findall(r"^\.\. auto\w+:: ([\w.]+)", text, re.MULTILINE))
    assert {f"nerode.{name}" for name in nerode.__all__} <= named
    for name in named:
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute), name


def test_the_example_with_a_hankel_matrix():
    page = read(DOCS / "hankel.md")
    (code,) = [text for _, kind, text in BLOCK.findall(page) if kind == "python"]
    found = {}
    exec(code, found)
    assert found["r"] == 2
    assert found["abab"] == pytest.approx(2)
    assert found["start"] @ np.linalg.matrix_power(found["A"]["a"], 7) @ found["end"] == pytest.approx(7)
    assert found["D"][:2] == pytest.approx([2 * 2**0.5 + 2, 2 * 2**0.5 - 2])
    rows = re.findall(r"^\| (ε|a|b|ab) \| (\d) \| (\d) \| (\d) \| (\d) \|$", page, re.MULTILINE)
    assert [[int(number) for number in row[1:]] for row in rows[4:]] == found["H"].tolist()
    assert [[int(number) for number in row[1:]] for row in rows[:4]] == ((found["H"] + 1) % 2).tolist()
    told = re.findall(r"\\begin\{matrix\} (.*?) \\end\{matrix\}", page)
    shown = [np.array([row.split("&") for row in text.split(r"\\")], float) for text in told]
    for number, matrix in zip(shown, (found["start"][None], *found["A"].values(), found["end"][:, None]), strict=True):
        assert np.abs(number) == pytest.approx(np.abs(matrix), abs=6e-4)


def test_the_singular_values_of_the_network():
    (row,) = re.findall(r"\| singular value \|[^\n]*\n[^\n]*\n\| \| ([^\n]*) \|\n", read(DOCS / "hankel.md"))
    teacher = nerode.load_teacher(ROOT / "examples" / "tomita-5")
    words = list(all_words(2, 4))
    scores = teacher.scores([(*p, *s) for p in words for s in words])[:, 0].reshape(31, 31)
    assert np.linalg.svd(scores, compute_uv=False)[:8] == pytest.approx(np.array(row.split("|"), float), rel=5e-3)
    assert len(np.unique(scores > 0, axis=0)) == 4
    assert len(np.unique(scores, axis=0)) == 31


def test_the_page_of_options_shows_every_help_text():
    options = extension("options")
    for name, command in options.commands().items():
        text = re.sub(r"\\(\W)", r"\1", options.told(name, command))
        assert command.epilog.removeprefix("example:\n").strip() in text
        for action in command._actions:
            if not isinstance(action, argparse._HelpAction):
                assert action.help in text
                assert all(f"`{option}" in text for option in action.option_strings)


def test_links_between_pages_and_outside_files():
    outside = extension("outside")
    for file, page in outside.PAGES.items():
        assert relative_links(ROOT / page) == [ROOT / file]
    turned, page = outside.turned, outside.PAGES["ARCHITECTURE.md"]
    assert turned("[a](../../benchmarks/RESULTS.md#b)", "docs/c/d.md", "docs/c/d.md") == "[a](../project/measurements.md#b)"
    assert turned("[a](docs/map.md), [b](#c)", "ARCHITECTURE.md", page) == "[a](../map.md), [b](#c)"
    assert turned("[a](CHANGELOG.md)", "ARCHITECTURE.md", page) == "[a](changes.md)"
    assert turned("[a](https://b/c.md)", "docs/d.md", "docs/d.md") == "[a](https://b/c.md)"


def relative_links(page):
    return [(page.parent / target).resolve() for target in LINK.findall(read(page))]


def test_docstrings_become_lists():
    given = [
        "Learn by L*.",
        "",
        "Parameters",
        "----------",
        "a, b : one",
        "    and `x*`",
        "c_ : two",
        "",
        "Raises",
        "------",
        "E : no",
    ]
    assert extension("docstrings").converted(given) == [
        r"Learn by L\*.",
        "",
        ":Parameters:",
        "   * **a**, **b**: one",
        "     and `x*`",
        r"   * **c\_**: two",
        "",
        ":Raises:",
        "   * :exc:`.E`: no",
    ]


def test_what_a_site_would_fetch(tmp_path, capsys):
    module, app = extension("fetched"), SimpleNamespace(outdir=tmp_path, statuscode=0)
    module.finished(app, None)
    assert app.statuscode == 0
    (tmp_path / "a.html").write_text(
        '<a href="https://b/">b</a><img src="c.svg"><script src="//d/e.js"></script><link rel="stylesheet" href="http://f/g.css">'
        '<style>@import "https://h/i.css";</style>'
    )
    (tmp_path / "j.css").write_text("p { background: url(data:image/png;base64,aa) } q { background: url('https://k/l.png') }")
    module.finished(app, None)
    assert app.statuscode == 1
    assert sorted(capsys.readouterr().err.splitlines()[1:]) == [
        "a.html: //d/e.js",
        "a.html: http://f/g.css",
        "a.html: https://h/i.css",
        "j.css: https://k/l.png",
    ]
