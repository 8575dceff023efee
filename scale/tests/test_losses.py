"""The losses against the float64 goldens that the WGSL kernels are proven with, and what holds without an oracle."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from tempered_alignment import gram, log_tempered, mtsa, repa, self_similarity, tempered_kl, trd, tsa
from tempered_alignment import losses as module

FIXTURES = Path(__file__).resolve().parents[2] / "test/fixtures"
EXACT = {"rtol": 1e-9, "atol": 1e-12}  # float64, the same sums in another order

with safe_open(FIXTURES / "alignment_goldens.safetensors", "pt") as file:
    ABOUT = {name: json.loads(text) for name, text in file.metadata().items() if text.startswith("{")}
    GOLDEN = {key: file.get_tensor(key) for key in file.keys()}


def loss_of(name: str, teacher: torch.Tensor, student: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    about = ABOUT[name]
    return {
        "tsa": lambda: tsa(teacher, student, about["tau"]),
        "mtsa": lambda: mtsa(teacher, student, mask, about["tau"]),
        "trd": lambda: trd(teacher, student, about["margin"]),
        "gram": lambda: gram(teacher, student),
        "repa": lambda: repa(teacher, student),
    }[about["loss"]]()


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("name", ABOUT)
def test_golden(name: str, chunked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    of = {key: GOLDEN[f"{name}.{key}"][None] for key in ("teacher", "student", "mask", "loss", "grad_student")}
    student = of["student"].requires_grad_(True)
    if chunked:  # as many queries at a time as make a remainder: 2 of an odd number or 4 of an even one
        monkeypatch.setattr(module, "CHUNK", 2 * of["mask"].numel())
    loss = loss_of(name, of["teacher"], student, of["mask"].bool())
    torch.testing.assert_close(loss.detach().reshape(1), of["loss"][0], **EXACT)
    (gradient,) = torch.autograd.grad(loss, student)
    torch.testing.assert_close(gradient, of["grad_student"], **EXACT)


def test_the_goldens_cover_every_loss() -> None:
    assert {about["loss"] for about in ABOUT.values()} == {"tsa", "mtsa", "trd", "gram", "repa"}


def test_a_batch_is_the_mean_of_its_clips_and_a_clip_without_queries_counts_as_nothing() -> None:
    teacher, student = torch.randn(3, 2, 6, 5).double(), torch.randn(3, 2, 6, 4).double().requires_grad_(True)
    mask = torch.rand(3, 2, 6) < 0.4
    mask[0], mask[1, 0, 0], mask[2, 1, 1] = False, True, True
    alone = [mtsa(teacher[i : i + 1], student[i : i + 1], mask[i : i + 1], 0.1) for i in range(3)]
    together = mtsa(teacher, student, mask, 0.1)
    torch.testing.assert_close(together, sum(alone) / 3, **EXACT)
    torch.testing.assert_close(mtsa(teacher, student, mask, 0.1, most=11), together, **EXACT)
    (gradient,) = torch.autograd.grad(together, student)
    assert gradient.isfinite().all() and not gradient[0].any() and gradient[1].any()


def test_every_token_asking_is_tsa_and_the_same_features_cost_nothing() -> None:
    teacher, student = torch.randn(2, 3, 4, 5).double(), torch.randn(2, 3, 4, 7).double()
    torch.testing.assert_close(mtsa(teacher, student, torch.ones(2, 3, 4, dtype=torch.bool), 0.1), tsa(teacher, student, 0.1))
    y = student.requires_grad_(True)
    loss = tsa(y, y * 3, 0.1)
    (gradient,) = torch.autograd.grad(loss, y)
    assert abs(float(loss.detach())) < 1e-12 and float(gradient.abs().max()) < 1e-12
    assert not tsa(y, teacher, 0.1).requires_grad  # a teacher is not trained


def test_log_tempered_is_what_the_loss_compares() -> None:
    teacher, student = torch.randn(2, 3, 4, 5).double(), torch.randn(2, 3, 4, 7).double()
    log_p, log_q = log_tempered(teacher, 0.05), log_tempered(student, 0.1)
    assert log_p.shape == (2, 12, 3, 4)
    torch.testing.assert_close(log_p.exp().sum(dim=3), torch.ones(2, 12, 3).double(), **EXACT)
    kl = (log_p.exp() * (log_p - log_q)).sum(dim=3).mean(dim=2)
    torch.testing.assert_close(tempered_kl(teacher, student, 0.1, teacher_tau=0.05), kl, **EXACT)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_leaves_the_losses_in_float32(dtype: torch.dtype) -> None:
    teacher, student = torch.randn(1, 2, 16, 8).to(dtype), torch.randn(1, 2, 16, 8).to(dtype)
    mask = torch.rand(1, 2, 16) < 0.5
    sharp = 0.01  # cosines rounded to bfloat16 would be off by 0.4 in this exponent
    for loss in (lambda t, s: tsa(t, s, sharp), lambda t, s: mtsa(t, s, mask, sharp), lambda t, s: trd(t, s, 0.1), gram, repa):
        grads = []
        for inside in (True, False):
            leaf = student.clone().requires_grad_(True)
            with torch.autocast("cpu", dtype, enabled=inside):
                value = loss(teacher, leaf if inside else leaf.float())
            assert value.dtype == torch.float32
            grads.append(torch.autograd.grad(value, leaf)[0])
        torch.testing.assert_close(*grads, rtol=0, atol=0)
        assert grads[0].isfinite().all() and grads[0].any()


def test_bad_input_says_what_is_wrong() -> None:
    y = torch.randn(1, 2, 3, 4)
    with pytest.raises(ValueError, match=r"must be \[B, F, S, C\], got a tensor of shape \[2, 3, 4\]"):
        self_similarity(y[0])
    with pytest.raises(ValueError, match=r"\[1, 2, 3, 4\], the student's \[1, 2, 2, 4\]: bring"):
        tsa(y, y[:, :, :2], 0.1)
    with pytest.raises(ValueError, match="above 0, got tau 0"):
        tsa(y, y, 0)
    with pytest.raises(ValueError, match="teacher has 4 channels, student 3"):
        repa(y, y[..., :3])
    with pytest.raises(ValueError, match=r"the mask is \[1, 3, 2\]"):
        mtsa(y, y, torch.ones(1, 3, 2, dtype=torch.bool), 0.1)


def test_the_whole_of_it_compiles_without_a_break(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 8 * 48)  # several chunks, so that the recomputation is compiled too

    def everything(teacher: torch.Tensor, student: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        parts = [tsa(teacher, student, 0.1), mtsa(teacher, student, mask, 0.1, most=20), trd(teacher, student, 0.1)]
        return sum(parts) + gram(teacher, student) + tempered_kl(teacher, student, 0.1, teacher_tau=0.05).mean()

    teacher, mask = torch.randn(2, 3, 8, 5), torch.rand(2, 3, 8) < 0.3
    results = []
    for run in (everything, torch.compile(everything, fullgraph=True, backend="aot_eager")):
        student = torch.randn(2, 3, 8, 6, generator=torch.Generator().manual_seed(1)).requires_grad_(True)
        loss = run(teacher, student, mask)
        results.append((loss.detach(), torch.autograd.grad(loss, student)[0]))
    torch.testing.assert_close(results[0], results[1])


MEMORY = """
import resource, sys, torch
from tempered_alignment import motion_mask, mtsa, tsa
torch.manual_seed(0)
loss, F, S, C = sys.argv[1], *map(int, sys.argv[2:])
teacher, student = torch.randn(1, F, S, C), torch.randn(1, F, S, C).requires_grad_(True)
mask = torch.rand(1, F, S) < 0.2
def run(t, s, m):
    (tsa(t, s, 0.1) if loss == "tsa" else mtsa(t, s, m, 0.1)).backward()
run(teacher[:, :2, :8], student[:, :2, :8], mask[:, :2, :8].logical_or(torch.tensor(True)))  # what torch itself takes
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
run(teacher, student, mask)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(("loss", "shape"), [("mtsa", (24, 150, 64)), ("tsa", (13, 600, 8))])
def test_memory_stays_below_what_is_stated(loss: str, shape: tuple[int, int, int]) -> None:
    """README: 0.5 GB besides the features. One matrix of all pairs of 13 × 600 tokens is 0.23 GB, and eight are needed."""
    # glibc keeps freed blocks below 32 MiB for itself, in pieces: then the peak is the allocator's, not ours.
    environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": "1000000"}
    command = [sys.executable, "-c", MEMORY, loss, *map(str, shape)]
    out = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert int(out.stdout) < 500
