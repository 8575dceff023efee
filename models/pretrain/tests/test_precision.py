"""bfloat16 is computed in where the device has it, and float32 elsewhere, in Muon too."""

import pytest
import torch
from pretrain.precision import autocast, native
from pretrain.training.muon import Muon, orthogonal
from torch import Tensor

CPU, GPU = torch.device("cpu"), torch.device("cuda")


def processor(monkeypatch: pytest.MonkeyPatch, *, amx: bool = False, avx512: bool = False) -> None:
    for name, value in (("_is_amx_tile_supported", amx), ("_is_avx512_bf16_supported", avx512)):
        assert hasattr(torch.cpu, name)
        monkeypatch.setattr(torch.cpu, name, lambda value=value: value)


@pytest.mark.parametrize(("amx", "avx512", "found"), [(False, False, "no"), (True, False, "bf16"), (False, True, "bf16")])
def test_bfloat16_needs_a_processor_that_has_it(monkeypatch: pytest.MonkeyPatch, amx: bool, avx512: bool, found: str) -> None:
    processor(monkeypatch, amx=amx, avx512=avx512)
    assert native("bf16", CPU) == found
    assert native("no", CPU) == "no"
    with autocast(CPU):
        product = torch.ones(2, 2) @ torch.ones(2, 2)
    assert product.dtype == (torch.bfloat16 if found == "bf16" else torch.float32)


@pytest.mark.parametrize(("ampere", "found"), [(True, "bf16"), (False, "no")])
def test_a_gpu_does_not_change_what_the_processor_does(monkeypatch: pytest.MonkeyPatch, ampere: bool, found: str) -> None:
    processor(monkeypatch)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: ampere or including_emulation)
    assert (native("bf16", GPU), native("bf16", CPU)) == (found, "no")


def both(shape: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor]:
    """A matrix where it starts, and after three steps of our Muon and of PyTorch's."""
    torch.manual_seed(0)
    start = torch.randn(shape)
    ours, theirs = torch.nn.Parameter(start.clone()), torch.nn.Parameter(start.clone())
    optimizers = (Muon([ours], 0.05, 0.1), torch.optim.Muon([theirs], 0.05, 0.1, adjust_lr_fn="match_rms_adamw"))
    for _ in range(3):
        ours.grad = torch.randn(shape)
        theirs.grad = ours.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
    # A run may go on from a checkpoint of the other.
    assert optimizers[0].state_dict()["state"][0].keys() == optimizers[1].state_dict()["state"][0].keys()
    return start, ours.detach(), theirs.detach()


@pytest.mark.parametrize("shape", [(24, 16), (16, 24), (16, 16)])
def test_muon_steps_as_pytorchs_would_in_float32(monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int]) -> None:
    processor(monkeypatch)
    monkeypatch.setattr(torch.Tensor, "bfloat16", torch.Tensor.float)
    start, ours, theirs = both(shape)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)  # float32, another order of sums
    assert float((ours - start).abs().mean()) > 0.01


def test_muon_is_pytorchs_where_there_is_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    processor(monkeypatch, amx=True)
    _, ours, theirs = both((16, 24))
    assert torch.equal(ours, theirs)


def test_singular_values_come_near_one() -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(12, 20), (3.4445, -4.7750, 2.0315), 5, 1e-7))
    assert float(values.min()) > 0.5 and float(values.max()) < 1.3
