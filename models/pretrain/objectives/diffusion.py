"""Training and sampling of the student (docs/method.md section 6). x0 is standardised tokens: about mean 0, deviation 1."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from ..config import Settings
from ..data.stream import Batch
from ..nets.student import Student, StudentShape
from .codec import Codec
from .remembered import Remembered
from .schedule import STEPS, alphas, noised, sampling_times


class Diffusion(Settings):
    """What the student sees in training."""

    autoencoder: str = ""  # a folder written by `export`; empty: the student draws pixels
    given: float = 0.5  # share of clips whose first token frame is given
    prompt_dropped: float = 0.1
    predicts: Literal["x0", "v"] = "x0"  # what the last layer says; v is a trial (docs/pair.md), and the product reads x0
    spread: bool = False  # a step's clips take their t from equal parts of all noise levels, one each
    remember: str = ""  # folder that keeps what frozen networks make of each clip, shared by runs; empty: make it each time


@dataclass(frozen=True)
class Noised:
    """One batch, noised: what the student reads, and what it is asked for."""

    x: Tensor  # [B, N, values]
    t: Tensor  # int64 [B]
    words: Tensor  # int64 [B, 12]
    given: Tensor  # float [B]
    x0: Tensor  # [B, N, values]
    weight: Tensor  # [B, N, 1]: 1 / (1 - A), nothing where x0 was given


def noise_batch(x0: Tensor, words: Tensor, first: Tensor, a: Tensor, how: Diffusion, draw: torch.Generator) -> Noised:
    """Draws t, noise, dropped prompts and given first frames; `first` [N, 1] marks the first token frame."""
    batch = len(x0)
    t = torch.randint(STEPS, (batch,), generator=draw, device=x0.device)
    if how.spread:
        part = torch.randperm(batch, generator=draw, device=x0.device)
        t = (part * STEPS + t) // batch
    noise = torch.randn(x0.shape, generator=draw, device=x0.device)
    given = (torch.rand(batch, generator=draw, device=x0.device) < how.given).float()
    kept = torch.rand(batch, generator=draw, device=x0.device) >= how.prompt_dropped
    clean = given[:, None, None] * first
    x = noised(x0, noise, a[t]) * (1 - clean) + x0 * clean
    weight = (1 / (1 - a[t])).float()[:, None, None] * (1 - clean)
    return Noised(x, t, words * kept[:, None], given, x0, weight)


def diffusion_loss(guess: Tensor, noised: Noised) -> Tensor:
    """Mean of ‖x̂0 − x0‖² / (1 − A) over the values that were not given."""
    error = (guess - noised.x0).square() * noised.weight
    asked = (noised.weight > 0).float().sum() * guess.shape[2]
    return error.sum() / asked


class VelocityStudent(Student):
    """Its last layer says v = √A·ε − √(1−A)·x0; what it gives is x̂0 = √A·x_t − √(1−A)·v, so that its loss is the error of v."""

    a: Tensor

    def __init__(self, shape: StudentShape) -> None:
        super().__init__(shape)
        self.register_buffer("a", alphas(), persistent=False)

    def forward(self, x: Tensor, t: Tensor, words: Tensor, given: Tensor) -> Tensor:
        a = self.a[t].float()[:, None, None]
        return a.sqrt() * x - (1 - a).sqrt() * super().forward(x, t, words, given)


class StudentObjective(nn.Module):
    """Pre-training of the student."""

    a: Tensor

    def __init__(self, shape: StudentShape, diffusion: Diffusion, codec: Codec) -> None:
        super().__init__()
        self.diffusion, self.codec = diffusion, codec
        self.student = VelocityStudent(shape) if diffusion.predicts == "v" else Student(shape)
        folder = Path(diffusion.remember)
        self._remembered = (
            Remembered(codec.encode, folder / codec.name, (shape.tokens, codec.values)) if diffusion.remember else None
        )
        self.register_buffer("a", alphas(), persistent=False)

    def noise(self, batch: Batch, draw: torch.Generator) -> Noised:
        if self._remembered and "clip" in batch:
            x0 = self._remembered(batch["frames"], batch["clip"])
        else:
            x0 = self.codec.encode(batch["frames"])
        return noise_batch(x0, batch["words"], self.student.first, self.a, self.diffusion, draw)

    def forward(self, batch: Batch, draw: torch.Generator) -> dict[str, Tensor]:
        noised = self.noise(batch, draw)
        guess = self.student(noised.x, noised.t, noised.words, noised.given)
        return {"loss": diffusion_loss(guess, noised)}


@torch.no_grad()
def sample(
    student: Student, noise: Tensor, words: Tensor, first: Tensor | None = None, steps: int = 25, guidance: float = 1.0
) -> Tensor:
    """DDIM without added noise: x0 [B, N, values] from noise [B, N, values].

    first: clean tokens of the first token frame [B, S, values], or None. guidance: x̂0 = empty + g·(prompt − empty); at 1 the
    empty prompt is not computed.
    """
    a = alphas().to(noise.device)
    batch, spots = len(noise), student.shape.rows**2
    given = torch.full((batch,), 0.0 if first is None else 1.0, device=noise.device)
    x, x0 = noise, noise
    times = sampling_times(steps)
    for t, later in zip(times, [*times[1:], -1], strict=True):
        if first is not None:
            x = torch.cat([first, x[:, spots:]], dim=1)
        at = torch.full((batch,), t, device=noise.device)
        x0 = student(x, at, words, given)
        if guidance != 1:
            empty = student(x, at, torch.zeros_like(words), given)
            x0 = empty + guidance * (x0 - empty)
        now, then = a[t], a[later] if later >= 0 else torch.ones_like(a[0])
        epsilon = (x - now.sqrt().float() * x0) / (1 - now).sqrt().float()
        x = then.sqrt().float() * x0 + (1 - then).sqrt().float() * epsilon
    return x0 if first is None else torch.cat([first, x0[:, spots:]], dim=1)
