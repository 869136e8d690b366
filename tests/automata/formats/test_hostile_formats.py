"""Damaged, strange and hostile files of every format: an automaton or one sentence, within bounded memory, and nothing else."""

import random
import resource
from dataclasses import replace

import numpy as np
import pytest
from shell import run
from some_automata import any_dfa, any_mealy, any_pfa
from thorough import times

from nerode.automata.base import Automaton
from nerode.automata.formats import document, table
from nerode.automata.formats.listing import LISTINGS
from nerode.automata.loading import load_automaton
from nerode.errors import InputError

READ = [suffix for suffix, one in LISTINGS.items() if one.reads and suffix != ".json"]
PIECES = [
    "9" * 30,
    "-1",
    "1e999",
    "nan",
    "\x00",
    "\ud7ff",
    '"',
    "<",
    "&",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "\n",
    " ",
    "0",
    ",",
    "#",
    "!",
    "->",
]


def whole_file(suffix, seed):
    """A file of the format, with several states and letters; the kinds that it holds take turns."""
    rng = np.random.default_rng(seed)
    if seed % 3 == 2 and "mealy" in LISTINGS[suffix].reads:
        return text_of(replace(any_mealy(rng), empty=0), suffix)
    if suffix == ".pautomac" or (suffix in (".att", ".graphml") and seed % 2):
        return text_of(any_pfa(rng), suffix)
    return text_of(any_dfa(rng), suffix)


def text_of(automaton, suffix):
    if suffix in table.WRITERS:
        return table.WRITERS[suffix](automaton)
    return table.DRAWERS[suffix](automaton, None)


def mutant(text, chance):
    """The text with a piece cut out, doubled, moved or replaced, or cut off."""
    i, j = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    j = min(j, i + chance.choice([1, 3, 10, len(text)]))
    return chance.choice(
        [
            lambda: text[:i],
            lambda: text[:i] + text[j:],
            lambda: text[:j] + text[i:],
            lambda: text[:i] + chance.choice(PIECES) + text[j:],
            lambda: text[:i] + chance.choice(PIECES) + text[i:],
            lambda: text[j:] + text[:i],
        ]
    )()


@pytest.mark.parametrize("suffix", READ)
@pytest.mark.sampled(4)
def test_a_mutant_is_an_automaton_or_a_sentence(tmp_path, suffix):
    chance = random.Random(0)
    path = tmp_path / f"a{suffix}"
    files, said = [whole_file(suffix, seed) for seed in range(10)], []
    for count in range(times(300, 5000)):
        path.write_text(mutant(files[count % 10], chance))
        try:
            assert isinstance(load_automaton(path), Automaton)
        except InputError as error:
            said.append(str(error))
    assert len(said) > 30
    assert not [words for words in said if "\n" in words or len(words) > 400]


