"""A recipe: what the page exports of an alignment, and what full size adds to it."""

import dataclasses
import json
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LOSSES = ("none", "repa", "trd", "gram", "tsa", "mtsa")

# From the page's recipe, by its names. What else stands there belongs to the page's small student: its projector's widths,
# learning rate and steps, the frames of its one clip.
FROM_PAGE = {
    "loss": "loss",
    "tau": "tau",
    "rho": "rho",
    "margin": "margin",
    "lambda": "weight",
    "weightDecay": "weight_decay",
    "clipNorm": "clip_norm",
    "seed": "seed",
}

# What a student's recipe has besides, and a projector's has not. Its λ is null where `share` says how much.
FROM_STUDENT = {"share": "share", "balanceEvery": "balance_every"}

# What makes of a student's recipe another method, which full size has not, and the value that does not.
NOT_HERE = {"stop": 0, "spatial": 0, "teacher": "videomae"}

# What a number must be, in words and as a test.
Range = tuple[str, Callable[[float], bool]]
ABOVE: Range = ("a number above 0", lambda x: x > 0)
FROM_0: Range = ("a number from 0 on", lambda x: x >= 0)
PART: Range = ("a number above 0 and at most 1", lambda x: 0 < x <= 1)
DECAY: Range = ("a number from 0 on and below 1", lambda x: 0 <= x < 1)
COUNT: Range = ("a whole number from 1 on", lambda x: isinstance(x, int) and x >= 1)
COUNT_0: Range = ("a whole number from 0 on", lambda x: isinstance(x, int) and x >= 0)
SEED: Range = ("a whole number from 0 to 4294967295", lambda x: isinstance(x, int) and 0 <= x < 2**32)
FRAMES: Range = ("a whole number from 9 on", lambda x: isinstance(x, int) and x >= 9)

RANGES: dict[str, Range] = {
    "rho": PART,
    "seed": SEED,
    "frames": FRAMES,
    **dict.fromkeys(("tau", "clip_norm", "learning_rate"), ABOVE),
    **dict.fromkeys(("margin", "weight", "share", "weight_decay"), FROM_0),
    **dict.fromkeys(("betas", "ema"), DECAY),
    **dict.fromkeys(("block", "hidden", "steps", "batch", "micro_batch", "height", "width", "view", "balance_every"), COUNT),
    **dict.fromkeys(("warmup", "lora"), COUNT_0),
}


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a run goes, apart from data and weights. Defaults are the paper's, or else VideoREPA's."""

    loss: str = "mtsa"
    tau: float = 0.1
    rho: float = 0.2
    margin: float = 0.1
    weight: float = 0.5  # λ
    share: float | None = None  # λ moves to where its gradient at the aligned features is this share of the diffusion's
    weight_decay: float = 1e-4
    clip_norm: float = 1.0
    seed: int = 0

    block: int = 18  # features are aligned after this many blocks
    hidden: tuple[int, int, int] = (2048, 2048, 768)  # of the projector
    learning_rate: float = 2e-6
    betas: tuple[float, float] = (0.9, 0.95)
    warmup: int = 100  # steps until the learning rate is reached
    steps: int = 4000
    batch: int = 32  # clips a step, over all processes
    micro_batch: int = 1  # clips at a time in a process; batch / (micro_batch · processes) are accumulated
    ema: float = 0.999  # of the weights' moving average; 0: none
    checkpointing: bool = True  # blocks are computed again in the backward pass
    lora: int = 0  # rank; 0: all weights are trained
    frames: int = 49
    height: int = 480
    width: int = 720
    view: int = 3  # the teacher sees frames of 1/view of the size, without the first
    balance_every: int = 50  # steps between two measurements of λ where it is a share

    def __post_init__(self) -> None:
        for one in dataclasses.fields(self):
            _check(one.name, getattr(self, one.name), one.default)
        if self.loss not in LOSSES:
            raise ValueError(f"a loss is one of {', '.join(LOSSES)}, got {self.loss}")
        if self.height % (16 * self.view) or self.width % (16 * self.view) or self.frames % 8 != 1:
            raise ValueError(
                f"frames must be 8n + 1 and sides multiples of {16 * self.view} px (16 of the teacher's, at 1/{self.view}), "
                f"got {self.frames} × {self.height} × {self.width}"
            )
        rows, columns = (_projected(side // 16, self.view) for side in (self.height, self.width))
        if (rows, columns) != self.teacher_grid[1:]:
            raise ValueError(
                f"at view={self.view} the projector makes {rows} × {columns} tokens of a frame, and the teacher "
                f"{self.teacher_grid[1]} × {self.teacher_grid[2]}: take view=3, as VideoREPA does"
            )

    @property
    def token_frames(self) -> int:
        """The teacher's: two frames each, without the first frame."""
        return (self.frames - 1) // 2

    @property
    def teacher_grid(self) -> tuple[int, int, int]:
        """Token frames, rows and columns of the teacher."""
        return self.token_frames, self.height // self.view // 16, self.width // self.view // 16

    def accumulated(self, processes: int) -> int:
        """Micro-batches a step in each process. Raises ValueError where the batch does not divide."""
        at_once = self.micro_batch * processes
        if self.batch % at_once:
            raise ValueError(
                f"a batch of {self.batch} clips does not divide into {processes} processes of {self.micro_batch} at a time: "
                f"take a multiple of {at_once}"
            )
        return self.batch // at_once


