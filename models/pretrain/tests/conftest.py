"""Run with `python -m pytest pretrain` in models/."""

from pathlib import Path

import pytest
import torch


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
