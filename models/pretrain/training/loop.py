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
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch._functorch.config
from accelerate import Accelerator
from torch import Tensor, nn

from ..config import Training
from ..data.stream import Stream, batches
from ..files import held, replacing, write_whole
from ..nets.layers import Block
from ..precision import arithmetic, native
from .muon import Muon
from .packed import unpack


def generator(device: torch.device, *seed: int) -> torch.Generator:
    """A generator on a device that is a function of the numbers."""
    (state,) = np.random.SeedSequence(seed).generate_state(1, np.uint64)
    return torch.Generator(device).manual_seed(int(state) & (2**63 - 1))


def rate_share(training: Training, step: int) -> float:
    """Share of the rate in a step: linear warm-up to 1, `hold` steps there, then a half cosine to nothing at `steps`."""
    if step < training.warmup:
        return (step + 1) / training.warmup
    falls = training.warmup + training.hold
    share = max(0, step - falls) / max(1, training.steps - falls)
    return 0.5 * (1 + math.cos(math.pi * share))


def optimizers(module: nn.Module, training: Training) -> list[torch.optim.Optimizer]:
    """AdamW, where matrices decay and vectors do not; with `muon`, Muon for matrices in blocks.

    Matrices in norms, which make shifts and scales of t, stay AdamW's.
    """
    trained = {name: p for name, p in module.named_parameters() if p.requires_grad}
    blocks = tuple(f"{name}." for name, part in module.named_modules() if isinstance(part, Block))
    by_muon = [n for n, p in trained.items() if training.muon > 0 and n.startswith(blocks) and "norm" not in n and p.ndim == 2]
    rest = [p for n, p in trained.items() if n not in by_muon]
    matrices, vectors = [p for p in rest if p.ndim > 1], [p for p in rest if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": training.decay}, {"params": vectors, "weight_decay": 0.0}]
    found: list[torch.optim.Optimizer] = [torch.optim.AdamW(groups, lr=training.rate, betas=(0.9, training.beta2))]
    if by_muon:
        found.append(Muon([trained[n] for n in by_muon], training.muon, training.decay))
    for group in (group for optimizer in found for group in optimizer.param_groups):
        group["peak"] = group["lr"]
    return found


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
    """curve.jsonl: one JSON object a line. Lines beyond the checkpoint that a run resumes from are dropped, and so is a last
    one that was not written whole.
    """

    def __init__(self, path: Path, step: int) -> None:
        lines = path.read_text().splitlines() if path.exists() and step else []
        if lines and not _readable(lines[-1]):
            del lines[-1]
        kept = [(line, said) for line, said in zip(lines, map(json.loads, lines), strict=True) if said["step"] <= step]
        write_whole(path, "".join(f"{line}\n" for line, _ in kept))
        self._path = path
        self.measured = any(said["step"] == step and "evaluation" in said for _, said in kept)  # where the run resumes

    def write(self, **values: Any) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(values) + "\n")
        print(json.dumps(values), file=sys.stderr, flush=True)


def _readable(line: str) -> bool:
    try:
        json.loads(line)
    except json.JSONDecodeError:
        return False
    return True


def processor() -> str:
    """The processor's name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def machine(device: torch.device) -> str:
    """The kind of machine, as far as what is computed may depend on it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{processor()}, {arithmetic() or 'no bfloat16'}"


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
    with replacing(path) as part:
        torch.save(state, part)


def clip(accelerator: Accelerator, module: nn.Module, apart: list[nn.Parameter], limit: float) -> Tensor:
    """Scales gradients down to a norm of `limit`, those of `apart` and all others each on their own; gives the norm of all."""
    own = {id(parameter) for parameter in apart}
    rest = [parameter for parameter in module.parameters() if id(parameter) not in own]
    norms = [accelerator.clip_grad_norm_(group, limit) for group in (rest, apart) if group]
    return torch.stack(norms).norm()


