"""What the shell says of an extraction."""

from dataclasses import replace

import numpy as np
import pytest
from shell import DEMO, run

import nerode
from nerode.errors import InputError
from nerode.eval.report import Metric, Report
from nerode.extraction.ledger import SearchRecord
from nerode.extraction.reasons import BUDGET_REASONS, STOP_SENTENCES
from nerode.extraction.verdict import EQUIVALENT, Verdict
from nerode.functions import function_teacher
from nerode.links import LANGUAGE_MODEL, SCORES
from nerode.shell.sentences import how_good, what_happened


@pytest.fixture(scope="module")
def result():
    """An extraction to change."""
    return nerode.extract(nerode.language("tomita-4", np.random.default_rng(0)), "lstar", queries=20_000)


def test_every_reason_to_stop_has_one_sentence():
    assert set(BUDGET_REASONS) < set(STOP_SENTENCES)
    assert all(sentence.endswith(".") for sentence in STOP_SENTENCES.values())


def test_only_what_was_decided_is_called_equivalent(result):
    called = [reason for reason, sentence in STOP_SENTENCES.items() if "quivalent" in sentence]
    assert called == [EQUIVALENT]
    others = [replace(result, stop_reason=reason, searches=(SearchRecord("random", 1, 10**6),)) for reason in STOP_SENTENCES]
    assert not any("quivalent" in said for other in others for said in what_happened(other, None)[1:])
    assert "quivalent" not in str(Verdict(10**6, 0, "random words"))


def test_searches_say_how_much_they_tried(result):
    unlike = SearchRecord("difference", 1), SearchRecord("given")
    searches = (SearchRecord("white-box", 2, 1204, 3), SearchRecord("random", 1, 1), *unlike)
    said = what_happened(replace(result, searches=searches), None)
    assert said[1].splitlines() == [
        "Searched for counterexamples:",
        "    the states of the recurrent network beside those of the automaton (white-box): 1,204 asked, 3 counterexamples",
        "    random words (random): 1 asked, no counterexample",
        "    words on which a weighted automaton of the same network answers differently (difference): none were found",
        "Not reached: words that were given, or that the model draws (given).",
    ]
    said = what_happened(replace(result, searches=(SearchRecord("difference"), SearchRecord("random"))), None)
    assert said[1] == (
        "Not reached: words on which a weighted automaton of the same network answers differently (difference); "
        "random words (random)."
    )
    assert what_happened(replace(result, searches=()), None) == [STOP_SENTENCES[result.stop_reason]]


def test_a_classifier_is_worth_its_bounds(result):
    """Nothing more where equivalence was decided, which the reason to stop says."""
    assert how_good(result, None) == []
    one, other = Verdict(100, 3, "words like those given"), Verdict(1000, 80, "random words")
    assert how_good(replace(result, verdict=one, verdict_random=other), None) == [str(one), str(other)]
    assert how_good(replace(result, verdict=one), None) == [str(one)]
    assert how_good(replace(result, verdict=None), None) == []


def test_other_automata_are_worth_the_error_that_means_most(result):
    model, scores = replace(result, task=LANGUAGE_MODEL), replace(result, task=SCORES)
    metrics = {"log_prob_error_per_symbol": Metric(0.01234, 0.0115, 0.0139, {}), "relative_error": Metric(0.5, None, None, {})}
    report = Report(LANGUAGE_MODEL, 1000, metrics)
    assert how_good(model, report) == [
        "Log-probabilities of words are off by 0.0123 nats a symbol on average "
        "(95 % interval 0.0115 to 0.0139, 1,000 fresh words)."
    ]
    assert how_good(scores, replace(report, task=SCORES)) == ["Scores are off by a part of 0.5 on average (1,000 fresh words)."]
    assert how_good(model, None) == []


@pytest.mark.parametrize(("times", "said"), [(1, "itself once:"), (3000, "itself 3,000 times:")])
def test_contradictions_are_told(result, times, said):
    assert said in what_happened(replace(result, contradictions=times, searches=()), None)[1]


def test_the_number_of_states_is_explained_where_it_was_chosen(result):
    spectral = replace(result, method="spectral", searches=(), stop_reason="converged")
    assert "--states N asks for others" in what_happened(spectral, None)[1]
    states = result.automaton.states
    assert what_happened(spectral, states) == [STOP_SENTENCES["converged"]]
    assert what_happened(spectral, states + 1)[1] == "It has fewer states than asked for, since more did not help."
    for limited in ("time", "room kept"):
        said = what_happened(replace(spectral, stop_reason=limited), states + 1)[1]
        assert said == "It has fewer states than asked for, since by then too few words had been asked for more."
    assert "Nothing was learned" in what_happened(replace(result, rounds=result.rounds[:1], searches=()), None)[1]


class Small:
    """A network with so many bytes of parameters."""

    def __init__(self, size):
        self.parameter_bytes = size


def test_an_automaton_that_is_larger_than_its_network_is_told(result):
    a = result.automaton
    size = a.transitions.nbytes + a.labels.nbytes
    for bytes_, told in ((None, False), (size, False), (size - 1, True)):
        said = what_happened(replace(result, teacher=Small(bytes_), searches=()), None)
        assert any(f"larger than the network, {size:,} bytes" in each for each in said) == told
    model = replace(result, teacher=Small(1), searches=(), task=LANGUAGE_MODEL, method="spectral")
    assert "--method pdfa gives one" in what_happened(model, None)[-1]


def test_the_shell_says_of_each_student_what_it_is(capsys, tmp_path):
    out = ("--effort", 1, "--out", tmp_path / "student.json")
    for student, given, said in (
        ("spectral", (), "--size N asks for"),
        ("tree", ("--queries", 1000), "is the best student so far"),
    ):
        made = run(capsys, "distill", DEMO, "--student", student, *given, *out)
        assert said in made.out
        assert "--states" not in made.out
        assert "--sizes" not in made.out
    short = function_teacher(lambda word: len(word) % 2, "ab", longest=1)
    with pytest.raises(InputError, match="words of at most 1 letter, and what is learned needs longer ones"):
        nerode.distill(short, "tree")
