"""What each kind of run is measured by, on clips that no run trains on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ..data.centres import centre_error, still
from ..data.clips import Clip
from ..data.shards import Shards
from ..data.stream import item
from ..data.texture import texture_clip
from ..nets.layers import pixels
from ..nets.student import Student
from ..objectives.codec import Codec
from ..objectives.diffusion import StudentObjective, diffusion_loss, sample
from ..objectives.reconstruction import Autoencoder, psnr
from ..precision import autocast
from ..training.loop import generator
from .matching import Features, correspondence

# Clips that no run trains on: what a run is chosen by while it trains, and what is told of it once it is chosen.
VALIDATION, HELD_OUT = "validation-*", "held-out-*"


@dataclass(frozen=True)
class Measures:
    """How much is measured, during a run and at its end."""

    clips: int = 32
    steps: int = 25  # of the sampler
    guidance: float = 2.0
    precision: str = "no"  # "bf16": the student samples in bfloat16 where the machine has it
    part: str = VALIDATION  # parts of the cache: what chooses a model has no part in what reports it


UNSEEN = 10**6  # seed of the cut-out clips that are only measured on


def evenly(cache: Path, count: int, part: str) -> list[Clip]:
    """`count` clips of parts of the cache, evenly over the templates. @raises ValueError where there are fewer"""
    shards = Shards(cache, part)
    if len(shards) < count:
        raise ValueError(
            f"{count} clips of {part} are asked for and {cache} has {len(shards)}: ask for fewer, or make more "
            "(`python -m pretrain cache`), in a cache of its own where others are compared with what this one's clips measured"
        )
    return [shards[i] for i in np.linspace(0, len(shards) - 1, count).astype(int)]


def matching_table(features: Features, cache: Path, clips: int, part: str, distance: int = 4) -> dict[str, dict[str, float]]:
    """PCK@1 over moving bodies: of sandbox clips, and of cut-outs of natural texture."""
    textures = [texture_clip(UNSEEN, i) for i in range(clips)]
    return {
        "sandbox": correspondence(features, evenly(cache, clips, part), distance),
        "texture": correspondence(features, textures, distance),
    }


@torch.no_grad()
def reconstruction(autoencoder: Autoencoder, cache: Path, clips: int, part: str) -> dict[str, float]:
    """PSNR of clips: mean, and the worst."""
    device = next(autoencoder.parameters()).device
    each = []
    for clip in evenly(cache, clips, part):
        video = pixels(torch.from_numpy(clip.frames)[None].to(device))
        each.append(psnr(autoencoder.decoder(autoencoder.encoder(video)[0]).clamp(0, 1), video))
    found = torch.cat(each)
    return {"psnr": float(found.mean()), "worst": float(found.min()), "clips": len(found)}


@torch.no_grad()
def generated(
    student: Student, codec: Codec, clips: list[Clip], measures: Measures, *, first_given: bool, index: int = 0, draw: int = 0
) -> np.ndarray:
    """A clip U8 [n, 16, 64, 64, 3] for each prompt, perhaps with its first token frame.

    `index` is the running number of the first clip, over all batches: the noise of clip i is drawn from (i, draw), so that
    every clip has its own, the same for every network.
    """
    device = next(student.parameters()).device
    batch = [item(clip.frames, clip.about["prompt"]) for clip in clips]
    frames, words = (torch.stack([one[name] for one in batch]).to(device) for name in ("frames", "words"))
    first = codec.encode(frames)[:, : student.shape.rows**2] if first_given else None
    shape = (student.shape.tokens, student.shape.values)
    draws = [generator(device, UNSEEN, index + i, draw) for i in range(len(clips))]
    noise = torch.stack([torch.randn(shape, generator=each, device=device) for each in draws])
    with autocast(device, measures.precision):
        tokens = sample(student, noise, words, first, measures.steps, measures.guidance)
    return codec.decode(tokens.float()).cpu().numpy()


@torch.no_grad()
def generation(objective: StudentObjective, cache: Path, measures: Measures) -> dict[str, Any]:
    """Diffusion loss, and centre errors in px: of clips made from a first token frame, still clips, the codec."""
    chosen = evenly(cache, measures.clips, measures.part)
    device = objective.a.device
    losses = []
    for i, clip in enumerate(chosen):
        one = {name: tensor[None].to(device) for name, tensor in item(clip.frames, clip.about["prompt"]).items()}
        noised = objective.noise(one, generator(device, UNSEEN, 1, i))
        guess = objective.student(noised.x, noised.t, noised.words, noised.given)
        losses.append(float(diffusion_loss(guess, noised)))
    made = generated(objective.student, objective.codec, chosen, measures, first_given=True)
    frames = torch.from_numpy(np.stack([clip.frames for clip in chosen])).to(device)
    through = objective.codec.decode(objective.codec.encode(frames)).cpu().numpy()
    errors = {
        "centre": [centre_error(made[i], clip) for i, clip in enumerate(chosen)],
        "still": [centre_error(still(clip), clip) for clip in chosen],
        "codec": [centre_error(through[i], clip) for i, clip in enumerate(chosen)],
    }
    return {"loss": float(np.mean(losses)), **{n: float(np.mean(e)) for n, e in errors.items()}, "clips": len(chosen)}


def on_cpu(features: nn.Module) -> Features:
    """A module as features of a video on the CPU, wherever the module is."""
    device = next(features.parameters()).device
    return lambda video: features(video.to(device)).cpu()
