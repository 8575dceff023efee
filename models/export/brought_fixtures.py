"""Writes test/fixtures/brought/: small files as a user may bring them, and what NumPy makes of them.

Run:  python models/export/brought_fixtures.py

`tapvid.npz`: TAP-Vid's arrays of random walks, deflated, with the axis of one clip in front. `tapvid.json`: the same points, predictions
for each, and TAP-Vid's measures of these by the text of its own evaluation (`compute_tapvid_metrics` of tapnet, Apache-2.0).
`pixels.npz`: stored, in pixels of another size. `pickle.npz`: an array of Python objects, which must be refused.
"""

import json
from pathlib import Path

import numpy as np

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


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    write_tracks()
