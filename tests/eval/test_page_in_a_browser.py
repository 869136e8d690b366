"""The report page in a browser: it opens without an error or a request, it computes what Python computes, and all of it works."""

import shutil
from itertools import pairwise

import numpy as np
import pytest

from nerode.automata.dfa import DFA
from nerode.automata.loading import load_automaton
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.datasets.languages import language
from nerode.eval import page as page_module
from nerode.eval.comparable import comparable
from nerode.eval.explanations import WAYS, explain
from nerode.eval.fronts import Front, Point
from nerode.eval.maps import map_of
from nerode.eval.page import report_page
from nerode.eval.page.amounts import Amounts
from nerode.eval.page.content import Origin, Shown
from nerode.eval.page.study import Evidence
from nerode.eval.simplicity import simplicity
from nerode.eval.tracing import trace
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.words import Alphabet

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]
AB = Alphabet(("a", "b"))
OWN = ("file:", "data:", "blob:")  # addresses that no machine is asked for
NASTY = ("<script>window.bad=1</script>", "\"'><img/src=x/onerror=window.bad=1>", "\\n", "שלום", "🙂", "&lt;", "${x}")


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Opens a page; in the end there was no error and no request but for the file itself."""
    trouble, pages = [], []

    def open_page(page, width=1280, scheme="light"):
        file = tmp_path / f"{len(pages)}.html"
        page.save(file)
        shown = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        pages.append(shown)
        shown.on("console", lambda message: trouble.append(message.text))
        shown.on("pageerror", lambda error: trouble.append(str(error)))
        shown.on("dialog", lambda dialog: (trouble.append(dialog.message), dialog.dismiss()))
        shown.on("request", lambda request: None if request.url.startswith(OWN) else trouble.append(request.url))
        shown.set_default_timeout(10_000)
        shown.goto(file.as_uri())
        shown.wait_for_selector("html[data-ready]")
        return shown

    yield open_page
    for shown in pages:
        shown.close()
    assert trouble == []


@pytest.fixture(autouse=True)
def brief(monkeypatch):
    """Fewer words, where what matters is not how many."""
    monkeypatch.setattr(page_module, "amounts_for", lambda teacher, automata: Amounts(sample=200, kind=60, search=400))


def of(teacher, words):
    """Words to compare on."""
    return Evidence(teacher.alphabet.words(words))


def slide(page, which, value):
    """Move a slider of a page."""
    page.evaluate("([which, value]) => { document.querySelector(which).value = value; }", [which, value])
    page.dispatch_event(which, "input")


def weighted(rng, states, letters, width, link):
    transitions = rng.normal(size=(letters, states, states)) / np.sqrt(states)
    final = rng.normal(size=(states, width))
    return WFA(Alphabet(tuple("abcdefgh"[:letters])), rng.normal(size=states), transitions, final, link)


def distribution(rng):
    """A weighted automaton whose values are probabilities of words."""
    pdfa = random_pdfa(rng, 3)
    n = pdfa.states
    transitions = np.zeros((2, n, n))
    for state in range(n):
        for letter in range(2):
            transitions[letter, state, pdfa.transitions[state, letter]] = pdfa.probabilities[state, letter]
    return WFA(AB, np.eye(n)[0], transitions, pdfa.probabilities[:, -1:])


def random_pdfa(rng, states):
    return PDFA(AB, rng.integers(0, states, (states, 2)), rng.dirichlet(np.ones(3), states))


def random_dfa(rng, states, letters, classes=2):
    alphabet = Alphabet(tuple("abcdefgh"[:letters]))
    return DFA(alphabet, rng.integers(0, states, (states, letters)), rng.integers(0, classes, states), classes=classes)


def pairs(rng):
    """An automaton and what it stands for, of each kind."""
    margin = weighted(rng, 5, 2, 1, Binary())
    pdfa = random_pdfa(rng, 4)
    return {
        "dfa": (random_dfa(rng, 6, 2), margin),
        "dfa of classes": (random_dfa(rng, 6, 2, 3), random_dfa(rng, 5, 2, 3)),
        "pdfa": (random_pdfa(rng, 3), pdfa),
        "weighted classifier": (weighted(rng, 40, 2, 1, Binary()), margin),
        "weighted classes": (weighted(rng, 6, 2, 3, Multiclass()), random_dfa(rng, 5, 2, 3)),
        "weighted language model": (weighted(rng, 6, 2, 3, NextSymbol(2)), pdfa),
        "probabilities of words": (distribution(rng), pdfa),
        "values": (weighted(rng, 6, 2, 1, Value()), weighted(rng, 3, 2, 1, Value())),
    }


KINDS = tuple(pairs(np.random.default_rng(0)))


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_those_of_python(rng, opened, kind):
    """On 1,000 words, to 1e-12 of the largest score of each word."""
    automaton, teacher = pairs(rng)[kind]
    page = opened(report_page([Shown(kind, automaton)], teacher, evidence=of(teacher, ["", "a", "ab", "abba"])))
    words = [tuple(rng.integers(0, 2, rng.integers(0, 30)).tolist()) for _ in range(1000)]
    found = page.evaluate("words => words.map((word) => nerode.scores(0, word))", [list(word) for word in words])
    with np.errstate(divide="ignore"):
        right = comparable(automaton, teacher)[0].scores(words)
    found = np.array([[-np.inf if value is None else value for value in row] for row in found], np.float64)
    finite = np.isfinite(right)
    assert (np.isfinite(found) == finite).all()
    unit = np.abs(np.where(finite, right, 0.0)).max(axis=1, keepdims=True)
    assert (np.abs(np.where(finite, found - right, 0.0)) <= 1e-12 * unit).all()


@pytest.mark.parametrize("squash", ["none", "sigmoid"])
@pytest.mark.parametrize("ends", [True, False])
def test_sums_and_effects_of_a_language_model_are_those_of_python(rng, opened, ends, squash):
    """The numbers of the tracer, and what letters do if they are left out or replaced, with ends of words and without."""
    link = NextSymbol(2, squash, ends)
    automaton, teacher = weighted(rng, 4, 2, 4, link), weighted(rng, 3, 2, 4, link)
    page = opened(report_page([Shown("w", automaton)], teacher, evidence=of(teacher, ["abba", "ab", "babab"])))
    for word in ("abba", "", "bbbab"):
        numbers = trace(automaton, [word], teacher)[0].automaton
        found = page.evaluate("word => nerode.numbers(0, word)", ["ab".index(letter) for letter in word])
        np.testing.assert_allclose(found, numbers, rtol=1e-10, atol=1e-12)
        (explained,) = explain(automaton, teacher, [word])
        for way in WAYS:
            given = [["ab".index(letter) for letter in word], way]
            effects = page.evaluate("([word, way]) => nerode.effects(0, word, way, 0)", given)
            np.testing.assert_allclose(effects, getattr(explained.student, way), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_fit_their_screen(rng, opened, width, scheme):
    margin = weighted(rng, 5, 8, 1, Binary())
    shown = [Shown("d", random_dfa(rng, 30, 8)), Shown("w", weighted(rng, 4, 8, 1, Binary()))]
    page = opened(report_page(shown, margin), width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(
        "document.getElementById('slider').value = 0; document.getElementById('slider').dispatchEvent(new Event('input'))"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_sentence_with_a_long_word_fits_a_phone(opened):
    """Two language models that first differ after a word of 60 letters, which the verdict names."""
    longest, p = 60, np.full((61, 3), 1 / 3)
    p[-1] = [0.6, 0.2, 0.2]
    chain = np.minimum(np.arange(longest + 1) + 1, longest)
    model = PDFA(Alphabet("ab"), np.column_stack([chain, np.zeros(longest + 1, int)]), p)
    other = np.array(p)
    other[-1] = [0.2, 0.6, 0.2]
    shown = Shown("m", PDFA(model.alphabet, model.transitions, other), {"counterexamples": [[0] * longest]})
    page = opened(report_page([shown], model), 390)
    assert "a" * longest in page.inner_text("#verdict")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_points_and_arrows_are_those_of_the_automaton(rng, opened):
    for automaton, teacher in (
        pairs(rng)[kind] for kind in ("weighted classifier", "probabilities of words", "weighted classes")
    ):
        words = [tuple(rng.integers(0, 2, rng.integers(0, 12)).tolist()) for _ in range(60)]
        page = opened(report_page([Shown("w", automaton)], teacher, evidence=of(teacher, words)))
        right = map_of(automaton, words)
        scale = np.abs(right.points).max()
        assert np.abs(np.array(page.evaluate("nerode.picture().points")) - right.points).max() <= 1e-9 * scale
        for symbol, letter in enumerate(right.letters):
            moved = np.array(page.evaluate("symbol => nerode.picture().moved(symbol)", symbol), np.float64)
            known = np.isfinite(letter.after).all(axis=1)
            assert np.abs(moved[known] - letter.after[known]).max() <= 1e-9 * max(scale, np.abs(letter.after[known]).max())


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


def test_files_are_saved_from_the_page(rng, opened, tmp_path):
    wfa = weighted(rng, 20, 2, 1, Binary())  # so large that its numbers travel as bytes
    page = opened(report_page([Shown("w 1", wfa)], wfa))
    with page.expect_download() as download:
        page.locator("#save button").first.click()
    assert download.value.suggested_filename == "w_1.json"
    download.value.save_as(tmp_path / "w.json")
    loaded = load_automaton(tmp_path / "w.json")
    np.testing.assert_array_equal(loaded.transitions, wfa.transitions)
    np.testing.assert_array_equal(loaded.final, wfa.final)


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


def test_effects_on_several_classes_are_those_on_the_lead_of_the_networks_class(rng, opened):
    automaton, teacher = weighted(rng, 4, 2, 3, Multiclass()), weighted(rng, 3, 2, 3, Multiclass())
    page = opened(report_page([Shown("w", automaton)], teacher, evidence=of(teacher, ["ab"])))
    for word in ("abba", "ba", "bbbab"):
        (explained,) = explain(automaton, teacher, [word])
        label = int(teacher.predict([word])[0])
        for way in WAYS:
            given = [["ab".index(letter) for letter in word], way, label]
            effects = page.evaluate("([word, way, label]) => nerode.effects(0, word, way, label)", given)
            np.testing.assert_allclose(effects, getattr(explained.student, way), rtol=1e-9, atol=1e-11)


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


def test_texts_fit_the_boxes_of_groups_and_stages_fit_their_pictures(rng, opened):
    large, small = random_dfa(rng, 400, 2), language("tomita-5", rng)
    page = opened(report_page([Shown("large", large)], large))
    wider = page.evaluate(
        """[...document.querySelectorAll("#picture .node")].map((node) =>
        node.querySelector("text").getBBox().width - node.firstChild.getBBox().width)"""
    )
    assert len(wider) > 3
    assert max(wider) <= 0
    assert "400 states are too many to read" in page.locator("#picture").inner_text()
    other = opened(report_page([Shown("small", small)], small))
    heights = [shown.locator("#picture .stage").bounding_box()["height"] for shown in (page, other)]
    drawn = other.locator("#picture svg.diagram > g").bounding_box()["height"]
    assert heights[1] < heights[0]
    assert drawn > heights[1] / 2
    assert "too many" not in other.locator("#picture").inner_text()


def test_labels_of_a_chart_do_not_overlap(opened):
    dfa = DFA(Alphabet(("a-long-symbol", "another-long-one")), [[0, 1], [1, 0]], [0, 1])
    page = opened(report_page([Shown("d", dfa)], dfa, evidence=of(dfa, [(0, 1)])))
    page.locator("#trace input").fill(" ".join(["a-long-symbol another-long-one"] * 6))
    boxes = page.evaluate(
        """[...document.querySelectorAll("#trace .chart .tick[text-anchor=middle]")].map((text) => text.getBBox())
        .map((box) => [box.x, box.x + box.width])"""
    )
    assert len(boxes) > 2
    assert all(end <= begin for (_, end), (begin, _) in pairwise(boxes))


def test_words_keep_their_lines_on_a_narrow_screen(opened):
    other = DFA(AB, [[0, 0]], [0])
    page = opened(report_page([Shown("d", other)], DFA(AB, [[1, 1], [1, 1]], [0, 1]), evidence=of(other, ["ab" * 8])), 390)
    heights = page.evaluate("[...document.querySelectorAll('#disagreements button.word')].map((button) => button.offsetHeight)")
    assert len(heights) > 3
    assert max(heights) < 4 * min(heights)


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


def test_the_table_of_sizes_fits_and_its_chart_has_a_tick_at_each_size(rng, opened):
    network = random_pdfa(rng, 9)
    shown = [
        Shown(f"small-language-model.{states}", weighted(rng, states, 2, 3, NextSymbol(2))) for states in (1, 2, 4, 8, 16, 26, 27)
    ]
    page = opened(report_page(shown, network, evidence=of(network, ["ab", "abba", "b"])))
    wide, room = page.locator("#size .scrolls").evaluate("place => [place.scrollWidth, place.clientWidth]")
    assert wide <= room
    table, drawn = (page.locator(f"#size .beside > {name}").bounding_box() for name in (".scrolls", "figure"))
    assert table["x"] + table["width"] <= drawn["x"]  # side by side
    ticks = page.locator("#size svg text.tick[text-anchor=middle]")
    assert ticks.all_text_contents() == ["1", "2", "4", "8", "16", "27"]
    boxes = [each.bounding_box() for each in ticks.all()]
    assert all(one["x"] + one["width"] < other["x"] for one, other in pairwise(boxes))
    assert "small-language-model.27, a WFA of 27 states, stands for" in page.locator("#verdict .headline").inner_text()
