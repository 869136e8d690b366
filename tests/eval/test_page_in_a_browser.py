"""The report page in a browser: it opens without an error or a request, and all of it works."""

import numpy as np
import pytest
from pages import AB
from paired import of, random_dfa, weighted

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.datasets.languages import language
from nerode.eval.fronts import Front, Point
from nerode.eval.page import report_page
from nerode.eval.page.content import Origin, Shown
from nerode.eval.page.study import Evidence
from nerode.eval.simplicity import simplicity
from nerode.links import Binary
from nerode.words import Alphabet

pytestmark = pytest.mark.usefixtures("brief")
NASTY = ("<script>window.bad=1</script>", "\"'><img/src=x/onerror=window.bad=1>", "\\n", "שלום", "🙂", "&lt;", "${x}")


def slide(page, which, value):
    """Move a slider of a page."""
    page.evaluate("([which, value]) => { document.querySelector(which).value = value; }", [which, value])
    page.dispatch_event(which, "input")


def test_symbols_are_shown_and_never_run(opened):
    dfa = DFA(Alphabet(NASTY), np.tile([[1], [0]], (1, len(NASTY))), [0, 1])
    page = opened(
        report_page([Shown(NASTY[0], dfa)], dfa, evidence=of(dfa, [(0,), (1, 2, 3), (4, 5, 6)]), origin=Origin(NASTY[1]))
    )
    keys = page.locator("#trace .key").all_inner_texts()
    assert [key.strip() for key in keys] == list(NASTY)
    for key in page.locator("#trace .key").all():
        key.click()
    assert page.locator("#trace input").input_value().endswith(" ".join(NASTY))
    assert page.evaluate("window.bad") is None
    assert page.locator("body script, body img:not(.plot)").count() == 2  # the data and the script of the page itself
    assert NASTY[1] in page.locator("h1").inner_text()


def test_a_word_is_traced_step_by_step(rng, opened):
    tomita, other = language("tomita-5", rng), language("tomita-1", rng)
    words = ["", "0", "01", "0101", "00"]
    page = opened(report_page([Shown("other", other)], tomita, evidence=of(tomita, words)))
    entry = page.locator("#trace input")
    entry.fill("0101")
    rows = [[cell.strip() for cell in row.split("\t")] for row in page.locator("#trace tbody").inner_text().split("\n")]
    assert [row[0] for row in rows] == ["0", "1", "2", "3", "4"]
    assert [row[1] for row in rows] == ["ε", "0", "1", "0", "1"]
    states, labels = [0], [int(other.labels[0])]
    for letter in (0, 1, 0, 1):
        states.append(int(other.transitions[states[-1], letter]))
        labels.append(int(other.labels[states[-1]]))
    assert [int(row[2]) for row in rows] == states
    assert ["accepted" in row[3] for row in rows] == [label == 1 for label in labels]
    theirs = tomita.predict(["", "0", "01", "010", "0101"])
    assert ["accepted" in row[4] for row in rows] == [label == 1 for label in theirs.tolist()]
    first = next(k for k, label in enumerate(labels) if label != theirs[k])
    assert ["here they part" in row[4] for row in rows] == [k == first for k in range(5)]
    entry.fill("0101011")
    assert "not asked about this word" in page.locator("#trace").inner_text()
    entry.fill("01x")
    assert "“x” is no symbol" in page.locator("#trace [role=status]").inner_text()
    page.locator("#trace button[aria-label='empty word']").click()
    assert entry.input_value() == ""


def test_the_diagram_shows_finds_and_hides(rng, opened):
    tomita = language("tomita-5", rng)
    page = opened(report_page([Shown("tomita", tomita)], tomita))
    picture = page.locator("#picture")
    assert picture.locator(".node").count() == tomita.states
    picture.locator(".node").first.hover()
    assert "visits" in page.locator("#hint").inner_text()
    assert "first reached by" in page.locator("#hint").inner_text()
    picture.locator("input[type=search]").fill("011")
    picture.locator("button[type=submit]").click()
    state = 0
    for letter in (0, 1, 1):
        state = int(tomita.transitions[state, letter])
    assert f"state {state};" in picture.locator(".node.hit").get_attribute("aria-label")
    assert page.locator("#trace input").input_value() == "011"
    arrows = picture.locator(".edge:not(.hidden)").count()
    assert arrows == len(tomita.diagram().edges)
    slide(page, "#picture input[type=range]", 7)
    assert "hidden" in picture.inner_text() or picture.locator(".edge:not(.hidden)").count() == arrows


