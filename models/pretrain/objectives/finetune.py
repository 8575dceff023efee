"""Fine-tuning with an alignment loss beside the diffusion loss: L = L_diffusion + λ·L_alignment."""

from collections.abc import Callable
from pathlib import Path

import torch
from tempered_alignment import Projector, motion_mask
from torch import Tensor, nn
from torch.nn import functional

from ..config import Settings
from ..data.stream import Batch
from ..nets.layers import pixels
from ..nets.student import StudentShape
from ..nets.teacher import Teacher
from .alignment import LOSSES, Pair, followed_kl, landing
from .codec import Codec
from .diffusion import Diffusion, Noised, StudentObjective, diffusion_loss
from .remembered import Remembered, digest
from .schedule import STEPS
from .targets import DEEPER, LATENTS, PIXELS, SHUFFLED, TARGETS, TEACHER, doubled, normalised, raw_pixels, shuffle

# Beside the losses of two networks' features: the diffusion loss alone, and M-TSA whose teacher is the world itself.
NONE, TRACKS = "none", "tracks"
ARMS = (NONE, *LOSSES, TRACKS)

# Noise levels, from little to much, at which agreement with the target is logged apart: thirds of `STEPS`.
THIRDS = ("early", "middle", "late")


class Alignment(Settings):
    """Which loss, and how much of it."""

    loss: str  # one of ARMS
    student: str  # checkpoint that every arm starts from; empty: random weights
    teacher: str  # checkpoint of a teacher run
    share: float = 0.2  # norm of λ times the alignment gradient over that of the diffusion gradient, at the aligned layer
    tau: float = 0.1
    margin: float = 0.1
    rho: float = 0.2
    after: int = 0  # blocks after which features are aligned; 0: about 60 % of them
    hidden: int = 256  # of the projector
    balance_every: int = 50  # steps between measurements of λ
    target: str = TEACHER  # one of TARGETS: what the student's features are compared with
    spatial: float = 0.0  # α of the target's spatial normalisation (iREPA); 0: none
    until: int = STEPS  # aligned are clips at t below this, and those whose first token frame is given: there it can be obeyed
    warm: int = 0  # steps in which alignment trains the projector alone

    def __post_init__(self) -> None:
        if self.loss not in ARMS:
            raise KeyError(f"an alignment loss is one of {', '.join(ARMS)}, got {self.loss}")
        if self.target not in TARGETS:
            raise KeyError(f"an alignment's target is one of {', '.join(TARGETS)}, got {self.target}")


