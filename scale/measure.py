"""What a step of the real size takes on this GPU, with random weights: `python measure.py --recipe run.json --minutes 10`.

The student is CogVideoX-2B and the teacher VideoMAEv2-Base, or what --transformer and --teacher say; the clip is noise in which
a bar moves. Everything else is train.py's: losses, autocast, checkpointed blocks, AdamW, average. A step is of one clip, always
the same at the same time and noise, so the loss has to fall. Sizes are tried in their order until one fits. Each step is a line
of JSON, and so is what is in the table of README.md.
"""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from diffusers import CogVideoXTransformer3DModel
from torch import Tensor

from tuning.average import Average
from tuning.objective import Objective
from tuning.recipe import Recipe, read_recipe
from tuning.sentences import mistakes_end_it
from tuning.student import Student, add_lora
from tuning.teacher import VideoMAEv2, read_teacher

SIZES = ("49x480x720", "49x384x576", "25x384x576", "17x288x432", "9x192x288")


def main() -> None:
    """Measures the first size that fits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", type=Path, required=True, help="as train.py's")
    parser.add_argument(
        "--set", nargs="*", default=[], metavar="NAME=VALUE", help="changes, such as lora=64 checkpointing=false"
    )
    parser.add_argument("--sizes", nargs="+", default=SIZES, help="frames, height and width, the largest first")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--steps", type=int, default=1000, help="at most; the first two are not timed")
    parser.add_argument("--transformer", type=Path, help="config.json of a smaller CogVideoX")
    parser.add_argument("--teacher", type=Path, help="a VideoMAEv2's model.safetensors")
    parser.add_argument("--peak", type=float, help="TFLOP/s of this GPU in bfloat16, to say which share is reached")
    args = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    ends = time.monotonic() + 60 * args.minutes
    for size in args.sizes:
        frames, height, width = size.split("x")
        with mistakes_end_it():
            recipe = read_recipe(args.recipe, ["warmup=0", *args.set, f"frames={frames}", f"height={height}", f"width={width}"])
        lines, fits = [], True
        try:
            for line in steps(recipe, args.transformer, args.teacher, device, args.steps, ends):
                print(json.dumps(line), flush=True)
                lines.append(line)
        except torch.OutOfMemoryError:
            fits = False  # what failed is freed only after this clause, which holds its frames
        if fits:
            print(json.dumps(summary(size, recipe, args.transformer, lines, device, args.peak)), flush=True)
            return
        print(json.dumps({"size": size, "fits": False, **memory(device)}), flush=True)
        if device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
    raise SystemExit(f"none of {', '.join(args.sizes)} fits: give smaller --sizes, or --set lora=64")


def steps(
    recipe: Recipe, config: Path | None, teacher: Path | None, device: torch.device, most: int, ends: float
) -> Iterator[dict[str, float]]:
    """Takes steps until there are `most` or the clock says `ends`; of each its losses and the milliseconds of its parts."""
    torch.manual_seed(recipe.seed)
    vfm = (read_teacher(teacher) if teacher else VideoMAEv2().eval().requires_grad_(False)).to(device)
    with device:
        transformer = new_transformer(config)
        if recipe.lora:
            add_lora(transformer, recipe.lora)
        student = Student(transformer, recipe, vfm.blocks[0].norm1.normalized_shape[0]).train()
    trained = {name: p for name, p in student.named_parameters() if p.requires_grad}
    optimizer = torch.optim.AdamW(
        trained.values(), lr=recipe.learning_rate, betas=recipe.betas, weight_decay=recipe.weight_decay
    )
    average, objective, batch = (
        Average(trained, recipe.ema),
        Objective(recipe, vfm).to(device),
        clip(recipe, transformer, device),
    )
    for step in range(most):
        began = [moment(device)]
        with torch.autocast(device.type, torch.bfloat16):
            losses = objective(student, batch, range(1))  # always the place 0: the same time and noise
        began.append(moment(device))
        losses.loss.backward()
        began.append(moment(device))
        norm = torch.nn.utils.clip_grad_norm_(trained.values(), recipe.clip_norm)
        optimizer.step()
        optimizer.zero_grad()
        average.update()
        began.append(moment(device))
        forward, backward, update = (1000 * (b - a) for a, b in zip(began, began[1:], strict=False))
        numbers = {"loss": losses.loss, "diffusion": losses.diffusion, "alignment": losses.alignment, "grad_norm": norm}
        values = {name: float(value.detach()) for name, value in numbers.items()}
        yield {"step": step + 1, **values, "forward_ms": forward, "backward_ms": backward, "update_ms": update}
        if time.monotonic() > ends:
            return


def new_transformer(config: Path | None) -> CogVideoXTransformer3DModel:
    """Random weights; diffusers' defaults are CogVideoX-2B."""
    if config is None:
        return CogVideoXTransformer3DModel()
    return CogVideoXTransformer3DModel.from_config(json.loads(config.read_text()))


