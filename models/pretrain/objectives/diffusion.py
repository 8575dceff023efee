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
from .schedule import STEPS, alphas, noised, path_noise, sampling_times, straight


class Diffusion(Settings):
    """What the student sees in training."""

    autoencoder: str = ""  # a folder written by `export`; empty: the student draws pixels
    given: float = 0.5  # share of clips whose first token frame is given
    prompt_dropped: float = 0.1
    # What the last layer says. v and flow matching are trials (docs/pair.md): the product reads x0.
    predicts: Literal["x0", "v", "flow"] = "x0"
    # How t is drawn. spread: a step's clips from equal parts of all, one each; logit-normal: s of flow matching's path is the
    # logistic function of a normal number (Esser et al. 2024), a trial.
    times: Literal["uniform", "spread", "logit-normal"] = "uniform"
    remember: str = ""  # folder that keeps what frozen networks make of each clip, shared by runs; empty: make it each time


@dataclass(frozen=True)
class Noised:
    """One batch, noised: what the student reads, and what it is asked for."""

    x: Tensor  # [B, N, values]
    t: Tensor  # int64 [B]
    words: Tensor  # int64 [B, 12]
    given: Tensor  # float [B]
    x0: Tensor  # [B, N, values]
    weight: Tensor  # [B, N, 1]: 1 / (1 − A), for flow matching 1 / s²; nothing where x0 was given


def noise_batch(x0: Tensor, words: Tensor, first: Tensor, a: Tensor, how: Diffusion, draw: torch.Generator) -> Noised:
    """Draws t, noise, dropped prompts and given first frames; `first` [N, 1] marks the first token frame."""
    batch = len(x0)
    if how.times == "logit-normal":
        s = torch.randn(batch, generator=draw, device=x0.device).double().sigmoid()
        t = torch.searchsorted(path_noise(a), s).clamp(max=STEPS - 1)
    else:
        t = torch.randint(STEPS, (batch,), generator=draw, device=x0.device)
    if how.times == "spread":
        part = torch.randperm(batch, generator=draw, device=x0.device)
        t = (part * STEPS + t) // batch
    noise = torch.randn(x0.shape, generator=draw, device=x0.device)
    given = (torch.rand(batch, generator=draw, device=x0.device) < how.given).float()
    kept = torch.rand(batch, generator=draw, device=x0.device) >= how.prompt_dropped
    clean = given[:, None, None] * first
    x = noised(x0, noise, a[t]) * (1 - clean) + x0 * clean
    power = path_noise(a[t]).square() if how.predicts == "flow" else 1 - a[t]
    weight = (1 / power).float()[:, None, None] * (1 - clean)
    return Noised(x, t, words * kept[:, None], given, x0, weight)


def diffusion_loss(guess: Tensor, noised: Noised) -> Tensor:
    """Mean of ‖x̂0 − x0‖² / (1 − A) over the values that were not given."""
    error = (guess - noised.x0).square() * noised.weight
    asked = (noised.weight > 0).float().sum() * guess.shape[2]
    return error.sum() / asked


class TrialStudent(Student):
    """Its last layer says v = √A·ε − √(1−A)·x0, or for flow matching ε − x0, and what it gives is the x̂0 that follows.

    So `diffusion_loss` is the error of what it says.
    """

    a: Tensor

    def __init__(self, shape: StudentShape, says: Literal["v", "flow"]) -> None:
        super().__init__(shape)
        self.says = says
        self.register_buffer("a", straight() if says == "flow" else alphas(), persistent=False)

    def forward(self, x: Tensor, t: Tensor, words: Tensor, given: Tensor) -> Tensor:
        a = self.a[t].float()[:, None, None]
        said = super().forward(x, t, words, given)
        if self.says == "v":
            return a.sqrt() * x - (1 - a).sqrt() * said
        return x / (a.sqrt() + (1 - a).sqrt()) - path_noise(a) * said


def schedule_of(student: Student) -> Tensor:
    """A at each t of the path that a student was trained on, float64 [1000]."""
    return student.a if isinstance(student, TrialStudent) else alphas()


class StudentObjective(nn.Module):
    """Pre-training of the student."""

    a: Tensor

    def __init__(self, shape: StudentShape, diffusion: Diffusion, codec: Codec) -> None:
        super().__init__()
        self.diffusion, self.codec = diffusion, codec
        self.student = Student(shape) if diffusion.predicts == "x0" else TrialStudent(shape, diffusion.predicts)
        folder = Path(diffusion.remember)
        self._remembered = (
            Remembered(codec.encode, folder / codec.name, (shape.tokens, codec.values)) if diffusion.remember else None
        )
        self.register_buffer("a", schedule_of(self.student), persistent=False)

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
    a = schedule_of(student).to(noise.device)
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
