"""Centre errors of made clips, clip by clip: means with bootstrap intervals, and each file paired with the first."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from ..data.centres import centre_error, still
from ..data.clips import Clip

RESAMPLES = 10_000


def error_lines(made: Iterable[Clip], real: Iterable[Clip]) -> Iterator[str]:
    """A JSON line for each made clip: its error in px over the frames after the first token frame, and the still clip's."""
    for clip, truth in zip(made, real, strict=False):
        if clip.about["prompt"] != truth.about["prompt"]:
            raise ValueError(f"a clip of “{clip.about['prompt']}” cannot be measured against “{truth.about['prompt']}”")
        about = {name: truth.about[name] for name in ("category", "template", "prompt")}
        errors = {"error": centre_error(clip.frames, truth), "still": centre_error(still(truth), truth)}
        yield json.dumps(about | errors, ensure_ascii=False)


def read_errors(path: Path, seeds: int, name: str = "error") -> np.ndarray:
    """One error in px a held-out clip: the mean over `seeds` runs, whose lines follow one another in the file.

    @raises ValueError where the runs are not of the same clips
    """
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    prompts = np.array([line["prompt"] for line in lines])
    if len(lines) % seeds or not (prompts.reshape(seeds, -1) == prompts[: len(lines) // seeds]).all():
        raise ValueError(f"{path} has {len(lines)} clips, which are not those of {seeds} runs on the same clips")
    return np.array([line[name] for line in lines]).reshape(seeds, -1).mean(axis=0)


def interval(values: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval of a mean."""
    draw = np.random.default_rng(seed)
    means = values[draw.integers(len(values), size=(RESAMPLES, len(values)))].mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def sign_flip(differences: np.ndarray, seed: int = 0) -> float:
    """Two-sided p of a mean paired difference of nothing, by drawing its signs anew."""
    draw = np.random.default_rng(seed)
    signs = draw.integers(2, size=(RESAMPLES, len(differences))) * 2 - 1
    beyond = np.abs((signs * differences).mean(axis=1)) >= abs(differences.mean()) - 1e-12
    return float((beyond.sum() + 1) / (RESAMPLES + 1))


def error_table(paths: list[Path], seeds: int = 1) -> str:
    """Mean errors, beside the still clip's; and where there are several, each against the first, clip by clip.

    Runs of several seeds are averaged clip by clip first: their clips are alike, so they are no samples of their own.
    """
    lines = ["| clips | n | centre error, px | of the still clip's |", "|---|---|---|---|"]
    for path in paths:
        errors, baseline = read_errors(path, seeds), read_errors(path, seeds, "still")
        low, high = interval(errors)
        cells = f"{errors.mean():.2f} [{low:.2f}, {high:.2f}] | {errors.mean() / baseline.mean():.2f}"
        lines.append(f"| {path.stem} | {len(errors)} | {cells} |")
    if len(paths) > 1:
        first = read_errors(paths[0], seeds)
        lines += ["", f"| against {paths[0].stem} | pairs | difference, px | p |", "|---|---|---|---|"]
        for path in paths[1:]:
            errors = read_errors(path, seeds)
            if len(errors) != len(first):
                raise ValueError(
                    f"{paths[0]} has {len(first)} clips and {path} {len(errors)}: pairs need the same prompts in one order"
                )
            low, high = interval(errors - first)
            row = f"{(errors - first).mean():+.3f} [{low:+.3f}, {high:+.3f}] | {sign_flip(errors - first):.3g}"
            lines.append(f"| {path.stem} | {len(errors)} | {row} |")
    return "\n".join(lines)
