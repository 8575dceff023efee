"""Writes test/fixtures/brought/: small files as a user may bring them, and what NumPy makes of them.

Run:  python models/export/brought_fixtures.py

`tapvid.npz`: TAP-Vid's arrays of random walks, deflated, with the axis of one clip in front. `tapvid.json`: the same points, predictions
for each, and TAP-Vid's measures of these by the text of its own evaluation (`compute_tapvid_metrics` of tapnet, Apache-2.0).
`pixels.npz`: stored, in pixels of another size. `pickle.npz`: an array of Python objects, which must be refused.
`vit.onnx`, `map.onnx`, `clip.onnx`: models of random weights (tokens with a class token in front; a map of channels from NHWC frames of
any size; tubelets of a clip), `vit_outside.onnx` the first with its weights in a file beside it, `unknown.onnx` with an operator that no
runtime has. `models.safetensors`: four frames, and what onnxruntime makes of them by each.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from safetensors.numpy import save_file
from torch import Tensor, nn

OUT = Path(__file__).resolve().parents[2] / "test/fixtures/brought"
N, T, H, W = 12, 6, 9, 16


def tapvid_metrics(query_frame: np.ndarray, visible: np.ndarray, tracks: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """TAP-Vid's `compute_tapvid_metrics`, query mode "first", of one clip and without occlusion; tracks in pixels of 256×256."""
    eye = np.eye(tracks.shape[1], dtype=np.int32)
    evaluation_points = (np.cumsum(eye, axis=1) - eye)[query_frame] > 0
    metrics = {}
    for threshold in (1, 2, 4, 8, 16):
        within = np.sum(np.square(predicted - tracks), axis=-1) < np.square(threshold)
        metrics[str(threshold)] = float(np.sum(within & visible & evaluation_points) / np.sum(visible & evaluation_points))
    return metrics | {"mean": float(np.mean(list(metrics.values())))}


def write_tracks() -> None:
    random = np.random.default_rng(7)
    points = np.clip(0.5 + np.cumsum(random.normal(0, 0.05, (N, T, 2)), axis=1), 0.01, 0.99).astype(np.float32)
    occluded = random.random((N, T)) < 0.25
    occluded[0] = [True] * (T - 1) + [False]  # seen once: nothing to score
    np.savez_compressed(OUT / "tapvid.npz", points=points[None], occluded=occluded[None])
    np.savez(OUT / "pixels.npz", target_points=points.astype(np.float64) * [256, 144], occluded=occluded, size=np.array([144, 256]))
    np.savez(OUT / "pickle.npz", points=np.array([{"a": 1}], dtype=object), occluded=occluded)
    # A method's answers, in tokens of H × W: where each token's match is.
    cells = points.astype(np.float64) * [W, H] - 0.5  # column, row
    first = np.argmax(~occluded, axis=1)
    seen_twice = (~occluded).sum(1) > 1
    start = cells[np.arange(N), first]
    token = np.clip(np.floor(start + 0.5), 0, [W - 1, H - 1])
    match = cells + (token - start)[:, None] + random.normal(0, 0.4, (N, T, 2))
    predicted = (match - token[:, None] + start[:, None] + 0.5) / [W, H] * 256
    expected = tapvid_metrics(first[seen_twice], ~occluded[seen_twice], (points.astype(np.float64) * 256)[seen_twice], predicted[seen_twice])
    numbers = {"grid": [T, H, W], "cells": cells.tolist(), "visible": (~occluded).tolist(), "match": match.tolist(), "expected": expected}
    (OUT / "tapvid.json").write_text(json.dumps(numbers) + "\n")


SIDE, FRAMES = 56, 4


class ViT(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 14, 14)
        self.first = nn.Parameter(torch.randn(1, 1, 8))
        self.mix = nn.Linear(8, 8)

    def forward(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        tokens = self.patches(pixel_values).flatten(2).transpose(1, 2)
        tokens = self.mix(torch.cat([self.first, tokens], 1)).tanh()
        return tokens[:, 0], tokens


class Map(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(nn.Conv2d(3, 4, 3, 4, 1), nn.ReLU(), nn.Conv2d(4, 6, 3, 2, 1))

    def forward(self, frame: Tensor) -> Tensor:
        return self.convolutions((frame - 0.5).permute(0, 3, 1, 2))


class Clip(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tubelets = nn.Conv3d(3, 6, (2, 8, 8), (2, 8, 8))

    def forward(self, video: Tensor) -> Tensor:
        return self.tubelets(video.transpose(1, 2)).flatten(2).transpose(1, 2)


def write_models() -> None:
    torch.manual_seed(5)
    frames = np.random.default_rng(5).integers(0, 256, (FRAMES, SIDE, SIDE, 3), dtype=np.uint8)
    unit = frames.astype(np.float32) / 255
    imagenet = (unit - np.float32([0.485, 0.456, 0.406])) / np.float32([0.229, 0.224, 0.225])

    def export(name: str, model: nn.Module, shape: tuple[int, ...], inputs: str, outputs: list[str], **options: object) -> onnxruntime.InferenceSession:
        path = OUT / name
        torch.onnx.export(model.eval(), torch.zeros(shape), path, input_names=[inputs], output_names=outputs, dynamo=False, **options)
        return onnxruntime.InferenceSession(path)

    vit = export("vit.onnx", ViT(), (1, 3, SIDE, SIDE), "pixel_values", ["pooled", "last_hidden_state"])
    tokens = np.stack([vit.run(["last_hidden_state"], {"pixel_values": one.transpose(2, 0, 1)[None]})[0][0, 1:] for one in imagenet])
    any_size = {"dynamic_axes": {"frame": {1: "height", 2: "width"}}}
    map_ = export("map.onnx", Map(), (1, SIDE, SIDE, 3), "frame", ["features"], **any_size)
    maps = np.stack([map_.run(None, {"frame": one[None]})[0][0].transpose(1, 2, 0) for one in unit])
    clip = export("clip.onnx", Clip(), (1, FRAMES, 3, SIDE, SIDE), "video", ["tokens"])
    tubelets = clip.run(None, {"video": imagenet.transpose(0, 3, 1, 2)[None]})[0].reshape(2, 7, 7, 6)
    outside = onnx.load(OUT / "vit.onnx")
    (OUT / "vit_outside.onnx.data").unlink(missing_ok=True)
    onnx.save(outside, OUT / "vit_outside.onnx", save_as_external_data=True, location="vit_outside.onnx.data", size_threshold=0)
    floats = onnx.TensorProto.FLOAT
    node = onnx.helper.make_node("Sharpen", ["frames"], ["tokens"], domain="com.example")
    values = [onnx.helper.make_tensor_value_info(name, floats, [1, 3, SIDE, SIDE]) for name in ("frames", "tokens")]
    graph = onnx.helper.make_graph([node], "unknown", values[:1], values[1:])
    imports = [onnx.helper.make_opsetid("", 17), onnx.helper.make_opsetid("com.example", 1)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=imports, ir_version=8), OUT / "unknown.onnx")
    expected = {
        "expected.vit": tokens.reshape(FRAMES, 4, 4, 8),
        "expected.map": np.ascontiguousarray(maps),  # safetensors writes memory as it lies
        "expected.clip": np.repeat(tubelets, 2, axis=0),  # both frames of a tubelet have its tokens
    }
    features = np.zeros((FRAMES, 1, 1, 1), np.float32)
    save_file({"features": features, "frames": frames, **expected}, OUT / "models.safetensors", {"fps": "4", "name": "frames"})


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    write_tracks()
    write_models()
