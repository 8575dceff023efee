"""The alignment losses of docs/method.md sections 2 to 4. Features are [B, N, C], N = F·S; the teacher receives no gradient."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from ..nets.layers import tubelets

EPS = 1e-6


def self_similarity(y: Tensor) -> Tensor:
    """R [B, N, N]: cosines of all pairs of tokens (eq. 6, 7), never in less than float32: over a small τ they need it."""
    with torch.autocast(y.device.type, enabled=False):
        z = functional.normalize(y if y.dtype == torch.float64 else y.float(), dim=-1, eps=EPS)
        return z @ z.transpose(1, 2)


def log_tempered(y: Tensor, frames: int, tau: float) -> Tensor:
    """log P [B, N, F, S]: each token's similarities over τ, softmax over the S positions of one frame (eq. 8)."""
    return functional.log_softmax((self_similarity(y) / tau).unflatten(2, (frames, -1)), dim=-1)


def tempered(teacher: Tensor, student: Tensor, frames: int, *, tau: float, teacher_tau: float | None = None) -> Tensor:
    """KL per token [B, N]: teacher against student, softmax over one frame's S positions, mean over the F frames (eq. 8, 9).

    `teacher_tau` tempers the teacher on its own; the paper has one τ for both.
    """
    log_p = log_tempered(teacher.detach(), frames, tau if teacher_tau is None else teacher_tau)
    log_q = log_tempered(student, frames, tau)
    return functional.kl_div(log_q, log_p, reduction="none", log_target=True).sum(dim=-1).mean(dim=-1)


def tsa(teacher: Tensor, student: Tensor, frames: int, tau: float) -> Tensor:
    """Tempered self-similarity alignment (eq. 9)."""
    return tempered(teacher, student, frames, tau=tau).mean()


def m_tsa(teacher: Tensor, student: Tensor, frames: int, tau: float, mask: Tensor) -> Tensor:
    """Queries only where `mask` bool [B, N] (eq. 13); keys are all positions. Clips count alike, one without queries as 0."""
    kl = tempered(teacher, student, frames, tau=tau)
    return ((kl * mask).sum(dim=1) / mask.sum(dim=1).clamp_min(1)).mean()


def landing(places: Tensor, rows: int, patch: int) -> Tensor:
    """Places [..., 2] px to shares [..., S] of a frame's tokens, bilinear over the nearest centres. NaN gives zeros."""
    at = (places.nan_to_num() / patch - 0.5).clamp(0, rows - 1)
    x, y = (functional.relu(1 - (at[..., i, None] - torch.arange(rows, device=at.device)).abs()) for i in range(2))
    return (y[..., :, None] * x[..., None, :]).flatten(-2) * ~places[..., :1].isnan()


def followed_kl(target: Tensor, student: Tensor, frames: int, tau: float, mask: Tensor) -> Tensor:
    """M-TSA whose P^teacher [B, N, F, S] is where tokens truly are; zeros, a query out of sight, do not count."""
    log_q = log_tempered(student, frames, tau)
    kl = functional.kl_div(log_q, target, reduction="none").sum(dim=-1)  # [B, N, F]
    known = (target.sum(dim=-1) > 0.5) & mask[..., None]
    return (kl * known).sum() / known.sum().clamp_min(1)


def trd(teacher: Tensor, student: Tensor, margin: float) -> Tensor:
    """VideoREPA's token relation distillation."""
    gap = (self_similarity(student) - self_similarity(teacher.detach())).abs()
    return functional.relu(gap - margin).mean()


def repa(teacher: Tensor, student: Tensor) -> Tensor:
    """REPA (eq. 2): both sides need the same C."""
    return -functional.cosine_similarity(teacher.detach(), student, dim=-1, eps=EPS).mean()


def gram(teacher: Tensor, student: Tensor) -> Tensor:
    """DINOv3's anchoring: TSA without its softmax, TRD squared without its margin."""
    return (self_similarity(student) - self_similarity(teacher.detach())).square().mean()


class Knobs(Protocol):
    """What the losses read beside features."""

    tau: float
    margin: float


@dataclass(frozen=True)
class Pair:
    """What a loss may look at: features [B, N, C] of both sides, F token frames, and the motion mask bool [B, N]."""

    teacher: Tensor
    student: Tensor
    frames: int
    mask: Callable[[], Tensor]  # made where it is asked for


# By the names of src/alignment/losses.ts; a test of the product compares them.
LOSSES: dict[str, Callable[[Pair, Knobs], Tensor]] = {
    "tsa": lambda pair, how: tsa(pair.teacher, pair.student, pair.frames, how.tau),
    "mtsa": lambda pair, how: m_tsa(pair.teacher, pair.student, pair.frames, how.tau, pair.mask()),
    "trd": lambda pair, how: trd(pair.teacher, pair.student, how.margin),
    "gram": lambda pair, how: gram(pair.teacher, pair.student),
    "repa": lambda pair, how: repa(pair.teacher, pair.student),
}


def scattered(spots: int) -> Tensor:
    """int64 [S]: each position's place among equals, by a bijective hash (lowbias32), as src/reference/top_mask.ts has it."""
    x = torch.arange(1, spots + 1)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = ((x ^ (x >> shift)) * factor) & 0xFFFFFFFF
    return x ^ (x >> 16)


def motion_mask(frames: Tensor, rho: float, tubelet: int, patch: int) -> Tensor:
    """bool [B, N]: per token frame the round(ρ·S) tokens that change most (eq. 11, 12), frames U8 [B, T, H, W, 3].

    A token that does not change at all is never kept, so a frame may keep fewer, or none. Equals are taken in the order of
    `scattered`, so that they lie all over the frame; changes are sums of bytes, exact. One token frame keeps every token.
    """
    tokens = tubelets(frames.permute(0, 1, 4, 2, 3).int(), tubelet, patch)
    batch, count, spots, _ = tokens.shape
    if count == 1:
        return torch.ones(batch, spots, dtype=torch.bool, device=frames.device)
    change = (tokens[:, 1:] - tokens[:, :-1]).abs().sum(dim=-1)
    saliency = torch.cat([change[:, :1], change], dim=1)
    places = scattered(spots).argsort().to(frames.device)
    order = places[saliency[..., places].argsort(dim=-1, descending=True, stable=True)]
    keep = max(1, int(rho * spots + 0.5))
    most = torch.zeros_like(saliency, dtype=torch.bool).scatter_(2, order[..., :keep], True)
    return (most & (saliency > 0)).flatten(1)
