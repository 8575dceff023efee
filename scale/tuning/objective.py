"""What a step minimises: the diffusion loss and λ times the alignment loss."""

from collections.abc import Callable, Iterable
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

    def forward(self, student: nn.Module, batch: dict[str, Tensor], clips: range) -> Losses:
        """The losses of a micro-batch.

        Args:
            student: a `Student`, wrapped or not.
            batch: as `data.collate` makes it.
            clips: places of its clips in the run's stream.
        """
        diffusion, alignment, _ = self._apart(student, batch, clips)
        if alignment is None:
            return Losses(diffusion, diffusion, torch.zeros_like(diffusion), torch.zeros_like(self.weight))
        return Losses(diffusion + self.weight * alignment, diffusion, alignment, self.weight.clone())

    def balance(self, student: nn.Module, batches: Iterable[tuple[dict[str, Tensor], range]], first: bool) -> None:
        """Moves λ half way to where its gradient at h has the recipe's share of the diffusion's, the first time all the way.

        Gradients are those of a whole step, whose micro-batches are gone through once without training: of different clips
        they lie apart in h, so squares add up, over processes too. Where no clip has anything to align, or a gradient is no
        number (which is the step's to say), λ stays.

        Args:
            student: a `Student`, wrapped or not.
            batches: this process's micro-batches of the step, with the places of their clips in the run's stream.
            first: λ has not been measured before.
        """
        squares = torch.zeros(2, device=self.weight.device, dtype=torch.float64)
        for batch, clips in batches:
            squares += self._squares(student, batch, clips)
        if torch.distributed.is_initialized():
            torch.distributed.all_reduce(squares)
        diffusion, alignment = squares.sqrt().to(self.weight.dtype)
        wanted = float(self.recipe.share or 0) * diffusion / alignment.clamp_min(1e-12)
        if bool(alignment > 0) and bool(wanted.isfinite()):
            self.weight.copy_(wanted if first or not bool(self.weight) else 0.5 * (self.weight + wanted))

    def _squares(self, student: nn.Module, batch: dict[str, Tensor], clips: range) -> Tensor:
        """‖∂L_diffusion/∂h‖² and ‖∂L_alignment/∂h‖² of a micro-batch, float64 [2]."""
        *losses, h = self._apart(student, batch, clips)
        return torch.stack([torch.autograd.grad(loss, h, retain_graph=True)[0].norm().double().square() for loss in losses])

    def _apart(self, student: nn.Module, batch: dict[str, Tensor], clips: range) -> tuple[Tensor, Tensor | None, Tensor]:
        """The diffusion loss, the alignment loss if there is one, and the features h at which both have gradients."""
        x0 = batch["latents"].float()
        t, noise = (value.to(x0.device) for value in draws(self.recipe.seed, clips, x0.shape[1:]))
        signal, rest = parts(self.alphas[t], x0)
        velocity, h, projected = student(signal * x0 + rest * noise, t, batch["text"])
        # Weighted by 1 / (1 − A), the squared error of x0 is that of the velocity.
        diffusion = (velocity.float() - (signal * noise - rest * x0)).square().mean()
        return diffusion, None if projected is None else self._align(projected, batch), h

    def _align(self, student: Tensor, batch: dict[str, Tensor]) -> Tensor:
        how, view = self.recipe, batch["view"]
        if "teacher" in batch:
            teacher = batch["teacher"].float()
        else:
            teacher = self._teacher[0](view.float() / 255)  # `open_clips` has seen to it that there is one
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
