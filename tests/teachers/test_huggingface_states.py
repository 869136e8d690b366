"""Models whose state has one size are read letter by letter, and answer as they do when they are called on one word."""

import numpy as np
import pytest
import torch
from huggingface_files import LETTERS, MAMBA, SMALL, next_scores, saved
from test_huggingface_choice import LENGTHS_OF_PREFIXES, LENGTHS_OF_SUFFIXES, own, words_of
from tolerances import rounding_of_model

from nerode.extraction.hankel.tables import tabulate
from nerode.protocols import BranchingTeacher, SteppingTeacher
from nerode.teachers import huggingface_choice
from nerode.teachers.checkpoints import load_model, load_teacher
from nerode.teachers.huggingface_states import MEMORIES

MAMBA2 = MAMBA | {"num_heads": 4, "head_dim": 8, "n_groups": 1, "chunk_size": 16}  # words of the tests have more than one chunk
RWKV = SMALL | {"hidden_size": 16, "num_hidden_layers": 2}
XLSTM = SMALL | {"hidden_size": 128, "num_hidden_layers": 2, "num_heads": 2, "chunk_size": 16}
ONE_SIZE = {
    "MambaForCausalLM": [
        MAMBA,
        MAMBA | {"conv_kernel": 3, "expand": 3, "time_step_rank": 2, "use_conv_bias": False, "use_bias": True},
    ],
    "FalconMambaForCausalLM": [MAMBA, MAMBA | {"num_hidden_layers": 3, "conv_kernel": 2, "state_size": 5}],
    "Mamba2ForCausalLM": [MAMBA2, MAMBA2 | {"n_groups": 2, "conv_kernel": 3, "state_size": 6, "use_bias": True}],
    "RwkvForCausalLM": [RWKV, RWKV | {"num_hidden_layers": 5, "rescale_every": 2, "intermediate_size": 20}],
    "xLSTMForCausalLM": [XLSTM, XLSTM | {"num_heads": 4, "qk_dim_factor": 1.0, "num_hidden_layers": 1}],
}
CONFIGURATIONS = [(name, settings, seed) for name in MEMORIES for seed, settings in enumerate(ONE_SIZE[name])]
NOT_LETTER_BY_LETTER = {
    "steps in time that have a limit": ("Mamba2ForCausalLM", MAMBA2 | {"time_step_limit": (0.0, 0.1)}),
    "states that are rounded in long words": ("xLSTMForCausalLM", XLSTM | {"max_inference_chunksize": 1000}),
    "states in half precision": ("xLSTMForCausalLM", XLSTM | {"inference_state_dtype": "bfloat16"}),
}


@pytest.mark.parametrize(("name", "settings", "seed"), CONFIGURATIONS)
@pytest.mark.sampled(4)
def test_models_that_are_known_keep_states(name, settings, seed, tmp_path):
    model = saved(tmp_path, name, settings, seed=seed)
    loaded = load_model(tmp_path, LETTERS, device="cpu")
    assert isinstance(loaded.teacher, BranchingTeacher)
    prefixes, suffixes = words_of(LENGTHS_OF_PREFIXES), words_of(LENGTHS_OF_SUFFIXES)
    words = [prefix + suffix for prefix in prefixes for suffix in suffixes]
    expected = next_scores(model, words)
    off = {"rtol": 0, "atol": rounding_of_model(loaded, words[-6:])}  # words of many lengths, the longest among them
    np.testing.assert_allclose(loaded.teacher.scores(words), expected, **off)
    np.testing.assert_allclose(tabulate(loaded.teacher, prefixes, suffixes).reshape(expected.shape), expected, **off)


@pytest.mark.parametrize("case", NOT_LETTER_BY_LETTER)
def test_settings_that_treat_single_tokens_otherwise_lead_to_whole_words(case, tmp_path):
    name, settings = NOT_LETTER_BY_LETTER[case]
    saved(tmp_path, name, settings)
    assert not isinstance(load_teacher(tmp_path, LETTERS, device="cpu"), SteppingTeacher)


@pytest.mark.parametrize("name", MEMORIES)
@pytest.mark.sampled(3)
def test_steps_leave_the_states_that_they_begin_with(name, tmp_path):
    """The library changes its states in place, and mixes the rows of a batch in RWKV."""
    model = saved(tmp_path, name, ONE_SIZE[name][0])
    teacher = load_teacher(tmp_path, LETTERS, device="cpu")
    words = [(0, 1), (2, 0), (1, 1)]
    states = teacher.start()
    for symbols in zip(*words, strict=True):
        states = teacher.advance(states, np.arange(3) % len(states[-1]), np.array(symbols))
    before = [part.clone() for part in states]
    after = list(teacher.branch(states, [0, 2]))
    assert all(torch.equal(part, kept) for part, kept in zip(states, before, strict=True))
    for symbol, children in zip([0, 2], after, strict=True):
        expected = next_scores(model, [(*word, symbol) for word in words])
        np.testing.assert_allclose(teacher.read(children), expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_a_library_that_keeps_its_states_in_another_way_is_asked_whole_words(monkeypatch, tmp_path):
    saved(tmp_path, "MambaForCausalLM", MAMBA)
    monkeypatch.setattr(huggingface_choice, "MEMORIES", {"MambaForCausalLM": MEMORIES["RwkvForCausalLM"]})
    assert not isinstance(load_teacher(tmp_path, LETTERS, device="cpu"), SteppingTeacher)


def test_a_class_of_ones_own_is_not_known_by_its_name():
    import transformers

    class MambaForCausalLM(transformers.MambaForCausalLM):
        pass

    assert not isinstance(own(MambaForCausalLM(transformers.MambaConfig(**MAMBA)))[1], SteppingTeacher)
