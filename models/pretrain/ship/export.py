"""A run's checkpoint as files for the product: ONNX (checked against PyTorch), for the student also safetensors, and a card."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from safetensors.numpy import save_file
from torch import Tensor, nn

from ..config import read_run
from ..data.clips import Clip
from ..data.shards import Shards
from ..data.stream import item
from ..kinds import load
from ..measures.evaluation import HELD_OUT, Measures, evenly
from ..nets.student import Student, definition, read_definition
from ..nets.teacher import Teacher
from ..objectives.codec import exported, standardise
from ..objectives.diffusion import StudentObjective
from ..objectives.distil import Distiller
from ..objectives.finetune import AlignObjective
from ..objectives.masked import MaskedAutoencoder
from ..objectives.reconstruction import Autoencoder
from ..objectives.schedule import STEPS, noised
from .card import without_paths, write_card

TOLERANCE = 1e-4  # float32 sums in another order; features are of order 1 to 10
SMALL = 256  # numbers: a tensor of fewer is not worth a node


class TeacherGraph(nn.Module):
    """Frames [16, 3, 64, 64] in [0, 1] to features [8, C, 8, 8], as XFeat's file has them."""

    def __init__(self, teacher: Teacher) -> None:
        super().__init__()
        self.teacher = teacher

    def forward(self, frames: Tensor) -> Tensor:
        shape = self.teacher.shape
        tokens = self.teacher(frames[None])[0].reshape(shape.token_frames, shape.rows, shape.rows, shape.width)
        return tokens.permute(0, 3, 1, 2)


class EncoderGraph(nn.Module):
    """Frames [16, 3, 64, 64] in [0, 1] to standardised latents [256, channels]."""

    def __init__(self, autoencoder: Autoencoder, mean: Tensor, deviation: Tensor) -> None:
        super().__init__()
        self.encoder, self.mean, self.deviation = autoencoder.encoder, nn.Buffer(mean), nn.Buffer(deviation)

    def forward(self, frames: Tensor) -> Tensor:
        latents = self.encoder(frames[None])[0][0].permute(0, 2, 3, 1).flatten(0, 2)
        return (latents - self.mean) / self.deviation


class DecoderGraph(nn.Module):
    """Standardised latents [256, channels] to frames [16, 3, 64, 64] in [0, 1]."""

    def __init__(self, autoencoder: Autoencoder, mean: Tensor, deviation: Tensor) -> None:
        super().__init__()
        self.decoder, self.mean, self.deviation = autoencoder.decoder, nn.Buffer(mean), nn.Buffer(deviation)

    def forward(self, latents: Tensor) -> Tensor:
        grid = (latents * self.deviation + self.mean).reshape(1, 4, 8, 8, -1).permute(0, 1, 4, 2, 3)
        return self.decoder(grid)[0].clamp(0, 1)


class StudentGraph(nn.Module):
    """x_t [B, N, values], t [B], words [B, 12], given [B] to x0 [B, N, values] and each block's residual stream [B, N, C]."""

    def __init__(self, student: Student) -> None:
        super().__init__()
        self.student = student

    def forward(self, x: Tensor, t: Tensor, words: Tensor, given: Tensor) -> tuple[Tensor, ...]:
        video, text, time = self.student.features(x, t, words, given, 0)
        streams = []
        for block in self.student.transformer_blocks:
            video, text = block(video, text, time)
            streams.append(video)
        return self.student.finish(video, text, time, len(streams)), *streams


