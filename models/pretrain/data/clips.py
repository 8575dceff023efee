"""One clip, and the two ways in which clips lie in a file.

A stream is what `npm run world -- --stdout` writes: for each clip a little-endian u32 length and one safetensors file.
A shard holds the same clips smaller: `frames` as differences in time (modulo 256), the whole record deflated, so that a clip
takes some 10 to 40 KB instead of 260.
"""

import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from safetensors.numpy import load, save

from ..files import replacing

FRAMES, SIDE = 16, 64


@dataclass(frozen=True)
class Clip:
    """frames U8 [16, 64, 64, 3]; truth: the record's other tensors by name; about: its metadata (prompt, template, ...)."""

    frames: np.ndarray
    truth: dict[str, np.ndarray]
    about: dict[str, str]


def parse(record: bytes) -> Clip:
    """The clip in one safetensors file. @raises ValueError where `frames` is missing or misshapen."""
    (length,) = struct.unpack_from("<Q", record)
    about = json.loads(record[8 : 8 + length]).get("__metadata__", {})
    tensors = load(record)
    frames = tensors.pop("frames", None)
    if frames is None or frames.shape[-1] != 3 or frames.ndim != 4 or frames.dtype != np.uint8:
        raise ValueError(f"a clip needs frames U8 [T, H, W, 3], got {None if frames is None else frames.shape}")
    return Clip(frames, tensors, about)


def serialise(clip: Clip) -> bytes:
    """One safetensors file, as the world writes it."""
    tensors = {"frames": clip.frames, **clip.truth}
    return save({name: np.ascontiguousarray(t) for name, t in tensors.items()}, metadata=clip.about)


def records(file: BinaryIO) -> Iterator[bytes]:
    """The length-prefixed records of a stream or shard. @raises ValueError where it ends inside one."""
    while head := file.read(4):
        if len(head) < 4:
            raise ValueError("the stream ends inside a record's length")
        (length,) = struct.unpack("<I", head)
        record = file.read(length)
        if len(record) < length:
            raise ValueError(f"the stream ends inside a record: {len(record)} of {length} bytes")
        yield record


def read_stream(file: BinaryIO) -> Iterator[Clip]:
    """The clips of a stream, until it ends."""
    return map(parse, records(file))


def write_shard(path: Path, clips: Iterable[Clip]) -> int:
    """Writes clips to a new shard and returns their number. Two processes may write the same one: the last stays."""
    count = 0
    with replacing(path) as part, part.open("wb") as file:
        for clip in clips:
            before = np.concatenate([np.zeros_like(clip.frames[:1]), clip.frames[:-1]])
            small = Clip(clip.frames - before, clip.truth, clip.about)
            record = zlib.compress(serialise(small), 6)
            file.write(struct.pack("<I", len(record)) + record)
            count += 1
    return count


def decode(record: bytes) -> Clip:
    """A clip from one inflated record of a shard."""
    clip = parse(record)
    return Clip(np.cumsum(clip.frames, axis=0, dtype=np.uint8), clip.truth, clip.about)
