"""How well features find the same spot of a moving object again: PCK@1 against the world's truth."""

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..data.clips import Clip
from ..data.tracks import PATCH, tracks
from ..nets.layers import pixels

TAUS = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
Features = Callable[[Tensor], Tensor]  # video [B, T, 3, H, W] in [0, 1] to [B, N, C]
FRAMES, ROWS = 8, 8
MOVING = 4.0  # px; what moved less needs no matching: "the same place" is within half a token


Follow = Callable[[Clip], tuple[np.ndarray, np.ndarray]]  # `tracks` of solid bodies, or `liquid_tracks`


def queries(clip: Clip, distance: int, follow: Follow = tracks) -> np.ndarray:
    """[n, 4]: query token i, the later token frame, and where its spot then is (x, y) px.

    A query is a token on a body that is followed, whose spot moves at least `MOVING` px in `distance` token frames and is still
    in sight.
    """
    places, body = follow(clip)
    i = np.flatnonzero(body > 0)
    now = i // ROWS**2
    i, now = i[now + distance < FRAMES], now[now + distance < FRAMES]
    there, here = places[i, now + distance], places[i, now]
    # A spot that is out of sight is NaN, and no comparison with it holds.
    moving = np.hypot(*(there - here).T) >= MOVING
    return np.column_stack([i, now + distance, there])[moving].astype(np.float64)


def correspondence(features: Features, clips: Iterable[Clip], distance: int = 4, follow: Follow = tracks) -> dict[str, float]:
    """Shares of queries found within one token in x and in y: `argmax`, `soft tau` for each τ, `same place` (a match that
    does not look); their number; and the spread of the cosines between all tokens of a clip.
    """
    found: dict[str, list[Tensor]] = {name: [] for name in ("argmax", "same place", *(f"soft {t}" for t in TAUS))}
    cosines = []
    s = torch.arange(ROWS**2)
    places = torch.stack([s % ROWS, s // ROWS], dim=1) * PATCH + PATCH / 2  # [S, 2]
    for clip in clips:
        query = torch.from_numpy(queries(clip, distance, follow))
        with torch.no_grad():
            y = features(pixels(torch.from_numpy(clip.frames)[None]))[0].double()
        z = functional.normalize(y, dim=-1, eps=1e-6)
        cosines.append((z[::3] @ z[1::3].T).flatten())
        index, later, truth = query[:, 0].long(), query[:, 1].long(), query[:, 2:]
        keys = z.reshape(FRAMES, ROWS**2, -1)[later]  # [n, S, C]
        similarity = torch.einsum("nc,nsc->ns", z[index], keys)
        found["argmax"].append(near(places[similarity.argmax(dim=1)], truth))
        found["same place"].append(near(places[index % ROWS**2], truth))
        for tau in TAUS:
            found[f"soft {tau}"].append(near((similarity / tau).softmax(dim=1) @ places.double(), truth))
    shares = {name: float(torch.cat(hits).double().mean()) for name, hits in found.items()}
    cosine = torch.cat(cosines)
    low, high = (float(cosine.kthvalue(max(1, int(q * len(cosine)))).values) for q in (0.01, 0.99))
    spread = {"cosine mean": float(cosine.mean()), "cosine deviation": float(cosine.std())}
    count = sum(len(hits) for hits in found["argmax"])
    return {**shares, "queries": count, **spread, "cosine 1%": low, "cosine 99%": high}


def near(guess: Tensor, truth: Tensor) -> Tensor:
    """bool [n]: within one token in x and in y."""
    return (guess - truth).abs().amax(dim=1) <= PATCH
