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
from safetensors import safe_open
from safetensors.torch import load, load_file, save
from torch import Tensor
from torch.nn import functional

from .recipe import Recipe
from .seeds import state_of

# Beside shards: how many clips they hold, and who made their features.
SHARDS = "shards.json"

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
    def unreadable(self) -> Path:
        """Where it is, it says why the video cannot be read; the clip is then left out."""
        return self._of("unreadable").with_suffix(".txt")

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
        ValueError: where there is no video, one is not there or has no caption, or two would have the same caches.
    """
    size = f"{recipe.frames}x{recipe.height}x{recipe.width}"
    if data.suffix == ".csv":
        with data.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        if not rows or not {"video", "caption"} <= rows[0].keys():
            raise ValueError(f"{data} must have columns video and caption, and a row")
        cache = data.parent.parent / "cache" / data.parent.name
        videos = _apart([Video(data.parent / "videos" / row["video"], row["caption"], cache, size) for row in rows])
        if absent := [video.path for video in videos if not video.path.is_file()]:
            raise ValueError(
                f"{len(absent)} of {len(videos)} videos of {data} are not there, such as {absent[0]}: fetch them, or take "
                "their rows out"
            )
        return videos
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
    return _apart([Video(path, path.with_suffix(".txt").read_text().strip(), data / "cache", size) for path in found])


def _apart(videos: list[Video]) -> list[Video]:
    by_stem: dict[str, Path] = {}
    for video in videos:
        other = by_stem.setdefault(video.path.stem, video.path)
        if other != video.path:
            raise ValueError(
                f"{other} and {video.path} would share their caches, which go by the name without folder and ending: "
                "rename one of them"
            )
    return videos


def read_frames(path: Path, numbers: list[int]) -> Tensor:
    """Frames uint8 [T, 3, H, W] of a video by their numbers, which never decrease; upright, as players show them."""
    wanted, frames = iter(numbers), []
    number = next(wanted)
    with av.open(str(path)) as container:
        for i, frame in enumerate(container.decode(video=0)):
            while number == i:
                frames.append(torch.rot90(torch.from_numpy(frame.to_ndarray(format="rgb24")), frame.rotation // 90))
                number = next(wanted, -1)
            if number < 0:
                return torch.stack(frames).permute(0, 3, 1, 2)
    raise ValueError(f"{path} has no frame {number}: its frame numbers were made of another file, or it is cut short")


def frame_numbers(path: Path, count: int) -> list[int]:
    """Which frames a clip is made of, by VideoREPA's rule: evenly spaced, or all and then the last one again.

    Frames are counted by decoding them: the number that a file states counts those that an edit list cuts off.
    """
    with av.open(str(path)) as container:
        total = sum(1 for _ in container.decode(video=0)) if container.streams.video else 0
    if total == 0:
        raise ValueError(f"{path} has no frames")
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


# Who made features, and of what: `teacher`, the digest of its file, and `view`.
Origin = dict[str, str]


def digest_of(teacher: Path) -> str:
    """16 hexadecimal digits of a file."""
    with teacher.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def features_origin(videos: list[Video]) -> Origin | None:
    """Who made the features of those of these videos that have them, or None. Raises ValueError where they differ."""
    first: tuple[Path, Origin] | None = None
    for path in (video.teacher for video in videos if video.teacher.exists()):
        with safe_open(path, "pt") as file:
            origin = file.metadata() or {}
        first = first or (path, origin)
        if origin != first[1]:
            raise ValueError(
                f"{first[0]} and {path} are features of different teachers or views: remove those of one and precompute them"
            )
    return first and first[1]


def check_origin(origin: Origin | None, where: Path, recipe: Recipe, digest: str | None = None) -> None:
    """That features of `where`, if there are any, are of the recipe's view and the teacher of this digest, if it is given.

    Raises:
        ValueError: where they are others, naming what differs.
    """
    if origin is None:
        return
    wanted = {"view": str(recipe.view)} | ({"teacher": digest} if digest else {})
    if other := [f"{name} {origin.get(name)} for {value}" for name, value in wanted.items() if origin.get(name) != value]:
        raise ValueError(
            f"the features kept for {where} are others ({', '.join(other)}): give the teacher and view that they are of, or "
            "remove and precompute them"
        )


class VideoClips:
    """Clips whose latents and text lie in VideoREPA's caches; frames are decoded each time, as VideoREPA does.

    Videos that precompute.py could not read are left out. Of the others all have the teacher's features, or none.

    Raises:
        ValueError: where something is missing, or features are of another view or of several teachers.
    """

    def __init__(self, data: Path, recipe: Recipe) -> None:
        self.videos, self._recipe = [video for video in list_videos(data, recipe) if not video.unreadable.exists()], recipe
        lacking = [
            video for video in self.videos if not all(p.exists() for p in (video.latents, video.frame_numbers, video.text))
        ]
        if lacking:
            raise ValueError(
                f"{len(lacking)} of {len(self.videos)} clips of {data} have no latents or text in the cache, such as "
                f"{lacking[0].path.name}: run precompute.py"
            )
        bare = [video for video in self.videos if not video.teacher.exists()]
        if 0 < len(bare) < len(self.videos):
            raise ValueError(
                f"{len(bare)} of {len(self.videos)} clips of {data} have no teacher features and the others have, such as "
                f"{bare[0].path.name}: run precompute.py teacher to its end, or remove {bare[0].teacher.parent}"
            )
        self.origin = features_origin(self.videos)
        check_origin(self.origin, data, recipe)

    def __len__(self) -> int:
        return len(self.videos)

    def __getitem__(self, i: int) -> Clip:
        return read_clip(self.videos[i], self._recipe)


class ShardClips:
    """Clips of WebDataset shards: `000000.safetensors`, a whole clip, and `000000.json`, its caption, in plain .tar files.

    The shards' headers are read once, then each clip by its place in the file. `shards.json` says how many clips there are, and
    who made their features.

    Raises:
        ValueError: where there are more or fewer clips, or nothing says how many.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / SHARDS).exists():
            raise ValueError(
                f"{folder} has no {SHARDS}: its shards were not packed to the end, or by an earlier version. "
                "Pack them anew with precompute.py shards"
            )
        about = json.loads((folder / SHARDS).read_text())
        self.origin: Origin | None = about["origin"]
        self._places = []
        for path in sorted(folder.glob("*.tar")):
            with tarfile.open(path, "r:") as tar:
                self._places += [(path, m.offset_data, m.size) for m in tar if m.name.endswith(".safetensors")]
        if len(self._places) != about["clips"]:
            raise ValueError(
                f"the shards in {folder} hold {len(self._places)} clips, of {about['clips']} by {SHARDS}: one is missing, or "
                "there is one of another folder"
            )

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, i: int) -> Clip:
        path, offset, size = self._places[i]
        with path.open("rb") as file:
            file.seek(offset)
            return load(file.read(size))


