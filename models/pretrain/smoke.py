"""Everything once, at tiny sizes, in under two minutes: no clip of the world is needed, moving cut-outs stand in for it."""

import json
import tempfile
from pathlib import Path
from typing import Any

import yaml
from msgspec.structs import replace

from .config import read_run
from .data.clips import Clip, write_shard
from .data.shards import Shards
from .data.stream import Stream
from .data.texture import texture_clip
from .kinds import build, load
from .measures.evaluation import HELD_OUT, Measures, evenly
from .measures.judged import made_clips
from .objectives.finetune import ARMS, TRACKS
from .ship.export import export_run
from .training.loop import train

TINY = Measures(clips=2, steps=2)
TRAINING: dict[str, Any] = {
    "seed": 0,
    "steps": 4,
    "batch": 2,
    "rate": 1e-3,
    "warmup": 2,
    "log_every": 2,
    "checkpoint_every": 2,
    "evaluate_every": 4,
}
TEACHER = {"width": 32, "depth": 2, "heads": 2}
STUDENT = {"width": 32, "depth": 3, "heads": 2, "time_width": 32}


def stand_in(seed: int, index: int) -> Clip:
    """A cut-out clip that says of itself what a clip of the world does."""
    clip = texture_clip(seed, index)
    colours = ("red", "blue", "green", "yellow")
    bodies = [{"kind": "solid", "colour": colours[k]} for k in range(clip.truth["center"].shape[1])]
    return Clip(clip.frames, clip.truth, clip.about | {"prompt": "a large red ball", "objects": json.dumps(bodies)})


def runs(folder: Path) -> dict[str, dict[str, Any]]:
    """One tiny run of each kind; later ones start from earlier ones' files."""
    data = {"world": "train-solids", "texture": 0.5}

    def run(kind: str, model: dict, objective: dict, **more: Any) -> dict[str, Any]:
        return {"kind": kind, "data": data, "training": TRAINING | more, "model": model, "objective": objective}

    teacher = str(folder / "teacher/checkpoint.pt")
    latents = str(folder / "autoencoder-files")
    align = {"student": str(folder / "student/checkpoint.pt"), "teacher": teacher, "hidden": 32, "balance_every": 2}
    masked = {"decoder_width": 32, "decoder_depth": 1, "decoder_heads": 2}
    every = {
        "teacher": run("teacher", TEACHER, masked),
        "distil": run("distil", TEACHER, {"start": teacher, "relation": 1.0, "cosine": 1.0, "motion": 1.0}),
        "autoencoder": run("autoencoder", {"widths": [8, 8, 16, 16], "channels": 16}, {}),
        "decoder": run(
            "autoencoder", {"widths": [8, 8, 16, 16], "channels": 16, "fine_blocks": 2}, {"decoder_of": latents, "bodies": 0.1}
        ),
        "student": run("student", STUDENT, {}, ema=0.9),
        "student-latents": run("student", STUDENT, {"autoencoder": latents}, ema=0.9),
    }
    every["distil"]["data"] = data | {"tracks": "texture"}
    for loss in ARMS:
        every[f"align-{loss}"] = run("align", STUDENT, align | {"loss": loss}, steps=2, evaluate_every=2)
    every[f"align-{TRACKS}"]["data"] = data | {"tracks": "world"}
    return every


def smoke() -> None:
    """Trains half of each run, resumes it to its end, exports it. Prints what each measures; fails where anything does."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cache = folder / "cache"
        for part, seed in (("train-solids", 0), ("held-out-solids", 1), ("validation-solids", 2)):
            (cache / part).mkdir(parents=True)
            write_shard(cache / part / "0.shard", (stand_in(seed, i) for i in range(4)))
        for kind, content in runs(folder).items():
            out = folder / kind
            out.mkdir()
            (out / "run.yaml").write_text(yaml.safe_dump(content))
            run = read_run(out / "run.yaml")
            stream = Stream(Shards(cache, run.data.world), run.data, run.training.seed)
            for steps in (run.training.steps // 2, run.training.steps):
                module, evaluate = build(run, cache, TINY)
                train(module, stream, replace(run.training, steps=steps), out, evaluate)
            made = "codec" if kind == "autoencoder" else "from-text"
            if kind in ("autoencoder", "student", "student-latents", "align-mtsa"):
                clips = list(made_clips(load(out, cache)[0], evenly(cache, TINY.clips, HELD_OUT), made, TINY))
                assert [clip.frames.shape for clip in clips] == [(16, 64, 64, 3)] * TINY.clips
            if not kind.startswith("align"):
                print(kind, export_run(out, cache, folder / f"{kind}-files", TINY))
