"""Clips for the judge: what a run makes, in the world's own framing (`npm run judge -- --stdin` reads it).

Beside them what no network made and every table of PC* needs: the still clip, one frozen throughout, one that stops half
way, and a cross-fade.
"""

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

BATCH = 16


def crossfade(clip: Clip) -> np.ndarray:
    """The first frame turning into the last one."""
    share = np.linspace(0, 1, len(clip.frames))[:, None, None, None]
    return ((1 - share) * clip.frames[:1] + share * clip.frames[-1:]).round().astype(np.uint8)


EDITS = {
    "real": lambda clip: clip.frames,
    "still": still,  # from frame 3 on
    "frozen": lambda clip: still(clip, 0),
    "stopped": lambda clip: still(clip, 7),
    "crossfade": crossfade,
}
DRAWN = ("from-text", "from-first")
MADE = (*DRAWN, "codec", *EDITS)


def _frames(module: nn.Module, clips: list[Clip], made: str, measures: Measures, index: int, draw: int) -> np.ndarray:
    """U8 [n, 16, 64, 64, 3]."""
    if made in EDITS:
        return np.stack([EDITS[made](clip) for clip in clips])
    frames = torch.from_numpy(np.stack([clip.frames for clip in clips])).to(next(module.parameters()).device)
    if isinstance(module, Autoencoder):
        return as_bytes(module.decoder(module.encoder(pixels(frames))[0])).cpu().numpy()
    inner = module.inner if isinstance(module, AlignObjective) else module
    if not isinstance(inner, StudentObjective):
        raise ValueError(f"a {type(module).__name__} makes no clips")
    if made == "codec":
        return inner.codec.decode(inner.codec.encode(frames)).cpu().numpy()
    first = made == "from-first"
    return generated(inner.student, inner.codec, clips, measures, first_given=first, index=index, draw=draw)


@torch.no_grad()
def made_clips(module: nn.Module, chosen: Iterable[Clip], made: str, measures: Measures, noises: int = 1) -> Iterator[Clip]:
    """What a run makes of clips or of their prompts: of each clip one for each noise, one after another, where noise is drawn.

    `made` is of `MADE`; an autoencoder knows `codec` and `EDITS`. A made clip says which it is of, `clip` and `noise`.
    """
    rest, module = iter(chosen), module.eval()
    for index in itertools.count(0, BATCH):
        clips = list(itertools.islice(rest, BATCH))
        if not clips:
            return
        draws = range(noises if made in DRAWN else 1)
        made_of = [_frames(module, clips, made, measures, index, draw) for draw in draws]
        for i, clip in enumerate(clips):
            for draw in draws:
                yield Clip(made_of[draw][i], {}, clip.about | {"clip": str(index + i), "noise": str(draw)})


def write_stream(clips: Iterator[Clip], file: BinaryIO) -> None:
    """u32 length and a safetensors file, clip after clip."""
    for clip in clips:
        record = serialise(clip)
        file.write(struct.pack("<I", len(record)) + record)
