"""Programs as teachers: what they answer, and everything that can go wrong while they are asked."""

import signal
import time

import numpy as np
import pytest
from doubles import random_words, words_up_to

import nerode
from nerode.automata.operations import equivalent
from nerode.errors import InputError, TeacherError
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.teachers import programs
from nerode.teachers.outside import short_name

WORDS = words_up_to(2, 5)
PARITY = [word.count(0) % 2 for word in WORDS]


def test_a_program_is_a_teacher(command):
    teacher = nerode.load_teacher(command("plain"), alphabet="ab")
    assert teacher.meaning.classes == (0, 1)
    assert np.array_equal(teacher.scores(WORDS)[:, 0] > 0, PARITY)
    result = nerode.extract(teacher, queries=3000)
    assert (result.method, result.automaton.states) == ("lstar", 2)


@pytest.mark.parametrize(
    ("answer", "options", "link", "score"),
    [
        ("'yes' if word else 'no'", {}, Binary(), [1]),
        ("'class %d' % (len(word) % 3)", {}, Multiclass(), [0, 0, 1]),
        ("len(word) / 7", {"gives": "scores"}, Binary(), [2 / 7]),
        ("len(word)", {}, Value(), [2]),
        ("'0.25 0.25 0.5'", {}, NextSymbol(2), np.log([0.25, 0.25, 0.5])),
        ("[0.5, 0.5]", {}, Multiclass(), np.log([0.5, 0.5])),
        ("int(word == '0 1')", {"reads": "indices"}, Binary(), [1]),
        ("int(word == 'a b')", {"reads": "symbols"}, Binary(), [1]),
    ],
)
def test_answers(command, answer, options, link, score):
    teacher = nerode.load_teacher(command("echo", answer), alphabet="ab", **options)
    assert teacher.link == link
    assert teacher.scores([(0, 1)])[0].tolist() == pytest.approx(score)


def test_long_symbols_are_written_apart(command):
    teacher = nerode.load_teacher(command("echo", "len(word.split(' ')) % 2 if word else 0"), alphabet="on off")
    assert teacher.scores([(), (0,), (0, 1), (1, 1, 0)])[:, 0].tolist() == [-1, 1, -1, 1]


@pytest.mark.parametrize(
    ("line", "answer"),
    [("1", 1), (" -1 ", -1), ('["a", "b"]', ["a", "b"]), ("[[1, 2]]", [(1.0, 2.0)]),
     ("1.5", 1.5), ("1e3\r", 1000.0), ("a b", "a b"), ("1 2.5", (1.0, 2.5)), ("[1, 2]", (1.0, 2.0)),
     ("[0.5]", 0.5), ("yes", "yes"), ("1 b", "1 b")],
)  # fmt: skip
def test_lines(line, answer):
    assert programs.parsed(line) == answer
    assert type(programs.parsed(line)) is type(answer)


@pytest.mark.parametrize("line", ["", "  ", "[", "[]", "[1, [2, 3]]", '["a", 1]', "[" * 100_000])
def test_lines_that_are_no_answers(line):
    with pytest.raises((TypeError, ValueError, RecursionError)):
        programs.parsed(line)


def test_more_than_a_pipe_holds(asked, rng):
    words = random_words(rng, 2, 20_000, 20)
    assert asked("plain")(words) == [word.count(0) % 2 for word in words]


def test_a_program_that_dies_now_and_then_goes_on(asked, rng):
    words = random_words(rng, 2, 3500, 10)
    assert asked("often")(words) == [word.count(0) % 2 for word in words]


def test_a_program_is_started_once(asked, tmp_path):
    ask = asked("counts", tmp_path / "numbers")
    for _ in range(3):
        ask(WORDS)
    assert len(set((tmp_path / "numbers").read_text().split())) == 1


def test_what_it_says_on_stderr_does_not_stop_it(asked):
    assert asked("floods")(WORDS * 20) == PARITY * 20


