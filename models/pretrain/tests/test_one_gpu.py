"""one_gpu.sh with a `python` and a `node` that only say what they were asked for."""

import os
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "one_gpu.sh"


def started(folder: Path, failing: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """The script's end where `python` fails for a template, and the commands of `python -m pretrain` that it gave."""
    programs, said = folder / "programs", folder / "said"
    programs.mkdir()
    listed = "\n".join(f'{{"template":"{name}","category":"solid-solid"}}' for name in ("drop", "bounce"))
    for name, content in (
        ("node", f"cat <<'END'\n{listed}\nEND"),
        ("python", f'echo "$3 $*" >>"{said}"\n[[ "$*" != *" {failing} "* ]]'),
    ):
        (programs / name).write_text(f"#!/usr/bin/env bash\n{content}\n")
        (programs / name).chmod(0o755)
    path = {"PATH": f"{programs}:{os.environ['PATH']}"}
    ended = subprocess.run(["bash", SCRIPT, folder / "out"], env=os.environ | path, capture_output=True, text=True, check=False)
    return ended, [line.split()[0] for line in said.read_text().splitlines()]


def test_nothing_is_trained_where_clips_could_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    ended, commands = started(tmp_path / "bad", "drop")  # the first of two: the last one's end is not enough
    assert ended.returncode == 1 and "1 of 2 templates could not be made" in ended.stderr
    assert commands == ["cache", "cache"]
    (tmp_path / "good").mkdir()
    ended, commands = started(tmp_path / "good", "none of them")
    assert ended.returncode == 0 and commands == ["cache", "cache", "train", "pack", "evaluate"]
