"""Muon (Jordan et al. 2024) whose products of matrices are in numbers that the device computes fast."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..precision import BF16, native


def orthogonal(update: Tensor, coefficients: tuple[float, float, float], steps: int, least: float) -> Tensor:
    """[m, n] with its singular values brought to about 1 by Newton–Schulz iterations of degree 5, in the update's numbers."""
    a, b, c = coefficients
    tall = update.shape[0] > update.shape[1]
    x = update.T if tall else update
    x = x / x.norm().clamp(min=least)
    for _ in range(steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if tall else x


class Muon(torch.optim.Muon):
    """PyTorch's, which computes in bfloat16 wherever it runs; here in float32 where the device has no bfloat16 (`native`).

    Its steps are of the size of AdamW's, so that rates compare.
    """

    def __init__(self, matrices: list[Tensor], rate: float, decay: float) -> None:
        super().__init__(matrices, rate, decay, adjust_lr_fn="match_rms_adamw")

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> Any:
        if native(BF16, self.param_groups[0]["params"][0].device) == BF16:
            return super().step(closure)
        for group in self.param_groups:
            rate, momentum = group["lr"], group["momentum"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                buffer = self.state[p].setdefault("momentum_buffer", torch.zeros_like(p.grad))
                buffer.lerp_(p.grad, 1 - momentum)
                update = orthogonal(p.grad.lerp(buffer, momentum), group["ns_coefficients"], group["ns_steps"], group["eps"])
                p.mul_(1 - rate * group["weight_decay"]).add_(update, alpha=-rate * 0.2 * max(p.shape) ** 0.5)
        return None
