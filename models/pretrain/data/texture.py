"""Moving cut-outs of natural texture over natural texture, endless and labelled by nothing but their own motion.

Photographs: scikit-image's, all CC0 or public domain (`PHOTOGRAPHS`); none is in this repository. A clip is a pan over
one photograph and one to four discs or boxes cut out of others, each on its own path with its own turn, mirrored at the
walls so that it stays in sight. Clip i of a seed is a function of (seed, i) alone. The truth is laid out as the world's.
"""

from functools import cache

import numpy as np
import torch
from skimage import data
from torch.nn import functional

from .clips import FRAMES, SIDE, Clip

# chelsea, coffee, rocket, camera, brick, grass, gravel: CC0; astronaut, moon: public domain (NASA).
PHOTOGRAPHS = ("chelsea", "coffee", "rocket", "camera", "brick", "grass", "gravel", "astronaut", "moon")
LEVELS = 4


@cache
def _pyramid(name: str) -> list[torch.Tensor]:
    """The photograph F32 [1, 3, h, w] in [0, 1], then halved again and again."""
    photo = np.asarray(getattr(data, name)())
    rgb = np.repeat(photo[..., None], 3, axis=2) if photo.ndim == 2 else photo[..., :3]
    level = torch.from_numpy(rgb.transpose(2, 0, 1).copy())[None].float() / 255
    levels = [level]
    for _ in range(LEVELS - 1):
        level = functional.avg_pool2d(level, 2)
        levels.append(level)
    return levels


def _sample(rng: np.random.Generator, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """A random photograph at layer positions (u, v) [T, H, W], one pyramid pixel to a unit: [T, 3, H, W].

    Beyond its edge the photograph is mirrored, so that there is always texture. Colours are varied, as light is.
    """
    level = _pyramid(str(rng.choice(PHOTOGRAPHS)))[rng.integers(LEVELS)]
    height, width = level.shape[2:]
    x, y = u + rng.uniform(0, width), v + rng.uniform(0, height)
    grid = torch.stack([2 * x / width - 1, 2 * y / height - 1], dim=-1)
    level = level.expand(u.shape[0], -1, -1, -1)
    colours = functional.grid_sample(level, grid, padding_mode="reflection", align_corners=False)
    mix = torch.eye(3) + torch.from_numpy(rng.uniform(-0.25, 0.25, (3, 3))).float()
    gain, offset = rng.uniform(0.6, 1.2), rng.uniform(-0.15, 0.15)
    return (gain * torch.einsum("ij,tjhw->tihw", mix, colours) + offset).clamp(0, 1)


def _mirror(path: np.ndarray, low: float, high: float) -> np.ndarray:
    """A straight path folded back at its walls."""
    span = high - low
    folded = np.abs((path - low) % (2 * span) - span)
    return high - folded


def texture_clip(seed: int, index: int) -> Clip:
    """Clip `index` of a seed, with its truth: center [T, K, 2], angle [T, K], mask U8 [T, 64, 64] and the
    background's way [T, 2].
    """
    rng = np.random.default_rng([seed, index])
    time = np.arange(FRAMES)
    y, x = torch.meshgrid(torch.arange(SIDE) + 0.5, torch.arange(SIDE) + 0.5, indexing="ij")
    pan = rng.normal(0, 0.8, 2) * (rng.random() < 0.5)  # half of the cameras stand still
    drift = torch.from_numpy(np.outer(time, pan)).float()[:, :, None, None]
    image = _sample(rng, x + drift[:, 0], y + drift[:, 1])
    count = int(rng.integers(1, 5))
    mask = torch.zeros(FRAMES, SIDE, SIDE, dtype=torch.uint8)
    centers, angles = [], []
    for k in range(count):
        half = rng.uniform(6, 13)
        aspect = rng.uniform(0.6, 1)
        start, velocity = rng.uniform(half, SIDE - half, 2), rng.normal(0, 2.2, 2)
        sag = np.array([0, rng.choice([0, 0.15])])  # some fall
        path = start + np.outer(time, velocity) + 0.5 * np.outer(time**2, sag)
        center = _mirror(path, half * 0.8, SIDE - half * 0.8)
        angle = rng.uniform(-np.pi, np.pi) + rng.normal(0, 0.08) * time
        cx, cy, cos, sin = (
            torch.from_numpy(a).float()[:, None, None] for a in (center[:, 0], center[:, 1], np.cos(angle), np.sin(angle))
        )
        u, v = cos * (x - cx) + sin * (y - cy), cos * (y - cy) - sin * (x - cx)
        inside = half - torch.hypot(u, v) if rng.random() < 0.5 else torch.minimum(half - u.abs(), aspect * half - v.abs())
        cover = (inside + 0.5).clamp(0, 1)[:, None]
        image = cover * _sample(rng, u, v) + (1 - cover) * image
        mask[inside > 0] = k + 1
        centers.append(center)
        angles.append(angle)
    frames = (image * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    truth = {
        "center": np.stack(centers, axis=1).astype(np.float32),
        "angle": np.stack(angles, axis=1).astype(np.float32),
        "mask": mask.numpy(),
        "background": np.outer(time, -pan).astype(np.float32),
    }
    about = {"prompt": "", "template": "texture", "category": "texture", "seed": str(index)}
    return Clip(np.ascontiguousarray(frames), truth, about)
