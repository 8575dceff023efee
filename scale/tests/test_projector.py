"""The projector against the goldens of the WGSL one."""

import torch
from safetensors.torch import load_file

from tempered_alignment import Projector
from tempered_alignment.projector import double_frames

EXACT = {"rtol": 1e-9, "atol": 1e-12}


def test_golden(fixtures) -> None:
    goldens = load_file(fixtures / "projector_goldens.safetensors")
    golden = {name.removeprefix("projector."): t for name, t in goldens.items() if name.startswith("projector.")}
    model = Projector(7, (6, 5, 4), 3, double=False).double()
    model.load_state_dict({name: golden[name].double() for name in model.state_dict()})
    y = model(golden["x"].double())
    torch.testing.assert_close(y.detach(), golden["y"], **EXACT)
    (y * golden["dy"]).sum().backward()
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, golden[f"grad.{name}"], **EXACT)
    for case in ("doubled", "doubled1"):
        x = goldens[f"{case}.x"].double().requires_grad_(True)
        y = double_frames(x)
        torch.testing.assert_close(y.detach(), goldens[f"{case}.y"], **EXACT)
        (gradient,) = torch.autograd.grad((y * goldens[f"{case}.dy"]).sum(), x)
        torch.testing.assert_close(gradient, goldens[f"{case}.dx"], **EXACT)
    strided = Projector(4, (4, 4, 4), 3, double=False, stride=3).double().conv
    strided.load_state_dict({n: goldens[f"strided.conv.{n}"].double() for n in ("weight", "bias")})
    y = strided(goldens["strided.x"].double().permute(0, 4, 1, 2, 3)).permute(0, 2, 3, 4, 1)
    torch.testing.assert_close(y.detach(), goldens["strided.y"], **EXACT)


def test_the_papers_grid() -> None:
    """13 × 30 × 45 latent tokens become VideoMAEv2's 24 × 10 × 15."""
    model = Projector(6, (8, 8, 4), 4, stride=3, drop_first=True)
    assert model(torch.randn(1, 13, 30, 45, 6)).shape == (1, 24, 10, 15, 4)
