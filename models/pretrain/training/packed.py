"""A run's average as a small file: for a repository, for the page, and for a run on another machine to go on from."""

from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file

STUDENT = "student."  # a run's module holds the student under this name; a student's file has its names without


def pack(checkpoint: Path, to: Path) -> None:
    """The averaged weights of a checkpoint as float16, and no moments: a sixth as large.

    A student's file has the names and the dtype that the page and `objective.student` read.
    """
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    tensors = state.get("ema") or state["model"]
    inside = STUDENT if all(name.startswith(STUDENT) for name in tensors) else ""
    halves = {name.removeprefix(inside): tensor.half().contiguous() for name, tensor in tensors.items()}
    about = {name: str(state[name]) for name in ("step", "seconds", "core")}
    save_file(halves, to, {"kind": inside.rstrip("."), **about})


def unpack(path: Path) -> dict[str, Any]:
    """What `training/loop.py` goes on from: the weights as float32, and what it cost to come there. @raises ValueError"""
    with safe_open(path, "pt") as file:
        about = file.metadata() or {}
        if "step" not in about:
            raise ValueError(f"{path} does not say at which step it is: it was not written by `python -m pretrain pack`")
        inside = f"{about['kind']}." if about["kind"] else ""
        tensors = {f"{inside}{name}": file.get_tensor(name).float() for name in file.keys()}
    return {"model": tensors, "step": int(about["step"]), "seconds": float(about["seconds"]), "core": float(about["core"])}
