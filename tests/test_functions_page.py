"""The programs on the page about functions do what the page says."""

import re
import shlex
import sys
from pathlib import Path

import pytest

import nerode

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "functions.md").read_text(encoding="utf-8")
RULE = {"": "yes", "aa": "yes", "a": "no", "bb": "no", "aba": "yes", "abba": "no", "baab": "yes"}


@pytest.mark.parametrize(("language", "start"), [("python", [sys.executable, "-S", "-E"]), ("sh", ["/bin/sh"])])
def test_the_programs_of_the_page(tmp_path, monkeypatch, language, start):
    monkeypatch.setattr("nerode.looking.SHORT", 20)
    monkeypatch.setattr("nerode.looking.RANDOM", 10)
    (program,) = re.findall(rf"```{language}\n(#!.*?)```", PAGE, re.DOTALL)
    assert len(program.splitlines()) <= 10
    (tmp_path / "program").write_text(program)
    teacher = nerode.load_teacher(f"exec:{shlex.join([*start, str(tmp_path / 'program')])}", alphabet="ab")
    assert teacher.meaning.classes == ("no", "yes")
    assert teacher.scores([teacher.alphabet.word(word) for word in RULE])[:, 0].tolist() == [
        1 if answer == "yes" else -1 for answer in RULE.values()
    ]
