"""train.py on a tiny model: what must be equal is equal, and a step is what the paper says."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from conftest import Tiny, metrics, weights
from diffusers import CogVideoXTransformer3DModel
from torch.nn import functional

from tempered_alignment import Projector, log_tempered, motion_mask, self_similarity
from tuning.data import Order, ShardClips, VideoClips, collate
from tuning.objective import Objective, alphas, draws
from tuning.recipe import Recipe, read_recipe
from tuning.student import Student, read_transformer
from tuning.teacher import read_teacher

# Sums in another order, in float32, over a few steps of AdamW.
CLOSE = {"rtol": 1e-4, "atol": 1e-5}
SHORT = ("steps=4", "batch=4", "micro_batch=1", "learning_rate=1e-3", "warmup=1")


def same(a: list[dict[str, float]], b: list[dict[str, float]], **close: float) -> None:
    assert len(a) == len(b) > 0
    for one, other in zip(a, b, strict=True):
        assert one == pytest.approx(other, rel=close["rtol"], abs=close["atol"])


def same_weights(a: Path, b: Path, **close: float) -> None:
    equal(weights(a), weights(b), **close)


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor], **close: float) -> None:
    assert one.keys() == other.keys()
    for name in one:
        # The same added to every key changes no softmax: this gradient is rounding alone, which AdamW brings to full size.
        if name.endswith("norm_k.bias") and close["rtol"]:
            continue
        torch.testing.assert_close(one[name], other[name], **close)


def test_the_recipe_is_the_one_that_the_page_exports(tiny: Tiny, fixtures: Path, tmp_path: Path) -> None:
    """test/node/formats/recipe.test.ts compares what the page makes of its settings with this file."""
    page = json.loads((fixtures / "recipe.json").read_text())["recipe"]
    recipe = read_recipe(tiny.recipe, ["steps=7", "loss=trd", "hidden=[4,4,4]"])
    assert read_recipe(tiny.recipe, ["view=1"]).teacher_grid == (4, 6, 9)
    assert (recipe.tau, recipe.rho, recipe.margin, recipe.weight) == (page["tau"], page["rho"], page["margin"], page["lambda"])
    assert (recipe.weight_decay, recipe.clip_norm, recipe.seed) == (page["weightDecay"], page["clipNorm"], page["seed"])
    assert (recipe.steps, recipe.loss, recipe.hidden, recipe.block) == (7, "trd", (4, 4, 4), 2)
    assert read_recipe(tiny.recipe, []).loss == page["loss"] == "mtsa"
    assert read_recipe(tiny.recipe, []).learning_rate == 2e-6  # the page's is of its own small student
    by_share = tmp_path / "student.json"
    by_share.write_text(json.dumps({"recipe": page | {"lambda": None, "share": 0.3}}))
    assert (read_recipe(by_share, []).share, read_recipe(by_share, []).weight) == (0.3, Recipe.weight)
    for change, words in {
        "speed=1": "speed is no part",
        "loss=best": "got best",
        "steps": "name=value",
        "height=100": "multiples of 48",
        "view=2 width=192": r"at view=2 the projector makes 2 × 5 tokens of a frame, and the teacher 3 × 6: take view=3",
    }.items():
        with pytest.raises(ValueError, match=words):
            read_recipe(tiny.recipe, change.split())


def test_a_step_is_the_papers(tiny: Tiny) -> None:
    """The first step's losses and gradients against plain arithmetic: no checkpointing hook, no chunks, no mask kernel."""
    recipe = read_recipe(tiny.recipe, [])
    clips = ShardClips(tiny.shards)
    batch = collate([clips[0], clips[2]])
    teacher = read_teacher(tiny.teacher)
    student = Student(read_transformer(str(tiny.model)), recipe, 32)
    losses = Objective(recipe, teacher)(student, batch, range(5, 7))
    losses.loss.backward()

    a = alphas()
    t, noise = draws(recipe.seed, range(5, 7), batch["latents"].shape[1:])
    a_t = a[t].float().reshape(2, 1, 1, 1, 1)
    x_t = a_t.sqrt() * batch["latents"] + (1 - a_t).sqrt() * noise
    transformer, seen = read_transformer(str(tiny.model)), []
    transformer.transformer_blocks[1].register_forward_hook(lambda _module, _in, out: seen.append(out[0]))
    v = transformer(hidden_states=x_t, encoder_hidden_states=batch["text"], timestep=t).sample
    x0 = a_t.sqrt() * x_t - (1 - a_t).sqrt() * v
    diffusion = ((x0 - batch["latents"]).square() / (1 - a_t)).mean()
    projector = Projector(64, recipe.hidden, 32, stride=3, drop_first=True)
    projector.load_state_dict(student.projector.state_dict())
    y = functional.normalize(projector(seen[0].reshape(2, 3, 6, 9, 64)).reshape(2, 24, 32), dim=2)
    z = functional.normalize(teacher(batch["view"] / 255).reshape(2, 24, 32), dim=2)
    pixels = batch["view"].double().reshape(2, 4, 2, 3, 2, 16, 3, 16)
    change = (pixels[:, 1:] - pixels[:, :-1]).abs().sum(dim=(2, 3, 5, 7)).flatten(2)
    change = torch.cat([change[:, :1], change], dim=1)
    parts = []
    for clip in range(2):
        queries = [6 * f + int(change[clip, f].argmax()) for f in range(4)]  # 20 % of 6 tokens is one
        p = ((z[clip, queries] @ z[clip].T) / recipe.tau).reshape(4, 4, 6).softmax(dim=2)
        q = ((y[clip, queries] @ y[clip].T) / recipe.tau).reshape(4, 4, 6).softmax(dim=2)
        parts.append((p * (p / q).log()).sum(dim=2).mean())
    alignment = sum(parts) / 2
    torch.testing.assert_close(losses.diffusion, diffusion, **CLOSE)
    torch.testing.assert_close(losses.alignment, alignment, **CLOSE)
    (diffusion + recipe.weight * alignment).backward()
    for ours, plain in ((student.transformer, transformer), (student.projector, projector)):
        for (name, one), other in zip(ours.named_parameters(), plain.parameters(), strict=True):
            torch.testing.assert_close(one.grad, other.grad, **CLOSE, msg=lambda text, name=name: f"{name}: {text}")


