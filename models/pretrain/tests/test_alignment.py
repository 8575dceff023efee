"""The losses against the float64 goldens that the WGSL kernels are proven with."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from pretrain.objectives.alignment import LOSSES, Pair, m_tsa, motion_mask, tempered, tsa
from safetensors import safe_open

GOLDENS = Path(__file__).resolve().parents[3] / "test/fixtures/alignment_goldens.safetensors"
with safe_open(GOLDENS, "pt") as _file:
    CASES = {name: json.loads(about) for name, about in _file.metadata().items() if about.startswith("{")}
EXACT = {"rtol": 1e-9, "atol": 1e-12}  # float64, the same sums in another order


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str, alignment_goldens: dict[str, torch.Tensor]) -> None:
    about = SimpleNamespace(**CASES[name])
    of = {key: alignment_goldens[f"{name}.{key}"] for key in ("teacher", "student", "mask", "loss", "grad_student")}
    teacher, student = (of[key].flatten(0, 1)[None] for key in ("teacher", "student"))
    student.requires_grad_(True)
    pair = Pair(teacher, student, len(of["teacher"]), lambda: of["mask"].bool().flatten()[None])
    loss = LOSSES[about.loss](pair, about)
    torch.testing.assert_close(loss.detach().reshape(1), of["loss"], **EXACT)
    (gradient,) = torch.autograd.grad(loss, student)
    torch.testing.assert_close(gradient[0].reshape(of["grad_student"].shape), of["grad_student"], **EXACT)


def test_every_loss_has_a_golden() -> None:
    assert {about["loss"] for about in CASES.values()} == set(LOSSES)


def test_every_token_masked_in_is_tsa() -> None:
    teacher, student = torch.randn(2, 12, 5).double(), torch.randn(2, 12, 7).double()
    every = torch.ones(2, 12, dtype=torch.bool)
    torch.testing.assert_close(m_tsa(teacher, student, 3, 0.1, every), tsa(teacher, student, 3, 0.1))


def test_a_teacher_is_not_trained_and_the_same_features_cost_nothing() -> None:
    y = torch.randn(1, 8, 4).double().requires_grad_(True)
    loss = tempered(y, y.detach() * 3, 2, tau=0.1).mean()
    assert abs(float(loss.detach())) < 1e-12 and not loss.requires_grad


def test_bfloat16_features_are_compared_in_float32() -> None:
    y = torch.randn(1, 16, 8)
    with torch.autocast("cpu", torch.bfloat16):
        assert float(tempered(y, y, 2, tau=0.01).abs().max()) < 1e-5  # bfloat16 cosines would be off by 0.4 in the exponent


@pytest.mark.parametrize("name", ["tubelets", "frames", "large_tokens", "equals", "equal_tubelets", "one_tubelet"])
def test_motion_mask_is_the_golden_one_and_the_pages(name: str, fixtures: Path) -> None:
    path = fixtures / "motion_goldens.safetensors"
    with safe_open(path, "pt") as file:
        about, mask = json.loads(file.metadata()[name]), file.get_tensor(f"{name}.mask").bool()
        frames = file.get_tensor(about["video"])
    found = motion_mask(frames[None], about["rho"], about["tubelet"], about["patch"])[0]
    assert found.reshape(mask.shape).tolist() == mask.tolist()


def test_motion_mask_keeps_nothing_that_stands_still() -> None:
    frames = torch.zeros(2, 4, 8, 16, 3, dtype=torch.uint8)
    frames[0, 2:, 4:, 8:12] = 255  # one 4 × 4 patch of 8 appears in the second token frame, and nothing in the second clip
    mask = motion_mask(frames, rho=0.25, tubelet=2, patch=4).reshape(2, 2, 8)
    assert mask.nonzero().tolist() == [[0, 0, 6], [0, 1, 6]]  # frame 0 takes frame 1's values
    assert motion_mask(frames[:, :2], 0.25, 2, 4).all()


def test_a_clip_without_queries_adds_nothing() -> None:
    teacher, student = torch.randn(2, 12, 5).double(), torch.randn(2, 12, 7).double().requires_grad_(True)
    mask = torch.zeros(2, 12, dtype=torch.bool)
    mask[0, [3, 7, 8]] = True
    loss = m_tsa(teacher, student, 3, 0.1, mask)
    torch.testing.assert_close(loss, m_tsa(teacher[:1], student[:1], 3, 0.1, mask[:1]) / 2)
    (gradient,) = torch.autograd.grad(loss, student)
    assert gradient.isfinite().all() and not gradient[1].any()
