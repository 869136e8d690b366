"""The report page in a browser fits its screen, and nothing on it lies on anything else."""

from itertools import pairwise

import numpy as np
import pytest
from pages import AB
from paired import of, random_dfa, random_pdfa, weighted

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.datasets.languages import language
from nerode.eval.page import report_page
from nerode.eval.page.content import Shown
from nerode.links import Binary, NextSymbol
from nerode.words import Alphabet

pytestmark = pytest.mark.usefixtures("brief")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.sampled(2)
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
