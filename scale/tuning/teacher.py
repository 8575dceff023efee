"""VideoMAEv2 (Wang et al. 2023) as the teacher: its last block's tokens, from the official safetensors file, no remote code."""

import json
from functools import lru_cache
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

TUBELET, PATCH = 2, 16

# Mean and deviation of ImageNet's pixels.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Attention(nn.Module):
    """Self-attention; q and v have a bias, k has none."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.q_bias, self.v_bias = nn.Parameter(torch.zeros(width)), nn.Parameter(torch.zeros(width))
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        bias = torch.cat([self.q_bias, torch.zeros_like(self.q_bias), self.v_bias])
        q, k, v = functional.linear(x, self.qkv.weight, bias).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return self.proj(functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    """Two linear layers with GELU between."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(x)))


class Block(nn.Module):
    """Pre-norm transformer block."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attn, self.mlp = Attention(width, heads), Mlp(width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class VideoMAEv2(nn.Module):
    """Video [B, T, 3, H, W] in [0, 1] to tokens [B, T/2, (H/16)·(W/16), width]. The defaults are VideoMAEv2-Base."""

    def __init__(self, width: int = 768, depth: int = 12, heads: int = 12) -> None:
        super().__init__()
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv3d(3, width, (TUBELET, PATCH, PATCH), (TUBELET, PATCH, PATCH))})
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))

    @torch.no_grad()
    def forward(self, video: Tensor) -> Tensor:
        mean, deviation = (torch.tensor(v, device=video.device).reshape(3, 1, 1) for v in (MEAN, DEVIATION))
        x = self.patch_embed["proj"](((video - mean) / deviation).transpose(1, 2))  # [B, C, F, H, W]
        frames, rows, columns = x.shape[2:]
        x = x.flatten(2).transpose(1, 2) + positions(frames, rows, columns, x.shape[1]).to(x)
        for block in self.blocks:
            x = block(x)
        return x.unflatten(1, (frames, rows * columns))


@lru_cache(maxsize=4)
def positions(frames: int, rows: int, columns: int, width: int) -> Tensor:
    """F32 [F·H·W, width]: the sincos table of 8 × 14 × 14 tokens, resized, bicubically in a frame and linearly in time."""
    index = torch.arange(width)
    angle = torch.arange(8 * 14 * 14, dtype=torch.float64)[:, None] / 10000 ** (2 * (index // 2).double() / width)
    table = torch.where(index % 2 == 0, angle.sin(), angle.cos()).float()
    table = table.reshape(8, 14, 14, width).permute(0, 3, 1, 2)
    if (rows, columns) != (14, 14):
        table = functional.interpolate(table, (rows, columns), mode="bicubic", align_corners=False)
    table = table.permute(1, 0, 2, 3)[None]
    if frames != 8:
        table = functional.interpolate(table, (frames, rows, columns), mode="trilinear", align_corners=False)
    return table[0].permute(1, 2, 3, 0).flatten(0, 2)


def read_teacher(path: Path) -> VideoMAEv2:
    """The frozen teacher from OpenGVLab's `model.safetensors`, or a file of the same names with other widths.

    Raises:
        ValueError: where tensors are missing or have other shapes.
    """
    weights = {name.removeprefix("model."): tensor for name, tensor in load_file(path).items()}
    kernel = weights.get("patch_embed.proj.weight")
    if kernel is None:
        raise ValueError(f"{path} is no VideoMAEv2: it has no model.patch_embed.proj.weight")
    depth = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("blocks."))
    with safe_open(path, "pt") as file:
        about = json.loads((file.metadata() or {}).get("shape", "{}"))
    teacher = VideoMAEv2(len(kernel), depth, about.get("heads", len(kernel) // 64))
    missing, unexpected = teacher.load_state_dict(weights, strict=False)
    strange = [name for name in unexpected if not name.startswith(("fc_norm.", "head."))]  # of a classifier
    if missing or strange:
        raise ValueError(f"{path} is no VideoMAEv2: missing {missing[:4]}, not known {strange[:4]}")
    return teacher.float().eval().requires_grad_(False)
