"""Two measures of what a student knows that draw no clip and ask no judge (docs/method.md section 10).

PPE*: whether it takes noise out of a simulated clip better than out of the same clip under another gravity. Its features:
how often the best match of a token on a moving body is where the world says that spot has gone.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..data.clips import Clip
from ..data.shards import world_clips
from ..data.stream import item
from ..objectives.diffusion import StudentObjective
from ..objectives.schedule import STEPS, noised
from ..objectives.targets import doubled
from ..training.loop import generator
from .evaluation import UNSEEN
from .matching import Features, correspondence

GRAVITY = 0.5  # the world's, px/frame²
TIMES = tuple((2 * i + 1) * STEPS // 20 for i in range(10))  # the middle of each tenth: 50, 150 … 950
FALLS = ("bounce", "slide-off", "drop", "pour")  # templates in which gravity shows at once
LEVELS = (50, 250, 500, 750, 900)  # t at which features are asked
CHANGES = (-0.4, -0.2, -0.1, -0.05, 0.05, 0.1, 0.2, 0.4)  # of gravity, each beside its mirror


@dataclass(frozen=True)
class Falls:
    """Scenes under gravity, and each under gravity changed by a share: U8 [n, 16, 64, 64, 3], words int64 [n, 12]."""

    words: Tensor
    whole: Tensor
    changed: dict[float, Tensor]


def falls(clips: int, split: str = "held-out") -> Falls:
    """`clips` scenes of each of `FALLS`. The world may start a scene elsewhere under another gravity, so that it shows."""

    def scenes(change: float) -> list[Clip]:
        laws = ["--gravity", f"{GRAVITY * (1 + change):.4f}"]
        return [clip for template in FALLS for clip in world_clips(split, template, 0, clips, laws)]

    def frames(of: list[Clip]) -> Tensor:
        return torch.from_numpy(np.stack([clip.frames for clip in of]))

    whole = scenes(0)
    words = torch.stack([item(clip.frames, clip.about["prompt"])["words"] for clip in whole])
    return Falls(words, frames(whole), {change: frames(scenes(change)) for change in CHANGES})


@torch.no_grad()
def denoising_losses(objective: StudentObjective, frames: Tensor, words: Tensor) -> Tensor:
    """‖x̂0 − x0‖² / (1 − A) a value, the mean over `TIMES` [n]; clip i of every call has the same noise. From text alone."""
    x0 = objective.codec.encode(frames)
    noise = torch.stack([torch.randn(x0.shape[1:], generator=generator(x0.device, UNSEEN, 2, i)) for i in range(len(x0))])
    none, sums = torch.zeros(len(x0)), torch.zeros(len(x0))
    for t in TIMES:
        at = torch.full((len(x0),), t)
        guess = objective.student(noised(x0, noise, objective.a[at]), at, words, none)
        sums += (guess - x0).square().mean(dim=(1, 2)) / (1 - objective.a[t]).float()
    return sums / len(TIMES)


@torch.no_grad()
def plausible(objective: StudentObjective, scenes: Falls) -> dict[str, dict[str, list[int]]]:
    """PPE* by change of gravity: for each scene 1 where the changed clip has the higher loss, else 0.

    `silent` is what a student gets that says nothing: its loss is the clip's own energy.
    """

    def energy(frames: Tensor) -> Tensor:
        return objective.codec.encode(frames).square().mean(dim=(1, 2))

    loss, silent = denoising_losses(objective, scenes.whole, scenes.words), energy(scenes.whole)
    said = {}
    for change, frames in scenes.changed.items():
        higher = denoising_losses(objective, frames, scenes.words) > loss
        said[f"{change:+.2f}"] = {"student": higher.int().tolist(), "silent": (energy(frames) > silent).int().tolist()}
    return said


def matched(objective: StudentObjective, clips: list[Clip], after: int) -> dict[str, float]:
    """PCK@1 of the features after a block, first frames given and no prompt, at each of `LEVELS`.

    All clips and levels share one draw of noise.
    """
    student, codec = objective.student, objective.codec

    def features_at(t: int) -> Features:
        def features(video: Tensor) -> Tensor:
            x0 = codec.encode((255 * video).round().to(torch.uint8).permute(0, 1, 3, 4, 2).contiguous())
            noise = torch.randn(x0.shape, generator=generator(x0.device, UNSEEN, 3))
            x = noised(x0, noise, objective.a[torch.tensor([t])]) * (1 - student.first) + x0 * student.first
            one = torch.ones(len(x0))
            stream, _, _ = student.features(
                x, one.long() * t, torch.zeros(len(x0), student.shape.words, dtype=torch.long), one, after
            )
            return doubled(stream, student.shape.frames).flatten(1, 2)

        return features

    return {str(t): correspondence(features_at(t), clips)["argmax"] for t in LEVELS}
