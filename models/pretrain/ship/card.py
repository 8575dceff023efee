"""CARD.md: what a model's files are, how they came to be, and what they measure."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from ..measures.evaluation import HELD_OUT

NOTES = "## Notes"  # what follows is written by hand and kept


def without_paths(text: str) -> str:
    """Absolute paths cut to their last two names: no machine's folders in the repository."""
    return re.sub(r"(?<![\w.])/(?:[\w.-]+/)*([\w.-]+/[\w.-]+)", r"\1", text)


def _shares(measured: dict[str, dict[str, float]]) -> list[str]:
    """One table of what several sets of clips measure, a row a measure."""
    rows = [
        f"| {name} | " + " | ".join(f"{of[name]:.4g}" for of in measured.values()) + " |"
        for name in next(iter(measured.values()))
    ]
    return ["| | " + " | ".join(measured) + " |", "|---|" + "---|" * len(measured), *rows]


def write_card(out: Path, to: Path, differences: dict[str, float], measured: dict[str, Any], saved: dict[str, Any]) -> None:
    """Writes `to`/CARD.md from a run's folder; `differences` are its ONNX files' from PyTorch."""
    card = to / "CARD.md"
    _, found, notes = card.read_text().partition(NOTES) if card.exists() else ("", "", "")
    run = json.loads((out / "run.json").read_text())
    curve = [json.loads(line) for line in (out / "curve.jsonl").read_text().splitlines()]
    losses = [line for line in curve if "loss" in line and line["step"] <= saved["step"]]
    shown = [losses[i] for i in np.unique(np.linspace(0, len(losses) - 1, 10).astype(int))] if losses else []
    lines = [f"# {to.name}", "", "Made by `python -m pretrain export` (models/pretrain). Apache-2.0, as the repository.", ""]
    lines += ["| file | bytes | sha256 | largest difference from PyTorch |", "|---|---|---|---|"]
    for path in sorted(to.iterdir()):
        if path != card:
            sha = hashlib.sha256(path.read_bytes()).hexdigest()
            apart = f"{differences[path.name]:.1e}" if path.name in differences else ""
            lines.append(f"| `{path.name}` | {path.stat().st_size} | `{sha}` | {apart} |")
    lines += [
        "",
        f"Step {saved['step']}, {saved['seconds'] / 60:.0f} minutes of training ({run['device']}, {run['threads']} threads,",
    ]
    lines += [f"torch {run['torch']}), {run['parameters']} trained parameters, seed {run['seed']}:", ""]
    lines += ["```sh", without_paths(run["command"]), "```", "", f"Measured on clips that no run trains on (`{HELD_OUT}`):", ""]
    nested = all(isinstance(value, dict) for value in measured.values())
    lines += [*_shares(measured if nested else {"value": measured}), "", "| step | clips | loss |", "|---|---|---|"]
    lines += [f"| {line['step']} | {line['clips']} | {line['loss']:.4g} |" for line in shown]
    card.write_text("\n".join(lines) + "\n" + (f"\n{found}{notes}" if found else ""))
