"""What a frozen network makes of each training clip, made once and kept on disk for all runs that see the clip again."""

import hashlib
import os
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..precision import computing


def digest(tensors: Iterable[Tensor], shape: object = None) -> str:
    """Twelve hex digits of SHA-256 over tensors, and over a network's shape where they do not tell it, as how many heads an
    attention has: names the network that made something.
    """
    sha = hashlib.sha256(repr(shape).encode())
    for tensor in tensors:
        sha.update(repr(tuple(tensor.shape)).encode())
        sha.update(tensor.detach().cpu().float().numpy().tobytes())
    return sha.hexdigest()[:12]


class Remembered:
    """A file with one row a clip: the CRC-32 of its frames and the values, then the values in float16.

    A clip whose frames are not those of the row is made anew, so neither a hole in the file nor another cache can do harm;
    another network must have another file (`digest`), and what is computed in other numbers has one too (`path` with their
    name). Runs may share a file at the same time: they would write the same.
    """

    def __init__(self, make: Callable[[Tensor], Tensor], path: Path, shape: tuple[int, ...]) -> None:
        self._make, self._path, self._shape = make, path, shape
        self._values = 2 * int(np.prod(shape))
        path.parent.mkdir(parents=True, exist_ok=True)
        self._files: dict[str, int] = {}  # by the numbers that are computed in

    def __call__(self, frames: Tensor, numbers: Tensor) -> Tensor:
        """U8 [B, 16, 64, 64, 3] and the clips' numbers [B] to F32 [B, *shape]. @raises ValueError for a number below 0."""
        clips = numbers.tolist()
        if min(clips) < 0:
            raise ValueError(f"only clips of the cache can be remembered, and {min(clips)} is a cut-out made on the fly")
        checks = [zlib.crc32(clip.cpu().numpy()) for clip in frames]
        file = self._file(frames.device)
        rows = [self._read(file, number, check) for number, check in zip(clips, checks, strict=True)]
        new = [i for i, row in enumerate(rows) if row is None]
        if new:
            made = self._make(frames if len(new) == len(rows) else frames[new]).half().cpu().numpy()
            for i, values in zip(new, made, strict=True):
                self._write(file, clips[i], checks[i], values)
                rows[i] = values
        return torch.from_numpy(np.stack(rows)).to(frames.device).float()  # type: ignore[arg-type]

    def _file(self, device: torch.device) -> int:
        numbers = computing(device)
        if numbers not in self._files:
            self._files[numbers] = os.open(f"{self._path}-{numbers}", os.O_RDWR | os.O_CREAT, 0o644)
        return self._files[numbers]

    def _read(self, file: int, number: int, check: int) -> np.ndarray | None:
        row = os.pread(file, 4 + self._values, number * (4 + self._values))
        if len(row) < 4 + self._values or row[:4] != _whole(check, row[4:]):
            return None
        return np.frombuffer(row, np.float16, offset=4).reshape(self._shape)

    def _write(self, file: int, number: int, check: int, values: np.ndarray) -> None:
        row = _whole(check, values.tobytes()) + values.tobytes()
        written = os.pwrite(file, row, number * len(row))
        if written < len(row):
            raise OSError(f"{written} of {len(row)} bytes were written: there is no room on the disk")


def _whole(check: int, values: bytes) -> bytes:
    """CRC-32 of the frames and the values: half a row, or one of two writers, is none."""
    return zlib.crc32(values, check).to_bytes(4, "little")
