"""A step of the diffusion student in float64: test/fixtures/student_step/*.safetensors, the files that `npm run verify` reads.

Run in models/:  python -m export.student_goldens     (needs torch==2.13.0, safetensors, and pip install ../scale)

The student is that of models/pretrain, projector and losses are tempered-alignment's (scale/), gradients autograd's, in float64. Parameters and inputs
are float32 numbers, so that both sides start from the same values. The four clips of a batch are every pair of: first token
frame given or not, prompt kept or dropped. Sizes are small and uneven: a head of 16 numbers, 8 words, 32 video tokens.
"""

from pathlib import Path

import torch
from pretrain.nets.student import Student, StudentShape
from pretrain.objectives.schedule import alphas, noised
from safetensors.torch import save_file
from tempered_alignment import Projector, gram, mtsa, repa, trd, tsa
from torch import Tensor

OUT = Path(__file__).resolve().parents[2] / "test/fixtures/student_step"
SHAPE = StudentShape(values=12, width=32, depth=2, heads=2, frames=2, rows=4, time_width=16, words=8, vocabulary=11)
CHANNELS, HIDDEN = 24, (20, 28, 16)
TAU, MARGIN, LAMBDA, BLOCK = 0.1, 0.1, 2.0, 1
TIMES, GIVEN, DROPPED = (100, 350, 600, 999), (0, 1, 0, 1), (False, False, True, True)
LOSSES = ("none", "repa", "trd", "gram", "tsa", "mtsa")


def drawn(module: torch.nn.Module, generator: torch.Generator) -> torch.nn.Module:
    """Every parameter at random, those that start at zero too: a zero gate would hide what is behind it."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            gain = name.endswith("weight") and parameter.ndim == 1
            fan = parameter[0].numel() if parameter.ndim > 1 else 16
            parameter.copy_(1 + 0.2 * noise if gain else noise * fan**-0.5)
    return module.double()


def align(loss: str, teacher: Tensor, y: Tensor, mask: Tensor) -> Tensor:
    """teacher and y [B, F, S, C], mask [B, F, S]."""
    return {
        "repa": lambda: repa(teacher, y),
        "trd": lambda: trd(teacher, y, MARGIN),
        "gram": lambda: gram(teacher, y),
        "tsa": lambda: tsa(teacher, y, TAU),
        "mtsa": lambda: mtsa(teacher, y, mask, TAU),
    }[loss]()


def case(loss: str) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(20)
    student = drawn(Student(SHAPE), generator)
    projector = drawn(Projector(SHAPE.width, HIDDEN, CHANNELS), generator)
    batch = len(TIMES)
    x0 = torch.randn(batch, SHAPE.tokens, SHAPE.values, generator=generator)
    noise = torch.randn(x0.shape, generator=generator)
    words = torch.randint(1, SHAPE.vocabulary, (batch, SHAPE.words), generator=generator)
    words[torch.tensor(DROPPED)] = 0
    t, given = torch.tensor(TIMES), torch.tensor(GIVEN)
    grid = (batch, 2 * SHAPE.frames, SHAPE.rows**2)
    teacher = torch.randn(*grid, CHANNELS, generator=generator)
    # As the motion mask makes it: a few a frame, not equally many.
    mask = torch.rand(grid, generator=generator) < 0.25
    mask[:, 0, 0] = True

    a = alphas()[t]
    clean = given[:, None, None] * student.first
    x_t = (noised(x0, noise, a) * (1 - clean) + x0 * clean).float()

    video, text, time = student.features(x_t.double(), t, words, given, BLOCK)
    output = student.finish(video, text, time, BLOCK)
    weight = (1 / (1 - a))[:, None, None] * (1 - clean)
    error = (output - x0.double()).square() * weight
    value = error.sum() / ((weight > 0).sum() * SHAPE.values)
    tensors = {f"param.{name}": p for name, p in student.named_parameters()}
    wanted = dict(student.named_parameters())
    if loss != "none":
        y = projector(video.unflatten(1, (SHAPE.frames, SHAPE.rows, SHAPE.rows))).flatten(2, 3)
        value = value + LAMBDA * align(loss, teacher.double(), y, mask)
        tensors |= {f"projector.{name}": p for name, p in projector.named_parameters()} | {"teacher": teacher}
        wanted |= {f"projector.{name}": p for name, p in projector.named_parameters()}
    if loss == "mtsa":
        tensors["mask"] = mask.to(torch.uint8)
    gradients = torch.autograd.grad(value, list(wanted.values()))
    tensors |= {f"grad.{name}": g for name, g in zip(wanted, gradients, strict=True)}
    tensors |= {"x_t": x_t, "x0": x0, "loss": value.reshape(1), "output": output}
    tensors = {name: t.detach().float() if t.is_floating_point() else t for name, t in tensors.items()}
    return tensors | {name: x.to(torch.int32) for name, x in (("t", t), ("words", words), ("given", given))}


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    for loss in LOSSES:
        about = {"loss": f"student-{loss}", "frames": str(SHAPE.frames), "rows": str(SHAPE.rows)}
        if loss != "none":
            about |= {"tau": str(TAU), "margin": str(MARGIN), "lambda": str(LAMBDA), "block": str(BLOCK)}
        tensors = {name: tensor.contiguous() for name, tensor in case(loss).items()}
        path = OUT / f"{loss}.safetensors"
        save_file(tensors, path, metadata=about)
        print(f"{path.name}: {path.stat().st_size} bytes, loss {tensors['loss'].item():.6f}")


if __name__ == "__main__":
    main()