def clip(recipe: Recipe, transformer: CogVideoXTransformer3DModel, device: torch.device) -> dict[str, Tensor]:
    """A batch as `data.collate` makes it, of one clip."""
    generator = torch.Generator().manual_seed(recipe.seed)
    about = transformer.config
    height, width = recipe.height // recipe.view, recipe.width // recipe.view
    view = torch.randint(256, (1, 1, 3, height, width), generator=generator, dtype=torch.uint8).repeat(
        1, recipe.frames - 1, 1, 1, 1
    )
    for t in range(recipe.frames - 1):
        left = t * (width - 8) // (recipe.frames - 1)
        view[:, t, :, : height // 2, left : left + 8] = 255
    latents = (1, (recipe.frames + 3) // 4, about.in_channels, recipe.height // 8, recipe.width // 8)
    text = (1, about.max_text_seq_length, about.text_embed_dim)
    batch = {"latents": torch.randn(latents, generator=generator), "text": torch.randn(text, generator=generator), "view": view}
    return {name: value.to(device) for name, value in batch.items()}


def moment(device: torch.device) -> float:
    """Seconds, when all that was asked for is done."""
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def memory(device: torch.device) -> dict[str, float]:
    """The most that was allocated, and reserved from the driver, in GB of 10⁹ bytes."""
    if device.type != "cuda":
        return {}
    return {"allocated_gb": torch.cuda.max_memory_allocated() / 1e9, "reserved_gb": torch.cuda.max_memory_reserved() / 1e9}


def forward_flop(transformer: CogVideoXTransformer3DModel, recipe: Recipe) -> float:
    """FLOP of one clip's way through the blocks: their linear layers and both products of attention."""
    about = transformer.config
    width, patch = about.num_attention_heads * about.attention_head_dim, 8 * about.patch_size
    tokens = about.max_text_seq_length + (recipe.frames + 3) // 4 * (recipe.height // patch) * (recipe.width // patch)
    block = transformer.transformer_blocks[0]
    weights = sum(p.numel() for name, p in block.named_parameters() if p.ndim == 2 and name.startswith(("attn1.", "ff.")))
    return len(transformer.transformer_blocks) * (2 * tokens * weights + 4 * tokens**2 * width)


def step_flop(transformer: CogVideoXTransformer3DModel, recipe: Recipe) -> float:
    """FLOP of a clip's step: forward, again where blocks are checkpointed, and backward, which counts as two forwards."""
    return (4 if recipe.checkpointing else 3) * forward_flop(transformer, recipe)


def summary(
    size: str, recipe: Recipe, config: Path | None, lines: list[dict[str, float]], device: torch.device, peak: float | None
) -> dict[str, object]:
    """What goes into the README's table."""
    timed = lines[2:] or lines
    with torch.device("meta"):
        flop = step_flop(new_transformer(config), recipe)
    ms = sorted(line["forward_ms"] + line["backward_ms"] + line["update_ms"] for line in timed)
    middle = ms[len(ms) // 2]
    name = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
    about = {"device": name, "torch": torch.__version__, "size": size, "fits": True, "loss": recipe.loss, "lora": recipe.lora}
    about |= {"checkpointing": recipe.checkpointing, "steps": len(lines), "ms": middle, "ms_least": ms[0], "ms_most": ms[-1]}
    about |= {
        f"{part}_ms": sorted(line[f"{part}_ms"] for line in timed)[len(ms) // 2] for part in ("forward", "backward", "update")
    }
    about |= {
        "step_tflop": flop / 1e12,
        "tflops": flop / 1e9 / middle,
        "first_loss": lines[0]["loss"],
        "last_loss": lines[-1]["loss"],
    }
    share = {"share_of_peak": flop / 1e9 / middle / peak} if peak else {}
    return about | share | memory(device)


if __name__ == "__main__":
    main()
