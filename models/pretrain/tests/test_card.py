"""Cards name no machine's folders and keep what was written by hand."""

import json
from pathlib import Path

from pretrain.ship.card import without_paths, write_card


def test_paths_are_cut() -> None:
    text = "train a.yaml --out /home/me/runs/teacher --set start=/x/y/teacher/checkpoint.pt --set rate=1/2 start: /a/b.pt"
    assert (
        without_paths(text) == "train a.yaml --out runs/teacher --set start=teacher/checkpoint.pt --set rate=1/2 start: a/b.pt"
    )


def test_notes_survive(tmp_path: Path) -> None:
    out, to = tmp_path / "run", tmp_path / "teacher"
    out.mkdir()
    to.mkdir()
    (to / "teacher.onnx").write_bytes(b"graph")
    about = {"command": "c", "seed": 3, "device": "d", "threads": 1, "torch": "t", "parameters": 9}
    (out / "run.json").write_text(json.dumps(about))
    (out / "curve.jsonl").write_text('{"step": 1, "clips": 2, "loss": 0.5}\n{"step": 2, "clips": 4, "loss": 0.25}\n')
    (to / "CARD.md").write_text("old\n\n## Notes\n\nby hand\n")
    write_card(out, to, {"teacher.onnx": 1e-6}, {"sandbox": {"argmax": 0.9}}, {"step": 1, "seconds": 60.0})
    card = (to / "CARD.md").read_text()
    assert card.endswith("\n## Notes\n\nby hand\n") and "old" not in card
    assert "| argmax | 0.9 |" in card and "1.0e-06" in card and "| 1 | 2 | 0.5 |" in card and "0.25" not in card
