"""Hugging Face models answer here as they do when they are called on one word at a time."""

import huggingface_hub
import numpy as np
import pytest
import torch
from doubles import words_up_to
from huggingface_files import (
    BEGIN,
    BLOOM,
    DISTIL,
    END,
    GPT2,
    GROUPED,
    LETTERS,
    MAMBA,
    MODERN,
    TOKENS,
    TOLERANCE,
    assert_close,
    next_scores,
    one_by_one,
    saved,
    tokenizer,
    tokenizers,
    tolerance_of,
    transformers,
)
from thorough import paired

from nerode.errors import InputError
from nerode.eval.stability import stability
from nerode.extraction.hankel.tables import tabulate
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.protocols import SteppingTeacher
from nerode.rounding import exact
from nerode.stepping import prefix_scores
from nerode.teachers.checkpoints import load_model, load_teacher
from nerode.teachers.huggingface_networks import LanguageModel

WORDS = words_up_to(len(LETTERS), 4)
CAUSAL = {
    "GPT2LMHeadModel": GPT2,
    "LlamaForCausalLM": GROUPED,
    "Qwen2ForCausalLM": GROUPED | {"tie_word_embeddings": True},
    "MistralForCausalLM": GROUPED | {"sliding_window": None},
    "GPTNeoXForCausalLM": MODERN,
    "BloomForCausalLM": BLOOM,
    "CohereForCausalLM": GROUPED | {"logit_scale": 0.3},
    "MambaForCausalLM": MAMBA,
}
WHOLE = {
    "MistralForCausalLM": GROUPED | {"sliding_window": 3},
    "Gemma2ForCausalLM": GROUPED | {"head_dim": 4, "layer_types": ["full_attention"] * 2, "final_logit_softcapping": 2.0},
    "BertLMHeadModel": MODERN | {"is_decoder": False},
}
CLASSIFIERS = {
    "BertForSequenceClassification": MODERN,
    "DistilBertForSequenceClassification": DISTIL,
    "RobertaForSequenceClassification": MODERN,
    "GPT2ForSequenceClassification": GPT2,
    "LlamaForSequenceClassification": GROUPED,
}


pytestmark = pytest.mark.usefixtures("no_network")


def class_scores(model, words, begin=(BEGIN,), finish=(END,)):
    return one_by_one(model, [[*begin, *(TOKENS[LETTERS[i]] for i in word), *finish] for word in words])


def assert_answers(teacher, truth, tolerance=TOLERANCE):
    """All three ways to ask a teacher give the truth, which differs from word to word."""
    expected = truth(WORDS)
    assert expected[:, 0].std() > 0.01 * np.abs(expected).max()
    assert_close(teacher.scores(WORDS), expected, tolerance)
    shuffled = np.random.default_rng(1).permutation(len(WORDS))
    assert_close(teacher.scores([WORDS[i] for i in shuffled]), expected[shuffled], tolerance)
    found, offsets = prefix_scores(teacher, WORDS)
    prefixes = [word[:k] for word in WORDS for k in range(len(word) + 1)]
    position = {word: i for i, word in enumerate(WORDS)}
    assert offsets[-1] == len(prefixes)
    assert_close(found, expected[[position[prefix] for prefix in prefixes]], tolerance)
    short = words_up_to(len(LETTERS), 2)
    cells = tabulate(teacher, short, short)
    assert_close(cells, expected[[[position[p + s] for s in short] for p in short]], tolerance)


@pytest.mark.parametrize("name", CAUSAL)
def test_a_language_model_answers_through_kept_states(name, tmp_path):
    model = saved(tmp_path, name, CAUSAL[name])
    teacher = load_teacher(tmp_path, LETTERS)
    assert isinstance(teacher, SteppingTeacher)
    assert teacher.alphabet.symbols == LETTERS
    assert teacher.link == NextSymbol(3)
    assert_answers(teacher, lambda words: next_scores(model, words), tolerance_of(model, WORDS))


