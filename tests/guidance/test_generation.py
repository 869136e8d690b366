"""Texts that a model of the transformers library generates under a constraint, and the bytes of tokenizers' tokens."""

import numpy as np
import pytest

import nerode
from nerode.errors import InputError
from nerode.guidance.vocabularies import bytes_of
from nerode.words import Alphabet

tokenizers = pytest.importorskip("tokenizers")
transformers = pytest.importorskip("transformers")

TEXTS = ["on 2026-11-28 and 1999-01-02, in the café: naïve 🙂 text", "0123456789 " * 20, "abc def ghi " * 20]
DATE = nerode.from_regex("[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", Alphabet(tuple("0123456789-")))


def byte_level():
    """GPT-2's kind of tokenizer, trained on the spot."""
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    letters = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=400, special_tokens=["<end>"], initial_alphabet=letters)
    made.train_from_iterator(TEXTS, trainer)
    return made


def with_spaces():
    """Llama's kind: ▁ for a space, and bytes where there is no token."""
    vocabulary = {"<end>": 0, "▁": 1, "a": 2, "▁a": 3} | {f"<0x{byte:02X}>": 4 + byte for byte in range(256)}
    model = tokenizers.models.BPE(vocabulary, [("▁", "a")], unk_token=None, byte_fallback=True)
    made = tokenizers.Tokenizer(model)
    made.add_special_tokens(["<end>"])
    steps = [tokenizers.decoders.Replace("▁", " "), tokenizers.decoders.ByteFallback(), tokenizers.decoders.Fuse()]
    made.normalizer = tokenizers.normalizers.Replace(" ", "▁")
    made.decoder = tokenizers.decoders.Sequence(steps)
    return made


@pytest.mark.parametrize("make", [byte_level, with_spaces])
def test_bytes_of_tokens_are_those_of_the_text(make):
    tokenizer = make()
    tokens = bytes_of(tokenizer)
    assert tokens[0] is None
    for text in [*TEXTS, "aa a  é", "\x00\n\t"]:
        assert b"".join(tokens[token] for token in tokenizer.encode(text).ids) == text.encode()


def test_a_tokenizer_whose_tokens_have_another_code_is_refused():
    made = tokenizers.Tokenizer(tokenizers.models.WordPiece({"a": 0, "##b": 1, "[UNK]": 2}, unk_token="[UNK]"))
    made.decoder = tokenizers.decoders.WordPiece()
    with pytest.raises(InputError, match="with the decoder WordPiece cannot be told"):
        nerode.constrain(DATE, made, 0)
    with pytest.raises(InputError, match="does not say which token ends a text"):
        nerode.constrain(DATE, byte_level())


@pytest.mark.parametrize(
    ("decoder", "named"),
    [
        (None, "without a decoder"),
        (tokenizers.decoders.Replace("_", " "), "with the decoder Replace"),
        (tokenizers.decoders.Replace(tokenizers.Regex("▁"), " "), "with the decoder Replace"),
        (tokenizers.decoders.Metaspace("_"), "with the decoder Metaspace"),
        (tokenizers.decoders.Sequence([tokenizers.decoders.Strip("a", 1, 0), tokenizers.decoders.Fuse()]), "the decoder Strip"),
    ],
)
def test_a_decoder_that_writes_other_texts_is_refused(decoder, named):
    """Without a decoder, for one, there is a space between any two tokens."""
    made = tokenizers.Tokenizer(tokenizers.models.BPE({"a": 0, "b": 1, "▁a": 2}, []))
    if decoder is not None:
        made.decoder = decoder
    with pytest.raises(InputError, match=named):
        bytes_of(made)


@pytest.fixture(scope="module")
def tokenizer():
    return transformers.PreTrainedTokenizerFast(tokenizer_object=byte_level(), eos_token="<end>", pad_token="<end>")


@pytest.fixture(scope="module")
def model(tokenizer):
    """An untrained network, with more scores than there are tokens."""
    import torch

    torch.manual_seed(0)
    settings = transformers.GPT2Config(vocab_size=len(tokenizer) + 7, n_positions=64, n_embd=16, n_layer=1, n_head=2)
    return transformers.GPT2LMHeadModel(settings).eval()


@pytest.mark.parametrize("ways", [{"do_sample": True, "num_return_sequences": 20}, {"num_beams": 6, "num_return_sequences": 6}])
def test_what_is_generated_is_accepted(model, tokenizer, ways):
    transformers.set_seed(1)
    prompt = tokenizer("on ", return_tensors="pt")
    constraint = nerode.constrain(DATE, tokenizer)
    written = model.generate(
        **prompt,
        **ways,
        max_new_tokens=12,
        logits_processor=[nerode.ConstraintProcessor(constraint)],
        pad_token_id=tokenizer.eos_token_id,
    )
    texts = [tokenizer.decode(row, skip_special_tokens=True) for row in written[:, prompt["input_ids"].shape[1] :].tolist()]
    assert len(set(texts)) > 3
    assert (DATE.predict(texts) == 1).all()


def test_a_processor_serves_one_call(tokenizer):
    import torch

    processor = nerode.ConstraintProcessor(nerode.constrain(DATE, tokenizer))
    scores = torch.zeros(1, len(tokenizer))
    prompt = torch.tensor([[5, 6, 7]])
    first = processor(prompt, scores)
    allowed = torch.nonzero(first[0] > -np.inf)[:, 0]
    processor(torch.cat([prompt, allowed[:1, None]], 1), scores)
    for wrong in (prompt, torch.tensor([[5, 6, 7, 8, 9, 10]]), torch.tensor([[5, 6, 7, 8, 9]])):
        with pytest.raises(InputError, match="serves one call of generate"):
            processor(wrong, scores)


def test_there_may_be_fewer_scores_than_tokens_where_none_of_the_others_is_allowed(tokenizer):
    import torch

    constraint = nerode.constrain(DATE, tokenizer)
    needed = 1 + max(constraint.end, *constraint.tokens.tolist())
    prompt = torch.tensor([[5, 6, 7]])
    whole = nerode.ConstraintProcessor(constraint)(prompt, torch.zeros(1, constraint.size))
    less = nerode.ConstraintProcessor(constraint)(prompt, torch.zeros(1, needed))
    assert torch.equal(whole[:, :needed], less)
    with pytest.raises(InputError, match="scores for 3 tokens"):
        nerode.ConstraintProcessor(constraint)(prompt, torch.zeros(1, 3))
