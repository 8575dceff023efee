"""Two clips as the pre-training sees them: test/fixtures/prepared_golden.safetensors, which src/data is held against.

Run in models/:  python -m export.data_goldens [CACHE]

Clip 0 of two templates of the train split, made by the world as the cache makes them; with CACHE, a folder that `python -m
pretrain cache` filled, they are also compared with its own. Per clip NAME: frames.NAME U8 [4], the CRC-32 of its pictures;
words.NAME I32 [12]; x0.NAME F32 [256, 48] by the shipped autoencoder in PyTorch; teacher.NAME F16 [512, 192] by the shipped
teacher's file (its checkpoint is not shipped), rounded as the cache of features rounds; mask.NAME U8 [512], the motion mask at
rho = 0.2.
"""

import sys
import zlib
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from pretrain.data.clips import Clip
from pretrain.data.shards import Shards, world_clips
from pretrain.data.stream import item
from pretrain.kinds import codec_of
from pretrain.nets.layers import pixels
from safetensors.numpy import save_file
from tempered_alignment import motion_mask

MODELS = Path(__file__).resolve().parents[1]
OUT = MODELS.parent / "test/fixtures/prepared_golden.safetensors"
CLIPS = {"bounce": "train-solids", "float": "train-liquids"}
RHO, TUBELET, PATCH = 0.2, 2, 8


def teach(frames: torch.Tensor) -> np.ndarray:
    """F32 [512, 192] of frames U8 [16, 64, 64, 3]."""
    session = onnxruntime.InferenceSession(str(MODELS / "teacher/teacher.onnx"), providers=["CPUExecutionProvider"])
    (maps,) = session.run(["features"], {"frames": pixels(frames[None])[0].numpy()})
    return maps.transpose(0, 2, 3, 1).reshape(-1, maps.shape[1])


def golden(name: str, clip: Clip) -> dict[str, np.ndarray]:
    """The tensors of one clip."""
    one = item(clip.frames, clip.about["prompt"])
    batch = one["frames"][None]
    check = zlib.crc32(np.ascontiguousarray(clip.frames))
    tensors = {
        "frames": np.frombuffer(check.to_bytes(4, "little"), np.uint8),
        "words": one["words"].numpy().astype(np.int32),
        "x0": codec_of(str(MODELS / "autoencoder")).encode(batch)[0].numpy(),
        "teacher": teach(one["frames"]).astype(np.float16),
        "mask": motion_mask(batch.permute(0, 1, 4, 2, 3), TUBELET, PATCH, RHO)[0].flatten().numpy().astype(np.uint8),
    }
    return {f"{key}.{name}": np.ascontiguousarray(value) for key, value in tensors.items()}


def main(cache: Path | None) -> None:
    """Writes the file. @raises ValueError where the cache holds other clips."""
    tensors, about = {}, {}
    for name, part in CLIPS.items():
        (clip,) = world_clips("train", name, 0, 1)
        if cache:
            cached = Shards(cache, part)
            of_template = next(clip for i in range(len(cached)) if (clip := cached[i]).about["template"] == name)
            if of_template.about != clip.about or not np.array_equal(of_template.frames, clip.frames):
                raise ValueError(f"{cache} has another first clip of {name} than the world makes: fill it again")
            print(f"{name}: the cache's first clip is the world's, to the bit")
        tensors |= golden(name, clip)
        about[name] = clip.about["prompt"]
    save_file(tensors, OUT, {"version": "1", **about})
    print(f"{OUT.name}: {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
