"""What a student's features are compared with in place of the teacher's: the controls that tell why alignment helps.

Each gives features [B, 8, 64, C] on the teacher's grid. None but `teacher` and `shuffled` has learnt anything from videos.
"""

import torch
from torch import Tensor

from ..data.tracks import PATCH, TUBELET
from ..nets.layers import tubelets
from ..nets.teacher import Teacher, TeacherShape

TEACHER = "teacher"
RANDOM = "random"  # the teacher's architecture, never trained
SHUFFLED = "shuffled"  # the teacher's features, each clip's token frames in another order: what is there, but not when
PIXELS = "pixels"  # the clip's own patches
LATENTS = "latents"  # the student's own clean tokens
DEEPER = "deeper"  # the student's last block, held fixed (LayerSync)
TARGETS = (TEACHER, RANDOM, SHUFFLED, PIXELS, LATENTS, DEEPER)


def untrained(shape: TeacherShape) -> Teacher:
    """A teacher of random weights, the same each time; the generator that others draw from does not move."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Teacher(shape).eval()


def raw_pixels(video: Tensor) -> Tensor:
    """Video [B, T, 3, H, W] to its patches with their mean removed [B, N, 3·t·p·p]."""
    patches = tubelets(video, TUBELET, PATCH).flatten(1, 2)
    return patches - patches.mean(dim=-1, keepdim=True)


def shuffle(features: Tensor, numbers: Tensor) -> Tensor:
    """[B, F, S, C] with each clip's token frames in an order drawn from its number [B], never their own."""
    frames = features.shape[1]
    orders = []
    for number in numbers.tolist():
        draw = torch.Generator().manual_seed(number)
        order = torch.randperm(frames, generator=draw)
        while bool((order == torch.arange(frames)).all()):
            order = torch.randperm(frames, generator=draw)
        orders.append(order)
    index = torch.stack(orders).to(features.device)
    return features[torch.arange(len(features), device=features.device)[:, None], index]


def normalised(features: Tensor, alpha: float) -> Tensor:
    """iREPA's spatial normalisation of [B, F, S, C]: per frame and channel y ← (y − α·mean_s y) / std_s y (docs/method.md,
    section 4), after which cosines that crowd are spread. As `normaliseSpatially` of src/train/diffusion/batch.ts.
    """
    mean, deviation = features.mean(dim=2, keepdim=True), features.std(dim=2, keepdim=True)
    return (features - alpha * mean) / (deviation + 1e-6)


def doubled(tokens: Tensor, frames: int) -> Tensor:
    """Student tokens [B, N, C] on a grid of twice as many token frames: [B, F, S, C]."""
    return tokens.unflatten(1, (frames, -1)).repeat_interleave(2, dim=1)