def write_shards(clips: VideoClips, folder: Path, per_shard: int = 1000) -> None:
    """Packs clips into shards that `ShardClips` and WebDataset read, in place of those there; `shards.json` comes last."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SHARDS).unlink(missing_ok=True)
    for old in folder.glob("clips-*.tar"):
        old.unlink()
    for start in range(0, len(clips), per_shard):
        with tarfile.open(folder / f"clips-{start // per_shard:05}.tar", "w") as tar:
            for i in range(start, min(start + per_shard, len(clips))):
                about = json.dumps({"caption": clips.videos[i].caption, "video": clips.videos[i].path.name}).encode()
                for kind, content in (("safetensors", save(clips[i])), ("json", about)):
                    member = tarfile.TarInfo(f"{i:06}.{kind}")
                    member.size = len(content)
                    tar.addfile(member, io.BytesIO(content))
    (folder / SHARDS).write_text(json.dumps({"clips": len(clips), "origin": clips.origin}))


def open_clips(data: Path, recipe: Recipe, teacher: Path | None = None) -> VideoClips | ShardClips:
    """Clips of a CSV, a folder of videos or a folder of shards.

    Raises:
        ValueError: where there are none, they are of another size, their features are not those of the teacher's file, or there
            are neither features nor a teacher.
    """
    clips = ShardClips(data) if data.is_dir() and any(data.glob("*.tar")) else VideoClips(data, recipe)
    if len(clips) == 0:
        raise ValueError(f"{data} has no clips")
    wanted = [16, (recipe.frames + 3) // 4, recipe.height // 8, recipe.width // 8]
    if list(clips[0]["latents"].shape) != wanted:
        raise ValueError(
            f"the latents of {data} are {list(clips[0]['latents'].shape)}, the recipe wants {wanted}: precompute them"
        )
    check_origin(clips.origin, data, recipe, digest_of(teacher) if teacher else None)
    if recipe.loss != "none" and teacher is None and "teacher" not in clips[0]:
        raise ValueError(f"{data} has no teacher features, and there is no teacher: give --teacher, or precompute them")
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
