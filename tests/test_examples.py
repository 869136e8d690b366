"""What a newcomer meets first: the notebooks run from top to bottom and show what their text says, and the networks are solid."""

import json
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from jupyter_client import KernelManager
from nbclient import NotebookClient
from thorough import up_to

import nerode
from nerode.automata.operations import separating_word

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NOTEBOOKS = sorted(path.name for path in EXAMPLES.glob("*.ipynb"))
STORED = 300_000  # bytes of a notebook with its outputs


class Shown:
    """What a cell shows: the text, and every form that notebooks can display."""

    def __init__(self, outputs):
        self.streams = [output.name for output in outputs if output.output_type == "stream"]
        self.text = "".join(output.text for output in outputs if output.output_type == "stream")
        self.data = {}
        for output in outputs:
            self.data |= output.get("data", {})


def stored(name):
    """What the cells of a notebook show before it is run, by their ids."""
    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    return {cell.id: Shown(cell.outputs) for cell in notebook.cells if cell.cell_type == "code"}


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """One process for all notebooks, which loads torch once; each begins without the names of the one before."""
    folder = tmp_path_factory.mktemp("kernel")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("IPYTHONDIR", str(folder / ".ipython"))
        manager = KernelManager(kernel_name="python3")
        manager.start_kernel(cwd=str(folder))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready()
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


def executed(name, folder, kernel):
    """The same after a run in a copy of the folder, since notebooks write files."""
    copy = folder / "copy"
    written = shutil.ignore_patterns("tomita-5.json", "tomita-5.html", "own*", "answers.tsv", ".ipynb_checkpoints")
    shutil.copytree(EXAMPLES, copy, ignore=written)
    notebook = nbformat.read(copy / name, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(f"%reset -f\n%cd -q {copy}"))
    runner = NotebookClient(notebook, km=kernel[0], timeout=120)
    runner.kc = kernel[1]
    runner.execute(cleanup_kc=False)
    shown = {cell.id: Shown(cell.outputs) for cell in notebook.cells if cell.cell_type == "code"}
    assert "stderr" not in [name for outputs in shown.values() for name in outputs.streams]
    return shown, copy


# all notebooks


