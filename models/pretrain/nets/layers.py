"""What teacher and student share: tokens of a clip, sincos positions, attention."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional


def pixels(frames: Tensor) -> Tensor:
    """U8 [B, T, H, W, 3] to F32 [B, T, 3, H, W] in [0, 1]."""
    return frames.permute(0, 1, 4, 2, 3).float() / 255


def tubelets(video: Tensor, tubelet: int, patch: int) -> Tensor:
    """[B, T, 3, H, W] cut into tokens: [B, F, S, 3·t·p·p], S row-major, values in the order (channel, time, y, x)."""
    b, t, c, h, w = video.shape
    cut = video.reshape(b, t // tubelet, tubelet, c, h // patch, patch, w // patch, patch)
    return cut.permute(0, 1, 4, 6, 3, 2, 5, 7).flatten(4).flatten(2, 3)


def untubelets(tokens: Tensor, tubelet: int, patch: int, rows: int) -> Tensor:
    """The inverse of `tubelets`: [B, F, S, 3·t·p·p] to [B, T, 3, H, W]; `rows` is H / p."""
    b, f, s, _ = tokens.shape
    cut = tokens.reshape(b, f, rows, s // rows, 3, tubelet, patch, patch).permute(0, 1, 5, 4, 2, 6, 3, 7)
    return cut.reshape(b, f * tubelet, 3, rows * patch, s // rows * patch)


def sincos(positions: Tensor, width: int) -> Tensor:
    """[n] positions to F32 [n, width]: [sin | cos] of p / 10000^(i / (width/2)), computed in float64."""
    half = width // 2
    angle = positions.double()[:, None] / 10000 ** (torch.arange(half, dtype=torch.float64) / half)
    return torch.cat([angle.sin(), angle.cos()], dim=1).float()


def sincos_grid(frames: int, rows: int, columns: int, width: int) -> Tensor:
    """Table [F·S, width] as CogVideoX's: a quarter of the width for time, three eighths each for x and y."""
    if width % 16:
        raise ValueError(f"a width must be a multiple of 16, got {width}")
    time, side = width // 4, width * 3 // 8
    f, y, x = torch.meshgrid(torch.arange(frames), torch.arange(rows), torch.arange(columns), indexing="ij")
    return torch.cat([sincos(f.flatten(), time), sincos(x.flatten(), side), sincos(y.flatten(), side)], dim=1)


def attend(q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
    """Softmax attention without mask: [B, n, C] each to [B, n, C], scale 1/√(C / heads)."""
    q, k, v = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (q, k, v))
    if q.device.type == "cpu":
        # In bfloat16 PyTorch's fused attention makes a whole step 1.3 times as long as two products do on a CPU.
        logits = q / q.shape[-1] ** 0.5 @ k.transpose(2, 3)
        with torch.autocast("cpu", enabled=False):  # else it is copied to float32 and back, which softmax does inside
            shares = logits.softmax(dim=-1)
        return (shares @ v).transpose(1, 2).flatten(2)
    return functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


class Block(nn.Module):
    """A repeated part of a network: what `training.compile` compiles."""


def gelu_tanh(x: Tensor) -> Tensor:
    """GELU's tanh approximation, ½x(1 + tanh u), as x·σ(2u): an exponential costs a CPU less than a hyperbolic tangent."""
    return x * torch.sigmoid(2 * (2 / torch.pi) ** 0.5 * (x + 0.044715 * x * x * x))


class Mlp(nn.Module):
    """Two linear layers with GELU between, four times as wide inside."""

    def __init__(self, width: int, gelu: Callable[[Tensor], Tensor] = functional.gelu) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.gelu = gelu

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.gelu(self.fc1(x)))
