"""The video autoencoder: causal, ×8 in space and ×4 in time, as CogVideoX's, with at most 64 channels.

A causal convolution over 3 frames is written as a 2-D one over three frames' channels: the same arithmetic, no Conv3d, which
browsers' WebGPU runtimes lack, and no future frame can leak.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from .layers import pixels
from .stream import Batch


@dataclass(frozen=True)
class AutoencoderShape:
    """Video [B, 16, 3, 64, 64] to latents [B, 4, channels, 8, 8]. `widths`: channels at 1/2, 1/4 and 1/8 of the side."""

    widths: tuple[int, ...]
    channels: int


def over_frames(convolution: nn.Conv2d, x: Tensor) -> Tensor:
    """A 2-D convolution on each frame: [B, T, C, H, W]."""
    return convolution(x.flatten(0, 1)).unflatten(0, x.shape[:2])


class CausalConv(nn.Module):
    """3 frames × 3 × 3; a frame sees itself and the two before it, the first ones copies of the first. [B, T, C, H, W]."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3 * inputs, outputs, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        padded = torch.cat([x[:, :1], x[:, :1], x], dim=1)
        frames = x.shape[1]
        window = torch.cat([padded[:, i : i + frames] for i in range(3)], dim=2)
        return over_frames(self.conv, window)


class Residual(nn.Module):
    """Two causal convolutions with GroupNorm (each frame alone, so that it stays causal) and SiLU."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.GroupNorm(8, width, eps=1e-6) for _ in range(2))
        self.convs = nn.ModuleList(CausalConv(width, width) for _ in range(2))
        nn.init.zeros_(self.convs[1].conv.weight)

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for norm, conv in zip(self.norms, self.convs, strict=True):
            y = conv(functional.silu(over_frames(norm, y)))  # type: ignore[arg-type]
        return x + y


class Encoder(nn.Module):
    """Halves the side, then twice side and frames (means of pairs); gives mean and log variance of the latents."""

    def __init__(self, shape: AutoencoderShape) -> None:
        super().__init__()
        a, *rest = shape.widths
        # Two pixels to a side at once: full resolution is where the time goes.
        self.enter = nn.Conv2d(12, a, 3, padding=1)
        self.narrow = nn.ModuleList(nn.Conv2d(u, v, 3, stride=2, padding=1) for u, v in zip([a, *rest], rest, strict=False))
        self.blocks = nn.ModuleList(Residual(width) for width in rest)
        self.leave = nn.Conv2d(rest[-1], 2 * shape.channels, 1)

    def forward(self, video: Tensor) -> tuple[Tensor, Tensor]:
        """video [B, 16, 3, 64, 64] in [0, 1] to [B, 4, channels, 8, 8] twice."""
        folded = functional.pixel_unshuffle(video.flatten(0, 1), 2).unflatten(0, video.shape[:2])
        x = over_frames(self.enter, 2 * folded - 1)
        for narrow, block in zip(self.narrow, self.blocks, strict=True):
            x = over_frames(narrow, x)
            x = block(x.unflatten(1, (-1, 2)).mean(dim=2))
        mean, log_variance = over_frames(self.leave, x).chunk(2, dim=2)
        return mean, log_variance.clamp(-20, 10)


class Decoder(nn.Module):
    """The encoder backwards: each frame and pixel is doubled, then convolved."""

    def __init__(self, shape: AutoencoderShape) -> None:
        super().__init__()
        a, *rest = shape.widths
        widths = [a, *rest][::-1]
        self.enter = nn.Conv2d(shape.channels, widths[0], 1)
        self.blocks = nn.ModuleList(Residual(width) for width in widths[:-1])
        self.widen = nn.ModuleList(CausalConv(u, v) for u, v in zip(widths, widths[1:], strict=False))
        self.last = Residual(a)
        self.leave = nn.Conv2d(a, 12, 3, padding=1)

    def forward(self, latents: Tensor) -> Tensor:
        """[B, 4, channels, 8, 8] to [B, 16, 3, 64, 64] in about [0, 1]."""
        x = over_frames(self.enter, latents)
        for block, widen in zip(self.blocks, self.widen, strict=True):
            x = block(x).repeat_interleave(2, dim=1)
            frames = x.shape[:2]
            x = functional.interpolate(x.flatten(0, 1), scale_factor=2.0, mode="nearest").unflatten(0, frames)
            x = widen(x)
        x = over_frames(self.leave, functional.silu(self.last(x)))
        folded = functional.pixel_shuffle(x.flatten(0, 1), 2).unflatten(0, x.shape[:2])
        return (folded + 1) / 2


@dataclass(frozen=True)
class Reconstruction:
    """The weights of the loss beside the squared error."""

    kl: float = 1e-6  # weight of the latents' divergence from a unit Gaussian
    absolute: float = 0.1  # weight of the mean absolute error


class Autoencoder(nn.Module):
    """Reconstruction of sandbox clips; a small KL keeps the latents bounded, as CogVideoX's."""

    def __init__(self, shape: AutoencoderShape, reconstruction: Reconstruction) -> None:
        super().__init__()
        self.shape, self.reconstruction = shape, reconstruction
        self.encoder, self.decoder = Encoder(shape), Decoder(shape)

    def forward(self, batch: Batch, draw: torch.Generator) -> dict[str, Tensor]:
        video = pixels(batch["frames"])
        mean, log_variance = self.encoder(video)
        noise = torch.randn(mean.shape, generator=draw, device=mean.device)
        guess = self.decoder(mean + (0.5 * log_variance).exp() * noise)
        squared, absolute = (guess - video).square().mean(), (guess - video).abs().mean()
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=(1, 2, 3, 4)).mean()
        loss = squared + self.reconstruction.absolute * absolute + self.reconstruction.kl * kl
        return {"loss": loss, "squared": squared, "kl": kl}


def psnr(guess: Tensor, video: Tensor) -> Tensor:
    """dB of each clip [B], values in [0, 1]."""
    return -10 * (guess - video).square().mean(dim=(1, 2, 3, 4)).log10()