@pytest.mark.parametrize("checkpointing", ["true", "false"])
def test_alignment_reaches_projector_and_the_blocks_below_and_no_block_above(tiny: Tiny, checkpointing: str) -> None:
    recipe = read_recipe(tiny.recipe, [f"checkpointing={checkpointing}"])
    student = Student(read_transformer(str(tiny.model)), recipe, 32)
    batch = collate([ShardClips(tiny.shards)[0]])
    calls = []
    student.transformer.transformer_blocks[1].register_forward_pre_hook(lambda *_: calls.append(1))
    losses = Objective(recipe, read_teacher(tiny.teacher))(student, batch, range(1))
    assert len(calls) == 1
    losses.alignment.backward()
    assert len(calls) == (2 if checkpointing == "true" else 1)  # it was computed again
    reached = {name for name, p in student.named_parameters() if p.grad is not None and p.grad.any()}
    above = (
        "transformer.transformer_blocks.2",
        "transformer.transformer_blocks.3",
        "transformer.norm_",
        "transformer.proj_out",
    )
    for name, _ in student.named_parameters():
        assert (name in reached) != name.startswith(above), name


def test_checkpointing_changes_nothing(train, tmp_path: Path) -> None:
    same(train("on", *SHORT, "checkpointing=true"), train("off", *SHORT, "checkpointing=false"), **CLOSE)
    same_weights(tmp_path / "on", tmp_path / "off", **CLOSE)


