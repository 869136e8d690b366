"""The zoo: recipes, networks that are made whole or not at all, and cards that say what is true."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import nerode
from nerode.datasets import collection
from nerode.datasets.collection import dataset
from nerode.datasets.entries import ENTRIES
from nerode.datasets.sample_files import read_sample
from nerode.errors import InputError
from nerode.eval import difficulty
from nerode.zoo import making
from nerode.zoo.making import make_all, remeasured
from nerode.zoo.networks import card_of, networks_in, states_of, table
from nerode.zoo.recipes import RECIPES, Recipe, chosen

TINY = (Recipe("parity", "counting-2", "gru", 4, steps=3), Recipe("model", "random-pdfa-2-letters-2", "rnn", 4, steps=3))


@pytest.fixture
def small(monkeypatch):
    """Few words and little effort, where what matters is not how good a network is."""
    monkeypatch.setattr(collection, "WORDS", 120)
    monkeypatch.setattr(collection, "SHORT", 20)
    monkeypatch.setattr(difficulty, "BLOCK", 20)
    monkeypatch.setattr(difficulty, "DRAWN", 40)


def made(recipes, out, folder=None, strict=False):
    out.mkdir(exist_ok=True)
    return {each.name: each for each in make_all(recipes, folder, out, lambda said: None, strict, 0.02)}


def test_the_table_is_wide_enough():
    data = {recipe.data for recipe in RECIPES}
    assert len({recipe.name for recipe in RECIPES}) == len(RECIPES) >= 48
    page = (Path(__file__).parents[2] / "docs" / "zoo.md").read_text(encoding="utf-8")
    assert f"nine architectures on {len(data)}\n[data sets]" in page
    assert len({(each.arch, each.bidirectional, each.layers > 1) for each in RECIPES}) >= 8
    assert {"rnn", "gru", "lstm", "transformer", "mlp", "conv", "ssm", "gla", "encoder"} == {each.arch for each in RECIPES}
    assert set(ENTRIES) == {name for name in data if name in ENTRIES}
    assert len({entry.kind for entry in ENTRIES.values()} | {"language"}) >= 6
    assert chosen(["names-gru"])[0].hidden == 64
    with pytest.raises(InputError, match="no network 'x'"):
        chosen(["x"])


@pytest.mark.parametrize(
    "data", sorted({each.data for each in RECIPES if each.data not in ENTRIES and "mlregtest" not in each.data})
)
@pytest.mark.sampled(6)
def test_each_language_has_words_of_all_classes(data):
    assert min(dataset(data).card.words) > 100


def test_networks_are_made_and_kept(small, tmp_path):
    out = tmp_path / "zoo"
    assert all(each.seconds is not None for each in made(TINY, out).values())
    cards = {card["name"]: card for card in networks_in(out)}
    assert set(cards) == {"parity", "model"}
    for name, card in cards.items():
        teacher = nerode.load_teacher(out / name)
        sample = read_sample(out / name / "heldout.tsv", teacher.alphabet)
        if name == "parity":
            right = teacher.link.labels(teacher.scores(sample.words)) == sample.labels
            assert card["results"]["accuracy"] == pytest.approx(right.mean())
            assert np.trace(card["results"]["confusion"]) == right.sum()
        else:
            total = sum(len(word) + 1 for word in sample.words)
            logs = sum(
                teacher.link.log_probabilities(teacher.scores([word[:k] for k in range(len(word) + 1)]))[
                    range(len(word) + 1), [*word, 2]
                ].sum()
                for word in sample.words
            )
            assert np.log(card["results"]["perplexity"]) == pytest.approx(-logs / total)
    before = {file: file.stat().st_mtime_ns for file in out.rglob("*")}
    assert all(each.seconds is None and each.skipped is None for each in made(TINY, out).values())
    assert before == {file: file.stat().st_mtime_ns for file in out.rglob("*")}


def test_the_same_recipe_gives_the_same_network(small, tmp_path):
    for name in ("one", "other"):
        made(TINY[:1], tmp_path / name)
    one, other = (card_of(tmp_path / name / "parity") for name in ("one", "other"))
    for part in ("results", "difficulty", "recipe", "parameters"):
        assert one[part] == other[part]
    weights = [next((tmp_path / name / "parity").glob("*.safetensors")).read_bytes() for name in ("one", "other")]
    assert weights[0] == weights[1]


@pytest.mark.parametrize(("accuracies", "seeds", "kept"), [((0.7, 0.9, 0.8), 3, 1), ((0.7, 0.995, 1.0), 2, 1), ((1.0,), 1, 0)])
@pytest.mark.sampled(2)
def test_what_has_not_learned_its_language_begins_again(small, tmp_path, monkeypatch, accuracies, seeds, kept):
    honest, tried = making._from_seed, []

    def scripted(recipe, data, settings, say, seed):
        tried.append(seed)
        model, report = honest(recipe, data, settings, say, seed)
        return model, replace(report, accuracy=accuracies[seed])

    monkeypatch.setattr(making, "_from_seed", scripted)
    made([replace(TINY[0], tries=3)], tmp_path / "zoo")
    training = card_of(tmp_path / "zoo" / "parity")["training"]
    assert tried == list(range(seeds))
    assert (training["seed"], training["accuracy"]) == (kept, accuracies[kept])


def test_a_language_model_is_trained_once(small, tmp_path, monkeypatch):
    made([replace(TINY[1], tries=3)], tmp_path / "zoo")
    assert card_of(tmp_path / "zoo" / "model")["training"]["seed"] == 0


def test_an_interruption_leaves_whole_networks_only(small, tmp_path, monkeypatch):
    out = tmp_path / "zoo"
    made(TINY[:1], out)

    def interrupted(*arguments, **settings):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(making, "difficulty", interrupted)
        with pytest.raises(KeyboardInterrupt):
            made(TINY, out)
        patch.setattr(making, "write_card", interrupted)
        patch.setattr(
            making, "difficulty", lambda *arguments, **settings: difficulty.Difficulty(1, None, None, None, 0.0, None, 4.0)
        )
        with pytest.raises(KeyboardInterrupt):
            made(TINY, out)
    assert [each.name for each in out.iterdir()] == ["parity"]
    assert made(TINY, out)["model"].seconds is not None


def test_what_cannot_be_made_is_left_out_with_a_reason(small, tmp_path):
    recipes = (Recipe("odd", "counting-2", "nothing", 4), Recipe("missing", "names", "gru", 4), TINY[0])
    found = made(recipes, tmp_path / "zoo")
    assert "unknown architecture" in found["odd"].skipped
    assert "--data" in found["missing"].skipped
    assert found["parity"].seconds is not None
    with pytest.raises(InputError, match="unknown architecture"):
        made(recipes, tmp_path / "zoo", strict=True)


def test_a_network_of_words_of_one_length(small, tmp_path):
    lines = [f"{'+-'[i % 2]}\t{'ac'[i % 2]}{'acgt'[i % 4]}{'acgt'[i // 4 % 4]}{'acgt'[i // 16]}" for i in range(64)]
    (tmp_path / "promoters.tsv").write_text("\n".join(["label\tword", *lines]) + "\n", encoding="utf-8")
    made([Recipe("dna", "promoters", "mlp", 4, steps=50, weight_decay=0.1)], tmp_path / "zoo", tmp_path)
    card = card_of(tmp_path / "zoo" / "dna")
    assert card["difficulty"]["states"] is card["difficulty"]["tried"] is None  # it reads no prefixes
    assert states_of(card["difficulty"]) == ""
    assert nerode.load_teacher(tmp_path / "zoo" / "dna").domain.length == 4


def test_few_held_out_words_are_joined_by_others():
    many = [(0,)] * making.FEW
    assert making.measured_on([[(1,)], [(2,)], many]) == many
    assert making.measured_on([[(1,)], [(2,)], [(3,)]]) == [(3,), (2,), (1,)]


def test_difficulty_is_measured_again(small, tmp_path):
    made(TINY[:1], tmp_path / "zoo")
    before = card_of(tmp_path / "zoo" / "parity")
    changed = before | {"difficulty": before["difficulty"] | {"rank": 77}}
    (tmp_path / "zoo" / "parity" / "zoo.json").write_text(json.dumps(changed), encoding="utf-8")
    assert "77" in "\n".join(table(networks_in(tmp_path / "zoo")))
    remeasured(tmp_path / "zoo" / "parity", None, 0.02)
    assert card_of(tmp_path / "zoo" / "parity")["difficulty"] == before["difficulty"]


def test_what_else_is_there_is_left_alone(small, tmp_path):
    out = tmp_path / "zoo"
    (out / "parity").mkdir(parents=True)
    (out / "parity" / "notes.txt").write_text("mine")
    assert "parity is there, and is no network" in made(TINY[:1], out)["parity"].skipped
    assert (out / "parity" / "notes.txt").read_text() == "mine"
    with pytest.raises(InputError, match="move it away"):
        made(TINY[:1], out, strict=True)


def test_a_network_of_an_older_recipe_is_told_of(small, tmp_path):
    made(TINY[:1], tmp_path / "zoo")
    other = replace(TINY[0], steps=4)
    assert "made by another recipe" in made([other], tmp_path / "zoo")["parity"].skipped
    assert card_of(tmp_path / "zoo" / "parity")["recipe"]["steps"] == 3


CARD = {
    "name": "../other", "recipe": {"data": "tomita-1", "seed": 0},
    "data": {"kind": "language", "task": "classifier", "letters": 2},
    "architecture": "GRU", "parameters": 3, "results": {"accuracy": 0.5, "learned": True, "baseline": 0.5},
    "difficulty": {"rank": 1, "states": None, "tried": 2, "grams": 0.1, "near": 0.1, "follows": 3, "effort": 4.0},
    "seconds": {"training": 1.0, "measuring": 2.0},
}  # fmt: skip


def test_a_card_does_not_say_where_its_network_is(tmp_path):
    """Its difficulty is measured again, and written, in the folder that was read."""
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "zoo.json").write_text(json.dumps(CARD))
    assert [card["name"] for card in networks_in(tmp_path)] == ["net"]
    assert any("net" in line for line in table(networks_in(tmp_path)))


@pytest.mark.parametrize("value", [None, [], {}, "\x1b", 10**400, float("nan")])
def test_cards_with_odd_values_are_refused(tmp_path, value):
    (tmp_path / "net").mkdir()
    places = [(part, name) for part, each in CARD.items() if isinstance(each, dict) for name in each]
    odd = [CARD | {part: CARD[part] | {name: value}} for part, name in places if value is not None or part != "difficulty"]
    odd += [CARD | {part: value} for part in CARD if part != "name" and (part, value) != ("seconds", {})]
    assert len(odd) > 15
    for card in odd:
        (tmp_path / "net" / "zoo.json").write_text(json.dumps(card))
        with pytest.raises(InputError, match="damaged"):
            networks_in(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": 1}', "[" * 100_000, '{"name": ' + "9" * 5000 + "}"])
def test_damaged_cards_are_refused(tmp_path, text):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "zoo.json").write_text(text)
    with pytest.raises(InputError, match="damaged"):
        networks_in(tmp_path)
