"""Clips for the judge: what a run makes, in the world's own framing (`npm run judge -- --stdin` reads it)."""

import itertools
import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import numpy as np
import torch
from torch import nn

from ..data.centres import still
from ..data.clips import Clip, serialise
from ..nets.layers import pixels
from ..objectives.codec import as_bytes
from ..objectives.diffusion import StudentObjective
from ..objectives.finetune import AlignObjective
from ..objectives.reconstruction import Autoencoder
from .evaluation import Measures, generated

MADE = ("from-text", "from-first", "codec", "still", "real")
BATCH = 16


def _frames(module: nn.Module, clips: list[Clip], made: str, measures: Measures) -> np.ndarray:
    """U8 [n, 16, 64, 64, 3]."""
    if made == "real":
        return np.stack([clip.frames for clip in clips])
    if made == "still":
        return np.stack([still(clip) for clip in clips])
    frames = torch.from_numpy(np.stack([clip.frames for clip in clips])).to(next(module.parameters()).device)
    if isinstance(module, Autoencoder):
        return as_bytes(module.decoder(module.encoder(pixels(frames))[0])).cpu().numpy()
    inner = module.inner if isinstance(module, AlignObjective) else module
    if not isinstance(inner, StudentObjective):
        raise ValueError(f"a {type(module).__name__} makes no clips")
    if made == "codec":
        return inner.codec.decode(inner.codec.encode(frames)).cpu().numpy()
    first = made == "from-first"
    return generated(inner.student, inner.codec, clips, measures, first_given=first)


@torch.no_grad()
def made_clips(module: nn.Module, chosen: Iterable[Clip], made: str, measures: Measures) -> Iterator[Clip]:
    """What a run makes of clips or of their prompts. `made` is of `MADE`; an autoencoder knows `codec`, `still` and `real`."""
    rest = iter(chosen)
    while clips := list(itertools.islice(rest, BATCH)):
        for clip, frames in zip(clips, _frames(module.eval(), clips, made, measures), strict=True):
            yield Clip(frames, {}, clip.about)


def write_stream(clips: Iterator[Clip], file: BinaryIO) -> None:
    """u32 length and a safetensors file, clip after clip."""
    for clip in clips:
        record = serialise(clip)
        file.write(struct.pack("<I", len(record)) + record)
