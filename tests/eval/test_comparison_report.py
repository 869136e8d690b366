"""The report as JSON, text and HTML."""

import json
from html.parser import HTMLParser
from math import inf

import numpy as np
import pytest
from scipy.stats import binomtest

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval.report import Metric, Report, compare
from nerode.links import Binary
from nerode.words import Alphabet, all_words

AB = Alphabet(("a", "b"))
WORDS = list(all_words(2, 6))


def parity_against_last_letter():
    return DFA(AB, [[0, 1], [0, 1]], [0, 1]), DFA(AB, [[1, 0], [0, 1]], [1, 0])


def overflowing():
    return WFA(AB, [1.0, -1.0], np.array([np.eye(2) * 1e200, np.eye(2)]), [[1.0], [1.0]], Binary())


def test_words_are_read_as_text_symbols_or_indices():
    student, teacher = parity_against_last_letter()
    assert compare(student, teacher, ["ab", ["b", "a"], (0,)]) == compare(student, teacher, [(0, 1), (1, 0), (0,)])


def test_the_same_seed_gives_the_same_report():
    student, teacher = parity_against_last_letter()
    assert compare(student, teacher, WORDS, seed=3) == compare(student, teacher, WORDS, seed=3)
    assert compare(student, teacher, WORDS, seed=3)["f1"] != compare(student, teacher, WORDS, seed=4)["f1"]


def test_rates_have_exact_intervals():
    student, teacher = parity_against_last_letter()
    wrong = int((student.predict(WORDS) != teacher.predict(WORDS)).sum())
    expected = binomtest(wrong, len(WORDS)).proportion_ci(method="exact")
    metric = compare(student, teacher, WORDS)["error_rate"]
    assert (metric.value, metric.low, metric.high) == pytest.approx((wrong / len(WORDS), expected.low, expected.high))


def test_json_has_the_agreed_shape():
    student, teacher = parity_against_last_letter()
    report = compare(student, teacher, WORDS)
    document = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert set(document) == {"words", "metrics"}
    assert document["words"] == len(WORDS)
    metric = report["error_rate"]
    assert document["metrics"]["error_rate"] == {
        "value": metric.value,
        "low": metric.low,
        "high": metric.high,
        "baselines": {"majority": metric.baselines["majority"]},
    }


def test_json_has_no_infinite_numbers():
    teacher = PDFA(AB, [[0, 0]], [[0.5, 0.25, 0.25]])
    student = PDFA(AB, [[0, 0]], [[0.5, 0.0, 0.5]])
    report = compare(student, teacher, ["ab", "a"])
    assert report["perplexity"].value == inf
    document = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert document["metrics"]["perplexity"]["value"] is None
    assert document["metrics"]["perplexity"]["baselines"]["teacher"] > 0
    assert "∞" in str(report)


def test_unscored_words_are_shown_only_where_there_are_some():
    teacher = parity_against_last_letter()[1]
    report = compare(overflowing(), teacher, ["aa", "b", "ba"])
    assert report.to_json()["unscored"] == 1
    assert "the student's scores of 1 word are not finite" in str(report)
    assert "finite" not in str(compare(overflowing(), teacher, ["b"]))
    assert "unscored" not in compare(overflowing(), teacher, ["b"]).to_json()


def test_one_word_has_no_resampled_interval():
    function = PDFA(AB, [[0, 0]], [[0.5, 0.25, 0.25]])
    report = compare(function, function, ["ab"])
    assert all((metric.low, metric.high) == (None, None) for metric in report.metrics.values())
    assert "on 1 word (" in str(report)


def test_the_text_is_an_aligned_table():
    report = Report(
        "classifier",
        1234,
        {
            "error_rate": Metric(0.0451, 0.033, 0.06, {"majority": 0.5}),
            "precision": Metric(None, None, None, {"majority": None}),
            "f1": Metric(0.9, 0.8, 0.95, {"majority": 0.25}),
        },
    )
    assert str(report).splitlines() == [
        "Student and teacher on 1,234 words (classifier)",
        "",
        "metric          value  95 % interval  baselines",
        "──────────  ─────────  ─────────────  ─────────────",
        "error rate     4.51 %   3.3 % to 6 %  majority 50 %",
        "precision   undefined              –",
        "F1                0.9    0.8 to 0.95  majority 0.25",
    ]


def test_tables_leave_out_what_another_row_says_and_explain_what_they_have():
    function = PDFA(AB, [[0, 0]], [[0.5, 0.25, 0.25]])
    report = compare(function, function, ["ab", "a"])
    assert {"mse", "mse_e6"} < report.metrics.keys()
    assert "mean squared error × 10⁶" in str(report)
    assert "mean squared error " not in str(report).replace("mean squared error × 10⁶", "")
    for text in (str(report), report._repr_html_()):
        assert "near-tie: " in text
        assert "teacher: " in text
    assert "near-tie" not in str(compare(*parity_against_last_letter(), WORDS))


def test_the_html_is_one_well_formed_table_with_escaped_text():
    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open, self.rows, self.text = [], 0, []

        def handle_starttag(self, tag, attrs):
            self.open.append(tag)
            self.rows += tag == "tr"

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

        def handle_data(self, data):
            self.text.append(data)

    report = Report("<b>&", 2, {"error_rate": Metric(0.5, 0.1, 0.9, {"<i>": 0.25})})
    reader = Reader()
    reader.feed(report._repr_html_())
    assert reader.open == []
    assert reader.rows == 2
    assert "<i> 25 %" in reader.text
    assert "Student and teacher on 2 words (<b>&)" in reader.text


def test_an_unknown_metric_is_said():
    with pytest.raises(InputError, match=r"no metric 'accuracy'; it has error_rate, agreement"):
        compare(*parity_against_last_letter(), WORDS)["accuracy"]
