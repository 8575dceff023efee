"""Writes and checks the files of features that Tempered opens: dropped on the page, they are encoders (docs/bring-your-own.md).

A file is safetensors with `features` [F, H, W, C], or several `features.NAME`, the moment of each of the F frames, a name, and
perhaps the frames themselves. PyTorch is all that is needed.
"""

import ctypes
import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

__all__ = ["check", "save", "token_times"]

DTYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.uint8: "U8"}
BYTES = {"F32": 4, "F16": 2, "BF16": 2, "U8": 1}


def token_times(frames: int, fps: float, tubelet: int, *, first_alone: bool = False) -> list[float]:
    """Seconds of the middle of each token's run of `tubelet` frames; in causal models the first frame is alone."""
    starts = [0, *range(1, frames, tubelet)] if first_alone else list(range(0, frames, tubelet))
    lengths = [1 if first_alone and start == 0 else tubelet for start in starts]
    return [(start + (length - 1) / 2) / fps for start, length in zip(starts, lengths, strict=True)]


def save(
    path: str | Path,
    features: Tensor | Mapping[str, Tensor],
    *,
    name: str,
    times: Sequence[float] | None = None,
    grid: tuple[int, int] | None = None,
    frames: Tensor | None = None,
    fps: float | None = None,
) -> None:
    """Writes `path` and checks it.

    features: [F, H, W, C], or [F, S, C] with `grid` (rows, columns); several by name become layers to step through.
    times: seconds of each of the F frames from the first frame of the clip.
    frames: uint8 [F, height, width, 3], with `fps`, makes the file a clip of its own.
    Raises ValueError with one sentence where the page would refuse the file.
    """
    layers = (
        {"features": features}
        if isinstance(features, Tensor)
        else {f"features.{key}": value for key, value in features.items()}
    )
    tensors = layers if frames is None else {**layers, "frames": frames}
    metadata = {"name": name}
    if times is not None:
        metadata["frame_times_s"] = ",".join(repr(round(float(time), 6)) for time in times)
    if grid is not None:
        metadata["grid"] = f"{grid[0]}x{grid[1]}"
    if fps is not None:
        metadata["fps"] = repr(float(fps))
    header: dict[str, object] = {"__metadata__": metadata}
    data, at = [], 0
    for key, tensor in tensors.items():
        if tensor.dtype not in DTYPES:
            raise ValueError(f'tensor "{key}" is {tensor.dtype}: use float32, float16 or bfloat16')
        tensor = tensor.detach().cpu().contiguous()
        raw = ctypes.string_at(tensor.data_ptr(), tensor.numel() * tensor.element_size())  # numpy need not be there
        header[key] = {"dtype": DTYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [at, at + len(raw)]}
        data.append(raw)
        at += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))
    check(path)


def check(path: str | Path) -> dict[str, tuple[int, int, int, int]]:
    """The [F, H, W, C] of each layer of a file. Raises ValueError with one sentence where the page would refuse or ask."""
    raw = Path(path).read_bytes()
    if len(raw) < 8 or (length := struct.unpack("<Q", raw[:8])[0]) > len(raw) - 8:
        raise ValueError(f"{path} is no safetensors file, or is cut short")
    header = json.loads(raw[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    layers = {key: entry for key, entry in header.items() if key == "features" or key.startswith("features.")}
    if not layers:
        raise ValueError('there is no tensor "features": name it so, or "features.NAME" for each of several')
    counts = {entry["shape"][0] for entry in layers.values()}
    if len(counts) > 1:
        raise ValueError(f"the tensors have {sorted(counts)} frames: those of one file share their frames")
    grids = {key: _grid(key, entry, metadata.get("grid")) for key, entry in layers.items()}
    for key, entry in layers.items():
        _check_finite(key, entry, raw[8 + length :])
    _check_times(metadata, header.get("frames"), counts.pop())
    return grids


def _grid(key: str, entry: dict, grid: str | None) -> tuple[int, int, int, int]:
    shape = entry["shape"]
    if entry["dtype"] not in ("F32", "F16", "BF16"):
        raise ValueError(f'tensor "{key}" is {entry["dtype"]}: features are F32, F16 or BF16')
    if len(shape) not in (3, 4) or shape[0] < 2 or 0 in shape:
        raise ValueError(f'tensor "{key}" must be [F, H, W, C] or [F, S, C] with F ≥ 2, got {shape}: is there a batch axis?')
    if len(shape) == 4:
        return tuple(shape)
    if grid is None:
        raise ValueError(f'tensor "{key}" {shape} needs a grid: give grid=(rows, columns)')
    rows, columns = map(int, grid.split("x"))
    if rows * columns != shape[1]:
        raise ValueError(f'tensor "{key}" has {shape[1]} tokens a frame and the grid {rows}x{columns} has {rows * columns}')
    return shape[0], rows, columns, shape[2]


def _check_finite(key: str, entry: dict, data: bytes) -> None:
    begin, end = entry["data_offsets"]
    if end - begin != BYTES[entry["dtype"]] * torch.Size(entry["shape"]).numel():
        raise ValueError(f'tensor "{key}" has {end - begin} bytes, which its shape {entry["shape"]} does not fill')
    dtype = next(dtype for dtype, name in DTYPES.items() if name == entry["dtype"])
    values = torch.frombuffer(bytearray(data[begin:end]), dtype=dtype)
    if not values.isfinite().all():
        raise ValueError(f'tensor "{key}" holds a value that is not finite, at {int((~values.isfinite()).nonzero()[0])}')


def _check_times(metadata: dict, frames: dict | None, count: int) -> None:
    if frames is not None:
        shape = frames["shape"]
        if frames["dtype"] != "U8" or len(shape) != 4 or shape[3] != 3:
            raise ValueError(f'"frames" must be uint8 [F, height, width, 3], got {frames["dtype"]} {shape}')
        if "fps" not in metadata:
            raise ValueError('"frames" need fps=, the frames a second')
        if shape[0] == count:
            return
    if "frame_times_s" not in metadata:
        raise ValueError("the moments of the frames are missing: give times=, in seconds from the clip's first frame")
    times = [float(time) for time in metadata["frame_times_s"].split(",")]
    if len(times) != count or times[0] < 0 or any(b <= a for a, b in zip(times, times[1:], strict=False)):
        raise ValueError(f"times must be {count} seconds from 0 on, each later than the one before, got {times}")
