"""CogVideoX's noise schedule: SNR shift 3, zero terminal SNR (docs/method.md section 6).

The student predicts x0; its error is weighed by 1/(1−A), which makes it the error of v up to a constant.
"""

import torch
from torch import Tensor

STEPS = 1000


def alphas() -> Tensor:
    """A, float64 [1000]: share of signal power left at each t; A[999] is 0."""
    i = torch.arange(STEPS, dtype=torch.float64)
    beta = (0.00085**0.5 + (0.012**0.5 - 0.00085**0.5) * i / (STEPS - 1)) ** 2
    a = torch.cumprod(1 - beta, dim=0)
    s = (a / (3 - 2 * a)).sqrt()
    return ((s - s[-1]) * s[0] / (s[0] - s[-1])).square()


def straight() -> Tensor:
    """A of flow matching's path (1−s)·x0 + s·ε with s = (t+1)/1000 (Lipman et al. 2023; Liu et al. 2023), float64 [1000].

    That path is x_t / (√A + √(1−A)): the same picture at the same ratio of signal to noise, in other units.
    """
    s = torch.arange(1, STEPS + 1, dtype=torch.float64) / STEPS
    return (1 - s).square() / ((1 - s).square() + s.square())


def path_noise(a: Tensor) -> Tensor:
    """s of flow matching's path where its ratio of signal to noise is that of A: √(1−A) / (√A + √(1−A))."""
    return (1 - a).sqrt() / (a.sqrt() + (1 - a).sqrt())


def noised(x0: Tensor, noise: Tensor, a: Tensor) -> Tensor:
    """x_t = √A·x0 + √(1−A)·ε; `a` [B] is A at each clip's t."""
    a = a.to(x0.dtype).reshape(-1, *[1] * (x0.ndim - 1))
    return a.sqrt() * x0 + (1 - a).sqrt() * noise


def sampling_times(steps: int) -> list[int]:
    """t of each of `steps` steps, from 999 down, evenly spaced from the noisy end (CogVideoX's "trailing")."""
    return [round(STEPS - i * STEPS / steps) - 1 for i in range(steps)]
