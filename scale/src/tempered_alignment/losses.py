"""The alignment losses, taken a chunk of queries at a time, so that no N × N matrix is kept."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

EPS = 1e-6

# Most numbers of a chunk's matrix [B, queries, N]: 32 MiB in float32. About eight of them live at once.
CHUNK = 2**23

# From normalised tokens of teacher and student, queries and keys of each, to a value per query [B, m].
Rows = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def unit(y: Tensor) -> Tensor:
    """Tokens [B, F, S, C] as rows of length 1 [B, N, C], in float32 at least: cosines that are divided by a small τ need it."""
    _check("features", y)
    return functional.normalize(y.flatten(1, 2).to(torch.promote_types(y.dtype, torch.float32)), dim=-1, eps=EPS)


def self_similarity(y: Tensor) -> Tensor:
    """Cosines of all pairs of tokens (eq. 6, 7): [B, F, S, C] to [B, N, N], N = F·S."""
    with torch.autocast(y.device.type, enabled=False):
        z = unit(y)
        return z @ z.transpose(1, 2)


def log_tempered(y: Tensor, tau: float) -> Tensor:
    """log P of every token (eq. 8), [B, F, S, C] to [B, N, F, S]: softmax of its cosines over τ in each frame. Not chunked."""
    with torch.autocast(y.device.type, enabled=False):
        z = unit(y)
        return _log_tempered(z, z, y.shape[1], tau)


def tempered_kl(
    teacher: Tensor,
    student: Tensor,
    tau: float,
    *,
    teacher_tau: float | None = None,
    queries: Tensor | None = None,
) -> Tensor:
    """KL(teacher ‖ student) of each query's correspondences, mean over the F frames (eq. 8, 9).

    Each token's cosines over τ become a softmax over the S positions of every frame. More than one chunk of queries is computed
    again in the backward pass instead of being kept.

    Args:
        teacher: features [B, F, S, C], without gradient.
        student: features [B, F, S, C'].
        tau: temperature above 0.
        teacher_tau: the teacher's own temperature; the paper has one for both.
        queries: int64 [B, M], tokens that ask; all N by default. Keys are always all N.

    Returns:
        [B, M] or [B, N].
    """
    if not tau > 0 or (teacher_tau is not None and not teacher_tau > 0):
        raise ValueError(f"a temperature must be above 0, got tau {tau} and teacher_tau {teacher_tau}")
    frames = teacher.shape[1]

    def rows(asking_t: Tensor, keys_t: Tensor, asking_s: Tensor, keys_s: Tensor) -> Tensor:
        log_p = _log_tempered(asking_t, keys_t, frames, tau if teacher_tau is None else teacher_tau)
        log_q = _log_tempered(asking_s, keys_s, frames, tau)
        return functional.kl_div(log_q, log_p, reduction="none", log_target=True).sum(dim=-1).mean(dim=-1)

    return _by_chunks(rows, teacher, student, queries)


def tsa(teacher: Tensor, student: Tensor, tau: float) -> Tensor:
    """Tempered self-similarity alignment (eq. 9): features [B, F, S, C] to a number."""
    return tempered_kl(teacher, student, tau).mean()


def mtsa(teacher: Tensor, student: Tensor, mask: Tensor, tau: float, *, most: int | None = None) -> Tensor:
    """Masked TSA (eq. 13): only tokens where `mask`, bool [B, F, S], is true ask; keys are all tokens.

    Clips count alike, and one whose mask is empty counts as 0.

    Args:
        teacher: features [B, F, S, C], without gradient.
        student: features [B, F, S, C'].
        mask: bool [B, F, S], as `motion_mask` makes it.
        tau: temperature above 0.
        most: a number that no clip's queries exceed (`queries_per_clip`). Without it the mask is asked, for which a GPU has
            to be waited for and a compiled graph breaks. Queries above it would be left out.

    Returns:
        A number.
    """
    if mask.shape != teacher.shape[:3]:
        raise ValueError(
            f"the mask is {list(mask.shape)} and the features are {list(teacher.shape)}: they must agree in B, F, S"
        )
    flat = mask.flatten(1)
    if most is None:
        most = max(1, int(flat.sum(dim=1).max()))
    # Masked tokens first, each clip as many as the fullest has: those beyond its own have weight 0.
    asks, queries = flat.float().topk(min(most, flat.shape[1]), dim=1)
    kl = tempered_kl(teacher, student, tau, queries=queries)
    return ((kl * asks).sum(dim=1) / asks.sum(dim=1).clamp_min(1)).mean()


def trd(teacher: Tensor, student: Tensor, margin: float) -> Tensor:
    """VideoREPA's token relation distillation: mean of relu(|R_student − R_teacher| − margin) over all pairs of tokens."""
    return _by_chunks(lambda *z: functional.relu(_difference(*z).abs() - margin).mean(dim=-1), teacher, student).mean()


def gram(teacher: Tensor, student: Tensor) -> Tensor:
    """DINOv3's Gram anchoring: mean of (R_student − R_teacher)² over all pairs of tokens."""
    return _by_chunks(lambda *z: _difference(*z).square().mean(dim=-1), teacher, student).mean()


def repa(teacher: Tensor, student: Tensor) -> Tensor:
    """REPA (eq. 2): minus the mean cosine of each token's two features; both sides need the same C."""
    _check_pair(teacher, student)
    if teacher.shape[3] != student.shape[3]:
        raise ValueError(
            f"REPA compares features themselves: teacher has {teacher.shape[3]} channels, student {student.shape[3]}"
        )
    with torch.autocast(student.device.type, enabled=False):
        return -(unit(teacher.detach()) * unit(student)).sum(dim=-1).mean()


def _check(what: str, y: Tensor) -> None:
    if y.ndim != 4:
        raise ValueError(f"{what} must be [B, F, S, C], got a tensor of shape {list(y.shape)}")


def _check_pair(teacher: Tensor, student: Tensor) -> None:
    _check("the teacher's features", teacher)
    _check("the student's features", student)
    if teacher.shape[:3] != student.shape[:3]:
        shapes = f"the teacher's {list(teacher.shape)}, the student's {list(student.shape)}"
        raise ValueError(f"features must agree in B, F, S, got {shapes}: bring the student to the teacher's grid (Projector)")


def _log_tempered(asking: Tensor, keys: Tensor, frames: int, tau: float) -> Tensor:
    """log P [B, m, F, S] of queries [B, m, C] among keys [B, N, C]."""
    logits = (asking / tau) @ keys.transpose(1, 2)
    return functional.log_softmax(logits.unflatten(2, (frames, -1)), dim=-1)


def _difference(asking_t: Tensor, keys_t: Tensor, asking_s: Tensor, keys_s: Tensor) -> Tensor:
    """R_student − R_teacher [B, m, N]."""
    return asking_s @ keys_s.transpose(1, 2) - asking_t @ keys_t.transpose(1, 2)


def _by_chunks(rows: Rows, teacher: Tensor, student: Tensor, queries: Tensor | None = None) -> Tensor:
    """`rows` of all queries [B, M] (all tokens where None), as many at a time as `CHUNK` numbers hold."""
    _check_pair(teacher, student)
    with torch.autocast(student.device.type, enabled=False):
        z_t, z_s = unit(teacher.detach()), unit(student)
        asking_t, asking_s = (z if queries is None else z.take_along_dim(queries[..., None], dim=1) for z in (z_t, z_s))
        total, most = asking_t.shape[1], max(1, CHUNK // (z_t.shape[0] * z_t.shape[1]))
        if total <= most:
            return rows(asking_t, z_t, asking_s, z_s)
        parts = zip(asking_t.split(most, dim=1), asking_s.split(most, dim=1), strict=True)
        again = {"use_reentrant": False, "preserve_rng_state": False}
        return torch.cat([checkpoint(rows, a_t, z_t, a_s, z_s, **again) for a_t, a_s in parts], dim=1)
