"""What a newcomer meets first: the notebook runs from top to bottom and shows what its text says, and the network is solid."""

import json
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from thorough import up_to

import nerode
from nerode.automata.operations import separating_word

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy, since the notebook writes a file."""
    copy = tmp_path_factory.mktemp("examples") / "copy"
    shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns("*.json", ".ipynb_checkpoints"))
    shutil.copytree(EXAMPLES / "tomita-5", copy / "tomita-5", dirs_exist_ok=True)
    return copy


@pytest.fixture(scope="module")
def shown(folder):
    """What the cells of the notebook show, by the cell's id: the text, and every form that notebooks can display."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("IPYTHONDIR", str(folder / ".ipython"))
        notebook = nbformat.read(folder / "quickstart.ipynb", as_version=4)
        NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return {cell.id: Shown(cell.outputs) for cell in notebook.cells if cell.cell_type == "code"}


class Shown:
    def __init__(self, outputs):
        self.streams = [output.name for output in outputs if output.output_type == "stream"]
        self.text = "".join(output.text for output in outputs if output.output_type == "stream")
        self.data = {}
        for output in outputs:
            self.data |= output.get("data", {})


def test_the_notebook_is_valid_and_has_no_outputs():
    notebook = nbformat.read(EXAMPLES / "quickstart.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert not any(cell.outputs or cell.execution_count for cell in code)


def test_the_notebook_says_nothing_on_stderr(shown):
    assert "stderr" not in [name for outputs in shown.values() for name in outputs.streams]


def test_the_dfa_is_drawn_with_its_four_states(shown):
    assert "<DFA: 4 states, 2 symbols, 1 accepting>" in shown["lstar"].data["text/plain"]
    svg = shown["lstar"].data["image/svg+xml"]
    assert svg.startswith("<svg")
    assert svg.count('class="node"') == 5  # and where words start
    assert "no counterexample" in shown["spent"].text


def test_the_weighted_automaton_is_drawn_and_has_four_states(shown):
    assert "<WFA: 4 states, 2 symbols, 1 score>" in shown["weighted"].data["text/plain"]
    assert shown["weighted"].data["image/svg+xml"].startswith("<svg")


def test_the_comparisons_are_tables(shown):
    for cell in ("compare", "learn"):
        assert shown[cell].data["text/html"].startswith("<table")
    assert "2,000 words" in shown["compare"].data["text/html"]
    assert "<td>error rate</td><td>0 %</td>" in shown["compare"].data["text/html"]


def test_the_language_model_is_found_again(shown):
    assert "<PDFA: 5 states, 3 symbols>" in shown["hidden"].data["text/plain"]
    assert "<WFA: 5 states, 3 symbols, 4 scores>" in shown["learn"].text


def test_the_plots_are_shown(shown):
    assert shown["plots"].data["text/html"].count("<img ") == 5


def test_the_saved_file_is_the_dfa(shown, folder):
    assert shown["save"].data["text/plain"] == "array([1, 0])"
    assert nerode.load_automaton(folder / "tomita-5.json").states == 4


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


def test_the_command_that_made_the_network_stands_beside_it():
    made = json.loads((EXAMPLES / "tomita-5" / "teacher.json").read_text(encoding="utf-8"))["training"]
    assert made["accuracy"] == 1
    (command,) = [line for line in (EXAMPLES / "README.md").read_text(encoding="utf-8").splitlines() if "nerode train" in line]
    assert made["command"].startswith(command.split(" --out ")[0].strip())
