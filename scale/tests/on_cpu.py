"""train.py as `accelerate launch` starts it, on processors: Accelerate sets up DeepSpeed and FSDP for accelerators only.

Two methods of Accelerate are told that a processor is one, and DeepSpeed is kept from compiling a kernel for shared memory.
Everything else is theirs and ours.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

import torch
from accelerate.state import DistributedType, PartialState

sys.path.insert(0, str(Path(__file__).parents[1]))


def _backend(*_: object, **__: object) -> tuple[str, DistributedType]:
    return "gloo", DistributedType.MULTI_GPU


def _device(state: PartialState) -> None:
    state.device = torch.device("cpu")


PartialState._prepare_backend, PartialState.set_device = _backend, _device  # type: ignore[method-assign]

if os.environ.get("ACCELERATE_USE_DEEPSPEED") == "true":
    import_module("deepspeed.comm.torch").build_shm_op = lambda: None  # the package has PyTorch under this name

import train  # noqa: E402

train.main()
