"""Writes a run's averaged weights as diffusers and the page read them: `transformer/`, and the projector beside it.

The transformer is whole, low-rank layers merged, in float16 by CogVideoX-2B's own names; evaluate.py takes the folder.
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from tuning.average import read_average
from tuning.recipe import Recipe
from tuning.student import Student, add_lora, read_transformer


def main() -> None:
    """Reads the run's last checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder that train.py wrote (--out)")
    parser.add_argument("--to", type=Path, required=True, help="folder to write")
    parser.add_argument("--model", help="what the run started from, if it has moved")
    parser.add_argument("--dtype", default="float16", choices=("float16", "bfloat16", "float32"))
    args = parser.parse_args()
    if not (args.run / "latest.json").exists():
        parser.error(f"{args.run} has no checkpoint: train.py writes one every --save-every steps and at the end")
    run = json.loads((args.run / "run.json").read_text())
    recipe = Recipe(**{name: tuple(v) if isinstance(v, list) else v for name, v in run["recipe"].items()})
    weights = read_average(args.run / json.loads((args.run / "latest.json").read_text())["folder"])

    transformer = read_transformer(args.model or run["model"])
    if recipe.lora:
        add_lora(transformer, recipe.lora)
    student = Student(transformer, recipe, run["teacher_width"])
    strange = student.load_state_dict(weights, strict=False).unexpected_keys
    if strange:
        raise SystemExit(f"{args.run} was trained from another model: it has {strange[0]}, which {run['model']} has not")
    if recipe.lora:
        transformer.fuse_lora()
        transformer.unload_lora()
    dtype = getattr(torch, args.dtype)
    transformer.to(dtype).save_pretrained(args.to / "transformer", max_shard_size="100GB")
    if recipe.loss != "none":
        projector = {name: value.detach().to(dtype).contiguous() for name, value in student.projector.state_dict().items()}
        about = {"format": "tempered-projector", "block": str(recipe.block), "stride": str(recipe.view)}
        about |= {"drop_first": "true", "double": "true"}
        save_file(projector, args.to / "projector.safetensors", metadata=about)
    print(f"{args.to}: transformer/ and {'projector.safetensors' if recipe.loss != 'none' else 'no projector'}, {args.dtype}")


if __name__ == "__main__":
    main()
