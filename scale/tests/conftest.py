"""What the tests share: the project's fixtures, which its WGSL kernels are proven with too."""

from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def fixtures() -> Path:
    return ROOT / "test/fixtures"


@pytest.fixture(autouse=True)
def _one_seed() -> None:
    torch.manual_seed(0)
