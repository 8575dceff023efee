"""Fine-tunes CogVideoX-2B with an alignment loss: `accelerate launch --config_file accelerate/ddp.yaml train.py --recipe …`."""

import argparse
import dataclasses
import json
import shutil
import time
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import torch
from accelerate.utils import DistributedType, ProjectConfiguration, compare_versions, set_seed
from torch import Tensor
from torch.utils.data import DataLoader

from accelerate import Accelerator
from tuning.average import Average
from tuning.data import Order, collate, open_clips
from tuning.objective import Objective
from tuning.recipe import Recipe, read_recipe
from tuning.sentences import mistakes_end_it
from tuning.student import Student, add_lora, read_transformer
from tuning.teacher import read_teacher


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", type=Path, required=True, help="the page's Run JSON, perhaps with a part `scale`")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="changes of the recipe, such as steps=200")
    parser.add_argument(
        "--data", type=Path, required=True, help="VideoREPA's CSV, a folder of videos with captions, or of shards"
    )
    parser.add_argument("--model", default="zai-org/CogVideoX-2b", help="folder or hub name with a transformer")
    parser.add_argument(
        "--teacher", type=Path, help="VideoMAEv2-Base's model.safetensors; not needed where features are cached"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the run; an unfinished run there goes on")
    parser.add_argument("--save-every", type=int, default=500, help="steps between two checkpoints")
    parser.add_argument("--stop-at", type=int, help="stop after this step, with a checkpoint; the same command goes on")
    parser.add_argument("--workers", type=int, default=4, help="processes that read clips")
    return parser.parse_args()


def main() -> None:
    """Trains, saving and going on as the command line says."""
    args = arguments()
    with mistakes_end_it():
        recipe = read_recipe(args.recipe, args.set)
        accelerator = Accelerator(
            project_config=ProjectConfiguration(project_dir=str(args.out), logging_dir=str(args.out / "tensorboard")),
            log_with="tensorboard",
            step_scheduler_with_optimizer=False,
        )
        accumulated = recipe.accumulated(accelerator.num_processes)
        accelerator.gradient_accumulation_steps = accumulated
        deepspeed = accelerator.distributed_type == DistributedType.DEEPSPEED
        if deepspeed:
            check_deepspeed()
            accelerator.state.deepspeed_plugin.deepspeed_config |= {
                "train_micro_batch_size_per_gpu": recipe.micro_batch,
                "gradient_accumulation_steps": accumulated,
                "gradient_clipping": recipe.clip_norm,
            }
        check_share(recipe, accelerator.distributed_type)

        clips = open_clips(args.data, recipe, args.teacher)
        teacher = read_teacher(args.teacher).to(accelerator.device) if args.teacher else None
        kept = clips[0].get("teacher")
        width = teacher.blocks[0].norm1.normalized_shape[0] if teacher else 768 if kept is None else kept.shape[-1]
        transformer = read_transformer(args.model)
        set_seed(recipe.seed)  # of the new layers' first weights, on every process alike
        if recipe.lora:
            add_lora(transformer, recipe.lora)
        model = Student(transformer, recipe, width).train()
        names = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(
            [parameter for parameter in model.parameters() if parameter.requires_grad],
            lr=recipe.learning_rate,
            betas=recipe.betas,
            weight_decay=recipe.weight_decay,
        )
        model, optimizer = accelerator.prepare(model, optimizer)
        parameters = dict(accelerator.unwrap_model(model).named_parameters())
        average = Average({name: parameters[name] for name in names}, recipe.ema)
        objective = Objective(recipe, teacher).to(accelerator.device)
        accelerator.register_for_checkpointing(objective)

        about = {
            "recipe": dataclasses.asdict(recipe),
            "draws": DRAWS,
            "data": str(args.data),
            "clips": len(clips),
            "model": args.model,
            "teacher_width": width,
            "processes": accelerator.num_processes,
        }
        check_same(args.out, about)
        start = resume(accelerator, average, args.out)
    order = Order(len(clips), recipe, accelerator.num_processes, accelerator.process_index, start)
    loader = iter(DataLoader(clips, batch_sampler=order, collate_fn=collate, num_workers=args.workers))  # type: ignore[arg-type]
    if accelerator.is_main_process:
        args.out.mkdir(parents=True, exist_ok=True)
        write_record(args.out / "run.json", about, start)
        keep_lines(args.out / "metrics.jsonl", start)
    accelerator.init_trackers("tensorboard")

    for step in range(start, min(recipe.steps, args.stop_at or recipe.steps)):
        began, sums, norm = time.perf_counter(), torch.zeros(4, device=accelerator.device), torch.zeros(())
        rate = recipe.learning_rate * min(1.0, (step + 1) / max(1, recipe.warmup))
        for group in optimizer.param_groups:
            group["lr"] = rate
        batches = islice(loader, accumulated)
        if recipe.share is not None and recipe.loss != "none" and step % recipe.balance_every == 0:
            batches = list(batches)
            seen = ((on(accelerator.device, batch), order.places(step, micro)) for micro, batch in enumerate(batches))
            with accelerator.no_sync(model), accelerator.autocast():
                objective.balance(model, seen, first=step == 0)
        for micro, read in enumerate(batches):
            batch = on(accelerator.device, read)
            with accelerator.accumulate(model):
                with accelerator.autocast():  # of the teacher and the losses; the model has its own
                    losses = objective(model, batch, order.places(step, micro))
                means = accelerator.reduce(torch.stack([value.detach() for value in vars(losses).values()]), "mean")
                if not means.isfinite().all():
                    stop_at_nan(accelerator, args.out, step, batch, means)
                accelerator.backward(losses.loss)
                # In which DeepSpeed took the step, or did not: under fp16 to find its scale, else for a NaN in a gradient.
                if deepspeed and accelerator.mixed_precision != "fp16" and optimizer.step_was_skipped:
                    stop_at_nan(accelerator, args.out, step, batch, means)
                if accelerator.sync_gradients and not deepspeed:
                    norm = accelerator.clip_grad_norm_(model.parameters(), recipe.clip_norm)
                    if accelerator.scaler is None and not torch.isfinite(torch.as_tensor(norm)).all():
                        stop_at_nan(accelerator, args.out, step, batch, means)
                optimizer.step()
                optimizer.zero_grad()
            sums += means / accumulated
        if deepspeed:
            norm = model.get_global_grad_norm()
        average.update()
        log(accelerator, args.out, step + 1, sums, norm, rate, time.perf_counter() - began)
        if (step + 1) % args.save_every == 0 or step + 1 in (recipe.steps, args.stop_at):
            save(accelerator, average, args.out, step + 1)
    accelerator.end_training()


def on(device: torch.device, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """A batch on a device."""
    return {name: value.to(device, non_blocking=True) for name, value in batch.items()}


def log(accelerator: Accelerator, out: Path, step: int, means: Tensor, norm: object, rate: float, seconds: float) -> None:
    """A line of metrics.jsonl, with the names of the page's runs, and TensorBoard's."""
    loss, diffusion, alignment, weight = means.tolist()
    value = float(norm.full_tensor() if hasattr(norm, "full_tensor") else norm)  # type: ignore[arg-type]
    numbers = {"loss": loss, "diffusion": diffusion, "alignment": alignment, "lambda": weight, "grad_norm": value, "rate": rate}
    accelerator.log(numbers, step=step)
    if accelerator.is_main_process:
        with (out / "metrics.jsonl").open("a") as file:
            file.write(json.dumps({"step": step, **numbers, "ms": round(1000 * seconds, 1)}) + "\n")


def keep_lines(path: Path, steps: int) -> None:
    """Drops lines of steps that are taken again."""
    if path.exists():
        write_whole(path, "".join(line for line in path.read_text().splitlines(True) if json.loads(line)["step"] <= steps))


def write_whole(path: Path, text: str) -> None:
    """In place of what is there, whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(text)
    part.replace(path)


def stop_at_nan(accelerator: Accelerator, out: Path, step: int, batch: dict[str, Tensor], means: Tensor) -> None:
    """Ends the run, keeping the batch. The weights are those before the step, and the last checkpoint is good."""
    path = out / f"nan-step-{step + 1}-process-{accelerator.process_index}.pt"
    torch.save({"step": step + 1, "batch": {name: value.cpu() for name, value in batch.items()}}, path)
    accelerator.wait_for_everyone()  # all are here, and the first that ends has the launcher end the others
    loss, diffusion, alignment, _ = means.tolist()
    raise SystemExit(
        f"step {step + 1} has a loss or gradient that is no number (loss {loss}, diffusion {diffusion}, "
        f"alignment {alignment}): its batch is kept in {path}, and the last checkpoint is unharmed. "
        "Go on from it with another seed, or with more precision"
    )


def save(accelerator: Accelerator, average: Average, out: Path, step: int) -> None:
    """A checkpoint; the one before is dropped when the new one is whole."""
    folder = out / f"checkpoint-{step}"
    if accelerator.is_main_process and folder.exists():  # of a run that was killed while it wrote, perhaps with more processes
        shutil.rmtree(folder)
    accelerator.wait_for_everyone()
    accelerator.save_state(str(folder))
    average.save(folder, accelerator.process_index)
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        write_whole(out / "latest.json", json.dumps({"step": step, "folder": folder.name}))
        for old in out.glob("checkpoint-*"):
            if old != folder:
                shutil.rmtree(old)
    accelerator.wait_for_everyone()


# How a seed becomes noise and an order of clips (`tuning/seeds.py`): a run does not go on under another.
DRAWS = 2

# What a run may go on with: more steps, another seed after a NaN, and less memory.
MAY_CHANGE = ("steps", "seed", "micro_batch", "checkpointing")

# What it may not, besides the recipe: the order of clips is drawn from their number.
MUST_STAY = ("clips", "teacher_width")

# ZeRO-2 of 0.17.6 to 0.18.2 has wrong gradients (deepspeedai/DeepSpeed#7718); this one is pinned and tested.
DEEPSPEED = "0.19.8"


def check_share(recipe: Recipe, engine: DistributedType) -> None:
    """Raises SystemExit where λ is a share and the engine gives no gradients inside a step.

    FSDP's parameters are in parts there, and DeepSpeed's hooks take a gradient of features for the step's own.
    """
    if recipe.share is not None and engine in (DistributedType.FSDP, DistributedType.DEEPSPEED):
        raise SystemExit(
            f"share={recipe.share} needs gradients inside a step, which {engine.value} does not give: --set share=null "
            "weight=0.5, say, or start it without an engine's file (DDP)"
        )


def check_deepspeed() -> None:
    """Raises SystemExit where DeepSpeed is older than the one that the tests run with."""
    if compare_versions("deepspeed", "<", DEEPSPEED):
        raise SystemExit(f"DeepSpeed {version('deepspeed')} is older than {DEEPSPEED}: pip install deepspeed=={DEEPSPEED}")


def write_record(path: Path, about: dict[str, object], start: int) -> None:
    """Writes run.json. Where the model and data of the first `start` steps were elsewhere, `earlier` says where."""
    before = json.loads(path.read_text()) if path.exists() and start else about
    earlier, elsewhere = before.get("earlier", []), {name: before[name] for name in ("model", "data")}
    if any(about[name] != place for name, place in elsewhere.items()):
        earlier = [*earlier, elsewhere | {"until_step": start}]
    write_whole(path, json.dumps(about | {"earlier": earlier}, indent=1))


def check_same(out: Path, about: dict[str, object]) -> None:
    """What is begun goes on under its own recipe, but for `MAY_CHANGE`, and with as many clips and a teacher of that width.

    Raises:
        SystemExit: naming what differs.
    """
    record = out / "run.json"
    if not record.exists():
        return
    begun, now = (json.loads(text) for text in (record.read_text(), json.dumps(about)))
    if begun.get("draws") != DRAWS:
        raise SystemExit(f"{out} holds a run of an earlier version, which drew noise otherwise: begin anew in another --out")
    before, after = (one["recipe"] | {name: one[name] for name in MUST_STAY} for one in (begun, now))
    other = [name for name in after if name not in MAY_CHANGE and before.get(name) != after[name]]
    if other:
        said = ", ".join(f"{name}={after[name]} for {before.get(name)}" for name in other)
        raise SystemExit(
            f"{out} holds a run of another recipe or other data ({said}): take another --out, or give those that it has"
        )


def resume(accelerator: Accelerator, average: Average, out: Path) -> int:
    """Loads the last checkpoint, if there is one; the steps that were made."""
    latest = out / "latest.json"
    if not latest.exists():
        return 0
    about = json.loads(latest.read_text())
    accelerator.load_state(str(out / about["folder"]))
    accelerator.step = 0  # it counts micro-batches, and now there may be more or fewer of them in a step
    average.load(out / about["folder"], accelerator.process_index)
    accelerator.print(f"going on after step {about['step']}")
    return int(about["step"])


if __name__ == "__main__":
    main()
