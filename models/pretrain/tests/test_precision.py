"""bfloat16 is computed in where the machine has it, and float32 elsewhere; a run says which."""

import pytest
import torch
from pretrain.precision import autocast, native

CPU = torch.device("cpu")


def machine(monkeypatch: pytest.MonkeyPatch, *, gpu: bool, amx: bool, avx512: bool) -> None:
    for module, name, value in (
        (torch.cuda, "is_available", gpu),
        (torch.cpu, "_is_amx_tile_supported", amx),
        (torch.cpu, "_is_avx512_bf16_supported", avx512),
    ):
        assert hasattr(module, name)
        monkeypatch.setattr(module, name, lambda value=value: value)


@pytest.mark.parametrize(
    ("gpu", "amx", "avx512", "found"),
    [(False, False, False, "no"), (False, True, False, "bf16"), (False, False, True, "bf16"), (True, False, False, "bf16")],
)
def test_bfloat16_needs_a_machine_that_has_it(
    monkeypatch: pytest.MonkeyPatch, gpu: bool, amx: bool, avx512: bool, found: str
) -> None:
    machine(monkeypatch, gpu=gpu, amx=amx, avx512=avx512)
    assert native("bf16") == found
    assert native("no") == "no"
    with autocast(CPU):
        product = torch.ones(2, 2) @ torch.ones(2, 2)
    assert product.dtype == (torch.bfloat16 if found == "bf16" else torch.float32)