@pytest.mark.parametrize("name", WHOLE)
def test_a_language_model_that_keeps_something_else_is_asked_whole_words(name, tmp_path):
    model = saved(tmp_path, name, WHOLE[name])
    teacher = load_teacher(tmp_path, LETTERS)
    assert not isinstance(teacher, SteppingTeacher)
    assert_answers(teacher, lambda words: next_scores(model, words))


@pytest.mark.parametrize(("name", "labels"), paired(CLASSIFIERS, [1, 2, 3]))
def test_a_classifier_answers_as_the_plain_model(name, labels, tmp_path):
    model = saved(tmp_path, name, CLASSIFIERS[name] | {"num_labels": labels})
    teacher = load_teacher(tmp_path, LETTERS)
    assert teacher.link == {1: Value(), 2: Binary(), 3: Multiclass()}[labels]
    assert teacher.width == (1 if labels == 2 else labels)

    def truth(words):
        logits = class_scores(model, words)
        return logits[:, 1:] - logits[:, :1] if labels == 2 else logits

    assert_answers(teacher, truth)


@pytest.mark.parametrize("labels", [2, 3])
@pytest.mark.parametrize(
    ("name", "settings", "spelled"),
    [
        ("BertForTokenClassification", MODERN, True),
        ("DistilBertForTokenClassification", DISTIL, True),
        ("GPT2ForTokenClassification", GPT2, tokenizer(markers=False)),
        ("GPT2ForTokenClassification", GPT2, False),
    ],
)
def test_the_class_of_a_word_is_that_of_its_last_token(name, settings, spelled, labels, tmp_path):
    model = saved(tmp_path, name, settings | {"num_labels": labels}, spelled)
    teacher = load_teacher(tmp_path, LETTERS if spelled else [str(TOKENS[letter]) for letter in LETTERS])
    assert teacher.link == {2: Binary(), 3: Multiclass()}[labels]
    begin, finish = ([BEGIN], [END]) if spelled is True else ([], [])

    def truth(words):
        tokens = [[TOKENS[LETTERS[i]] for i in word] for word in words]
        texts = [[*begin, *word, *finish] or [BEGIN] for word in tokens]
        logits = np.stack(
            [each[len(begin + word) - 1 if begin + word else 0] for each, word in zip(every(texts), tokens, strict=True)]
        )
        return logits[:, 1:] - logits[:, :1] if labels == 2 else logits

    def every(texts):
        return [one_by_one(model, [text])[0] for text in texts]

    assert_answers(teacher, truth)


def test_tokens_without_a_begin_marker_give_the_empty_word_no_class(tmp_path):
    made = tokenizer(markers=False)
    made.post_processor = tokenizers.processors.TemplateProcessing(single="$A [SEP]", special_tokens=[("[SEP]", END)])
    saved(tmp_path, "BertForTokenClassification", MODERN, spelled=made)
    with pytest.raises(InputError, match="names no begin token"):
        load_teacher(tmp_path, LETTERS)


def test_scores_of_several_labels_at_once_are_values(tmp_path):
    model = saved(tmp_path, "BertForSequenceClassification", MODERN | {"problem_type": "multi_label_classification"})
    teacher = load_teacher(tmp_path, LETTERS)
    assert teacher.link == Value()
    assert_answers(teacher, lambda words: class_scores(model, words))


def test_a_distribution_is_the_models_own_restricted_to_the_alphabet(tmp_path):
    model = saved(tmp_path, "GPT2LMHeadModel", GPT2)
    teacher = load_teacher(tmp_path, LETTERS)
    with torch.inference_mode():
        whole = model(torch.tensor([[BEGIN, TOKENS["b"]]])).logits[0, -1].double().softmax(0).numpy()
    kept = whole[[*(TOKENS[letter] for letter in LETTERS), END]]
    found = np.exp(teacher.link.log_probabilities(teacher.scores([(1,)])))[0]
    np.testing.assert_allclose(found, kept / kept.sum(), rtol=2 * TOLERANCE * np.abs(np.log(kept)).max())
    assert kept.sum() < 0.99


