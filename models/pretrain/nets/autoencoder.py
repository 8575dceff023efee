"""The video autoencoder: causal, ×8 in space and ×4 in time, as CogVideoX's, with at most 64 channels.

A causal convolution over 3 frames is written as a 2-D one over three frames' channels: the same arithmetic, no Conv3d, which
browsers' WebGPU runtimes lack, and no future frame can leak. Beside the convolutions a linear map of each token's 4 × 8 × 8
pixels goes straight through: it learns what a principal component analysis would give (30.1 dB with 32 values, 32.6 with 64)
within minutes, and the convolutions learn the rest. They work on patches of 4 × 4 pixels: full resolution is where time goes.
Each coarser level is wider, so that all cost about the same.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..config import Settings
from .layers import Block, tubelets, untubelets

TUBELET, PATCH, FOLD = 4, 8, 4


class AutoencoderShape(Settings):
    """Video [B, 16, 3, 64, 64] to latents [B, 4, channels, 8, 8].

    `widths`: channels of the four levels of convolutions: 16 frames of 16 × 16 spots, then 16, 8 and 4 frames of 8 × 8.
    `fine_blocks`: how many of the decoder's blocks stand on the first level; there is one on each other.
    """

    widths: tuple[int, ...]
    channels: int
    fine_blocks: int = 1


def over_frames(convolution: nn.Module, x: Tensor) -> Tensor:
    """A 2-D layer on each frame: [B, T, C, H, W]."""
    return convolution(x.flatten(0, 1)).unflatten(0, x.shape[:2])


class Convolution(nn.Module):
    """A 2-D convolution whose weight is a matrix [out, in · side²], as Muon takes it."""

    def __init__(self, entering: int, leaving: int, side: int) -> None:
        super().__init__()
        self.kernel = (entering, side, side)
        usual = nn.Conv2d(entering, leaving, side)
        self.weight, self.bias = nn.Parameter(usual.weight.detach().flatten(1)), usual.bias

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv2d(x, self.weight.unflatten(1, self.kernel), self.bias, padding=self.kernel[1] // 2)


class Residual(Block):
    """GroupNorm (each frame alone, so that it stays causal), SiLU, a causal convolution, SiLU, a 1 × 1 one. [B, T, C, H, W].

    The convolution reads 3 frames × 3 × 3: a frame sees itself and the two before it, the first ones copies of the first.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, width, eps=1e-6)
        self.conv, self.mix = Convolution(3 * width, width, 3), Convolution(width, width, 1)
        nn.init.zeros_(self.mix.weight)
        nn.init.zeros_(self.mix.bias)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.silu(over_frames(self.norm, x))
        frames = x.shape[1]
        padded = torch.cat([y[:, :1], y[:, :1], y], dim=1)
        window = torch.cat([padded[:, i : i + frames] for i in range(3)], dim=2)
        return x + over_frames(self.mix, functional.silu(over_frames(self.conv, window)))


class Encoder(nn.Module):
    """Halves the side, then twice the frames (pairs side by side in the channels); mean and log variance of the latents."""

    def __init__(self, shape: AutoencoderShape) -> None:
        super().__init__()
        fine, *coarse = shape.widths
        self.straight = nn.Linear(3 * TUBELET * PATCH**2, shape.channels)
        self.enter = nn.Conv2d(3 * FOLD**2, fine, 3, padding=1)
        self.narrow = nn.Conv2d(fine, coarse[0], 3, stride=2, padding=1)
        self.pair = nn.ModuleList(nn.Conv2d(2 * a, b, 1) for a, b in pairwise(coarse))
        self.blocks = nn.ModuleList(Residual(width) for width in shape.widths)
        self.leave = nn.Conv2d(coarse[-1], 2 * shape.channels, 1)
        nn.init.zeros_(self.leave.weight)

    def forward(self, video: Tensor) -> tuple[Tensor, Tensor]:
        """video [B, 16, 3, 64, 64] in [0, 1] to [B, 4, channels, 8, 8] twice."""
        video = 2 * video - 1
        straight = self.straight(tubelets(video, TUBELET, PATCH)).transpose(2, 3).unflatten(3, (8, 8))
        folded = functional.pixel_unshuffle(video.flatten(0, 1), FOLD).unflatten(0, video.shape[:2])
        x = self.blocks[1](over_frames(self.narrow, self.blocks[0](over_frames(self.enter, folded))))
        for pair, block in zip(self.pair, self.blocks[2:], strict=True):
            x = block(over_frames(pair, x.unflatten(1, (-1, 2)).flatten(2, 3)))
        mean, log_variance = over_frames(self.leave, x).chunk(2, dim=2)
        return straight + mean, (log_variance - 6).clamp(-20, 10)


class Decoder(nn.Module):
    """The encoder backwards."""

    def __init__(self, shape: AutoencoderShape) -> None:
        super().__init__()
        *coarse, fine = reversed(shape.widths)
        self.straight = nn.Linear(shape.channels, 3 * TUBELET * PATCH**2)
        self.enter = nn.Conv2d(shape.channels, coarse[0], 1)
        self.part = nn.ModuleList(nn.Conv2d(a, 2 * b, 1) for a, b in pairwise(coarse))
        self.widen = nn.Conv2d(coarse[-1], 4 * fine, 1)
        self.blocks = nn.ModuleList(Residual(width) for width in (*coarse, *[fine] * shape.fine_blocks))
        self.leave = nn.Conv2d(fine, 3 * FOLD**2, 3, padding=1)
        nn.init.zeros_(self.leave.weight)

    def forward(self, latents: Tensor) -> Tensor:
        """[B, 4, channels, 8, 8] to [B, 16, 3, 64, 64] in about [0, 1]."""
        straight = untubelets(self.straight(latents.flatten(3).transpose(2, 3)), TUBELET, PATCH, 8)
        x = over_frames(self.enter, latents)
        for part, block in zip(self.part, self.blocks[:2], strict=True):
            x = over_frames(part, block(x)).unflatten(2, (2, -1)).flatten(1, 2)
        x = self.blocks[2](x)
        x = functional.pixel_shuffle(over_frames(self.widen, x).flatten(0, 1), 2).unflatten(0, x.shape[:2])
        for block in self.blocks[3:]:
            x = block(x)
        x = over_frames(self.leave, x)
        folded = functional.pixel_shuffle(x.flatten(0, 1), FOLD).unflatten(0, x.shape[:2])
        return (straight + folded + 1) / 2
