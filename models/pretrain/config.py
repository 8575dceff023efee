"""One YAML file describes one run. Unknown or missing keys are errors that name the key."""

import dataclasses
import types
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

import yaml

T = TypeVar("T")


@dataclass(frozen=True)
class Data:
    """What a run is trained on."""

    world: str  # parts of the cache: "train-*", or "train-solids" alone
    texture: float = 0.0  # share of clips that are moving cut-outs of natural texture
    mirror: bool = True  # half of the world's clips left to right, words too
    tracks: str = ""  # also where tokens go: "texture", the clips that we move ourselves, or "world", the world's truth too


@dataclass(frozen=True)
class Training:
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
    precision: str = "no"  # "bf16" on a GPU
    muon: float = 0.0  # above 0: Muon at this rate for the matrices of the networks' blocks, AdamW for the rest
    compile: bool = False  # the networks' blocks, by torch.compile: a minute that a long run gets back
    workers: int = 0  # processes that decode clips
    log_every: int = 20
    checkpoint_every: int = 200
    evaluate_every: int = 1000


@dataclass(frozen=True)
class Run:
    """`model` and `objective` are read by the kind itself."""

    kind: str  # teacher, distil, autoencoder, student or align
    data: Data
    training: Training
    model: dict[str, Any]
    objective: dict[str, Any] = dataclasses.field(default_factory=dict)


def _convert(kind: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return read(kind, value, where)
    origin = get_origin(kind)
    if origin is types.UnionType:
        for option in get_args(kind):
            try:
                return _convert(option, value, where)
            except TypeError:
                continue
    elif origin is tuple and isinstance(value, list):
        (inner, _) = get_args(kind)
        return tuple(_convert(inner, item, f"{where}[{i}]") for i, item in enumerate(value))
    elif kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    elif isinstance(value, origin or kind) and not (kind is int and isinstance(value, bool)):
        return value
    raise TypeError(f"{where} must be {kind}, got {value!r}")


def read(kind: type[T], mapping: Any, where: str = "run") -> T:
    """A dataclass from a mapping. @raises TypeError for a value of another type, ValueError for an unknown or missing key."""
    if not isinstance(mapping, dict):
        raise TypeError(f"{where} must be a mapping, got {mapping!r}")
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(mapping) - set(fields))
    if unknown:
        raise ValueError(f"{where} has no key {', '.join(unknown)}: it has {', '.join(fields)}")
    nothing = dataclasses.MISSING
    missing = [n for n, f in fields.items() if f.default is nothing and f.default_factory is nothing and n not in mapping]
    if missing:
        raise ValueError(f"{where} lacks {', '.join(missing)}")
    return kind(**{name: _convert(fields[name].type, value, f"{where}.{name}") for name, value in mapping.items()})


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
    path.write_text(yaml.safe_dump(dataclasses.asdict(run), sort_keys=False))