def test_several_ends_add_their_probabilities(tmp_path):
    ends = [END, TOKENS["e"]]
    model = saved(tmp_path, "LlamaForCausalLM", GROUPED | {"eos_token_id": ends})
    assert_answers(load_teacher(tmp_path, LETTERS), lambda words: next_scores(model, words, ends=ends))


@pytest.mark.parametrize(
    ("bos", "begin"), [(TOKENS["d"], TOKENS["d"]), (None, END)], ids=["begin token", "end token for want of a begin token"]
)
def test_without_markers_a_language_model_begins_with_what_its_config_names(bos, begin, tmp_path):
    model = saved(tmp_path, "GPT2LMHeadModel", GPT2 | {"bos_token_id": bos}, spelled=tokenizer(markers=False))
    assert_answers(load_teacher(tmp_path, LETTERS), lambda words: next_scores(model, words, begin=(begin,)))


def test_a_classifier_without_markers_reads_its_begin_token_for_the_empty_word_alone(tmp_path):
    settings = GPT2 | {"num_labels": 3, "pad_token_id": None}
    model = saved(tmp_path, "GPT2ForSequenceClassification", settings, spelled=tokenizer(markers=False))

    def truth(words):
        return np.concatenate([class_scores(model, [word], () if word else (BEGIN,), ()) for word in words])

    assert_answers(load_teacher(tmp_path, LETTERS), truth)


def test_without_an_alphabet_all_tokens_but_the_markers_are_letters(tmp_path):
    saved(tmp_path / "spelled", "GPT2LMHeadModel", GPT2)
    assert load_teacher(tmp_path / "spelled").alphabet.symbols == ("a", "b", "c", "d", "e")
    saved(tmp_path / "numbers", "GPT2LMHeadModel", GPT2, spelled=False)
    assert load_teacher(tmp_path / "numbers").alphabet.symbols == ("1", "4", "5", "6", "7", "8")


def test_a_symbol_may_be_a_text_that_the_tokenizer_reads_as_one_token(tmp_path):
    made = tokenizer()
    made.normalizer = tokenizers.normalizers.Lowercase()
    saved(tmp_path, "GPT2LMHeadModel", GPT2, spelled=made)
    upper, lower = load_teacher(tmp_path, ["A", "b"]), load_teacher(tmp_path, ["a", "b"])
    assert upper.alphabet.symbols == ("A", "b")
    assert_close(upper.scores(words_up_to(2, 3)), lower.scores(words_up_to(2, 3)))


def test_a_tokenizers_padding_and_truncation_are_for_others(tmp_path):
    made = tokenizer()
    made.enable_padding(length=8)
    made.enable_truncation(2)
    model = saved(tmp_path, "BertForSequenceClassification", MODERN | {"num_labels": 3}, spelled=made)
    assert_answers(load_teacher(tmp_path, LETTERS), lambda words: class_scores(model, words))


@pytest.mark.parametrize("name", ["GPT2LMHeadModel", "LlamaForCausalLM"])
def test_weights_in_shards_are_those_of_one_file(name, tmp_path):
    saved(tmp_path / "whole", name, CAUSAL[name])
    saved(tmp_path / "shards", name, CAUSAL[name], max_shard_size="5KB")
    assert len(list((tmp_path / "shards").glob("*.safetensors"))) > 1
    whole, shards = load_model(tmp_path / "whole", LETTERS), load_model(tmp_path / "shards", LETTERS)
    weights = shards.network.state_dict()
    assert weights.keys() == whole.network.state_dict().keys()
    assert all(torch.equal(weights[name], part) for name, part in whole.network.state_dict().items())
    assert_close(shards.teacher.scores(WORDS), whole.teacher.scores(WORDS))


