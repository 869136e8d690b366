"""Hugging Face models answer here as they do when they are called on one word at a time."""

import numpy as np
import pytest
import tokenizers
import torch
from huggingface_files import (
    BEGIN,
    CAUSAL,
    DISTIL,
    END,
    GPT2,
    GROUPED,
    LETTERS,
    MAMBA,
    MODERN,
    TOKENS,
    TOLERANCE,
    WORDS,
    assert_answers,
    assert_close,
    class_scores,
    next_scores,
    one_by_one,
    saved,
    tokenizer,
    tolerance_of,
    transformers,
)
from thorough import paired

from nerode.errors import InputError
from nerode.eval.stability import stability
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.protocols import SteppingTeacher
from nerode.rounding import exact
from nerode.teachers.checkpoints import load_model, load_teacher
from nerode.teachers.huggingface_networks import LanguageModel

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


@pytest.mark.parametrize("name", CAUSAL)
@pytest.mark.sampled(4)
def test_a_language_model_answers_through_kept_states(name, tmp_path):
    model = saved(tmp_path, name, CAUSAL[name])
    teacher = load_teacher(tmp_path, LETTERS)
    assert isinstance(teacher, SteppingTeacher)
    assert teacher.alphabet.symbols == LETTERS
    assert teacher.link == NextSymbol(3)
    assert_answers(teacher, lambda words: next_scores(model, words), tolerance_of(model, WORDS))


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.sampled(2)
def test_a_language_model_that_keeps_something_else_is_asked_whole_words(name, tmp_path):
    model = saved(tmp_path, name, WHOLE[name])
    teacher = load_teacher(tmp_path, LETTERS)
    assert not isinstance(teacher, SteppingTeacher)
    assert_answers(teacher, lambda words: next_scores(model, words))


@pytest.mark.parametrize(("name", "labels"), paired(CLASSIFIERS, [1, 2, 3]))
@pytest.mark.sampled(4)
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
@pytest.mark.sampled(4)
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
