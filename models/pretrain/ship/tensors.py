"""Safetensors files whose tensors lie in a given order: the library sorts them by name, and the page wants ours."""

import json
import struct
from pathlib import Path

from torch import Tensor


def write_tensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str], halves: bool = False) -> None:
    """Writes float32 tensors (float16 ones with `halves`) one after another, in the dictionary's order."""
    header: dict[str, object] = {"__metadata__": metadata}
    blobs, offset = [], 0
    for name, tensor in tensors.items():
        values = tensor.detach().cpu().half() if halves else tensor.detach().cpu().float()
        blob = values.contiguous().numpy().tobytes()
        header[name] = {
            "dtype": "F16" if halves else "F32",
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(blob)],
        }
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))
