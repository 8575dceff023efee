"""Float64 PyTorch goldens of the projector and its optimiser: test/fixtures/projector_goldens.safetensors.

Run from the project root:  python models/export/projector_goldens.py     (needs torch==2.13.0)

Modules are torch's own nn.Linear, nn.SiLU, nn.Conv3d, clip_grad_norm_ and AdamW, so that they share no code and no algebra with
the TypeScript twins. Parameters and inputs are float32 numbers, so that both sides start from the same values; gradients are
autograd's.
"""

import json
import struct
from pathlib import Path

import torch
from torch import nn

VERSION = "1"
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


def projector_case(tensors):
    """Forward, gradients, then three clipped AdamW steps on the same batch."""
    torch.manual_seed(11)
    generator = torch.Generator().manual_seed(12)
    model = float32(Projector(7, (6, 5, 4), 3).double())
    x, direction = draw(generator, 2, 3, 4, 5, 7), draw(generator, 2, 3, 4, 5, 3)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
    tensors |= {"projector.x": x.float(), "projector.dy": direction.float()}
    tensors |= {f"projector.{name}": p.detach().float() for name, p in model.named_parameters()}
    for step in range(3):
        optimizer.zero_grad()
        y = model(x)
        # A linear loss, so that dy is the direction and nothing else is tested here.
        (y * direction).sum().backward()
        if step == 0:
            tensors["projector.y"] = y.detach()
            tensors |= {f"projector.grad.{name}": p.grad.clone() for name, p in model.named_parameters()}
        norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        tensors[f"projector.norm.{step}"] = norm.detach().reshape(1)
        optimizer.step()
    tensors |= {f"projector.after.{name}": p.detach() for name, p in model.named_parameters()}


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
    projector_case(tensors)
    strided_case(tensors)
    doubled_case(tensors)
    write(OUT, tensors, {"magic": "tempered-projector-goldens", "version": VERSION, "torch": torch.__version__})
    print(f"{OUT}: {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
