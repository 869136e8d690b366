"""What the tests of teachers share."""

import shlex
import socket
import sys
import types

import pytest
import torch
from answering import PROGRAM
from serving import Server
from torch import nn

from nerode.functions import alphabet_of
from nerode.teachers import programs, services


@pytest.fixture
def define(monkeypatch):
    """Makes a module class under any name, as it is on the machine of whoever pickles it."""

    def define(module, name, base=nn.Module, **members):
        pieces = module.split(".")
        for parent in (".".join(pieces[: i + 1]) for i in range(len(pieces))):
            if parent not in sys.modules:
                monkeypatch.setitem(sys.modules, parent, types.ModuleType(parent))
        monkeypatch.setattr(sys.modules[module], name, type(name, (base,), {"__module__": module, **members}), raising=False)
        return getattr(sys.modules[module], name)

    return define


@pytest.fixture
def torch_seed():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        yield


@pytest.fixture
def no_network(monkeypatch):
    """Nothing may be fetched; an attempt fails the test even where the library would get over it."""
    asked = []
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, lambda self, address, *more: asked.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **more: asked.append(address))
    yield
    assert not asked


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(services, "BACKOFF", 0.001)
    made = Server()
    yield made
    made.close()


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """The name of a program of a kind."""
    path = tmp_path_factory.mktemp("program") / "classify.py"
    path.write_text(PROGRAM)

    def named(*arguments):
        return "exec:" + shlex.join([sys.executable, "-S", "-E", str(path), *map(str, arguments)])

    return named


@pytest.fixture
def asked(command):
    """A program of a kind as a teacher, which was not asked anything yet."""

    def teacher(*arguments, timeout=20.0):
        ask = programs.asking(command(*arguments).removeprefix("exec:"), alphabet_of("ab"), None, timeout)
        return lambda words: [answer for some in ask(words) for answer in some]

    return teacher