@pytest.mark.parametrize("suffix", READ)
def test_bytes_that_are_no_text_are_refused(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    for content, words in ((b"\xff\xfe\x00\x01", "not a text file in UTF-8"), (b"", "cannot be loaded"), (b"\x89PNG", "UTF-8")):
        path.write_bytes(content)
        with pytest.raises(InputError, match=words):
            load_automaton(path)


HOSTILE = {
    "a.adl": ["999999999 999999999", "9" * 5000 + " 1", "1 1\n0 true true\n0 0 " + "a" * 10**6 + " b", "1 0\n0 yes no"],
    "a.att": [
        "0 1 a a nan",
        "0 1 a b",
        "0 0.5",
        "0 1 -1 -1",
        "0 1 a\n0 1 a a 1",
        "0 0 <eps> <eps> 0.5\n0",
        "0 1 a a -9999\n1",
        "a b c d e f",
    ],
    "a.hoa": [
        'HOA: v1 States: 999999999 Start: 0 AP: 1 "a" Acceptance: 1 Inf(0) --BODY-- --END--',
        'HOA: v1 States: 1 Start: 0 AP: 20 "a" Acceptance: 1 Inf(0) --BODY-- --END--',
        "HOA: v1 States: 1 Start: 0 AP: 9 " + '"a" ' * 9 + "Acceptance: 1 Inf(0) --BODY-- --END--",
        'HOA: v1 States: 1 Start: 0 AP: 1 "a" Acceptance: 1 Inf(0) --BODY-- State: 0 [' + "!" * 10**5 + "0] 0 --END--",
        'HOA: v1 States: 1 Start: 0 AP: 1 "a" Acceptance: 1 Inf(0) --BODY-- State: 0 [' + "(" * 10**5,
        'HOA: v1 States: 1 Start: 0 AP: 1 "a" Acceptance: 1 Inf(0) --BODY-- State: 0 [t] 0&0 --END--',
        'HOA: v1 States: 1 Start: 0 AP: 1 "a" Acceptance: 1 Inf(0) --BODY-- State: 0 [t] 0 {0} --END--',
        "HOA: v1 States: 1 Start: 0 AP: Acceptance: 1 Inf(0) --BODY-- --END--",
        "HOA: v1 States: Start: AP: 0 Acceptance: 1 Inf(0) --BODY-- --END--",
        'HOA: v2 "' + "/*" * 10**5,
        "HOA: v1 /*" + "/*" * 10**5,
    ],
    "a.jff": [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><structure><type>fa</type>&b;</structure>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><structure><type>fa</type></structure>',
        "<a>" * 10**5,
        "<structure><type>turing</type></structure>",
        "<structure><type>fa</type><automaton/></structure>",
        '<structure><type>fa</type><state id="0"><initial/></state>'
        "<transition><from>0</from><to>1</to><read>a</read></transition></structure>",
    ],
    "a.graphml": [
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><graphml/>',
        "<graphml>" * 1000,
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed"><node id="0"/></graph></graphml>',
    ],
    "a.pautomac": [
        "I: (state)\n(999999999) 1.0",
        "I: (state)\n(0) 1.0\nS: (state,symbol)\n(0,999999) 1\n(999999,0) 1",
        "I: (state)\n(0) 2.0",
        "I: (state)\n(0,1) 0.5",
        "(0) 1",
        "I: (state)\n(0) 1\nS:\n(0,0) 0.5\nF:\n(0) 0.5\nT:\n(0,0,0) 0.1\n(0,0,9999) 0.1",
    ],
    "a.dot": [
        "digraph",
        'digraph "' + "\\" * 10**5,
        "digraph g {" * 10**4,
        "digraph g { a -> b [a=<b>] }",
        "digraph g {/*" * 10**4,
        'digraph g { __start0 -> a -> a [label="' + "a b" * 10**5 + '"] }',
    ],
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.sampled(4)
def test_hostile_files_are_refused_by_the_shell_and_nothing_is_written(tmp_path, capsys, name):
    path = tmp_path / name
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for content in HOSTILE[name]:
        path.write_text(content)
        outcome = run(capsys, "convert", path, "--out", tmp_path / "out.json")
        assert (outcome.code, outcome.out) == (2, ""), content[:100]
        assert outcome.err.startswith(f"nerode convert: {path} cannot be loaded: "), content[:100]
        assert outcome.err.count("\n") == 1
        assert len(outcome.err) < 500
        assert [file.name for file in tmp_path.iterdir()] == [name]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # kilobytes


def test_a_damaged_graph_gives_no_warning(tmp_path, recwarn):
    (tmp_path / "a.graphml").write_text(whole_file(".graphml", 0).replace(' attr.type="string"', ""))
    load_automaton(tmp_path / "a.graphml")
    assert not list(recwarn)


def test_a_file_that_is_too_long_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(document, "MOST_BYTES", 100)
    (tmp_path / "a.dot").write_text(" " * 101)
    with pytest.raises(InputError, match="more than 100 bytes"):
        load_automaton(tmp_path / "a.dot")


@pytest.mark.parametrize("suffix", READ)
def test_more_transitions_than_fit_are_refused(tmp_path, monkeypatch, suffix):
    (tmp_path / f"a{suffix}").write_text(whole_file(suffix, 3))
    load_automaton(tmp_path / f"a{suffix}")
    monkeypatch.setattr(document, "MOST_CELLS", 1)
    with pytest.raises(InputError, match="and at most 1 are read"):
        load_automaton(tmp_path / f"a{suffix}")


def test_what_was_changed_is_said(tmp_path, capsys):
    path = tmp_path / "a.att"
    path.write_text("0 1 a\n1\n")
    outcome = run(capsys, "convert", path, "--out", tmp_path / "b.json")
    assert outcome.code == 0
    assert outcome.err == f"note: {path}: letters that led nowhere lead to a new state that rejects all words\n"
    assert run(capsys, "convert", tmp_path / "b.json", "--out", tmp_path / "c.jff").err == ""
    for command in (
        ["trace", path, "a"],
        ["compare", path, tmp_path / "c.jff"],
        ["inspect", path],
        ["eval", tmp_path / "c.jff", path],
    ):
        outcome = run(capsys, *command)
        assert outcome.code == 0
        assert "led nowhere" in outcome.err + outcome.out