def test_groups_open_and_close(rng, opened):
    large = random_dfa(rng, 400, 2)
    page = opened(report_page([Shown("large", large)], large))
    picture = page.locator("#picture")
    boxes = picture.locator(".node").count()
    assert boxes < 30
    picture.locator(".node.group").first.click()
    assert picture.locator("nav.trail button").count() == 2
    picture.locator("nav.trail button").first.click()
    assert picture.locator("nav.trail button").count() == 1
    assert picture.locator(".node").count() == boxes
    picture.locator("input[type=search]").fill("399")
    picture.locator("button[type=submit]").click()
    assert "state 399;" in picture.locator(".node.hit").get_attribute("aria-label")


def test_sizes_are_chosen_by_slider_and_by_row(rng, opened):
    shown = [
        Shown("small", random_dfa(rng, 3, 2)),
        Shown("middle", weighted(rng, 4, 2, 1, Binary())),
        Shown("large", random_dfa(rng, 20, 2), main=True),
    ]
    bits = {each.name: simplicity(each.automaton).bits for each in shown}
    page = opened(report_page(shown, weighted(rng, 5, 2, 1, Binary())))
    assert "Picture of large" in page.locator("#picture h2").inner_text()
    assert f"DFA, 20 states, {bits['large']:,} bits" in page.locator("#size-told").inner_text()
    names = [row.split("\t")[0] for row in page.locator("#size tbody").inner_text().split("\n")]
    assert names == sorted(bits, key=bits.get)  # of several kinds, whose states say different things
    page.locator("#size tbody tr").nth(names.index("middle")).click()
    assert "Picture of middle" in page.locator("#picture h2").inner_text()
    assert page.locator("#picture svg.plane .dot").count() > 10
    page.locator("#picture .chip").first.click()
    assert page.locator("#picture .arrow").count() > 0
    page.locator("#picture select").select_option(label="state in large (20 states)")
    assert len({dot.get_attribute("fill") for dot in page.locator("#picture .dot").all()[:200]}) > 2
    boxes = {box.evaluate("box => box.firstChild.style.fill") for box in page.locator("#picture .node").all()}
    assert len(boxes) > 2  # the DFA stands beside it, in the same colours
    page.locator("#picture .dot").first.dispatch_event("click")
    assert page.locator("#picture .stop").count() >= 1
    page.evaluate(
        "document.getElementById('slider').value = 0; document.getElementById('slider').dispatchEvent(new Event('input'))"
    )
    assert page.locator("#picture .node").count() == 3


def test_disagreements_are_traced_on_a_click(rng, opened):
    tomita, other = language("tomita-5", rng), language("tomita-1", rng)
    page = opened(report_page([Shown("other", other)], tomita))
    words = page.locator("#disagreements button.word")
    shown = [button.inner_text() for button in words.all()]
    assert shown
    assert all(tomita.predict([word]) != other.predict([word]) for word in shown)
    words.first.click()
    assert page.locator("#trace input").input_value() == shown[0]
    assert "here they part" in page.locator("#trace tbody").inner_text()


def test_errors_by_kind_confusion_and_calibration_are_drawn(rng, opened):
    page = opened(report_page([Shown("w", weighted(rng, 3, 2, 1, Binary()))], weighted(rng, 5, 2, 1, Binary())))
    titles = page.locator("#errors figcaption").all_inner_texts()
    assert any("by length" in title for title in titles)
    assert any("words by label" in title for title in titles)
    assert any("mean distance" in title for title in titles)
    assert page.locator("#errors .chart .point").count() > 3


def test_a_word_of_digits_is_found_as_a_word_and_a_state_by_its_name(rng, opened):
    tomita = language("tomita-5", rng)
    page = opened(report_page([Shown("tomita", tomita)], tomita))
    picture = page.locator("#picture")
    for text, state in (("1", int(tomita.transitions[0, 1])), ("s3", 3), ("3", 3)):
        picture.locator("input[type=search]").fill(text)
        picture.locator("button[type=submit]").click()
        assert f"state {state};" in picture.locator(".node.hit").get_attribute("aria-label")
    assert page.locator("#trace input").input_value() == "1"


