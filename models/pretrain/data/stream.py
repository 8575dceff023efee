"""The endless stream of training clips: what lies at position p is a function of (seed, p) alone."""

import json
from collections.abc import Iterator

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from ..config import Data, Training
from .centres import PALETTE
from .clips import FRAMES, SIDE, Clip
from .shards import Shards
from .texture import texture_clip
from .tracks import PATCH, TUBELET, tracks
from .words import mirrored, tokens_of

# frames U8 [B, 16, 64, 64, 3]; words int64 [B, 12]; in training clip int64 [B], the clip's number (mirrored, it has another),
# and of its first two bodies colours int64 [B, 2] and solid bool [B, 2];
# with tracks also places F32 [B, N, F, 2] and moved bool [B, N]
Batch = dict[str, torch.Tensor]


class Stream(Dataset[Batch]):
    """Position p holds a world clip in shuffled epochs, or, with probability `texture`, a cut-out clip never seen before."""

    def __init__(self, shards: Shards, data: Data, seed: int) -> None:
        self._shards, self._data, self._seed = shards, data, seed
        self._epoch, self._order = -1, np.empty(0, int)

    def __len__(self) -> int:
        return len(self._shards)

    def _place(self, position: int) -> int:
        """Where in the shards the world's clip of a position is."""
        epoch, turn = divmod(position, len(self._shards))
        if epoch != self._epoch:
            self._order = np.random.default_rng([self._seed, 1, epoch]).permutation(len(self._shards))
            self._epoch = epoch
        return int(self._order[turn])

    def __getitem__(self, position: int) -> Batch:
        rng = np.random.default_rng([self._seed, 2, position])
        if rng.random() < self._data.texture:
            clip = texture_clip(self._seed, position)
            number, tracked = -1 - position, followed(clip) if self._data.tracks else {}
            return item(clip.frames, "") | bodies(clip) | {"clip": torch.tensor(number)} | tracked
        place = self._place(position)
        clip, mirror = self._shards[place], self._data.mirror and rng.random() < 0.5
        if mirror:
            clip = in_mirror(clip)
        tracked = {"": dict, "texture": unknown, "world": lambda: followed(clip)}[self._data.tracks]
        known = bodies(clip) | {"clip": torch.tensor(2 * place + mirror)}
        return item(clip.frames, clip.about["prompt"]) | known | tracked()


def item(frames: np.ndarray, prompt: str) -> Batch:
    """One clip as the networks read it, without a batch axis."""
    return {"frames": torch.from_numpy(np.ascontiguousarray(frames)), "words": torch.from_numpy(tokens_of(prompt))}


def bodies(clip: Clip) -> Batch:
    """Its first two bodies' colours int64 [2], as numbers of the palette, -1 for none, and which are solid, bool [2]."""
    objects = json.loads(clip.about.get("objects", "[]"))[:2]  # a cut-out has none
    colours = [list(PALETTE).index(body["colour"]) for body in objects]
    solid = [body["kind"] == "solid" for body in objects]
    none = 2 - len(colours)
    return {"colours": torch.tensor([*colours, *[-1] * none]), "solid": torch.tensor([*solid, *[False] * none])}


def in_mirror(clip: Clip) -> Clip:
    """The clip seen in a mirror, its words and what of its truth is needed to follow tokens too."""
    truth = {}
    if "mask" in clip.truth:
        center, angle = clip.truth["center"] * [-1, 1] + [SIDE, 0], -clip.truth["angle"]
        truth = {"center": center, "angle": angle, "mask": clip.truth["mask"][:, :, ::-1]}
    return Clip(clip.frames[:, :, ::-1], truth, clip.about | {"prompt": mirrored(clip.about["prompt"])})


def followed(clip: Clip) -> Batch:
    """Where the clip's tokens are in every frame: places F32 [N, F, 2] px, moved bool [N] (on a body)."""
    places, body = tracks(clip)
    return {"places": torch.from_numpy(places), "moved": torch.from_numpy(body > 0)}


def unknown() -> Batch:
    """The same of a clip whose truth is not used: nothing is followed."""
    tokens = FRAMES // TUBELET * (SIDE // PATCH) ** 2
    places = torch.full((tokens, FRAMES // TUBELET, 2), torch.nan)
    return {"places": places, "moved": torch.zeros(tokens, dtype=torch.bool)}


class _Positions:
    """Positions of this process in each step, from a step on."""

    def __init__(self, training: Training, start: int, rank: int, processes: int) -> None:
        if training.batch % processes:
            raise ValueError(f"a batch of {training.batch} does not split over {processes} processes")
        self._share = training.batch // processes
        self._starts = range(start * training.batch + rank * self._share, training.steps * training.batch, training.batch)

    def __iter__(self) -> Iterator[range]:
        return (range(first, first + self._share) for first in self._starts)

    def __len__(self) -> int:
        return len(self._starts)


def batches(stream: Stream, training: Training, start: int, rank: int = 0, processes: int = 1) -> DataLoader[Batch]:
    """This process's batches of steps start, start + 1, …, steps - 1."""
    positions = _Positions(training, start, rank, processes)
    return DataLoader(stream, batch_sampler=positions, num_workers=training.workers)  # type: ignore[arg-type]
