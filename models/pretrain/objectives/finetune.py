"""Fine-tuning with an alignment loss beside the diffusion loss: L = L_diffusion + λ·L_alignment."""

from pathlib import Path

import torch
from tempered_alignment import Projector, motion_mask
from torch import Tensor, nn

from ..config import Settings
from ..data.stream import Batch
from ..nets.layers import pixels
from ..nets.student import StudentShape
from ..nets.teacher import Teacher
from .alignment import LOSSES, Pair, followed_kl, landing
from .codec import Codec
from .diffusion import Diffusion, StudentObjective, diffusion_loss
from .remembered import Remembered, digest

# Beside the losses of two networks' features: the diffusion loss alone, and M-TSA whose teacher is the world itself.
NONE, TRACKS = "none", "tracks"
ARMS = (NONE, *LOSSES, TRACKS)


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

    def __post_init__(self) -> None:
        if self.loss not in ARMS:
            raise KeyError(f"an alignment loss is one of {', '.join(ARMS)}, got {self.loss}")


class AlignObjective(nn.Module):
    """The student's diffusion loss and λ times the alignment of its features after the aligned block.

    λ is set so that the alignment gradient is `share` of the diffusion gradient there, both norms measured on a batch every
    `balance_every` steps and averaged; it is a buffer, so a checkpoint has it.
    """

    balance: Tensor
    calls: Tensor

    def __init__(self, shape: StudentShape, diffusion: Diffusion, codec: Codec, teacher: Teacher, alignment: Alignment) -> None:
        super().__init__()
        self.alignment = alignment
        self.inner = StudentObjective(shape, diffusion, codec)
        self.teacher = teacher.eval().requires_grad_(False)
        self.aligned = alignment.after or shape.aligned
        if self.aligned > shape.depth:
            raise ValueError(f"features are aligned after one of {shape.depth} blocks, got {self.aligned}")
        self._taught = None
        if diffusion.remember:
            path = Path(diffusion.remember) / f"teacher-{digest(teacher.state_dict().values())}"
            self._taught = Remembered(self._teach, path, (len(teacher.positions), teacher.shape.width))
        width = teacher.shape.width
        if alignment.loss != NONE:
            self.projector = Projector(shape.width, (alignment.hidden, alignment.hidden, width), width)
        self.register_buffer("balance", torch.zeros(()))  # λ
        self.register_buffer("calls", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def _teach(self, frames: Tensor) -> Tensor:
        """The teacher's features [B, N, C] of frames U8 [B, T, H, W, 3]."""
        return self.teacher(pixels(frames))

    def align(self, features: Tensor, batch: Batch) -> Tensor:
        """The alignment loss of student features [B, N, C] with what the teacher sees in the same clips."""
        how, student, teacher = self.alignment, self.inner.student.shape, self.teacher.shape
        frames = batch["frames"]
        grid = features.unflatten(1, (student.frames, student.rows, student.rows))
        y = self.projector(grid).flatten(2, 3)
        mask = lambda: motion_mask(frames.permute(0, 1, 4, 2, 3), teacher.tubelet, teacher.patch, how.rho)  # noqa: E731
        if how.loss == TRACKS:
            target = landing(batch["places"], teacher.rows, teacher.patch)
            return followed_kl(target, y, how.tau, mask())
        target = self._taught(frames, batch["clip"]) if self._taught and "clip" in batch else self._teach(frames)
        return LOSSES[how.loss](Pair(target.unflatten(1, y.shape[1:3]), y, mask), how)

    def forward(self, batch: Batch, draw: torch.Generator) -> dict[str, Tensor]:
        student, aligned = self.inner.student, self.aligned
        noised = self.inner.noise(batch, draw)
        video, text, time = student.features(noised.x, noised.t, noised.words, noised.given, aligned)
        diffusion = diffusion_loss(student.finish(video, text, time, aligned), noised)
        if self.alignment.loss == NONE:
            return {"loss": diffusion, "diffusion": diffusion}
        alignment = self.align(video, batch)
        if self.training:
            if int(self.calls) % self.alignment.balance_every == 0:
                self._weigh(diffusion, alignment, video)
            self.calls += 1
        loss = diffusion + self.balance * alignment
        return {"loss": loss, "diffusion": diffusion, "alignment": alignment, "lambda": self.balance.clone()}

    def _weigh(self, diffusion: Tensor, alignment: Tensor, features: Tensor) -> None:
        """Moves λ half way to where the gradients have the wanted ratio; the first time all the way."""
        norms = [torch.autograd.grad(loss, features, retain_graph=True)[0].norm() for loss in (diffusion, alignment)]
        wanted = self.alignment.share * norms[0] / norms[1].clamp_min(1e-12)
        if torch.distributed.is_initialized():
            torch.distributed.all_reduce(wanted)
            wanted /= torch.distributed.get_world_size()
        self.balance.copy_(wanted if int(self.calls) == 0 else 0.5 * (self.balance + wanted))
