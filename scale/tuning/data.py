"""Clips as VideoREPA keeps them, in a folder, or as WebDataset shards; always by number, so that an order can be resumed."""

import csv
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import torch
from safetensors.torch import load, load_file, save
from torch import Tensor
from torch.nn import functional

from .recipe import Recipe
from .seeds import state_of

VIDEOS = (".mp4", ".webm", ".mkv", ".mov", ".avi")

# A clip: latents [16, F, H/8, W/8], already scaled; text [L, D]; view uint8 [T − 1, 3, H/view, W/view], what the teacher
# sees; and where they were precomputed, its features, teacher [F', S', C].
Clip = dict[str, Tensor]


@dataclass(frozen=True)
class Video:
    """A video file, its caption, and where VideoREPA's layout keeps what was made of it."""

    path: Path
    caption: str
    cache: Path
    size: str  # 49x480x720

    @property
    def latents(self) -> Path:
        return self._of("video_latent/cogvideox-t2v")

    @property
    def frame_numbers(self) -> Path:
        return self._of("frame_idx/cogvideox-t2v")

    @property
    def teacher(self) -> Path:
        return self._of("teacher/videomaev2")

    @property
    def text(self) -> Path:
        return self.cache / "prompt_embeddings" / f"{hashlib.sha256(self.caption.encode()).hexdigest()}.safetensors"

    def _of(self, kind: str) -> Path:
        return self.cache / kind / self.size / f"{self.path.stem}.safetensors"


def list_videos(data: Path, recipe: Recipe) -> list[Video]:
    """The videos of a CSV in VideoREPA's layout, or of a folder with a caption beside each (`clip.mp4`, `clip.txt`).

    `finetune/openvid/openvid_3w2.csv` has columns video and caption, its videos in `finetune/openvid/videos` and its caches in
    `finetune/cache/openvid`. A folder's caches are in its folder `cache`.

    Raises:
        ValueError: where there is no video, or one has no caption.
    """
    size = f"{recipe.frames}x{recipe.height}x{recipe.width}"
    if data.suffix == ".csv":
        with data.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        if not rows or not {"video", "caption"} <= rows[0].keys():
            raise ValueError(f"{data} must have columns video and caption, and a row")
        cache = data.parent.parent / "cache" / data.parent.name
        return [Video(data.parent / "videos" / row["video"], row["caption"], cache, size) for row in rows]
    found = [path for path in sorted(data.iterdir()) if path.suffix.lower() in VIDEOS] if data.is_dir() else []
    if not found:
        raise ValueError(
            f"{data} has no videos: give a CSV, a folder of {', '.join(VIDEOS)} with captions, or one of .tar shards"
        )
    bare = [path.name for path in found if not path.with_suffix(".txt").exists()]
    if bare:
        raise ValueError(
            f"{len(bare)} of {len(found)} videos have no caption, such as {bare[0]}: write it into a .txt of its name"
        )
    return [Video(path, path.with_suffix(".txt").read_text().strip(), data / "cache", size) for path in found]


def read_frames(path: Path, numbers: list[int]) -> Tensor:
    """Frames uint8 [T, 3, H, W] of a video by their numbers, which never decrease."""
    wanted, frames = iter(numbers), []
    number = next(wanted)
    with av.open(str(path)) as container:
        for i, frame in enumerate(container.decode(video=0)):
            while number == i:
                frames.append(torch.from_numpy(frame.to_ndarray(format="rgb24")))
                number = next(wanted, -1)
            if number < 0:
                return torch.stack(frames).permute(0, 3, 1, 2)
    raise ValueError(f"{path} has no frame {number}: its frame numbers were made of another file, or it is cut short")


