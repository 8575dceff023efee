"""One training run: batches in, checkpoints and a curve out. It may be stopped anywhere and goes on bit for bit.

Everything random in step n is drawn from (seed, n, process), so a checkpoint holds weights, moments and the step and no
state of any generator.
"""

import json
import math
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from .config import Training
from .stream import Batch, Stream, batches


class Objective(Protocol):
    """A module whose forward gives `loss` and what else is worth a curve."""

    def __call__(self, batch: Batch, draw: torch.Generator) -> dict[str, Tensor]: ...


def generator(device: torch.device, *seed: int) -> torch.Generator:
    """A generator on a device that is a function of the numbers."""
    (state,) = np.random.SeedSequence(seed).generate_state(1, np.uint64)
    return torch.Generator(device).manual_seed(int(state) & (2**63 - 1))


def rate_at(training: Training, step: int) -> float:
    """Learning rate of a step: linear warm-up, then a half cosine to nothing at `steps`."""
    if step < training.warmup:
        return training.rate * (step + 1) / training.warmup
    share = (step - training.warmup) / max(1, training.steps - training.warmup)
    return training.rate * 0.5 * (1 + math.cos(math.pi * share))


def groups(module: nn.Module, decay: float) -> list[dict[str, Any]]:
    """Parameter groups of AdamW: matrices decay, vectors (biases, norms) do not."""
    trained = [p for p in module.parameters() if p.requires_grad]
    matrices, vectors = [p for p in trained if p.ndim > 1], [p for p in trained if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}]


class Average:
    """Exponential moving average of the trained parameters; it warms up, so early weights do not linger."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.values = {n: p.detach().clone() for n, p in module.named_parameters() if p.requires_grad}

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        keep = min(self.decay, (1 + step) / (10 + step))
        for name, parameter in module.named_parameters():
            if name in self.values:
                self.values[name].lerp_(parameter.detach(), 1 - keep)


class Curve:
    """curve.jsonl: one JSON object a line. Lines beyond the checkpoint that a run resumes from are dropped."""

    def __init__(self, path: Path, step: int) -> None:
        lines = path.read_text().splitlines() if path.exists() else []
        kept = [line for line in lines if json.loads(line)["step"] <= step] if step else []
        path.write_text("".join(f"{line}\n" for line in kept))
        self._path = path

    def write(self, **values: Any) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(values) + "\n")
        print(json.dumps(values), file=sys.stderr, flush=True)


def processor() -> str:
    """The processor's name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def hardware(device: torch.device) -> dict[str, Any]:
    """What a run ran on."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else processor()
    return {
        "device": name,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def save(path: Path, state: dict[str, Any]) -> None:
    """Writes a checkpoint; the one before stays until the new one is whole."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def train(
    objective: nn.Module,
    stream: Stream,
    training: Training,
    out: Path,
    evaluate: Callable[[nn.Module], dict[str, Any]] | None = None,
    seconds: float = math.inf,
    about: dict[str, Any] | None = None,
) -> int:
    """Trains to `training.steps`, or until `seconds` of this call are over; resumes from `out`. Returns the step reached."""
    accelerator = Accelerator(mixed_precision=training.precision, cpu=not torch.cuda.is_available())
    device, rank = accelerator.device, accelerator.process_index
    out.mkdir(parents=True, exist_ok=True)
    optimizer = torch.optim.AdamW(groups(objective, training.decay), lr=training.rate, betas=(0.9, training.beta2))
    objective.to(device)
    average = Average(objective, training.ema) if training.ema else None
    step, spent = 0, 0.0
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        objective.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["seconds"]
        if average:
            average.values = state["ema"]
    model, optimizer = accelerator.prepare(objective, optimizer)
    main = accelerator.is_main_process
    curve = Curve(out / "curve.jsonl", step) if main else None
    if main:
        run = {
            "command": " ".join(["python -m pretrain", *sys.argv[1:]]),
            "seed": training.seed,
            "parameters": sum(p.numel() for p in objective.parameters() if p.requires_grad),
            **hardware(device),
            **(about or {}),
        }
        (out / "run.json").write_text(json.dumps(run, indent=2) + "\n")
    began, before = time.monotonic(), spent
    sums: dict[str, Tensor] = {}

    def keep() -> None:
        state = {"model": objective.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "seconds": spent}
        save(checkpoint, state | ({"ema": average.values} if average else {}))

    def late(elapsed: float) -> bool:
        """Whether the time is over for any process: all must stop at the same step."""
        if accelerator.num_processes == 1:
            return elapsed > seconds
        return bool(accelerator.reduce(torch.tensor(float(elapsed > seconds), device=device), "max"))

    def judge() -> None:
        if curve is None or evaluate is None:
            return
        objective.eval()
        trained = {n: p.detach().clone() for n, p in objective.named_parameters()} if average else {}
        if average:
            objective.load_state_dict(average.values, strict=False)
        curve.write(step=step, seconds=round(spent, 1), evaluation=evaluate(objective))
        objective.load_state_dict(trained, strict=False)
        objective.train()

    objective.train()
    for batch in batches(stream, training, step, rank, accelerator.num_processes):
        batch = {name: tensor.to(device, non_blocking=True) for name, tensor in batch.items()}
        for group in optimizer.param_groups:
            group["lr"] = rate_at(training, step)
        with accelerator.autocast():
            losses = model(batch, generator(device, training.seed, step, rank))
        optimizer.zero_grad()
        accelerator.backward(losses["loss"])
        norm = accelerator.clip_grad_norm_(model.parameters(), training.clip)
        optimizer.step()
        step += 1
        if average:
            average.update(objective, step)
        for name, value in {**losses, "gradient": norm}.items():
            sums[name] = sums.get(name, torch.zeros((), device=device)) + value.detach()
        spent = before + time.monotonic() - began
        if step % training.log_every == 0:
            means = {name: float(accelerator.reduce(value, "mean")) / training.log_every for name, value in sums.items()}
            if curve:
                curve.write(step=step, clips=step * training.batch, seconds=round(spent, 1), **means)
            sums = {}
        over = step == training.steps or late(spent - before)
        if main and (over or step % training.checkpoint_every == 0):
            keep()
        if over or step % training.evaluate_every == 0:
            judge()
        if over:
            break
    accelerator.end_training()
    return step
