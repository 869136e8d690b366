"""Programs as teachers: they are killed with their children, run in no shell, and are not waited for beyond a limit on time."""

import os
import shlex
import sys
import time
from pathlib import Path

import pytest

import nerode
from nerode.errors import TeacherError
from nerode.extraction.budget import metered
from nerode.extraction.meter import Meter
from nerode.functions import alphabet_of
from nerode.teachers import programs


def alive(number):
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc")
def test_it_is_killed_with_its_children(command, tmp_path):
    teacher = nerode.load_teacher(command("child", tmp_path / "child"), alphabet="ab")
    child = int((tmp_path / "child").read_text())
    assert alive(child)
    del teacher
    deadline = time.monotonic() + 20
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(child)


def test_a_child_that_keeps_stdout_open_hides_no_death(asked, tmp_path):
    program = "import os, sys, time\nif not os.fork(): time.sleep(60)\nsys.exit(3)"
    ask = programs.asking(shlex.join([sys.executable, "-S", "-E", "-c", program]), alphabet_of("ab"), None, 20.0)
    with pytest.raises(TeacherError, match=r"died twice on the word ε \(exit code 3\)"):
        list(ask([()]))


def test_limits_on_time_hold_while_a_program_hangs(command):
    teacher = metered(nerode.load_teacher(command("hangs"), alphabet="ab", classes=(0, 1), longest=3), Meter(0.3))
    teacher._asked.longest = None
    begun = time.monotonic()
    with pytest.raises(nerode.errors.BudgetExhausted):
        teacher.scores([(0, 1, 1, 0)])
    assert time.monotonic() - begun < 10
    assert teacher._asked.scores([(0,)]).tolist() == [[1]]  # begun anew, with nothing left over


def test_the_processes_are_in_no_shell(asked, tmp_path):
    """What a shell would run or replace is an argument like any other."""
    code = "import sys\nfor line in sys.stdin: print(len(sys.argv), flush=True)"
    command = f"{sys.executable} -S -E -c '{code}' ; touch {tmp_path}/x $HOME `id`"
    ask = programs.asking(command, alphabet_of("ab"), None, 20.0)
    assert [answer for some in ask([()]) for answer in some] == [6]
    assert os.listdir(tmp_path) == []
