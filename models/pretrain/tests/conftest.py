"""Run with `python -m pytest pretrain` in models/."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file


@pytest.fixture(autouse=True)
def _repeatable() -> None:
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The product's own goldens."""
    return Path(__file__).resolve().parents[3] / "test/fixtures"


@pytest.fixture
def draw() -> torch.Generator:
    """A seeded generator."""
    return torch.Generator().manual_seed(7)


@pytest.fixture(scope="session")
def alignment_goldens(fixtures: Path) -> dict[str, torch.Tensor]:
    """Float64 losses and gradients, made by models/export/alignment_goldens.py."""
    return load_file(fixtures / "alignment_goldens.safetensors")


@pytest.fixture(scope="session")
def projector_goldens(fixtures: Path) -> dict[str, torch.Tensor]:
    """Made by models/export/projector_goldens.py."""
    return load_file(fixtures / "projector_goldens.safetensors")
