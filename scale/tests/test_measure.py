"""The script for a GPU that is there for ten minutes, on a tiny model; its arithmetic against PyTorch's own count."""

import json

import pytest
import torch
from conftest import Tiny, run
from diffusers import CogVideoXTransformer3DModel
from tiny import SIZE
from torch import Tensor
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

import measure
from tuning.recipe import Recipe
from tuning.student import add_lora


def test_it_measures_the_first_size_that_fits(
    tiny: Tiny, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = measure.steps

    def steps(recipe: Recipe, *rest: object) -> object:
        if recipe.height == 144:
            raise torch.OutOfMemoryError
        return take(recipe, *rest)

    monkeypatch.setattr(measure, "steps", steps)
    config = tiny.model / "transformer/config.json"
    small = ["--transformer", config, "--teacher", tiny.teacher, "--sizes", "9x144x144", SIZE, "--peak", 1]
    capsys.readouterr()
    run(measure.main, "--recipe", tiny.recipe, *small, "--steps", 12, "--set", "learning_rate=3e-3", "checkpointing=true")
    *lines, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines.pop(0) == {"size": "9x144x144", "fits": False}
    assert [line["step"] for line in lines] == list(range(1, 13)) and all(line["alignment"] > 0 for line in lines)
    assert lines[-1]["loss"] == last["last_loss"] < 0.9 * last["first_loss"]
    assert last["size"] == SIZE and last["fits"] and last["ms_least"] <= last["ms"] <= last["ms_most"]
    assert last["share_of_peak"] == pytest.approx(last["tflops"]) == pytest.approx(1e3 * last["step_tflop"] / last["ms"])
    run(measure.main, "--recipe", tiny.recipe, *small, "--minutes", 0, "--set", "lora=2", "learning_rate=1e-4", "loss=none")
    *lines, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 2 and lines[1]["alignment"] == 0 and last["steps"] == 1
    monkeypatch.setattr(measure, "SIZES", ("9x144x144",))
    with pytest.raises(SystemExit, match="none of 9x144x144 fits"):
        run(measure.main, "--recipe", tiny.recipe, "--sizes", "9x144x144")


@pytest.mark.parametrize(("rank", "numbers"), [(0, 60), (8, 38)])
def test_what_a_block_keeps_by_readme(rank: int, numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes a token and channel without checkpointing, with and without all weights trained; a GPU normalises in float32."""
    words, tokens, norm = 32, 1350, functional.layer_norm

    def in_float32(x: Tensor, *more: object) -> Tensor:
        with torch.autocast("cpu", enabled=False):
            return norm(x.float(), *more)

    monkeypatch.setattr(functional, "layer_norm", in_float32)
    transformer = CogVideoXTransformer3DModel(
        num_attention_heads=4, num_layers=1, time_embed_dim=16, text_embed_dim=32, max_text_seq_length=words
    )
    if rank:
        add_lora(transformer, rank)
    block, width, kept = transformer.transformer_blocks[0], 256, {}

    def keep(x: Tensor) -> Tensor:
        if {words, tokens, words + tokens} & set(x.shape) and x.shape[-1] >= 64:  # no weights, nor a number of each token
            kept[x.untyped_storage().data_ptr()] = x.untyped_storage()
        return x

    stream = [torch.randn(1, n, width).bfloat16().requires_grad_() for n in (tokens, words)]
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x), torch.autocast("cpu", torch.bfloat16):
        block(*stream, torch.randn(1, 16))
    found = sum(storage.nbytes() for storage in kept.values()) / (tokens + words) / width
    # On a processor the attention's result is copied once, in bfloat16, before the layer after it.
    assert found == pytest.approx(numbers + 2, rel=0.01)


def test_the_arithmetic_of_readme() -> None:
    """A clip of the real size, counted without computing it: 120 TFLOP forward, 480 a step, 1.69 G weights and 0.03 G."""
    recipe = Recipe()
    with torch.device("meta"):
        transformer = measure.new_transformer(None)
        latents, text = torch.empty(1, 13, 16, 60, 90), torch.empty(1, 226, 4096)
        with FlopCounterMode(display=False) as counted, torch.no_grad():
            transformer(latents, text, torch.zeros(1, dtype=torch.int64))
        student = measure.Student(transformer, recipe, 768)
    flop = measure.forward_flop(transformer, recipe)
    assert flop == pytest.approx(counted.get_total_flops(), rel=0.01)
    assert flop / 1e12 == pytest.approx(120, abs=0.5)
    assert measure.step_flop(transformer, recipe) / 1e12 == pytest.approx(480, abs=0.5)
    assert measure.step_flop(transformer, Recipe(checkpointing=False)) / 1e12 == pytest.approx(360, abs=0.5)
    weights = [sum(p.numel() for p in module.parameters()) / 1e9 for module in (transformer, student.projector)]
    assert weights == pytest.approx([1.69, 0.03], abs=0.006)
    assert 5 * 4 * sum(weights) == pytest.approx(34, abs=0.5)  # float32: weights, gradients, two moments, average