def _check(name: str, value: object, default: object) -> None:
    """Raises ValueError where a field's value is of another kind than its default, or outside of its `RANGES`."""
    hint = ": numbers are written as 0.05, and true, false and null in small letters" if isinstance(value, str) else ""
    if isinstance(default, bool) and not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false, got {value!r}{hint}")
    if name not in RANGES or (value is None and default is None):
        return
    words, inside = RANGES[name]
    many = isinstance(default, tuple)
    if many and not (isinstance(value, tuple) and len(value) == len(default)):
        raise ValueError(f"{name} must be {len(default)} numbers in brackets, such as {list(default)}, got {value!r}")
    for number in value if many else (value,):
        right = isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number) and inside(number)
        if not right:
            raise ValueError(f"{name} must be {words}, got {number!r}{hint}")


def _projected(tokens: int, stride: int) -> int:
    """Tokens of a side after the projector's convolution (`Projector`)."""
    return (tokens - 3) // stride + 1 if stride > 1 else tokens


def read_recipe(path: Path, changes: list[str]) -> Recipe:
    """A recipe from a file and changes such as `steps=200`.

    The file is the page's Run JSON, or {"recipe": …, "scale": …}: the page's recipe, and fields of `Recipe` for full size.

    Raises:
        ValueError: for a field that is not known, with those that are, a value that it cannot have, and a page's recipe of a
            method that full size has not.
    """
    try:
        written = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f"{path} is no JSON ({error}): export a recipe in the page's Train view as Run JSON") from None
    page = written.get("recipe") if isinstance(written, dict) else None
    if not isinstance(page, dict):
        raise ValueError(f"{path} has no recipe: export one in the page's Train view as Run JSON")
    missing = [name for name in FROM_PAGE if name not in page]
    if missing:
        raise ValueError(f"the recipe in {path} lacks {', '.join(missing)}")
    values: dict[str, object] = {ours: page[theirs] for theirs, ours in FROM_PAGE.items() if page[theirs] is not None}
    values |= {ours: page[theirs] for theirs, ours in FROM_STUDENT.items() if page.get(theirs) is not None}
    values |= written.get("scale", {})
    for change in changes:
        name, found, text = change.partition("=")
        if not found:
            raise ValueError(f"a change is written as name=value, got {change}")
        try:
            values[name] = json.loads(text)
        except json.JSONDecodeError:
            values[name] = text
    known = [one.name for one in dataclasses.fields(Recipe)]
    for name, value in values.items():
        if name not in known:
            raise ValueError(f"{name} is no part of a recipe; there are {', '.join(known)}")
        if isinstance(value, list):
            values[name] = tuple(value)
    recipe = Recipe(**values)  # type: ignore[arg-type]
    strange = [f"{name} {page[name]}" for name, usual in NOT_HERE.items() if page.get(name, usual) != usual]
    if strange and recipe.loss != "none":
        raise ValueError(
            f"the recipe in {path} has {', '.join(strange)}, which full size has not: it would train another arm under this "
            "one's name. Export a run with stop 0, spatial 0 and the teacher videomae"
        )
    if recipe.lora and "learning_rate" not in values:
        warnings.warn(
            f"lora={recipe.lora} trains at {recipe.learning_rate}, the rate of all weights, which hardly moves low-rank ones: "
            "give a learning_rate, such as VideoREPA's 1e-4",
            stacklevel=2,
        )
    return recipe
