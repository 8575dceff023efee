"""Writes a run's averaged weights as diffusers reads them: `transformer/`, and the projector beside it.

The transformer is whole, low-rank layers merged, in float16 by CogVideoX-2B's own names; evaluate.py takes the folder. The page
opens features.py's files instead: what this model sees in a video.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file

from tuning.run import read_run
from tuning.sentences import mistakes_end_it


def main() -> None:
    """Reads the run's last checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder that train.py wrote (--out)")
    parser.add_argument("--to", type=Path, required=True, help="folder to write")
    parser.add_argument("--model", help="what the run started from, if it has moved")
    parser.add_argument("--dtype", default="float16", choices=("float16", "bfloat16", "float32"))
    args = parser.parse_args()
    with mistakes_end_it():
        run = read_run(args.run, args.model)
        student = run.tuned()
    dtype, recipe = getattr(torch, args.dtype), run.recipe
    student.transformer.to(dtype).save_pretrained(args.to / "transformer", max_shard_size="100GB")
    if student.projector is not None:
        projector = {name: value.detach().to(dtype).contiguous() for name, value in student.projector.state_dict().items()}
        about = {"format": "tempered-projector", "block": str(recipe.block), "stride": str(recipe.view)}
        about |= {"drop_first": "true", "double": "true"}
        save_file(projector, args.to / "projector.safetensors", metadata=about)
    print(
        f"{args.to}: transformer/ and {'no projector' if student.projector is None else 'projector.safetensors'}, {args.dtype}"
    )


if __name__ == "__main__":
    main()
