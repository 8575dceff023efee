"""The projector against the goldens of the WGSL one."""

import torch
from pretrain.nets.projector import Projector, double_frames


def test_projector_golden(projector_goldens: dict[str, torch.Tensor]) -> None:
    golden = {n.removeprefix("projector."): t for n, t in projector_goldens.items() if n.startswith("projector.")}
    model = Projector(7, (6, 5, 4), 3, double=False).double()
    model.load_state_dict({name: golden[name].double() for name in model.state_dict()})
    y = model(golden["x"].double())
    torch.testing.assert_close(y.detach(), golden["y"], rtol=1e-9, atol=1e-12)
    (y * golden["dy"]).sum().backward()
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, golden[f"grad.{name}"], rtol=1e-9, atol=1e-12)


def test_doubling_frames_golden(projector_goldens: dict[str, torch.Tensor]) -> None:
    for name in ("doubled", "doubled1"):
        x = projector_goldens[f"{name}.x"].double()
        torch.testing.assert_close(double_frames(x), projector_goldens[f"{name}.y"], rtol=1e-12, atol=1e-12)
