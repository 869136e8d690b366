"""Makes keras.zip: small networks that Keras 3 itself saved, with its answers. Run it where Keras is installed:

    KERAS_BACKEND=torch python tests/models/keras_fixture.py

The tests read the archive and do without Keras. Token 0 of the masked networks is padding.
"""

import json
import tempfile
import zipfile
from pathlib import Path

import keras
import numpy as np
from keras import layers

TOKENS, WORDS = 4, 100


def sequential(*stack):
    return keras.Sequential([keras.Input((None,)), *stack])


def functional():
    tokens = keras.Input((None,))
    hidden = layers.LSTM(5, return_sequences=True)(layers.Embedding(TOKENS, 3, mask_zero=True)(tokens))
    outputs = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(layers.Dropout(0.1)(hidden))
    return keras.Model(tokens, layers.Dense(3, activation="softmax")(outputs[:, -1]))


MODELS = {
    "masked.keras": sequential(
        layers.Embedding(TOKENS, 3, mask_zero=True), layers.GRU(5), layers.Dropout(0.3), layers.Dense(1, activation="sigmoid")
    ),
    "functional.keras": functional(),
    "both.h5": sequential(
        layers.Embedding(TOKENS, 3), layers.Bidirectional(layers.GRU(4)), layers.Dense(4, activation="relu"),
        layers.LayerNormalization(), layers.Dense(2, activation="softmax"),
    ),
    "both.weights.h5": sequential(layers.Embedding(TOKENS, 3), layers.Bidirectional(layers.LSTM(4)), layers.Dense(3)),
    "language-model.keras": sequential(
        layers.Embedding(TOKENS, 3), layers.GRU(5, return_sequences=True), layers.TimeDistributed(layers.Dense(TOKENS))
    ),
}  # fmt: skip


def main():
    rng = np.random.default_rng(0)
    words = [rng.integers(1, TOKENS, rng.integers(1, 13)).tolist() for _ in range(WORDS)]
    with (
        tempfile.TemporaryDirectory() as folder,
        zipfile.ZipFile(Path(__file__).with_name("keras.zip"), "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        answers = {}
        for name, model in MODELS.items():
            for weight in model.weights:
                if "seed" not in weight.path:
                    weight.assign(rng.normal(size=weight.shape) * 0.7)
            file = Path(folder) / name
            model.save_weights(file) if name.endswith(".weights.h5") else model.save(file)
            archive.write(file, name)
            rows = [np.asarray(model.predict_on_batch(np.array([word]))) for word in words]
            answers[name] = [[float(f"{x:.7g}") for x in (row[0, -1] if row.ndim == 3 else row[0])] for row in rows]
        archive.writestr("answers.json", json.dumps({"words": words, "answers": answers}))


if __name__ == "__main__":
    main()