def train(
    objective: nn.Module,
    stream: Stream,
    training: Training,
    out: Path,
    evaluate: Callable[[nn.Module], dict[str, Any]] | None = None,
    seconds: float = math.inf,
    about: dict[str, Any] | None = None,
    start: Path | None = None,
) -> int:
    """Trains to `training.steps`, or until `seconds` of this call are over; resumes from `out`. Returns the step reached.

    A module may name parameters whose gradients the next step clips apart from all others (`clipped_apart`). `start`: a file
    of `pack`, which a run without a checkpoint goes on from; the moments begin afresh, under a warm-up of their own.

    @raises ValueError where it lacks a trained tensor, RuntimeError where another process trains in `out`
    """
    precision = native(training.precision, torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    accelerator = Accelerator(mixed_precision=precision, cpu=not torch.cuda.is_available())
    out.mkdir(parents=True, exist_ok=True)
    with held(out / "train.lock") if accelerator.is_main_process else nullcontext(True) as ours:
        if not ours:
            raise RuntimeError(f"another process is training in {out}: wait until it has ended, or take another folder")
        return _train(accelerator, objective, stream, training, out, evaluate, seconds, about, start)


def _train(
    accelerator: Accelerator,
    objective: nn.Module,
    stream: Stream,
    training: Training,
    out: Path,
    evaluate: Callable[[nn.Module], dict[str, Any]] | None,
    seconds: float,
    about: dict[str, Any] | None,
    start: Path | None,
) -> int:
    device, rank = accelerator.device, accelerator.process_index
    optimizing = optimizers(objective, training)
    objective.to(device)
    average = Average(objective, training.ema) if training.ema else None
    step, spent, core = 0, 0.0, 0.0  # seconds of the clock, and of all cores together
    sums: dict[str, Tensor] = {}  # since the curve's last line
    fresh = 0  # the step at which the optimizers' moments began
    checkpoint = out / "checkpoint.pt"
    source = checkpoint if checkpoint.exists() else start
    if source:
        state = unpack(source) if source is start else torch.load(source, map_location="cpu", weights_only=True)
        absent = {name for name, p in objective.named_parameters() if p.requires_grad} - set(state["model"])
        if absent:
            raise ValueError(f"{source} has no {min(absent)}, which this run trains")
        objective.load_state_dict(state["model"], strict=source is checkpoint)
        step, spent, core = state["step"], state["seconds"], state.get("core", 0.0)
        sums = {name: value.to(device) for name, value in state.get("sums", {}).items()}
        fresh = state.get("fresh", 0) if "optimizers" in state else step
        for optimizer, kept in zip(optimizing, state.get("optimizers", []), strict="optimizers" in state):
            # The moments alone: a checkpoint has its run's rates, decay and betas too, and a copy of it may go on under others.
            own = [{name: value for name, value in group.items() if name != "params"} for group in optimizer.param_groups]
            optimizer.load_state_dict(kept)
            for group, settings in zip(optimizer.param_groups, own, strict=True):
                group.update(settings)
        if average:
            now = dict(objective.named_parameters())
            average.values = {name: state.get("ema", now)[name].detach().to(device).clone() for name in average.values}
    if training.compile:
        # A step that measures λ goes backward twice; a block compiled for one that does not would have given its buffers away.
        torch._functorch.config.donated_buffer = False
        for block in (module for module in objective.modules() if isinstance(module, Block)):
            if any(p.requires_grad for p in block.parameters()):  # a frozen one may see batches of any size
                block.compile(dynamic=False)
    model, *optimizing = accelerator.prepare(objective, *optimizing)
    main = accelerator.is_main_process
    curve = Curve(out / "curve.jsonl", step) if main else None
    if main:
        run = {
            "command": " ".join(["python -m pretrain", *sys.argv[1:]]),
            "seed": training.seed,
            "parameters": sum(p.numel() for p in objective.parameters() if p.requires_grad),
            **hardware(device),
            "precision": accelerator.mixed_precision,
            **(about or {}),
        }
        write_whole(out / "run.json", json.dumps(run, indent=2) + "\n")
    began, before = time.monotonic(), spent
    core_began, core_before = time.process_time(), core

    def means(of: dict[str, Tensor]) -> dict[str, Tensor]:
        return {name: accelerator.reduce(value, "mean") for name, value in of.items()}

    def keep(sums: dict[str, Tensor]) -> None:
        moments = [optimizer.state_dict() for optimizer in optimizing]
        state = {"model": objective.state_dict(), "optimizers": moments, "step": step, "fresh": fresh, "sums": sums}
        state |= {"seconds": spent, "core": core}
        save(checkpoint, state | ({"ema": average.values} if average else {}))

    def late(elapsed: float) -> bool:
        """Whether the time is over for any process: all must stop at the same step."""
        if accelerator.num_processes == 1:
            return elapsed > seconds
        return bool(accelerator.reduce(torch.tensor(float(elapsed > seconds), device=device), "max"))

    def measure() -> None:
        if curve is None or evaluate is None:
            return
        objective.eval()
        trained = {n: p.detach().clone() for n, p in objective.named_parameters()} if average else {}
        if average:
            objective.load_state_dict(average.values, strict=False)
        with torch.compiler.set_stance("force_eager"):  # other shapes: compiling them would take longer than they do
            curve.write(step=step, seconds=round(spent, 1), evaluation=evaluate(objective))
        objective.load_state_dict(trained, strict=False)
        objective.train()

    # A run that was stopped while it measured goes on with that.
    if step and (step == training.steps or step % training.evaluate_every == 0) and curve and not curve.measured:
        measure()
    objective.train()
    apart: Callable[[], list[nn.Parameter]] = getattr(objective, "clipped_apart", list)
    for batch in batches(stream, training, step, rank, accelerator.num_processes):
        batch = {name: tensor.to(device, non_blocking=True) for name, tensor in batch.items()}
        for optimizer in optimizing:
            optimizer.zero_grad()
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * min(rate_share(training, step), rate_share(training, step - fresh))
        alone = apart()
        with accelerator.autocast():
            losses = model(batch, generator(device, training.seed, step, rank))
        accelerator.backward(losses["loss"])
        norm = clip(accelerator, objective, alone, training.clip)
        for optimizer in optimizing:
            optimizer.step()
        step += 1
        if average:
            average.update(objective, step)
        for name, value in {**losses, "gradient": norm}.items():
            sums[name] = sums.get(name, torch.zeros((), device=device)) + value.detach()
        spent = before + time.monotonic() - began
        over = step == training.steps or late(spent - before)
        keeping = over or step % training.checkpoint_every == 0
        if keeping or step % training.log_every == 0:
            used = torch.tensor(time.process_time() - core_began, device=device)
            core = core_before + float(accelerator.reduce(used, "sum"))
        if step % training.log_every == 0:
            logged = {name: float(value) / training.log_every for name, value in means(sums).items()}
            if curve:
                about_time = {"seconds": round(spent, 1), "core": round(core, 1)}
                curve.write(step=step, clips=step * training.batch, **about_time, **logged)
            sums = {}
        if keeping:
            begun = means(sums)  # of the curve's next line, whose steps may be those of two calls
            if main:
                keep(begun)
        if over or step % training.evaluate_every == 0:
            measure()
        if over:
            break
    accelerator.end_training()
    return step
