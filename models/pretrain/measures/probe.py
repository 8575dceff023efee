"""A linear probe of the law of gravity (docs/method.md section 10): do a network's features tell a clip in which it is kept
from one in which it is not, on scenes of other templates than those that the probe was fitted on?

What is asked changes no pixel by hand: the world itself runs under another gravity. A probe may tell "faster" from "slower"
and know nothing of the law, so it is also asked for both at once, where no single direction of falling faster helps.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import mannwhitneyu
from torch import Tensor

from ..data.shards import world_clips
from ..data.stream import item
from ..nets.layers import pixels
from ..nets.student import Student
from ..nets.teacher import Teacher
from ..objectives.codec import Codec
from ..objectives.schedule import alphas, noised
from ..training.loop import generator
from .evaluation import UNSEEN
from .plausible import FALLS, GRAVITY

CHANGE = 0.4  # of gravity, upwards and downwards
LEVELS = (50, 250, 500)  # t at which a student's features are read, one after another in one row
RIDGE = 1.0  # ½ · RIDGE · ‖w‖² beside the summed loss, on standardised features
BATCH = 32

# What is told from scenes under the world's own gravity: which changes are "broken".
ASKED = {"less": (-CHANGE,), "more": (CHANGE,), "either": (-CHANGE, CHANGE)}
# Frames U8 [n, T, H, W, 3], words [n, 12] and numbers [n] to features [n, D], by their names.
Read = Callable[[Tensor, Tensor, Tensor], dict[str, Tensor]]


@dataclass(frozen=True)
class Scenes:
    """Clips U8 [n, 16, 64, 64, 3], words int64 [n, 12], the scene's number in its template [n], which is the same under each
    gravity, its template, and by how much gravity is changed.
    """

    frames: Tensor
    words: Tensor
    number: Tensor
    template: np.ndarray
    change: np.ndarray


def scenes(count: int, split: str) -> Scenes:
    """`count` scenes of each template of `FALLS` under each gravity."""
    found = []
    for template in FALLS:
        for change in (-CHANGE, 0.0, CHANGE):
            laws = ["--gravity", f"{GRAVITY * (1 + change):.4f}"]
            for number, clip in enumerate(world_clips(split, template, 0, count, laws)):
                one = item(clip.frames, clip.about["prompt"])
                found.append((one["frames"], one["words"], number, template, change))
    frames, words, numbers, template, changes = zip(*found, strict=True)
    return Scenes(torch.stack(frames), torch.stack(words), torch.tensor(numbers), np.array(template), np.array(changes))


def by_frame(tokens: Tensor, spots: int) -> Tensor:
    """Tokens [n, F·S, C] averaged over each token frame, one frame after another: [n, F·C]."""
    return tokens.unflatten(1, (-1, spots)).mean(dim=2).flatten(1)


def of_teacher(teacher: Teacher, name: str) -> Read:
    """The teacher's features."""
    return lambda clips, *_: {name: by_frame(teacher(pixels(clips)), teacher.shape.rows**2)}


def of_student(student: Student, codec: Codec, name: str) -> Read:
    """A student's clean tokens, of the first token frame and of all, and its residual stream before the first block and after
    each, from text alone, at each of `LEVELS`; a scene of each template has noise of its own, the same under each gravity.
    """
    a, spots = alphas(), student.shape.rows**2

    def read(clips: Tensor, words: Tensor, numbers: Tensor) -> dict[str, Tensor]:
        x0 = codec.encode(clips)
        draws = [generator(x0.device, UNSEEN, 4, number) for number in numbers.tolist()]
        noise = torch.stack([torch.randn(x0.shape[1:], generator=draw) for draw in draws])
        none = torch.zeros(len(x0))
        found: list[list[Tensor]] = [[] for _ in range(student.shape.depth + 1)]
        for t in LEVELS:
            at = torch.full((len(x0),), t)
            video, text, time = student.features(noised(x0, noise, a[at]), at, words, none, 0)
            for block, streams in enumerate(found):
                if block > 0:
                    video, text = student.onward(video, text, time, block - 1, block)
                streams.append(by_frame(video, spots))
        tokens = {"tokens, first token frame": by_frame(x0[:, :spots], spots), "tokens": by_frame(x0, spots)}
        return tokens | {f"{name}, after block {block}": torch.cat(streams, dim=1) for block, streams in enumerate(found)}

    return read


