"""Float64 PyTorch goldens of the projector, its optimisers and whole short trainings: test/fixtures/projector_goldens.safetensors.

Run from the project root:  python models/export/projector_goldens.py     (needs torch==2.13.0)

Modules are torch's own nn.Linear, nn.SiLU, nn.Conv3d, clip_grad_norm_, AdamW and Muon, so that they share no code and no algebra with
the TypeScript twins; matrices decay and vectors do not. Muon rounds to bfloat16 on the way, which is switched off here. Parameters and inputs are float32 numbers, so that both sides start from the same values; gradients are
autograd's.
"""

import json
import struct
from pathlib import Path
from unittest import mock

import torch
from alignment_goldens import gram, relation, repa, tempered
from torch import nn

VERSION = "2"
OUT = Path(__file__).resolve().parents[2] / "test/fixtures/projector_goldens.safetensors"
DTYPES = {torch.float64: "F64", torch.float32: "F32"}


class Projector(nn.Module):
    """docs/method.md section 5: [B, F, H, W, inputs] to [B, F, H, W, outputs]."""

    def __init__(self, inputs, hidden, outputs):
        super().__init__()
        a, b, c = hidden
        self.linear1, self.linear2, self.linear3 = nn.Linear(inputs, a), nn.Linear(a, b), nn.Linear(b, c)
        self.conv = nn.Conv3d(c, outputs, 3, padding=1)

    def forward(self, x):
        silu = nn.functional.silu
        h = self.linear3(silu(self.linear2(silu(self.linear1(x)))))
        return self.conv(h.permute(0, 4, 1, 2, 3)).permute(0, 2, 3, 4, 1)


def float32(module):
    """Rounds the parameters to float32 numbers, kept as float64."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(parameter.float())
    return module


def draw(generator, *shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float64).float().double()


def optimizers(model, muon, rate, decay):
    """As models/pretrain groups them; with `muon`, the linear layers' weights are Muon's."""
    named = dict(model.named_parameters())
    by_muon = [p for n, p in named.items() if muon and p.ndim == 2]
    rest = [p for n, p in named.items() if not (muon and p.ndim == 2)]
    groups = [
        {"params": [p for p in rest if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in rest if p.ndim == 1], "weight_decay": 0.0},
    ]
    found = [torch.optim.AdamW(groups, lr=rate)]
    if by_muon:
        found.append(torch.optim.Muon(by_muon, rate, decay, adjust_lr_fn="match_rms_adamw"))
    return found


def update(found):
    exact = mock.patch.object(torch.Tensor, "bfloat16", lambda tensor: tensor.clone())
    with exact:
        for optimizer in found:
            optimizer.step()


def projector_case(tensors, muon, prefix):
    """Forward, gradients, then three clipped steps on the same batch."""
    torch.manual_seed(11)
    generator = torch.Generator().manual_seed(12)
    model = float32(Projector(7, (6, 5, 4), 3).double())
    x, direction = draw(generator, 2, 3, 4, 5, 7), draw(generator, 2, 3, 4, 5, 3)
    found = optimizers(model, muon, 0.01, 0.1)
    tensors |= {"projector.x": x.float(), "projector.dy": direction.float()}
    tensors |= {f"projector.{name}": p.detach().float() for name, p in model.named_parameters()}
    for step in range(3):
        model.zero_grad()
        y = model(x)
        # A linear loss, so that dy is the direction and nothing else is tested here.
        (y * direction).sum().backward()
        if step == 0:
            tensors["projector.y"] = y.detach()
            tensors |= {f"projector.grad.{name}": p.grad.clone() for name, p in model.named_parameters()}
        norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        tensors[f"{prefix}.norm.{step}"] = norm.detach().reshape(1)
        update(found)
    tensors |= {f"{prefix}.after.{name}": p.detach() for name, p in model.named_parameters()}


def student_input(patches):
    """Each channel's mean over its patch removed, then all divided by their root mean square."""
    tokens = patches.unflatten(-1, (3, -1))
    tokens = (tokens - tokens.mean(-1, keepdim=True)).flatten(-2)
    return tokens / tokens.square().mean().sqrt()


LOSSES = {
    "tsa": lambda teacher, student, mask: tempered(teacher, student, 0.1, torch.ones_like(mask)),
    "mtsa": lambda teacher, student, mask: tempered(teacher, student, 0.1, mask),
    "trd": lambda teacher, student, mask: relation(teacher, student, 0.1),
    "repa": lambda teacher, student, mask: repa(teacher, student),
    "gram": lambda teacher, student, mask: gram(teacher, student),
}


