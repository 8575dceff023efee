"""The losses by their names against the float64 goldens that the WGSL kernels are proven with; the rest is tested in scale/."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from pretrain.objectives.alignment import LOSSES, Pair, followed_kl
from safetensors import safe_open

GOLDENS = Path(__file__).resolve().parents[3] / "test/fixtures/alignment_goldens.safetensors"
with safe_open(GOLDENS, "pt") as _file:
    CASES = {name: json.loads(about) for name, about in _file.metadata().items() if about.startswith("{")}
    TENSORS = {name: _file.get_tensor(name) for name in _file.keys()}
EXACT = {"rtol": 1e-9, "atol": 1e-12}  # float64, the same sums in another order


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    about = SimpleNamespace(**CASES[name])
    of = {key: TENSORS[f"{name}.{key}"][None] for key in ("teacher", "student", "mask", "loss", "grad_student")}
    student = of["student"].requires_grad_(True)
    loss = LOSSES[about.loss](Pair(of["teacher"], student, lambda: of["mask"].bool()), about)
    torch.testing.assert_close(loss.detach().reshape(1), of["loss"][0], **EXACT)
    (gradient,) = torch.autograd.grad(loss, student)
    torch.testing.assert_close(gradient, of["grad_student"], **EXACT)


def test_every_loss_has_a_golden() -> None:
    assert {about["loss"] for about in CASES.values()} == set(LOSSES)


def test_a_teacher_that_is_the_world_is_m_tsa_with_that_teacher() -> None:
    """Where tokens truly are in place of a teacher's P; a query out of sight in a frame does not count there."""
    student = torch.randn(1, 2, 4, 5).double()
    mask = torch.tensor([[[True, False, False, True], [False, False, False, False]]])
    target = torch.zeros(1, 8, 2, 4).double()
    target[0, 0, 0, 1], target[0, 0, 1, 2] = 1, 1  # token 0 is at 1 and then at 2; token 3 at 3, then out of sight
    target[0, 3, 0, 3] = 1
    z = torch.nn.functional.normalize(student.flatten(1, 2)[0], dim=1)
    log_q = ((z @ z.T) / 0.1).unflatten(1, (2, 4)).log_softmax(dim=2)
    expected = -(log_q[0, 0, 1] + log_q[0, 1, 2] + log_q[3, 0, 3]) / 3
    torch.testing.assert_close(followed_kl(target, student, 0.1, mask), expected, **EXACT)