def test_there_are_notebooks():
    assert NOTEBOOKS == ["1-regular-language.ipynb", "2-language-model.ipynb", "3-your-own-network.ipynb"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_valid_and_keeps_small_outputs_alone(name):
    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert (EXAMPLES / name).stat().st_size < STORED
    shown = stored(name)
    assert sum(bool(each.text or each.data) for each in shown.values()) > len(shown) / 2
    for each in shown.values():
        assert "stderr" not in each.streams
        assert "<iframe" not in each.data.get("text/html", "")  # a report is large


# a regular language


def test_the_first_notebook_finds_the_language(tmp_path, kernel):
    shown, folder = executed(NOTEBOOKS[0], tmp_path, kernel)
    assert "<DFA: 4 states, 2 symbols, 1 accepting>" in shown["lstar"].data["text/plain"]
    svg = shown["lstar"].data["image/svg+xml"]
    assert svg.startswith("<svg")
    assert svg.count('class="node"') == 5  # and where words start
    assert "at most 0.3 % of random words" in shown["verdict"].text
    assert shown["compare"].data["text/html"].startswith("<table")
    assert "2,000 words" in shown["compare"].data["text/html"]
    assert "<td>error rate</td><td>0 %</td>" in shown["compare"].data["text/html"]
    assert shown["trace"].text.startswith("0 0 1 1 0   (margin of class 1)")
    assert "left out: student" in shown["explain"].text
    assert shown["report"].data["text/html"].startswith('<iframe title="nerode: tomita-5"')
    assert (folder / "tomita-5.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert shown["save"].data["text/plain"] == "array([1, 0])"
    assert nerode.load_automaton(folder / "tomita-5.json").states == 4
    kept = stored(NOTEBOOKS[0])
    assert kept["report"].data == {}
    for cell in ("lstar", "verdict", "save"):
        assert (kept[cell].text, kept[cell].data.get("text/plain")) == (shown[cell].text, shown[cell].data.get("text/plain"))


# a language model


def test_the_second_notebook_reads_the_model_on_its_map(tmp_path, kernel):
    shown, _ = executed(NOTEBOOKS[1], tmp_path, kernel)
    sizes = [line.split(",")[0] for line in shown["sizes"].text.splitlines()]
    assert sizes[:4] == ["1 state", "2 states", "3 states", "4 states"]
    errors = [float(line.split()[4]) for line in shown["sizes"].text.splitlines()]
    assert errors[0] > 0.1 > 0.03 > errors[2]  # three states are most of it
    assert "log-probability error per symbol" in shown["four"].data["text/html"]
    assert shown["map"].data["image/png"]
    zero, one = shown["letters"].text.splitlines()
    assert zero.startswith("0 turns, back after 3")
    assert one.startswith(("1 forgets ", "1 resets"))
    assert "<PDFA: 3 states, 2 symbols>" in shown["truth"].data["text/plain"]


def test_the_letters_of_the_hidden_automaton_do_what_the_notebook_says(rng):
    truth = nerode.language("random-pdfa-3-letters-2", np.random.default_rng(256))
    zero, one = truth.transitions.T
    assert len(set(one.tolist())) == 1
    assert sorted({0, int(zero[0]), int(zero[zero[0]])}) == [0, 1, 2]
    assert zero[zero[zero[0]]] == 0
    model = nerode.load_teacher(EXAMPLES / "small-language-model")
    report = nerode.compare(truth, model, nerode.extract(model, states=3, effort=0.1).fresh)
    assert report["perplexity_ratio"].value < 1.01


# a network of one's own


def test_the_third_notebook_hands_a_network_over(tmp_path, kernel):
    shown, folder = executed(NOTEBOOKS[2], tmp_path, kernel)
    assert "The module is read as LSTM" in shown["teacher"].text
    found = shown["lstar"].data["text/plain"]
    assert found.startswith("<DFA: 3 states, 2 symbols, 2 accepting>")
    assert "proved: all 30 answers are its scores" in shown["import"].text
    assert shown["again"].data["text/plain"] == "0.0"
    assert (folder / "own" / "teacher.json").exists()


# the networks


@pytest.mark.parametrize("seed", up_to(1, 30))
def test_the_network_holds_the_language_on_every_seed(seed):
    network = nerode.load_teacher(EXAMPLES / "tomita-5")
    truth = nerode.language("tomita-5", np.random.default_rng(0))
    found = nerode.extract(network, method="lstar", seed=seed)
    assert found.stop_reason == "no counterexample"
    assert found.automaton.states == 4
    assert separating_word(found.automaton, truth) is None
    assert nerode.extract(network, seed=seed).automaton.states == 4


def test_the_network_is_right_on_words_far_longer_than_it_was_trained_on(rng):
    words = rng.integers(2, size=(500, 300))
    truth = nerode.language("tomita-5", rng)
    assert np.array_equal(nerode.load_teacher(EXAMPLES / "tomita-5").scores(words)[:, 0] > 0, truth.predict(words) == 1)


@pytest.mark.parametrize("name", ["tomita-5", "small-language-model"])
def test_the_command_that_made_a_network_stands_beside_it(name):
    made = json.loads((EXAMPLES / name / "teacher.json").read_text(encoding="utf-8"))["training"]
    lines = (EXAMPLES / "README.md").read_text(encoding="utf-8").splitlines()
    (command,) = [line.strip() for line in lines if "nerode train" in line and line.endswith(f"examples/{name}")]
    given = command.split(" --out ")[0].split()
    assert " ".join(given[: given.index("--hidden")]) in made["command"]
    for option in ("--hidden", "--seed"):
        assert option not in given or f"{option} {given[given.index(option) + 1]}" in made["command"]
    assert name != "tomita-5" or made["accuracy"] == 1
