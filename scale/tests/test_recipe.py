"""Recipes: what the page exports, what full size refuses of it, and values that a field cannot have."""

import json
import warnings
from pathlib import Path

import pytest
from conftest import Tiny, run

from tuning.recipe import Recipe, read_recipe

# As `npm run train` writes it, of parseStudentRecipe (src/train/diffusion/recipe.ts).
STUDENT = {
    "start": "base",
    "task": "everything",
    "laws": {},
    "clips": 256,
    "loss": "mtsa",
    "teacher": "videomae",
    "lambda": None,
    "share": 0.3,
    "balanceEvery": 20,
    "stop": 0,
    "tau": 0.1,
    "rho": 0.2,
    "margin": 0.1,
    "block": 0,
    "selfBlock": 0,
    "spatial": 0,
    "hidden": [256, 256, 256],
    "width": None,
    "depth": None,
    "heads": None,
    "given": 0.5,
    "promptDropped": 0.1,
    "batch": 4,
    "accumulate": 1,
    "optimizer": "muon",
    "learningRate": 3e-4,
    "muonRate": 7.5e-4,
    "warmup": 20,
    "rateDecay": "none",
    "weightDecay": 0.01,
    "clipNorm": 1,
    "emaDecay": 0.98,
    "seed": 1,
    "checkpointEvery": 25,
    "steps": 300,
    "evaluateEvery": 50,
    "samples": 4,
    "drawn": "unseen",
    "samplerSteps": 16,
}


def read(folder: Path, *changes: str, **other: object) -> Recipe:
    path = folder / "run.json"
    path.write_text(json.dumps({"recipe": STUDENT | other}))
    return read_recipe(path, list(changes))


def test_a_students_recipe_is_that_of_full_size_too(tmp_path: Path) -> None:
    recipe = read(tmp_path)
    assert (recipe.share, recipe.balance_every, recipe.weight) == (0.3, 20, Recipe.weight)
    assert (recipe.steps, recipe.batch, recipe.block) == (Recipe.steps, Recipe.batch, Recipe.block)


@pytest.mark.parametrize(
    ("name", "value"), [("stop", 200), ("spatial", 1), ("spatial", 0.5), ("teacher", "self"), ("teacher", "world")]
)
def test_a_method_that_full_size_has_not_is_refused(tmp_path: Path, name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"has {name} {value}, which full size has not"):
        read(tmp_path, **{name: value})
    assert read(tmp_path, **{name: value}, loss="none").loss == "none"  # which aligns with nothing


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("checkpointing=False", r"checkpointing must be true or false, got 'False': .* in small letters"),
        ("checkpointing=0", "checkpointing must be true or false, got 0"),
        ("tau=.05", r"tau must be a number above 0, got '\.05': numbers are written as 0\.05"),
        ("tau=0", "tau must be a number above 0, got 0"),
        ("tau=NaN", "tau must be a number above 0, got nan"),
        ("tau=null", "tau must be a number above 0, got None"),
        ("rho=20", "rho must be a number above 0 and at most 1, got 20"),
        ("ema=.999", r"ema must be a number from 0 on and below 1, got '\.999'"),
        ("ema=1", "ema must be .* below 1, got 1"),
        ("micro_batch=0", "micro_batch must be a whole number from 1 on, got 0"),
        ("balance_every=0", "balance_every must be a whole number from 1 on, got 0"),
        ("steps=1.5", r"steps must be a whole number from 1 on, got 1\.5"),
        ("steps=true", "steps must be a whole number from 1 on, got True"),
        ("warmup=-1", "warmup must be a whole number from 0 on, got -1"),
        ("seed=4294967296", "seed must be a whole number from 0 to 4294967295, got 4294967296"),
        ("share=-1", "share must be a number from 0 on, got -1"),
        ("weight=much", "weight must be a number from 0 on, got 'much'"),
        ("learning_rate=Infinity", "learning_rate must be a number above 0, got inf"),
        ("hidden=[4,4]", r"hidden must be 3 numbers in brackets, .* got \(4, 4\)"),
        ("hidden=[4,4,0]", "hidden must be a whole number from 1 on, got 0"),
        ("betas=0.9", r"betas must be 2 numbers in brackets, such as \[0\.9, 0\.95\], got 0\.9"),
        ("view=0", "view must be a whole number from 1 on, got 0"),
        ("frames=1", "frames must be a whole number from 9 on, got 1"),
    ],
)
def test_a_value_that_a_field_cannot_have_is_named(tmp_path: Path, change: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read(tmp_path, change)


@pytest.mark.parametrize(
    ("text", "words"), [('{"recipe": {', "is no JSON"), ("[]", "has no recipe"), ('{"scale": {}}', "has no recipe")]
)
def test_a_file_that_is_no_recipe_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"run\.json {words}.*: export .* as Run JSON"):
        read_recipe(path, [])


def test_every_field_has_a_kind_and_the_defaults_are_of_it() -> None:
    from dataclasses import fields

    from tuning.recipe import RANGES

    Recipe(share=0.2)
    assert {one.name for one in fields(Recipe)} - RANGES.keys() == {"loss", "checkpointing"}


def test_low_rank_layers_at_the_rate_of_all_weights_are_warned_of(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match=r"lora=64 trains at 2e-06, the rate of all weights, .*: give a learning_rate"):
        read(tmp_path, "lora=64")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(tmp_path, "lora=64", "learning_rate=1e-4")
        read(tmp_path)


def test_a_mistake_ends_a_program_in_one_sentence(tiny: Tiny, train, tmp_path: Path) -> None:
    import measure
    import train as program

    with pytest.raises(SystemExit, match="rho must be"):
        train("out", "rho=20")
    with pytest.raises(SystemExit, match="a batch of 3 clips does not divide"):
        train("out", "batch=3", "micro_batch=2")
    with pytest.raises(SystemExit, match="has no teacher features, and there is no teacher: give --teacher"):
        where = ["--recipe", tiny.recipe, "--model", tiny.model, "--data", tiny.shards, "--workers", 0]
        run(program.main, *where, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(SystemExit, match="tau must be"):
        run(measure.main, "--recipe", tiny.recipe, "--set", "tau=0")