def test_a_page_in_a_frame_of_a_notebook_keeps_its_place(browser, tmp_path, rng):
    """Its menu leads to its own parts, and not away from it."""
    tomita = language("tomita-5", rng)
    host = tmp_path / "notebook.html"
    host.write_text(f"<!doctype html><body>{report_page([Shown('t', tomita)], tomita)._repr_html_()}</body>", encoding="utf-8")
    shown = browser.new_page()
    shown.set_default_timeout(10_000)
    shown.goto(host.as_uri())
    frame = shown.frame_locator("iframe")
    frame.locator("nav a[href='#numbers']").click()
    frame.locator("#trace input").fill("0101")
    assert "accepted" in frame.locator("#trace").inner_text()
    shown.close()


def test_sinks_fold_and_hints_tell_of_cells(rng, opened):
    sink = DFA(AB, [[0, 1], [2, 0], [2, 2]], [1, 0, 0])
    page = opened(report_page([Shown("s", sink)], sink))
    page.locator("#picture input[type=checkbox]").check()
    assert page.locator("#picture .node:not(.hidden)").count() == 2
    page.locator("#hankel canvas").first.hover()
    assert "·" in page.locator("#hint").inner_text()


def test_true_labels_are_shown_beside_both(rng, opened):
    dfa, words = random_dfa(rng, 4, 2), [(0,), (1,), (0, 1), (1, 1)]
    evidence = Evidence(words, given=True, labels=np.array([0, 1, 1, 0]))
    page = opened(report_page([Shown("d", dfa)], random_dfa(rng, 3, 2), evidence=evidence))
    assert any("true labels" in title for title in page.locator("#errors figcaption").all_inner_texts())


def test_without_a_script_the_verdict_is_shown(browser, tmp_path, rng):
    tomita = language("tomita-5", rng)
    made = report_page([Shown("<i>t", tomita)], tomita, origin=Origin("net & co"))
    made.save(tmp_path / "r.html")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "r.html").as_uri())
    shown = page.locator("body").inner_text()
    assert "What net & co does" in shown
    assert f"<i>t, a DFA of {tomita.states} states, stands for net & co: 0 % of words get another label" in shown
    assert "Without JavaScript only the verdict is shown" in shown
    assert "What was not checked" in shown
    assert page.locator("section:visible").count() == 1
    context.close()


def test_a_language_model_has_its_own_captions(rng, opened):
    pdfas = [PDFA(AB, [[0, 1], [1, 0]], rng.dirichlet(np.ones(3), 2)) for _ in range(2)]
    page = opened(report_page([Shown("p", pdfas[0])], pdfas[1]))
    assert "The darker a cell, the less likely" in page.locator("#hankel").inner_text()
    assert "they part after" not in page.locator("#disagreements").inner_text()
    assert "knows no degrees" not in page.locator("#explanations").inner_text()
    dfa = opened(report_page([Shown("d", random_dfa(rng, 4, 2))], weighted(rng, 3, 2, 1, Binary())))
    assert "Blue is above 0" in dfa.locator("#hankel").inner_text()
    assert "they part after" in dfa.locator("#disagreements").inner_text()
    assert "knows no degrees" in dfa.locator("#explanations p").first.inner_text()
    assert "half of them with a run of a few letters" in dfa.locator("#errors").inner_text()


def test_students_of_all_kinds_are_shown(opened, rng):
    dfa = random_dfa(rng, 3, 2)
    points = tuple(Point("tree", 2**i, "leaf", 100 * 2**i, 0.5**i, 0.0, 1.0, i > 2, None) for i in range(5))
    front = Front(points, "error rate", True, 77, ("Left out: x, since <b>y</b>.",))
    shown = opened(report_page([Shown("it", dfa)], dfa, students=front, evidence=of(dfa, ["ab", "b"])))
    assert shown.locator("#students tbody tr").count() == 5
    assert shown.locator("#students tbody tr", has_text="●").count() == 3
    assert shown.locator("#students img").evaluate("image => image.complete && image.naturalWidth > 100")
    assert "since <b>y</b>." in shown.locator("#students").inner_text()
    without = opened(report_page([Shown("it", dfa)], dfa, evidence=of(dfa, ["ab", "b"])))
    assert without.locator("#students").is_hidden()
