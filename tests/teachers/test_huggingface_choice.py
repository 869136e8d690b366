"""However long the words are, a language model answers as it does when it is called on one word; else it is asked whole words."""

import numpy as np
import pytest
import torch
from huggingface_files import (
    BEGIN,
    BLOOM,
    END,
    GPT2,
    GROUPED,
    LETTERS,
    MAMBA,
    MODERN,
    SMALL,
    TOKENS,
    assert_close,
    edit,
    next_scores,
    saved,
    transformers,
)

from nerode.errors import InputError
from nerode.extraction.hankel.tables import tabulate
from nerode.links import NextSymbol
from nerode.protocols import SteppingTeacher, TreeTeacher
from nerode.teachers import huggingface_caches, huggingface_choice
from nerode.teachers.asking import teacher_of
from nerode.teachers.checkpoints import load_model, load_teacher
from nerode.teachers.encoding import Encoding
from nerode.teachers.huggingface_choice import READING_TREES
from nerode.teachers.huggingface_networks import LanguageModel
from nerode.words import Alphabet

# words of up to 25 letters; there are more suffixes than one group of nodes holds
LENGTHS_OF_PREFIXES, LENGTHS_OF_SUFFIXES = (0, 3, 12), (0, 1, 2, 3, 5, 5, 5, 7, 8, 8, 13)
LONG = {"max_position_embeddings": 64}
LLAMA, HEADS_OF_4 = GROUPED | LONG, GROUPED | LONG | {"head_dim": 4}
OF_GPT2 = GPT2 | {"n_positions": 64}
TREES = dict.fromkeys(sorted(READING_TREES), LLAMA) | {
    "GPT2LMHeadModel": OF_GPT2,
    "GPTBigCodeForCausalLM": OF_GPT2,
    "GPTJForCausalLM": OF_GPT2 | {"rotary_dim": 4},
    "CodeGenForCausalLM": OF_GPT2 | {"rotary_dim": 4, "n_head": 4},
    "OPTForCausalLM": MODERN | LONG | {"ffn_dim": 24, "word_embed_proj_dim": 16},
    "GemmaForCausalLM": HEADS_OF_4,
    "GlmForCausalLM": HEADS_OF_4,
    "HeliumForCausalLM": HEADS_OF_4,
    "Qwen3ForCausalLM": HEADS_OF_4,
    "Qwen3MoeForCausalLM": HEADS_OF_4 | {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 12},
    "MistralForCausalLM": LLAMA | {"sliding_window": None},
    "MixtralForCausalLM": LLAMA | {"num_local_experts": 4, "num_experts_per_tok": 2},
    "SmolLM3ForCausalLM": LLAMA | {"num_hidden_layers": 5},  # every fourth has no positions
}
STATIC = {
    "linear": {"factor": 3.0},
    "yarn": {"factor": 3.0, "original_max_position_embeddings": 8},
    "llama3": {"factor": 3.0, "original_max_position_embeddings": 8, "low_freq_factor": 1.0, "high_freq_factor": 4.0},
}
LONGROPE = {
    "rope_type": "longrope",
    "short_factor": [1.0, 1.0],
    "long_factor": [4.0, 8.0],
    "original_max_position_embeddings": 10,
    "rope_theta": 10000.0,
}
GPT_NEO = SMALL | LONG | {"hidden_size": 16, "num_layers": 2, "num_heads": 2, "attention_types": [[["global", "local"], 1]]}
WHOLE = {
    "a window of 8": ("GPTNeoForCausalLM", GPT_NEO | {"window_size": 8}),
    "a window longer than what is tried": ("GPTNeoForCausalLM", GPT_NEO | {"window_size": 28}),
    "a sliding window longer than what is tried": ("MistralForCausalLM", LLAMA | {"sliding_window": 28}),
    "sliding layers": (
        "Qwen2ForCausalLM",
        LLAMA | {"use_sliding_window": True, "sliding_window": 28, "max_window_layers": 1},
    ),
    "positions stretched for long words": (
        "Phi3ForCausalLM",
        LLAMA | {"rope_parameters": LONGROPE, "original_max_position_embeddings": 10},
    ),
    "positions stretched in Llama": ("LlamaForCausalLM", LLAMA | {"rope_parameters": LONGROPE}),
    "positions stretched for words longer than what is tried": (
        "LlamaForCausalLM",
        LLAMA | {"rope_parameters": LONGROPE | {"original_max_position_embeddings": 30}},
    ),
    "positions that may be stretched": (
        "LlamaForCausalLM",
        LLAMA | {"rope_parameters": {"rope_type": "dynamic", "factor": 4.0, "rope_theta": 10000.0}},
    ),
    "ALiBi": ("FalconForCausalLM", SMALL | {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "alibi": True}),
    "chunks": ("Llama4ForCausalLM", HEADS_OF_4 | {"attention_chunk_size": 8, "intermediate_size_mlp": 24}),
    "layers that slide": ("Gemma3ForCausalLM", HEADS_OF_4 | {"sliding_window": 4}),
    "a class that is not known": ("XGLMForCausalLM", SMALL | LONG | {"d_model": 16, "num_layers": 2, "attention_heads": 2}),
}


