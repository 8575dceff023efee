"""Where the bodies of a clip are, by their colours alone: the world paints all else neutral (src/world/render/palette.ts)."""

import json

import numpy as np

from .clips import Clip

# src/world/render/palette.ts; a test of the product compares the two.
PALETTE = {
    "red": (214, 44, 52),
    "orange": (217, 124, 40),
    "yellow": (213, 186, 40),
    "green": (50, 160, 74),
    "blue": (40, 102, 212),
    "purple": (138, 58, 194),
}


def chroma(rgb: np.ndarray) -> np.ndarray:
    """[..., 3] to the two coordinates [..., 2] that no neutral light changes."""
    r, g, b = (rgb[..., i].astype(np.float64) for i in range(3))
    return np.stack([r - g, (r + g) / 2 - b], axis=-1)


def shares(frames: np.ndarray, colours: list[str]) -> np.ndarray:
    """Share of each pixel that each body covers, [T, H, W, K] in [0, 1], by least squares in chroma; K is 1 or 2."""
    basis = chroma(np.array([PALETTE[colour] for colour in colours]))  # [K, 2]
    found = chroma(frames) @ np.linalg.pinv(basis)
    if len(colours) == 2:
        # Where one share is negative the other body explains the pixel alone.
        alone = np.einsum("thwc,kc->thwk", chroma(frames), basis) / np.square(basis).sum(axis=1)
        swapped = found[..., ::-1]
        found = np.where(swapped < 0, alone, found)
    found = np.clip(found, 0, 1)
    return np.where(found < 0.25, 0, found)  # 8-bit grain and a student's blur are no body


def centres(frames: np.ndarray, colours: list[str]) -> np.ndarray:
    """Centroids [T, K, 2] px of what is seen of each body; NaN where less than 4 px² of it is seen."""
    share = shares(frames, colours)
    side = np.arange(frames.shape[1]) + 0.5
    area = share.sum(axis=(1, 2))
    x = (share * side[None, None, :, None]).sum(axis=(1, 2))
    y = (share * side[None, :, None, None]).sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.stack([x / area, y / area], axis=-1)
    centre[area < 4] = np.nan
    return centre


def colours_of(clip: Clip) -> list[str]:
    """The colours of a clip's bodies, in the mask's order."""
    return [body["colour"] for body in json.loads(clip.about["objects"])]


def centre_error(frames: np.ndarray, clip: Clip, first: int = 4) -> float:
    """Mean distance in px from the real clip's centroids over frames `first` … 15 and bodies, both read by colour.

    A body that the made clip lacks where the real clip has it counts as a quarter of the side.
    """
    colours = colours_of(clip)
    truth, found = centres(clip.frames, colours)[first:], centres(frames, colours)[first:]
    there = ~np.isnan(truth[..., 0])
    distance = np.linalg.norm(found - truth, axis=-1)
    lost = clip.frames.shape[1] / 4
    return float(np.where(np.isnan(distance), lost, distance)[there].mean()) if there.any() else 0.0


def moved(frames: np.ndarray, clip: Clip, first: int = 4) -> float:
    """Mean distance in px that the bodies of a clip go from frame to frame, from frame `first` on, read by the real clip's
    colours; a body counts between frames in which it is seen.
    """
    steps = np.linalg.norm(np.diff(centres(frames, colours_of(clip))[first - 1 :], axis=0), axis=-1)
    seen = ~np.isnan(steps)
    return float(steps[seen].mean()) if seen.any() else 0.0


def still(clip: Clip, last: int = 3) -> np.ndarray:
    """The clip whose frames after `last` all repeat it: the baseline that knows no motion."""
    frames = clip.frames.copy()
    frames[last + 1 :] = frames[last]
    return frames
