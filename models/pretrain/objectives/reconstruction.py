"""What the autoencoder is trained by: errors as a judge of physical laws sees them, of coloured bodies and where they move.

Such a judge fits velocities and accelerations to centres, so it matters whether edges are in the right place, to a fraction
of a pixel. A loss on single pixels hardly sees such a shift beside the grain of the background. What each term did is in
docs/pair.md.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..config import Settings
from ..data.centres import PALETTE
from ..data.stream import Batch
from ..nets.autoencoder import AutoencoderShape, Decoder, Encoder
from ..nets.layers import pixels

# Means are over windows of 8 × 8 pixels, 4 apart.
SPACING, SIDE = 4, 8

# A window moves where its mean colour, in [0, 1], changes by more: a small part of a body that enters it.
LEAST_CHANGE = 0.01

# src/judge: a 3 × 3 mean share below the first is no body, and less of a body than the second, px², has no centre.
FAINTEST, LEAST_AREA = 0.1, 6.0


class Reconstruction(Settings):
    """The weights of the loss beside the squared error, and what is trained."""

    # of the divergence from a unit Gaussian, summed over a clip's latents; the errors are means over its pixels
    kl: float = 1e-6
    # of the mean absolute error
    absolute: float = 0.1
    # of the mean absolute error of colour alone, r - g and (r + g) / 2 - b: bodies differ by colour, not by light
    chroma: float = 0.0
    # of the mean absolute change of the error from frame to frame: what flickers looks like a jump
    motion: float = 0.0
    # of colour's error and its change, averaged over 4 × 4 pixels: a shifted edge stays, grain does not
    coarse: float = 0.0
    # of the same over 8 × 8 pixels, where the clip moves: a small falling drop counts as a whole pool does
    moving: float = 0.0
    # of colour's error on single pixels, where the clip moves: liquids that meet must be seen to touch
    moving_pixels: float = 0.0
    # of the second change in time of the averages of `moving`: gravity is fitted to few frames
    moving_acceleration: float = 0.0
    # of what the errors do to each body's centre and radius, px, and to a solid's squareness; also of their changes in time
    bodies: float = 0.0
    # folder of an exported autoencoder whose decoder alone is trained on: its latents, and students trained on them, stay good
    decoder_of: str = ""


def chroma(video: Tensor) -> Tensor:
    """[B, T, 3, H, W] to the two coordinates that no neutral light changes [B, T, 2, H, W]."""
    r, g, b = video.unbind(dim=2)
    return torch.stack([r - g, (r + g) / 2 - b], dim=2)


def windows(field: Tensor) -> Tensor:
    """Means over windows of 8 × 8 pixels, 4 apart: [B, T, C, 64, 64] to [B, T, C, 15, 15]."""
    return functional.avg_pool2d(field.flatten(0, 1), SIDE, SPACING).unflatten(0, field.shape[:2])


def moving(colour: Tensor) -> Tensor:
    """Weights [B, T, 15, 15] of windows whose chroma [B, T, 2, 64, 64] changes from the frame before or to the next.

    They add up to 1 in a frame, less where fewer than 4 windows move.
    """
    change = windows(colour).diff(dim=1).abs().sum(dim=2) > LEAST_CHANGE
    moves = functional.pad(change, (0, 0, 0, 0, 1, 0)) | functional.pad(change, (0, 0, 0, 0, 0, 1))
    return moves / moves.sum(dim=(2, 3), keepdim=True).clamp_min(4)


def unmixed(colour: Tensor, colours: Tensor) -> Tensor:
    """Shares [B, T, 2, H, W] of two bodies' colours in chroma [B, T, 2, H, W], by least squares, as the judge finds them.

    `colours` int64 [B, 2] are numbers of the palette; -1 where there is no second body, whose share is then what is of no body.
    Linear, unlike `centres.shares`, which is clipped: an error of chroma is unmixed as a picture is.
    """
    palette = chroma(torch.tensor(list(PALETTE.values()), device=colour.device).reshape(1, -1, 3, 1, 1) / 255).reshape(-1, 2)
    one, two = palette[colours].unbind(dim=1)
    across = torch.stack([-one[:, 1], one[:, 0]], dim=1)
    basis = torch.stack([one, torch.where(colours[:, 1:] < 0, across, two)], dim=2)
    weights = torch.linalg.inv(basis)[:, None, :, :, None, None]  # not a product of matrices: autocast would round it
    return (weights * colour[:, :, None]).sum(dim=3)


@dataclass(frozen=True)
class BodyErrors:
    """What an error does to what the judge reads of two bodies, to first order; all [B, T, 2, values]."""

    centre: Tensor  # px right and down
    radius: Tensor  # px, of the disc of as large an area
    square: Tensor  # of the squareness, 0 for a disc and 1 for a square; a complex number, at four times the body's angle
    seen: Tensor  # bool [B, T, 2]: there is such a body, and enough of it in the picture


def body_errors(error: Tensor, colour: Tensor, colours: Tensor) -> BodyErrors:
    """Errors of two bodies from an error of chroma and the true one, both [B, T, 2, 64, 64]; `colours` as in `unmixed`.

    With shares s over pixels x the centre is c = Σ s·x / Σ s, which an error e shifts by Σ e·(x - c) / Σ s, and the
    squareness is 60·|Σ s·z⁴| / (Σ s)³ with z = x - c as a complex number (src/judge/solid/shape.ts). Like the judge's, sums
    end at a body's rim.
    """
    shares, apart = unmixed(colour, colours), unmixed(error, colours)
    smooth = functional.avg_pool2d(shares.flatten(0, 1), 3, 1, 1)
    near = functional.max_pool2d((smooth > FAINTEST).float(), 3, 1, 1).unflatten(0, shares.shape[:2])
    shares, apart = shares * near, apart * near
    area = shares.sum(dim=(3, 4))
    seen, area = (area >= LEAST_AREA) & (colours[:, None] >= 0), area.clamp_min(LEAST_AREA)
    place = torch.arange(64.0, device=error.device) + 0.5
    x, y = (
        places - ((shares * places).sum(dim=(3, 4)) / area)[..., None, None]
        for places in (place.expand(64, 64), place[:, None].expand(64, 64))
    )
    real, imaginary = x.square() - y.square(), 2 * x * y
    of = lambda *moments: torch.stack([(apart * moment).sum(dim=(3, 4)) for moment in moments], dim=3)  # noqa: E731
    square = of(real.square() - imaginary.square(), 2 * real * imaginary)
    each = area[..., None]
    return BodyErrors(of(x, y) / each, of(torch.ones_like(x)) / (2 * (math.pi * each).sqrt()), 60 * square / each**3, seen)


def errors(how: Reconstruction, guess: Tensor, batch: Batch) -> dict[str, Tensor]:
    """The loss of a guess [B, T, 3, H, W], values in about [0, 1], at a batch's clips, and parts of it."""
    video = pixels(batch["frames"])
    apart = guess - video
    colour, true = chroma(apart), chroma(video)
    squared = apart.square().mean()
    loss = squared + how.absolute * apart.abs().mean() + how.chroma * colour.abs().mean()
    averaged = functional.avg_pool2d(colour.flatten(0, 1), SPACING).unflatten(0, apart.shape[:2])
    loss = loss + how.motion * apart.diff(dim=1).abs().mean()
    loss = loss + how.coarse * (averaged.abs().mean() + averaged.diff(dim=1).abs().mean())
    if how.moving or how.moving_pixels or how.moving_acceleration:
        means, weight = windows(colour), moving(true)
        loss = loss + how.moving * sum(_changes(means, weight, n) for n in (0, 1))
        loss = loss + how.moving_pixels * _changes(windows(colour.abs()), weight, 0)
        loss = loss + how.moving_acceleration * _changes(means, weight, 2)
    if how.bodies:
        bodies = body_errors(colour, true, batch["colours"])
        centre = sum(_body_changes(bodies.centre, bodies.seen, n) for n in (0, 1, 2))
        radius = sum(_body_changes(bodies.radius, bodies.seen, n) for n in (0, 1))
        square = _body_changes(bodies.square, bodies.seen & batch["solid"][:, None], 0)
        loss = loss + how.bodies * (centre + radius + square)
        return {"loss": loss, "squared": squared, "centre": centre, "radius": radius, "square": square}
    return {"loss": loss, "squared": squared}


