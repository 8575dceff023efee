"""The alignment losses by name: those of tempered-alignment (scale/), and one whose teacher is the world itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from tempered_alignment import gram, log_tempered, mtsa, repa, trd, tsa
from torch import Tensor
from torch.nn import functional


class Knobs(Protocol):
    """What the losses read beside features."""

    tau: float
    margin: float


@dataclass(frozen=True)
class Pair:
    """What a loss may look at: features [B, F, S, C] of both sides, and the motion mask bool [B, F, S]."""

    teacher: Tensor
    student: Tensor
    mask: Callable[[], Tensor]  # made where it is asked for


# By the names of src/alignment/losses.ts; a test of the product compares them.
LOSSES: dict[str, Callable[[Pair, Knobs], Tensor]] = {
    "tsa": lambda pair, how: tsa(pair.teacher, pair.student, how.tau),
    "mtsa": lambda pair, how: mtsa(pair.teacher, pair.student, pair.mask(), how.tau),
    "trd": lambda pair, how: trd(pair.teacher, pair.student, how.margin),
    "gram": lambda pair, how: gram(pair.teacher, pair.student),
    "repa": lambda pair, how: repa(pair.teacher, pair.student),
}


def landing(places: Tensor, rows: int, patch: int) -> Tensor:
    """Places [..., 2] px to shares [..., S] of a frame's tokens, bilinear over the nearest centres. NaN gives zeros."""
    at = (places.nan_to_num() / patch - 0.5).clamp(0, rows - 1)
    x, y = (functional.relu(1 - (at[..., i, None] - torch.arange(rows, device=at.device)).abs()) for i in range(2))
    return (y[..., :, None] * x[..., None, :]).flatten(-2) * ~places[..., :1].isnan()


def followed_kl(target: Tensor, student: Tensor, tau: float, mask: Tensor) -> Tensor:
    """M-TSA whose P^teacher [B, N, F, S] is where tokens truly are; zeros, a query out of sight, do not count.

    Student features are [B, F, S, C], the mask is bool [B, F, S].
    """
    kl = functional.kl_div(log_tempered(student, tau), target, reduction="none").sum(dim=-1)  # [B, N, F]
    known = (target.sum(dim=-1) > 0.5) & mask.flatten(1)[..., None]
    return (kl * known).sum() / known.sum().clamp_min(1)
