"""What a run of each kind trains and how it is measured."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn

from .config import Run, read, read_run
from .measures.evaluation import Measures, generation, matching_table, on_cpu, reconstruction
from .nets.autoencoder import AutoencoderShape
from .nets.student import StudentShape
from .nets.teacher import Teacher, TeacherShape
from .objectives.codec import Codec, Pixels, go_on_from, load_latents
from .objectives.diffusion import Diffusion, StudentObjective
from .objectives.distil import Distillation, Distiller
from .objectives.finetune import Alignment, AlignObjective
from .objectives.masked import MaskedAutoencoder, Masking
from .objectives.reconstruction import Autoencoder, Reconstruction
from .objectives.targets import RANDOM, untrained

Evaluate = Callable[[nn.Module], dict[str, Any]]

# What a checkpoint of the product holds beside the student (src/train/diffusion/checkpoint.ts).
BESIDE = ("ema.", "adamw.", "projector.")


def state_of(path: Path, prefix: str) -> dict[str, torch.Tensor]:
    """A module's tensors in a checkpoint, averaged where the run keeps an average; `prefix` is cut off.

    A safetensors file has a teacher's or a student's names as they are: an exported one, or a checkpoint of the product's
    `npm run train`.
    """
    if path.suffix == ".safetensors":
        tensors = load_file(path)
        own = {name: tensor for name, tensor in tensors.items() if not name.startswith(BESIDE) and tensor.is_floating_point()}
        return {name: tensors.get(f"ema.{name}", tensor).float() for name, tensor in own.items() if name != "lambda"}
    saved = torch.load(path, map_location="cpu", weights_only=True)
    merged = saved["model"] | saved.get("ema", {})
    found = {name.removeprefix(prefix): tensor for name, tensor in merged.items() if name.startswith(prefix)}
    if not found:
        raise ValueError(f"{path} has no tensor that begins with {prefix}")
    return found


def teacher_of(path: Path) -> Teacher:
    """The teacher in a checkpoint of a teacher or distil run, or in an exported one's folder."""
    shipped = path / "teacher.safetensors"
    run = read_run((path if shipped.exists() else path.parent) / "run.yaml")
    teacher = Teacher(read(TeacherShape, run.model, "model"))
    teacher.load_state_dict(state_of(shipped if shipped.exists() else path, "teacher."))
    return teacher.eval()


def codec_of(autoencoder: str) -> Codec:
    """Pixels, or the latents of an exported autoencoder's folder."""
    if not autoencoder:
        return Pixels()
    folder = Path(autoencoder)
    shape = read(AutoencoderShape, read_run(folder / "run.yaml").model, "model")
    return load_latents(Autoencoder(shape, Reconstruction()), folder)


def student_shape(run: Run, codec: Codec) -> StudentShape:
    """The run's shape; its values are the codec's."""
    return read(StudentShape, {**run.model, "values": codec.values}, "model")


def exported_student(folder: Path) -> StudentObjective:
    """The student that `export` wrote into a folder; its autoencoder's files are beside it, as in `models/`."""
    run = read_run(folder / "run.yaml")
    codec = codec_of(str(folder.resolve().parent / "autoencoder"))
    module = StudentObjective(student_shape(run, codec), Diffusion(), codec)
    module.student.load_state_dict(load_file(folder / "student.safetensors"))
    return module.eval()


def load(out: Path, cache: Path, measures: Measures | None = None) -> tuple[nn.Module, Evaluate, dict[str, Any]]:
    """A run's module with its checkpoint's weights, averaged where it keeps an average; its evaluation; the checkpoint."""
    module, evaluate = build(read_run(out / "run.yaml"), cache, measures or Measures(), started=True)
    saved = torch.load(out / "checkpoint.pt", map_location="cpu", weights_only=True)
    module.load_state_dict(saved["model"] | saved.get("ema", {}))
    return module.eval(), evaluate, saved


def build(run: Run, cache: Path, measures: Measures, *, started: bool = False) -> tuple[nn.Module, Evaluate]:
    """The module that a run trains, fresh from its seed, and its evaluation. @raises ValueError for an unknown kind.

    `started`: a checkpoint of its own will be loaded, so what it started from need not be there.
    """
    torch.manual_seed(run.training.seed)
    if run.kind in ("teacher", "distil"):
        return _teacher(run, cache, measures, started)
    if run.kind == "autoencoder":
        shape, how = read(AutoencoderShape, run.model, "model"), read(Reconstruction, run.objective, "objective")
        autoencoder = Autoencoder(shape, how)
        if how.decoder_of and not started:
            go_on_from(autoencoder, Path(how.decoder_of))
        return autoencoder, lambda module: reconstruction(module, cache, measures.clips, measures.part)  # type: ignore[arg-type]
    if run.kind == "student":
        diffusion = read(Diffusion, run.objective, "objective")
        codec = codec_of(diffusion.autoencoder)
        objective = StudentObjective(student_shape(run, codec), diffusion, codec)
        return objective, lambda module: _generation(module, cache, measures)
    if run.kind == "align":
        return _align(run, cache, measures, started)
    raise ValueError(f"a run's kind is teacher, distil, autoencoder, student or align, got {run.kind}")


def _teacher(run: Run, cache: Path, measures: Measures, started: bool) -> tuple[nn.Module, Evaluate]:
    shape = read(TeacherShape, run.model, "model")
    module: MaskedAutoencoder | Distiller
    if run.kind == "teacher":
        module = MaskedAutoencoder(shape, read(Masking, run.objective, "objective"))
    else:
        how = read(Distillation, run.objective, "objective")
        module = Distiller(shape, how)
        if how.start and not started:
            module.teacher.load_state_dict(state_of(Path(how.start), "teacher."))
    return module, lambda m: matching_table(on_cpu(m.teacher), cache, measures.clips, measures.part)  # type: ignore[arg-type]


def _generation(module: nn.Module, cache: Path, measures: Measures) -> dict[str, Any]:
    inner = module.inner if isinstance(module, AlignObjective) else module
    assert isinstance(inner, StudentObjective)
    return generation(inner, cache, measures)


def _align(run: Run, cache: Path, measures: Measures, started: bool) -> tuple[nn.Module, Evaluate]:
    diffusion = read(Diffusion, run.objective.get("diffusion", {}), "objective.diffusion")
    how = read(Alignment, {k: v for k, v in run.objective.items() if k != "diffusion"}, "objective")
    codec, teacher = codec_of(diffusion.autoencoder), teacher_of(Path(how.teacher))
    if how.target == RANDOM:
        teacher = untrained(teacher.shape)
    module = AlignObjective(student_shape(run, codec), diffusion, codec, teacher, how)
    if how.student and not started:
        module.inner.student.load_state_dict(state_of(Path(how.student), "student."))
    return module, lambda m: _generation(m, cache, measures)
