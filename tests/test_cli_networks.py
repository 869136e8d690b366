"""The shell where a network is asked: on which device, and over which alphabet where it is a Hugging Face model."""

import shlex
from pathlib import Path

import numpy as np
import pytest
import torch
from shell import DEMO, run

import nerode
from nerode.links import NextSymbol
from nerode.shell import common, inspect
from nerode.shell.arguments import alphabet

PAGE = Path(__file__).resolve().parents[1] / "docs" / "huggingface.md"
TOKENS = {token: i for i, token in enumerate(("[UNK]", "[END]", "a", "b", "cd"))}
TINY = {"n_embd": 8, "n_layer": 1, "n_head": 2, "initializer_range": 0.3}
ASKING = (("inspect",), ("extract",), ("eval", "dfa.json"))  # and the checkpoint


@pytest.fixture(scope="session")
def gpt2(tmp_path_factory):
    """A folder with tiny language models: one with a tokenizer, one without, and one that reads few tokens."""
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    folder = tmp_path_factory.mktemp("gpt2")
    for name, longest in (("spelled", 128), ("numbers", 128), ("short", 10)):
        config = transformers.GPT2Config(vocab_size=len(TOKENS), n_positions=longest, bos_token_id=1, eos_token_id=1, **TINY)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            transformers.GPT2LMHeadModel(config).save_pretrained(folder / name)
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(TOKENS, unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    made.save(str(folder / "spelled" / "tokenizer.json"))
    made.save(str(folder / "short" / "tokenizer.json"))
    return folder


@pytest.fixture
def refused(capsys, tmp_path, monkeypatch):
    """Run `nerode` beside a DFA, expect a refusal that writes nothing, and hand back its sentence."""
    monkeypatch.chdir(tmp_path)
    nerode.language("tomita-5", np.random.default_rng(0)).save("dfa.json")

    def refuse(*arguments):
        outcome = run(capsys, *arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err.count("\n") == 1
        assert [path.name for path in tmp_path.iterdir()] == ["dfa.json"]
        return outcome.err

    return refuse


# alphabets


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("abc", "abc"),
        ("a b", "ab"),
        (" a\n\tb\n", "ab"),
        ("(", "("),
        ("cd a", ["cd", "a"]),
        ("cd ", ["cd"]),
        ("Ġa ▁b", ["Ġa", "▁b"]),
    ],
)
def test_symbols_stand_between_spaces_or_are_single_characters(text, symbols):
    assert alphabet(text) == tuple(symbols)


def test_a_hugging_face_model_from_the_shell(capsys, tmp_path, gpt2, briefly_refined):
    model, out = gpt2 / "spelled", tmp_path / "a.json"
    alphabet = ("--alphabet", "cd a")
    answer = run(capsys, "inspect", model, *alphabet, "--json").answer
    assert (answer["alphabet"], answer["format"], answer["device"]) == (["cd", "a"], "Hugging Face directory", auto())
    shown = run(capsys, "extract", model, *alphabet, "--queries", 3000, "--states", 3, "--out", out, "--json")
    assert (shown.code in (0, 3), shown.err) == (True, "")
    automaton = nerode.load_automaton(out)
    assert (automaton.alphabet.symbols, automaton.link, automaton.states) == (("cd", "a"), NextSymbol(2), 3)
    report = run(capsys, "eval", out, model, *alphabet, "--sample", 50, "--json").answer
    assert run(capsys, "eval", out, model, "--sample", 50, "--json").answer == report  # the automaton knows its symbols
    error = report["metrics"]["next_symbol_kl"]
    assert error["value"] < error["baselines"]["constant"]
    other = run(capsys, "eval", out, model, "--alphabet", "a cd", "--sample", 50)
    assert other.code == 2
    assert "(2 symbols: cd a) and of the teacher (2 symbols: a cd) differ" in other.err


def test_without_an_alphabet_it_is_the_models_own(capsys, gpt2):
    assert run(capsys, "inspect", gpt2 / "spelled", "--json").answer["alphabet"] == ["a", "b", "cd"]
    assert run(capsys, "inspect", gpt2 / "numbers", "--json").answer["alphabet"] == ["0", "2", "3", "4"]
    assert run(capsys, "inspect", gpt2 / "numbers", "--alphabet", "42", "--json").answer["alphabet"] == ["4", "2"]


def test_a_model_that_reads_few_tokens_is_asked_short_words(capsys, tmp_path, gpt2, briefly_refined):
    model, out, words = gpt2 / "short", tmp_path / "a.json", tmp_path / "words.txt"
    shown = run(capsys, "inspect", model, "--check", 20)
    assert (shown.code, shown.err) == (0, "")
    assert "(words of 9 symbols, asked 256 at a time)" in shown.out
    answer = run(capsys, "inspect", model, "--json").answer
    assert answer["longest"] == 9
    assert answer["microseconds_per_query"] > 0
    shown = run(capsys, "extract", model, "--queries", 2000, "--states", 3, "--out", out, "--json")
    assert (shown.code in (0, 3), shown.err) == (True, "")
    assert shown.answer["stop_reason"] != "refused"
    assert run(capsys, "eval", out, model, "--sample", 50).code == 0
    words.write_text("a b a\n" + " ".join("ab" * 5) + "\n")
    shown = run(capsys, "eval", out, model, "--words", words)
    assert shown.code == 0
    assert f"note: 1 word of {words} left out, since the network reads at most 9 symbols" in shown.err
    words.write_text(" ".join("ab" * 5) + "\n")
    assert "all words of" in run(capsys, "eval", out, model, "--words", words).err


