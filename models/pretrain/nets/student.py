"""The student: a small CogVideoX (Yang et al. 2024). Joint attention over prompt and video tokens, adaLN on t, predicts x0.

`student.json` beside this file names every tensor with its shape, in order; the page and the checkpoints read the same file.
"""

import json
import math
from pathlib import Path

import msgspec
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..config import Settings
from ..data.words import MAX_WORDS, VOCABULARY
from .layers import Block, Mlp, attend, gelu_tanh, sincos_grid

DEFINITION = Path(__file__).with_name("student.json")


class StudentShape(Settings):
    """F × rows² video tokens of `values` numbers each (a patch of pixels, or an autoencoder's latent)."""

    values: int
    width: int
    depth: int
    heads: int
    frames: int = 4
    rows: int = 8
    time_width: int = 256
    words: int = MAX_WORDS
    vocabulary: int = len(VOCABULARY)

    @property
    def tokens(self) -> int:
        return self.frames * self.rows**2

    @property
    def aligned(self) -> int:
        """Blocks after which features are aligned: about 60 % of the depth."""
        return max(1, round(0.6 * self.depth))


class TimestepEmbedding(nn.Module):
    """t, whole numbers below 1024 [B], to [B, width]: [cos | sin] of t / 10000^(i / (width/2)).

    From two small tables, by the sine and cosine of a sum: the sines of GPUs are only good between -π and π, and t goes to 999.
    """

    coarse: Tensor
    fine: Tensor
    STEP = 32

    def __init__(self, width: int) -> None:
        super().__init__()
        half = width // 2
        rates = torch.exp(-math.log(10000) * torch.arange(half, dtype=torch.float64) / half)
        for name, every in (("coarse", self.STEP), ("fine", 1)):
            angle = every * torch.arange(self.STEP)[:, None] * rates
            self.register_buffer(name, torch.stack([angle.cos(), angle.sin()]).float(), persistent=False)

    def forward(self, t: Tensor) -> Tensor:
        (cos, sin), (cos_rest, sin_rest) = self.coarse[:, t // self.STEP], self.fine[:, t % self.STEP]
        return torch.cat([cos * cos_rest - sin * sin_rest, sin * cos_rest + cos * sin_rest], dim=1)


class AdaptiveNorm(nn.Module):
    """LayerNorm whose shift and scale come from t, for video and prompt tokens apart; and the gates of what follows."""

    def __init__(self, width: int, time_width: int) -> None:
        super().__init__()
        self.linear, self.norm = nn.Linear(time_width, 6 * width), nn.LayerNorm(width, eps=1e-5)

    def forward(self, video: Tensor, text: Tensor, t: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """video [B, N, C], text [B, L, C], t [B, time] to both normed and their gates [B, 1, C]."""
        shift, scale, gate, text_shift, text_scale, text_gate = self.linear(functional.silu(t))[:, None].chunk(6, dim=2)
        video = self.norm(video) * (1 + scale) + shift
        return video, self.norm(text) * (1 + text_scale) + text_shift, gate, text_gate


class JointAttention(nn.Module):
    """Attention over [text; video] with LayerNorm on q and k of each head."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_q, self.norm_k = (nn.LayerNorm(width // heads, eps=1e-6) for _ in range(2))
        self.to_q, self.to_k, self.to_v, self.to_out = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        q, k = (
            norm(linear(x).unflatten(2, (self.heads, -1))).flatten(2)
            for norm, linear in ((self.norm_q, self.to_q), (self.norm_k, self.to_k))
        )
        return self.to_out(attend(q, k, self.to_v(x), self.heads))


class StudentBlock(Block):
    """Attention over both kinds of tokens, then the MLP, each normed and gated by t."""

    def __init__(self, width: int, heads: int, time_width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = (AdaptiveNorm(width, time_width) for _ in range(2))
        self.attn1, self.ff = JointAttention(width, heads), Mlp(width, gelu_tanh)

    def forward(self, video: Tensor, text: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """video [B, N, C] and text [B, L, C], both changed."""
        words = text.shape[1]
        for norm, layer in ((self.norm1, self.attn1), (self.norm2, self.ff)):
            normed, normed_text, gate, text_gate = norm(video, text, t)
            out = layer(torch.cat([normed_text, normed], dim=1))
            video, text = video + gate * out[:, words:], text + text_gate * out[:, :words]
        return video, text


class TimeEmbedding(nn.Module):
    """t [B] to [B, width]."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.embed = TimestepEmbedding(width)
        self.linear_1, self.linear_2 = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, t: Tensor) -> Tensor:
        return self.linear_2(functional.silu(self.linear_1(self.embed(t))))


class OutNorm(nn.Module):
    """The last norm, shifted and scaled by t."""

    def __init__(self, width: int, time_width: int) -> None:
        super().__init__()
        self.linear, self.norm = nn.Linear(time_width, 2 * width), nn.LayerNorm(width, eps=1e-5)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        shift, scale = self.linear(functional.silu(t))[:, None].chunk(2, dim=2)
        return self.norm(x) * (1 + scale) + shift


class Student(nn.Module):
    """x_t [B, N, values], t [B], words [B, 12], given [B] (1: the first token frame of x_t is clean) to x0 [B, N, values]."""

    positions: Tensor
    first: Tensor

    def __init__(self, shape: StudentShape) -> None:
        super().__init__()
        self.shape = shape
        self.proj = nn.Linear(shape.values, shape.width)
        self.given = nn.Parameter(torch.zeros(shape.width))
        self.text_embedding = nn.Parameter(torch.randn(shape.vocabulary, shape.width) * 0.02)
        self.text_positions = nn.Parameter(torch.randn(shape.words, shape.width) * 0.02)
        self.time_embedding = TimeEmbedding(shape.time_width)
        blocks = (StudentBlock(shape.width, shape.heads, shape.time_width) for _ in range(shape.depth))
        self.transformer_blocks = nn.ModuleList(blocks)
        self.norm_final = nn.LayerNorm(shape.width, eps=1e-5)
        self.norm_out, self.proj_out = OutNorm(shape.width, shape.time_width), nn.Linear(shape.width, shape.values)
        table = sincos_grid(shape.frames, shape.rows, shape.rows, shape.width)
        self.register_buffer("positions", table, persistent=False)
        first = (torch.arange(shape.tokens) < shape.rows**2).float()[:, None]
        self.register_buffer("first", first, persistent=False)
        self._initialise()

    def _initialise(self) -> None:
        """Xavier-uniform layers; gates and output start at zero, so that every block starts as the identity (DiT)."""
        for name, module in self.named_modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
                if name == "proj_out" or name.endswith(("norm1.linear", "norm2.linear", "norm_out.linear")):
                    nn.init.zeros_(module.weight)

    def open_gates(self) -> None:
        """Lets untrained blocks do something: every gate is 1, whatever t is."""
        for module in self.modules():
            if isinstance(module, AdaptiveNorm):
                width = module.norm.normalized_shape[0]
                module.linear.bias.data.unflatten(0, (6, width))[[2, 5]] = 1

    def features(self, x: Tensor, t: Tensor, words: Tensor, given: Tensor, blocks: int) -> tuple[Tensor, Tensor, Tensor]:
        """Residual stream after `blocks` blocks: video [B, N, C], text [B, 12, C], time embedding."""
        time = self.time_embedding(t)
        video = self.proj(x) + self.positions + given.float()[:, None, None] * self.first * self.given
        text = functional.embedding(words, self.text_embedding) + self.text_positions
        return *self.onward(video, text, time, 0, blocks), time

    def onward(self, video: Tensor, text: Tensor, time: Tensor, first: int, last: int) -> tuple[Tensor, Tensor]:
        """Residual stream of video and text after `last` blocks from that after `first`."""
        for block in self.transformer_blocks[first:last]:
            video, text = block(video, text, time)
        return video, text

    def finish(self, video: Tensor, text: Tensor, time: Tensor, blocks: int) -> Tensor:
        """x0 [B, N, values] from the residual stream after `blocks` blocks."""
        video, _ = self.onward(video, text, time, blocks, self.shape.depth)
        return self.proj_out(self.norm_out(self.norm_final(video), time))

    def forward(self, x: Tensor, t: Tensor, words: Tensor, given: Tensor) -> Tensor:
        aligned = self.shape.aligned
        return self.finish(*self.features(x, t, words, given, aligned), aligned)


def definition(shape: StudentShape) -> dict[str, object]:
    """What `student.json` says of a shape: its numbers, its words and its tensors in the order of the file."""
    tensors = [{"name": name, "shape": list(p.shape)} for name, p in Student(shape).named_parameters()]
    return {"shape": msgspec.to_builtins(shape), "aligned": shape.aligned, "vocabulary": VOCABULARY, "tensors": tensors}


def read_definition(path: Path = DEFINITION) -> StudentShape:
    """The shape that the definition describes. @raises ValueError where its tensors are not those of the model."""
    written = json.loads(path.read_text())
    shape = StudentShape(**written["shape"])
    if definition(shape) != written:
        raise ValueError(f"{path.name} is not what student.py builds: run `python -m pretrain define`")
    return shape
