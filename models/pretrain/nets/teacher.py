"""The teacher: a small VideoMAEv2 (Wang et al. 2023). Its features are the last block's tokens without norm."""

import torch
from torch import Tensor, nn

from ..config import Settings
from .layers import Block, Mlp, attend, sincos_grid, tubelets


class TeacherShape(Settings):
    """A clip of `frames` × side² pixels becomes (frames / tubelet) × (side / patch)² tokens of `width` values."""

    width: int
    depth: int
    heads: int
    frames: int = 16
    side: int = 64
    tubelet: int = 2
    patch: int = 8

    @property
    def token_frames(self) -> int:
        return self.frames // self.tubelet

    @property
    def rows(self) -> int:
        return self.side // self.patch

    @property
    def values(self) -> int:
        """Pixel values of a token."""
        return 3 * self.tubelet * self.patch**2


class Attention(nn.Module):
    """Self-attention; q and v have a bias, k has none."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.q_bias, self.v_bias = nn.Parameter(torch.zeros(width)), nn.Parameter(torch.zeros(width))
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        return self.proj(attend(q + self.q_bias, k, v + self.v_bias, self.heads))


class TeacherBlock(Block):
    """Pre-norm transformer block, no LayerScale. x [B, n, C] to [B, n, C]."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attn, self.mlp = Attention(width, heads), Mlp(width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


def initialise(module: nn.Module) -> None:
    """Xavier-uniform linear layers with zero bias, as VideoMAE starts."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Teacher(nn.Module):
    """Video [B, T, 3, H, W] in [0, 1] to tokens [B, N, C]."""

    positions: Tensor

    def __init__(self, shape: TeacherShape) -> None:
        super().__init__()
        self.shape = shape
        self.patch_embed = nn.Linear(shape.values, shape.width)
        self.blocks = nn.ModuleList(TeacherBlock(shape.width, shape.heads) for _ in range(shape.depth))
        table = sincos_grid(shape.token_frames, shape.rows, shape.rows, shape.width)
        self.register_buffer("positions", table, persistent=False)
        self.apply(initialise)

    def forward(self, video: Tensor, visible: Tensor | None = None) -> Tensor:
        """The last block's tokens, all [B, N, C] or those at `visible` int64 [B, V]: the encoder then sees no others."""
        patches = tubelets(2 * video - 1, self.shape.tubelet, self.shape.patch).flatten(1, 2)
        positions = self.positions.expand(len(patches), -1, -1)
        if visible is not None:
            patches, positions = gather(patches, visible), gather(positions, visible)
        x = self.patch_embed(patches) + positions
        for block in self.blocks:
            x = block(x)
        return x


def gather(tokens: Tensor, index: Tensor) -> Tensor:
    """Tokens [B, N, C] at index [B, n]: [B, n, C]."""
    return tokens.gather(1, index[:, :, None].expand(-1, -1, tokens.shape[2]))


class Decoder(nn.Module):
    """VideoMAEv2's narrow decoder: visible tokens and mask tokens at `decoded` in, pixel values of `decoded` out."""

    positions: Tensor

    def __init__(self, shape: TeacherShape, width: int, depth: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(shape.width, eps=1e-6)
        self.enter = nn.Linear(shape.width, width, bias=False)
        self.mask_token = nn.Parameter(torch.zeros(width))
        self.blocks = nn.ModuleList(TeacherBlock(width, heads) for _ in range(depth))
        self.norm_out, self.head = nn.LayerNorm(width, eps=1e-6), nn.Linear(width, shape.values)
        table = sincos_grid(shape.token_frames, shape.rows, shape.rows, width)
        self.register_buffer("positions", table, persistent=False)
        self.apply(initialise)
        nn.init.normal_(self.mask_token, std=0.02)

    def forward(self, encoded: Tensor, visible: Tensor, decoded: Tensor) -> Tensor:
        """encoded [B, V, C] at visible [B, V]; decoded [B, D]; pixel values [B, D, values]."""
        positions = self.positions.expand(len(encoded), -1, -1)
        seen = self.enter(self.norm(encoded)) + gather(positions, visible)
        x = torch.cat([seen, self.mask_token + gather(positions, decoded)], dim=1)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm_out(x[:, visible.shape[1] :]))