@pytest.mark.parametrize(
    ("alphabet", "said"),
    [
        ("", "--alphabet: must be symbols, and not empty"),
        (" \n", "--alphabet: must be symbols, and not empty"),
        ("aba", "--alphabet: has the symbol 'a' twice"),
        ("a cd cd", "--alphabet: has the symbol 'cd' twice"),
        ("az", "the symbol 'z' is not made of 1 to 32 known tokens"),
        ("cd", "the symbol 'c' is not made of 1 to 32 known tokens"),
        ("a [END]", "the symbol '[END]' is the end of a text"),
    ],
)
@pytest.mark.sampled(4)
def test_alphabets_that_a_model_cannot_spell(refused, gpt2, alphabet, said):
    for command in ASKING:
        assert said in refused(*command, gpt2 / "spelled", "--alphabet", alphabet)


def test_other_checkpoints_bring_their_alphabet(refused):
    for checkpoint in (DEMO, "dfa.json"):
        for command in ASKING:
            assert f"{checkpoint} has its own alphabet" in refused(*command, checkpoint, "--alphabet", "01")


def test_a_name_that_would_have_to_be_fetched(refused):
    assert "a downloaded Hugging Face directory" in refused("extract", "openai/gpt2", "--alphabet", "ab")


def test_the_example_of_the_page(capsys, tmp_path, monkeypatch, frugal):
    pytest.importorskip("transformers")
    monkeypatch.chdir(tmp_path)
    section = PAGE.read_text(encoding="utf-8").split("## An example")[1]
    install, *lines = section.split("```")[1].strip().splitlines()
    assert install.startswith("pip install")
    for program, *arguments in map(shlex.split, lines):
        if program == "python":
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(1)
                exec(arguments[1], {})
        else:
            assert program == "nerode"
            outcome = run(capsys, *arguments)
            assert (outcome.code, outcome.err) == (0, "")
    assert nerode.load_automaton("tiny.json").alphabet.symbols == ("0", "1", "2")


# devices


def auto():
    return "cuda:0" if torch.cuda.is_available() else "cpu"


def test_inspect_says_which_device_answers(capsys, refused):
    def asked_on(*arguments):
        shown, answer = run(capsys, "inspect", *arguments), run(capsys, "inspect", *arguments, "--json").answer
        (line,) = [line for line in shown.out.splitlines() if line.startswith("asked on ")]
        return line.removeprefix("asked on ").strip(), answer["device"]

    assert asked_on(DEMO, "--device", "cpu") == asked_on("dfa.json") == ("the processor", "cpu")
    assert asked_on(DEMO) == asked_on(DEMO, "--device", "auto")
    assert asked_on(DEMO)[1] == auto()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_cuda_device_answers(capsys, tmp_path):
    out = tmp_path / "a.json"
    assert run(capsys, "inspect", DEMO, "--device", "cuda:0", "--json").answer["device"] == "cuda:0"
    assert run(capsys, "extract", DEMO, "--method", "lstar", "--device", "cuda", "--out", out, "--json").answer["states"] == 4
    report = run(capsys, "eval", out, DEMO, "--device", "cuda", "--json").answer
    assert report["metrics"]["error_rate"]["value"] == 0


def test_every_command_asks_on_the_device_that_is_given(capsys, refused, monkeypatch, frugal):
    asked = []

    def note(honest):
        def noting(path, alphabet, device, *more):
            asked.append(device)
            return honest(path, alphabet, "cpu", *more)

        return noting

    monkeypatch.setattr(inspect, "load_model", note(inspect.load_model))
    monkeypatch.setattr(common, "load_teacher", note(common.load_teacher))
    for command in ASKING:
        assert run(capsys, *command, DEMO).code == 0
        assert run(capsys, *command, DEMO, "--device", "cuda:1").code == 0
    assert asked == ["auto", "cuda:1"] * 3


@pytest.mark.parametrize(
    ("device", "said"),
    [
        *((name, "must be auto, cpu, cuda, or cuda:N, not ") for name in ("", "gpu", "CUDA", "cpu:0", "cuda:", "cuda:-1", "mps")),
        ("cuda:256", "must be auto, cpu, cuda, or cuda:N, not "),  # torch would take the first device
        ("cuda:99", "so there is no 'cuda:99'; use --device cpu"),
    ],
)
def test_devices_that_are_not_there(refused, device, said):
    for command in ASKING:
        assert said in refused(*command, DEMO, "--device", device)


def test_automata_are_asked_on_the_processor(capsys, refused):
    for command in ASKING:
        assert "is an automaton, which is asked on the processor" in refused(*command, "dfa.json", "--device", "cuda")
    assert run(capsys, "eval", "dfa.json", "dfa.json", "--device", "cpu").code == 0


def test_too_little_memory_of_a_device(refused, monkeypatch):
    def load_teacher(*_):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of …")

    monkeypatch.setattr(common, "load_teacher", load_teacher)
    assert "the memory does not suffice" in refused("extract", DEMO)
