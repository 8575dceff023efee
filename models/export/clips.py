"""Render the built-in clips and write their truth and their catalogue to public/clips/.

A clip is a list of layers, later ones in front. A layer is a CC0 photograph from scikit-image, a shape, and one
affine per frame that takes layer coordinates (u, v) to clip pixels:

    x = a u + b v + tx,   y = c u + d v + ty        stored as [a, b, tx, c, d, ty]

Coordinates are continuous: pixel i covers [i, i + 1) and its centre is i + 0.5. Each pixel is the mean of SUB x SUB
points, each read from the photograph by a cubic spline, so edges are antialiased and nothing is rounded to a grid.

big-buck-bunny.mp4 is kept as it was found: it is only listed in the catalogue.

Run from the repository root:  python models/export/clips.py      (needs ffmpeg with libx264; deterministic)
"""

import hashlib
import json
import subprocess
from pathlib import Path

import numpy as np
from scipy.ndimage import map_coordinates, spline_filter
from skimage import data

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "public/clips"
FRAMES, FPS, SUB = 24, 12, 4
PROGRESS = np.linspace(0, 1, FRAMES)
EVERYTHING = {"kind": "everything"}


def affine(scale, angle, anchor, at):
    """The map that scales, turns by `angle` degrees (clockwise on screen) and carries the point `anchor` to `at`."""
    cos, sin = scale * np.cos(np.deg2rad(angle)), scale * np.sin(np.deg2rad(angle))
    (u, v), (x, y) = anchor, at
    return np.round([cos, -sin, x - cos * u + sin * v, sin, cos, y - sin * u - cos * v], 6)


def invert(matrix, x, y):
    """Layer coordinates of the clip positions (x, y)."""
    a, b, tx, c, d, ty = matrix
    x, y, area = x - tx, y - ty, a * d - b * c
    return (d * x - b * y) / area, (a * y - c * x) / area


def photograph_layer(name, photo, affines):
    """A whole photograph; layer coordinates are its pixels."""
    return {"name": name, "shape": EVERYTHING, "photo": photo, "centre": (0, 0), "zoom": 1, "affine": affines}


def disc_layer(name, photo, centre, zoom, radius, affines):
    """A disc cut out of a photograph around `centre`, `zoom` photograph pixels to a layer unit; centred on (0, 0)."""
    return {
        "name": name,
        "shape": {"kind": "disc", "radius": radius},
        "photo": photo,
        "centre": centre,
        "zoom": zoom,
        "affine": affines,
    }


def render(width, height, layers):
    """All frames, uint8 [FRAMES, height, width, 3]."""
    splines = {
        id(layer["photo"]): [spline_filter(layer["photo"][..., k].astype(float)) for k in range(3)] for layer in layers
    }
    y, x = (np.mgrid[0 : height * SUB, 0 : width * SUB] + 0.5) / SUB
    frames = np.empty((FRAMES, height, width, 3), np.uint8)
    for t in range(FRAMES):
        image = np.zeros((*x.shape, 3))
        for layer in layers:
            u, v = invert(layer["affine"][t], x, y)
            shown = (
                np.ones(x.shape, bool) if layer["shape"] is EVERYTHING else np.hypot(u, v) < layer["shape"]["radius"]
            )
            column = layer["centre"][0] + layer["zoom"] * u[shown] - 0.5  # array index i sits at coordinate i + 0.5
            row = layer["centre"][1] + layer["zoom"] * v[shown] - 0.5
            rows, columns, _ = layer["photo"].shape
            assert row.min() >= 0 and column.min() >= 0 and row.max() <= rows - 1 and column.max() <= columns - 1, (
                f"{layer['name']} leaves its photograph at frame {t}: rows {row.min():.1f}..{row.max():.1f}, columns {column.min():.1f}..{column.max():.1f}"
            )
            for k, spline in enumerate(splines[id(layer["photo"])]):
                image[..., k][shown] = map_coordinates(spline, [row, column], order=3, prefilter=False)
        mean = image.reshape(height, SUB, width, SUB, 3).mean(axis=(1, 3))
        frames[t] = np.clip(np.round(mean), 0, 255)
    return frames


def encode(frames, path):
    """H.264, yuv420p, BT.709 in the pixels and in the tags; one thread, so that the bytes repeat."""
    _, height, width, _ = frames.shape
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-s",
        f"{width}x{height}",
        "-r",
        str(FPS),
        "-i",
        "-",
    ]
    command += [
        "-vf",
        "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int+bicubic,format=yuv420p",
    ]
    command += ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
    command += ["-c:v", "libx264", "-preset", "veryslow", "-crf", "15", "-threads", "1", "-g", "12"]
    command += ["-movflags", "+faststart", "-fflags", "+bitexact", "-flags:v", "+bitexact", str(path)]
    subprocess.run(command, input=frames.tobytes(), check=True)


def coffee():
    """The camera drifts right over the cup, comes closer and turns 8 degrees."""
    p = PROGRESS
    centre = np.stack([258 + 84 * p, 186 + 20 * np.sin(np.pi * p)], 1)
    affines = [affine(0.80 * 1.22**q, -4 + 8 * q, c, (160, 112)) for q, c in zip(p, centre)]
    return 320, 224, [photograph_layer("photograph", data.coffee(), affines)]


