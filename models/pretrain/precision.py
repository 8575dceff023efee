"""In what numbers networks compute: bfloat16 where the device has arithmetic for it, float32 elsewhere.

A processor without it computes bfloat16 all the same: on one with AVX2 alone the autoencoder's encoder then takes thirty times
as long as in float32, a step of the student nine times, Muon's products of matrices twenty times (models/pretrain/README.md).
Weights, gradients and moments are float32 always.
"""

import torch

FLOAT32, BF16 = "no", "bf16"  # Accelerate's names


def arithmetic() -> str:
    """What this processor has for bfloat16: "AMX", "AVX512-bf16", both, or nothing."""
    has = {"AMX": torch.cpu._is_amx_tile_supported(), "AVX512-bf16": torch.cpu._is_avx512_bf16_supported()}
    return " and ".join(name for name, there in has.items() if there)


def native(asked: str, device: torch.device) -> str:
    """`asked`, but float32 where it is bfloat16 and the device has none: a GPU before Ampere, a CPU without AMX or
    AVX-512's."""
    if asked != BF16:
        return asked
    if device.type == "cuda":
        has = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        has = bool(arithmetic())
    return BF16 if has else FLOAT32


def autocast(device: torch.device, asked: str = BF16) -> torch.autocast:
    """Under which networks compute in `asked`, or in float32 (`native`)."""
    return torch.autocast(device.type, torch.bfloat16, enabled=native(asked, device) == BF16)


def computing(device: torch.device) -> str:
    """In what numbers a device computes here and now, which an autocast may have changed: "float32", "bfloat16"."""
    cast = torch.is_autocast_enabled(device.type)
    return str(torch.get_autocast_dtype(device.type) if cast else torch.float32).removeprefix("torch.")
