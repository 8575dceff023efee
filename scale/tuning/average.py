"""A moving average of the weights, in float32; each process keeps its own part of sharded ones."""

from pathlib import Path

import torch
from torch import Tensor


def _local(tensor: Tensor) -> Tensor:
    return tensor.detach().to_local() if hasattr(tensor, "to_local") else tensor.detach()  # type: ignore[operator]


class Average:
    """Follows parameters with decay `decay`, by name. Warms up: after t steps it decays by at most t / (t + 9).

    With a decay of 0 it is the parameters themselves, so that a checkpoint always has what is to be exported.
    """

    def __init__(self, parameters: dict[str, Tensor], decay: float) -> None:
        self._parameters, self._decay, self._steps = parameters, decay, 0
        self.values = [_local(p).float().clone() for p in parameters.values()]

    @torch.no_grad()
    def update(self) -> None:
        """After each step of the optimiser."""
        self._steps += 1
        decay = min(self._decay, self._steps / (self._steps + 9))
        for value, parameter in zip(self.values, self._parameters.values(), strict=True):
            value.lerp_(_local(parameter).float(), 1 - decay)  # one at a time: of bfloat16 it is a copy

    def save(self, folder: Path, process: int) -> None:
        """Writes this process's values: all of them, or its rows of sharded ones."""
        sharded = any(hasattr(p, "to_local") for p in self._parameters.values())
        if sharded or process == 0:
            kept = {"steps": self._steps, "sharded": sharded, "values": dict(zip(self._parameters, self.values, strict=True))}
            torch.save(kept, folder / f"average-{process}.pt")

    def load(self, folder: Path, process: int) -> None:
        """Reads them again; the number of processes may change where weights are not sharded."""
        path = folder / f"average-{process}.pt"
        kept = torch.load(path if path.exists() else folder / "average-0.pt", map_location="cpu", weights_only=True)
        self._steps = kept["steps"]
        for name, value in zip(self._parameters, self.values, strict=True):
            old = kept["values"][name]
            if value.shape != old.shape:
                raise ValueError(
                    f"another number of processes kept the average: {name} has {list(old.shape)} for {list(value.shape)}"
                )
            value.copy_(old)


def read_average(folder: Path) -> dict[str, Tensor]:
    """All averaged weights of a checkpoint by name, the rows of sharded ones put together."""
    kept = torch.load(folder / "average-0.pt", map_location="cpu", weights_only=True)
    if not kept["sharded"]:
        return kept["values"]
    count = len(list(folder.glob("average-*.pt")))
    parts = [torch.load(folder / f"average-{i}.pt", map_location="cpu", weights_only=True)["values"] for i in range(count)]
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
