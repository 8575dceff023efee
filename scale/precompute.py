"""Makes what train.py reads of videos: latents, prompt embeddings, teacher features, shards. Started again, it goes on, but
for shards, which are packed anew.

A video that cannot be read is left out: a file in the cache's folder `unreadable` says why, until it is removed.
Several processes share the work: `accelerate launch --num_processes 8 precompute.py --data … latents text teacher`.
"""

import argparse
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import av
import torch
from diffusers import AutoencoderKLCogVideoX
from safetensors.torch import save_file
from torch import Tensor

from tuning.data import (
    Video,
    VideoClips,
    check_origin,
    digest_of,
    features_origin,
    fitted,
    frame_numbers,
    list_videos,
    read_fitted,
    read_frames,
    teacher_view,
    write_shards,
)
from tuning.processes import processes
from tuning.recipe import Recipe
from tuning.sentences import mistakes_end_it
from tuning.teacher import read_teacher
from tuning.text import embed, read_text_encoder

T = TypeVar("T")

KINDS = ("latents", "text", "teacher", "shards")


def main() -> None:
    """Makes each wanted kind of file that is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="+", choices=KINDS)
    parser.add_argument("--data", type=Path, required=True, help="VideoREPA's CSV, or a folder of videos with captions")
    parser.add_argument("--size", default="49x480x720", help="frames, height and width")
    parser.add_argument("--model", default="zai-org/CogVideoX-2b", help="with vae, tokenizer and text_encoder")
    parser.add_argument("--teacher", type=Path, help="VideoMAEv2-Base's model.safetensors")
    parser.add_argument("--view", type=int, default=3, help="the teacher sees 1/view of the size")
    parser.add_argument("--dtype", default="bfloat16", choices=("float32", "bfloat16", "float16"))
    parser.add_argument("--to", type=Path, help="folder of the shards")
    args = parser.parse_args()
    if "teacher" in args.kinds and args.teacher is None:
        parser.error("teacher features need --teacher, VideoMAEv2-Base's model.safetensors")
    if "shards" in args.kinds and args.to is None:
        parser.error("shards need --to, a folder")
    with mistakes_end_it():
        make(args)


def make(args: argparse.Namespace) -> None:
    """Each wanted kind, by the command line."""
    frames, height, width = map(int, args.size.split("x"))
    recipe = Recipe(frames=frames, height=height, width=width, view=args.view)
    state, dtype = processes(), getattr(torch, args.dtype)
    videos = list_videos(args.data, recipe)
    mine = videos[state.process_index :: state.num_processes]
    if "latents" in args.kinds:
        make_latents(mine, recipe, args.model, state.device, dtype)
    if "text" in args.kinds:
        make_text(mine, args.model, state.device, dtype)
    if "teacher" in args.kinds:
        check_origin(features_origin(videos), args.data, recipe, digest_of(args.teacher))
        make_features(mine, recipe, args.teacher, state.device, dtype)
    state.wait_for_everyone()
    if not state.is_main_process:
        return
    if "shards" in args.kinds:
        write_shards(VideoClips(args.data, recipe), args.to)
    if out := [video for video in videos if video.unreadable.exists()]:
        names = ", ".join(video.path.name for video in out)
        print(
            f"{len(out)} of {len(videos)} videos cannot be read and are left out: {names}. "
            f"{out[0].unreadable.parent} says why; remove from it what is to be tried again"
        )


def missing(videos: list[Video], kind: str) -> Iterator[tuple[Video, Path]]:
    """Videos whose file of a kind is not there, and that file, in a folder that is; none that could not be read."""
    for i, video in enumerate(videos):
        path: Path = getattr(video, kind)
        if not path.exists() and not video.unreadable.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            print(f"{kind} {i + 1} of {len(videos)}: {video.path.name}", flush=True)
            yield video, path


def write(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str] | None = None) -> None:
    """Whole or not at all, so that a stopped run leaves no half file, whoever else writes the same one at the same time."""
    part = path.with_suffix(f".{uuid4().hex}.part")
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, part, metadata=metadata)
    part.replace(path)


def unless_unreadable(video: Video, recipe: Recipe, read: Callable[[Video, Recipe], T]) -> T | None:
    """What `read` makes of a video, or None and the file `unreadable` where it cannot be decoded."""
    try:
        return read(video, recipe)
    except (av.FFmpegError, ValueError) as error:
        video.unreadable.parent.mkdir(parents=True, exist_ok=True)
        video.unreadable.write_text(f"{error}\n")
        print(f"{video.path} cannot be read and is left out: {error}", flush=True)
        return None


def numbered_frames(video: Video, recipe: Recipe) -> tuple[list[int], Tensor]:
    """The numbers of a clip's frames, and the frames uint8 [T, 3, H, W]."""
    numbers = frame_numbers(video.path, recipe.frames)
    return numbers, read_frames(video.path, numbers)


@torch.no_grad()
def make_latents(videos: list[Video], recipe: Recipe, model: str, device: torch.device, dtype: torch.dtype) -> None:
    """`encoded_video` [16, F, H/8, W/8], scaled, and `frame_idx_list`, as VideoREPA writes them."""
    vae = AutoencoderKLCogVideoX.from_pretrained(model, subfolder="vae", torch_dtype=dtype).to(device).eval()
    vae.enable_tiling()
    for video, path in missing(videos, "latents"):
        if (found := unless_unreadable(video, recipe, numbered_frames)) is None:
            continue
        numbers, frames = found
        frames = fitted(frames, recipe.height, recipe.width) / 127.5 - 1
        spread = vae.encode(frames.transpose(0, 1)[None].to(device, dtype)).latent_dist
        generator = torch.Generator().manual_seed(zlib.crc32(video.path.stem.encode()))  # a clip's own, whoever makes it
        latents = spread.sample(generator) * vae.config.scaling_factor
        video.frame_numbers.parent.mkdir(parents=True, exist_ok=True)
        write({"frame_idx_list": torch.tensor(numbers)}, video.frame_numbers)
        write({"encoded_video": latents[0].cpu().contiguous()}, path)


@torch.no_grad()
def make_text(videos: list[Video], model: str, device: torch.device, dtype: torch.dtype) -> None:
    """`prompt_embedding` [226, 4096] of each caption."""
    encoder = read_text_encoder(model, device, dtype)
    for video, path in missing(videos, "text"):
        write({"prompt_embedding": embed(encoder, video.caption)[0].cpu()}, path)


def make_features(videos: list[Video], recipe: Recipe, file: Path, device: torch.device, dtype: torch.dtype) -> None:
    """`features` float16 [F, S, C], 5.5 MB a clip of 49 × 480 × 720, and in the metadata who made them of what.

    Raises:
        ValueError: where videos have no latents yet, with which it is kept what frames a clip has.
    """
    if early := [video for video in videos if not (video.frame_numbers.exists() or video.unreadable.exists())]:
        raise ValueError(
            f"{len(early)} of {len(videos)} videos have no latents yet, with which it is kept what frames a clip has, such as "
            f"{early[0].path.name}: run precompute.py latents first"
        )
    teacher, origin = read_teacher(file).to(device), {"teacher": digest_of(file), "view": str(recipe.view)}
    for video, path in missing(videos, "teacher"):
        if (frames := unless_unreadable(video, recipe, read_fitted)) is None:
            continue
        view = teacher_view(frames, recipe)
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            features = teacher(view[None].to(device).float() / 255)
        write({"features": features[0].half().cpu()}, path, origin)


if __name__ == "__main__":
    main()