class AlignObjective(nn.Module):
    """The student's diffusion loss and λ times the alignment of its features after the aligned block.

    λ is set so that the alignment gradient is `share` of the diffusion gradient there, both norms measured on a batch every
    `balance_every` steps and averaged; it is a buffer, so a checkpoint has it. What is measured beside it goes into the curve:
    the share that λ reached on that batch, which had no part in it; the mean cosine of a clip's two gradients; and the
    alignment loss by thirds of t.
    """

    balance: Tensor
    calls: Tensor
    cosine: Tensor
    reached: Tensor
    by_noise: Tensor

    def __init__(self, shape: StudentShape, diffusion: Diffusion, codec: Codec, teacher: Teacher, alignment: Alignment) -> None:
        super().__init__()
        if diffusion.predicts != "x0":
            raise ValueError(f"alignment trains a student that predicts x0, got {diffusion.predicts}")
        self.alignment = alignment
        self.inner = StudentObjective(shape, diffusion, codec)
        self.teacher = teacher.eval().requires_grad_(False)
        self.aligned = alignment.after or shape.aligned
        if self.aligned > shape.depth:
            raise ValueError(f"features are aligned after one of {shape.depth} blocks, got {self.aligned}")
        self._taught = None
        if diffusion.remember:
            path = Path(diffusion.remember) / f"teacher-{digest(teacher.state_dict().values(), teacher.shape)}"
            self._taught = Remembered(self._teach, path, (len(teacher.positions), teacher.shape.width))
        if alignment.loss != NONE:
            widths = {PIXELS: teacher.shape.values, LATENTS: codec.values, DEEPER: shape.width}
            width = widths.get(alignment.target, teacher.shape.width)
            self.projector = Projector(shape.width, (alignment.hidden, alignment.hidden, width), width)
        self.register_buffer("balance", torch.zeros(()))  # λ
        self.register_buffer("calls", torch.zeros((), dtype=torch.long))
        self.register_buffer("cosine", torch.zeros(()))
        self.register_buffer("reached", torch.zeros(()))
        self.register_buffer("by_noise", torch.zeros(len(THIRDS)))

    @property
    def _warming(self) -> bool:
        """Whether alignment trains the projector alone in the next step."""
        return self.training and self.alignment.loss != NONE and int(self.calls) < self.alignment.warm

    def clipped_apart(self) -> list[nn.Parameter]:
        """The projector while it warms up: its gradient is far larger then, and would scale the student's down."""
        return list(self.projector.parameters()) if self._warming else []

    @torch.no_grad()
    def _teach(self, frames: Tensor) -> Tensor:
        """The teacher's features [B, N, C] of frames U8 [B, T, H, W, 3]."""
        return self.teacher(pixels(frames))

    @torch.no_grad()
    def target(self, batch: Batch, x0: Tensor, deep: Tensor) -> Tensor:
        """Features [B, F, S, C] on the teacher's grid: the teacher's, or what a control has in their place (`targets.py`).

        x0 [B, N, values]: the student's clean tokens. deep [B, N, C]: its last block's stream.
        """
        how, frames, student = self.alignment.target, batch["frames"], self.inner.student.shape
        if how in (LATENTS, DEEPER):
            return doubled(x0 if how == LATENTS else deep.detach(), student.frames)
        if how == PIXELS:
            return raw_pixels(pixels(frames)).unflatten(1, (self.teacher.shape.token_frames, -1))
        taught = self._taught(frames, batch["clip"]) if self._taught and "clip" in batch else self._teach(frames)
        features = taught.unflatten(1, (self.teacher.shape.token_frames, -1))
        return shuffle(features, batch["clip"]) if how == SHUFFLED else features

    def align(self, features: Tensor, batch: Batch, target: Tensor) -> Tensor:
        """The alignment loss of student features [B, N, C] with the target's [B, F, S, C] of the same clips."""
        how, student, teacher = self.alignment, self.inner.student.shape, self.teacher.shape
        grid = features.unflatten(1, (student.frames, student.rows, student.rows))
        y = self.projector(grid).flatten(2, 3)
        frames = batch["frames"].permute(0, 1, 4, 2, 3)
        mask = lambda: motion_mask(frames, teacher.tubelet, teacher.patch, how.rho)  # noqa: E731
        if how.loss == TRACKS:
            return followed_kl(landing(batch["places"], teacher.rows, teacher.patch), y, how.tau, mask())
        return LOSSES[how.loss](Pair(target, y, mask), how)

    def forward(self, batch: Batch, draw: torch.Generator) -> dict[str, Tensor]:
        student, aligned, how = self.inner.student, self.aligned, self.alignment
        noised = self.inner.noise(batch, draw)
        video, text, time = student.features(noised.x, noised.t, noised.words, noised.given, aligned)
        deep = student.onward(video, text, time, aligned, student.shape.depth)
        diffusion = diffusion_loss(student.finish(*deep, time, student.shape.depth), noised)
        if how.loss == NONE:
            return {"loss": diffusion, "diffusion": diffusion}
        target = video if how.loss == TRACKS else self.target(batch, noised.x0, deep[0])
        if how.spatial:
            target = normalised(target, how.spatial)
        warming = self._warming
        asked = (noised.t < how.until) | (noised.given > 0)

        def alignment_of(chosen: Tensor) -> Tensor:
            """The loss of the chosen clips, bool [B]; of none it is 0.

            Also then every weight has a gradient, of nothing: DDP waits for one from each process.
            """
            features = video.detach() if warming else video
            if not bool(chosen.any()):
                return 0 * sum((p.sum() for p in self.projector.parameters()), features.sum())
            some = {name: tensor[chosen] for name, tensor in batch.items()}
            return self.align(features[chosen], some, target[chosen])

        alignment = alignment_of(asked)
        if self.training:
            calls = int(self.calls)
            if calls % how.balance_every == 0:
                if not warming:
                    self._weigh(diffusion, alignment, video, first=not bool(self.balance))
                self._by_noise(noised, alignment_of)
            self.calls += 1
        loss = diffusion + (alignment if warming else self.balance * alignment)
        logged = {"alignment": alignment, "lambda": self.balance.clone(), "cosine": self.cosine.clone()}
        logged["share"] = self.reached.clone()
        logged |= {f"alignment {name}": value.clone() for name, value in zip(THIRDS, self.by_noise, strict=True)}
        return {"loss": loss, "diffusion": diffusion, **logged}

    def _weigh(self, diffusion: Tensor, alignment: Tensor, features: Tensor, *, first: bool) -> None:
        """Moves λ half way to where the gradients have the wanted ratio, the first time all the way.

        Where no clip has anything to align, it stays.
        """
        push, pull = (torch.autograd.grad(loss, features, retain_graph=True)[0] for loss in (diffusion, alignment))
        norm = pull.norm()
        wanted = torch.where(norm > 0, self.alignment.share * push.norm() / norm.clamp_min(1e-12), self.balance)
        reached = self.balance * norm / push.norm().clamp_min(1e-12)
        cosines = functional.cosine_similarity(push.flatten(1), pull.flatten(1), dim=1)
        pulled = pull.flatten(1).any(dim=1)
        cosine = cosines[pulled].mean() if pulled.any() else self.cosine.clone()
        if torch.distributed.is_initialized():
            for value in (wanted, cosine, reached):
                torch.distributed.all_reduce(value)
                value /= torch.distributed.get_world_size()
        self.balance.copy_(wanted if first else 0.5 * (self.balance + wanted))
        self.cosine.copy_(cosine)
        self.reached.copy_(reached)

    @torch.no_grad()
    def _by_noise(self, noised: Noised, alignment_of: Callable[[Tensor], Tensor]) -> None:
        """Measures the alignment loss of this batch's clips by thirds of t; a third without a clip keeps what it had."""
        third = noised.t * len(THIRDS) // STEPS
        for i in range(len(THIRDS)):
            if bool((third == i).any()):
                self.by_noise[i] = alignment_of(third == i)
