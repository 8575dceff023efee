"""The rooms of the package: which imports from which."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
ROOMS = ("data", "nets", "objectives", "training", "measures", "ship")


def imported(path: Path) -> set[str]:
    """The rooms that a file of a room imports from."""
    imports = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    return {(node.module or "").split(".")[0] for node in imports if node.level == 2} & set(ROOMS)


def test_a_room_imports_only_those_above_it() -> None:
    for place, room in enumerate(ROOMS):
        files = [path for path in (PACKAGE / room).glob("*.py")]
        assert files
        for path in files:
            below = imported(path) - set(ROOMS[:place])
            assert not below, f"{path.name} of {room}/ imports from {below}"