def test_a_stopped_run_goes_on_to_the_same_bits(train, tmp_path: Path, fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import train as program

    whole = train("whole", *SHORT, "share=0.3", "balance_every=2")
    train("parts", *SHORT, "share=0.3", "balance_every=2", more=("--stop-at", 3))
    # What the page's tests read is of the same form.
    written, kept = tmp_path / "whole/metrics.jsonl", fixtures / "scale_metrics.jsonl"
    assert {tuple(json.loads(line)) for path in (written, kept) for line in path.open()} == {
        tuple(json.loads(next(kept.open())))
    }
    made, write = [], program.log
    monkeypatch.setattr(program, "log", lambda *arguments: (made.append(arguments[2]), write(*arguments)))
    parts = train("parts", *SHORT, "share=0.3", "balance_every=2")
    assert made == [4] and parts == whole
    same_weights(tmp_path / "whole", tmp_path / "parts", rtol=0, atol=0)
    assert whole[0]["lambda"] == whole[1]["lambda"] != whole[2]["lambda"] == whole[3]["lambda"]
    assert len({line["loss"] for line in whole}) == 4


@pytest.mark.parametrize(("before", "after"), [(2, 1), (1, 2)])
def test_a_run_goes_on_with_other_micro_batches(train, tmp_path: Path, before: int, after: int) -> None:
    """Steps end where they did: Accelerate's own count of micro-batches goes on with those of before."""
    whole = train("whole", *SHORT)
    train("parts", *SHORT, f"micro_batch={before}", more=("--stop-at", 1))
    same(train("parts", *SHORT, f"micro_batch={after}"), whole, **CLOSE)
    same_weights(tmp_path / "whole", tmp_path / "parts", **CLOSE)


def test_a_checkpoint_is_written_whole_and_beside_nothing_else(train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed while it was written, by a run of eight processes; and killed while latest.json was."""
    out, whole = tmp_path / "killed", train("whole", *SHORT)
    train("killed", *SHORT, more=("--stop-at", 1))
    left = out / "checkpoint-2/average-7.pt"
    left.parent.mkdir()
    left.touch()
    (out / "latest.part").write_text("half")
    train("killed", *SHORT, more=("--stop-at", 2))
    assert not left.exists()
    write = Path.write_text

    def killed(path: Path, text: str, *more: object) -> int:
        if path.stem == "latest":
            write(path, text[: len(text) // 2])
            raise KeyboardInterrupt
        return write(path, text, *more)

    monkeypatch.setattr(Path, "write_text", killed)
    with pytest.raises(KeyboardInterrupt):
        train("killed", *SHORT, more=("--stop-at", 3))
    monkeypatch.setattr(Path, "write_text", write)
    assert train("killed", *SHORT) == whole
    same_weights(tmp_path / "whole", out, rtol=0, atol=0)
    assert not list(out.glob("*.part"))


def test_a_killed_run_goes_on_from_its_last_checkpoint(train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import train as program

    whole = train("whole", *SHORT)

    def killed(*arguments: object) -> None:
        if arguments[2] == 4:  # after the lines of steps 1 to 3, one of them beyond the checkpoint
            raise KeyboardInterrupt
        write(*arguments)

    write = program.log
    monkeypatch.setattr(program, "log", killed)
    with pytest.raises(KeyboardInterrupt):
        train("killed", *SHORT, more=("--save-every", 2))
    monkeypatch.setattr(program, "log", write)
    assert len(metrics(tmp_path / "killed")) == 3
    assert train("killed", *SHORT) == whole


def test_a_share_is_measured_in_bfloat16_too(train, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accelerate hands on float32 copies of what a wrapped model returns in bfloat16: no loss depends on them."""
    exact = train("float32", *SHORT, "share=0.3", "balance_every=1")
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "bf16")
    rounded = train("bfloat16", *SHORT, "share=0.3", "balance_every=1")
    assert rounded[0]["lambda"] != exact[0]["lambda"]  # it was bfloat16
    assert rounded[0]["lambda"] == pytest.approx(exact[0]["lambda"], rel=0.05)


def test_a_share_is_that_of_the_step_however_its_batch_is_cut(train) -> None:
    how = ("share=0.3", "balance_every=1")
    one, four = (train(f"cut{cut}", *SHORT, *how, f"micro_batch={cut}") for cut in (1, 4))
    for line, other in zip(one, four, strict=True):
        assert line["lambda"] == pytest.approx(other["lambda"], rel=1e-3)
    assert len({line["lambda"] for line in one}) == len(one)


def test_a_gradient_that_is_no_number_leaves_lambda_as_it_is(tiny: Tiny) -> None:
    recipe, clips = read_recipe(tiny.recipe, ["share=0.3"]), ShardClips(tiny.shards)
    student, objective = Student(read_transformer(str(tiny.model)), recipe, 32), Objective(recipe, read_teacher(tiny.teacher))
    step, bias = [(collate([clips[0]]), range(1))], student.transformer.proj_out.bias.data
    before = bias.clone()
    bias[0] = torch.nan  # of the diffusion's alone
    objective.balance(student, step, first=True)
    assert float(objective.weight) == recipe.weight
    bias.copy_(before)
    objective.balance(student, step, first=True)
    assert 0 < float(objective.weight) != recipe.weight
    assert all(parameter.grad is None for parameter in student.parameters())


@pytest.mark.parametrize("other", [{"use_rotary_positional_embeddings": True}, {"patch_size_t": 2}])
def test_a_model_of_other_positions_is_refused(other: dict[str, object]) -> None:
    """As CogVideoX-5B and 1.5: without their rotary positions they would be trained without any."""
    transformer = CogVideoXTransformer3DModel(num_attention_heads=1, attention_head_dim=16, num_layers=1, **other)
    with pytest.raises(ValueError, match="rotary positions or patches in time"):
        Student(transformer, Recipe(block=1, hidden=(4, 4, 4)), 4)


def test_another_seed_is_another_run(tiny: Tiny) -> None:
    """Times, noise and the order of clips: all that a seed is for."""
    shape = torch.Size([2, 3])
    (times, noise), (others, other), (again, _) = (draws(seed, range(200), shape) for seed in (1, 2, 1))
    assert torch.equal(times, again) and not torch.equal(times, others)
    assert float((noise - other).abs().mean()) > 0.5  # two independent normal values are 1.1 apart
    orders = [
        [clip for clips in Order(50, read_recipe(tiny.recipe, [*SHORT, f"seed={seed}"]), 1, 0, 0) for clip in clips]
        for seed in (1, 2, 1)
    ]
    assert orders[0] == orders[2] != orders[1]


def test_a_run_goes_on_under_its_own_recipe(tiny: Tiny, train, tmp_path: Path) -> None:
    train("begun", *SHORT, more=("--stop-at", 1))
    with pytest.raises(SystemExit, match=r"another recipe or other data \(loss=tsa for mtsa\)"):
        train("begun", *SHORT, "loss=tsa")
    fewer = shutil.copytree(tiny.clips, tmp_path / "fewer")
    (fewer / "coffee.mp4").unlink()
    with pytest.raises(SystemExit, match=r"another recipe or other data \(clips=2 for 3\)"):
        train("begun", *SHORT, data=fewer)
    record = tmp_path / "begun/run.json"
    record.write_text(record.read_text().replace('"teacher_width": 32', '"teacher_width": 768'))
    with pytest.raises(SystemExit, match=r"other data \(teacher_width=32 for 768\)"):
        train("begun", *SHORT)
    record.write_text(record.read_text().replace('"teacher_width": 768', '"teacher_width": 32'))
    assert len(train("begun", *SHORT, "seed=7", "micro_batch=2", more=("--stop-at", 2))) == 2  # after a NaN, or out of memory
    assert json.loads(record.read_text())["earlier"] == []
    # The same data may lie elsewhere, and run.json says what the first steps read.
    train("begun", *SHORT, data=tiny.clips, more=("--stop-at", 3))
    train("begun", *SHORT, data=tiny.clips)
    elsewhere = {"model": str(tiny.model), "data": str(tiny.shards), "until_step": 2}
    assert json.loads(record.read_text())["earlier"] == [elsewhere]


def test_every_process_sees_its_part_of_one_stream(tiny: Tiny) -> None:
    recipe = read_recipe(tiny.recipe, ["batch=8", "micro_batch=2", "steps=5"])
    alone, places = list(Order(7, recipe, 1, 0, 0)), Order(7, recipe, 1, 0, 0).places(1, 0)
    flat = [clip for batch in alone for clip in batch]
    assert len(flat) == 40 and list(places) == [8, 9]
    assert all(sorted(flat[e : e + 7]) == list(range(7)) for e in range(0, 35, 7)) and flat[:7] != flat[7:14]
    both = [list(Order(7, recipe, 2, rank, 0)) for rank in range(2)]
    assert [clip for pair in zip(*both, strict=True) for batch in pair for clip in batch] == flat
    assert list(Order(7, recipe, 1, 0, 3)) == alone[12:]
    with pytest.raises(ValueError, match="a batch of 8 clips does not divide into 3 processes"):
        recipe.accumulated(3)


def test_a_nan_stops_with_its_batch(tiny: Tiny, train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = ShardClips.__getitem__
    monkeypatch.setattr(
        ShardClips,
        "__getitem__",
        lambda self, i: read(self, i) | ({"text": torch.full((226, 32), torch.nan)} if i == 2 else {}),
    )
    with pytest.raises(SystemExit, match=r"step \d has a loss or gradient that is no number"):
        train("nan", *SHORT, "batch=1")
    (kept,) = (tmp_path / "nan").glob("nan-step-*-process-0.pt")
    assert torch.load(kept)["batch"]["text"].isnan().all()


@pytest.mark.parametrize("loss", ["none", "repa", "trd", "gram", "tsa"])
def test_every_loss_trains(train, loss: str) -> None:
    lines = train(loss, *SHORT, "steps=2", "batch=2", f"loss={loss}")
    assert len(lines) == 2 and (lines[0]["alignment"] != 0) == (loss != "none")


@pytest.mark.parametrize("loss", ["repa", "trd", "gram", "tsa", "mtsa"])
def test_every_loss_is_asked_for_with_the_recipes_numbers(loss: str) -> None:
    """Against plain arithmetic, with numbers that are not the defaults."""
    recipe, draw = Recipe(loss=loss, tau=0.3, rho=0.5, margin=0.2), torch.Generator().manual_seed(3)
    teacher, student = (torch.randn(2, 4, 9, 6, generator=draw) for _ in range(2))
    view = torch.randint(256, (2, 8, 3, 48, 48), generator=draw, dtype=torch.uint8)
    apart = self_similarity(student) - self_similarity(teacher)
    log_p, log_q = (log_tempered(y, 0.3) for y in (teacher, student))
    kl = (log_p.exp() * (log_p - log_q)).sum(dim=3).mean(dim=2)
    expected = {
        "repa": -functional.cosine_similarity(teacher, student, dim=3).mean(),
        "trd": (apart.abs() - 0.2).clamp_min(0).mean(),
        "gram": apart.square().mean(),
        "tsa": kl.mean(),
        "mtsa": kl[motion_mask(view, 2, 16, 0.5).flatten(1)].mean(),
    }
    found = Objective(recipe, None)._align(student, {"view": view, "teacher": teacher})
    torch.testing.assert_close(found, expected[loss], **CLOSE)


def test_lora_trains_few_weights_and_is_merged(tiny: Tiny, train, tmp_path: Path) -> None:
    from conftest import run

    import export

    train("lora", *SHORT, "lora=2", "ema=0")
    base, tuned = read_transformer(str(tiny.model)).state_dict(), weights(tmp_path / "lora")
    name = "transformer_blocks.0.attn1.to_q"
    assert torch.equal(tuned[f"transformer.{name}.base_layer.weight"], base[f"{name}.weight"])
    low = tuned[f"transformer.{name}.lora_B.default.weight"] @ tuned[f"transformer.{name}.lora_A.default.weight"]
    assert low.any()
    run(export.main, tmp_path / "lora", "--to", tmp_path / "exported", "--dtype", "float32")
    merged = read_transformer(str(tmp_path / "exported")).state_dict()
    torch.testing.assert_close(merged[f"{name}.weight"], base[f"{name}.weight"] + low)


def test_videos_and_shards_train_alike_and_features_may_be_kept(tiny: Tiny, train, tmp_path: Path) -> None:
    from conftest import run
    from tiny import SIZE

    import precompute

    # Of their own: features that stay beside the clips of all tests would be found there by those that follow.
    clips = shutil.copytree(tiny.clips, tmp_path / "clips")
    shards = train("shards", *SHORT, "steps=2")
    assert train("videos", *SHORT, "steps=2", data=clips) == shards
    run(precompute.main, "teacher", "--data", clips, "--size", SIZE, "--teacher", tiny.teacher, "--dtype", "float32")
    assert "teacher" in VideoClips(clips, read_recipe(tiny.recipe, []))[0]
    same(train("kept", *SHORT, "steps=2", data=clips), shards, rtol=2e-2, atol=1e-3)  # float16 features, over τ