def words_of(lengths):
    rng = np.random.default_rng(7)
    return [tuple(rng.integers(len(LETTERS), size=length).tolist()) for length in lengths]


def assert_answers_long_words(teacher, model):
    prefixes, suffixes = words_of(LENGTHS_OF_PREFIXES), words_of(LENGTHS_OF_SUFFIXES)
    words = [prefix + suffix for prefix in prefixes for suffix in suffixes]
    expected = next_scores(model, words)
    assert_close(teacher.scores(words), expected)
    assert_close(tabulate(teacher, prefixes, suffixes).reshape(expected.shape), expected)


@pytest.mark.parametrize("name", TREES)
@pytest.mark.sampled(9)
def test_models_that_are_known_read_tries_at_once(name, tmp_path):
    model = saved(tmp_path, name, TREES[name])
    teacher = load_teacher(tmp_path, LETTERS, device="cpu")
    assert isinstance(teacher, TreeTeacher)
    assert_answers_long_words(teacher, model)


@pytest.mark.parametrize("group", [1, 5, 64])
@pytest.mark.parametrize("name", ["GPT2LMHeadModel", "LlamaForCausalLM"])
@pytest.mark.sampled(3)
def test_tries_are_read_in_groups_of_any_size(monkeypatch, name, group, tmp_path):
    model = saved(tmp_path, name, TREES[name])
    teacher = load_teacher(tmp_path, LETTERS, device="cpu")
    monkeypatch.setattr(huggingface_caches, "GROUP", group)
    assert_answers_long_words(teacher, model)


@pytest.mark.parametrize("kind", STATIC)
@pytest.mark.sampled(2)
def test_rotary_positions_that_do_not_depend_on_the_length_are_kept(kind, tmp_path):
    model = saved(
        tmp_path, "LlamaForCausalLM", LLAMA | {"rope_parameters": {"rope_type": kind, "rope_theta": 1e4} | STATIC[kind]}
    )
    teacher = load_teacher(tmp_path, LETTERS, device="cpu")
    assert isinstance(teacher, TreeTeacher)
    assert_answers_long_words(teacher, model)


def test_positions_by_the_place_among_the_keys_are_read_letter_by_letter(tmp_path):
    model = saved(tmp_path, "BloomForCausalLM", BLOOM)
    teacher = load_teacher(tmp_path, LETTERS, device="cpu")
    assert isinstance(teacher, SteppingTeacher)
    assert not isinstance(teacher, TreeTeacher)
    assert_answers_long_words(teacher, model)


