"""Which tokens ask in M-TSA: those that move (eq. 11, 12)."""

import torch
from torch import Tensor
from torch.nn import functional


def motion_mask(video: Tensor, tubelet: int, patch: int, rho: float) -> Tensor:
    """Per token frame the round(ρ·S) tokens whose pixels change most since the token frame before.

    A token that does not change at all is never kept, so a frame may keep fewer, or none. Frame 0 takes the changes of
    frame 1, and a clip of one token frame keeps every token. Pixels are compared as bytes: what stands still then changes by
    exactly 0, and every device keeps the same tokens. Equals are taken in an order that lies all over the frame.

    Args:
        video: [B, T, 3, H, W], numbers in [0, 1] or uint8, what the teacher sees.
        tubelet: frames of a token; T must be a multiple.
        patch: pixels of a token's side; H and W must be multiples.
        rho: share of each frame's tokens, in (0, 1].

    Returns:
        bool [B, F, S], F = T / tubelet, S = (H / patch)·(W / patch), row by row.
    """
    if video.ndim != 5 or video.shape[1] % tubelet or video.shape[3] % patch or video.shape[4] % patch:
        raise ValueError(
            f"a video [B, T, 3, H, W] must divide into tokens of {tubelet} frames × {patch} × {patch} px, "
            f"got {list(video.shape)}: cut or resize it"
        )
    if not 0 < rho <= 1:
        raise ValueError(f"rho is a share of the tokens above 0 and at most 1, got {rho}")
    values = video if video.dtype == torch.uint8 else (video.clamp(0, 1) * 255).round()
    values = values.to(torch.int32).unflatten(1, (-1, tubelet))
    batch, frames = values.shape[:2]
    spots = video.shape[3] // patch * (video.shape[4] // patch)
    if frames == 1:
        return torch.ones(batch, 1, spots, dtype=torch.bool, device=video.device)
    apart = values.diff(dim=1).abs().sum(dim=(2, 3))  # [B, F − 1, H, W]
    change = apart.unflatten(3, (-1, patch)).unflatten(2, (-1, patch)).sum(dim=(3, 5)).flatten(2)
    change = functional.pad(change, (0, 0, 1, 0))
    change[:, 0] = change[:, 1]
    places = _scattered(spots).argsort().to(video.device)
    order = places[change[..., places].argsort(dim=-1, descending=True, stable=True)]
    most = torch.zeros_like(change, dtype=torch.bool).scatter_(2, order[..., : _kept(rho, spots)], True)
    return most & (change > 0)


def queries_per_clip(rho: float, frames: int, spots: int) -> int:
    """The most tokens that `motion_mask` keeps of a clip of `frames` token frames of `spots` tokens."""
    return spots if frames == 1 else frames * _kept(rho, spots)


def _kept(rho: float, spots: int) -> int:
    return max(1, int(rho * spots + 0.5))


def _scattered(spots: int) -> Tensor:
    """int64 [S]: each position's place among equals, by a bijective hash of 32 bits (lowbias32)."""
    x = torch.arange(1, spots + 1)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = ((x ^ (x >> shift)) * factor) & 0xFFFFFFFF
    return x ^ (x >> 16)
