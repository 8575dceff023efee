"""A recipe: what the page exports of an alignment, and what full size adds to it."""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path

LOSSES = ("none", "repa", "trd", "gram", "tsa", "mtsa")

# From the page's recipe, by its names. What else stands there belongs to the page's small student: its projector's widths,
# learning rate and steps, the frames of its one clip. A student's λ is null where its `share` says how much, which a
# projector's recipe has not.
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
    balance_every: int = field(default=50)  # steps between two measurements of λ where it is a share

    def __post_init__(self) -> None:
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


def _projected(tokens: int, stride: int) -> int:
    """Tokens of a side after the projector's convolution (`Projector`)."""
    return (tokens - 3) // stride + 1 if stride > 1 else tokens


def read_recipe(path: Path, changes: list[str]) -> Recipe:
    """A recipe from a file and changes such as `steps=200`.

    The file is the page's Run JSON, or {"recipe": …, "scale": …}: the page's recipe, and fields of `Recipe` for full size.

    Raises:
        ValueError: for a field that is not known, with those that are.
    """
    written = json.loads(path.read_text())
    page = written.get("recipe")
    if not isinstance(page, dict):
        raise ValueError(f"{path} has no recipe: export one in the page's Train view as Run JSON")
    missing = [name for name in FROM_PAGE if name not in page]
    if missing:
        raise ValueError(f"the recipe in {path} lacks {', '.join(missing)}")
    values: dict[str, object] = {ours: page[theirs] for theirs, ours in FROM_PAGE.items() if page[theirs] is not None}
    values |= {"share": page["share"]} if page.get("share") is not None else {}
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
    return Recipe(**values)  # type: ignore[arg-type]
