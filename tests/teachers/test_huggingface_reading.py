"""How Hugging Face models are read: markers, letters, weights in several files, and what is said of them."""

import huggingface_hub
import numpy as np
import pytest
import torch
from doubles import words_up_to
from huggingface_files import (
    BEGIN,
    CAUSAL,
    END,
    GPT2,
    LETTERS,
    MODERN,
    TOKENS,
    WORDS,
    assert_answers,
    assert_close,
    class_scores,
    next_scores,
    saved,
    tokenizer,
    tokenizers,
    transformers,
)

from nerode.teachers.checkpoints import load_model, load_teacher

pytestmark = pytest.mark.usefixtures("no_network")


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
