"""Tempered self-similarity alignment (arXiv 2605.24962) and the losses it is compared with, in plain PyTorch.

Features are [B, F, S, C]: F token frames of S tokens with C channels. The teacher (a frozen video encoder) never receives a
gradient, and its C may differ from the student's for every loss but `repa`. All arithmetic is in float32, inside autocast
too, or in float64 where the features are.
"""

from .losses import gram, log_tempered, mtsa, repa, self_similarity, tempered_kl, trd, tsa
from .motion import motion_mask, queries_per_clip
from .projector import Projector

__all__ = [
    "Projector",
    "gram",
    "log_tempered",
    "motion_mask",
    "mtsa",
    "queries_per_clip",
    "repa",
    "self_similarity",
    "tempered_kl",
    "trd",
    "tsa",
]
