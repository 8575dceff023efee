"""What is shipped says how it was made in words that today's code reads."""

from pathlib import Path

import pytest
from pretrain.config import read, read_run
from pretrain.objectives.diffusion import Diffusion
from pretrain.objectives.distil import Distillation
from pretrain.objectives.reconstruction import Reconstruction

MODELS = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("model", "kind", "objective"),
    [("teacher", "distil", Distillation), ("autoencoder", "autoencoder", Reconstruction), ("student", "student", Diffusion)],
)
def test_a_shipped_run_is_read(model: str, kind: str, objective: type) -> None:
    run = read_run(MODELS / model / "run.yaml")
    assert run.kind == kind
    read(objective, run.objective, "objective")
