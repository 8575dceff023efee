"""From the student's features to the teacher's grid and channels; dropped after training."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Projector(nn.Module):
    """Three linear layers with SiLU between, ×2 in time where the teacher has twice the frames, then one 3 × 3 × 3 Conv3d.

    It lives inside the module that DDP, ZeRO or FSDP wraps, so that its parameters are trained like the others.

    Args:
        inputs: channels of the student's features.
        hidden: widths of the three linear layers; CogVideoX-2B: (2048, 2048, 768).
        outputs: channels of the teacher's features.
        double: linear ×2 in time, as a latent frame of four video frames is two of a teacher with tubelet 2.
        stride: student rows a teacher row; 30 × 45 to 10 × 15 is 3.
        drop_first: drop the first token frame, where the video autoencoder encodes frame 0 alone.
    """

    def __init__(
        self,
        inputs: int,
        hidden: tuple[int, int, int],
        outputs: int,
        double: bool = True,
        stride: int = 1,
        drop_first: bool = False,
    ) -> None:
        super().__init__()
        a, b, c = hidden
        self.linear1, self.linear2, self.linear3 = nn.Linear(inputs, a), nn.Linear(a, b), nn.Linear(b, c)
        side = 0 if stride > 1 else 1
        self.conv = nn.Conv3d(c, outputs, 3, stride=(1, stride, stride), padding=(1, side, side))
        self.doubles, self.drop_first = double, drop_first

    def forward(self, x: Tensor) -> Tensor:
        """[B, F, H, W, inputs] to the teacher's grid [B, F', H', W', outputs]."""
        if self.drop_first:
            x = x[:, 1:]
        h = functional.silu(self.linear2(functional.silu(self.linear1(x))))
        h = self.linear3(h)
        h = double_frames(h) if self.doubles else h
        return self.conv(h.permute(0, 4, 1, 2, 3)).permute(0, 2, 3, 4, 1)


def double_frames(x: Tensor) -> Tensor:
    """Linear ×2 in time, clamped at the ends: [B, F, H, W, C] to [B, 2F, H, W, C]."""
    before = torch.cat([x[:, :1], x[:, :-1]], dim=1)
    after = torch.cat([x[:, 1:], x[:, -1:]], dim=1)
    return torch.stack([0.25 * before + 0.75 * x, 0.75 * x + 0.25 * after], dim=2).flatten(1, 2)
