"""Masked autoencoding with VideoMAEv2's dual masking: tubes for the encoder, running cells for the decoder."""

import torch
from torch import Tensor, nn

from ..config import Settings
from ..data.stream import Batch
from ..nets.layers import pixels, tubelets
from ..nets.teacher import Decoder, Teacher, TeacherShape, gather


class Masking(Settings):
    """How much is hidden, and the decoder."""

    hidden: float = 0.75  # share of the positions that the encoder does not see, the same ones in every frame (tubes)
    decoder_width: int = 96
    decoder_depth: int = 2
    decoder_heads: int = 3
    floor: float = 0.05  # added to a patch's standard deviation, so that a plain patch's grain is no target


def tube_mask(batch: int, shape: TeacherShape, hidden: float, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """Positions that the encoder sees, int64 [B, V], and those that it does not, [B, S - V], in a frame."""
    spots = shape.rows**2
    order = torch.rand(batch, spots, generator=draw, device=draw.device).argsort(dim=1)
    seen = max(1, round((1 - hidden) * spots))
    return order[:, :seen], order[:, seen:]


def running_cell(shape: TeacherShape, phase: int) -> Tensor:
    """bool [F, S]: two places of every 2×2 cell, moving on by one a frame, so that each is kept in half of the frames."""
    side = torch.arange(shape.rows)
    place = (2 * (side % 2)[:, None] + side[None, :] % 2).flatten()
    frame = torch.arange(shape.token_frames)[:, None]
    return (place - frame - phase) % 4 < 2


def tube_index(spots: Tensor, shape: TeacherShape) -> Tensor:
    """Tokens [B, F·n] of the places [B, n] in every frame."""
    frames = torch.arange(shape.token_frames, device=spots.device) * shape.rows**2
    return (frames[None, :, None] + spots[:, None, :]).flatten(1)


class MaskedAutoencoder(nn.Module):
    """The mean squared error of normalised pixels, at tokens that the encoder does not see and the running cells keep."""

    def __init__(self, shape: TeacherShape, masking: Masking) -> None:
        super().__init__()
        self.masking = masking
        self.teacher = Teacher(shape)
        self.decoder = Decoder(shape, masking.decoder_width, masking.decoder_depth, masking.decoder_heads)

    def forward(self, batch: Batch, draw: torch.Generator) -> dict[str, Tensor]:
        shape = self.teacher.shape
        video = pixels(batch["frames"])
        seen, unseen = tube_mask(len(video), shape, self.masking.hidden, draw)
        visible, masked = tube_index(seen, shape), tube_index(unseen, shape)
        phase = int(torch.randint(4, (), generator=draw, device=draw.device))
        kept = running_cell(shape, phase).flatten().to(masked.device)[masked]
        # Each place is kept in half of the frames, so every clip has as many decoded tokens.
        decoded = masked[kept].reshape(len(video), -1)
        patches = gather(tubelets(video, shape.tubelet, shape.patch).flatten(1, 2), decoded)
        deviation, mean = torch.std_mean(patches, dim=-1, keepdim=True)
        target = (patches - mean) / (deviation + self.masking.floor)
        guess = self.decoder(self.teacher(video, visible), visible, decoded)
        return {"loss": (guess - target).square().mean()}
