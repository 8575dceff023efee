"""Check the shipped clips against their truth with a second renderer: Pillow's affine transform.

For each clip and several frames, Pillow draws the layers with the affines of the truth file; the shift that best
explains what still differs from the decoded video is then solved for by least squares on the gradient, in 64-pixel windows. One
half pixel forgotten in the renderer would show as a shift of a tenth of a pixel or more.

Run from the repository root:  python models/export/check_clips.py
"""

import json
import subprocess

import numpy as np
from PIL import Image, ImageDraw

import clips

WINDOW, WORST_ALLOWED = 64, 0.03  # pixels; what is left is H.264 and the two interpolations


def decode(path, width, height):
    """All frames of a video as uint8 [frames, height, width, 3]."""
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        check=True,
        capture_output=True,
    ).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def inverse(matrix):
    """The six numbers of the map back from clip pixels to layer coordinates."""
    a, b, tx, c, d, ty = matrix
    back = np.linalg.inv([[a, b, tx], [c, d, ty], [0, 0, 1]])
    return back[:2]


def draw(truth, layers, t):
    """Frame t drawn by Pillow, luma float [height, width]; discs carry a mask drawn eight times too large."""
    size = (truth["width"], truth["height"])
    canvas = Image.new("RGB", size)
    for known, layer in zip(truth["layers"], layers):
        to_photo = inverse(known["affine"][t]) * layer["zoom"]
        to_photo[:, 2] += layer["centre"]
        picture = Image.fromarray(layer["photo"]).transform(
            size, Image.Transform.AFFINE, tuple(to_photo.ravel()), Image.Resampling.BICUBIC
        )
        mask = Image.new("L", (size[0] * 8, size[1] * 8), 255)
        if known["shape"]["kind"] == "disc":
            x, y, r = known["affine"][t][2], known["affine"][t][5], known["shape"]["radius"]
            mask.paste(0, (0, 0, *mask.size))
            ImageDraw.Draw(mask).ellipse([8 * (x - r), 8 * (y - r), 8 * (x + r) - 1, 8 * (y + r) - 1], fill=255)
        canvas.paste(picture, (0, 0), mask.resize(size, Image.Resampling.BOX))
    return np.asarray(canvas.convert("L"), float)


def shifts(drawn, seen):
    """Shift in pixels [windows, 2] (row, column) that takes `drawn` to `seen`, window by window, flat windows left out.

    First order: seen = drawn - gradient . shift, exact enough for the fractions of a pixel looked for here.
    """
    down, right = np.gradient(drawn)
    found = []
    for top in range(0, drawn.shape[0] - WINDOW + 1, WINDOW // 2):
        for left in range(0, drawn.shape[1] - WINDOW + 1, WINDOW // 2):
            here = (slice(top, top + WINDOW), slice(left, left + WINDOW))
            if drawn[here].std() > 15:
                gradient = np.stack([down[here].ravel(), right[here].ravel()], 1)
                found.append(np.linalg.lstsq(gradient, (drawn - seen)[here].ravel())[0])
    return np.array(found)


def main():
    for clip in clips.CLIPS:
        if not clip["make"]:
            continue
        truth = json.loads((clips.OUT / f"{clip['id']}.truth.json").read_text())
        video = decode(clips.OUT / f"{clip['id']}.mp4", truth["width"], truth["height"])
        assert len(video) == truth["frames"] == len(truth["layers"][0]["affine"])
        layers = clip["make"]()[2]
        for t in (0, 11, 23):
            drawn = draw(truth, layers, t)
            seen = np.asarray(Image.fromarray(video[t]).convert("L"), float)
            found = shifts(drawn, seen)
            mean, spread = found.mean(axis=0), found.std(axis=0).max()
            print(
                f"{clip['id']} frame {t}: shift {mean[0]:+.4f} {mean[1]:+.4f} px (mean of {len(found)} windows, spread {spread:.3f})"
            )
            assert np.abs(mean).max() <= WORST_ALLOWED and spread <= 2 * WORST_ALLOWED, (
                "the video does not show what the truth says"
            )


if __name__ == "__main__":
    main()