def to_halves(module: nn.Module) -> None:
    """Rounds the weights to float16 numbers, still float32 in memory: files are half as long and compute as PyTorch does."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(parameter.half())


def store_halves(model: onnx.ModelProto) -> None:
    """Weights that are float16 numbers are stored so, and cast to float32 where they are read (once: onnxruntime folds it)."""
    graph, casts = model.graph, []
    for tensor in graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < SMALL:
            continue
        halves = values.astype(np.float16)
        if np.array_equal(halves.astype(np.float32), values):
            name = tensor.name
            tensor.CopyFrom(onnx.numpy_helper.from_array(halves, f"{name}_half"))
            casts.append(onnx.helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def export_onnx(graph: nn.Module, inputs: dict[str, Tensor], outputs: Sequence[str], path: Path, batched: bool) -> float:
    """Writes one file, weights inside; the largest difference from PyTorch. @raises ValueError beyond `TOLERANCE`."""
    graph.eval()
    dynamic = {name: {0: torch.export.Dim("clips", min=1, max=64)} for name in inputs} if batched else None
    torch.onnx.export(
        graph,
        tuple(inputs.values()),
        str(path),
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_shapes=dynamic,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    tidy(path)
    return parity(graph, inputs, outputs, path)


def tidy(path: Path) -> None:
    """Drops the exporter's notes, which hold stack traces and paths of this machine; weights of 16 bits are stored as such."""
    model = onnx.load(path)
    graph = model.graph
    for part in (graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        del part.metadata_props[:]
    del graph.value_info[:]
    store_halves(model)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def parity(graph: nn.Module, inputs: dict[str, Tensor], outputs: Sequence[str], path: Path) -> float:
    """The largest difference between file and module. @raises ValueError beyond `TOLERANCE`, and for a NaN."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(list(outputs), {name: tensor.numpy() for name, tensor in inputs.items()})
    with torch.no_grad():
        expected = graph(*inputs.values())
    expected = expected if isinstance(expected, tuple) else (expected,)
    worst = max(float(np.abs(a - b.numpy()).max()) for a, b in zip(found, expected, strict=True))
    if not worst <= TOLERANCE:
        raise ValueError(f"{path.name} differs from PyTorch by {worst}, more than {TOLERANCE}")
    return worst


def random_video(seed: int = 0) -> Tensor:
    """A smooth drifting pattern with grain [16, 3, 64, 64], in 256 steps from 0 to 1 as a video's."""
    t, c, y, x = np.meshgrid(np.arange(16), np.arange(3), np.arange(64), np.arange(64), indexing="ij")
    waves = 0.5 + 0.25 * np.sin(0.21 * (x - 2 * t) + 0.13 * y + c)
    grain = np.random.default_rng(seed).standard_normal(waves.shape)
    return torch.from_numpy(np.clip(255 * (waves + 0.03 * grain), 0, 255).round().astype(np.float32)) / 255


def write_golden(path: Path, **tensors: Tensor) -> None:
    """PyTorch's own answers for a test of the product."""
    save_file({name: np.ascontiguousarray(t.numpy()) for name, t in tensors.items()}, path, {"version": "1"})


def video_bytes(video: Tensor) -> Tensor:
    """[16, 3, 64, 64] in [0, 1] to U8 [16, 64, 64, 3]."""
    return (255 * video).round().to(torch.uint8).permute(0, 2, 3, 1)


def teacher_golden(teacher: Teacher, path: Path) -> None:
    """frames U8 [16, 64, 64, 3], features F32 [8, C, 8, 8]."""
    video = random_video()
    with torch.no_grad():
        write_golden(path, frames=video_bytes(video), features=TeacherGraph(teacher)(video))


def latent_statistics(autoencoder: Autoencoder, clips: Shards) -> tuple[Tensor, Tensor]:
    """Mean and deviation [channels] of the latents, float16 numbers: of 64 clips, or what they were where the encoder stays."""
    if folder := autoencoder.reconstruction.decoder_of:
        return exported(Path(folder))[1:]
    some = np.stack([clips[i].frames for i in np.linspace(0, len(clips) - 1, min(64, len(clips))).astype(int)])
    codec = standardise(autoencoder, torch.from_numpy(some))
    return codec.mean.half().float(), codec.deviation.half().float()


def autoencoder_golden(encoder: nn.Module, decoder: nn.Module, path: Path) -> None:
    """frames U8 [16, 64, 64, 3], latents F32 [256, channels], frames 0, 5, 10, 15 of what they decode to F32 [4, 3, 64, 64]."""
    video = random_video()
    with torch.no_grad():
        latents = encoder(video)
        write_golden(path, frames=video_bytes(video), latents=latents, decoded=decoder(latents)[::5])


def student_golden(student: Student, inputs: dict[str, Tensor], path: Path) -> None:
    """The inputs, with t and words as F32, x0 F32 [2, 256, values] and the aligned block's features [2, 256, C]."""
    with torch.no_grad():
        x0, *streams = StudentGraph(student)(*inputs.values())
    floats = {name: tensor.float() for name, tensor in inputs.items()}
    write_golden(path, **floats, x0=x0, features=streams[student.shape.aligned - 1])


def export_run(out: Path, cache: Path, to: Path, measures: Measures, golden: Path | None = None) -> dict[str, float]:
    """Writes a run's files and its card to `to`, a golden too where asked; each ONNX file's largest difference from PyTorch."""
    run = read_run(out / "run.yaml")
    module, evaluate, saved = load(out, cache, measures)
    to.mkdir(parents=True, exist_ok=True)
    (to / "run.yaml").write_text(without_paths((out / "run.yaml").read_text()))
    differences = {}

    def write(name: str, graph: nn.Module, inputs: dict[str, Tensor], outputs: list[str], batched: bool = False) -> None:
        differences[f"{name}.onnx"] = export_onnx(graph, inputs, outputs, to / f"{name}.onnx", batched)

    to_halves(module)
    if isinstance(module, MaskedAutoencoder | Distiller):
        halves = {name: np.ascontiguousarray(p.detach().half().numpy()) for name, p in module.teacher.named_parameters()}
        save_file(halves, to / "teacher.safetensors", {"kind": "teacher"})
        write("teacher", TeacherGraph(module.teacher), {"frames": random_video()}, ["features"])
        if golden:
            teacher_golden(module.teacher, golden)
    elif isinstance(module, Autoencoder):
        mean, deviation = latent_statistics(module, Shards(cache, run.data.world))
        tensors = module.state_dict() | {"latent.mean": mean, "latent.deviation": deviation}
        halves = {name: np.ascontiguousarray(tensor.half().numpy()) for name, tensor in tensors.items()}
        save_file(halves, to / "autoencoder.safetensors", {"kind": "autoencoder"})
        encoder, decoder = (graph(module, mean, deviation) for graph in (EncoderGraph, DecoderGraph))
        write("encoder", encoder, {"frames": random_video()}, ["latents"])
        with torch.no_grad():
            write("decoder", decoder, {"latents": encoder(random_video())}, ["frames"])
        if golden:
            autoencoder_golden(encoder, decoder, golden)
    else:
        inner = module.inner if isinstance(module, AlignObjective) else module
        assert isinstance(inner, StudentObjective)
        _export_student(inner, evenly(cache, 1, HELD_OUT)[0], to, write, golden)
    write_card(out, to, differences, evaluate(module), saved)
    return differences


def student_inputs(inner: StudentObjective, clip: Clip) -> dict[str, Tensor]:
    """A clip as noise alone, and with noise of t = 250 and its first token frame given."""
    one = item(clip.frames, clip.about["prompt"])
    x0 = inner.codec.encode(one["frames"][None])
    noise = torch.randn(x0.shape, generator=torch.Generator().manual_seed(0))
    first = inner.student.first
    x = torch.cat([noise, noised(x0, noise, inner.a[250:251]) * (1 - first) + x0 * first])
    words = one["words"].expand(2, -1).contiguous()
    return {"x": x, "t": torch.tensor([STEPS - 1, 250]), "words": words, "given": torch.tensor([0.0, 1.0])}


def _export_student(inner: StudentObjective, clip: Clip, to: Path, write, golden: Path | None) -> None:
    student, shape = inner.student, inner.student.shape
    if (says := inner.diffusion.predicts) != "x0":
        raise ValueError(f"the product reads a student that predicts x0, got {says}: train one without objective.predicts")
    (to / "student.json").write_text(json.dumps(definition(shape), indent=1) + "\n")
    if read_definition(to / "student.json") != shape:
        raise ValueError("the student's definition does not read back")
    weights = {name: np.ascontiguousarray(p.detach().half().numpy()) for name, p in student.named_parameters()}
    save_file(weights, to / "student.safetensors", {"kind": "student"})
    inputs = student_inputs(inner, clip)
    write("student", StudentGraph(student), inputs, ["x0", *(f"block{i + 1}" for i in range(shape.depth))], True)
    if golden:
        student_golden(student, inputs, golden)