@pytest.mark.parametrize(
    ("name", "settings"), [("GPT2LMHeadModel", GPT2), ("MambaForCausalLM", MAMBA), ("BertForSequenceClassification", MODERN)]
)
def test_exact_mode_is_not_offered_where_the_arithmetic_is_the_library_s(name, settings, tmp_path):
    saved(tmp_path, name, settings)
    teacher = load_teacher(tmp_path, LETTERS)
    with pytest.raises(InputError, match=f"^exact mode is not offered for {name}, 2 layers of 16.*; ask without it$"):
        exact(teacher)
    assert stability(teacher, WORDS).exact_deviation is None


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_weights_of_half_precision_are_computed_with_as_whole_ones(dtype, tmp_path):
    model = saved(tmp_path, "GPT2LMHeadModel", GPT2)
    model.to(dtype).save_pretrained(tmp_path)
    assert {weights.dtype for weights in load_model(tmp_path, LETTERS).network.parameters()} == {torch.float32}
    assert_answers(load_teacher(tmp_path, LETTERS), lambda words: next_scores(model.float(), words))


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("GPT2LMHeadModel", 23),
        ("LlamaForCausalLM", 23),
        ("BertForSequenceClassification", 22),
        ("RobertaForSequenceClassification", 21),  # its positions begin after the padding token
    ],
)
def test_words_as_long_as_the_model_has_positions_are_read_and_longer_ones_refused(name, letters, tmp_path):
    saved(tmp_path, name, (CAUSAL | CLASSIFIERS)[name])
    teacher = load_teacher(tmp_path, LETTERS)
    assert np.isfinite(teacher.scores([(0,) * letters])).all()
    with pytest.raises(InputError, match=r"reads at most 2[234] tokens; a word with its markers has 2[345]"):
        teacher.scores([(0,) * (letters + 1)])


def test_what_a_model_is_said_to_be(tmp_path):
    model = saved(tmp_path, "GPT2LMHeadModel", GPT2)
    loaded = load_model(tmp_path, LETTERS)
    assert loaded.architecture == "GPT2LMHeadModel, 2 layers of 16, at most 24 tokens"
    assert loaded.origin == "Hugging Face directory"
    assert loaded.parameters == sum(weights.numel() for weights in model.parameters())


def test_reading_is_quiet_and_leaves_the_users_settings(tmp_path, capfd):
    saved(tmp_path, "GPT2ForSequenceClassification", GPT2)
    logging = transformers.utils.logging
    logging.enable_progress_bar()
    logging.set_verbosity_info()
    capfd.readouterr()
    try:
        teacher = load_teacher(tmp_path, LETTERS)
        assert logging.is_progress_bar_enabled()
        assert logging.get_verbosity() == logging.INFO
        assert not huggingface_hub.constants.HF_HUB_OFFLINE
    finally:
        logging.set_verbosity_warning()
    teacher.scores(WORDS)
    assert capfd.readouterr() == ("", "")


def test_a_read_out_whose_columns_hang_together_is_computed_whole(tmp_path):
    class Normalised(transformers.GPT2LMHeadModel):
        def forward(self, *arguments, **settings):
            output = super().forward(*arguments, **settings)
            output.logits = output.logits.log_softmax(-1)
            return output

    model = saved(tmp_path, "GPT2LMHeadModel", GPT2)
    normalised = Normalised(model.config).eval()
    normalised.load_state_dict(model.state_dict())
    letters = [TOKENS[letter] for letter in LETTERS]
    network = LanguageModel(normalised, [*letters, BEGIN], 24, letters, [END])
    with torch.inference_mode():
        found = network(torch.tensor([[3, 0, 1]])).double().numpy()
        expected = model(torch.tensor([[BEGIN, *letters[:2]]])).logits[:, -1].log_softmax(-1)[:, [*letters, END]].double().numpy()
    assert_close(found, expected)


def test_the_read_out_of_other_tokens_is_not_computed(tmp_path):
    model = saved(tmp_path, "GPT2LMHeadModel", GPT2)
    network = load_model(tmp_path, LETTERS).network
    assert model(torch.tensor([[BEGIN]])).logits.shape == (1, 1, len(TOKENS))
    assert network.ask(torch.tensor([[3]])).logits.shape == (1, 1, len(LETTERS) + 1)
