"""Motion masks of docs/method.md section 3 by plain arithmetic: test/fixtures/motion_goldens.safetensors.

Run from the project root:  python models/export/motion_goldens.py     (needs numpy, safetensors and Node)

Whole numbers and Python's own sort, so that nothing is shared with the page, its kernels or pretrain. `clip` is a clip of
the world in which much stands still; `levels` has three levels of grey, so that most decisions are between equals.
"""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

VERSION = "1"
ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "test/fixtures/motion_goldens.safetensors"
PROMPT, SEED = "a small blue ball bounces on the floor slowly", 7
CASES = [
    # name, frames, tubelet, patch, rho
    ("tubelets", "clip", 2, 8, 0.2),
    ("frames", "clip", 1, 8, 0.2),
    ("large_tokens", "clip", 1, 16, 0.5),
    ("equals", "levels", 1, 4, 0.3),
    ("equal_tubelets", "levels", 2, 4, 0.4),
    ("one_tubelet", "levels", 6, 4, 0.1),
]


def place(s: int) -> int:
    """lowbias32 of s + 1: where a position comes among equals."""
    x = s + 1
    x = ((x ^ (x >> 16)) * 0x7FEB352D) % 2**32
    x = ((x ^ (x >> 15)) * 0x846CA68B) % 2**32
    return x ^ (x >> 16)


def mask(frames: np.ndarray, tubelet: int, patch: int, rho: float) -> np.ndarray:
    """U8 [F, S] of frames U8 [T, H, W, 3]."""
    count, height, width = len(frames) // tubelet, frames.shape[1] // patch, frames.shape[2] // patch
    kept = np.zeros((count, height * width), np.uint8)
    if count == 1:
        return kept + 1
    values = frames.astype(np.int64)
    for f in range(count):
        late = max(f, 1)
        now, before = values[late * tubelet : (late + 1) * tubelet], values[(late - 1) * tubelet : late * tubelet]
        change = [
            int(np.abs(now - before)[:, y * patch : (y + 1) * patch, x * patch : (x + 1) * patch].sum())
            for y in range(height)
            for x in range(width)
        ]
        order = sorted(range(len(change)), key=lambda s: (-change[s], place(s)))
        for s in order[: max(1, int(rho * len(change) + 0.5))]:
            kept[f, s] = change[s] > 0
    return kept


def world_clip() -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.safetensors"
        command = ["node", "scripts/world.mjs", "--prompt", PROMPT, "--seed", str(SEED), "--out", str(path)]
        subprocess.run(command, cwd=ROOT, check=True)
        return load_file(path)["frames"]


def levels() -> np.ndarray:
    """Tokens of 4 × 4 pixels whose grey steps among three levels, each at its own pace; a third of them stand still."""
    f, y, x = np.meshgrid(np.arange(6), np.arange(20) // 4, np.arange(24) // 4, indexing="ij")
    s = 6 * y + x
    return np.repeat((60 * ((f * s) % 3)).astype(np.uint8)[..., None], 3, axis=3)


def main() -> None:
    videos = {"clip": world_clip(), "levels": levels()}
    tensors = dict(videos)
    about = {"magic": "tempered-motion-goldens", "version": VERSION, "prompt": PROMPT, "seed": str(SEED)}
    for name, video, tubelet, patch, rho in CASES:
        tensors[f"{name}.mask"] = mask(videos[video], tubelet, patch, rho)
        about[name] = json.dumps({"video": video, "tubelet": tubelet, "patch": patch, "rho": rho})
        print(name, tensors[f"{name}.mask"].sum(axis=1).tolist())
    save_file(tensors, OUT, metadata=about)
    print(OUT.name, OUT.stat().st_size)


if __name__ == "__main__":
    main()
