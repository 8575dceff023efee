"""Files that are whole or as they were, and places that one process has at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write to, which takes the place of `path` once it is whole. Each process has its own: the last one stays."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Writes a file; the one before stays until the new one is whole."""
    with replacing(path) as part:
        part.write_text(text)


@contextmanager
def held(path: Path, *, wait: bool = False) -> Iterator[bool]:
    """The lock of a file, which is made, or of a folder: whether this process has it, waited for or not. A process that is
    killed holds nothing any more.
    """
    place = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(place, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        ours = True
    except BlockingIOError:
        ours = False
    try:
        yield ours
    finally:
        if ours:
            fcntl.flock(place, fcntl.LOCK_UN)  # processes that were forked meanwhile, as a stream's workers, share it
        os.close(place)
