"""Between clips and the student's tokens: standardised patches of pixels, or standardised latents of the autoencoder."""

from pathlib import Path
from typing import Protocol

import torch
from safetensors.torch import load_file
from torch import Tensor

from ..nets.layers import pixels, tubelets, untubelets
from .reconstruction import Autoencoder
from .remembered import digest

TUBELET, PATCH = 4, 8


class Codec(Protocol):
    """Clips to tokens and back; a token has `values` numbers. `name` tells codecs apart."""

    values: int
    name: str

    def encode(self, frames: Tensor) -> Tensor:
        """U8 [B, 16, 64, 64, 3] to tokens [B, 256, values]."""
        ...

    def decode(self, tokens: Tensor) -> Tensor:
        """Tokens [B, 256, values] to U8 [B, 16, 64, 64, 3]."""
        ...


def as_bytes(video: Tensor) -> Tensor:
    """[B, T, 3, H, W] in about [0, 1] to U8 [B, T, H, W, 3]."""
    return (255 * video.clamp(0, 1)).round().to(torch.uint8).permute(0, 1, 3, 4, 2).contiguous()


class Pixels:
    """Tubelets of 4 × 8 × 8 pixels; the sandbox's mean grey is 0.57 and its deviation 0.2."""

    values, name = 3 * TUBELET * PATCH**2, "pixels"

    def encode(self, frames: Tensor) -> Tensor:
        return tubelets((pixels(frames) - 0.57) / 0.2, TUBELET, PATCH).flatten(1, 2)

    def decode(self, tokens: Tensor) -> Tensor:
        rows = 8
        return as_bytes(untubelets(tokens.unflatten(1, (-1, rows**2)), TUBELET, PATCH, rows) * 0.2 + 0.57)


class Latents:
    """The autoencoder's latent means over their deviation, channel by channel."""

    def __init__(self, autoencoder: Autoencoder, mean: Tensor, deviation: Tensor) -> None:
        self._autoencoder, self.mean, self.deviation = autoencoder.eval().requires_grad_(False), mean, deviation
        self.values = autoencoder.shape.channels
        self.name = f"latents-{digest([*autoencoder.encoder.state_dict().values(), mean, deviation])}"

    @torch.no_grad()
    def encode(self, frames: Tensor) -> Tensor:
        self._to(frames.device)
        latents = self._autoencoder.encoder(pixels(frames))[0]
        return (latents.permute(0, 1, 3, 4, 2).flatten(1, 3) - self.mean) / self.deviation

    @torch.no_grad()
    def decode(self, tokens: Tensor) -> Tensor:
        self._to(tokens.device)
        latents = tokens * self.deviation + self.mean
        return as_bytes(self._autoencoder.decoder(latents.reshape(-1, 4, 8, 8, self.values).permute(0, 1, 4, 2, 3)))

    def _to(self, device: torch.device) -> None:
        self._autoencoder.to(device)
        self.mean, self.deviation = self.mean.to(device), self.deviation.to(device)


def standardise(autoencoder: Autoencoder, frames: Tensor) -> Latents:
    """A codec whose mean and deviation [channels] are measured on clips."""
    with torch.no_grad():
        latents = autoencoder.encoder(pixels(frames))[0].permute(0, 1, 3, 4, 2).flatten(0, 3)
    return Latents(autoencoder, latents.mean(dim=0), latents.std(dim=0))


def exported(folder: Path) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """An exported autoencoder's tensors by name, and its latents' mean and deviation [channels]."""
    tensors = {name: tensor.float() for name, tensor in load_file(folder / "autoencoder.safetensors").items()}
    mean, deviation = tensors.pop("latent.mean"), tensors.pop("latent.deviation")
    return tensors, mean, deviation


def load_latents(autoencoder: Autoencoder, folder: Path) -> Latents:
    """The codec of an exported autoencoder."""
    tensors, mean, deviation = exported(folder)
    autoencoder.load_state_dict(tensors)
    return Latents(autoencoder, mean, deviation)


def go_on_from(autoencoder: Autoencoder, folder: Path) -> None:
    """Gives it an exported one's weights; blocks that the exported one's decoder lacks change nothing at first.

    @raises ValueError where one has other tensors that the other lacks, RuntimeError (PyTorch's) for one of another shape.
    """
    missing, unknown = autoencoder.load_state_dict(exported(folder)[0], strict=False)
    if others := [name for name in missing if not name.startswith("decoder.blocks.")] + unknown:
        raise ValueError(f"{folder} holds an autoencoder of other tensors: {', '.join(others)}")
