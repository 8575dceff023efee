"""True correspondences of a clip's tokens, from the poses of its solid bodies."""

import json

import numpy as np

from .clips import Clip

TUBELET, PATCH = 2, 8

# What of a clip's truth says where its bodies are.
POSES = ("center", "angle", "mask")


def solids_of(clip: Clip) -> np.ndarray:
    """bool [K]: which bodies have a pose. A liquid has none: its tokens are not followed."""
    bodies = clip.truth["center"].shape[1]
    if "objects" not in clip.about:
        return np.ones(bodies, bool)
    return np.array([body["kind"] == "solid" for body in json.loads(clip.about["objects"])], bool)


def liquid_tracks(clip: Clip) -> tuple[np.ndarray, np.ndarray]:
    """As `tracks`, of the tokens that show liquid alone, from the clip's own `tracks` [N, F, 2] (`npm run world -- --tracks`):
    each goes with the particles nearest to its centre. @raises ValueError for a clip without them.
    """
    if "tracks" not in clip.truth:
        raise ValueError("following liquid takes a clip's own tracks: make it with `npm run world -- --tracks`")
    body, same = _shown(clip.truth["mask"])
    followed = ~np.concatenate([[True], solids_of(clip)])[body] & same
    return np.where(followed[:, None, None], clip.truth["tracks"], np.nan), np.where(followed, body, -1)


def _shown(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int [N], the body at each token's centre in its first frame, 0 for none; bool [N], whether it is there in the second."""
    first, second = (mask[k::TUBELET, PATCH // 2 :: PATCH, PATCH // 2 :: PATCH].ravel() for k in range(TUBELET))
    return first.astype(int), first == second


def tracks(clip: Clip) -> tuple[np.ndarray, np.ndarray]:
    """Places F32 [N, F, 2] px and bodies int [N] of all tokens.

    Token i = f·S + s is followed from its centre in its first video frame; its place in token frame g is where that spot of
    body or background then is, NaN where it is out of sight. A token whose centre changes its body between its two frames,
    or shows liquid, is followed nowhere: its body is -1. Body 0 is the background, which moves by the clip's `background`
    [T, 2], where it has one. @raises ValueError for a clip without truth.
    """
    if missing := [name for name in POSES if name not in clip.truth]:
        raise ValueError(
            f"following tokens takes a clip's {', '.join(POSES)}; one of {clip.about.get('template')} lacks "
            f"{', '.join(missing)}: remove its shards from the cache and run `python -m pretrain cache` again"
        )
    center, angle, mask = (clip.truth[name] for name in POSES)
    frames, side = mask.shape[0] // TUBELET, mask.shape[1] // PATCH
    times = TUBELET * np.arange(frames)
    pan = clip.truth.get("background", np.zeros((mask.shape[0], 2)))
    # The background is one more body, the first, that does not turn.
    centres = np.concatenate([pan[:, None], center], axis=1)[times]  # [F, K + 1, 2]
    angles = np.concatenate([np.zeros_like(angle[:, :1]), angle], axis=1)[times]  # [F, K + 1]
    f, y, x = (a.ravel() for a in np.meshgrid(np.arange(frames), *[np.arange(side) * PATCH + PATCH // 2] * 2, indexing="ij"))
    body, same = _shown(mask)
    followed = np.concatenate([[True], solids_of(clip)])[body] & same
    offset = np.stack([x, y], axis=1) - centres[f, body]  # [N, 2]
    turn = angles[:, body].T - angles[f, body][:, None]  # [N, F]
    cos, sin = np.cos(turn), np.sin(turn)
    moved = np.stack([cos * offset[:, :1] - sin * offset[:, 1:], sin * offset[:, :1] + cos * offset[:, 1:]], axis=2)
    place = centres[:, body].transpose(1, 0, 2) + moved
    inside = ((place >= 0) & (place < mask.shape[1])).all(axis=2)
    column, row = (np.clip(place[..., i].astype(int), 0, mask.shape[1] - 1) for i in range(2))
    seen = inside & (mask[times[None, :], row, column] == body[:, None]) & followed[:, None]
    return np.where(seen[..., None], place, np.nan).astype(np.float32), np.where(followed, body, -1)