def chelsea():
    """The camera drifts left over the cat's face, pulls back and turns 7 degrees."""
    p = PROGRESS
    centre = np.stack([259 - 68 * p, 152 - 4 * np.sin(np.pi * p)], 1)
    affines = [affine(1.16 / 1.2**q, 3.5 - 7 * q, c, (160, 112)) for q, c in zip(p, centre)]
    return 320, 224, [photograph_layer("photograph", data.chelsea(), affines)]


def discs():
    """A still photograph and two discs that pass, the second in front of the first, each turning."""
    p = PROGRESS
    gravel = np.repeat(data.gravel()[..., None], 3, axis=2)
    still = [affine(1, 0, (150, 150), (0, 0))] * FRAMES
    left = [affine(1, -10 + 24 * q, (0, 0), (42 + 138 * q, 78 + 24 * np.sin(np.pi * q))) for q in p]
    right = [affine(1, 12 - 24 * q, (0, 0), (184 - 146 * q, 160 - 20 * np.sin(np.pi * q))) for q in p]
    layers = [
        photograph_layer("photograph", gravel, still),
        disc_layer("left disc", data.chelsea(), (172, 112), 1.2, 28, left),
        disc_layer("right disc", data.coffee(), (288, 118), 3.5, 28, right),
    ]
    return 224, 224, layers


CLIPS = [
    {
        "id": "coffee",
        "query": [0.78, 0.8],
        "title": "Coffee",
        "make": coffee,
        "credit": "Photograph: Rachel Michetti, courtesy of Pikolo Espresso Bar, from scikit-image; camera: Tempered",
        "licence": "CC0-1.0",
        "about": "Follow the spoon's bowl as the camera drifts right and comes closer, then try the plain red saucer, where every patch looks alike.",
    },
    {
        "id": "chelsea",
        "query": [0.72, 0.43],
        "title": "Chelsea the cat",
        "make": chelsea,
        "credit": "Photograph: Stéfan van der Walt, from scikit-image; camera: Tempered",
        "licence": "CC0-1.0",
        "about": "Pick an eye or the nose and watch the match hold while the camera pulls back and turns.",
    },
    {
        "id": "discs",
        "query": [0.19, 0.35],
        "title": "Two discs pass",
        "make": discs,
        "credit": "Photographs: gravel from CC0Textures, cat by Stéfan van der Walt, coffee by Rachel Michetti, all from scikit-image; motion: Tempered",
        "licence": "CC0-1.0",
        "about": "Only the discs move: the motion mask should find them, and the cat's eye slips behind the cup halfway through.",
    },
    {
        "id": "big-buck-bunny",
        "query": [0.3, 0.54],
        "title": "Big Buck Bunny",
        "make": None,
        "credit": "(c) 2008 Blender Foundation, www.bigbuckbunny.org",
        "licence": "CC-BY-3.0",
        "about": "The bunny climbs out of his burrow and stretches: follow an ear or a paw while the meadow stands still.",
    },
]


def truth(width, height, layers):
    """What the page needs to know where every point went."""
    kept = [
        {"name": layer["name"], "shape": layer["shape"], "affine": [matrix.tolist() for matrix in layer["affine"]]}
        for layer in layers
    ]
    return {"version": 1, "width": width, "height": height, "frames": FRAMES, "layers": kept}


def probe(path):
    """Width, height, frame count and frame rate as the file itself says."""
    fields = "stream=width,height,nb_frames,r_frame_rate"
    out = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", fields, "-of", "json", str(path)],
        check=True,
        capture_output=True,
    )
    stream = json.loads(out.stdout)["streams"][0]
    over, under = stream["r_frame_rate"].split("/")
    return {
        "width": stream["width"],
        "height": stream["height"],
        "frames": int(stream["nb_frames"]),
        "fps": int(over) / int(under),
    }


def poster(path):
    """A small JPEG from the middle of the clip, for the menu of clips."""
    out = path.with_suffix(".jpg")
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(path), "-vf", "thumbnail=24,scale=192:-2", "-frames:v", "1"]
    subprocess.run([*command, "-q:v", "5", "-bitexact", str(out)], check=True)
    return out.name


def features(clip_id):
    """Features that the page shows before any model has loaded: made by `npm run ship-features` with the page's own code."""
    return [{"encoder": "xfeat", "token": 16, "frames": 8, "file": f"{clip_id}.xfeat-16-8.safetensors"}]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    catalog = []
    for clip in CLIPS:
        path = OUT / f"{clip['id']}.mp4"
        truth_file = None
        if clip["make"]:
            width, height, layers = clip["make"]()
            encode(render(width, height, layers), path)
            truth_file = f"{clip['id']}.truth.json"
            (OUT / truth_file).write_text(json.dumps(truth(width, height, layers)) + "\n")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        shape = probe(path)
        shape["fps"] = int(shape["fps"]) if shape["fps"] == int(shape["fps"]) else shape["fps"]
        entry = {
            "id": clip["id"],
            "title": clip["title"],
            "file": path.name,
            "sha256": digest,
            **shape,
            "truth": truth_file,
        }
        entry |= {key: clip[key] for key in ("query", "credit", "licence", "about")}
        catalog.append(entry | {"poster": poster(path), "features": features(clip["id"])})
        print(path.relative_to(ROOT), path.stat().st_size, "bytes")
    (OUT / "catalog.json").write_text(json.dumps({"version": 1, "clips": catalog}, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
