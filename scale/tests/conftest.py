"""What the tests share: the project's fixtures, a tiny model with a teacher, clips, and runs of train.py on them."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# Tiny matrices: threads that wait for each other would take the time.
os.environ |= {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true", "TOKENIZERS_PARALLELISM": "false"}

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """Goldens that page, WGSL and Python share."""
    return ROOT / "test/fixtures"


@pytest.fixture(autouse=True)
def _one_seed() -> None:
    torch.manual_seed(0)


@dataclass(frozen=True)
class Tiny:
    """Paths of what the runs read."""

    model: Path
    teacher: Path
    clips: Path
    shards: Path
    recipe: Path


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory, fixtures: Path) -> Tiny:
    """A CogVideoX and a VideoMAEv2 of random weights, three clips with all that is precomputed, and the page's recipe."""
    import tiny as make

    import precompute

    root = tmp_path_factory.mktemp("tiny")
    made = Tiny(root / "model", root / "teacher.safetensors", root / "clips", root / "shards", root / "recipe.json")
    make.write_model(made.model)
    make.write_teacher(made.teacher)
    make.write_clips(made.clips)
    made.recipe.write_text(json.dumps(json.loads((fixtures / "recipe.json").read_text()) | {"scale": make.SMALL}))
    where = ["--data", made.clips, "--size", make.SIZE, "--model", made.model, "--dtype", "float32"]
    run(precompute.main, "latents", "text", "shards", *where, "--to", made.shards)
    return made


def run(main: Callable[[], None], *arguments: object) -> None:
    """A program's main with a command line, in this process."""
    from accelerate.state import AcceleratorState, PartialState

    before, sys.argv = sys.argv, ["program", *map(str, arguments)]
    try:
        main()
    finally:
        sys.argv = before
        AcceleratorState._reset_state(reset_partial_state=True)
        PartialState._reset_state()


@pytest.fixture
def train(tiny: Tiny, tmp_path: Path) -> Callable[..., list[dict[str, float]]]:
    """Runs train.py into a folder of this test; its lines of metrics."""
    import train as program

    def trained(name: str, *changes: str, data: Path | None = None, more: tuple[object, ...] = ()) -> list[dict[str, float]]:
        out = tmp_path / name
        where = ["--recipe", tiny.recipe, "--model", tiny.model, "--teacher", tiny.teacher, "--workers", 0, "--out", out]
        run(program.main, *where, "--data", data or tiny.shards, *more, "--set", *changes)
        return metrics(out)

    return trained


def metrics(out: Path) -> list[dict[str, float]]:
    """Lines of a run, without what the clock says."""
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if name != "ms"} for line in lines]


def weights(out: Path) -> dict[str, torch.Tensor]:
    """A run's last weights."""
    from safetensors.torch import load_file

    return load_file(out / json.loads((out / "latest.json").read_text())["folder"] / "model.safetensors")
