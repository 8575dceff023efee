"""The processes that share the work of a program which draws or prepares."""

from datetime import timedelta

from accelerate import PartialState

# One may have drawn for hours when another is done: PyTorch's own 10 minutes under NCCL would end both.
PATIENCE = timedelta(days=7)


def processes() -> PartialState:
    """This process among those that `accelerate launch` started; they wait for each other for up to `PATIENCE`."""
    return PartialState(timeout=PATIENCE)
