"""Files of features for the page: what is written, what is refused, and that the texts of docs/bring-your-own.md run."""

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tiny as make
import torch
from conftest import ROOT, Tiny, run, weights
from diffusers import CogVideoXPipeline
from safetensors import safe_open
from safetensors.torch import load_file

from tempered_features import check, save, token_times

TIMES = [0.0, 0.5]


def test_what_is_written_is_what_safetensors_reads(tmp_path: Path) -> None:
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        layers = {"block 1": torch.randn(2, 2, 3, 4).to(dtype), "block 2": torch.randn(2, 6, 5).to(dtype)}
        save(tmp_path / "x.safetensors", layers, name="mine", times=TIMES, grid=(3, 2))
        with safe_open(tmp_path / "x.safetensors", "pt") as file:
            assert file.metadata() == {"name": "mine", "frame_times_s": "0.0,0.5", "grid": "3x2"}
            for key, value in layers.items():
                assert torch.equal(file.get_tensor(f"features.{key}"), value)
        assert check(tmp_path / "x.safetensors") == {"features.block 1": (2, 2, 3, 4), "features.block 2": (2, 3, 2, 5)}


def test_pytorch_is_all_that_it_needs(tmp_path: Path) -> None:
    """PyTorch does not bring numpy along."""
    code = (
        "import sys\nsys.modules['numpy'] = None\nimport torch\nfrom tempered_features import save\n"
        "save(sys.argv[1], torch.arange(24.).reshape(3, 2, 4).mT, name='mine', times=[0, 1, 2], grid=(2, 2))\n"
    )
    path = tmp_path / "x.safetensors"
    done = subprocess.run([sys.executable, "-c", code, str(path)], env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert torch.equal(load_file(path)["features"], torch.arange(24.0).reshape(3, 2, 4).mT)


@pytest.mark.parametrize(
    ("features", "options", "sentence"),
    [
        (torch.zeros(1, 2, 2, 2, 3), {"times": TIMES}, "batch axis"),
        (torch.zeros(2, 5, 3), {"times": TIMES, "grid": (2, 2)}, "5 tokens a frame and the grid 2x2 has 4"),
        (torch.zeros(2, 4, 3), {"times": TIMES}, "needs a grid"),
        (torch.full((2, 1, 1, 1), torch.nan), {"times": TIMES}, "not finite"),
        (torch.zeros(2, 1, 1, 1), {"times": [0.5, 0.0]}, "later than the one before"),
        (torch.zeros(2, 1, 1, 1), {}, "give times="),
        (torch.zeros(2, 1, 1, 1, dtype=torch.float64), {"times": TIMES}, "use float32"),
        ({"a": torch.zeros(2, 1, 1, 1), "b": torch.zeros(3, 1, 1, 1)}, {"times": TIMES}, "share their frames"),
        (torch.zeros(2, 1, 1, 1), {"frames": torch.zeros(2, 16, 16, 3, dtype=torch.uint8)}, "need fps="),
    ],
)
def test_what_the_page_would_refuse_is_refused_here(tmp_path: Path, features, options, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        save(tmp_path / "x.safetensors", features, name="mine", **options)


def test_a_token_is_at_the_middle_of_its_frames() -> None:
    assert token_times(8, 8, 2) == [0.0625, 0.3125, 0.5625, 0.8125]
    assert token_times(9, 8, 4, first_alone=True) == [0, 2.5 / 8, 6.5 / 8]


def test_the_text_for_cogvideox_runs_on_diffusers_own_model(tmp_path: Path) -> None:
    text = (ROOT / "docs/bring-your-own.md").read_text()
    (code,) = re.findall(r"```python\n(# cogvideox\n.*?)```", text, re.DOTALL)
    names: dict = {}
    exec(code, names)
    make.write_model(tmp_path / "model")
    pipe = CogVideoXPipeline.from_pretrained(tmp_path / "model")
    video = torch.randint(0, 256, (make.FRAMES, make.HEIGHT, make.WIDTH, 3), dtype=torch.uint8)
    names["write_cogvideox"](pipe, video, 8, tmp_path / "x.safetensors", block=make.BLOCK, ts=(100, 500))
    assert check(tmp_path / "x.safetensors") == {f"features.block 2, t = {t}": (3, 6, 9, 64) for t in (100, 500)}
    # The block after which they are read, and the noise, are what was asked for.
    one, other = (names["cogvideox_features"](pipe, video, 8, block, 100) for block in (make.BLOCK, make.BLOCK + 1))
    assert not torch.allclose(one, other)
    with safe_open(tmp_path / "x.safetensors", "pt") as file:
        assert torch.equal(file.get_tensor("features.block 2, t = 100"), one.half())
        assert not torch.equal(file.get_tensor("features.block 2, t = 500"), one.half())


def test_a_trained_model_is_seen_as_a_step_of_training_sees_it(
    tiny: Tiny, train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """features.py's files against hooks in a step of Objective on the same clip, t and noise, and precompute's teacher."""
    import features
    import precompute
    from tuning.data import VideoClips, collate, fitted, read_frames
    from tuning.objective import Objective, draws
    from tuning.recipe import read_recipe
    from tuning.student import Student, read_transformer
    from tuning.teacher import read_teacher

    train("mine", "steps=2", "batch=2", "learning_rate=1e-2", "warmup=1", "ema=0")
    # Of their own: kept features of a teacher beside the clips that all tests share would be trained on by those that follow.
    clips = shutil.copytree(tiny.clips, tmp_path / "clips")
    kind, video = ["--size", make.SIZE, "--dtype", "float32", "--teacher", tiny.teacher], clips / "coffee.mp4"
    run(precompute.main, "teacher", "--data", clips, *kind)
    recipe = read_recipe(tiny.recipe, [])
    data = VideoClips(clips, recipe)
    batch = collate([data[2]])
    (t,), noise = draws(recipe.seed, range(1), batch["latents"].shape[1:])
    other = (int(t) + 400) % 1000
    command = [tmp_path / "mine", video, "--to", tmp_path / "seen", *kind[2:], "--seed", recipe.seed, "--t", int(t), other]
    run(features.main, *command)
    files = [tmp_path / "seen" / name for name in ("aligned.safetensors", "block2.safetensors")]
    aligned, hidden = map(load_file, files)

    for whose in ("tuned", "untuned"):
        student, seen = Student(read_transformer(str(tiny.model)), recipe, 32), []
        trained = weights(tmp_path / "mine")
        student.load_state_dict(
            trained if whose == "tuned" else {k: v for k, v in trained.items() if "projector" in k}, strict=False
        )
        student.transformer.transformer_blocks[1].register_forward_hook(
            lambda _module, _in, out, seen=seen: seen.append(out[0])
        )
        student.projector.register_forward_hook(lambda _module, _in, out, seen=seen: seen.append(out))
        Objective(recipe, read_teacher(tiny.teacher))(student, batch, range(1))
        assert torch.equal(hidden[f"features.{whose}, t = {t}"], seen[0].reshape(3, 6, 9, 64).half())
        assert torch.equal(aligned[f"features.{whose}, t = {t}"], seen[1][0].half())
        # Another t is another mixture of the same noise.
        a = Objective(recipe, None).alphas[other].float()
        student.transformer((a.sqrt() * batch["latents"] + (1 - a).sqrt() * noise), batch["text"], torch.tensor([other]))
        torch.testing.assert_close(hidden[f"features.{whose}, t = {other}"], seen[2].reshape(3, 6, 9, 64).half())
    assert not torch.allclose(*(hidden[f"features.{whose}, t = {t}"] for whose in ("tuned", "untuned")), rtol=1e-2)
    assert torch.equal(aligned["features.teacher"], data[2]["teacher"].reshape(4, 2, 3, 32))

    with safe_open(files[0], "pt") as one, safe_open(files[1], "pt") as two:
        rate = 12 / 2  # the film's over every second frame: 9 of its 24
        frames = fitted(read_frames(video, list(range(0, 18, 2))), make.HEIGHT, make.WIDTH).round().byte().permute(0, 2, 3, 1)
        for file in (one, two):
            assert torch.equal(file.get_tensor("frames"), frames) and float(file.metadata()["fps"]) == rate
        moments = [[float(time) * rate for time in file.metadata()["frame_times_s"].split(",")] for file in (one, two)]
        assert moments == [pytest.approx([1.5, 3.5, 5.5, 7.5], abs=1e-4), pytest.approx([0, 2.5, 6.5], abs=1e-4)]
        assert [file.metadata()["name"] for file in (one, two)] == ["mine", "mine, block 2"]
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", ["tempered_features", *map(str, files)])
    runpy.run_module("tempered_features", run_name="__main__")
    assert f"{files[0]} features.teacher 4×2×3×32" in capsys.readouterr().out

    with pytest.raises(SystemExit, match="has no checkpoint"):
        run(features.main, tmp_path, *command[1:])


def snippet(title: str) -> dict:
    """What the Python below a heading of docs/bring-your-own.md defines."""
    text = (ROOT / "docs/bring-your-own.md").read_text().split(f"### {title}\n", 1)[1]
    names: dict = {}
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], names)
    return names


class StandIn(torch.nn.Module):
    """DINOv2's own interface over a random patch embedding: the hub needs a network."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = torch.nn.Conv2d(3, 8, 14, 14)

    def get_intermediate_layers(self, x: torch.Tensor, n: list[int], reshape: bool) -> tuple[torch.Tensor, ...]:
        assert reshape
        return tuple(self.patches(x) * (layer + 1) for layer in n)


def test_the_text_for_dinov2_runs_on_its_interface(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(torch.hub, "load", lambda *names: asked.append(names) or StandIn())
    video = torch.randint(0, 256, (3, 28, 42, 3), dtype=torch.uint8)
    snippet("DINOv2")["write_dinov2"](video, 8, tmp_path / "x.safetensors")
    assert asked == [("facebookresearch/dinov2", "dinov2_vitb14_reg")]
    assert check(tmp_path / "x.safetensors") == {f"features.layer {layer}": (3, 2, 3, 8) for layer in (4, 8, 12)}


def test_the_text_for_videomae_runs_on_a_model_of_the_official_layout(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    make.write_teacher(weights)
    video = torch.randint(0, 256, (16, 224, 224, 3), dtype=torch.uint8)
    snippet("VideoMAEv2")["write_videomae"](video, 8, weights, tmp_path / "x.safetensors")
    ((_, shape),) = check(tmp_path / "x.safetensors").items()
    assert shape[:3] == (8, 14, 14)
