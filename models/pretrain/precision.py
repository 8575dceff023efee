"""In what numbers networks compute: bfloat16 where the machine has arithmetic for it, float32 elsewhere.

A processor without it computes bfloat16 all the same: on one with AVX2 alone the autoencoder's convolutions take thirty times
as long as in float32, and a step of the student nine times (docs/answer.md). Weights and moments are float32 always.
"""

import torch

FLOAT32, BF16 = "no", "bf16"  # Accelerate's names


def native(asked: str) -> str:
    """`asked`, but float32 where this machine has a GPU for bfloat16 neither, nor AMX, nor AVX-512 with it."""
    if asked != BF16 or torch.cuda.is_available():
        return asked
    return BF16 if torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported() else FLOAT32


def autocast(device: torch.device, asked: str = BF16) -> torch.autocast:
    """Under which networks compute in `asked`, or in float32 (`native`)."""
    return torch.autocast(device.type, torch.bfloat16, enabled=native(asked) == BF16)