def fit(x: np.ndarray, broken: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Ridge logistic regression of broken, bool [n], on features [n, D]; both classes weigh as much. Gives log-odds [m]."""
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = (x - mean) / deviation
    sign = np.where(broken, 1.0, -1.0)
    weight = np.where(broken, 0.5 / broken.mean(), 0.5 / (~broken).mean())

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (z @ w[:-1] + w[-1])
        slope = -weight * sign * expit(-margin)
        ridge = RIDGE * np.append(w[:-1], 0)
        return float((weight * np.logaddexp(0, -margin)).sum() + 0.5 * w @ ridge), np.append(z.T @ slope, slope.sum()) + ridge

    w = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return lambda other: (other - mean) / deviation @ w[:-1] + w[-1]


def area(score: np.ndarray, broken: np.ndarray) -> float:
    """The share of pairs, a broken clip and a whole one, in which the broken one scores higher; ½ is chance."""
    return float(mannwhitneyu(score[broken], score[~broken]).statistic / (broken.sum() * (~broken).sum()))


def by_scene(score: np.ndarray, change: np.ndarray) -> float:
    """The share of scenes of one template in which the broken clip scores higher than the scene as it is; ½ is chance. Each
    change has its scenes in the same order; of several changes the mean. A scene may start elsewhere under another gravity, so
    that its event shows: what is told may be that, which the first token frame's tokens show, too.
    """
    whole = score[change == 0]
    above = [score[change == one] - whole for one in np.unique(change[change != 0])]
    return float(np.mean([(difference > 0) + (difference == 0) / 2 for difference in above]))


def told(
    train: np.ndarray, test: np.ndarray, on: Scenes, to: Scenes, changes: Sequence[float]
) -> dict[str, list[tuple[float, float]]]:
    """`area` and `by_scene` for each choice of half the templates to fit on, by features of `on`: measured on `others`, of
    `to`, and for comparison on the `same` templates. Each within a template, then averaged over templates: features of two
    templates differ by far more than gravity does, so clips of two are never ranked together.
    """
    found: dict[str, list[tuple[float, float]]] = {"others": [], "same": []}
    for fitted in itertools.combinations(FALLS, len(FALLS) // 2):
        mine = np.isin(on.template, fitted) & np.isin(on.change, [0.0, *changes])
        score = fit(train[mine], on.change[mine] != 0)
        said: dict[str, list[tuple[float, float]]] = {"others": [], "same": []}
        for template in FALLS:
            asked = (to.template == template) & np.isin(to.change, [0.0, *changes])
            given, change = score(test[asked]), to.change[asked]
            said["same" if template in fitted else "others"].append((area(given, change != 0), by_scene(given, change)))
        for where, each in said.items():
            found[where].append(tuple(np.mean(each, axis=0).tolist()))
    return found


@torch.no_grad()
def probe(read: Read, on: Scenes, to: Scenes) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """By the features' names, for other templates and the same, and each of `ASKED`: the mean area over choices of templates,
    the least, the most; and the mean share of `scenes` that are told one by one.
    """

    def features(of: Scenes) -> dict[str, np.ndarray]:
        parts = zip(*(each.split(BATCH) for each in (of.frames, of.words, of.number)), strict=True)
        batches = [read(*part) for part in parts]
        return {name: torch.cat([batch[name].float() for batch in batches]).double().numpy() for name in batches[0]}

    train, test = features(on), features(to)
    return {name: _said(train[name], test[name], on, to) for name in train}


def _said(train: np.ndarray, test: np.ndarray, on: Scenes, to: Scenes) -> dict[str, dict[str, dict[str, float]]]:
    found: dict[str, dict[str, dict[str, float]]] = {"others": {}, "same": {}}
    for name, changes in ASKED.items():
        for where, each in told(train, test, on, to, changes).items():
            areas, scenes_told = zip(*each, strict=True)
            found[where][name] = {
                "mean": float(np.mean(areas)),
                "least": min(areas),
                "most": max(areas),
                "scenes": float(np.mean(scenes_told)),
            }
    return found
