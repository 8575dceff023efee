""".ci/environment: two checkouts that want the same Python environment at the same time."""

import os
import subprocess
import time
from pathlib import Path

from conftest import ROOT

SCRIPT = """set -euo pipefail
. "$ROOT/.ci/environment"
environment x "$ROOT/scale/pyproject.toml" stub
if [ "$fresh" = 1 ]; then
  sleep 0.3 # as .ci/scale removes the package
  environment_ready
fi
cat "$venv/whole"
echo "fresh $fresh"
"""


def test_one_makes_it_and_the_other_waits(tmp_path: Path) -> None:
    commands = {
        "bin/python3": 'for folder in "$@"; do :; done\nmkdir -p "$folder/bin"\ncp "$STUBS/pip" "$folder/bin"\n',
        "pip": 'echo pip >>"$STUBS/ran"\nsleep 1\necho whole >"$(dirname "$0")/../whole"\n',
    }
    for name, lines in commands.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/usr/bin/env bash\nset -e\n" + lines)
        path.chmod(0o755)
    paths = {
        "ROOT": ROOT,
        "STUBS": tmp_path,
        "XDG_CACHE_HOME": tmp_path / "cache",
        "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
    }
    about = os.environ | {name: str(value) for name, value in paths.items()}
    shells = []
    for _ in range(2):
        shells.append(subprocess.Popen(["bash", "-c", SCRIPT], env=about, stdout=-1, stderr=-2, text=True))
        time.sleep(0.4)  # the second begins while the first one's pip runs, or it is the other way about
    said = [shell.communicate(timeout=60)[0] for shell in shells]
    assert [shell.returncode for shell in shells] == [0, 0], said
    assert sorted(text.splitlines()[-2:] for text in said) == [["whole", "fresh 0"], ["whole", "fresh 1"]], said
    assert (tmp_path / "ran").read_text() == "pip\n"
