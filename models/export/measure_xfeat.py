"""How well XFeat's tokens find themselves again in the built-in clips, beside raw pixels: the numbers of its card.

Eight token frames are the clip's frames 0, 3, 6 ... 21. A token of 16 px is the 2 x 2 mean of the raw features, one of
8 px the feature itself, then L2-normalised; a raw-pixel token is its patch with the patch's mean removed, normalised.
For each token of frame 0 whose centre stays in the picture (and in sight) the match in a later token frame counts as
found when it lies within one token of the truth in rows and in columns. argmax compares the best token's centre,
soft match the expected position under softmax(cosine / tau) over that frame's tokens.

Run from the repository root:  python models/export/measure_xfeat.py
"""

import json

import numpy as np
import onnxruntime

import clips
from check_clips import decode, inverse

FRAMES = np.arange(8) * 3
LATER = (3, 7)
TAUS = (0.1, 0.05, 0.02)


def normalise(tokens):
    return tokens / np.maximum(np.linalg.norm(tokens, axis=-1, keepdims=True), 1e-6)


def tokens_of(values, block):
    """Mean of block x block positions: [F, C, H, W] -> unit rows [F, S, C], S row-major."""
    f, c, h, w = values.shape
    mean = values.reshape(f, c, h // block, block, w // block, block).mean(axis=(3, 5))
    return normalise(mean.reshape(f, c, -1).transpose(0, 2, 1))


def patches_of(frames, size):
    """Raw patches with their mean removed: [F, 3, height, width] -> unit rows [F, S, 3*size*size]."""
    f, c, h, w = frames.shape
    cut = (
        frames.reshape(f, c, h // size, size, w // size, size)
        .transpose(0, 2, 4, 1, 3, 5)
        .reshape(f, -1, c * size * size)
    )
    return normalise(cut - cut.mean(axis=-1, keepdims=True))


def front_layer(truth, t, x, y):
    """For each clip position the index of the frontmost layer there and the position in that layer's coordinates."""
    index, u, v = np.zeros(len(x), int), np.zeros(len(x)), np.zeros(len(x))
    for i, layer in enumerate(truth["layers"]):
        lu, lv = inverse(layer["affine"][t]) @ [x, y, np.ones(len(x))]
        inside = (
            np.ones(len(x), bool)
            if layer["shape"]["kind"] == "everything"
            else np.hypot(lu, lv) < layer["shape"]["radius"]
        )
        index[inside], u[inside], v[inside] = i, lu[inside], lv[inside]
    return index, u, v


def follow(truth, t0, t1, x, y):
    """Where the points (x, y) of frame t0 are in frame t1, which layer they belong to, and whether they can be seen."""
    index, u, v = front_layer(truth, t0, x, y)
    there = np.array([np.reshape(truth["layers"][i]["affine"][t1], (2, 3)) @ [a, b, 1] for i, a, b in zip(index, u, v)])
    inside = (there >= 0).all(1) & (there[:, 0] < truth["width"]) & (there[:, 1] < truth["height"])
    return there[:, 0], there[:, 1], index, inside & (front_layer(truth, t1, *there.T)[0] == index)


def found(tokens, truth, size, later, wanted):
    """Shares [argmax, soft at each tau] of the queries found `later` token frames on, and the number of queries.

    `wanted` picks queries by the index of their layer.
    """
    columns = truth["width"] // size
    s = np.arange(tokens.shape[1])
    x, y = (s % columns + 0.5) * size, (s // columns + 0.5) * size
    tx, ty, layer, seen = follow(truth, FRAMES[0], FRAMES[later], x, y)
    query = seen & wanted(layer)
    cosine = (tokens[0] @ tokens[later].T)[query]

    def near(px, py):
        return float(np.mean(np.maximum(np.abs(px - tx[query]), np.abs(py - ty[query])) <= size))

    best = cosine.argmax(1)
    shares = [near(x[best], y[best])]
    for tau in TAUS:
        p = np.exp((cosine - cosine.max(1, keepdims=True)) / tau)
        p /= p.sum(1, keepdims=True)
        shares.append(near(p @ x, p @ y))
    return shares, int(query.sum())


def main():
    session = onnxruntime.InferenceSession(
        str(clips.ROOT / "models/xfeat/xfeat.onnx"), providers=["CPUExecutionProvider"]
    )
    cases = [
        ("coffee", "all", lambda i: i >= 0),
        ("chelsea", "all", lambda i: i >= 0),
        ("discs", "background", lambda i: i == 0),
        ("discs", "discs", lambda i: i > 0),
    ]
    print("| clip | queries | token | encoder | " + " | ".join(["argmax", *(f"soft τ = {tau}" for tau in TAUS)]) + " |")
    print("|---|---|---|---|" + "---|" * (1 + len(TAUS)))
    for clip, part, wanted in cases:
        truth = json.loads((clips.OUT / f"{clip}.truth.json").read_text())
        video = decode(clips.OUT / f"{clip}.mp4", truth["width"], truth["height"])[FRAMES]
        frames = np.ascontiguousarray(video.transpose(0, 3, 1, 2), np.float32) / 255
        (features,) = session.run(["features"], {"frames": frames})
        for size in (16, 8):
            for encoder, tokens in (
                ("XFeat", tokens_of(features, size // 8)),
                ("raw pixels", patches_of(frames, size)),
            ):
                (first, n), (second, m) = (found(tokens, truth, size, later, wanted) for later in LATER)
                cells = " | ".join(f"{a:.2f} ({b:.2f})" for a, b in zip(first, second))
                print(f"| {clip} | {part}, {n} ({m}) | {size} px | {encoder} | {cells} |")


if __name__ == "__main__":
    main()
