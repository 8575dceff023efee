"""Twenty steps of the diffusion student's training in float64: test/fixtures/student_run.safetensors.

Run in models/:  python -m export.student_run_goldens     (needs torch==2.13.0 and safetensors)

Student, projector, losses, optimisers and rates are those of models/pretrain, so that a run in the page and one there are the same
run. Everything random is drawn as src/train/diffusion/batch.ts draws it, from seed, step and place, by the same generator. Muon
rounds to bfloat16 on the way, which is switched off here.
"""

import math
from pathlib import Path
from unittest import mock

import torch
from pretrain.config import Training
from pretrain.nets.student import Student
from pretrain.objectives.schedule import alphas
from pretrain.training.loop import optimizers, rate_share
from safetensors.torch import save_file
from tempered_alignment import Projector, mtsa
from torch import Tensor, nn

from .student_goldens import CHANNELS, HIDDEN, SHAPE, drawn

OUT = Path(__file__).resolve().parents[2] / "test/fixtures/student_run.safetensors"
SEED, STEPS, BATCH, CLIPS, BLOCK, TAU, RHO, SHARE, BALANCE, GIVEN, DROPPED = 7, 20, 2, 5, 1, 0.1, 0.25, 0.5, 5, 0.5, 0.1
TRAINING = Training(seed=SEED, steps=STEPS, batch=BATCH, rate=2e-3, muon=5e-3, warmup=4, decay=0.01, clip=1.0)
BITS = 0xFFFFFFFF
CLIP, ORDER = 11, 12


class Random:
    """mulberry32, as src/student/random.ts has it."""

    def __init__(self, state: int) -> None:
        self.state = state & BITS

    def next(self) -> float:
        self.state = (self.state + 0x6D2B79F5) & BITS
        t = ((self.state ^ (self.state >> 15)) * (self.state | 1)) & BITS
        t = (t ^ (t + (((t ^ (t >> 7)) * (t | 61)) & BITS))) & BITS
        return (t ^ (t >> 14)) / 2**32

    def below(self, n: int) -> int:
        return math.floor(self.next() * n)

    def normal(self) -> float:
        radius = math.sqrt(-2 * math.log(1 - self.next()))
        return radius * math.cos(2 * math.pi * self.next())


def seed_of(*numbers: int) -> int:
    x = 0x9E3779B9
    for number in numbers:
        x ^= number & BITS
        for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
            x = ((x ^ (x >> shift)) * factor) & BITS
        x ^= x >> 16
    return x


def order(k: int) -> int:
    """The clip drawn k-th: all in their order, then all again in an order of each epoch's own."""
    found, epoch = list(range(CLIPS)), k // CLIPS
    random = Random(seed_of(SEED, ORDER, epoch))
    for i in range(CLIPS - 1, 0, -1) if epoch else ():
        j = random.below(i + 1)
        found[i], found[j] = found[j], found[i]
    return found[k % CLIPS]


class Both(nn.Module):
    def __init__(self, student: nn.Module, projector: nn.Module) -> None:
        super().__init__()
        self.student, self.projector = student, projector


def noise(step: int, x0: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """t, given, kept and noise of a step's clips."""
    found = []
    for place in range(len(x0)):
        random = Random(seed_of(SEED, CLIP, step, place))
        t, given, dropped = random.below(1000), random.next() < GIVEN, random.next() < DROPPED
        # Rounded once: the page's are float32 numbers.
        found.append((t, given, not dropped, torch.tensor([random.normal() for _ in range(x0[0].numel())]).float()))
    t, given, kept, normals = zip(*found, strict=True)
    return torch.tensor(t), torch.tensor(given).float(), torch.tensor(kept), torch.stack(normals).view_as(x0).double()


def main() -> None:
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(21)
    both = Both(drawn(Student(SHAPE), generator), drawn(Projector(SHAPE.width, HIDDEN, CHANNELS), generator))
    first = {name.removeprefix("student."): p.detach().clone() for name, p in both.named_parameters()}
    x0 = torch.randn(CLIPS, SHAPE.tokens, SHAPE.values, generator=generator)
    words = torch.randint(1, SHAPE.vocabulary, (CLIPS, SHAPE.words), generator=generator)
    grid = (CLIPS, 2 * SHAPE.frames, SHAPE.rows**2)
    # Prepared clips hold float16.
    teacher = torch.randn(*grid, CHANNELS, generator=generator).half().float()
    # The same number in each frame, as the motion mask at ρ makes it.
    mask = torch.rand(grid, generator=generator).argsort(dim=-1) < round(RHO * SHAPE.rows**2)
    a, found, balance = alphas(), optimizers(both, TRAINING), torch.zeros(())
    rows = []
    for step in range(1, STEPS + 1):
        clips = [order((step - 1) * BATCH + i) for i in range(BATCH)]
        clean_x = x0[clips].double()
        t, given, kept, epsilon = noise(step, clean_x)
        level = a[t][:, None, None]
        clean = given.double()[:, None, None] * both.student.first
        # The page rounds what it hands over to float32.
        x = ((level.sqrt() * clean_x + (1 - level).sqrt() * epsilon) * (1 - clean) + clean_x * clean).float().double()
        video, text, time = both.student.features(x, t, words[clips] * kept[:, None], given, BLOCK)
        guess = both.student.finish(video, text, time, BLOCK)
        weight = (1 / (1 - level)) * (1 - clean)
        asked = (weight > 0).sum() * SHAPE.values
        diffusion = ((guess - clean_x).square() * weight).sum() / asked
        y = both.projector(video.unflatten(1, (SHAPE.frames, SHAPE.rows, SHAPE.rows))).flatten(2, 3)
        alignment = mtsa(teacher[clips].double(), y, mask[clips], TAU)
        if (step - 1) % BALANCE == 0:
            norms = [torch.autograd.grad(loss, video, retain_graph=True)[0].norm() for loss in (diffusion, alignment)]
            wanted = SHARE * norms[0] / norms[1]
            balance = wanted if step == 1 else 0.5 * (balance + wanted)
        for optimizer in found:
            optimizer.zero_grad()
            for group in optimizer.param_groups:
                # `hold` for ever: the rate stays after the warm-up.
                group["lr"] = group["peak"] * (rate_share(TRAINING, step - 1) if step <= TRAINING.warmup else 1)
        (diffusion + balance * alignment).backward()
        norm = nn.utils.clip_grad_norm_(both.parameters(), TRAINING.clip)
        with mock.patch.object(torch.Tensor, "bfloat16", lambda tensor: tensor.clone()):
            for optimizer in found:
                optimizer.step()
        rows.append([diffusion.item(), alignment.item(), float(balance), norm.item()])
    tensors = {name: tensor.float() for name, tensor in first.items()} | {"x0": x0, "teacher": teacher}
    tensors |= {"words": words.int(), "mask": mask.to(torch.uint8)}
    # diffusion, alignment, λ and the norm of all gradients before each step
    save_file({name: t.contiguous() for name, t in (tensors | {"steps": torch.tensor(rows)}).items()}, OUT)
    print(f"{OUT.name}: {OUT.stat().st_size} bytes; losses {rows[0][0]:.6f} … {rows[-1][0]:.6f}")


if __name__ == "__main__":
    main()
