"""One YAML file describes one run. Unknown or missing keys are errors that name the key."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from .files import write_whole

T = TypeVar("T")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a run's description: its fields are the YAML's keys."""


class Data(Settings):
    """What a run is trained on."""

    world: str  # parts of the cache: "train-*", "train-solids" alone, or "train-solids/[ch]*", its collide and hit-box
    texture: float = 0.0  # share of clips that are moving cut-outs of natural texture
    mirror: bool = True  # half of the world's clips left to right, words too
    tracks: str = ""  # also where tokens go: "texture", the clips that we move ourselves, or "world", the world's truth too


class Training(Settings):
    """How a run is trained. Everything random in step n is drawn from (seed, n), so a run can stop anywhere."""

    seed: int
    steps: int
    batch: int  # clips a step, over all processes
    rate: float
    warmup: int = 200  # steps
    hold: int = 0  # steps at the whole rate after the warm-up, before it falls; a run whose rate is to stay holds for ever
    decay: float = 0.05
    beta2: float = 0.95
    clip: float = 1.0  # gradient norm
    ema: float = 0.0  # 0: none
    precision: str = "no"  # "bf16": bfloat16 where the machine has it
    muon: float = 0.0  # above 0: Muon at this rate for the matrices of the networks' blocks, AdamW for the rest
    compile: bool = False  # the networks' blocks, by torch.compile: a minute that a long run gets back
    workers: int = 0  # processes that decode clips
    log_every: int = 20
    checkpoint_every: int = 200
    evaluate_every: int = 1000


class Run(Settings):
    """`model` and `objective` are read by the kind itself."""

    kind: str  # teacher, distil, autoencoder, student or align
    data: Data
    training: Training
    model: dict[str, Any]
    objective: dict[str, Any] = {}


def read(kind: type[T], mapping: Any, where: str = "run") -> T:
    """Settings from a mapping. @raises ValueError naming the key that is unknown, missing or of another type"""
    try:
        return msgspec.convert(mapping, kind)
    except msgspec.ValidationError as wrong:
        raise ValueError(f"{where}: {wrong}") from wrong


def read_run(path: Path, changes: Sequence[str] = ()) -> Run:
    """The run that a YAML file describes, with changes as "training.seed=3". @raises ValueError for one without "="."""
    content = yaml.safe_load(path.read_text())
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise ValueError(f"a change reads section.key=value, got {change!r}")
        *sections, key = name.split(".")
        place = content
        for section in sections:
            place = place.setdefault(section, {})
        place[key] = yaml.safe_load(value)
    return read(Run, content, path.name)


def write_run(run: Run, path: Path) -> None:
    """A YAML file that `read_run` reads back."""
    write_whole(path, yaml.safe_dump(msgspec.to_builtins(run), sort_keys=False))