@pytest.mark.parametrize("case", WHOLE)
@pytest.mark.sampled(4)
def test_all_other_models_are_asked_whole_words(case, tmp_path):
    name, settings = WHOLE[case]
    model = saved(tmp_path, name, settings)
    teacher = load_teacher(tmp_path, LETTERS, device="cpu")
    assert not isinstance(teacher, SteppingTeacher)
    assert_answers_long_words(teacher, model)


def test_a_model_that_picks_what_it_sees_is_asked_whole_words(tmp_path):
    """Its own answers depend on rounding where letters repeat; see `huggingface_choice`."""
    saved(tmp_path, "DogeForCausalLM", LLAMA | {"keep_window_size": 8})
    assert not isinstance(load_teacher(tmp_path, LETTERS, device="cpu"), SteppingTeacher)


@pytest.mark.parametrize(
    "setting",
    [
        {"sliding_window": 2048},
        {"attention_chunk_size": 2048},
        {"some_window_of_tomorrow": 2048},
        {"alibi": True},
        {"use_bidirectional_attention": True},
        {"layer_types": ["full_attention", "attention_of_tomorrow"]},
        {"is_causal": False},
        {"rope_parameters": {"type": "su"}},
        {"rope_parameters": {"full_attention": {"rope_type": "longrope"}}},
    ],
    ids=str,
)
def test_settings_that_speak_of_other_attention_lead_to_whole_words(setting):
    config = transformers.LlamaConfig(**LLAMA)
    assert huggingface_choice._asks_for_nothing_else(config)
    for name, value in setting.items():
        setattr(config, name, value)
    assert not huggingface_choice._asks_for_nothing_else(config)


def own(model):
    """The model as a network over the three letters and a begin marker, with what `teacher_of` makes of it."""
    letters = [TOKENS[letter] for letter in LETTERS]
    network = LanguageModel(model, [*letters, BEGIN], 64, letters, [END])
    return network, teacher_of(network, Alphabet(LETTERS), NextSymbol(3), Encoding(begin=(3,)), 4)


def test_a_class_of_ones_own_is_not_known_by_its_parent(tmp_path):
    class GPT2LMHeadModel(transformers.GPT2LMHeadModel):
        pass

    config = transformers.GPT2Config(**OF_GPT2)
    assert isinstance(own(transformers.GPT2LMHeadModel(config))[1], TreeTeacher)
    assert not isinstance(own(GPT2LMHeadModel(config))[1], SteppingTeacher)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("GPTNeoForCausalLM", GPT_NEO | {"window_size": 8}),
        ("GPTNeoForCausalLM", GPT_NEO | {"window_size": 22}),
        ("LlamaForCausalLM", LLAMA | {"rope_parameters": LONGROPE | {"original_max_position_embeddings": 24}}),
        ("BloomForCausalLM", BLOOM),  # which is right letter by letter, and not where tries are read
        ("DogeForCausalLM", LLAMA | {"keep_window_size": 8}),
        ("MambaForCausalLM", MAMBA),
        ("BertLMHeadModel", MODERN | LONG),
    ],
)
@pytest.mark.sampled(4)
def test_what_is_believed_to_be_known_is_still_tried(monkeypatch, name, settings, tmp_path):
    saved(tmp_path, name, settings)
    monkeypatch.setattr(huggingface_choice, "READING_TREES", {name})
    monkeypatch.setattr(huggingface_choice, "MEMORIES", {})
    monkeypatch.setattr(huggingface_choice, "_asks_for_nothing_else", lambda config: True)
    assert not isinstance(load_teacher(tmp_path, LETTERS, device="cpu"), SteppingTeacher)