BAD = {
    "dies on a word": (("once",), r"died twice on the word abba \(killed by SIGKILL\)"),
    "dies at once": (("gone",), r"died twice on the word ε \(exit code 7; its stderr ends with: no weights \| \\x1b\[31m\)"),
    "hangs": (("hangs",), r"gave no answer for 0.2 seconds, after \d+ of 63 words .*; the word was abba"),
    "never reads": (
        ("deaf",),
        r"gave no answer for 0.2 seconds, after 0 of 63 words \(it must flush each answer\); the word was ε",
    ),
    "does not flush": (("silent",), "it must flush each answer"),
    "too few lines": (("skips",), "gave no answer for 0.2 seconds, after 62 of 63 words .*; the word was bbbbb"),
    "too many lines": (("twice",), "wrote (more lines|a line more) than it was asked words"),
    "a line before": (
        ("chatty",),
        r"wrote (more lines|a line more) than it was asked words \(its first line is 'loading'\); one line a word",
    ),
    "an empty line": (("rubbish", ""), "answered the word abba with '', not with a label or numbers"),
    "no text": (("rubbish", "[1, {}]"), r"answered the word abba with '\[1, \{\}\]', not with"),
}


@pytest.mark.parametrize("name", BAD)
def test_programs_that_fail(asked, name):
    arguments, said = BAD[name]
    ask = asked(*arguments, timeout=0.2 if "gave no answer" in said or "flush" in said else 20.0)
    with pytest.raises(TeacherError, match=said):
        asked_twice(ask)


def asked_twice(ask):
    """A line too many may come late."""
    for _ in range(2):
        ask(WORDS)
        time.sleep(0.05)


def test_a_label_that_was_never_seen_names_the_word(command):
    teacher = nerode.load_teacher(command("echo", "'no' if word == 'b' * 30 else 'yes' if word else 'maybe'"), alphabet="ab")
    with pytest.raises(TeacherError, match=r"the answer to the word b{30} is 'no', and the classes are 'maybe', 'yes'"):
        teacher.scores([(1,) * 30])


def test_a_line_without_end(asked, monkeypatch):
    monkeypatch.setattr("nerode.teachers.processes.LONGEST_LINE", 1000)
    with pytest.raises(TeacherError, match="wrote a line of more than 1,000 bytes"):
        asked("rubbish", "x" * 100_000)([(0, 1, 1, 0)])


def test_programs_that_cannot_be_started():
    for name, said in (
        ("exec:", "there is no program to run"),
        ("exec:'a", "close its quotes"),
        ("exec:./no-such-program", "cannot be started: No such file"),
        ("exec:/", "cannot be started: Permission denied"),
    ):
        with pytest.raises(InputError, match=said):
            nerode.load_teacher(name, alphabet="ab")


def test_options_that_do_not_fit(command, tmp_path):
    with pytest.raises(InputError, match="does not say what words are made of; give an alphabet"):
        nerode.load_teacher(command("plain"))
    with pytest.raises(InputError, match="a program has no option 'rate'; its options are reads, gives, classes"):
        nerode.load_teacher(command("plain"), alphabet="ab", rate=3)
    with pytest.raises(InputError, match="cannot be read as 'json'; choose one of text"):
        nerode.load_teacher(command("plain"), alphabet="ab", reads="json")
    with pytest.raises(InputError, match="the seconds that an answer may take must be a number above 0, not 0"):
        nerode.load_teacher(command("plain"), alphabet="ab", timeout=0)
    with pytest.raises(InputError, match="is asked where it runs; leave the device 'cuda' out"):
        nerode.load_teacher(command("plain"), alphabet="ab", device="cuda")
    with pytest.raises(InputError, match="gives: only for programs and services"):
        nerode.load_teacher(tmp_path, gives="labels")


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("exec:./classify --fast", "classify"),
        ("exec:/a/b/model.bin weights", "model"),
        ("exec:awk '{print}'", "awk"),
        (f"exec:python3 -S {__file__} --x", "test_programs"),
        ("exec:'", "unnamed"),
        ("http://[", "unnamed"),
        ("http://localhost:80/v1/predict", "predict"),
        ("http://localhost:80", "localhost"),
    ],
)
def test_names_of_files(name, short):
    assert short_name(name) == short


def test_interrupted_while_it_answers(command):
    teacher = nerode.load_teacher(command("slow"), alphabet="ab")
    handler = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            teacher.scores(WORDS * 100)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
    assert np.array_equal(teacher.scores(WORDS)[:, 0] > 0, PARITY)


def test_the_automaton_is_the_programs(command, frugal):
    truth = nerode.language("tomita-5", np.random.default_rng(0))
    rule = "int(word.count('0') % 2 == 0 and word.count('1') % 2 == 0)"
    result = nerode.extract(nerode.load_teacher(command("echo", rule), alphabet="01"))
    assert equivalent(result.automaton, truth)
