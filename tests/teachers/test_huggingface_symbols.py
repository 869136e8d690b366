"""Symbols of several tokens: words are the tokens of their symbols, and probabilities are products of those of tokens."""

import numpy as np
import pytest
import torch
from doubles import words_up_to
from huggingface_files import BEGIN, BLOOM, END, GPT2, GROUPED, MAMBA, MODERN, TOKENS, one_by_one, saved, tokenizer, tokenizers
from test_huggingface_states import MAMBA2, RWKV, XLSTM

from nerode.cli import main
from nerode.errors import InputError
from nerode.extraction.hankel.tables import tabulate
from nerode.links import NextSymbol
from nerode.protocols import BranchingTeacher, SteppingTeacher, parameter_bytes_of
from nerode.rounding import exact
from nerode.stepping import prefix_scores
from nerode.teachers.checkpoints import load_teacher
from nerode.teachers.huggingface_states import MEMORIES

pytestmark = pytest.mark.usefixtures("no_network")

SYMBOLS = ("a", "bc", "dde")  # of one, two and three tokens
SPELLED = [[TOKENS[letter] for letter in symbol] for symbol in SYMBOLS]
LANGUAGE_MODELS = {
    "MambaForCausalLM": MAMBA,
    "Mamba2ForCausalLM": MAMBA2,
    "RwkvForCausalLM": RWKV,
    "xLSTMForCausalLM": XLSTM,
    "GPT2LMHeadModel": GPT2,
    "LlamaForCausalLM": GROUPED,
    "BloomForCausalLM": BLOOM,
    "MistralForCausalLM": GROUPED | {"sliding_window": 3},
}
WORDS = words_up_to(3, 3)


def letter_by_letter(markers=True, join=False):
    """A tokenizer that reads each letter as a token; with `join` "ab" is one."""
    made = tokenizer(markers)
    made.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([
        tokenizers.pre_tokenizers.Whitespace(),
        tokenizers.pre_tokenizers.Split(tokenizers.Regex("ab|." if join else "."), "isolated"),
    ])  # fmt: skip
    return made


def spelled(word):
    return [token for i in word for token in SPELLED[i]]


def chained(model, word, ends=(END,)):
    """Slow truth: the library's own logits of each symbol after the word, token by token, and of the end."""
    logs = []
    for tokens in SPELLED:
        text = [BEGIN, *spelled(word), *tokens]
        with torch.inference_mode():
            each = model(torch.tensor([text])).logits[0].double().log_softmax(1).numpy()
        logs.append(sum(each[i - len(tokens) - 1, token] for i, token in enumerate(tokens, len(text))))
        end = np.logaddexp.reduce(each[len(text) - len(tokens) - 1, list(ends)])
    return [*logs, end]


@pytest.mark.parametrize("name", LANGUAGE_MODELS)
@pytest.mark.sampled(4)
def test_the_probability_of_a_symbol_is_the_product_of_those_of_its_tokens(name, tmp_path):
    model = saved(tmp_path, name, LANGUAGE_MODELS[name], letter_by_letter())
    teacher = load_teacher(tmp_path, SYMBOLS, device="cpu")
    assert teacher.link == NextSymbol(3)
    expected = np.array([chained(model, word) for word in WORDS])
    assert isinstance(teacher, BranchingTeacher) == (name in MEMORIES)
    off = {"rtol": 0, "atol": 1e-5 * np.abs(expected).max()}
    np.testing.assert_allclose(teacher.scores(WORDS), expected, **off)
    found, offsets = prefix_scores(teacher, WORDS)
    np.testing.assert_allclose(found[offsets[1:] - 1], expected, **off)
    short = words_up_to(3, 1)
    place = {word: i for i, word in enumerate(WORDS)}
    cells = expected[[[place[prefix + suffix] for suffix in short] for prefix in short]]
    np.testing.assert_allclose(tabulate(teacher, short, short), cells, **off)


@pytest.mark.parametrize("name", ["MambaForCausalLM", "GPT2LMHeadModel"])
@pytest.mark.parametrize("symbols", [SYMBOLS, ("a", "b")])
def test_the_memory_of_the_model_is_told(name, symbols, tmp_path):
    model = saved(tmp_path, name, LANGUAGE_MODELS[name], letter_by_letter())
    size = sum(weights.nbytes for weights in model.parameters())
    assert parameter_bytes_of(load_teacher(tmp_path, symbols, device="cpu")) == size


def test_probabilities_add_up_to_what_the_model_leaves_for_the_alphabet(tmp_path):
    model = saved(tmp_path, "MambaForCausalLM", MAMBA, letter_by_letter())
    teacher = load_teacher(tmp_path, SYMBOLS, device="cpu")
    total = np.exp(teacher.scores(WORDS)).sum(1)
    np.testing.assert_allclose(total, [np.exp(chained(model, word)).sum() for word in WORDS], rtol=1e-4)
    assert (total < 1).all()
    np.testing.assert_allclose(np.exp(teacher.link.log_probabilities(teacher.scores(WORDS))).sum(1), 1)