def frame_numbers(path: Path, count: int) -> list[int]:
    """Which frames a clip is made of, by VideoREPA's rule: evenly spaced, or all and then the last one again."""
    with av.open(str(path)) as container:
        total = container.streams.video[0].frames or sum(1 for _ in container.decode(video=0))
    if total < count:
        return [*range(total), *[total - 1] * (count - total)]
    return list(range(0, total, total // count))[:count]


def frame_rate(path: Path, numbers: list[int]) -> float:
    """Frames a second of the clip that these frames of a video are."""
    with av.open(str(path)) as container:
        rate = container.streams.video[0].average_rate
    if not rate:
        raise ValueError(f"{path} does not say how many frames a second it has: write it again as mp4")
    return float(rate) / max(1, numbers[1] - numbers[0])


def fitted(frames: Tensor, height: int, width: int) -> Tensor:
    """Frames [T, 3, h, w] cut to the wanted proportions around the centre, then resized; F32, the same range as before."""
    h, w = frames.shape[2:]
    ratio = height / width
    new_h, new_w = (int(w * ratio), w) if h / w > ratio else (h, int(h / ratio))
    top, left = round((h - new_h) / 2), round((w - new_w) / 2)
    cut = frames[:, :, top : top + new_h, left : left + new_w].float()
    return functional.interpolate(cut, (height, width), mode="bilinear", align_corners=True, antialias=True)


def teacher_view(frames: Tensor, recipe: Recipe) -> Tensor:
    """What the teacher sees of fitted frames [T, 3, H, W] in 0…255: uint8 [T − 1, 3, H/view, W/view], without the first."""
    size = (recipe.height // recipe.view, recipe.width // recipe.view)
    return (
        functional.interpolate(frames[1:], size, mode="bicubic", align_corners=False).round().clamp(0, 255).byte().contiguous()
    )


def read_fitted(video: Video, recipe: Recipe) -> Tensor:
    """The frames that a video's latents were made of, [T, 3, H, W] in 0…255."""
    numbers = load_file(video.frame_numbers)["frame_idx_list"].tolist()[: recipe.frames]
    return fitted(read_frames(video.path, numbers), recipe.height, recipe.width)


def read_clip(video: Video, recipe: Recipe) -> Clip:
    """A video whose latents and text are in the cache."""
    clip = {
        "latents": load_file(video.latents)["encoded_video"],
        "text": load_file(video.text)["prompt_embedding"],
        "view": teacher_view(read_fitted(video, recipe), recipe),
    }
    if video.teacher.exists():
        clip["teacher"] = load_file(video.teacher)["features"]
    return clip


class VideoClips:
    """Clips whose latents and text lie in VideoREPA's caches; frames are decoded each time, as VideoREPA does."""

    def __init__(self, data: Path, recipe: Recipe) -> None:
        self._videos, self._recipe = list_videos(data, recipe), recipe
        lacking = [
            video for video in self._videos if not all(p.exists() for p in (video.latents, video.frame_numbers, video.text))
        ]
        if lacking:
            raise ValueError(
                f"{len(lacking)} of {len(self._videos)} clips of {data} have no latents or text in the cache, such as "
                f"{lacking[0].path.name}: run precompute.py"
            )

    def __len__(self) -> int:
        return len(self._videos)

    def __getitem__(self, i: int) -> Clip:
        return read_clip(self._videos[i], self._recipe)


class ShardClips:
    """Clips of WebDataset shards: `000000.safetensors`, a whole clip, and `000000.json`, its caption, in plain .tar files.

    The shards' headers are read once, then each clip by its place in the file.
    """

    def __init__(self, folder: Path) -> None:
        self._places = []
        for path in sorted(folder.glob("*.tar")):
            with tarfile.open(path, "r:") as tar:
                self._places += [(path, m.offset_data, m.size) for m in tar if m.name.endswith(".safetensors")]

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, i: int) -> Clip:
        path, offset, size = self._places[i]
        with path.open("rb") as file:
            file.seek(offset)
            return load(file.read(size))


def write_shards(clips: VideoClips, videos: list[Video], folder: Path, per_shard: int = 1000) -> None:
    """Packs clips into shards that `ShardClips` and WebDataset read."""
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, len(clips), per_shard):
        with tarfile.open(folder / f"clips-{start // per_shard:05}.tar", "w") as tar:
            for i in range(start, min(start + per_shard, len(clips))):
                about = json.dumps({"caption": videos[i].caption, "video": videos[i].path.name}).encode()
                for kind, content in (("safetensors", save(clips[i])), ("json", about)):
                    member = tarfile.TarInfo(f"{i:06}.{kind}")
                    member.size = len(content)
                    tar.addfile(member, io.BytesIO(content))


def open_clips(data: Path, recipe: Recipe) -> VideoClips | ShardClips:
    """Clips of a CSV, a folder of videos or a folder of shards. Raises ValueError where there are none, or of another size."""
    clips = ShardClips(data) if data.is_dir() and any(data.glob("*.tar")) else VideoClips(data, recipe)
    if len(clips) == 0:
        raise ValueError(f"{data} has no clips")
    wanted = [16, (recipe.frames + 3) // 4, recipe.height // 8, recipe.width // 8]
    if list(clips[0]["latents"].shape) != wanted:
        raise ValueError(
            f"the latents of {data} are {list(clips[0]['latents'].shape)}, the recipe wants {wanted}: precompute them"
        )
    return clips


def collate(clips: list[Clip]) -> dict[str, Tensor]:
    """A batch; latents as the transformer takes them, [B, F, 16, H, W]."""
    batch = {name: torch.stack([clip[name] for clip in clips]) for name in clips[0]}
    return batch | {"latents": batch["latents"].transpose(1, 2)}


class Order:
    """Which clips each process sees. Clip g of the run's stream is the same whatever the number of processes.

    It is a batch sampler; iterated, it goes on from `step`.
    """

    def __init__(self, clips: int, recipe: Recipe, processes: int, rank: int, step: int) -> None:
        self._clips, self._recipe, self._step = clips, recipe, step
        self._processes, self._rank = processes, rank
        self._of_epoch: tuple[int, list[int]] = (-1, [])

    def places(self, step: int, micro: int) -> range:
        """Places in the run's stream of this process's micro-batch."""
        at_once = self._recipe.micro_batch
        first = step * self._recipe.batch + (micro * self._processes + self._rank) * at_once
        return range(first, first + at_once)

    def __iter__(self) -> Iterator[list[int]]:
        for step in range(self._step, self._recipe.steps):
            for micro in range(self._recipe.accumulated(self._processes)):
                yield [self._clip(place) for place in self.places(step, micro)]

    def _clip(self, place: int) -> int:
        epoch, at = divmod(place, self._clips)
        if self._of_epoch[0] != epoch:
            generator = torch.Generator().manual_seed(state_of(self._recipe.seed, epoch, 1))
            self._of_epoch = (epoch, torch.randperm(self._clips, generator=generator).tolist())
        return self._of_epoch[1][at]