@pytest.mark.parametrize("positions", [2, 3, 4, 5, 9])
@pytest.mark.parametrize("letters", [1, 3])
@pytest.mark.sampled(4)
def test_models_with_room_for_few_letters(positions, letters, tmp_path):
    model = saved(tmp_path, "GPT2LMHeadModel", GPT2 | {"n_positions": positions})
    teacher = load_teacher(tmp_path, LETTERS[:letters], device="cpu")
    assert isinstance(teacher, TreeTeacher) == (positions > 3)
    words = [(letters - 1,) * length for length in range(positions)]
    assert_close(teacher.scores(words)[:, :letters], next_scores(model, words)[:, :letters])


NO_MEMORY = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 3 GiB"),
    MemoryError(),
    RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
]


@pytest.mark.parametrize("error", NO_MEMORY, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("name", ["GPT2LMHeadModel", "GPTNeoForCausalLM"])
@pytest.mark.sampled(3)
def test_memory_that_does_not_suffice_is_no_fault_of_the_words(monkeypatch, name, error, tmp_path):
    saved(tmp_path, name, OF_GPT2 if name == "GPT2LMHeadModel" else GPT_NEO)
    loaded = load_model(tmp_path, LETTERS, device="cpu")
    teacher, forward = loaded.teacher, loaded.network.model.forward

    def fail(*arguments, **settings):
        if len(settings["input_ids"]) > 1:
            raise error
        return forward(*arguments, **settings)

    monkeypatch.setattr(loaded.network.model, "forward", fail)
    assert teacher.scores([(0, 1)]).shape == (1, 4)
    with pytest.raises(type(error)) as caught:
        teacher.scores([(0, 1), (1, 2)])
    assert caught.value is error


@pytest.mark.parametrize("error", NO_MEMORY, ids=lambda error: type(error).__name__)
def test_memory_that_does_not_suffice_does_not_decide_how_a_model_is_asked(monkeypatch, error, tmp_path):
    saved(tmp_path, "GPT2LMHeadModel", OF_GPT2)
    loaded = load_model(tmp_path, LETTERS, device="cpu")
    forward = loaded.network.model.forward

    def fail(*arguments, raised=error, **settings):
        if "position_ids" in settings:
            raise raised
        return forward(*arguments, **settings)

    monkeypatch.setattr(loaded.network.model, "forward", fail)
    with pytest.raises(type(error)) as caught:
        loaded.teacher  # noqa: B018 - it is made when it is asked for
    assert caught.value is error


def test_a_model_that_cannot_be_given_positions_is_asked_whole_words(monkeypatch, tmp_path):
    model = saved(tmp_path, "GPT2LMHeadModel", OF_GPT2)
    loaded = load_model(tmp_path, LETTERS, device="cpu")
    forward = loaded.network.model.forward

    def refuse(*arguments, **settings):
        if "position_ids" in settings:
            raise TypeError("forward() got an unexpected keyword argument 'position_ids'")
        return forward(*arguments, **settings)

    monkeypatch.setattr(loaded.network.model, "forward", refuse)
    assert not isinstance(loaded.teacher, SteppingTeacher)
    assert_answers_long_words(loaded.teacher, model)
    monkeypatch.setattr(loaded.network.model, "forward", lambda **settings: [].pop())
    with pytest.raises(InputError, match=r"this network cannot read a word \(pop from empty list\)"):
        loaded.teacher.scores([()])


def test_the_model_is_what_the_library_makes_of_a_directory(tmp_path):
    """Falcon with ALiBi has two forms of attention that differ by a percent; `saved` makes it with the library's choice."""
    name, settings = WHOLE["ALiBi"]
    model = saved(tmp_path, name, settings)
    edit(tmp_path / "config.json", attn_implementation="eager", _attn_implementation="eager")
    word = (0, 1, 2) * 8
    expected = next_scores(model, [word])
    assert_close(load_teacher(tmp_path, LETTERS, device="cpu").scores([word]), expected)
    other = type(model).from_pretrained(tmp_path, attn_implementation="eager").eval()
    assert np.abs(next_scores(other, [word]) - expected).max() > 1e-3 * np.abs(expected).max()
