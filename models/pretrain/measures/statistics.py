"""Intervals and tests, each over what was repeated.

A claim about one trained network has the clip as its unit: several noises of a clip are averaged first, and shares are
treated as those of fewer, independent clips. A claim about training has the run as its unit: values [R, C] of R runs (seeds)
on the same C clips are a table of two crossed random effects, and an interval of their mean holds both.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

RESAMPLES = 10_000
LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval; p, two-sided, of its being nothing."""

    mean: float
    low: float
    high: float
    p: float


def over_clips(values: np.ndarray, seed: int = 0) -> Estimate:
    """Of one network: the mean over clips [C], by bootstrap, and p by drawing the values' signs anew."""
    draw = np.random.default_rng(seed)
    means = values[draw.integers(len(values), size=(RESAMPLES, len(values)))].mean(axis=1)
    low, high = (float(np.quantile(means, q)) for q in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    signs = draw.integers(2, size=(RESAMPLES, len(values))) * 2 - 1
    beyond = np.abs((signs * values).mean(axis=1)) >= abs(values.mean()) - 1e-12
    return Estimate(float(values.mean()), low, high, float((beyond.sum() + 1) / (RESAMPLES + 1)))


def over_runs(values: np.ndarray) -> Estimate:
    """Of training: the mean of values [R, C] of R ≥ 2 runs on the same C ≥ 2 clips, with both as random effects.

    value[r, c] = mean + run[r] + clip[c] + rest[r, c]. The mean's variance is (MS_run + MS_clip - MS_rest) / (R·C), its
    degrees of freedom are Satterthwaite's. `tests/test_statistics.py` has it cover the truth of simulations.

    @raises ValueError for a single run, which says nothing of training
    """
    runs, clips = values.shape
    if runs < 2 or clips < 2:
        raise ValueError(f"a claim about training takes several runs on several clips, got {runs} on {clips}: `over_clips`")
    mean = values.mean()
    by_run, by_clip = values.mean(axis=1) - mean, values.mean(axis=0) - mean
    rest = values - mean - by_run[:, None] - by_clip[None, :]
    freedom = np.array([runs - 1, clips - 1, (runs - 1) * (clips - 1)])
    squares = np.array([clips * (by_run**2).sum(), runs * (by_clip**2).sum(), (rest**2).sum()]) / freedom
    signs = np.array([1, 1, -1])
    total = float(signs @ squares)
    if total < squares[:2].max():  # the rest came out too large by chance: the larger effect alone
        largest = int(squares[:2].argmax())
        total, degrees = float(squares[largest]), float(freedom[largest])
    else:
        degrees = total**2 / float((squares**2 / freedom).sum()) if total else math.inf
    error = math.sqrt(total / (runs * clips))
    reach = float(stats.t.ppf((1 + LEVEL) / 2, degrees)) * error
    p = float(2 * stats.t.sf(abs(mean) / error, degrees)) if error else float(mean == 0)
    return Estimate(float(mean), float(mean) - reach, float(mean) + reach, p)


def wilson(hits: float, trials: float, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share."""
    if trials == 0:
        return 0.0, 1.0
    share, spread = hits / trials, z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(max(0.0, share * (1 - share)) / trials + spread / (4 * trials)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def share_of_clips(held: np.ndarray) -> Estimate:
    """A share whose unit is the clip; `held` [C] is each clip's own share over its noises. p is not of interest: NaN.

    Wilson's interval for as many independent clips as have the same variance: C where each clip has one noise, up to K·C
    where K noises of a clip have no more in common than those of two clips.
    """
    clips, share = len(held), float(held.mean()) if len(held) else 0.0
    spread = float(held.var(ddof=1)) / clips if clips > 1 else 0.0
    trials = max(float(clips), share * (1 - share) / spread) if spread else float(clips)
    return Estimate(share, *wilson(share * trials, trials), math.nan)
