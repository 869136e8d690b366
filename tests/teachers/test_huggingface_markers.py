"""Markers that a config alone names are put around words only where the model needs them, never if they are letters, and told."""

import numpy as np
import pytest
import torch
from doubles import words_up_to
from huggingface_files import (
    BEGIN,
    END,
    GPT2,
    GROUPED,
    LETTERS,
    MAMBA,
    MODERN,
    TOKENS,
    assert_close,
    one_by_one,
    saved,
    tokenizer,
)

from nerode.errors import InputError
from nerode.protocols import SteppingTeacher
from nerode.teachers.checkpoints import load_teacher

NUMBERS = tuple(str(TOKENS[letter]) for letter in LETTERS)
WORDS = words_up_to(3, 4)
T5 = {
    "vocab_size": 9,
    "d_model": 16,
    "d_kv": 4,
    "d_ff": 16,
    "num_layers": 1,
    "num_heads": 2,
    "eos_token_id": END,
    "num_labels": 3,
}
T5 |= {"decoder_start_token_id": 0, "pad_token_id": 0, "initializer_factor": 3.0}
INVENTED = "the empty word gets the mean of the answers to single letters"

pytestmark = pytest.mark.usefixtures("no_network")


def plain(model, letters, words=WORDS):
    """What the model answers to the tokens of each word alone; to ε the mean of its answers to the letters."""
    empty = one_by_one(model, [[int(letter)] for letter in letters]).mean(0)
    return np.stack([one_by_one(model, [[int(letters[i]) for i in word]])[0] if word else empty for word in words])


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("LlamaForSequenceClassification", GROUPED),
        ("GPT2ForSequenceClassification", GPT2),
        ("BertForSequenceClassification", MODERN),
    ],
)
@pytest.mark.parametrize("alphabet", [("0", "1", "2"), None])
@pytest.mark.sampled(3)
def test_every_token_of_a_classifier_without_a_tokenizer_may_be_a_letter(name, settings, alphabet, tmp_path):
    """The begin and end tokens of a config are often defaults: those of a Llama are 1 and 2."""
    roles = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": None, "num_labels": 3, "vocab_size": 3}
    model = saved(tmp_path, name, settings | roles, spelled=False)
    teacher = load_teacher(tmp_path, alphabet)
    assert teacher.alphabet.symbols == ("0", "1", "2")
    assert INVENTED in teacher.told
    assert_close(teacher.scores(WORDS), plain(model, "012"))


@pytest.mark.parametrize("settings", [{}, {"bos_token_id": None}, {"eos_token_id": BEGIN}])
@pytest.mark.sampled(2)
def test_no_marker_stands_around_words_without_a_tokenizer(settings, tmp_path):
    model = saved(tmp_path, "BertForSequenceClassification", MODERN | {"num_labels": 3} | settings, spelled=False)
    teacher = load_teacher(tmp_path, NUMBERS)
    alone = BEGIN if settings.get("bos_token_id", BEGIN) else END
    assert teacher.told == f"The empty word is read as {alone} (config.json); no marker stands around other words."
    expected = plain(model, NUMBERS, [word for word in WORDS if word])
    assert_close(teacher.scores(WORDS), np.concatenate([one_by_one(model, [[alone]]), expected]))


def test_defaults_beyond_the_vocabulary_do_no_harm(tmp_path):
    settings = GPT2 | {"bos_token_id": 50256, "eos_token_id": 50256, "pad_token_id": None, "num_labels": 3}
    model = saved(tmp_path, "GPT2ForSequenceClassification", settings, spelled=False)
    assert_close(load_teacher(tmp_path, NUMBERS).scores(WORDS), plain(model, NUMBERS))


def test_padding_is_no_letter_unless_the_user_says_so(tmp_path):
    saved(tmp_path, "LlamaForSequenceClassification", GROUPED | {"vocab_size": 4}, spelled=False)
    teacher = load_teacher(tmp_path)
    assert teacher.alphabet.symbols == ("1", "2", "3")
    assert "The letters are all its tokens but 0, to which config.json gives a role." in teacher.told
    assert load_teacher(tmp_path, ["0", "1"]).alphabet.symbols == ("0", "1")


@pytest.mark.parametrize(("name", "settings"), [("MambaModel", MAMBA), ("GPT2Model", GPT2), ("BertModel", MODERN)])
@pytest.mark.parametrize("letters", [NUMBERS, ("2", "3", "4")])
@pytest.mark.sampled(3)
def test_a_head_without_a_tokenizer_reads_words_without_markers(name, settings, letters, tmp_path):
    model = saved(tmp_path, name, settings, spelled=False)
    head = torch.nn.Linear(16, 3)
    torch.save(head.state_dict(), tmp_path / "head.pt")
    teacher = load_teacher(tmp_path, letters, head=tmp_path / "head.pt", device="cpu")
    lettered = "2" in letters  # both markers of the config are letters
    assert (INVENTED in teacher.told) == lettered
    assert isinstance(teacher, SteppingTeacher) == (name != "BertModel" and not lettered)

    @torch.inference_mode()
    def truth(text):
        return head(model(torch.tensor([text])).last_hidden_state[0, -1]).double().numpy()

    single = np.mean([truth([int(letter)]) for letter in letters], axis=0) if lettered else truth([BEGIN])
    assert_close(teacher.scores(WORDS), np.stack([truth([int(letters[i]) for i in w]) if w else single for w in WORDS]), 1e-4)


@pytest.mark.parametrize("spelled", [False, tokenizer(markers=False)])
def test_an_encoder_with_a_decoder_reads_the_end_at_which_it_answers(spelled, tmp_path):
    model = saved(tmp_path, "T5ForSequenceClassification", T5, spelled)
    teacher = load_teacher(tmp_path, LETTERS if spelled else NUMBERS)
    assert f"config.json ends each word with {END}, at which the model reads the class." in teacher.told

    @torch.inference_mode()
    def truth(word):
        return model(input_ids=torch.tensor([[*(int(NUMBERS[i]) for i in word), END]])).logits[0].double().numpy()

    assert_close(teacher.scores(WORDS), np.stack([truth(word) for word in WORDS]))
    if not spelled:
        assert load_teacher(tmp_path).alphabet.symbols == tuple("1245678")
        with pytest.raises(InputError, match="cannot be a letter"):
            load_teacher(tmp_path, [str(END), "4"])


@pytest.mark.parametrize(("letters", "begin"), [(NUMBERS, BEGIN), (("2", "4", "5"), END)])
def test_a_language_model_begins_with_a_marker_that_is_no_letter(letters, begin, tmp_path):
    model = saved(tmp_path, "GPT2LMHeadModel", GPT2, spelled=False)
    teacher = load_teacher(tmp_path, letters)
    assert teacher.told == f"Each word begins with {begin} (config.json)."
    rows = np.stack([one_by_one(model, [[begin, *(int(letters[i]) for i in word)]])[0][-1] for word in WORDS])
    assert_close(teacher.scores(WORDS), rows[:, [*map(int, letters), END]])