@pytest.mark.parametrize("markers", [True, False])
@pytest.mark.parametrize(
    ("name", "settings"), [("BertForSequenceClassification", MODERN), ("GPT2ForSequenceClassification", GPT2)]
)
def test_a_classifier_reads_the_tokens_of_all_symbols(name, settings, markers, tmp_path):
    model = saved(tmp_path, name, settings | {"num_labels": 3}, letter_by_letter(markers))
    teacher = load_teacher(tmp_path, SYMBOLS)
    texts = [[BEGIN, *spelled(word), END] if markers else spelled(word) or [BEGIN] for word in WORDS]
    expected = one_by_one(model, texts)
    np.testing.assert_allclose(teacher.scores(WORDS), expected, rtol=0, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("name", "settings", "longest"),
    [
        ("GPT2LMHeadModel", GPT2, (24 - 1 - 2) // 3),  # a begin marker, and two tokens of what may follow
        ("BertForSequenceClassification", MODERN, (24 - 2) // 3),
        ("MambaForCausalLM", MAMBA, None),
    ],
)
def test_positions_are_counted_in_tokens(name, settings, longest, tmp_path):
    saved(tmp_path, name, settings, letter_by_letter())
    teacher = load_teacher(tmp_path, SYMBOLS)
    assert teacher.longest == longest
    assert np.isfinite(teacher.scores([(2,) * (longest or 30)])).all()


def test_a_model_without_room_for_a_symbol(tmp_path):
    saved(tmp_path, "GPT2LMHeadModel", GPT2 | {"n_positions": 5}, letter_by_letter())
    with pytest.raises(InputError, match="has no room for a word of one symbol"):
        load_teacher(tmp_path, SYMBOLS)


TOLD = {
    "nothing": (letter_by_letter(), SYMBOLS, "2 of 3 symbols have several tokens, such as 'bc': 'b' 'c'. A word is the tokens of "
                "its symbols, as the tokenizer reads the symbols in a text with spaces between them."),
    "joined": (letter_by_letter(join=True), ("a", "b"), "in a text with spaces between them."),
    "words": (tokenizer(), ("a", "b"), "in a text with spaces between them."),
}  # fmt: skip


@pytest.mark.parametrize("case", TOLD)
def test_how_words_are_spelled_is_told(case, tmp_path):
    made, symbols, told = TOLD[case]
    saved(tmp_path, "GPT2LMHeadModel", GPT2, made)
    assert load_teacher(tmp_path, symbols).told.endswith(told)


def test_tokens_that_the_tokenizer_would_join_are_told(tmp_path):
    """Byte pairs: "ab" is one token, and "a b" has a token for the space."""
    table = {"a": 4, "b": 5, "ab": 6, "Ġ": 7, "[UNK]": 1}
    made = tokenizers.Tokenizer(tokenizers.models.BPE(table, [("a", "b")], unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    saved(tmp_path, "GPT2LMHeadModel", GPT2, made)
    told = load_teacher(tmp_path, ("a", "b")).told
    assert "which is not how the tokenizer reads texts: it reads 'a a' as 'a' 'Ġ' 'a', and 'ab' as 'ab'" in told
    assert "in a text with nothing between them." in load_teacher(tmp_path, ("a", "Ġ")).told


def test_a_text_that_is_read_otherwise_is_told_once(tmp_path):
    """The first token of a text has a mark of the space before it."""
    table = [("[UNK]", 0.0), ("▁", -2.0), ("a", -2.0), ("b", -2.1), ("▁a", -3.0)]
    made = tokenizers.Tokenizer(tokenizers.models.Unigram(table, unk_id=0))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    made.decoder = tokenizers.decoders.Metaspace()
    saved(tmp_path, "GPT2LMHeadModel", GPT2 | {"bos_token_id": 6, "eos_token_id": 6}, made)
    assert "it reads 'a' as '▁a', so that the network may" in load_teacher(tmp_path, ("a", "b")).told


def test_an_alphabet_in_one_text_is_split_as_everywhere(tmp_path):
    saved(tmp_path, "GPT2LMHeadModel", GPT2, letter_by_letter())
    for text, symbols in (("abc", ("a", "b", "c")), ("a b", ("a", "b")), ("a bc", ("a", "bc"))):
        assert load_teacher(tmp_path, text).alphabet.symbols == symbols


def test_symbols_that_begin_alike_have_no_probabilities(tmp_path, capsys):
    saved(tmp_path, "GPT2LMHeadModel", GPT2, letter_by_letter())
    assert main(["inspect", str(tmp_path), "--alphabet", "a ab"]) == 2
    assert "the tokens of the symbol 'ab' begin with those of 'a'" in capsys.readouterr().err
    saved(tmp_path / "classifier", "BertForSequenceClassification", MODERN, letter_by_letter())
    assert load_teacher(tmp_path / "classifier", ("a", "ab")).scores([(1,)]).shape == (1, 1)


def test_an_end_in_a_symbol_is_refused(tmp_path):
    saved(tmp_path, "LlamaForCausalLM", GROUPED | {"eos_token_id": [END, TOKENS["c"]]}, letter_by_letter())
    with pytest.raises(InputError, match="the symbol 'bc' has in it the end of a text"):
        load_teacher(tmp_path, SYMBOLS)


def test_exact_mode_is_not_offered(tmp_path):
    saved(tmp_path, "GPT2LMHeadModel", GPT2, letter_by_letter())
    with pytest.raises(InputError, match="exact mode is not offered for GPT2LMHeadModel"):
        exact(load_teacher(tmp_path, SYMBOLS))


def test_inspect_tells_it(tmp_path, capsys):
    saved(tmp_path, "MambaForCausalLM", MAMBA, letter_by_letter())
    assert main(["inspect", str(tmp_path), "--alphabet", " ".join(SYMBOLS), "--device", "cpu"]) == 0
    out = capsys.readouterr().out
    assert "yes, from left to right" in out
    assert "2 of 3 symbols have several tokens" in out
    assert isinstance(load_teacher(tmp_path, SYMBOLS), SteppingTeacher)