def _changes(error: Tensor, weight: Tensor, n: int) -> Tensor:
    """How large the n-th change in time of errors [B, T, C, N, N] is: weighted sum over a picture, mean over all else.

    The first change counts for the later frame, the second for the middle one.
    """
    at = weight[:, (n + 1) // 2 : weight.shape[1] - n // 2]
    return (error.diff(n=n, dim=1).abs().mean(dim=2) * at).sum(dim=(2, 3)).mean()


def _body_changes(error: Tensor, seen: Tensor, n: int) -> Tensor:
    """Mean size of the n-th change in time of errors [B, T, 2, values], over bodies that are seen in all frames it is of."""
    frames = seen.shape[1] - n
    there = torch.stack([seen[:, i : i + frames] for i in range(n + 1)]).all(dim=0)
    sizes = error.diff(n=n, dim=1).abs().mean(dim=3)
    return (sizes * there).sum() / there.sum().clamp_min(1)


def psnr(guess: Tensor, video: Tensor) -> Tensor:
    """dB of each clip [B], values in [0, 1]."""
    return -10 * (guess - video).square().mean(dim=(1, 2, 3, 4)).log10()


class Autoencoder(nn.Module):
    """Reconstruction of sandbox clips; a small KL keeps the latents bounded, as CogVideoX's."""

    def __init__(self, shape: AutoencoderShape, reconstruction: Reconstruction) -> None:
        super().__init__()
        self.shape, self.reconstruction = shape, reconstruction
        self.encoder, self.decoder = Encoder(shape), Decoder(shape)
        self.encoder.requires_grad_(not reconstruction.decoder_of)

    def forward(self, batch: Batch, draw: torch.Generator) -> dict[str, Tensor]:
        how = self.reconstruction
        mean, log_variance = self.encoder(pixels(batch["frames"]))
        if how.decoder_of:
            return errors(how, self.decoder(mean), batch)
        noise = torch.randn(mean.shape, generator=draw, device=mean.device)
        losses = errors(how, self.decoder(mean + (0.5 * log_variance).exp() * noise), batch)
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=(1, 2, 3, 4)).mean()
        return losses | {"loss": losses["loss"] + how.kl * kl, "kl": kl}
