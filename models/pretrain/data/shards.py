"""The cache of clips on disk: shards made by the world or by `texture`, and random access to them.

A cache is a folder with one folder of shards per part, for example `train-solids/collide-000000.shard`. It is made where
Node is; a machine without Node or network gets it as files.
"""

import functools
import json
import subprocess
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from .clips import Clip, decode, read_stream, records, write_shard

ROOT = Path(__file__).resolve().parents[3]
SHARD = 500  # clips
SPLITS = ("train", "validation", "held-out")


@functools.cache
def templates() -> dict[str, list[str]]:
    """The world's templates, as `npm run world -- --list` names them: "solids", and "liquids" for those with a liquid."""
    listed = subprocess.run(["node", str(ROOT / "scripts/world.mjs"), "--list"], stdout=subprocess.PIPE, check=True)
    found: dict[str, list[str]] = {"solids": [], "liquids": []}
    for line in listed.stdout.splitlines():
        said = json.loads(line)
        found["solids" if said["category"] == "solid-solid" else "liquids"].append(said["template"])
    return found


def world_clips(split: str, template: str, first: int, count: int, how: Sequence[str] = ()) -> Iterator[Clip]:
    """Clips `first` … of a template and split, streamed from the world, perhaps under other laws ("--gravity", "0.4") or with
    tracks of liquids ("--tracks").

    @raises RuntimeError where the world stops early.
    """
    options = ["--split", split, "--template", template, "--seed", str(first), "--count", str(count), "--stdout", *how]
    command = ["node", str(ROOT / "scripts/world.mjs"), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield from read_stream(process.stdout)
    if process.returncode != 0:
        raise RuntimeError(f"the world ended with {process.returncode}: {' '.join(command)}")


def fill(folder: Path, split: str, templates: Iterable[str], clips: int) -> None:
    """Brings a part of the cache to `clips` clips of each template; more are kept. So it may be called again, also for more.

    A shard that has fewer clips than it should is made anew: the world's first ones are the same however many there are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for template in templates:
        for first in range(0, clips, SHARD):
            path, count = folder / f"{template}-{first:06d}.shard", min(SHARD, clips - first)
            if not path.exists() or clips_in(path) < count:
                write_shard(path, world_clips(split, template, first, count))


def clips_in(shard: Path) -> int:
    """How many clips a shard holds. @raises ValueError where it ends inside one"""
    with shard.open("rb") as file:
        return sum(1 for _ in records(file))


class Shards:
    """Random access to all clips of the parts of a cache that a pattern names, deflated in memory (20 KB a clip).

    A pattern is of parts, "train-*", or of templates in a part, "train-solids/[ch]*" for collide and hit-box.
    """

    def __init__(self, cache: Path, part: str) -> None:
        self._records: list[bytes] = []
        pattern = f"{part}.shard" if "/" in part else f"{part}/*.shard"
        for path in sorted(cache.glob(pattern)):
            with path.open("rb") as file:
                self._records.extend(records(file))
        if not self._records:
            raise FileNotFoundError(f"no {pattern} in {cache}: make it with `python -m pretrain cache`")

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, index: int) -> Clip:
        return decode(zlib.decompress(self._records[index]))
