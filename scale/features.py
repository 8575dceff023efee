"""What a run's model sees in a video, as files of features that the page opens.

`python features.py runs/mtsa clip.mp4 --teacher model.safetensors --to seen`

The clip is made as precompute.py makes it and noised as train.py noises it, with the same noise for all. FOLDER gets

- `aligned.safetensors`, in the teacher's grid: `teacher`, and of each t what the projector makes of the model, `tuned` and
  `untuned`. The latter is the model before its first step through the same projector, which was never trained on it.
- `block18.safetensors`: the hidden states after the recipe's block, `tuned` and `untuned`, of each t.
"""

import argparse
import tempfile
from pathlib import Path

import torch
from torch import Tensor

from precompute import make_features, make_latents, make_text
from tempered_features import save, token_times
from tuning.data import Clip, Video, frame_numbers, frame_rate, read_clip, read_fitted
from tuning.objective import STEPS, alphas, draws, parts
from tuning.run import Run, read_run
from tuning.sentences import mistakes_end_it
from tuning.teacher import TUBELET


def main() -> None:
    """Writes both files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder that train.py wrote (--out)")
    parser.add_argument("video", type=Path)
    parser.add_argument("--to", type=Path, required=True, help="folder to write")
    parser.add_argument("--teacher", type=Path, required=True, help="VideoMAEv2-Base's model.safetensors")
    parser.add_argument("--t", type=int, nargs="+", default=[100, 250, 500], help=f"timesteps, 0 to {STEPS - 1}")
    parser.add_argument("--seed", type=int, default=0, help="of the noise")
    parser.add_argument("--prompt", help="the video's caption; else that of the .txt beside it, or none")
    parser.add_argument("--model", help="what the run started from, if it has moved; with vae, tokenizer and text_encoder")
    parser.add_argument("--dtype", default="bfloat16", choices=("float32", "bfloat16", "float16"))
    args = parser.parse_args()
    if not all(0 <= t < STEPS for t in args.t):
        parser.error(f"timesteps are from 0 to {STEPS - 1}, got {' '.join(map(str, args.t))}")
    beside = args.video.with_suffix(".txt")
    prompt = args.prompt if args.prompt is not None else beside.read_text().strip() if beside.exists() else ""
    device, dtype = torch.device("cuda" if torch.cuda.is_available() else "cpu"), getattr(torch, args.dtype)
    with mistakes_end_it():
        run = read_run(args.run, args.model)
        clip, frames, fps = as_trained(args.video, prompt, run, args.teacher, device, dtype)
        aligned, hidden = seen_by_both(run, clip, args.t, args.seed, device, dtype)
        recipe, name = run.recipe, args.run.resolve().name
        aligned |= {"teacher": clip["teacher"].unflatten(1, recipe.teacher_grid[1:])}
        without_first = [time + 1 / fps for time in token_times(recipe.frames - 1, fps, TUBELET)]
        causal = token_times(recipe.frames, fps, 4, first_alone=True)
        args.to.mkdir(parents=True, exist_ok=True)
        for path, layers, called, times in (
            (args.to / "aligned.safetensors", aligned, name, without_first),
            (args.to / f"block{recipe.block}.safetensors", hidden, f"{name}, block {recipe.block}", causal),
        ):
            save(path, layers, name=called, times=times, frames=frames, fps=fps)
            print(f"{path}: {'; '.join(sorted(layers))}")


def as_trained(
    video: Path, prompt: str, run: Run, teacher: Path, device: torch.device, dtype: torch.dtype
) -> tuple[Clip, Tensor, float]:
    """The clip that training would make of a video, with the teacher's features; frames uint8 [T, H, W, 3] and their rate."""
    recipe = run.recipe
    with tempfile.TemporaryDirectory() as cache:
        one = Video(video, prompt, Path(cache), f"{recipe.frames}x{recipe.height}x{recipe.width}")
        make_latents([one], recipe, run.model, device, dtype)
        if one.unreadable.exists():
            raise ValueError(one.unreadable.read_text().strip())
        make_text([one], run.model, device, dtype)
        make_features([one], recipe, teacher, device, dtype)
        frames = read_fitted(one, recipe).round().clamp(0, 255).byte().permute(0, 2, 3, 1)
        return read_clip(one, recipe), frames, frame_rate(video, frame_numbers(video, recipe.frames))


def seen_by_both(
    run: Run, clip: Clip, times: list[int], seed: int, device: torch.device, dtype: torch.dtype
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """What the model sees of a clip in noise at each t, tuned and untuned, float16.

    The noise is that of the first clip of a run of this seed, the same at every t.

    Returns:
        By the tuned projector, if the run has one, in the teacher's grid [F', H', W', C]; and hidden states [F, H, W, width].
    """
    x0 = clip["latents"].float().transpose(0, 1)[None].to(device)
    noise = draws(seed, range(1), x0.shape[1:])[1].to(x0)
    text, shares = clip["text"][None].to(device), alphas().to(device)
    aligned, hidden, projector = {}, {}, None
    for whose, read in (("tuned", run.tuned), ("untuned", run.untuned)):
        # Not under no_grad: diffusers would not call the Student's hook. Frozen weights keep no graph either.
        student = read().to(device).eval().requires_grad_(False)
        student.projector = projector = projector or student.projector
        for t in times:
            step = torch.tensor([t], device=device)
            signal, rest = parts(shares[step], x0)
            with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
                _, h, projected = student(signal * x0 + rest * noise, step, text)
            hidden[f"{whose}, t = {t}"] = h[0].unflatten(0, student.grid(x0)).half().cpu()
            if projected is not None:
                aligned[f"{whose}, t = {t}"] = projected[0].unflatten(1, run.recipe.teacher_grid[1:]).half().cpu()
        del student  # a GPU need not hold both models
    return aligned, hidden


if __name__ == "__main__":
    main()
