"""What a step minimises: the diffusion loss and λ times the alignment loss."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tempered_alignment import gram, motion_mask, mtsa, queries_per_clip, repa, trd, tsa

from .recipe import Recipe
from .seeds import state_of
from .teacher import PATCH, TUBELET

STEPS = 1000


def alphas() -> Tensor:
    """A, float64 [1000]: share of signal power left at each t (SNR shift 3, zero terminal SNR)."""
    i = torch.arange(STEPS, dtype=torch.float64)
    beta = (0.00085**0.5 + (0.012**0.5 - 0.00085**0.5) * i / (STEPS - 1)) ** 2
    a = torch.cumprod(1 - beta, dim=0)
    s = (a / (3 - 2 * a)).sqrt()
    return ((s - s[-1]) * s[0] / (s[0] - s[-1])).square()


def draws(seed: int, clips: range, shape: torch.Size) -> tuple[Tensor, Tensor]:
    """Timesteps int64 [B] and noise [B, *shape] of the clips at these places of the run's stream.

    A place has its own generator, so neither the number of processes nor a resumed run changes what is drawn.
    """
    times, noises = [], []
    for place in clips:
        generator = torch.Generator().manual_seed(state_of(seed, place))
        times.append(torch.randint(STEPS, (), generator=generator))
        noises.append(torch.randn(shape, generator=generator))
    return torch.stack(times), torch.stack(noises)


def parts(a: Tensor, x0: Tensor) -> tuple[Tensor, Tensor]:
    """How much of the clip x0 and of the noise is in x_t, [B, 1, 1, 1, 1] each, by A of its timesteps [B]."""
    a = a.reshape(-1, 1, 1, 1, 1)
    return a.sqrt().to(x0), (1 - a).sqrt().to(x0)


@dataclass
class Losses:
    """Numbers of a micro-batch; `loss` is what is differentiated."""

    loss: Tensor
    diffusion: Tensor
    alignment: Tensor
    weight: Tensor


class Objective(nn.Module):
    """The losses of a student at a batch. Keeps λ, which a checkpoint has."""

    weight: Tensor

    def __init__(self, recipe: Recipe, teacher: nn.Module | None) -> None:
        super().__init__()
        self.recipe = recipe
        self._teacher = [teacher]  # not registered: it is neither trained nor saved
        self.register_buffer("weight", torch.tensor(float(recipe.weight)))
        self.register_buffer("alphas", alphas(), persistent=False)

    def forward(self, student: nn.Module, batch: dict[str, Tensor], clips: range, measure: int | None) -> Losses:
        """The losses of a micro-batch.

        Args:
            student: a `Student`, wrapped or not.
            batch: as `data.collate` makes it.
            clips: places of its clips in the run's stream.
            measure: how often λ was measured before, where this batch measures it again (`Recipe.share`); None elsewhere.
        """
        x0 = batch["latents"].float()
        t, noise = (value.to(x0.device) for value in draws(self.recipe.seed, clips, x0.shape[1:]))
        signal, rest = parts(self.alphas[t], x0)
        velocity, h, projected = student(signal * x0 + rest * noise, t, batch["text"])
        # Weighted by 1 / (1 − A), the squared error of x0 is that of the velocity.
        diffusion = (velocity.float() - (signal * noise - rest * x0)).square().mean()
        if projected is None:
            return Losses(diffusion, diffusion, torch.zeros_like(diffusion), torch.zeros_like(self.weight))
        alignment = self._align(projected, batch)
        if measure is not None and self.recipe.share is not None and torch.is_grad_enabled():
            self._measure(diffusion, alignment, h, first=measure == 0)
        return Losses(diffusion + self.weight * alignment, diffusion, alignment, self.weight.clone())

    def _align(self, student: Tensor, batch: dict[str, Tensor]) -> Tensor:
        how, view = self.recipe, batch["view"]
        if "teacher" in batch:
            teacher = batch["teacher"].float()
        elif self._teacher[0] is None:
            raise ValueError("the data has no teacher features, and there is no teacher: give --teacher, or precompute them")
        else:
            teacher = self._teacher[0](view.float() / 255)
        if how.loss == "mtsa":
            mask = motion_mask(view, TUBELET, PATCH, how.rho)
            return mtsa(teacher, student, mask, how.tau, most=queries_per_clip(how.rho, *mask.shape[1:]))
        losses: dict[str, Callable[[], Tensor]] = {
            "tsa": lambda: tsa(teacher, student, how.tau),
            "trd": lambda: trd(teacher, student, how.margin),
            "gram": lambda: gram(teacher, student),
            "repa": lambda: repa(teacher, student),
        }
        return losses[how.loss]()

    def _measure(self, diffusion: Tensor, alignment: Tensor, h: Tensor, first: bool) -> None:
        """Moves λ half way to where its gradient at h has the wanted share of the diffusion's, the first time all the way.

        Where no clip has anything to align, it stays.
        """
        norms = torch.stack([torch.autograd.grad(loss, h, retain_graph=True)[0].norm() for loss in (diffusion, alignment)])
        if torch.distributed.is_initialized():
            torch.distributed.all_reduce(norms)
        wanted = torch.where(norms[1] > 0, float(self.recipe.share or 0) * norms[0] / norms[1].clamp_min(1e-12), self.weight)
        self.weight.copy_(wanted if first or not bool(self.weight) else 0.5 * (self.weight + wanted))
