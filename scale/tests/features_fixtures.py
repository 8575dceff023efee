"""Writes test/fixtures/features/: files of features as the page opens them, and what PyTorch makes of them.

Run in scale/:  PYTHONPATH=src:. python tests/features_fixtures.py     (the versions of pyproject.toml's "train")

`vit.safetensors`: two vision transformers of random weights on a clip with a moving square, features of each, and by PyTorch
in float64 their matches, losses and gradients at the metadata's τ, ρ and margin, as tensors `expected.…` that the page ignores.
`cogvideox.safetensors`: diffusers' CogVideoX with tiny random weights, written by the text of docs/bring-your-own.md.
`aligned.safetensors`, `block2.safetensors`: by train.py, two steps with that model, and features.py.
"""

import json
import re
import tempfile
from pathlib import Path

import tiny
import torch
from conftest import run
from diffusers import CogVideoXPipeline
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from tempered_alignment import gram, motion_mask, mtsa, self_similarity, trd, tsa
from tempered_features import save

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "test/fixtures/features"
FRAMES, ROWS, COLUMNS, PATCH = 4, 5, 6, 16
TAU, RHO, MARGIN, QUERY = 0.1, 0.2, 0.1, (1, 2, 3)


def moving_square() -> Tensor:
    """uint8 [F, 80, 96, 3]: a bright square over noise, one token to the right a frame."""
    ground = torch.randint(0, 120, (ROWS * PATCH, COLUMNS * PATCH, 3), generator=torch.Generator().manual_seed(3)).byte()
    video = ground.repeat(FRAMES, 1, 1, 1)
    for f in range(FRAMES):
        video[f, 20:48, 8 + PATCH * f : 36 + PATCH * f] = torch.tensor([230, 180, 40], dtype=torch.uint8)
    return video


def vit(video: Tensor, width: int, seed: int) -> Tensor:
    """float32 [F, H, W, width]: a transformer of two blocks over the patches of each frame."""
    torch.manual_seed(seed)
    patches = nn.Conv2d(3, width, PATCH, PATCH)
    block = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0, batch_first=True, norm_first=True)
    blocks = nn.TransformerEncoder(block, 2, enable_nested_tensor=False).eval()
    with torch.no_grad():
        tokens = patches(video.permute(0, 3, 1, 2) / 255).flatten(2).transpose(1, 2)
        return blocks(tokens).unflatten(1, (ROWS, COLUMNS))


def write_vit() -> None:
    video = moving_square()
    layers = {"teacher": vit(video, 24, 1), "student": vit(video, 20, 2)}
    path = OUT / "vit.safetensors"
    save(path, layers, name="random ViT", frames=video, fps=8)
    teacher, student = (layer.double().flatten(1, 2)[None] for layer in layers.values())
    mask = motion_mask(video.permute(0, 3, 1, 2)[None], 1, PATCH, RHO)
    losses = {
        "tsa": lambda y: tsa(teacher, y, TAU),
        "mtsa": lambda y: mtsa(teacher, y, mask, TAU),
        "trd": lambda y: trd(teacher, y, MARGIN),
        "gram": lambda y: gram(teacher, y),
    }
    expected: dict[str, Tensor] = {}
    for name, loss in losses.items():
        leaf = student.clone().requires_grad_()
        value = loss(leaf)
        value.backward()
        expected[f"expected.{name}"] = torch.stack([value.detach(), leaf.grad.norm()])
    query = (QUERY[0] * ROWS + QUERY[1]) * COLUMNS + QUERY[2]
    N, S = FRAMES * ROWS * COLUMNS, ROWS * COLUMNS
    for name, y in (("teacher", teacher), ("student", student)):
        row = self_similarity(y)[0, query]
        expected[f"expected.{name}.similarity"] = row
        expected[f"expected.{name}.probability"] = (row.reshape(FRAMES, S) / TAU).softmax(-1).flatten()
        expected[f"expected.{name}.best"] = row.reshape(FRAMES, S).argmax(-1).double()
    # Equation 10 by autograd: the loss of the one row, over all N rows and F frames.
    R = self_similarity(student)[0, query].clone().requires_grad_()
    p, q = (functional.log_softmax(r.reshape(FRAMES, S) / TAU, -1) for r in (self_similarity(teacher)[0, query], R))
    kl = functional.kl_div(q, p, reduction="none", log_target=True).sum(-1)
    (kl.sum() / (N * FRAMES)).backward()
    expected |= {"expected.gradient": R.grad, "expected.kl": kl.detach()}
    with safe_open(path, "pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}
        metadata = file.metadata()
    metadata |= {"tau": str(TAU), "rho": str(RHO), "margin": str(MARGIN), "query": ",".join(map(str, QUERY))}
    save_file(tensors | {key: value.contiguous() for key, value in expected.items()}, path, metadata)


def write_cogvideox() -> None:
    (code,) = re.findall(r"```python\n(# cogvideox\n.*?)```", (ROOT / "docs/bring-your-own.md").read_text(), re.DOTALL)
    names: dict = {}
    exec(code, names)
    video = torch.zeros(tiny.FRAMES, 96, 96, 3, dtype=torch.uint8) + 90
    for f in range(tiny.FRAMES):
        video[f, 30:60, 6 * f : 6 * f + 30] = torch.tensor([230, 180, 40], dtype=torch.uint8)
    with tempfile.TemporaryDirectory() as folder:
        tiny.write_model(Path(folder))
        pipe = CogVideoXPipeline.from_pretrained(folder)
        names["write_cogvideox"](pipe, video, 8, OUT / "cogvideox.safetensors", block=tiny.BLOCK, ts=(100, 500))


def write_tuned() -> None:
    import features
    import precompute
    import train

    # Teacher and student in one grid of 2 × 3, so that a file with its frames is small.
    frames, height, width = tiny.FRAMES, 32, 48
    recipe = json.loads((ROOT / "test/fixtures/recipe.json").read_text())
    scale = tiny.SMALL | {"height": height, "width": width, "view": 1}
    scale |= {"steps": 2, "batch": 2, "learning_rate": 1e-2, "warmup": 1, "ema": 0}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        tiny.write_model(root / "model")
        tiny.write_teacher(root / "teacher.safetensors")
        tiny.write_clips(root / "clips")
        (root / "recipe.json").write_text(json.dumps(recipe | {"scale": scale}))
        model, teacher, data = ["--model", root / "model"], ["--teacher", root / "teacher.safetensors"], root / "clips"
        size = ["--size", f"{frames}x{height}x{width}", "--view", 1, "--dtype", "float32"]
        run(precompute.main, "latents", "text", "--data", data, *model, *size)
        where = ["--recipe", root / "recipe.json", "--data", data, "--workers", 0, "--out", root / "mtsa"]
        run(train.main, *where, *model, *teacher)
        seen = ["--to", OUT, *teacher, "--dtype", "float32", "--t", 100, 500]
        run(features.main, root / "mtsa", data / "coffee.mp4", *seen)


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    write_vit()
    write_cogvideox()
    write_tuned()
    for file in sorted(OUT.iterdir()):
        print(file.relative_to(ROOT), file.stat().st_size, "bytes")
