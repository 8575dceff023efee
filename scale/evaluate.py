"""Draws a list of prompts with one or more checkpoints, and writes what the judges of VideoPhy and VideoPhy2 read.

`python evaluate.py --prompts videophy.txt --detailed videophy_detailed.txt --out drawn base=zai-org/CogVideoX-2b mtsa=exported`

Prompt i starts from the same noise with every checkpoint, so that clips can be compared in pairs. Started again, it goes on;
several processes share the work (`accelerate launch --num_processes 8 evaluate.py …`). Each checkpoint gets a folder of
videos, in it `drawn.json`, which says what drew them, and a table `NAME.csv` with columns videopath and caption.
"""

import argparse
import csv
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np
import torch
from diffusers import CogVideoXDPMScheduler, CogVideoXPipeline
from torch import nn

from tuning.processes import processes
from tuning.seeds import state_of
from tuning.student import read_transformer


def main() -> None:
    """Draws what is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", nargs="+", metavar="NAME=FOLDER", help="folders with a transformer, as export.py writes")
    parser.add_argument("--prompts", type=Path, required=True, help="a line each, or a CSV: caption, perhaps upsampled_caption")
    parser.add_argument(
        "--detailed", type=Path, help="what is drawn for each line of --prompts, which the judge reads: a line each"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", default="zai-org/CogVideoX-2b", help="everything but the transformer")
    parser.add_argument("--size", default="49x480x720", help="frames, height and width")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--guidance", type=float, default=6.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dtype", default="bfloat16", choices=("float32", "bfloat16", "float16"))
    args = parser.parse_args()
    frames, height, width = map(int, args.size.split("x"))
    prompts, state = read_prompts(args.prompts, args.detailed), processes()
    pipe = CogVideoXPipeline.from_pretrained(args.model, torch_dtype=getattr(torch, args.dtype)).to(state.device)
    # As VideoREPA's inference/generate.py draws: not by the scheduler of the hub, CogVideoXDDIMScheduler.
    pipe.scheduler = CogVideoXDPMScheduler.from_config(pipe.scheduler.config, timestep_spacing="trailing")
    pipe.vae.enable_tiling()
    pipe.set_progress_bar_config(disable=True)
    how = {name: getattr(args, name) for name in ("model", "size", "steps", "guidance", "seed", "dtype")}
    how["scheduler"] = type(pipe.scheduler).__name__
    how["prompts"] = digest(prompt.encode() for _, prompt in prompts)
    for checkpoint in args.checkpoints:
        name, found, folder = checkpoint.partition("=")
        if not found:
            parser.error(f"a checkpoint is written as name=folder, got {checkpoint}")
        transformer = read_transformer(folder, getattr(torch, args.dtype))
        check_same(args.out / name, how | {"transformer": weights_digest(transformer)}, state.process_index)
        pipe.transformer = transformer.to(state.device).eval()
        for i in range(state.process_index, len(prompts), state.num_processes):
            path = args.out / name / f"{i:04}.mp4"
            if path.exists():
                continue
            drawn = pipe(
                prompt=prompts[i][1],
                num_frames=frames,
                height=height,
                width=width,
                num_inference_steps=args.steps,
                guidance_scale=args.guidance,
                use_dynamic_cfg=True,
                generator=torch.Generator().manual_seed(state_of(args.seed, i)),
                output_type="np",
            ).frames[0]
            write_video(drawn, path)
            print(f"{name} {i + 1} of {len(prompts)}: {prompts[i][0]}", flush=True)
        state.wait_for_everyone()
        if state.is_main_process:
            with (args.out / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                folder = (args.out / name).resolve()  # the judges run in folders of their own
                rows = [(folder / f"{i:04}.mp4", caption) for i, (caption, _) in enumerate(prompts)]
                csv.writer(file).writerows([("videopath", "caption"), *rows])


def digest(parts: Iterable[bytes | np.ndarray]) -> str:
    """16 hexadecimal digits, other ones for other parts."""
    found = hashlib.sha256()
    for part in parts:
        found.update(hashlib.sha256(part).digest())  # each by itself, so that it matters where one ends
    return found.hexdigest()[:16]


def weights_digest(module: nn.Module) -> str:
    """Of weights as they were loaded, wherever their files are: a folder, or the hub's cache."""
    return digest(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy() for tensor in module.state_dict().values())


def check_same(folder: Path, how: dict[str, object], process: int) -> None:
    """Writes what draws a folder's videos beside the first of them; those that are there stay, so they must be of the same.

    Args:
        folder: of one checkpoint's videos; it is made.
        how: options, and digests of prompts and weights.
        process: which of those that share the work, all of which call this with the same.

    Raises:
        SystemExit: where its videos were drawn otherwise, naming what differs, or nothing says how.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record, remedy = folder / "drawn.json", "take another --out or name, or remove the folder to draw them anew"
    if not record.exists():
        if any(folder.glob("*.mp4")):
            raise SystemExit(f"{folder} holds videos, and no {record.name} says what drew them: {remedy}")
        part = folder / f"drawn-{process}.part"
        part.write_text(json.dumps(how, indent=1) + "\n")
        part.rename(record)
    before = json.loads(record.read_text())
    other = [name for name in how if before.get(name) != how[name]]
    if other:
        said = ", ".join(f"{name}={how[name]} for {before.get(name)}" for name in other)
        raise SystemExit(f"{folder} holds videos that were drawn otherwise ({said}): {remedy}, or give the options that it has")


def read_prompts(path: Path, detailed: Path | None = None) -> list[tuple[str, str]]:
    """Caption, which the judge reads, and prompt, which is drawn, of each line or row.

    Args:
        path: captions, a line each; or a CSV with `caption` and perhaps `upsampled_caption`, the prompt.
        detailed: prompts of those lines, a line each; without it a caption is its own prompt.

    Raises:
        SystemExit: where there are none, or not as many prompts as captions.
    """
    if path.suffix == ".csv":
        if detailed:
            raise SystemExit(
                f"{path} is a CSV, whose prompts are its column upsampled_caption: leave out --detailed {detailed}"
            )
        with path.open(newline="", encoding="utf-8") as file:
            rows = [(row["caption"], row.get("upsampled_caption") or row["caption"]) for row in csv.DictReader(file)]
    else:
        captions, prompts = lines_of(path), lines_of(detailed or path)
        if len(captions) != len(prompts):
            raise SystemExit(
                f"{path} has {len(captions)} captions and {detailed} {len(prompts)} prompts: give files of the same list"
            )
        rows = list(zip(captions, prompts, strict=True))
    if not rows:
        raise SystemExit(f"{path} has no prompts: one a line, or a CSV with a column caption")
    return rows


def lines_of(path: Path) -> list[str]:
    """Lines of a file that are not empty."""
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def write_video(frames: np.ndarray, path: Path, rate: int = 8) -> None:
    """H.264 of frames [T, H, W, 3] in [0, 1]; whole or not at all."""
    part = path.with_suffix(".part.mp4")
    # One array that lives as long as the encoder reads it: PyAV may use its memory.
    pixels = np.ascontiguousarray((frames * 255).round().clip(0, 255).astype(np.uint8))
    with av.open(str(part), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "17", "threads": "1"})
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for frame in pixels:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    part.rename(path)


if __name__ == "__main__":
    main()
