"""One teacher of every kind, and for each a slow truth that is written without it."""

from itertools import product

from cases import (
    MARKED,
    OTHERS,
    PLAIN,
    STARTED,
    STEPPING,
    WHOLE,
    binary_case,
    dfa_case,
    distilbert_case,
    dyck_case,
    encoder_case,
    huggingface_case,
    layered_case,
    other_case,
    pdfa_case,
    recurrent_case,
    transformer_case,
    wfa_case,
)
from thorough import THOROUGH

CASES = {
    f"{cell} x {layers}, {'embedding' if embedding else 'one-hot'}, {name}": (
        lambda cell=cell, layers=layers, embedding=embedding, encoding=encoding, language_model=language_model: recurrent_case(
            cell, layers, embedding, language_model=language_model, encoding=encoding
        )
    )
    for (number, cell), layers, (place, (name, encoding, language_model)) in product(
        enumerate(("rnn", "gru", "lstm")),
        (1, 2),
        enumerate(
            [
                ("classifier", PLAIN, False),
                ("marked classifier", MARKED, False),
                ("language model", PLAIN, True),
                ("started language model", STARTED, True),
            ]
        ),
    )
    if THOROUGH or (number + layers + place) % 2  # a quarter of all, with every pair
    for embedding in [(None, 4)[(layers + place // 2) % 2]]
}
CASES |= {
    f"bidirectional {cell} x {layers}, {name}": (
        lambda cell=cell, layers=layers, encoding=encoding: recurrent_case(
            cell, layers, embedding=3, bidirectional=True, encoding=encoding
        )
    )
    for (number, cell), layers, (name, encoding) in product(
        enumerate(("rnn", "gru", "lstm")), (1, 2), [("plain", PLAIN), ("marked", MARKED)]
    )
    if THOROUGH or (number + layers + bool(encoding.begin)) % 2  # half of all, with every pair
}
CASES |= {name: lambda name=name: other_case(name) for name in OTHERS}
CASES |= {
    f"{name}, {kind}": lambda name=name, settings=settings: layered_case(name, **settings)
    for name in ("convolution", "state space", "linear attention")
    for kind, settings in (
        ("marked", {}),
        ("started language model", {"encoding": STARTED, "language_model": True}),
    )
}
CASES |= {f"{name}, plain": lambda name=name: other_case(name, PLAIN) for name in ("mean", "max", "output at the end, both ways")}
CASES |= {
    f"{name} in float32": lambda name=name: other_case(name, double=False)
    for name in ("relu units", "functions", "gru that resets first")
}
CASES |= {
    f"{cell} in float32": (lambda cell=cell: recurrent_case(cell, 2, 4, encoding=MARKED, double=False))
    for cell in ("rnn", "gru", "lstm")
}
CASES |= {
    "bidirectional gru in float32": lambda: recurrent_case("gru", bidirectional=True, encoding=MARKED, double=False),
    "one score": binary_case,
    "causal transformer, classifier": lambda: transformer_case(MARKED, False),
    "causal transformer, language model": lambda: transformer_case(STARTED, True),
    "causal transformer, one block": lambda: transformer_case(STARTED, True, layers=1),
    "causal transformer, post-norm": lambda: transformer_case(
        MARKED, False, norm_first=False, activation="relu", positions=70, scaled=True, final_norm=False
    ),
    "causal transformer, no positions": lambda: transformer_case(STARTED, True, positions=0, epsilon=1e-3),
    "causal transformer in float32": lambda: transformer_case(STARTED, True, double=False),
    "convolution, plain": lambda: layered_case("convolution", PLAIN),
    "linear attention, plain": lambda: layered_case("linear attention", PLAIN),
    "state space in float32": lambda: layered_case("state space", double=False),
    "encoder, mean": lambda: encoder_case("mean"),
    "encoder, first token": lambda: encoder_case("first", STARTED),
    "encoder in float32": lambda: encoder_case("mean", double=False),
    "DistilBERT": distilbert_case,
    "Hugging Face, trees": lambda: huggingface_case("GPT2LMHeadModel", STEPPING, n_embd=16, n_layer=2, n_head=2, n_positions=70),
    "Hugging Face, trees, rotary": lambda: huggingface_case(
        "LlamaForCausalLM", STEPPING, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24
    ),
    "Hugging Face, letters": lambda: huggingface_case("BloomForCausalLM", STEPPING, hidden_size=16, n_layer=2, n_head=2),
    "Hugging Face, whole words": lambda: huggingface_case(
        "RecurrentGemmaForCausalLM",
        WHOLE,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        lru_width=16,
        attention_window_size=8,
    ),
    "Hugging Face, states of one size": lambda: huggingface_case(
        "MambaForCausalLM", STEPPING, longest=None, hidden_size=16, num_hidden_layers=2, state_size=4
    ),
    "Hugging Face, RWKV": lambda: huggingface_case(
        "RwkvForCausalLM", STEPPING, longest=None, hidden_size=16, num_hidden_layers=3, rescale_every=2
    ),
    "DFA": lambda: dfa_case(2),
    "DFA of four classes": lambda: dfa_case(4),
    "PDFA": pdfa_case,
    "WFA": wfa_case,
    "Dyck": lambda: dyck_case(None),
    "Dyck of depth 2": lambda: dyck_case(2),
}
