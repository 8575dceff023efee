"""The motion mask against the golden that page, WGSL and Python share."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from tempered_alignment import motion_mask, queries_per_clip

GOLDENS = Path(__file__).resolve().parents[2] / "test/fixtures/motion_goldens.safetensors"

with safe_open(GOLDENS, "pt") as file:
    CASES = {name: json.loads(text) for name, text in file.metadata().items() if text.startswith("{")}
    TENSORS = {key: file.get_tensor(key) for key in file.keys()}


@pytest.mark.parametrize("in_bytes", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_golden(name: str, in_bytes: bool) -> None:
    case, mask = CASES[name], TENSORS[f"{name}.mask"].bool()
    video = TENSORS[case["video"]].permute(0, 3, 1, 2)[None]
    found = motion_mask(video if in_bytes else video / 255, case["tubelet"], case["patch"], case["rho"])
    assert found[0].tolist() == mask.tolist()
    assert mask.sum() <= queries_per_clip(case["rho"], *mask.shape)


def test_what_stands_still_never_asks_and_one_token_frame_asks_all() -> None:
    video = torch.zeros(2, 4, 3, 8, 16)
    video[0, 2:, :, 4:, 8:12] = 1  # one 4 × 4 patch of 8 appears in the second token frame, and nothing in the second clip
    assert motion_mask(video, 2, 4, 0.25).nonzero().tolist() == [[0, 0, 6], [0, 1, 6]]  # frame 0 takes frame 1's changes
    assert motion_mask(video[:, :2], 2, 4, 0.25).all()


def test_bad_input_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match=r"2 frames × 4 × 4 px, got \[1, 3, 3, 8, 8\]"):
        motion_mask(torch.zeros(1, 3, 3, 8, 8), 2, 4, 0.2)
    with pytest.raises(ValueError, match="got 0"):
        motion_mask(torch.zeros(1, 4, 3, 8, 8), 2, 4, 0)
