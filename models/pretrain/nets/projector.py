"""From the student's features to the teacher's grid (docs/method.md section 5); dropped after training."""

import torch
from torch import Tensor, nn
from torch.nn import functional


def double_frames(x: Tensor) -> Tensor:
    """Linear ×2 in time, clamped at the ends: [B, F, H, W, C] to [B, 2F, H, W, C]."""
    before = torch.cat([x[:, :1], x[:, :-1]], dim=1)
    after = torch.cat([x[:, 1:], x[:, -1:]], dim=1)
    return torch.stack([0.25 * before + 0.75 * x, 0.75 * x + 0.25 * after], dim=2).flatten(1, 2)


class Projector(nn.Module):
    """Three linear layers with SiLU between, ×2 in time where the teacher has twice the frames, then a 3×3×3 Conv3d."""

    def __init__(self, inputs: int, hidden: tuple[int, int, int], outputs: int, double: bool = True) -> None:
        super().__init__()
        a, b, c = hidden
        self.linear1, self.linear2, self.linear3 = nn.Linear(inputs, a), nn.Linear(a, b), nn.Linear(b, c)
        self.conv = nn.Conv3d(c, outputs, 3, padding=1)
        self.doubles = double

    def forward(self, x: Tensor) -> Tensor:
        """[B, F, H, W, inputs] to [B, 2F or F, H, W, outputs]."""
        h = functional.silu(self.linear2(functional.silu(self.linear1(x))))
        h = self.linear3(h)
        h = double_frames(h) if self.doubles else h
        return self.conv(h.permute(0, 4, 1, 2, 3)).permute(0, 2, 3, 4, 1)