def training_case(tensors):
    """Ten steps of whole trainings on one clip of 4 frames of 3 × 4 tokens, all from the same parameters."""
    generator = torch.Generator().manual_seed(42)
    patches = torch.rand(4, 3, 4, 48, generator=generator, dtype=torch.float64).float().double()
    teacher = draw(generator, 4, 3, 4, 16)
    mask = (torch.rand(4, 12, generator=generator) < 0.4).to(torch.uint8)
    tensors |= {"training.patches": patches.float(), "training.teacher": teacher.float(), "training.mask": mask.float()}
    for name, muon in [*((loss, False) for loss in LOSSES), ("tsa", True)]:
        torch.manual_seed(41)
        model = float32(Projector(48, (24, 20, 16), 16).double())
        tensors |= {f"training.{n}": p.detach().float() for n, p in model.named_parameters()}
        found = optimizers(model, muon, 1e-3, 0.1)
        values = []
        for _ in range(10):
            model.zero_grad()
            student = model(student_input(patches)[None])[0].flatten(1, 2)
            value, _ = LOSSES[name](teacher.flatten(1, 2), student, mask)
            (0.5 * value).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            update(found)
            values.append(value.detach())
        tensors[f"training.losses.{name}{'.muon' if muon else ''}"] = torch.stack(values)


def strided_case(tensors):
    """The convolution that brings a finer student grid to the teacher's: stride (1, 3, 3), padding (1, 0, 0)."""
    torch.manual_seed(21)
    generator = torch.Generator().manual_seed(22)
    conv = float32(nn.Conv3d(4, 3, 3, stride=(1, 3, 3), padding=(1, 0, 0)).double())
    x = draw(generator, 2, 3, 6, 9, 4).requires_grad_(True)
    y = conv(x.permute(0, 4, 1, 2, 3)).permute(0, 2, 3, 4, 1)
    dy = draw(generator, *y.shape)
    (y * dy).sum().backward()
    tensors |= {"strided.x": x.detach().float(), "strided.dy": dy.float(), "strided.y": y.detach()}
    tensors |= {f"strided.conv.{name}": p.detach().float() for name, p in conv.named_parameters()}
    tensors |= {f"strided.grad.conv.{name}": p.grad for name, p in conv.named_parameters()}
    tensors["strided.grad.x"] = x.grad


def doubled_case(tensors):
    """Linear x2 in time: torch's own trilinear interpolation with corners not aligned, of two clips of three frames and of one."""
    generator = torch.Generator().manual_seed(32)
    for name, shape in {"doubled": (2, 3, 2, 2, 3), "doubled1": (1, 1, 1, 2, 2)}.items():
        x = draw(generator, *shape).requires_grad_(True)
        y = nn.functional.interpolate(x.permute(0, 4, 1, 2, 3), scale_factor=(2, 1, 1), mode="trilinear", align_corners=False)
        y = y.permute(0, 2, 3, 4, 1)
        dy = draw(generator, *y.shape)
        (y * dy).sum().backward()
        tensors |= {f"{name}.x": x.detach().float(), f"{name}.dy": dy.float(), f"{name}.y": y.detach(), f"{name}.dx": x.grad}


def layernorm_case(tensors):
    generator = torch.Generator().manual_seed(52)
    x, dy = draw(generator, 6, 8).requires_grad_(True), draw(generator, 6, 8)
    w, b = draw(generator, 8).requires_grad_(True), draw(generator, 8).requires_grad_(True)
    y = nn.functional.layer_norm(x, (8,), w, b, 1e-5)
    (y * dy).sum().backward()
    values = {"x": x.detach().float(), "w": w.detach().float(), "b": b.detach().float(), "dy": dy.float(), "y": y.detach()}
    tensors |= {f"layernorm.{name}": value for name, value in {**values, "dx": x.grad, "dw": w.grad, "db": b.grad}.items()}


def write(path, tensors, metadata):
    header, blobs, offset = {"__metadata__": metadata}, [], 0
    for name, tensor in tensors.items():
        blob = tensor.contiguous().numpy().tobytes()
        header[name] = {"dtype": DTYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def main():
    tensors = {}
    projector_case(tensors, False, "projector")
    projector_case(tensors, True, "muon")
    training_case(tensors)
    strided_case(tensors)
    layernorm_case(tensors)
    doubled_case(tensors)
    write(OUT, tensors, {"magic": "tempered-projector-goldens", "version": VERSION, "torch": torch.__version__})
    print(f"{OUT}: {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
